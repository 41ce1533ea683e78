"""Which string, position and finger stop each note of a violin piece, as professionals choose them.

A piece is a chain: every note has a few dozen ways to be stopped, and what a way is worth depends on it and on the
way the note before was stopped (position, finger, shift, crossing ...). The worth of each such trait was learnt from
the fingerings of ten professionals (:mod:`audio_to_body.reproduce.violin_fingering`) and stands in
``violin_habits.json``; dynamic programming finds the best chain, of a piece or of the notes that a stream knows.
Who hears or reads music fingers by phrases: the traits' worth is another there, and what the notes around a note say
(:mod:`~audio_to_body.musician.violin_phrases`) is added. Virtual recitals finger note by note.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from audio_to_body.musician.chains import best_chain
from audio_to_body.musician.violin_phrases import change_kinds, learnt, own_kinds, phrases, surroundings
from audio_to_body.musician.violin_ways import (
    DEGREE,
    OPEN_STRINGS,
    Ways,
    change_traits,
    own_traits,
    place_of,
    ways_of,
)

HURRY = (1.0, 2.0)  # least and most by which a shift counts more in fast notes
UNHURRIED = 0.25  # s between two notes from which a shift has all the time it wants
UNPLAYABLE = -100.0  # worth of what cannot be played
NOT_AS_WRITTEN = -40.0  # of what a score asks for otherwise: any playable way that obeys is better
IMPOSSIBLE = ("chord, two positions", "chord, one finger in two places")  # a hand is in one place
HABITS = Path(__file__).with_name("violin_habits.json")


@dataclass(frozen=True)
class Stops:
    """How each note of a violin piece is stopped.

    Attributes
    ----------
    string : np.ndarray, int64 [n]
        0 G, 1 D, 2 A, 3 E.
    stop : np.ndarray, int64 [n]
        Semitones above the open string.
    finger : np.ndarray, int64 [n]
        0 open string, 1 index to 4 little finger.
    place : np.ndarray, int64 [n]
        Semitones above the nut at which the hand stands: 2 is first position.
    """

    string: np.ndarray
    stop: np.ndarray
    finger: np.ndarray
    place: np.ndarray


@dataclass(frozen=True)
class Stop:
    """How one note is stopped; the fields are those of :class:`Stops`."""

    string: int
    stop: int
    finger: int
    place: int


@lru_cache(maxsize=2)
def habits(phrased: bool = False) -> Mapping[str, float]:
    """What each trait is worth, as learnt: alone, or beside what phrases say."""
    return dict(learnt()["worth"]) if phrased else dict(json.loads(HABITS.read_text(encoding="utf-8"))["worth"])


class _OwnWorth(NamedTuple):
    """What ways are worth by themselves ``[ways]``, and of which kinds they are."""

    worth: np.ndarray
    kinds: np.ndarray


class _ChangeWorth(NamedTuple):
    """What changes are worth ``[old ways, new ways]``, those of shifting apart, and of which kinds they are."""

    worth: np.ndarray
    shift: np.ndarray
    kinds: np.ndarray


@lru_cache(maxsize=512)
def _own_worth(pitch: int, phrased: bool) -> _OwnWorth:
    ways = ways_of(pitch)
    worth = np.zeros(len(ways.string))
    for name, found in own_traits(ways):
        worth += habits(phrased).get(name, 0.0) * found
    return _OwnWorth(worth, own_kinds(ways.string, ways.finger, ways.position))


@lru_cache(maxsize=4096)
def _change_worth(before: int, pitch: int, chord: bool, phrased: bool) -> _ChangeWorth:
    return _worth_of_change(ways_of(before), ways_of(pitch), chord, phrased)


def _worth_of_change(old: Ways, new: Ways, chord: bool, phrased: bool) -> _ChangeWorth:
    worth = np.zeros((2, len(old.string), len(new.string)))
    if chord:  # the bow reaches neighbouring strings alone
        worth[0] += UNPLAYABLE * (new.string[None, :] - old.string[:, None] != 1)
    for name, found in change_traits(old, new, chord):
        worth[int(name.startswith("shift"))] += (
            UNPLAYABLE if name in IMPOSSIBLE else habits(phrased).get(name, 0.0)
        ) * found
    kinds = change_kinds((old.string, old.finger, old.position), (new.string, new.finger, new.position))
    return _ChangeWorth(worth[0], worth[1], kinds)


def _change_after(before: Stop, pitch: int, chord: bool, phrased: bool) -> _ChangeWorth:
    """The change from a note that has been played to the ways of the next one's pitch, ``[1, ways]``."""
    position = round(before.place / DEGREE)
    sounded = OPEN_STRINGS[before.string] + before.stop
    ways = ways_of(sounded)
    same = (ways.string == before.string) & (ways.finger == before.finger) & (ways.position == position)
    if same.any():
        row = slice(int(same.argmax()), int(same.argmax()) + 1)
        worth, shift, kinds = _change_worth(sounded, pitch, chord, phrased)
        return _ChangeWorth(worth[row], shift[row], kinds[:, row])
    old = Ways(*(np.array([value]) for value in (before.string, before.stop, before.finger, position)))
    return _worth_of_change(old, ways_of(pitch), chord, phrased)


def _hurry(pause: float) -> float:
    """How much more a shift counts when the next note comes ``pause`` seconds later; unknown times do not hurry."""
    return float(np.clip(UNHURRIED / pause, *HURRY)) if pause > 0 else HURRY[0]


def _as_written(pitch: int, string: int, finger: int) -> np.ndarray:
    """What is lost, ``[ways]``, by a way to stop a pitch that is not as somebody wrote it (-1: not written)."""
    ways = ways_of(pitch)
    wrong = (string >= 0) & (ways.string != string)
    wrong = wrong | ((finger >= 0) & (ways.finger != finger))
    return NOT_AS_WRITTEN * wrong


class _Told:
    """What every way and every change of some notes is worth.

    Parameters
    ----------
    pitches, onset, chord, before, phrased
        As :func:`stop_violin` takes them.
    """

    def __init__(
        self, pitches: list[int], onset: np.ndarray, chord: np.ndarray, before: Stop | None, phrased: bool
    ) -> None:
        self._pitches, self._onset, self._chord, self._phrased = pitches, onset, chord, phrased
        if phrased:
            sounded = None if before is None else OPEN_STRINGS[before.string] + before.stop
            self._kinds = phrases().worth(surroundings(np.array(pitches), onset, chord, sounded))

    def own(self, note: int) -> np.ndarray:
        """Of a note's ways, ``[ways]``."""
        worth, kinds = _own_worth(self._pitches[note], self._phrased)
        return worth + self._kinds[note][kinds].sum(axis=0) if self._phrased else worth

    def change(self, note: int) -> np.ndarray:
        """Of the changes from the note before, ``[old ways, new ways]``."""
        found = _change_worth(self._pitches[note - 1], self._pitches[note], bool(self._chord[note]), self._phrased)
        return self._summed(found, note, float(self._onset[note] - self._onset[note - 1]))

    def change_after(self, before: Stop) -> np.ndarray:
        """Of the changes from a note that has been played to the first, ``[ways]``."""
        found = _change_after(before, self._pitches[0], bool(self._chord[0]), self._phrased)
        return self._summed(found, 0, 0.0)[0]

    def _summed(self, found: _ChangeWorth, note: int, pause: float) -> np.ndarray:
        if self._phrased:
            return found.worth + found.shift + self._kinds[note][found.kinds].sum(axis=0)
        return found.worth + _hurry(pause) * found.shift


def stop_violin(
    pitch: np.ndarray,
    onset: np.ndarray,
    chord: np.ndarray,
    before: Stop | None = None,
    written: tuple[np.ndarray, np.ndarray] | None = None,
    phrased: bool = True,
) -> Stops:
    """Choose string, finger and place of each note as a professional most likely would.

    Parameters
    ----------
    pitch : np.ndarray of int [n]
        MIDI.
    onset : np.ndarray [n]
        Seconds.
    chord : np.ndarray of bool [n]
        Whether the note sounds together with the note before it (sorted low to high).
    before : Stop, optional
        Of the note before the first, where one has been played.
    written : (np.ndarray of int [n], np.ndarray of int [n]), optional
        Strings (0 G to 3 E) and fingers (0 open to 4) that a score asks for, -1 where it does not; obeyed wherever
        the note can be stopped so.
    phrased : bool
        Whether phrases count, or notes alone, as in virtual recitals.
    """
    count = len(pitch)
    if not count:
        nothing = np.zeros(0, np.int64)
        return Stops(nothing, nothing, nothing, nothing)
    pitches = [int(p) for p in pitch]
    told = _Told(pitches, np.asarray(onset, np.float64), chord, before, phrased)
    own = [told.own(i) for i in range(count)]
    if written is not None:
        own = [w + _as_written(p, int(s), int(f)) for w, p, s, f in zip(own, pitches, *written)]
    if before is not None:
        own[0] = own[0] + told.change_after(before)
    best = best_chain(own, told.change)
    chosen = np.array([[values[way] for values in ways_of(p)] for p, way in zip(pitches, best)], np.int64)
    string, stop, finger, position = chosen.T
    return Stops(string, stop, finger, place_of(position))
