"""How well heard notes agree with written ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.skeleton.notes import Notes


@dataclass(frozen=True)
class Agreement:
    """Counts of one comparison; they add up over sounds.

    Attributes
    ----------
    right, heard, written : int
        Notes that agree, that were heard in all, that are written.
    """

    right: int = 0
    heard: int = 0
    written: int = 0

    def __add__(self, other: Agreement) -> Agreement:
        return Agreement(self.right + other.right, self.heard + other.heard, self.written + other.written)

    @property
    def precision(self) -> float:
        """Share of the heard notes that are written."""
        return self.right / max(1, self.heard)

    @property
    def recall(self) -> float:
        """Share of the written notes that were heard."""
        return self.right / max(1, self.written)

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        return 2 * self.right / max(1, self.heard + self.written)


def matched(heard: Notes, written: Notes, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of heard and written notes of one pitch, at most ``tolerance`` seconds apart; each note in one pair.

    Pairs are made in the order of time, each heard note with the nearest written one still free.

    Returns
    -------
    heard, written : np.ndarray, int64 [pairs]
    """
    pairs: list[tuple[int, int]] = []
    for pitch in np.unique(heard.pitch):
        own = np.flatnonzero(heard.pitch == pitch)
        theirs = np.flatnonzero(written.pitch == pitch)
        own = own[np.argsort(heard.onset[own], kind="stable")]
        free = np.ones(len(theirs), bool)
        for i in own.tolist():
            apart = np.abs(written.onset[theirs] - heard.onset[i])
            near = np.flatnonzero((apart <= tolerance + 1e-9) & free)
            if len(near):
                best = near[apart[near].argmin()]
                free[best] = False
                pairs.append((i, int(theirs[best])))
    both = np.array(pairs, np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def agreement(heard: Notes, written: Notes, tolerance: float) -> Agreement:
    """How many beginnings agree in pitch and, within ``tolerance`` seconds, in time."""
    return Agreement(len(matched(heard, written, tolerance)[0]), len(heard), len(written))
