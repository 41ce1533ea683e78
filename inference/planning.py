"""Planners: what turns the targets of an expressive net, step by step and without look-ahead, into keypoints.

A planner is named in its model's card (``extra["planner"]``), and so are its habits (``extra["planner_settings"]``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from audio_to_body.inference.model_card import ModelCard
from audio_to_body.skeleton.refusal import BadInput

if TYPE_CHECKING:
    from audio_to_body.inference.model_file import ModelFile

State = dict[str, Any]  # of arrays, or of what np.asarray packs into one
Tracks = dict[str, np.ndarray]


class Planner(Protocol):
    """Causal: the keypoints of a step depend on the targets up to that step alone."""

    def initial_state(self) -> State:
        """The state before the first step."""
        ...

    def plan(
        self, targets: np.ndarray, state: State, shown: np.ndarray | None = None
    ) -> tuple[np.ndarray, Tracks, State]:
        """Plan consecutive steps.

        Parameters
        ----------
        targets : np.ndarray, float32 [steps, targets]
            In the order of the card's ``target_names``.
        state : State
            Not changed.
        shown : np.ndarray of int, optional
            The steps whose keypoints and tracks are wanted; all when not given.

        Returns
        -------
        keypoints : np.ndarray, float32 [steps shown, points, 2]
        tracks : dict of str to np.ndarray [steps shown, ...]
            What the planner decided, such as ``bow_speed``.
        state : State
            Goes into the next call; splitting the steps anywhere gives the same motion.
        """
        ...


class Habits(Protocol):
    """A planner's settings."""

    @property
    def look_ahead(self) -> int:
        """Steps between hearing and moving, beside the net's delay."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """For a model's card."""
        ...


def _violin(card: ModelCard) -> Planner:
    from audio_to_body.inference.violin.player import ViolinPlayer

    return ViolinPlayer.of(card)


def _piano(card: ModelCard) -> Planner:
    from audio_to_body.inference.piano.player import PianoPlayer

    return PianoPlayer.of(card)


PLANNERS: dict[str, Callable[[ModelCard], Planner]] = {"violin": _violin, "piano": _piano}
SETTINGS = "planner_settings"
LEAST, MOST = 0.0, 4.0  # of amplitude and smoothness


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


def adjusted(model: ModelFile, amplitude: float | None = None, smoothness: float | None = None) -> ModelFile:
    """A model whose planner plays with another amplitude or smoothness (factors; 1 is as it was trained).

    Raises
    ------
    BadInput
        If the model has no planner, or a factor makes no sense.
    """
    wanted = {"amplitude": amplitude, "smoothness": smoothness}
    given = {name: float(value) for name, value in wanted.items() if value is not None}
    if not given:
        return model
    if not model.card.target_names:
        raise BadInput(f"{model.path} gives the points themselves: --{next(iter(given))} needs an expressive net")
    for name, value in given.items():
        if not LEAST < value <= MOST:
            raise BadInput(f"--{name} is {value:g}; it lies above {LEAST:g} and up to {MOST:g}, 1 is as trained")
    settings = {**model.card.extra.get(SETTINGS, {}), **given}
    return replace(model, card=replace(model.card, extra={**model.card.extra, SETTINGS: settings}))


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
