"""What the musicians who play notes have in common: frames, latencies, and habits that a model's card tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.room import Room

if TYPE_CHECKING:
    from audio_to_body.inference.model_file import ModelFile

Tracks = dict[str, np.ndarray]


class PlayerSettings(Protocol):
    """A musician's settings."""

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


def habits_of(instrument: str, values: Mapping[str, Any]) -> PlayerSettings:
    """The settings of an instrument's musician, for a model's card.

    Parameters
    ----------
    instrument : str
    values : mapping
        Settings that are not the musician's own defaults.

    Raises
    ------
    BadInput
        If nobody plays the instrument, or a setting is unknown or impossible.
    """
    habits: PlayerSettings = instrument_named(instrument).part("habits").from_dict(dict(values))
    return habits


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
