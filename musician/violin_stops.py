"""Stops of least effort: how the violinists of virtual recitals finger, from which the tables' data come.

Dynamic programming with costs set by hand. Musicians that play real sound and scores use
:mod:`audio_to_body.musician.violin_fingering`, which agrees with professionals more often; recitals keep this plan
as long as their version stays (:data:`audio_to_body.preprocessing.virtual.plans.VERSION`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from audio_to_body.geometry.vectors import Number
from audio_to_body.musician.violin_fingering import FIRST_POSITION, OPEN_STRINGS, Stops

HIGHEST_STOP = 24  # semitones above an open string that are still on the fingerboard
FINGER_REACH = ((-1, 0), (1, 2), (3, 3), (5, 6))  # semitones of fingers 1-4 above the hand's place


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


def least_effort_stops(pitch: np.ndarray, onset: np.ndarray, chord: np.ndarray) -> Stops:
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
