"""A piece as it is written: notes in quarter notes, before anybody plays them."""

from __future__ import annotations

from dataclasses import dataclass, fields

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
