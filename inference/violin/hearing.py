"""From notes that become known to what bow and left hand have to do: strokes, plucks, sound and rest, and stops.

Notes that begin within a moment are one chord; of more than two strings the lower pair sounds first. How each is
stopped is chosen with the notes that are known to follow (:mod:`audio_to_body.musician.violin_fingering`), as late
as the hand can wait. Everything happens at its own moment, however the notes were told, so that any pieces of a sound
give the same strokes.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from audio_to_body.inference.violin.bow_settings import BowSettings
from audio_to_body.inference.violin.memory import FINGERS, BowMemory, Played
from audio_to_body.musician.violin_fingering import Stop, Stops, stop_violin
from audio_to_body.musician.violin_ways import FIRST_POSITION
from audio_to_body.scores.piece import Marks
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.rates import VIDEO_FPS

HOLD = 0.05  # s that the bow goes on after the last note's end: shorter gaps are the stops within détaché
BREAK = 0.08  # s after the lower strings of a chord at which the upper ones sound
BROKEN = 0.18  # s after a double stop within which notes above it are the rest of a chord, under the same stroke
STRINGS, THIRD = 4, 3  # notes of a chord at most, and semitones between two of them at least
LOOK_ON = 12  # chords and notes that follow, at most, when a stop is chosen
DECIDED = 0.25  # s before it sounds at which a stop is chosen at the latest
QUIETER = 18.0  # dB below the note's loudest moment at which it has died away
SILENCE = -42.0  # dB; nothing sounds below it
LEVELS_KEPT = 12 * VIDEO_FPS  # frames of levels that are dropped at once


class Beginning(NamedTuple):
    """A note that is known to begin."""

    onset: float
    pitch: int
    stroke: bool
    plucked: bool
    bow: int = 0  # 1 down, -1 up, 0 not told
    string: int = -1  # 0 G to 3 E, -1 not told
    finger: int = -1  # 0 open to 4, -1 not told


class Chord(NamedTuple):
    """Notes that begin together and have no stops yet."""

    onset: float
    pitches: tuple[int, ...]
    strings: tuple[int, ...]  # that are told of them, -1 where none
    fingers: tuple[int, ...]


class Hearing:
    """Takes notes and levels in and writes what follows of them into the violinist's memory.

    Parameters
    ----------
    habits : BowSettings
    rate : float
        The violinist's steps per second.
    chord : float
        Seconds within which beginnings are one chord.
    """

    def __init__(self, habits: BowSettings, rate: float, chord: float) -> None:
        self.rate, self.chord, self._shortest = rate, chord, habits.shortest_stroke
        self._begin: list[Beginning] = []  # not played yet, by onset
        self._end: list[tuple[float, int]] = []  # moments at which pitches end, rising
        self._down: dict[int, float] = {}  # pitches that are bowed now, and since when
        self._chords: list[Chord] = []  # without stops
        self._stopped = Stop(2, 0, 0, FIRST_POSITION)
        self._bowed = False
        self._released = -np.inf  # when the last bowed note ended
        self._loudest = SILENCE  # dB of what is bowed
        self._stroke = -np.inf  # when the last stroke began
        self._pitches: tuple[int, ...] = ()  # of the last chord
        self._written = False  # whether somebody tells bowings: a score's are complete
        self._levels: list[float] = []  # dB of consecutive frames
        self._first_level = 0

    def tell(self, notes: Notes, ended: bool = True, marks: Marks | None = None) -> None:
        """Notes that became known, with their ends (of a score) or without (of a net that listens)."""
        written = Marks.none(len(notes)) if marks is None else marks
        told = (notes.onset, notes.pitch, notes.stroke, notes.plucked, written.bow, written.string, written.finger)
        for row in zip(*(column.tolist() for column in told)):
            insort(self._begin, Beginning(*row))
        if ended:
            for pitch, seconds in zip(notes.pitch.tolist(), notes.end.tolist()):
                self.tell_end(pitch, seconds)

    def tell_end(self, pitch: int, seconds: float) -> None:
        """A note ended."""
        insort(self._end, (seconds, pitch))

    def tell_levels(self, decibels: np.ndarray) -> None:
        """Levels of the frames that follow, 24 a second, relative to the music's mean."""
        self._levels += decibels.tolist()

    def level(self, seconds: float) -> float:
        """Level at a moment, between frames linearly; 0, the music's mean, where nobody told it."""
        if not self._levels:
            return 0.0
        at = min(max(seconds * VIDEO_FPS - self._first_level, 0.0), len(self._levels) - 1.0)
        low = int(at)
        high = min(low + 1, len(self._levels) - 1)
        return self._levels[low] + (at - low) * (self._levels[high] - self._levels[low])

    def forget(self, seconds: float) -> None:
        """Drop the levels before a moment."""
        past = int(seconds * VIDEO_FPS) - 1 - self._first_level
        if past > LEVELS_KEPT:
            del self._levels[:past]
            self._first_level += past

    def hear(self, seconds: float, moment: int, memory: BowMemory) -> None:
        """Everything up to ``seconds`` is known: write it down, and the stops that step ``moment`` needs."""
        while self._begin and self._begin[0].onset + self.chord <= seconds:
            onset = self._begin[0].onset
            together = self._begin[: bisect_right(self._begin, (onset + self.chord, np.inf))]
            self._ends_until(onset, memory)
            del self._begin[: len(together)]
            self._sound(onset, together, memory)
        self._ends_until(min(seconds, self._begin[0].onset if self._begin else np.inf), memory)
        due = moment + round(DECIDED * self.rate)
        while self._chords and (self._step(self._chords[0].onset) <= due or len(self._chords) > LOOK_ON):
            self._choose(memory)

    def _step(self, seconds: float) -> int:
        return int(np.floor(seconds * self.rate + 0.5))

    def _sound(self, onset: float, together: list[Beginning], memory: BowMemory) -> None:
        """A note or chord begins."""
        plucked = all(b.plucked for b in together)
        pitches = tuple(sorted({b.pitch for b in together}))
        by_pitch = {b.pitch: b for b in together}
        strings, fingers = zip(*((by_pitch[p].string, by_pitch[p].finger) for p in pitches))
        self._chords.append(Chord(onset, pitches, strings, fingers))
        step = self._step(onset)
        bow = next((b.bow for b in together if b.bow), 0)
        self._written |= bow != 0
        if plucked:
            memory.plucks.append(step)
        else:
            again = set(pitches) == set(self._pitches) and not self._written  # portato only where it is written
            fresh = any(b.stroke for b in together) or not self._bowed or again
            fresh &= not self._breaks(onset, pitches)
            if not self._bowed:
                memory.sound.append((step, True))
                self._bowed, self._loudest = True, SILENCE
            if fresh and (onset - self._stroke >= self._shortest or memory.sound[-1:] == [(step, True)]):
                self._stroke = onset
                memory.strokes.append(step)
                if bow:
                    memory.bowings.append((step, bow))
                self._loudest = SILENCE
            self._down |= dict.fromkeys(pitches, onset)
        self._pitches = pitches

    def _breaks(self, onset: float, pitches: tuple[int, ...]) -> bool:
        """Whether notes are the upper strings of a chord whose lower ones began the stroke: it is one stroke."""
        if self._written or not self._bowed or onset - self._stroke > BROKEN:
            return False
        chord = (*self._pitches, *pitches)
        steps = [upper - lower for lower, upper in zip(chord, chord[1:])]
        return len(self._pitches) > 1 and len(chord) <= STRINGS and min(steps) >= THIRD

    def _ends_until(self, seconds: float, memory: BowMemory) -> None:
        """Let the notes end that ended by then, and the bow stop where none sounds any more."""
        while self._end and self._end[0][0] <= seconds:
            at, pitch = self._end.pop(0)
            if self._down.get(pitch, np.inf) < at:
                del self._down[pitch]
                self._released = at
        if not self._bowed:
            return
        if self._down:
            self._loudest = max(self._loudest, self.level(seconds))
            if self.level(seconds) < SILENCE:
                self._down.clear()
                self._released = seconds
            return
        died_away = not self._levels or self.level(seconds) <= max(self._loudest - QUIETER, SILENCE)
        if seconds >= self._released + HOLD and died_away:
            self._bowed = False
            memory.sound.append((self._step(seconds), False))

    def _choose(self, memory: BowMemory) -> None:
        """Choose the stops of the chord that comes next."""
        ahead = self._chords[: LOOK_ON + 1]
        pitch = np.array([p for chord in ahead for p in chord.pitches])
        onset = np.array([chord.onset for chord in ahead for _ in chord.pitches])
        joined = np.array([i > 0 for chord in ahead for i in range(len(chord.pitches))])
        strings = np.array([s for chord in ahead for s in chord.strings])
        fingers = np.array([f for chord in ahead for f in chord.fingers])
        told = (strings, fingers) if (strings >= 0).any() or (fingers >= 0).any() else None
        stops = stop_violin(pitch, onset, joined, self._stopped, told)
        chord = self._chords.pop(0)
        count = len(chord.pitches)
        own = Stops(*(getattr(stops, name)[:count] for name in ("string", "stop", "finger", "place")))
        last = count - 1
        self._stopped = Stop(*(int(values[last]) for values in (own.string, own.stop, own.finger, own.place)))
        step = self._step(chord.onset)
        pairs = [slice(0, 2), slice(count - 2, count)] if count > 2 else [slice(0, count)]
        for number, pair in enumerate(pairs):
            memory.notes.append(_played(step + number * round(BREAK * self.rate), own, pair))

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything as arrays, for :meth:`restore`."""
        chords = [(chord.onset, *row) for chord in self._chords for row in zip(*chord[1:])]
        stop = self._stopped
        numbers = [self._released, self._loudest, self._stroke, self._bowed, self._first_level, self._written]
        return {
            "begin": np.array(self._begin, np.float64).reshape(-1, 7),
            "end": np.array(self._end, np.float64).reshape(-1, 2),
            "down": np.array(list(self._down.items()), np.float64).reshape(-1, 2),
            "chords": np.array(chords, np.float64).reshape(-1, 4),
            "stopped": np.array([stop.string, stop.stop, stop.finger, stop.place], np.int64),
            "heard": np.array(numbers, np.float64),
            "pitches": np.array(self._pitches, np.int64),
            "levels": np.array(self._levels, np.float64),
        }

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go on where :meth:`arrays` was taken.

        Raises
        ------
        ValueError, KeyError
            If something is missing or impossible.
        """
        tables = {name: np.asarray(arrays[name]) for name in self.arrays()}
        if any(np.isnan(table.astype(np.float64)).any() for table in tables.values()):
            raise ValueError("what the violinist heard holds what is not a number")
        for name, width in (("begin", 7), ("end", 2), ("down", 2), ("chords", 4)):
            if tables[name].ndim != 2 or tables[name].shape[1] != width:
                raise ValueError("what the violinist heard is of another version")
        pitches = np.concatenate([tables[n][:, 1] for n in ("begin", "end", "chords")] + [tables["down"][:, 0]])
        stopped = tables["stopped"].tolist()
        if not np.isin(tables["begin"][:, 4], (-1, 0, 1)).all():
            raise ValueError("what the violinist heard goes another way than up or down")
        told = np.concatenate([tables["begin"][:, 5:], tables["chords"][:, 2:]])
        if not np.isin(told, range(-1, FINGERS + 2)).all():
            raise ValueError("what the violinist heard names strings or fingers that there are not")
        if not ((pitches >= 0) & (pitches < 128)).all() or not (len(stopped) == 4 and 0 <= stopped[0] <= 3):
            raise ValueError("what the violinist heard cannot be played")
        if not 0 <= stopped[2] <= FINGERS or not all(0 <= value < 99 for value in stopped):
            raise ValueError("what the violinist heard cannot be stopped")
        self._begin = [
            Beginning(onset, int(pitch), bool(stroke), bool(plucked), *(int(value) for value in told))
            for onset, pitch, stroke, plucked, *told in tables["begin"].tolist()
        ]
        self._end = [(at, int(pitch)) for at, pitch in tables["end"].tolist()]
        self._down = {int(pitch): at for pitch, at in tables["down"].tolist()}
        self._chords = []
        for onset, *row in tables["chords"].tolist():
            values: list[tuple[int, ...]] = [(int(value),) for value in row]
            if self._chords and self._chords[-1].onset == onset:
                values = [before + value for before, value in zip(self._chords.pop()[1:], values)]
            self._chords.append(Chord(onset, *values))
        self._stopped = Stop(*(int(value) for value in stopped))
        self._released, self._loudest, self._stroke, bowed, first, written = tables["heard"].tolist()
        self._bowed, self._first_level, self._written = bool(bowed), int(first), bool(written)
        self._pitches = tuple(int(p) for p in tables["pitches"])
        self._levels = tables["levels"].tolist()


def _played(step: int, stops: Stops, notes: slice) -> Played:
    """One or two strings that sound together."""
    string, stop, finger = stops.string[notes], stops.stop[notes], stops.finger[notes]
    under = float(string.mean())
    nearest = int(np.abs(string - np.round(under)).argmin())
    fingers = {int(f): (int(f), int(s), int(p)) for f, s, p in zip(finger, string, stop) if f > 0}
    place = int(stops.place[notes][-1])
    return Played(step, under, int(stop[nearest]), place, tuple(fingers[f] for f in sorted(fingers)))
