"""The planners by the names that model cards give them; each is loaded when a model asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from audio_to_body.inference.model_card import ModelCard
from audio_to_body.inference.planning import Planner, PlayerSettings
from audio_to_body.skeleton.instruments import INSTRUMENTS, instrument_named
from audio_to_body.skeleton.refusal import BadInput

PLANNERS: dict[str, Callable[[ModelCard], Planner]] = {}  # beside those of the instruments, which bear their names


def habits_of(name: str, values: Mapping[str, Any]) -> PlayerSettings:
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
        If the planner is unknown, or a setting is unknown or impossible.
    """
    habits: PlayerSettings = instrument_named(name).part("habits").from_dict(dict(values))
    return habits


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
    if name in PLANNERS:
        return PLANNERS[name](card)
    own = [other.name for other in INSTRUMENTS.values() if other.planner]
    if name not in own:
        raise BadInput(f"the model needs the planner '{name}'; known: {', '.join([*own, *PLANNERS])}")
    planner: Planner = INSTRUMENTS[name].part("planner").of(card)
    return planner
