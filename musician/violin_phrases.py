"""What the notes around a note say of how it is stopped: where a phrase goes, how slow it is, what is worth a shift.

A small net reads the pitches and pauses that are known to follow a note (and the pitch before it) and says what each
*kind* of way and of change is worth there: a string, a position, a finger, a shift by so much, a crossing, a pair of
fingers. :mod:`~audio_to_body.musician.violin_fingering` adds that to what the traits of the single notes are worth.
It was learnt from ten professionals (:mod:`audio_to_body.reproduce.violin_phrases`) together with those, also with
the music cut off after any note, as a live stream knows it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

PHRASES = Path(__file__).with_name("violin_phrases.json")
AHEAD = 12  # notes that are looked at ahead of each
NEIGHBOURS = (-1, 1, 2, 3, 4, 5, 6)  # notes whose intervals are read
NEAREST = 2  # of them, those of which steps and leaps are told apart
WIDTHS = (2, 4, 8, 12)  # notes ahead within which the highest and the lowest are read
PLACED = (4, 12)  # of them, those whose extremes are compared with the E and the D string
PACE = 8  # notes over which the pace is a mean
WIDEST, STEP, LEAP = 12, 2, 5  # semitones
USUAL_PAUSE = 0.3  # s between two notes
PAUSES = (0.05, 3.0)  # s, least and most
SCALE = 6.0  # semitones
TOP_STRING, LOW_STRING = 76, 62  # MIDI
OWN_KINDS = (8, 11, 5, 17)  # strings stopped and open; positions; fingers; strings at heights
CHANGE_KINDS = (13, 7, 25, 4, 49)  # shifts; crossings; finger pairs; shifted and crossed; pairs on one string
HEIGHTS = (3, 5, 8)  # positions at which the hand stands higher on a string
HIGHEST_KIND = 10  # position from which all are one
WIDEST_SHIFT = 5  # positions from which shifts are one
KINDS = sum(OWN_KINDS) + sum(CHANGE_KINDS)
_OWN_FIRST = np.cumsum((0, *OWN_KINDS))[:-1]
_CHANGE_FIRST = sum(OWN_KINDS) + np.cumsum((0, *CHANGE_KINDS))[:-1]
_STEPS = np.arange(AHEAD + 1)[:, None]
_NEXT = np.array(NEIGHBOURS[1:])[:, None]  # the first is the note before
_WIDTHS = list(WIDTHS)
_OF_INTERVALS = np.array([[True] * 5 + [abs(k) <= NEAREST] * 2 for k in NEIGHBOURS])
_OF_EXTREMES = np.array([[True] * 2 + [width in PLACED] * 2 for width in WIDTHS])


@dataclass(frozen=True, eq=False)
class Phrases:
    """What was learnt: ``outer @ tanh(inner @ surroundings + inner_bias) + outer_bias`` is what kinds are worth.

    Attributes
    ----------
    inner, inner_bias : np.ndarray [hidden, features], [hidden]
    outer, outer_bias : np.ndarray [kinds, hidden], [kinds]
    """

    inner: np.ndarray
    inner_bias: np.ndarray
    outer: np.ndarray
    outer_bias: np.ndarray

    def worth(self, read: np.ndarray) -> np.ndarray:
        """What kinds are worth at each note, ``[notes, kinds]``, of its :func:`surroundings`."""
        return np.tanh(read @ self.inner.T + self.inner_bias) @ self.outer.T + self.outer_bias


@lru_cache(maxsize=1)
def learnt() -> Mapping[str, Any]:
    """What the file of phrases holds."""
    return dict(json.loads(PHRASES.read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def phrases() -> Phrases:
    """What was learnt of phrases."""
    return Phrases(*(np.array(learnt()[name]) for name in ("inner", "inner_bias", "outer", "outer_bias")))


def surroundings(
    pitch: np.ndarray,
    onset: np.ndarray,
    chord: np.ndarray,
    before: int | None = None,
    known: np.ndarray | None = None,
) -> np.ndarray:
    """What is read around each note, ``[notes, features]``.

    Parameters
    ----------
    pitch, onset, chord : np.ndarray [n]
        As :func:`audio_to_body.musician.violin_fingering.stop_violin` takes them.
    before : int, optional
        MIDI of the note before the first.
    known : np.ndarray of int [n], optional
        How many notes after each are known; all of them if left out.
    """
    count = len(pitch)
    here = np.arange(count)
    ahead = np.minimum(count - 1 - here, AHEAD if known is None else np.minimum(known, AHEAD))
    own = pitch.astype(np.float64)
    after = own[here + np.minimum(_STEPS, ahead)]
    last = np.r_[own[0] if before is None else float(before), own[:-1]]
    there = np.concatenate([(here > 0)[None] | (before is not None), ahead >= _NEXT])
    interval = np.where(there, np.concatenate([last[None], after[_NEXT[:, 0]]]) - own, 0.0)
    size = abs(interval)
    intervals: list[np.ndarray] = [np.clip(interval, -WIDEST, WIDEST) / SCALE, np.minimum(size, WIDEST) / SCALE]
    intervals += [interval > 0, interval < 0, there & (interval == 0), (size > 0) & (size <= STEP), size >= LEAP]
    highest = np.maximum.accumulate(after, axis=0)[_WIDTHS]
    lowest = np.minimum.accumulate(after, axis=0)[_WIDTHS]
    extremes = [(highest - own) / SCALE, (own - lowest) / SCALE]
    extremes += [np.clip((highest - TOP_STRING) / SCALE, -2, 3), np.clip((lowest - LOW_STRING) / SCALE, -2, 3)]
    pace, notes = _pace(onset, chord), np.minimum(ahead + 1, PACE)
    paces = pace[np.minimum(here + _STEPS[:PACE], count - 1)]
    slow = np.where(_STEPS[:PACE] < np.minimum(ahead, notes), paces, 0.0).sum(axis=0) / notes
    rest = np.stack([pace * (ahead > 0), slow, np.clip((own - TOP_STRING) / SCALE, -4, 4)])
    parts = [np.stack(intervals, axis=1)[_OF_INTERVALS], np.stack(extremes, axis=1)[_OF_EXTREMES], rest]
    return np.concatenate(parts).T


def _pace(onset: np.ndarray, chord: np.ndarray) -> np.ndarray:
    """Logarithm of the pause until the next note or chord, 0 the usual one; 0 where none is known."""
    count = len(onset)
    begins = np.flatnonzero(~np.asarray(chord, bool))
    place = np.searchsorted(begins, np.arange(count), side="right")
    follows = np.r_[begins, count][place]
    pause = np.asarray(onset, np.float64)[np.minimum(follows, count - 1)] - onset
    return np.where(follows < count, np.log(np.clip(pause, *PAUSES) / USUAL_PAUSE), 0.0)


def own_kinds(string: np.ndarray, finger: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Numbers of the kinds of which each way is, ``[len(OWN_KINDS), ways]``."""
    stopped = finger > 0
    height = np.searchsorted(HEIGHTS, position, side="right")
    kinds = (
        np.where(stopped, string, 4 + string),
        np.where(stopped, np.minimum(position, HIGHEST_KIND) - 1, HIGHEST_KIND),
        finger,
        np.where(stopped, 4 * string + height, 16),
    )
    return np.stack(kinds) + _OWN_FIRST[:, None]


def change_kinds(old: tuple[np.ndarray, ...], new: tuple[np.ndarray, ...]) -> np.ndarray:
    """Numbers of the kinds of which each change is, ``[len(CHANGE_KINDS), old ways, new ways]``.

    Parameters
    ----------
    old, new : (string, finger, position)
    """
    string1, finger1, position1 = (values[:, None] for values in old)
    string2, finger2, position2 = (values[None, :] for values in new)
    both = (finger1 > 0) & (finger2 > 0)
    shift, crossing = position2 - position1, string2 - string1
    moved = np.where(shift == 0, 2 * WIDEST_SHIFT + 1, 2 * WIDEST_SHIFT + 2)
    way = np.where(shift == 0, 0, np.where(shift > 0, 1, 2))
    pair = 16 * way + 4 * (finger1 - 1) + finger2 - 1
    kinds = (
        np.where(both, np.clip(shift, -WIDEST_SHIFT, WIDEST_SHIFT) + WIDEST_SHIFT, moved),
        crossing + 3,
        5 * finger1 + finger2,
        2 * (shift != 0) + (crossing != 0),
        np.where(both & (crossing == 0), pair, 48),
    )
    return np.stack(kinds) + _CHANGE_FIRST[:, None, None]
