"""From what an expressive violin net hears to what a violinist does: strokes, string crossings, stops, rests.

The net tells, step by step, how fast the bow moves but not which way, where strokes and notes begin, which pitches
sound. The planner decides the rest as a player would: strokes alternate, the first after a rest is a down-bow begun
near the frog, the bow never leaves its hair, fingers and string crossings are ready when their note sounds, the arm
comes down in silence. It is causal: it looks ``look_ahead`` steps ahead of the moment that it gives out, which is
part of the model's delay. Every step is computed by itself, so any chunking gives the same motion.
"""

from __future__ import annotations

import numpy as np

from audio_to_body.inference.violin.bow_habits import PlannerSettings
from audio_to_body.inference.violin.bow_listening import SPEED, Listening
from audio_to_body.inference.violin.bow_memory import AT_REST, FINGERS, Memory, Note
from audio_to_body.inference.violin.bow_strokes import FASTEST, BowArm, smoothed
from audio_to_body.inference.violin.left_hand import LeftHand

__all__ = ["FASTEST", "FINGERS", "PLAN", "BowPlanner", "Memory", "PlannerSettings"]

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
    "stroke",
    "stop",
    *(f"{what}_{f}" for what in ("down", "over", "reach") for f in range(1, FINGERS + 1)),
)
LEAST_REACH = 0.3  # semitones above the nut at which an idle finger hovers at least


class BowPlanner:
    """Targets in, plan out, step by step.

    Parameters
    ----------
    settings : PlannerSettings
    rate : float
        Steps per second.
    """

    def __init__(self, settings: PlannerSettings, rate: float) -> None:
        self.settings, self.rate = settings, rate
        self.kept = settings.look_ahead + 16  # steps of targets that are remembered
        self._look_ahead = settings.look_ahead
        self._ear, self._arm = Listening(settings, rate), BowArm(settings, rate)
        self._hand = LeftHand(settings, rate)
        self._ease = 2.0 / (0.6 * rate)  # of the loudness that the body follows
        self._lean = 2.0 / (0.15 * rate)  # of the bow that the body follows
        self._breathe_in, self._breathe_out = 2.0 / (0.12 * rate), 2.0 / (0.2 * rate)
        self._before_breath = 0.3 * rate  # steps of rest

    def plan(
        self, targets: np.ndarray, memory: Memory, heard: np.ndarray, shown: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Plan consecutive steps.

        Parameters
        ----------
        targets : np.ndarray [steps, targets]
        memory : Memory
            Changed.
        heard : np.ndarray [kept, targets]
            The steps before.
        shown : np.ndarray of int, optional
            The steps whose plan is wanted, rising; all when not given.

        Returns
        -------
        plan : np.ndarray, float64 [steps shown, plan]
            :data:`PLAN` of the moments ``look_ahead`` steps earlier.
        heard : np.ndarray [kept, targets]
            For the next call.
        """
        table = np.concatenate([heard, targets])
        speeds = table[:, SPEED].tolist()
        wanted = range(self.kept, len(table)) if shown is None else set((shown + self.kept).tolist())
        rows = []
        for newest in self._ear.steps(table, self.kept, memory):
            speed, stroke, note = self._play(speeds, newest, memory)
            if newest in wanted:
                rows.append(self._row(speed, stroke, note, memory))
        return np.array(rows, np.float64).reshape(-1, len(PLAN)), table[len(targets) :]

    def _play(self, speeds: list[float], newest: int, m: Memory) -> tuple[float, bool, Note | None]:
        """The moment ``look_ahead`` steps before the newest: the bow's speed, whether it turned, the note."""
        # hundreds of steps a second of sound: what is not due in a step is not called
        moment = m.step - self._look_ahead
        at = newest - self._look_ahead
        while m.sound and m.sound[0][0] <= moment:
            m.since, m.on = m.sound.pop(0)
            if not m.on:
                m.left_at, m.travel = m.position, 0.0
        coming = next((step for step, on in m.sound if on), None) if m.sound else None
        stroke = self._arm.turn(moment, m) if m.strokes else False
        speed = self._arm.move(speeds, newest, moment, coming, m)
        loud, wanted_breath = 0.0, 0.0
        if m.on:
            m.height = 0.0
            loud = min(max(sum(speeds[at - 2 : at + 3]) / 5, 0.0), 1.5)
        else:
            self._arm.lift(moment, coming, m)
            # chest and scroll are lifted before an entry and fall with its first note
            wanted_breath = 1.0 if coming is not None and moment - m.since > self._before_breath else 0.0
        note = self._hand.move(moment, m)
        # each smoothed twice in half of its time
        ease, lean = self._ease, self._lean
        breathe = self._breathe_in if wanted_breath else self._breathe_out
        m.toward_loud = toward = m.toward_loud + ease * (loud - m.toward_loud)
        m.loud += ease * (toward - m.loud)
        m.toward_breath = toward = m.toward_breath + breathe * (wanted_breath - m.toward_breath)
        m.breath += breathe * (toward - m.breath)
        m.toward_leaning = toward = m.toward_leaning + lean * (m.position - 0.5 - m.toward_leaning)
        m.leaning += lean * (toward - m.leaning)
        return speed, stroke, note

    def _row(self, speed: float, stroke: bool, note: Note | None, m: Memory) -> list[float]:
        """:data:`PLAN` of the moment that has been played; fingers hover where they are idle."""
        vibrato = self._hand.vibrato(m.step - self._look_ahead, note, m)
        bow = [m.position, speed, m.height, m.string, m.level]
        body = [m.place, m.string, vibrato, m.loud, m.breath, m.leaning]
        down = [smoothed(finger[0]) for finger in m.fingers]
        over = [share * finger[1] + (1 - share) * m.string for share, finger in zip(down, m.fingers)]
        idle = [max(m.place + rest, LEAST_REACH) for rest in AT_REST]
        reach = [share * finger[2] + (1 - share) * rest for share, finger, rest in zip(down, m.fingers, idle)]
        return [*bow, *body, float(stroke), float(note.stop if note else 0), *down, *over, *reach]
