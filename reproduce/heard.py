"""What a hearer of notes gives, whichever net it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from audio_to_body.skeleton.notes import Notes

GRID = 0.01  # s, on which pitches are compared


@dataclass(frozen=True)
class Hearing:
    """What was heard in one sound.

    Attributes
    ----------
    notes : Notes
    sounding : np.ndarray, int64 [grid points]
        The pitch that is most likely held every 10 ms; -1 where none is.
    """

    notes: Notes
    sounding: np.ndarray


Hear = Callable[[np.ndarray], Hearing]  # int16 sound at 24 kHz
