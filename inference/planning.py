"""What a planner is: it turns the targets of an expressive net, step by step and without look-ahead, into keypoints.

A planner is named in its model's card (``extra["planner"]``), and so are its habits (``extra["planner_settings"]``);
:mod:`audio_to_body.inference.planners` has them by name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.room import Room

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


class PlayerSettings(Protocol):
    """A planner's settings."""

    @property
    def look_ahead(self) -> int:
        """Steps between hearing and moving, beside the net's delay."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """For a model's card."""
        ...


@dataclass(frozen=True)
class NoteFrames:
    """Consecutive frames of a musician who plays notes.

    Attributes
    ----------
    first : int
        Number of the first.
    points : np.ndarray, float32 [frames, 50, 2]
    tracks : dict of str to np.ndarray [frames, ...]
        What the player decided.
    room : Room
        Where the player and the instrument are.
    """

    first: int
    points: np.ndarray
    tracks: Tracks
    room: Room

    def __len__(self) -> int:
        return len(self.points)


SETTINGS = "planner_settings"
FILE, USUAL, LOW = "file", "usual", "low"  # latencies: how far a musician may run behind the sound
LEAST, MOST = 0.0, 4.0  # of amplitude and smoothness


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
    if model.card.family == "faithful":
        raise BadInput(f"{model.path} gives the points themselves: --{next(iter(given))} needs an expressive net")
    for name, value in given.items():
        if not LEAST < value <= MOST:
            raise BadInput(f"--{name} is {value:g}; it lies above {LEAST:g} and up to {MOST:g}, 1 is as trained")
    settings = {**model.card.extra.get(SETTINGS, {}), **given}
    return replace(model, card=replace(model.card, extra={**model.card.extra, SETTINGS: settings}))
