"""Which finger of a hand strikes which key, as printed fingerings have it.

A hand's notes are a chain of chords. Every chord has up to ten ways to be fingered, and what a way is worth depends
on it, on the way before, and on the one before that: which finger follows which over what interval, how far the hand
moves and how fast, who is held. The worth of each such trait was learnt from printed fingerings
(:mod:`audio_to_body.reproduce.piano_fingering`) and stands in ``piano_habits.json``; dynamic programming finds the
chain that is worth most. The left hand is the right one's mirror.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

from audio_to_body.musician.piano_keys import WHITE_KEY, is_black, key_place

FINGERS = 5
# Where the fingertips of a relaxed right hand lie, thumb first, metres along the keyboard from the wrist.
REST_SPREAD = np.array([-0.046, -0.024, 0.0, 0.023, 0.046])
INTERVALS = (-12.5, -7.5, -4.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 4.5, 7.5, 12.5)  # semitones that part intervals
WIDE_INTERVALS = (-5.5, -2.5, -0.5, 0.5, 2.5, 5.5)  # the same from a chord to the next but one
CHORD_WIDTHS = (1.25, 1.75, 2.25, 3.25, 4.25, 5.25, 6.25, 7.25)  # white keys between neighbours in a chord
QUICK, SLOW = 0.15, 0.4  # s between chords
HELD_ON = 0.03  # s; a note that ends sooner after the next begins is not held over it
REMEMBERED = 1 << 15  # changes
FORBIDDEN = 1e3  # worth taken off a way that a printed finger forbids
HABITS = Path(__file__).with_name("piano_habits.json")

# traits by block, and their shapes: fingers, colours of keys (white, black), intervals
BLOCKS: dict[str, tuple[int, ...]] = {
    "finger on key": (FINGERS, 2),
    "neighbours in a chord": (FINGERS, FINGERS, len(CHORD_WIDTHS) + 1),
    "chord stretched": (2,),
    "next finger": (FINGERS, FINGERS, len(INTERVALS) + 1),
    "next finger, colours": (FINGERS, FINGERS, 2, 2, 3),
    "hand moves": (2,),
    "held": (3,),
    "next but one": (FINGERS, FINGERS, len(WIDE_INTERVALS) + 1),
    "hand returns": (1,),
}
_SIZES = {name: int(np.prod(shape)) for name, shape in BLOCKS.items()}
_FIRST = dict(zip(BLOCKS, np.cumsum([0, *_SIZES.values()]).tolist()))
TRAITS = sum(_SIZES.values())


class Terms(NamedTuple):
    """Traits of ways: numbers of traits and how much of each, ``[terms, ...]`` with an axis per chord's ways."""

    trait: np.ndarray
    amount: np.ndarray


@dataclass(frozen=True)
class Chord:
    """Keys that a hand strikes together, as a right hand sees them: from the thumb's side outwards.

    Attributes
    ----------
    pitch : tuple of int
        MIDI.
    left : bool
    place : np.ndarray [notes]
        Metres along the keyboard, rising outwards.
    step : np.ndarray [notes]
        Semitones outwards.
    black : np.ndarray, int64 [notes]
    onset : float
        Seconds.
    end : np.ndarray [notes]
        Seconds at which keys come up.
    ways : np.ndarray, int64 [ways, notes]
        Every rising choice of fingers.
    """

    pitch: tuple[int, ...]
    left: bool
    place: np.ndarray
    step: np.ndarray
    black: np.ndarray
    onset: float
    end: np.ndarray
    ways: np.ndarray

    @classmethod
    def of(cls, pitch: np.ndarray, onset: float, end: np.ndarray, left: bool) -> Chord:
        """Of rising MIDI pitches, five at most."""
        turn = slice(None, None, -1) if left else slice(None)
        side = -1 if left else 1
        own = np.asarray(pitch)[turn]
        black, until = is_black(own).astype(np.int64), np.asarray(end)[turn]
        keys = tuple(int(p) for p in own)
        return cls(keys, left, side * key_place(own), side * own, black, onset, until, ways_of(len(own)))

    @property
    def wrist(self) -> np.ndarray:
        """Where the hand is in each way, metres [ways]."""
        return np.asarray((self.place[None, :] - REST_SPREAD[self.ways]).mean(axis=1))


@lru_cache(maxsize=8)
def ways_of(notes: int) -> np.ndarray:
    """Every rising choice of fingers for a chord of ``notes`` notes, int64 [ways, notes]."""
    return np.array(list(combinations(range(FINGERS), notes)), np.int64)


def _number(block: str, *index: np.ndarray | int) -> np.ndarray:
    """The number of a trait in a block."""
    number: np.ndarray = np.asarray(0)
    for size, own in zip(BLOCKS[block], index):
        number = number * size + own
    return number + _FIRST[block]


def _terms(found: Sequence[tuple[np.ndarray, np.ndarray | float]], shape: tuple[int, ...]) -> Terms:
    trait = np.stack([np.broadcast_to(np.asarray(number), shape) for number, _ in found])
    amount = np.stack([np.broadcast_to(np.asarray(much, np.float64), shape) for _, much in found])
    return Terms(trait, amount)


def own_terms(chord: Chord) -> Terms:
    """Traits of each way by itself, ``[terms, ways]``."""
    found: list[tuple[np.ndarray, np.ndarray | float]] = []
    for i in range(len(chord.place)):
        found.append((_number("finger on key", chord.ways[:, i], chord.black[i]), 1.0))
    for i in range(len(chord.place) - 1):
        low, high = chord.ways[:, i], chord.ways[:, i + 1]
        apart = chord.place[i + 1] - chord.place[i]
        width = np.searchsorted(CHORD_WIDTHS, apart / WHITE_KEY)
        found.append((_number("neighbours in a chord", low, high, width), 1.0))
        more = (apart - (REST_SPREAD[high] - REST_SPREAD[low])) / WHITE_KEY
        found.append((_number("chord stretched", np.zeros_like(low)), np.maximum(more, 0.0)))
        found.append((_number("chord stretched", np.ones_like(low)), np.maximum(-more, 0.0)))
    return _terms(found, (len(chord.ways),))


def _lines(before: Chord, after: Chord) -> list[tuple[int, int, float]]:
    """Which notes of two chords follow each other: the outer ones on both sides, and how much each counts."""
    if len(before.place) == len(after.place) == 1:
        return [(0, 0, 1.0)]
    return [(0, 0, 0.5), (len(before.place) - 1, len(after.place) - 1, 0.5)]


def change_terms(before: Chord, after: Chord) -> Terms:
    """Traits of going from one way to the next, ``[terms, ways before, ways after]``."""
    shape = (len(before.ways), len(after.ways))
    found: list[tuple[np.ndarray, np.ndarray | float]] = []
    for i, j, counts in _lines(before, after):
        first, second = before.ways[:, i][:, None], after.ways[:, j][None, :]
        interval = after.step[j] - before.step[i]
        found.append((_number("next finger", first, second, np.searchsorted(INTERVALS, interval)), counts))
        towards = int(np.sign(interval)) + 1
        colours = int(before.black[i]), int(after.black[j]), towards
        found.append((_number("next finger, colours", first, second, *colours), counts))
    pause = after.onset - before.onset
    moved = np.abs(after.wrist[None, :] - before.wrist[:, None]) / WHITE_KEY
    hurry = _hurry(pause)
    found.append((_number("hand moves", 0), moved))
    found.append((_number("hand moves", 1), hurry * moved))
    taken, crossed, stretched = _over_held(before, after)
    for which, much in enumerate((taken, crossed, stretched)):
        found.append((_number("held", which), much))
    return _terms(found, shape)


def _hurry(pause: float) -> float:
    """0 where there is time to the next chord, 1 where there is none; in quarters."""
    return float(np.rint(4 * np.clip((SLOW - pause) / (SLOW - QUICK), 0.0, 1.0))) / 4


def _held(before: Chord, after: Chord) -> np.ndarray:
    """Which of a chord's keys are still down when another is struck, bool [notes]."""
    return np.asarray(before.end > after.onset + HELD_ON)


def _over_held(before: Chord, after: Chord) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How often a held key's finger is taken away, crossed, and how far from it others stretch."""
    shape = (len(before.ways), len(after.ways))
    taken, crossed, stretched = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for i in np.flatnonzero(_held(before, after)):
        for j in range(len(after.place)):
            first, second = before.ways[:, i][:, None], after.ways[:, j][None, :]
            apart = after.place[j] - before.place[i]
            if abs(apart) < 1e-6:
                continue
            taken += first == second
            crossed += (second - first) * apart < 0
            stretched += np.maximum(np.abs(apart - (REST_SPREAD[second] - REST_SPREAD[first])) / WHITE_KEY - 1.0, 0.0)
    return taken, crossed, stretched


def skip_terms(before: Chord, after: Chord) -> Terms:
    """Traits of a way and that of the next chord but one, ``[terms, ways before, ways after]``."""
    found: list[tuple[np.ndarray, np.ndarray | float]] = []
    for i, j, counts in _lines(before, after):
        first, second = before.ways[:, i][:, None], after.ways[:, j][None, :]
        interval = after.step[j] - before.step[i]
        found.append((_number("next but one", first, second, np.searchsorted(WIDE_INTERVALS, interval)), counts))
    moved = np.abs(after.wrist[None, :] - before.wrist[:, None]) / WHITE_KEY
    found.append((_number("hand returns", 0), moved))
    return _terms(found, (len(before.ways), len(after.ways)))


def blocks_of(worth: np.ndarray) -> dict[str, np.ndarray]:
    """Views of the traits' worth, block by block."""
    return {name: worth[_FIRST[name] : _FIRST[name] + _SIZES[name]].reshape(shape) for name, shape in BLOCKS.items()}


@lru_cache(maxsize=1)
def habits() -> np.ndarray:
    """What each trait is worth, as learnt, float64 [:data:`TRAITS`]."""
    worth = json.loads(HABITS.read_text(encoding="utf-8"))["worth"]
    return np.concatenate([np.asarray(worth[name], np.float64).ravel() for name in BLOCKS])


def finger_piano(
    pitch: Sequence[np.ndarray],
    onset: np.ndarray,
    end: Sequence[np.ndarray],
    left: bool,
    printed: Sequence[np.ndarray] | None = None,
    worth: np.ndarray | None = None,
) -> list[np.ndarray]:
    """Fingers of one hand for chords one after the other.

    Parameters
    ----------
    pitch : sequence of np.ndarray of int [notes]
        MIDI, rising; five at most.
    onset : np.ndarray [chords]
        Seconds.
    end : sequence of np.ndarray [notes]
        Seconds at which keys come up.
    left : bool
        The left hand.
    printed : sequence of np.ndarray of int [notes], optional
        Fingers that are obeyed, 0 thumb to 4 little finger, -1 where none is printed.
    worth : np.ndarray [TRAITS], optional
        What traits are worth; as learnt when not given.

    Returns
    -------
    list of np.ndarray, int64 [notes]
        0 thumb to 4 little finger, per chord in the order of ``pitch``.
    """
    if not len(pitch):
        return []
    judge = _judge() if worth is None else _Judge(worth)
    chords = [Chord.of(p, float(t), e, left) for p, t, e in zip(pitch, onset, end)]
    obeyed = None if printed is None else [p[::-1] if left else p for p in printed]
    best = _best_ways(chords, obeyed, judge)
    fingers = [chord.ways[way] for chord, way in zip(chords, best)]
    return [f[::-1] for f in fingers] if left else fingers


class _Judge:
    """What ways and changes are worth; what was met before is remembered, an octave higher or lower too."""

    def __init__(self, worth: np.ndarray) -> None:
        self._worth = worth
        self._known: dict[tuple[object, ...], np.ndarray] = {}

    def own(self, chord: Chord, printed: np.ndarray | None) -> np.ndarray:
        """Of each way by itself."""
        own = self._of((), own_terms, chord)
        return own if printed is None else own - FORBIDDEN * ((printed >= 0) & (chord.ways != printed)).sum(axis=1)

    def change(self, before: Chord, after: Chord) -> np.ndarray:
        """Of going from one way to the next."""
        circumstances = (_hurry(after.onset - before.onset), *_held(before, after).tolist())
        return self._of(circumstances, change_terms, before, after)

    def skip(self, before: Chord, after: Chord) -> np.ndarray:
        """Of a way and that of the next chord but one."""
        return self._of((), skip_terms, before, after)

    def _of(self, circumstances: tuple[object, ...], terms: Callable[..., Terms], *chords: Chord) -> np.ndarray:
        octave = min(chords[0].pitch) // 12 * 12
        keys = tuple(tuple(p - octave for p in chord.pitch) for chord in chords)
        name = (terms, chords[0].left, keys, circumstances)
        found = self._known.get(name)
        if found is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            trait, amount = terms(*chords)
            found = self._known[name] = (self._worth[trait] * amount).sum(axis=0)
        return found


@lru_cache(maxsize=1)
def _judge() -> _Judge:
    return _Judge(habits())


def _best_ways(chords: list[Chord], printed: list[np.ndarray] | None, judge: _Judge) -> list[int]:
    """The chain that is worth most; its links reach back two chords."""
    own = [judge.own(chord, None if printed is None else printed[i]) for i, chord in enumerate(chords)]
    if len(chords) == 1:
        return [int(own[0].argmax())]
    total = own[0][:, None] + judge.change(chords[0], chords[1]) + own[1][None, :]
    sources = []
    for i in range(2, len(chords)):
        going = total[:, :, None] + judge.skip(chords[i - 2], chords[i])[:, None, :]  # [before, here, next]
        source = going.argmax(axis=0)
        sources.append(source)
        arrived = np.take_along_axis(going, source[None], axis=0)[0]
        total = arrived + judge.change(chords[i - 1], chords[i]) + own[i][None, :]
    here, last = np.unravel_index(int(total.argmax()), total.shape)
    chain = [int(last), int(here)]
    for source in reversed(sources):
        chain.append(int(source[chain[-1], chain[-2]]))
    return chain[::-1]
