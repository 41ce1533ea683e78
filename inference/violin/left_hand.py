"""What the violinist does with the left hand and the string crossings: ready when a note sounds."""

from __future__ import annotations

import math

from audio_to_body.inference.violin.bow_arm import smoothed
from audio_to_body.inference.violin.bow_settings import BowSettings
from audio_to_body.inference.violin.memory import BowMemory, Played
from audio_to_body.musician.bowing import BOW_LENGTH

# s before its note at which a shift begins; more for each semitone; at most; in a rest; and at which it is over
SHIFT, SHIFT_FARTHER, SHIFT_MOST, SHIFT_IN_REST, SHIFTED = 0.035, 0.03, 0.15, 0.17, 0.015
FASTEST_SHIFT = 70.0  # semitones/s
# strings/s at most, and m/s of the bow hand: near the frog a chord of four is broken in 80 ms, at the tip, where the
# hand is far from the strings, it need not fly; rad from string to string; m from the hair's frog end to the wrist
FASTEST_CROSSING, HAND_CROSSES = 26.0, 2.0
STRING_ANGLE, WRIST_BEYOND = 0.28, 0.08
COMES_DOWN, COMES_DOWN_SHIFTED = 0.135, 0.105  # s before its note at which a finger comes down; of a hand that shifts
LEAVES = 0.05  # s before its next note at which a finger leaves the one that sounds
APART = 0.3  # semitones that fingers stay apart at least
HOPS = 0.5  # how far a finger is lifted half-way between two strings
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
        self._travel = FASTEST_SHIFT / rate  # semitones per step at most
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
            if left <= self._shift_takes(current, ahead, m):
                place_goal, place_time = float(ahead.place), max(left - SHIFTED, 0.0)
            if left <= ELBOW_AHEAD * slow:
                elbow = ahead.string
        if m.string != string_goal:
            fastest = HAND_CROSSES / (STRING_ANGLE * (m.position * BOW_LENGTH + WRIST_BEYOND))
            m.string = self._approach(m.string, string_goal, string_time, min(FASTEST_CROSSING, fastest) / self.rate)
        stood = m.place
        if m.place != place_goal:
            m.place = self._approach(m.place, place_goal, place_time, self._travel)
        steps = self._elbow_steps
        m.toward_level = toward = m.toward_level + (elbow - m.toward_level) / steps
        m.level += (toward - m.level) / steps
        self._fingers(current, ahead, m.place - stood, m)
        return current

    def _shift_takes(self, current: Played | None, ahead: Played, m: BowMemory) -> float:
        """Seconds before the next note at which the hand sets out for it; what sounds keeps half of its time."""
        far = abs(ahead.place - (m.place if current is None else current.place))
        takes = min(SHIFT + SHIFT_FARTHER * far, SHIFT_MOST) * self._slow
        if not m.on:
            return max(takes, SHIFT_IN_REST * self._slow)
        return takes if current is None else min(takes, 0.5 * (ahead.step - current.step) / self.rate)

    def _approach(self, value: float, goal: float, seconds: float, most: float) -> float:
        """One step of an even movement that arrives in the given time; fast, but not as a jump, when it is over."""
        step = (goal - value) / max(seconds * self.rate, 1.0)
        return value + min(max(step, -most), most)

    def _fingers(self, current: Played | None, ahead: Played | None, shift: float, m: BowMemory) -> None:
        """Fingers down and up; in a shift all go with the hand, but those that keep their stop."""
        sounding = m.on or (m.plucks and m.plucks[0] <= m.step)
        silent = not sounding and m.step - m.since > self._held
        held = None if silent else current
        left = math.inf if ahead is None else (ahead.step - m.step) / (self.rate * self._slow)
        for number, finger in enumerate(m.fingers, start=1):
            now = held.down(number) if held is not None else None
            soon = None
            if ahead is not None and left <= (COMES_DOWN if ahead.place == m.place else COMES_DOWN_SHIFTED):
                soon = ahead.down(number)
            if soon is not None and soon == now:
                self._put_down(finger, *soon)
                continue
            finger[2] += shift
            if soon is not None and ahead is not None and (now is None or left <= LEAVES):
                self._put_down(finger, soon[0], soon[1] + m.place - ahead.place)
            elif now is not None and held is not None:
                self._put_down(finger, now[0], now[1] + m.place - held.place)
            elif finger[0] > 0.0:
                finger[0] = max(finger[0] - self._rise, 0.0)

    def _put_down(self, finger: list[float], to_string: int, to_stop: float) -> None:
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


def lifted(down: float, string: float) -> float:
    """How far a finger is down, 0 to 1, that goes from string to string: over the strings, not through them."""
    between = string % 1.0
    return down * (1.0 - 4.0 * HOPS * between * (1.0 - between))


def in_order(down: list[float], reach: list[float]) -> list[float]:
    """Fingers that would pass each other kept apart, as far as they are not down.

    Parameters
    ----------
    down, reach : list of float
        Of each finger: how far it is down, 0 to 1, and semitones above the nut.
    """
    reach, free = list(reach), [min(2.0 - 2.0 * share, 1.0) for share in down]
    for finger in range(1, len(reach)):
        lacking = reach[finger - 1] + APART - reach[finger]
        reach[finger] += max(lacking, 0.0) * free[finger]
    for finger in range(len(reach) - 2, -1, -1):
        lacking = reach[finger] + APART - reach[finger + 1]
        reach[finger] -= max(lacking, 0.0) * free[finger]
    return reach
