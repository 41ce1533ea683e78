"""Habits of the expressive violin's planner; they stand in the model's card."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from audio_to_body.skeleton.refusal import BadInput


@dataclass(frozen=True)
class PlannerSettings:
    """Habits of the planner; they stand in the model's card.

    Attributes
    ----------
    look_ahead : int
        Steps between hearing and moving, at least 20.
    amplitude : float
        Factor on the bow's speed; 1 is the training violinists'.
    smoothness : float
        Factor on the time that reversals, crossings, shifts and fingers take.
    speed_gain : float
        What makes the mean stroke as long as the truth's (a posterior mean is a little too small).
    stroke_threshold, note_threshold : float
        Height of a pulse that counts; a true one is 1 high. Notes under a slur give lower pulses of strokes, whence
        the higher threshold.
    shortest_stroke : float
        Seconds.
    centre : float
        Place on the bow about which it plays.
    start : float
        Place on the bow at which a down-bow after a rest begins.
    reversal : float
        Seconds from full speed to standing, at smoothness 1.
    """

    look_ahead: int = 32
    amplitude: float = 1.0
    smoothness: float = 1.0
    speed_gain: float = 1.0
    stroke_threshold: float = 0.7
    note_threshold: float = 0.3
    shortest_stroke: float = 0.08
    centre: float = 0.5
    start: float = 0.25
    reversal: float = 0.05

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> PlannerSettings:
        """Settings from a model's card; unknown names are ignored.

        Raises
        ------
        BadInput
            If a value is not a number in its range.
        """
        try:
            given = {f.name: float(values[f.name]) for f in fields(cls) if f.name in values}
            settings = cls(**{**given, "look_ahead": int(given.get("look_ahead", cls.look_ahead))})  # type: ignore[arg-type]
        except (TypeError, ValueError) as error:
            raise BadInput(f"the model's planner has impossible settings ({error})") from None
        numbers = list(asdict(settings).values())
        if not 20 <= settings.look_ahead <= 200 or not all(0 < value < 1000 for value in numbers):
            raise BadInput(f"the model's planner has impossible settings ({settings.to_dict()})")
        return settings

    def to_dict(self) -> dict[str, Any]:
        """For a model's card."""
        return asdict(self)
