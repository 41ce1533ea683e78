"""The ways in which a note can be stopped on a violin, and what can be said of a way and of going to the next."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import lru_cache
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
