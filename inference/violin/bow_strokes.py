"""What the expressive violin's planner does with the bow: strokes that alternate, speed, reversals, rests."""

from __future__ import annotations

import math

from audio_to_body.inference.violin.bow_habits import PlannerSettings
from audio_to_body.inference.violin.bow_listening import ON_STEPS
from audio_to_body.inference.violin.bow_memory import Memory

FASTEST = 2.6  # bow lengths/s, 1.7 m/s: about what players reach in fast détaché
RETAKE_SPEED = 1.3  # bow lengths/s at which the lifted bow is set anew
RETAKE_REST = 0.16  # s of silence that lets the bow be lifted and set anew
HELD_BACK = 0.22  # s: a player who runs out of bow slows down to need this long for the rest
STEADY = 12  # steps on either side over which the heard speed of a stroke is averaged
OFF_CENTRE = 1.0  # pull to the middle of the bow: strokes away from it are shortened, towards it lengthened


def smoothed(share: float) -> float:
    """0 to 1 with no speed and no acceleration at both ends."""
    if share <= 0.0:
        return 0.0
    if share >= 1.0:
        return 1.0
    return share**3 * (10 - 15 * share + 6 * share * share)


class BowArm:
    """Moves the bow, step by step.

    Parameters
    ----------
    settings : PlannerSettings
    rate : float
        Steps per second.
    """

    def __init__(self, settings: PlannerSettings, rate: float) -> None:
        self.settings, self.rate = settings, rate
        self._turning = settings.reversal * settings.smoothness  # s
        self._ramp = min(math.ceil(settings.reversal * rate), STEADY // 3)

    def turn(self, moment: int, m: Memory) -> bool:
        """Begin the strokes that are due: change direction, or begin down-bow after a rest."""
        begun = False
        while m.strokes and m.strokes[0] <= moment:
            m.played = m.strokes.pop(0)
            m.direction = 1 if m.retake else -m.direction
            m.retake, begun = False, True
        return begun

    def move(self, heard: list[float], newest: int, moment: int, coming: int | None, m: Memory) -> float:
        """Advance the bow by one step; returns its signed speed, bow lengths per second.

        Parameters
        ----------
        heard : list of float
            Speeds as heard, without sign; the last one known is number ``newest``.
        newest : int
        moment : int
            The step that is played.
        coming : int or None
            The step at which sound begins, where it is known.
        m : Memory
            Changed.
        """
        if not m.on:
            self._set_anew(moment, coming, m)
            return 0.0
        settings, rate = self.settings, self.rate
        direction, position = m.direction, m.position
        speed = max(self._heard_speed(heard, newest, moment, m), 0.0) * settings.speed_gain * settings.amplitude
        speed *= math.exp(-OFF_CENTRE * direction * (position - settings.centre))
        room = (0.985 - position) if direction > 0 else (position - 0.015)
        following = m.strokes[0] if m.strokes else None
        if room < 0.05 and following is None and moment - m.played > 0.3 * rate:
            following = moment + 1  # out of bow under a long note: change it
            m.strokes.insert(0, following)
        most = room / HELD_BACK if room > 0.0 else 0.0
        if speed > most:
            speed = most
        if speed > FASTEST:
            speed = FASTEST
        turning = (moment - m.played + 0.5) / rate
        if following is not None:
            turning = min(turning, (following - moment - 0.5) / rate)
        if m.sound:
            ending = next((step for step, on in m.sound if not on), None)
            if ending is not None:
                turning = min(turning, (ending - moment - 0.5) / rate)
        if turning < self._turning:
            speed *= max(turning, 0.0) / self._turning
        m.position = position + direction * speed / rate
        return direction * speed

    def _set_anew(self, moment: int, coming: int | None, m: Memory) -> None:
        """In a rest that is long enough, the lifted bow goes to where the next down-bow begins."""
        silence = (moment - m.since) / self.rate
        ahead = math.inf if coming is None else max((coming - moment) / self.rate, 1.0 / self.rate)
        if m.retake or silence + min(ahead, 0.3) > RETAKE_REST:
            m.retake = True
            way = self.settings.start - m.left_at
            pace = max(1.0 / max(0.5, abs(way) / RETAKE_SPEED), (1.0 - m.travel) / ahead)
            m.travel = min(1.0, m.travel + pace / self.rate)
            m.position = m.left_at + way * smoothed(m.travel)

    def _heard_speed(self, heard: list[float], newest: int, moment: int, m: Memory) -> float:
        """How fast the stroke that is played sounds: a player settles on a speed and keeps it, mostly."""
        at = newest - self.settings.look_ahead
        first, last = at - STEADY, at + STEADY
        begun = at + (m.played - moment) + self._ramp
        if begun > first:
            first = begun
        if m.strokes:
            last = min(last, at + (m.strokes[0] - moment) - self._ramp)
        for step, on in m.sound:
            if not on:
                last = min(last, at + (step - moment) - self._ramp)
        if last <= first:  # a stroke too short for both ramps
            first, last = first - 1, first + 1
        speeds = heard[first : (last if last < newest else newest) + 1]
        return sum(speeds) / len(speeds)

    def lift(self, moment: int, coming: int | None, m: Memory) -> None:
        """In a rest: a little above the string when it is short, down at the side when it is long."""
        silence = (moment - m.since) / self.rate
        # a little above the string, then ready beside it, then down at the player's side
        wanted = 0.12 * smoothed(silence / 0.25) + 0.33 * smoothed((silence - 0.4) / 1.0)
        wanted += 0.55 * smoothed((silence - 1.6) / 1.5)
        if coming is not None:
            wanted *= smoothed((coming - moment) / (self.settings.look_ahead - ON_STEPS))
        m.height = wanted
