"""Which string, position and finger stop each note of a violin piece, as professionals choose them.

A piece is a chain: every note has a few dozen ways to be stopped, and what a way is worth depends on it and on the
way the note before was stopped (position, finger, shift, crossing ...). The worth of each such trait was learnt from
the fingerings of ten professionals (:mod:`audio_to_body.reproduce.violin_fingering`) and stands in
``violin_habits.json``; dynamic programming finds the best chain, of a piece or of the notes that a stream knows.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from audio_to_body.geometry.vectors import Number

OPEN_STRINGS = (55, 62, 69, 76)  # MIDI of G3, D4, A4, E5
STRING_LENGTH = 0.325  # m, nut to bridge of a full-size violin
HIGHEST_STOP = 30  # semitones above an open string that can be stopped
FIRST_POSITION = 2  # the hand's place in first position, semitones above the nut
POSITIONS = 15  # positions of the left hand that are tried
OPEN_POSITIONS = 7  # positions in which an open string is played on the way
DEGREE = 12 / 7  # semitones of a step of the scale, on average
LOW, HIGH = -1.45, 1.35  # semitones by which a finger is drawn back or stretched from the scale's step
REGIONS = (1, 3, 5, 8, 12, 17)  # semitones above the nut at which regions of a string begin
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


class Ways(NamedTuple):
    """Ways to stop one pitch, int64 ``[ways]`` each; positions count from 1."""

    string: np.ndarray
    stop: np.ndarray
    finger: np.ndarray
    position: np.ndarray


Traits = Iterator[tuple[str, np.ndarray]]  # a trait's name, and where it is found


def place_of(position: np.ndarray) -> np.ndarray:
    """Semitones above the nut at which the hand stands in a position: 2 in the first, 5 in the third."""
    return np.rint(DEGREE * np.asarray(position)).astype(np.int64)


def distance_from_nut(semitones: Number) -> Number:
    """Metres from the nut at which a string sounds ``semitones``, floats or arrays, above its open pitch."""
    return STRING_LENGTH * (1 - 2.0 ** (-semitones / 12))


@lru_cache(maxsize=256)
def ways_of(pitch: int) -> Ways:
    """Every way to stop a pitch; one that the violin does not have gets the nearest place there is."""
    rows = []
    for string, opened in enumerate(OPEN_STRINGS):
        stop = pitch - opened
        if stop == 0:
            rows += [(string, 0, 0, position) for position in range(1, OPEN_POSITIONS + 1)]
        if not 0 < stop <= HIGHEST_STOP:
            continue
        for finger in range(1, 5):
            rows += [
                (string, stop, finger, position)
                for position in range(1, POSITIONS + 1)
                if LOW < stop - DEGREE * (position + finger - 1) < HIGH
            ]
    if not rows:
        low = pitch < OPEN_STRINGS[0]
        rows = [(0, 0, 0, 1)] if low else [(3, min(pitch - OPEN_STRINGS[3], HIGHEST_STOP), 4, POSITIONS)]
    return Ways(*np.array(rows, np.int64).T)


def own_traits(ways: Ways) -> Traits:
    """What can be said of a way to stop a note by itself: bool [ways] by name."""
    string, stop, finger, position = ways
    stopped = finger > 0
    yield "open", ~stopped
    for which in range(4):
        yield f"open string {which}", ~stopped & (string == which)
        yield f"string {which}", stopped & (string == which)
    high = np.minimum(position, 9)
    for which in range(1, 10):
        yield f"position {which}", high == which
    yield "even position", stopped & (position % 2 == 0) & (position < 7)
    for which in range(4):
        for height in range(1, 4):
            tall = np.minimum(position, 7) // 2 == height
            yield f"string {which} at height {height}", stopped & (string == which) & (position >= 3) & tall
    region = np.searchsorted(REGIONS, stop, side="right")
    for which in range(4):
        for height in range(1, len(REGIONS) + 1):
            yield f"string {which} stopped in region {height}", stopped & (string == which) & (region == height)
    apart = stop - DEGREE * (position + finger - 1)
    borders = (-np.inf, -1.0, -0.5, 0.5, 0.95, np.inf)
    names = ("far back", "back", "plain", "stretched", "far stretched")
    for which in range(1, 5):
        yield f"finger {which}", finger == which
        for name, low, high_border in zip(names, borders, borders[1:]):
            yield f"finger {which} {name}", (finger == which) & (apart >= low) & (apart < high_border)


def change_traits(old: Ways, new: Ways, chord: bool) -> Traits:
    """What can be said of going from one way to another: bool [old ways, new ways] by name.

    Parameters
    ----------
    old, new : Ways
    chord : bool
        Whether both sound together, the lower first.
    """
    string1, stop1, finger1, position1 = (values[:, None] for values in old)
    string2, stop2, finger2, position2 = (values[None, :] for values in new)
    crossed, shifted = string2 - string1, position2 - position1
    both = (finger1 > 0) & (finger2 > 0)
    same = both & (finger1 == finger2)
    interval = stop2 + np.array(OPEN_STRINGS)[string2] - stop1 - np.array(OPEN_STRINGS)[string1]
    if chord:
        yield "chord, one string", crossed == 0
        yield "chord, next string", crossed == 1
        yield "chord, string skipped", crossed > 1
        yield "chord, lower string", crossed < 0
        yield "chord, two positions", (shifted != 0) & both
        yield "chord, two positions by an open string", (shifted != 0) & ~both
        yield "chord, one finger across", same & (stop1 == stop2)
        yield "chord, one finger in two places", same & (stop1 != stop2)
        return
    for size in range(1, 5):
        yield f"shift up by {size}", np.minimum(shifted, 4) == size
        yield f"shift down by {size}", np.minimum(-shifted, 4) == size
    moves = shifted != 0
    one_string = crossed == 0
    yield "shift by an open string", moves & ~both
    yield "shift on one finger", moves & same
    rises, falls = stop2 > stop1, stop2 < stop1
    yield "shift against the notes", moves & both & one_string & ((rises & (shifted < 0)) | (falls & (shifted > 0)))
    yield "shift to a higher finger", both & one_string & rises & (shifted > 0) & (finger2 > finger1)
    yield "shift and crossing", moves & both & ~one_string
    for size in range(1, 4):
        yield f"crossing by {size}", np.minimum(abs(crossed), 3) == size
    yield "one finger across", same & ~one_string & (stop1 == stop2)
    yield "one finger in two places", same & ~one_string & (stop1 != stop2)
    yield "crossing against the notes", interval * crossed < 0
    for reach, name in ((2, "a step"), (4, "a third"), (7, "a fifth")):
        yield f"crossing for less than {name}", ~one_string & (abs(interval) <= reach)
    yield "leap on one string", one_string & (abs(interval) > 5)
    still = one_string & ~moves
    for first, second in itertools.product(range(5), range(5)):
        met = (finger1 == first) & (finger2 == second)
        if first and second:
            yield f"shift {first} to {second} up", met & one_string & (shifted > 0)
            yield f"shift {first} to {second} down", met & one_string & (shifted < 0)
        yield f"{first} to {second}, next string", met & ~moves & (crossed == 1)
        yield f"{first} to {second}, string before", met & ~moves & (crossed == -1)
    yield "slide", same & still & (stop1 != stop2)
    yield "fingers out of order", both & still & ((stop2 - stop1) * (finger2 - finger1) < 0)
    yield "repeated otherwise", (interval == 0) & ((string1 != string2) | (finger1 != finger2))
    yield (
        "little finger and open string",
        ((finger1 == 4) & (finger2 == 0) & (crossed == 1)) | ((finger1 == 0) & (finger2 == 4) & (crossed == -1)),
    )


@lru_cache(maxsize=1)
def habits() -> Mapping[str, float]:
    """What each trait is worth, as learnt."""
    return dict(json.loads(HABITS.read_text(encoding="utf-8"))["worth"])


@lru_cache(maxsize=256)
def _own_worth(pitch: int) -> np.ndarray:
    ways = ways_of(pitch)
    worth = np.zeros(len(ways.string))
    for name, found in own_traits(ways):
        worth += habits().get(name, 0.0) * found
    return worth


@lru_cache(maxsize=4096)
def _change_worth(before: int, pitch: int, chord: bool) -> tuple[np.ndarray, np.ndarray]:
    """What changes are worth, those of shifting apart from the others, ``[old ways, new ways]`` each."""
    return _worth_of_change(ways_of(before), ways_of(pitch), chord)


def _worth_of_change(old: Ways, new: Ways, chord: bool) -> tuple[np.ndarray, np.ndarray]:
    worth = np.zeros((2, len(old.string), len(new.string)))
    if chord:  # the bow reaches neighbouring strings alone
        worth[0] += UNPLAYABLE * (new.string[None, :] - old.string[:, None] != 1)
    for name, found in change_traits(old, new, chord):
        worth[int(name.startswith("shift"))] += (
            UNPLAYABLE if name in IMPOSSIBLE else habits().get(name, 0.0)
        ) * found
    return worth[0], worth[1]


def _worth_after(before: Stop, pitch: int, chord: bool) -> np.ndarray:
    """What the change from a note that has been played is worth, ``[ways]`` of the next one's pitch."""
    position = round(before.place / DEGREE)
    sounded = OPEN_STRINGS[before.string] + before.stop
    ways = ways_of(sounded)
    same = (ways.string == before.string) & (ways.finger == before.finger) & (ways.position == position)
    if same.any():
        change, shift = _change_worth(sounded, pitch, chord)
        return (change + shift)[int(same.argmax())]
    old = Ways(*(np.array([value]) for value in (before.string, before.stop, before.finger, position)))
    change, shift = _worth_of_change(old, ways_of(pitch), chord)
    return (change + shift)[0]


def _hurry(pause: float) -> float:
    """How much more a shift counts when the next note comes ``pause`` seconds later; unknown times do not hurry."""
    return float(np.clip(UNHURRIED / pause, *HURRY)) if pause > 0 else HURRY[0]


def _as_written(pitch: int, string: int, finger: int) -> np.ndarray:
    """What is lost, ``[ways]``, by a way to stop a pitch that is not as somebody wrote it (-1: not written)."""
    ways = ways_of(pitch)
    wrong = (string >= 0) & (ways.string != string)
    wrong = wrong | ((finger >= 0) & (ways.finger != finger))
    return NOT_AS_WRITTEN * wrong


def stop_violin(
    pitch: np.ndarray,
    onset: np.ndarray,
    chord: np.ndarray,
    before: Stop | None = None,
    written: tuple[np.ndarray, np.ndarray] | None = None,
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
    """
    count = len(pitch)
    if not count:
        nothing = np.zeros(0, np.int64)
        return Stops(nothing, nothing, nothing, nothing)
    pitches = [int(p) for p in pitch]
    own = [_own_worth(p) for p in pitches]
    if written is not None:
        own = [w + _as_written(p, int(s), int(f)) for w, p, s, f in zip(own, pitches, *written)]
    worth = own[0]
    if before is not None:
        worth = worth + _worth_after(before, pitches[0], bool(chord[0]))
    sources = []
    for i in range(1, count):
        change, shift = _change_worth(pitches[i - 1], pitches[i], bool(chord[i]))
        total = worth[:, None] + change + _hurry(float(onset[i] - onset[i - 1])) * shift
        source = total.argmax(axis=0)
        sources.append(source)
        worth = total[source, np.arange(total.shape[1])] + own[i]
    best = int(worth.argmax())
    chosen = np.zeros((count, 4), np.int64)
    for i in range(count - 1, -1, -1):
        chosen[i] = [values[best] for values in ways_of(pitches[i])]
        if i:
            best = int(sources[i - 1][best])
    string, stop, finger, position = chosen.T
    return Stops(string, stop, finger, place_of(position))
