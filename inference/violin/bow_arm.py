"""What the violinist does with the bow: strokes that alternate, speed, reversals, rests, plucking."""

from __future__ import annotations

import math

from audio_to_body.inference.violin.bow_settings import BowSettings
from audio_to_body.inference.violin.memory import BowMemory
from audio_to_body.musician.violin_ways import FIRST_POSITION

FASTEST = 2.6  # bow lengths/s, 1.7 m/s: about what players reach in fast détaché
SLOWEST = 0.12  # bow lengths/s of a stroke whose end is not known: eight seconds for the whole bow
RETAKE_SPEED = 1.3  # bow lengths/s at which the lifted bow is set anew
RETAKE_REST = 0.16  # s of silence that lets the bow be lifted and set anew
HELD_BACK = 0.22  # s: a player who runs out of bow slows down to need this long for the rest
OFF_CENTRE = 1.0  # pull to the middle of the bow: strokes away from it are shortened, towards it lengthened
LONGER = 1.1  # 1/s: how much less bow a second of a longer stroke takes (the virtual violinists' plan)
PER_DECIBEL = 0.035  # decades of speed a decibel: twice the speed is 9 dB louder; the rest is the bow's pressure
LEAST, MOST = 0.25, 2.2  # times the usual speed
# m that the hair is nearer to the fingerboard: where it is softer than usual (of loudness, 0 to 1), for each bow
# length/s that it is faster, and for each semitone that the left hand stands lower; at most
SOFTER, FASTER, LOWER, FARTHEST = 0.030, 0.008, 0.001, 0.013
USUAL_LOUDNESS, USUAL_SPEED = 0.7, 0.8
READY, BESIDE, AWAY = 0.12, 0.33, 0.55  # heights of the lifted bow, 1 in all
RAISES = 2.2  # s in which it comes back to the string, where so much is known
WAITS = 0.2  # share of the last height of who knows less than a second ahead, and so waits with the bow raised
PLUCKING = 0.42  # height of a bow that the hand holds while its finger plucks
PLUCK_SECONDS = 0.09  # before and after a pluck in which the finger comes down to its string and leaves it
PLUCKS_ON = 1.2  # s after a pluck in which the hand waits for the next
PLUCKS_REACH = 1.5  # s in which the hand comes to a plucked string, and goes away from it; less where time is short


def smoothed(share: float) -> float:
    """0 to 1 with no speed and no acceleration at both ends."""
    if share <= 0.0:
        return 0.0
    if share >= 1.0:
        return 1.0
    return share**3 * (10 - 15 * share + 6 * share * share)


def _told(m: BowMemory) -> int:
    """The direction that is told of the stroke that begins now, 0 where nobody tells."""
    told = 0
    while m.bowings and m.bowings[0][0] <= m.played:
        step, way = m.bowings.pop(0)
        told = way if step == m.played else told
    return told


class BowArm:
    """Moves the bow, step by step.

    Parameters
    ----------
    habits : BowSettings
    rate : float
        Steps per second.
    lead : int
        Steps by which the music is known ahead.
    """

    def __init__(self, habits: BowSettings, rate: float, lead: int) -> None:
        self.habits, self.rate, self._lead = habits, rate, max(lead, 1)
        self._turning = habits.reversal * habits.smoothness  # s

    def turn(self, m: BowMemory) -> bool:
        """Begin the strokes that are due: change direction, or begin down-bow after a rest."""
        begun = False
        while m.strokes and m.strokes[0] <= m.step:
            m.played = m.strokes.pop(0)
            m.direction = _told(m) or (1 if m.retake else -m.direction)
            m.retake, begun = False, True
        return begun

    def move(self, decibels: float, coming: int | None, m: BowMemory) -> float:
        """Advance the bow by one step; returns its signed speed, bow lengths per second.

        Parameters
        ----------
        decibels : float
            Level about the music's mean.
        coming : int or None
            The step at which sound begins, where it is known.
        m : BowMemory
            Changed.
        """
        if not m.on:
            self._set_anew(coming, m)
            return 0.0
        habits, rate = self.habits, self.rate
        direction, position = m.direction, m.position
        ending = next((step for step, on in m.sound if not on), None) if m.sound else None
        following = m.strokes[0] if m.strokes else None
        until = min((step for step in (following, ending) if step is not None), default=None)
        speed = habits.speed * habits.amplitude * min(max(10.0 ** (PER_DECIBEL * decibels), LEAST), MOST)
        speed *= self._share_of_time(until, m)
        speed *= math.exp(-OFF_CENTRE * direction * (position - habits.centre))
        room = (0.985 - position) if direction > 0 else (position - 0.015)
        if until is not None:  # the stroke's length is known: what is left of the bow must do
            speed = min(speed, max(room, 0.0) * rate / max(until - m.step, 1))
        elif room < 0.03 and m.step - m.played > 0.5 * rate:
            following = until = m.step + 1  # out of bow under a long note: change it
            m.strokes.insert(0, following)
        speed = min(max(speed, SLOWEST if until is None else 0.0), max(room, 0.0) / HELD_BACK, FASTEST)
        turning = (m.step - m.played + 0.5) / rate
        if until is not None:
            turning = min(turning, (until - m.step - 0.5) / rate)
        if turning < self._turning:
            speed *= max(turning, 0.0) / self._turning
        m.position = position + direction * speed / rate
        return direction * speed

    def _share_of_time(self, until: int | None, m: BowMemory) -> float:
        """How much slower than in a short stroke the bow goes: a long one begins quickly if its end is not known."""
        if until is not None:
            return 1.0 / (1.0 + LONGER * max(until - m.played, 1) / self.rate)
        return 1.0 / (1.0 + LONGER * max(m.step - m.played, 0) / self.rate) ** 2

    def contact(self, loudness: float, speed: float, m: BowMemory) -> float:
        """Metres that the hair is to be nearer to the fingerboard: softer and faster, not in high positions."""
        lower = LOWER * (FIRST_POSITION - m.place)
        wanted = SOFTER * (USUAL_LOUDNESS - loudness) + FASTER * (abs(speed) - USUAL_SPEED) + lower
        return min(max(wanted, -FARTHEST), FARTHEST)

    def _set_anew(self, coming: int | None, m: BowMemory) -> None:
        """In a rest that is long enough, the lifted bow goes to where the next down-bow begins."""
        silence = (m.step - m.since) / self.rate
        ahead = math.inf if coming is None else max((coming - m.step) / self.rate, 1.0 / self.rate)
        told = m.bowings[0][1] if m.bowings and m.strokes and m.bowings[0][0] == m.strokes[0] else 0
        if m.retake or silence + min(ahead, 0.3) > RETAKE_REST or told == m.direction:
            m.retake = True
            way = (1.0 - self.habits.start if told < 0 else self.habits.start) - m.left_at
            pace = max(1.0 / max(0.5, abs(way) / RETAKE_SPEED), (1.0 - m.travel) / ahead)
            m.travel = min(1.0, m.travel + pace / self.rate)
            lacking = m.left_at + way * smoothed(m.travel) - m.position
            most = FASTEST / self.rate  # in a short rest it does not come so far, and the stroke begins where it is
            m.position += min(max(lacking, -most), most)

    def lift(self, coming: int | None, m: BowMemory) -> None:
        """In a rest: a little above the string when it is short, down at the side when it is long."""
        silence = (m.step - m.since) / self.rate
        wanted = READY * smoothed(silence / 0.25) + BESIDE * smoothed((silence - 0.4) / 1.0)
        wanted += AWAY * smoothed((silence - 1.6) / 1.5) * (1.0 if self._lead >= self.rate else WAITS)
        wanted += self.plucking(m)[0] * (PLUCKING - wanted)
        if coming is not None:
            wanted *= smoothed((coming - m.step) / min(self._lead, RAISES * self.rate))
        m.height = wanted

    def plucking(self, m: BowMemory) -> tuple[float, float]:
        """How much the hand is about to pluck, and how far it is down on a string, 0 to 1 both."""
        seconds = [(step - m.step) / self.rate for step in m.plucks]
        if not seconds:
            return 0.0, 0.0
        silence = (m.step - m.since) / self.rate
        last = min((-s for s in seconds if -silence <= s <= 0), default=math.inf)  # not before what was bowed
        next_one = min((s for s in seconds if s > 0), default=math.inf)
        reach = min(PLUCKS_REACH, self._lead / self.rate)
        comes = min(reach, silence + next_one)  # not while the bow still sounds
        ready = max(1.0 - smoothed((last - PLUCKS_ON) / PLUCKS_REACH), smoothed(1.0 - next_one / max(comes, 1e-6)))
        bowed = next(((step - m.step) / self.rate for step, on in m.sound if on), math.inf)
        if bowed < next_one:  # back on the strings in time
            ready *= smoothed(bowed / max(min(reach, last + bowed), 1e-6))
        nearest = min(abs(s) for s in seconds)
        return ready, smoothed(1.0 - nearest / PLUCK_SECONDS)
