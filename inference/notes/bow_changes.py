"""Does a bow turn where a note begins, or does a finger alone come down? The level around the beginning tells.

A bow that turns stops the string for a moment, most of all its high partials, and the tone that follows rises slowly;
under a slur the level hardly dips. Four bands of the features that the net sees show it, from 125 ms before a
beginning to 83 ms after it, for every key alike. Together with the net's own probabilities of a beginning and of a
stroke they are weighed by a logistic regression whose weights are in the net's file
(:mod:`audio_to_body.reproduce.slur_weights` fits them).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from audio_to_body.sound.note_bands import NoteFrontEnd
from audio_to_body.sound.note_features import BEL_SCALE

BAND_ENDS = (54, 86, 105, 128)  # MIDI: low, middle and high partials of a violin, 185 Hz to 1.2, 3.5 and 10 kHz
BANDS = len(BAND_ENDS)  # of a step: all of it, then these three
BEFORE, AFTER = 6, 4  # steps of 48/s around a beginning that are looked at
WINDOW = BEFORE + 1 + AFTER
DEEPEST = 25.0  # dB below the loudest step of the window; deeper is as deep
DIP_RANGE = (-5.0, 15.0)  # dB
SMALLEST_PROBABILITY, SMALLEST_SHARE, LARGEST_ODDS = 1e-4, 1e-3, 6.0
EVIDENCE = 3 + 2 * BANDS + WINDOW * BANDS  # numbers that are weighed
EARLY, AT, LATE = (1, 5), (4, 8), (8, 11)  # steps of the window: before, around and after the beginning


def members(front: NoteFrontEnd) -> np.ndarray:
    """Which semitone bands belong to which level, float64 [semitones, 4] of 0 and 1."""
    pitch = front.lowest + np.arange(front.semitones)
    edges = [(BAND_ENDS[0], BAND_ENDS[-1]), *zip(BAND_ENDS, BAND_ENDS[1:])]
    return np.stack([(pitch >= low) & (pitch < high) for low, high in edges], axis=1).astype(np.float64)


def band_levels(features: np.ndarray, front: NoteFrontEnd) -> np.ndarray:
    """Levels of all bands and of low, middle and high ones, in dB above the features' floor, float32 [steps, 4].

    Parameters
    ----------
    features : np.ndarray, float32 [steps, columns, 2]
        Of :class:`audio_to_body.sound.note_features.NoteFeatures`.
    front : NoteFrontEnd
        Theirs; the bands of its shortest window are read.
    """
    semitones = features[:, front.fine : front.bands, 0].astype(np.float64)
    power = 10.0 ** (semitones / BEL_SCALE) - 1.0
    return (10.0 * np.log10(power @ members(front) + 1.0)).astype(np.float32)


def evidence(levels: np.ndarray, onset: np.ndarray, stroke: np.ndarray) -> np.ndarray:
    """What is weighed, float64 [notes, :data:`EVIDENCE`].

    Parameters
    ----------
    levels : np.ndarray [notes, WINDOW, 4]
        :func:`band_levels` of the steps around each beginning.
    onset, stroke : np.ndarray [notes]
        The net's probabilities that it is one, and that a stroke begins with it.
    """
    levels = np.asarray(levels, np.float64)
    lowest = levels[:, slice(*AT)].min(axis=1)
    dips = [np.clip(levels[:, slice(*part)].mean(axis=1) - lowest, *DIP_RANGE) for part in (EARLY, LATE)]
    under = np.clip(levels - levels.max(axis=1, keepdims=True), -DEEPEST, 0.0)
    onset, stroke = np.asarray(onset, np.float64), np.asarray(stroke, np.float64)
    share = np.clip(
        _odds(np.clip(stroke / np.maximum(onset, 1e-9), SMALLEST_SHARE, 1.0 - SMALLEST_SHARE)),
        -LARGEST_ODDS,
        LARGEST_ODDS,
    )
    own = np.stack([share, _odds(stroke), _odds(onset)], axis=1)
    return np.concatenate([own, *dips, under.reshape(-1, WINDOW * BANDS)], axis=1)


def _odds(probability: np.ndarray) -> np.ndarray:
    """Logarithm of the odds."""
    kept = np.clip(probability, SMALLEST_PROBABILITY, 1.0 - SMALLEST_PROBABILITY)
    return np.log(kept / (1.0 - kept))


class BowChanges:
    """Tells slurred notes from strokes while levels come in.

    Parameters
    ----------
    weights : sequence of float
        One for each number of :func:`evidence`, then a constant: the logarithm of the odds of a slur.

    Raises
    ------
    ValueError
        If there are not so many.
    """

    def __init__(self, weights: np.ndarray) -> None:
        self._weights = np.asarray(weights, np.float64)
        if self._weights.shape != (EVIDENCE + 1,) or not np.isfinite(self._weights).all():
            raise ValueError(f"a slur is told by {EVIDENCE + 1} numbers")
        self._levels = np.zeros((0, BANDS), np.float32)
        self._first = 0  # step at 48/s of the first level that is kept

    def push(self, levels: np.ndarray) -> None:
        """Levels of the steps that follow."""
        self._levels = np.concatenate([self._levels, levels])

    def slurred(self, steps: np.ndarray, onset: np.ndarray, stroke: np.ndarray) -> np.ndarray:
        """Whether notes that begin at these steps go on under the bow, bool [notes].

        Before the sound its first step is taken to have lasted; steps after the last level that is known likewise.
        """
        if not len(steps):
            return np.zeros(0, bool)
        places = np.asarray(steps)[:, None] + np.arange(-BEFORE, AFTER + 1) - self._first
        around = self._levels[np.clip(places, 0, len(self._levels) - 1)]
        return evidence(around, onset, stroke) @ self._weights[:-1] + self._weights[-1] > 0.0

    def forget(self, step: int) -> None:
        """Drop what no note that begins at this step or later needs."""
        past = min(max(0, step - BEFORE - self._first), len(self._levels))
        self._levels, self._first = self._levels[past:], self._first + past

    def state(self) -> dict[str, np.ndarray]:
        """What the notes to come depend on, for :meth:`restore`."""
        return {"levels": self._levels.copy(), "first_level": np.array(self._first)}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on where :meth:`state` was taken.

        Raises
        ------
        ValueError, KeyError
            If it is damaged.
        """
        levels, first = np.array(state["levels"], np.float32), int(state["first_level"])
        if levels.ndim != 2 or levels.shape[1] != BANDS or not np.isfinite(levels).all() or first < 0:
            raise ValueError("its levels are impossible")
        self._levels, self._first = levels, first
