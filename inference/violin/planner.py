"""From notes to what a violinist does, step by step: bow, string crossings, left hand, breath.

What a step shows depends on the notes and levels that are known up to a fixed time after it, and on nothing else, so
that any pieces of a sound give the same motion.
"""

from __future__ import annotations

import numpy as np

from audio_to_body.inference.violin.bow_arm import BowArm, smoothed
from audio_to_body.inference.violin.bow_settings import BowSettings
from audio_to_body.inference.violin.hearing import Hearing
from audio_to_body.inference.violin.left_hand import LeftHand, in_order, lifted
from audio_to_body.inference.violin.memory import AT_REST, FINGERS, BowMemory, Played

# what the planner gives of each step, in this order
PLAN = (
    "position",
    "speed",
    "lift",
    "string",
    "level",
    "place",
    "left_string",
    "vibrato",
    "loud",
    "breath",
    "leaning",
    "pluck",
    "dip",
    "contact",
    "stroke",
    "stop",
    *(f"{what}_{f}" for what in ("down", "over", "reach") for f in range(1, FINGERS + 1)),
)
LEAST_REACH = 0.3  # semitones above the nut at which an idle finger hovers at least
SOFTEST, LOUDEST = -20.0, 6.0  # dB about the music's mean: loudness 0 and 1
PLUCK_KEPT = 2.0  # s that a pluck is remembered
CONTACT_SECONDS = 0.5  # in which the hair comes nearer to bridge or fingerboard
BREATH_AHEAD = 0.35  # s before an entry at which chest and scroll are lifted


class ViolinPlanner:
    """Notes in, plan out.

    Parameters
    ----------
    habits : BowSettings
    rate : float
        Steps per second.
    lead : int
        Steps by which the music is known ahead of the step that is played.
    chord : float
        Seconds within which beginnings are one chord.
    """

    def __init__(self, habits: BowSettings, rate: float, lead: int, chord: float) -> None:
        self.habits, self.rate, self.lead = habits, rate, lead
        self.hearing = Hearing(habits, rate, chord)
        self._arm, self._hand = BowArm(habits, rate, lead), LeftHand(habits, rate)
        self._ease = 2.0 / (0.6 * rate)  # of the loudness that the body follows
        self._lean = 2.0 / (0.15 * rate)  # of the bow that the body follows
        self._contact = 2.0 / (CONTACT_SECONDS * rate)
        self._breathe_in, self._breathe_out = 2.0 / (0.12 * rate), 2.0 / (0.2 * rate)
        self._before_breath = 0.3 * rate  # steps of rest

    def plan(self, steps: int, memory: BowMemory, every: int) -> np.ndarray:
        """Play some steps.

        Parameters
        ----------
        steps : int
        memory : BowMemory
            Changed; its step is the next one to be played.
        every : int
            The plan of every so manieth step is given, counted from the sound's first.

        Returns
        -------
        np.ndarray, float64 [steps given, plan]
            :data:`PLAN`.
        """
        rows = []
        for _ in range(steps):
            ahead = memory.step + self.lead
            for known in range(0 if memory.step == 0 else ahead, ahead + 1):  # what ends, ends at its own moment
                self.hearing.hear(known / self.rate, memory.step, memory)
            speed, stroke, note = self._play(memory)
            if memory.step % every == 0:
                rows.append(self._row(speed, stroke, note, memory))
            memory.step += 1
        self.hearing.forget(memory.step / self.rate)
        return np.array(rows, np.float64).reshape(-1, len(PLAN))

    def _play(self, m: BowMemory) -> tuple[float, bool, Played | None]:
        """The bow's speed, whether it turned, the note."""
        while m.sound and m.sound[0][0] <= m.step:
            m.since, m.on = m.sound.pop(0)
            if not m.on:
                m.left_at, m.travel = m.position, 0.0
        while len(m.plucks) > 1 and m.plucks[0] < m.step - PLUCK_KEPT * self.rate:
            m.plucks.pop(0)
        coming = next((step for step, on in m.sound if on), None) if m.sound else None
        stroke = self._arm.turn(m) if m.strokes else False
        decibels = self.hearing.level(m.step / self.rate)
        loudness = min(max((decibels - SOFTEST) / (LOUDEST - SOFTEST), 0.0), 1.0)
        speed = self._arm.move(decibels, coming, m)
        loud, wanted_breath = 0.0, 0.0
        if m.on:
            m.height, loud = 0.0, 1.5 * loudness
            m.toward_contact += self._contact * (self._arm.contact(loudness, speed, m) - m.toward_contact)
        else:
            self._arm.lift(coming, m)
            # chest and scroll are lifted before an entry and fall with its first note
            soon = coming is not None and coming - m.step < BREATH_AHEAD * self.rate
            wanted_breath = 1.0 if soon and m.step - m.since > self._before_breath else 0.0
        note = self._hand.move(m)
        # each smoothed twice in half of its time
        ease, lean = self._ease, self._lean
        breathe = self._breathe_in if wanted_breath else self._breathe_out
        m.toward_loud = toward = m.toward_loud + ease * (loud - m.toward_loud)
        m.loud += ease * (toward - m.loud)
        m.toward_breath = toward = m.toward_breath + breathe * (wanted_breath - m.toward_breath)
        m.breath += breathe * (toward - m.breath)
        m.toward_leaning = toward = m.toward_leaning + lean * (m.position - 0.5 - m.toward_leaning)
        m.leaning += lean * (toward - m.leaning)
        m.contact += self._contact * (m.toward_contact - m.contact)
        return speed, stroke, note

    def _row(self, speed: float, stroke: bool, note: Played | None, m: BowMemory) -> list[float]:
        """:data:`PLAN` of the moment that has been played; fingers hover where they are idle."""
        bow = [m.position, speed, m.height, m.string, m.level]
        plucking = (0.0, 0.0) if m.on else self._arm.plucking(m)
        body = [m.place, m.string, self._hand.vibrato(note, m), m.loud, m.breath, m.leaning, *plucking, m.contact]
        down = [smoothed(finger[0]) for finger in m.fingers]
        over = [share * finger[1] + (1 - share) * m.string for share, finger in zip(down, m.fingers)]
        idle = [max(m.place + rest, LEAST_REACH) for rest in AT_REST]
        reach = [share * finger[2] + (1 - share) * rest for share, finger, rest in zip(down, m.fingers, idle)]
        reach = in_order(down, reach)
        down = [lifted(share, finger[1]) for share, finger in zip(down, m.fingers)]
        return [*bow, *body, float(stroke), float(note.stop if note else 0), *down, *over, *reach]
