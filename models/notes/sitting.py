"""One sitting of training, alike for both engines: Caffe2 on a processor, its twin in torch on a graphics card.

Worker processes draw sound all the time, the pool keeps every clip, and updates wait for neither. The learning rate
goes by the clock, so that its descent ends when the time does.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from audio_to_body.models.notes.checkpoint import NoteNet, save
from audio_to_body.models.notes.fresh_sound import FreshSound
from audio_to_body.models.notes.judged import Judge, told
from audio_to_body.models.notes.parameters import initial_parameters
from audio_to_body.models.notes.pool import Batch, Pool
from audio_to_body.models.notes.settings import DELAYS, NET_RATE, NoteSettings
from audio_to_body.models.notes.shipped_net import with_statistics
from audio_to_body.sound.note_bands import STEP_RATE

TELL_SECONDS, SAVE_SECONDS = 30.0, 60.0
TAKEN_AT_ONCE = 16  # clips
FIRST_CLIPS = 32  # before the first update
PATIENCE = 60.0  # seconds that a first clip may take
LAST_SECONDS = 5.0  # of the time, for the last judgement and file


class Engine(Protocol):
    """What learns and answers."""

    name: str

    def update(self, batch: Batch, rate: float) -> Any:
        """Learn from a batch at a learning rate; give the loss, as a number or as what becomes one."""

    def answers(self, features: np.ndarray) -> np.ndarray:
        """Probabilities ``[steps, keys, outputs]`` for the features ``[steps, 2 * columns, 2]`` of a whole sound."""

    def parameters(self) -> dict[str, np.ndarray]:
        """By Caffe2's names."""

    def close(self) -> None:
        """Free what it holds."""


MakeEngine = Callable[[NoteSettings, Mapping[str, np.ndarray], Pool], Engine]


@dataclass
class Sitting:
    """What a sitting needs, and where it stands.

    Attributes
    ----------
    settings : NoteSettings
    sound : FreshSound
    pool : Pool
    out : Path
        The net's file, written every minute.
    minutes : float
    tell : callable (str) -> None
        Where lines of progress go.
    judge : Judge, optional
    start : NoteNet, optional
        A net to go on from.
    fresh : int
        Clips that are taken in before an update, at most: on a processor, drawing takes time from learning.
    """

    settings: NoteSettings
    sound: FreshSound
    pool: Pool
    out: Path
    minutes: float
    tell: Callable[[str], None]
    judge: Judge | None = None
    start: NoteNet | None = None
    fresh: int = TAKEN_AT_ONCE
    updates: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.perf_counter() - self.began

    def train(self, make: MakeEngine) -> NoteNet:
        """Train until the time is up; the net is in :attr:`out` too."""
        until = 60.0 * self.minutes - LAST_SECONDS
        rng = np.random.default_rng(self.settings.seed)
        while self.pool.drawn < FIRST_CLIPS:
            self._take(PATIENCE)
        engine = make(self.settings, self._first_parameters(rng), self.pool)
        told_at = saved_at = self.seconds
        losses: list[Any] = []
        while (now := self.seconds) < until:
            self._take()
            rate = learning_rate(self.settings, self.updates, now / until)
            losses.append(engine.update(self.pool.draw(self.settings.batch, rng), rate))
            self.updates += 1
            if now - told_at >= TELL_SECONDS:
                told_at = now
                self._report(engine, float(np.mean([float(loss) for loss in losses])), rate)
                losses.clear()
            if now - saved_at >= SAVE_SECONDS:
                saved_at = now
                save(self.out, self._net(engine))
        net = self._net(engine)
        save(self.out, net)
        if self.judge:
            answers = [engine.answers(features) for features in self.judge.features]
            for head in DELAYS:
                self.tell(f"end, {head}: {told(self.judge.scores(answers, head))}")
        engine.close()
        return net

    def _first_parameters(self, rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        if self.start is None:
            return initial_parameters(self.settings, rng, self.pool.feature_mean())
        # this sitting's sound may have other statistics than what the net heard, and an exported net has none
        some = self.pool.draw(self.settings.batch, np.random.default_rng(self.settings.seed))
        return with_statistics(self.start, some.features.cpu().numpy()).parameters

    def _take(self, patience: float = 0.0) -> None:
        if clips := self.sound.take(TAKEN_AT_ONCE if patience else self.fresh, patience):
            self.pool.add(clips)

    def _report(self, engine: Engine, loss: float, rate: float) -> None:
        scores = ""
        if self.judge:
            scores = told(self.judge.scores([engine.answers(features) for features in self.judge.features]))
        seconds, drawn = self.seconds, self.pool.drawn
        self.tell(
            f"{seconds:4.0f} s, {self.updates} updates, {drawn} clips, rate {rate:.1e}, loss {loss:.4f}; {scores}"
        )
        self.history.append({"seconds": round(seconds), "updates": self.updates, "loss": loss, "scores": scores})

    def _net(self, engine: Engine) -> NoteNet:
        before = self.start.results if self.start else {}
        drawn = self.pool.drawn * self.pool.steps / STEP_RATE / 3600.0
        seen = self.updates * self.settings.batch * self.settings.steps / NET_RATE / 3600.0
        results = {
            "engine": engine.name,
            "seconds": before.get("seconds", 0.0) + self.seconds,
            "updates": before.get("updates", 0) + self.updates,
            "hours_drawn": before.get("hours_drawn", 0.0) + drawn,
            "hours_seen": before.get("hours_seen", 0.0) + seen,
            "history": [*before.get("history", []), *self.history],
        }
        return NoteNet(self.settings, engine.parameters(), results)


def learning_rate(settings: NoteSettings, updates: int, progress: float) -> float:
    """ADAM's rate: rising over the first updates, then a cosine down to 0 as ``progress`` goes from 0 to 1."""
    warm = min(1.0, (updates + 1) / settings.warm_up)
    return settings.learning_rate * warm * 0.5 * (1.0 + math.cos(math.pi * min(1.0, progress)))
