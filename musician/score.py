"""A piece as it is written: notes in quarter notes, before anybody plays them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction

import numpy as np

RIGHT, LEFT = 0, 1  # hands (staves) of a piano score


@dataclass(frozen=True)
class Score:
    """A piece as a list of notes, sorted by onset, then pitch.

    Attributes
    ----------
    onset, duration : np.ndarray, float64 [n]
        Quarter notes.
    pitch : np.ndarray, int64 [n]
        MIDI.
    hand : np.ndarray, int64 [n]
        Piano: 0 right, 1 left. Violin: 0.
    slurred : np.ndarray, bool [n]
        Whether the note continues a slur that began on an earlier note.
    strength : np.ndarray, float64 [n]
        Metric strength, 1 on a bar's first beat, halving with each level.
    bar : np.ndarray, int64 [n]
    name : str
    """

    onset: np.ndarray
    duration: np.ndarray
    pitch: np.ndarray
    hand: np.ndarray
    slurred: np.ndarray
    strength: np.ndarray
    bar: np.ndarray
    name: str

    def __len__(self) -> int:
        return len(self.onset)

    def select(self, which: np.ndarray) -> Score:
        """The notes of a mask or of indices."""
        arrays = {f.name: getattr(self, f.name)[which] for f in fields(self) if f.name != "name"}
        return Score(**arrays, name=self.name)


def metric_strength(position: float, bar_length: float) -> float:
    """Metric strength of a moment in its bar: 1, then 1/2, 1/4, ... by the coarsest grid it lies on.

    Parameters
    ----------
    position, bar_length : float
        Quarter notes.
    """
    if position < 1e-6 or bar_length <= 0:
        return 1.0
    share = Fraction(position / bar_length).limit_denominator(48)
    depth = {2: 1, 3: 1, 4: 2, 6: 2, 8: 3, 12: 3}.get(share.denominator, 4)
    return 0.5**depth
