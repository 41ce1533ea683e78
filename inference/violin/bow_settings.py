"""BowSettings of the violinist who plays notes as they become known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from audio_to_body.skeleton.refusal import BadInput


@dataclass(frozen=True)
class BowSettings:
    """How the violinist uses bow and fingers; a model's card may change them.

    Attributes
    ----------
    amplitude : float
        Factor on the bow's speed and the body's sway.
    smoothness : float
        Factor on the time that reversals, crossings, shifts and fingers take.
    speed : float
        Bow lengths per second at which a moderately loud stroke begins (the virtual violinists' mean).
    shortest_stroke : float
        Seconds; notes that follow sooner stay under the stroke.
    centre : float
        Place on the bow about which it plays.
    start : float
        Place on the bow at which a down-bow after a rest begins.
    reversal : float
        Seconds from full speed to standing, at smoothness 1.
    """

    amplitude: float = 1.0
    smoothness: float = 1.0
    speed: float = 1.0
    shortest_stroke: float = 0.07
    centre: float = 0.5
    start: float = 0.25
    reversal: float = 0.05

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> BowSettings:
        """BowSettings from a model's card; unknown names are ignored.

        Raises
        ------
        BadInput
            If a value is not a number in its range.
        """
        try:
            habits = cls(**{f.name: float(values[f.name]) for f in fields(cls) if f.name in values})
        except (TypeError, ValueError) as error:
            raise BadInput(f"the model's violinist has impossible habits ({error})") from None
        if not all(0 < value < 100 for value in asdict(habits).values()):
            raise BadInput(f"the model's violinist has impossible habits ({habits.to_dict()})")
        return habits

    def to_dict(self) -> dict[str, float]:
        """For a model's card."""
        return asdict(self)
