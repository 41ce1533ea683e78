"""Which string, place and finger: dynamic programming over a piece, for the violin and for the piano."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import numpy as np

from audio_to_body.geometry.vectors import Number

OPEN_STRINGS = (55, 62, 69, 76)  # MIDI of G3, D4, A4, E5
STRING_LENGTH = 0.325  # m, nut to bridge of a full-size violin
HIGHEST_STOP = 24  # semitones above an open string that are still on the fingerboard
FINGER_REACH = ((-1, 0), (1, 2), (3, 3), (5, 6))  # semitones of fingers 1-4 above the hand's place
FIRST_POSITION = 2  # the hand's place, semitones above the nut
UNLIKELY, ELSEWHERE = (
    1.2,
    0.15,
)  # cost of a string that is not heard, and per semitone of a hand that stands elsewhere


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


class _Choices(NamedTuple):
    """Ways to stop a pitch, float64 ``[choices]`` each, or one of them as floats."""

    string: Number
    stop: Number
    finger: Number
    place: Number
    cost: Number

    def number(self, which: int) -> tuple[int, int, int, int]:
        """String, stop, finger and place of one choice."""
        return int(self.string[which]), int(self.stop[which]), int(self.finger[which]), int(self.place[which])


@lru_cache(maxsize=256)
def _choices(pitch: int) -> _Choices:
    """Every way to stop a pitch."""
    rows = []
    for string, opened in enumerate(OPEN_STRINGS):
        stop = pitch - opened
        if stop < 0 or stop > HIGHEST_STOP + 6:
            continue
        if stop == 0:
            rows += [(string, 0, 0, place, 0.15 + 0.06 * (place - FIRST_POSITION)) for place in range(2, 13)]
            continue
        for finger, (low, high) in enumerate(FINGER_REACH, start=1):
            for extension in range(low, high + 1):
                place = stop - extension
                if not 1 <= place <= HIGHEST_STOP:
                    continue
                cost = 0.05 * (place - FIRST_POSITION) ** 2 / (1 + 0.15 * abs(place - FIRST_POSITION))
                cost += 0.25 * (finger == 4) + 0.12 * (3 - string) * max(0, place - 6)
                cost += 0.3 * (place == 1)
                rows.append((string, stop, finger, place, cost))
    if not rows:  # beyond the instrument: the nearest place there is
        string = 0 if pitch < OPEN_STRINGS[0] else 3
        rows.append(
            (string, max(0, pitch - OPEN_STRINGS[string]), 4 if string else 0, HIGHEST_STOP if string else 2, 9.0)
        )
    return _Choices(*np.array(rows, np.float64).T.copy())


def _change_cost(old: _Choices, new: _Choices, pause: float) -> np.ndarray:
    """What it costs to go from a way of stopping a note to a way of stopping the next, ``pause`` s later."""
    shift = np.abs(old.place - new.place)
    hurry = min(max(0.4 / max(pause, 0.05), 0.4), 4.0)
    free = ((old.finger == 0) | (new.finger == 0)) * 0.5  # an open string hides a shift
    step = np.where(shift > 0, (0.5 + 0.12 * shift) * hurry * (1 - free), 0.0)
    crossed = np.abs(old.string - new.string)
    step += 0.35 * crossed + np.where(crossed > 1, 0.35 * hurry * (crossed - 1), 0.0)
    slide = (old.finger == new.finger) & (old.stop != new.stop) & (new.finger > 0)
    step += 0.25 * slide
    return step


def stop_violin(pitch: np.ndarray, onset: np.ndarray, chord: np.ndarray) -> Stops:
    """Choose string, finger and place of each note with the least shifting and string changing.

    Parameters
    ----------
    pitch : np.ndarray of int [n]
        MIDI.
    onset : np.ndarray [n]
        Seconds.
    chord : np.ndarray of bool [n]
        Whether the note sounds together with the note before it (sorted low to high).

    Returns
    -------
    Stops
        The hand's plan follows the top note of each chord; lower notes lie on the strings below it.
    """
    count = len(pitch)
    string, stop = np.zeros(count, np.int64), np.zeros(count, np.int64)
    finger, place = np.zeros(count, np.int64), np.full(count, FIRST_POSITION, np.int64)
    if count == 0:
        return Stops(string, stop, finger, place)
    leads = np.flatnonzero(~np.append(chord[1:], False))  # the last, highest note of each chord
    tables = [_choices(int(p)) for p in pitch[leads]]
    pause = np.diff(onset[leads], prepend=onset[leads[0]])
    cost = tables[0].cost
    sources = [np.zeros(len(cost), np.int64)]
    for i in range(1, len(tables)):
        old, new = tables[i - 1], tables[i]
        step = _change_cost(_Choices(*(column[:, None] for column in old)), new, float(pause[i]))
        total = cost[:, None] + step
        sources.append(total.argmin(axis=0))
        cost = total.min(axis=0) + new.cost
    best = int(cost.argmin())
    for i in range(len(tables) - 1, -1, -1):
        string[leads[i]], stop[leads[i]], finger[leads[i]], place[leads[i]] = tables[i].number(best)
        best = int(sources[i][best])
    _fill_chords(pitch, chord, leads, Stops(string, stop, finger, place))
    return Stops(string, stop, finger, place)


def _fill_chords(pitch: np.ndarray, chord: np.ndarray, leads: np.ndarray, stops: Stops) -> None:
    """Put the lower notes of chords on the strings below, with the fingers that are left."""
    for lead in leads:
        note, above = lead, stops.string[lead]
        used = {int(stops.finger[lead])}
        while chord[note]:
            note -= 1
            above = max(0, above - 1)
            while above > 0 and pitch[note] < OPEN_STRINGS[above]:
                above -= 1
            stops.string[note] = above
            stops.stop[note] = max(0, int(pitch[note]) - OPEN_STRINGS[above])
            stops.place[note] = stops.place[lead]
            distance = stops.stop[note] - stops.place[lead]
            wanted = 0 if stops.stop[note] == 0 else int(np.clip(round(distance / 1.75) + 1, 1, 4))
            free = [f for f in (1, 2, 3, 4) if f not in used]
            if wanted and wanted in used and free:
                wanted = min(free, key=lambda f: abs(f - wanted))
            stops.finger[note] = wanted
            used.add(wanted)


@dataclass(frozen=True)
class Stop:
    """How one note is stopped; the fields are those of :class:`Stops`."""

    string: int
    stop: int
    finger: int
    place: int


def next_stop(before: Stop, pitch: int, pause: float, likely: Sequence[float], place: float) -> Stop:
    """Choose how to stop one note when the notes that follow are not known.

    Parameters
    ----------
    before : Stop
        Of the note before.
    pitch : int
        MIDI.
    pause : float
        Seconds since the note before began.
    likely : sequence of float [4]
        How likely each string is, as heard.
    place : float
        Where the hand probably stands, as heard, semitones above the nut.
    """
    old = _Choices(before.string, before.stop, before.finger, before.place, 0.0)
    new = _choices(pitch)
    cost = _change_cost(old, new, pause) + new.cost
    cost = (
        cost + UNLIKELY * (1.0 - np.asarray(likely)[new.string.astype(int)]) + ELSEWHERE * np.abs(new.place - place)
    )
    return Stop(*new.number(int(cost.argmin())))


def distance_from_nut(semitones: Number) -> Number:
    """Metres from the nut at which a string sounds ``semitones``, floats or arrays, above its open pitch."""
    return STRING_LENGTH * (1 - 2.0 ** (-semitones / 12))


# ---- piano ----

# Where the fingertips of a relaxed right hand lie, thumb first, metres along the keyboard from the wrist.
REST_SPREAD = np.array([-0.046, -0.024, 0.0, 0.023, 0.046])


@lru_cache(maxsize=8)
def _assignments(notes: int) -> np.ndarray:
    """Every rising choice of fingers for a chord of ``notes`` notes, int [choices, notes]."""
    return np.array(list(combinations(range(5), notes)), np.int64)


def finger_piano(
    places: list[np.ndarray], black: list[np.ndarray], onset: np.ndarray, left: bool
) -> list[np.ndarray]:
    """Fingers of one hand for chords one after the other, by dynamic programming.

    Parameters
    ----------
    places : list of np.ndarray [notes]
        Where each chord's keys lie along the keyboard, metres, rising; at most five.
    black : list of np.ndarray of bool [notes]
    onset : np.ndarray [chords]
        Seconds.
    left : bool
        The left hand: mirrored.

    Returns
    -------
    list of np.ndarray, int64 [notes]
        0 thumb to 4 little finger, per chord in the order of ``places``.
    """
    if left:
        places = [-p[::-1] for p in places]
        black = [b[::-1] for b in black]
    fingers = _finger_right(places, black, onset)
    return [f[::-1] for f in fingers] if left else fingers


def _finger_right(places: list[np.ndarray], black: list[np.ndarray], onset: np.ndarray) -> list[np.ndarray]:
    if not places:
        return []
    hurry = np.clip(0.3 / np.maximum(np.diff(onset, prepend=onset[0] - 1), 0.05), 0.3, 3.0)
    history: list[np.ndarray] = []
    wrists: list[np.ndarray] = []
    choices: list[np.ndarray] = []
    cost = np.zeros(1)
    for i, (keys, dark) in enumerate(zip(places, black)):
        choice = _assignments(len(keys))
        offsets = keys[None, :] - REST_SPREAD[choice]
        wrist = offsets.mean(axis=1)
        own = 40.0 * np.abs(offsets - wrist[:, None]).sum(axis=1)  # stretching
        own += 0.5 * ((choice == 0) & dark[None, :]).sum(axis=1) + 0.2 * ((choice == 4) & dark[None, :]).sum(axis=1)
        own += 0.1 * (choice == 3).sum(axis=1)
        if i == 0:
            cost, source = own, np.zeros(len(choice), np.int64)
        else:
            move = np.abs(wrists[-1][:, None] - wrist[None, :])
            step = hurry[i] * 12.0 * np.maximum(move - 0.012, 0.0)
            if len(keys) == 1 and len(places[i - 1]) == 1:
                step = step + _line_cost(choices[-1][:, 0], choice[:, 0], float(keys[0] - places[i - 1][0]))
            total = cost[:, None] + step
            source, cost = total.argmin(axis=0), total.min(axis=0) + own
        history.append(source)
        wrists.append(wrist)
        choices.append(choice)
    best = int(cost.argmin())
    fingers = []
    for i in range(len(places) - 1, -1, -1):
        fingers.append(choices[i][best])
        best = int(history[i][best])
    return fingers[::-1]


def _line_cost(before: np.ndarray, after: np.ndarray, interval: float) -> np.ndarray:
    """Cost of one finger following another on keys ``interval`` metres apart, [before, after]."""
    finger_step = after[None, :] - before[:, None]
    if abs(interval) < 1e-6:
        return np.where(finger_step == 0, 0.0, 0.25)
    crossed = finger_step * np.sign(interval) < 0
    under = crossed & ((before[:, None] == 0) | (after[None, :] == 0))  # thumb under, or a finger over the thumb
    under &= (before[:, None] != 4) & (after[None, :] != 4) & (abs(interval) < 0.05)
    return np.where(finger_step == 0, 1.5, 0.0) + np.where(crossed, np.where(under, 0.45, 4.0), 0.0)
