"""The planners by the names that model cards give them; each is loaded when a model asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from audio_to_body.inference.model_card import ModelCard
from audio_to_body.inference.planning import Habits, Planner
from audio_to_body.skeleton.refusal import BadInput


def _violin(card: ModelCard) -> Planner:
    from audio_to_body.inference.violin.player import ViolinPlayer

    return ViolinPlayer.of(card)


def _piano(card: ModelCard) -> Planner:
    from audio_to_body.inference.piano.player import PianoPlayer

    return PianoPlayer.of(card)


PLANNERS: dict[str, Callable[[ModelCard], Planner]] = {"violin": _violin, "piano": _piano}


def habits_of(name: str, values: Mapping[str, Any]) -> Habits:
    """A planner's settings, for a model's card.

    Parameters
    ----------
    name : str
        The planner's.
    values : mapping
        Settings that are not the planner's own defaults.

    Raises
    ------
    BadInput
        If one is unknown or impossible.
    """
    if name == "piano":
        from audio_to_body.inference.piano import planner

        return planner.PlannerSettings.from_dict(values)
    from audio_to_body.inference.violin import bow_planner

    return bow_planner.PlannerSettings.from_dict(dict(values))


def planner_of(card: ModelCard) -> Planner | None:
    """The planner that a card names; None for a net that gives keypoints itself.

    Raises
    ------
    BadInput
        If it is unknown here.
    """
    if not card.target_names:
        return None
    name = str(card.extra.get("planner", ""))
    if name not in PLANNERS:
        known = ", ".join(PLANNERS) or "none"
        raise BadInput(f"the model needs the planner '{name}'; known: {known}")
    return PLANNERS[name](card)
