"""What the expressive violin's planner does with the left hand and the string crossings: ready when a note sounds."""

from __future__ import annotations

import math

from audio_to_body.inference.violin.bow_habits import PlannerSettings
from audio_to_body.inference.violin.bow_memory import Memory, Note
from audio_to_body.inference.violin.bow_strokes import smoothed


class LeftHand:
    """Moves strings, shifts and fingers, step by step.

    Parameters
    ----------
    settings : PlannerSettings
    rate : float
        Steps per second.
    """

    def __init__(self, settings: PlannerSettings, rate: float) -> None:
        self.rate, self._slow = rate, settings.smoothness
        self._rise = 1.0 / (0.10 * settings.smoothness * rate)  # of a finger, per step
        self._elbow_steps = 0.5 * 0.16 * settings.smoothness * rate  # of each of two smoothings
        self._reach = 40.0 / rate  # strings or semitones per step at most
        self._slide = 1.0 / (0.025 * rate)  # of the way to another string or stop, per step
        self._held = 0.15 * rate  # steps of rest after which fingers rise

    def move(self, moment: int, m: Memory) -> Note | None:
        """String crossings, shifts and fingers on the way to the next notes; returns the note that is played."""
        slow, notes = self._slow, m.notes
        while len(notes) > 1 and notes[1].step <= moment:
            notes.pop(0)
        current: Note | None = None
        ahead = notes[0] if notes else None
        string_goal, place_goal = m.string, m.place
        if ahead is not None and ahead.step <= moment:
            current, ahead = ahead, notes[1] if len(notes) > 1 else None
            string_goal, place_goal = float(current.string), float(current.place)
        string_time = place_time = 0.0
        if ahead is not None:
            left = (ahead.step - moment) / self.rate
            if left <= (0.05 + 0.06 * abs(ahead.string - m.string)) * slow:
                string_goal, string_time = float(ahead.string), left
            if left <= 0.17 * slow:
                place_goal, place_time = float(ahead.place), max(left - 0.035, 0.0)
        if m.string != string_goal:
            m.string = self._approach(m.string, string_goal, string_time)
        if m.place != place_goal:
            m.place = self._approach(m.place, place_goal, place_time)
        elbow, steps = ahead.string if ahead is not None else string_goal, self._elbow_steps
        m.toward_level = toward = m.toward_level + (elbow - m.toward_level) / steps
        m.level += (toward - m.level) / steps
        self._fingers(moment, current, ahead, m)
        return current

    def _approach(self, value: float, goal: float, seconds: float) -> float:
        """One step of an even movement that arrives in the given time; fast, but not as a jump, when it is over."""
        step = (goal - value) / max(seconds * self.rate, 1.0)
        return value + min(max(step, -self._reach), self._reach)

    def _fingers(self, moment: int, current: Note | None, ahead: Note | None, m: Memory) -> None:
        silent = not m.on and moment - m.since > self._held
        soon = ahead if ahead is not None and (ahead.step - moment) / self.rate <= 0.135 else None
        held = None if silent else current
        soon_finger = 0 if soon is None else soon.finger
        held_finger = 0 if held is None else held.finger
        for f, finger in enumerate(m.fingers, start=1):
            if f == soon_finger:
                self._put_down(finger, soon)
            elif f == held_finger:
                self._put_down(finger, held)
            elif finger[0] > 0.0:
                finger[0] = max(finger[0] - self._rise, 0.0)

    def _put_down(self, finger: list[float], note: Note | None) -> None:
        assert note is not None
        down, string, stop = finger
        down = min(down + self._rise, 1.0)
        share = 1.0 if down <= 1.5 * self._rise else self._slide
        finger[:] = down, string + share * (note.string - string), stop + share * (note.stop - stop)

    def vibrato(self, moment: int, note: Note | None, m: Memory) -> float:
        """Depth of the vibrato: long stopped notes, growing in, gone before the next note."""
        if note is None or note.finger == 0 or not m.on:
            return 0.0
        into = (moment - note.step) / self.rate
        left = (m.notes[1].step - moment) / self.rate if len(m.notes) > 1 else math.inf
        return smoothed((into - 0.12) / 0.25) * min(1.0, left / 0.08)
