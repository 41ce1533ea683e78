"""What the violinist does with the left hand and the string crossings: ready when a note sounds."""

from __future__ import annotations

import math

from audio_to_body.inference.violin.bow_arm import smoothed
from audio_to_body.inference.violin.bow_settings import BowSettings
from audio_to_body.inference.violin.memory import BowMemory, Played

ARRIVES = 0.05  # s after a note's beginning at which the bow is all over its string, where another one sounded before
ELBOW_SECONDS = 0.24  # that the elbow is behind the string that it goes to
ELBOW_AHEAD = 0.33  # s before a string sounds at which the elbow sets out for it


class LeftHand:
    """Moves strings, shifts and fingers, step by step.

    Parameters
    ----------
    habits : BowSettings
    rate : float
        Steps per second.
    """

    def __init__(self, habits: BowSettings, rate: float) -> None:
        self.rate, self._slow = rate, habits.smoothness
        self._rise = 1.0 / (0.10 * habits.smoothness * rate)  # of a finger, per step
        self._elbow_steps = 0.5 * ELBOW_SECONDS * habits.smoothness * rate  # of each of two smoothings
        self._reach = 40.0 / rate  # strings or semitones per step at most
        self._slide = 1.0 / (0.025 * rate)  # of the way to another string or stop, per step
        self._held = 0.15 * rate  # steps of rest after which fingers rise

    def move(self, m: BowMemory) -> Played | None:
        """String crossings, shifts and fingers on the way to the next notes; returns the note that is played."""
        slow, notes, moment = self._slow, m.notes, m.step
        while len(notes) > 1 and notes[1].step <= moment:
            notes.pop(0)
        current: Played | None = None
        ahead = notes[0] if notes else None
        string_goal, place_goal = m.string, m.place
        if ahead is not None and ahead.step <= moment:
            current, ahead = ahead, notes[1] if len(notes) > 1 else None
            string_goal, place_goal = float(current.string), float(current.place)
        string_time = place_time = 0.0
        late = ARRIVES * slow if m.on else 0.0  # so that what sounds keeps its string until the next one sounds
        if current is not None:
            string_time = max(late - (moment - current.step) / self.rate, 0.0)
        elbow = string_goal
        if ahead is not None:
            left = (ahead.step - moment) / self.rate
            crossing = (0.05 + 0.06 * abs(ahead.string - m.string)) * slow
            if current is not None:  # what sounds keeps its string for half of its time
                crossing = min(crossing, 0.5 * (ahead.step - current.step) / self.rate)
            if left <= crossing - late:
                string_goal, string_time = float(ahead.string), left + late
            if left <= 0.17 * slow:
                place_goal, place_time = float(ahead.place), max(left - 0.035, 0.0)
            if left <= ELBOW_AHEAD * slow:
                elbow = ahead.string
        if m.string != string_goal:
            m.string = self._approach(m.string, string_goal, string_time)
        if m.place != place_goal:
            m.place = self._approach(m.place, place_goal, place_time)
        steps = self._elbow_steps
        m.toward_level = toward = m.toward_level + (elbow - m.toward_level) / steps
        m.level += (toward - m.level) / steps
        self._fingers(current, ahead, m)
        return current

    def _approach(self, value: float, goal: float, seconds: float) -> float:
        """One step of an even movement that arrives in the given time; fast, but not as a jump, when it is over."""
        step = (goal - value) / max(seconds * self.rate, 1.0)
        return value + min(max(step, -self._reach), self._reach)

    def _fingers(self, current: Played | None, ahead: Played | None, m: BowMemory) -> None:
        sounding = m.on or (m.plucks and m.plucks[0] <= m.step)
        silent = not sounding and m.step - m.since > self._held
        soon = ahead if ahead is not None and (ahead.step - m.step) / self.rate <= 0.135 * self._slow else None
        held = None if silent else current
        for number, finger in enumerate(m.fingers, start=1):
            place = soon.down(number) if soon is not None else None
            if place is None and held is not None:
                place = held.down(number)
            if place is not None:
                self._put_down(finger, *place)
            elif finger[0] > 0.0:
                finger[0] = max(finger[0] - self._rise, 0.0)

    def _put_down(self, finger: list[float], to_string: int, to_stop: int) -> None:
        down, string, stop = finger
        down = min(down + self._rise, 1.0)
        share = 1.0 if down <= 1.5 * self._rise else self._slide
        finger[:] = down, string + share * (to_string - string), stop + share * (to_stop - stop)

    def vibrato(self, note: Played | None, m: BowMemory) -> float:
        """Depth of the vibrato: long stopped notes, growing in, gone before the next note."""
        if note is None or not note.fingers or not m.on:
            return 0.0
        into = (m.step - note.step) / self.rate
        left = (m.notes[1].step - m.step) / self.rate if len(m.notes) > 1 else math.inf
        return smoothed((into - 0.12) / 0.25) * min(1.0, left / 0.08)
