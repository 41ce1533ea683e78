"""Notes that humans or scores have made, in one file: excerpts for the renderer.

``notes.npz`` holds for each instrument ``<instrument>_onset, _end`` (s), ``_pitch``, ``_velocity``, ``_slurred`` of
all pieces one after the other, ``_piece_ends`` (exclusive) and ``_piece_kinds``.
:mod:`audio_to_body.preprocessing.note_sound.library_building` writes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from audio_to_body.preprocessing.note_sound.bank import bank_folder
from audio_to_body.skeleton.files import read_arrays

LIBRARY = "notes.npz"


@dataclass(frozen=True)
class Library:
    """All pieces of one instrument.

    Attributes
    ----------
    onset, end : np.ndarray, float32 [notes]
        Seconds in the piece.
    pitch : np.ndarray, int64 [notes]
    velocity : np.ndarray, float64 [notes]
        1 to 127; 0 where nothing is known of it.
    slurred : np.ndarray, bool [notes]
        The note goes on under the bow of the one before it.
    piece_starts, piece_ends : np.ndarray, int64 [pieces]
    piece_kinds : np.ndarray of str [pieces]
        Where each piece comes from.
    """

    onset: np.ndarray
    end: np.ndarray
    pitch: np.ndarray
    velocity: np.ndarray
    slurred: np.ndarray
    piece_starts: np.ndarray
    piece_ends: np.ndarray
    piece_kinds: np.ndarray

    def excerpt(self, rng: np.random.Generator, seconds: float) -> Library:
        """A drawn piece of about so many seconds, as a library of one; kinds of pieces are drawn alike."""
        kinds = np.unique(self.piece_kinds)
        chosen = np.flatnonzero(self.piece_kinds == kinds[int(rng.integers(len(kinds)))])
        piece = int(chosen[int(rng.integers(len(chosen)))])
        own = slice(int(self.piece_starts[piece]), int(self.piece_ends[piece]))
        onset = self.onset[own].astype(np.float64)
        start = float(rng.uniform(0, max(float(onset[-1]) - seconds, 0) + 0.01))
        inside = (onset >= start) & (onset < start + seconds)
        return Library(
            onset=onset[inside] - start,
            end=self.end[own][inside].astype(np.float64) - start,
            pitch=self.pitch[own][inside].astype(np.int64),
            velocity=self.velocity[own][inside].astype(np.float64),
            slurred=self.slurred[own][inside],
            piece_starts=np.zeros(1, np.int64),
            piece_ends=np.array([int(inside.sum())]),
            piece_kinds=self.piece_kinds[piece : piece + 1],
        )


@lru_cache(maxsize=8)
def read_library(instrument: str, folder: Path | None = None) -> Library | None:
    """The notes of an instrument; None where there is no file of them.

    Parameters
    ----------
    instrument : str
    folder : path, optional
        Default: the bank's.
    """
    path = (bank_folder() if folder is None else Path(folder)) / LIBRARY
    if not path.is_file():
        return None
    with read_arrays(path, "a library of notes", "build the bank again") as file:
        if f"{instrument}_onset" not in file:
            return None
        names = ("onset", "end", "pitch", "velocity", "slurred", "piece_ends", "piece_kinds")
        arrays = {name: file[f"{instrument}_{name}"] for name in names}
    ends = arrays.pop("piece_ends").astype(np.int64)
    return Library(piece_starts=np.concatenate([[0], ends[:-1]]), piece_ends=ends, **arrays)
