"""What the expressive violin's planner hears in the net's targets: sound and rest, strokes, notes and their stops."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from audio_to_body.inference.violin.bow_habits import PlannerSettings
from audio_to_body.inference.violin.bow_memory import Memory, Note
from audio_to_body.musician.fingering import next_stop
from audio_to_body.skeleton.violin_targets import LOWEST, column, columns

SOUNDING, SPEED, STROKE, NOTE, PLACE = (column(n) for n in ("sounding", "speed", "stroke", "note", "place"))
STRING, PITCH = columns("string"), columns("pitch")
PEAK_STEPS = 3  # steps on either side that a peak must overtop
OFF_STEPS, ON_STEPS = 8, 3  # steps in a row that make silence, and sound
ON, OFF = 0.5, 0.35  # of the posterior of sounding
CHORD = 5  # steps within which note pulses are one event
PITCH_FROM, PITCH_TO = 2, 8  # steps after a note's beginning at which its pitch is read


class Listening:
    """Hears one step after the other.

    Parameters
    ----------
    settings : PlannerSettings
    rate : float
        Steps per second.
    """

    def __init__(self, settings: PlannerSettings, rate: float) -> None:
        self.rate = rate
        self._stroke, self._note = settings.stroke_threshold, settings.note_threshold
        self._shortest = max(round(settings.shortest_stroke * rate), 2)

    def steps(self, table: np.ndarray, first: int, m: Memory) -> Iterator[int]:
        """Hear the rows of ``table`` from ``first`` on; yields each row's number when it has been heard.

        Parameters
        ----------
        table : np.ndarray [steps, targets]
            Begins at least :data:`PITCH_TO` + :data:`CHORD` rows before the first.
        first : int
        m : Memory
            Changed; counts the step when the next one is asked for.
        """
        sounding, strokes, notes = (table[:, which].tolist() for which in (SOUNDING, STROKE, NOTE))
        least_stroke, least_note = self._stroke, self._note
        for newest in range(first, len(table)):
            now = m.step
            at = newest - PEAK_STEPS
            if m.run or (sounding[newest] < OFF if m.sounding else sounding[newest] > ON):
                self._hear_sound(sounding[newest], m, now)
            if strokes[at] >= least_stroke and m.sounding and is_peak(strokes, at):
                self._add_stroke(now - PEAK_STEPS, m)
            if notes[at] >= least_note and now - PEAK_STEPS - m.last_note > CHORD and is_peak(notes, at):
                m.last_note = now - PEAK_STEPS
                m.pending.append(m.last_note)
            if m.pending and now - m.pending[0] >= PITCH_TO:
                self._read_pending(table, newest, m, now)
            yield newest
            m.step += 1

    def _hear_sound(self, posterior: float, m: Memory, now: int) -> None:
        against = posterior < OFF if m.sounding else posterior > ON
        if not against:
            m.run = 0
            return
        m.run += 1
        if m.run < (OFF_STEPS if m.sounding else ON_STEPS):
            return
        changed = now - m.run + 1
        m.sounding, m.run = not m.sounding, 0
        m.sound.append((changed, m.sounding))
        if m.sounding and changed - m.last_stroke >= self._shortest:
            self._add_stroke(changed, m)

    def _add_stroke(self, step: int, m: Memory) -> None:
        if step - m.last_stroke >= self._shortest:
            m.last_stroke = step
            m.strokes.append(step)

    def _read_pending(self, table: np.ndarray, newest: int, m: Memory, now: int) -> None:
        begin = m.pending.pop(0)
        until = min(PITCH_TO, m.pending[0] - begin) if m.pending else PITCH_TO
        first = newest - (now - begin)
        rows = table[first + PITCH_FROM : min(first + max(until, PITCH_FROM + 1), newest) + 1]
        self._read_note(np.add.reduce(rows, axis=0, dtype=np.float64), len(rows), begin, m)

    def _read_note(self, sums: np.ndarray, count: int, begin: int, m: Memory) -> None:
        """The pitch by its posterior just after the note's beginning; the stop by the least effort."""
        pitches = sums[PITCH]
        best = int(pitches.argmax())
        if pitches[best] < 0.15 * count:
            return  # nothing is heard clearly: the hand stays
        likely = (sums[STRING] / count).tolist()
        place = float(sums[PLACE]) / count
        pause = (begin - (m.notes[-1].step if m.notes else begin - self.rate)) / self.rate
        stop = next_stop(m.stopped, LOWEST + best, pause, likely, place)
        m.stopped = stop
        m.notes.append(Note(begin, stop.string, stop.stop, stop.finger, stop.place))


def is_peak(values: list[float], at: int) -> bool:
    """Whether a value is above those just before it and not below those just after it."""
    value = values[at]
    return value > max(values[at - PEAK_STEPS : at]) and value >= max(values[at + 1 : at + 1 + PEAK_STEPS])
