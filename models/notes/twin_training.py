"""Training in torch, on a graphics card where there is one: minutes in place of hours.

Worker processes draw sound all the time; the pool keeps every clip; updates never wait for either. The learning rate
goes by the clock, so that the descent ends when the time does.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from audio_to_body.models.notes.checkpoint import NoteNet, save
from audio_to_body.models.notes.fresh_sound import FreshSound
from audio_to_body.models.notes.judged import Judge, told
from audio_to_body.models.notes.parameters import initial_parameters
from audio_to_body.models.notes.pool import Pool
from audio_to_body.models.notes.settings import DELAYS, NET_RATE, NoteSettings
from audio_to_body.models.notes.twin import Twin, loss
from audio_to_body.sound.note_features import STEP_RATE

TELL_SECONDS, SAVE_SECONDS = 30.0, 60.0
TAKEN_AT_ONCE = 16  # clips
FIRST_CLIPS = 32  # before the first update
LAST_SECONDS = 5.0  # of the time, for the last judgement and file


@dataclass
class Sitting:
    """One sitting of training and what it needs.

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
    """

    settings: NoteSettings
    sound: FreshSound
    pool: Pool
    out: Path
    minutes: float
    tell: Callable[[str], None]
    judge: Judge | None = None
    start: NoteNet | None = None
    results: dict[str, Any] = field(default_factory=dict)


def train(sitting: Sitting) -> NoteNet:
    """Train until the time is up.

    Returns
    -------
    NoteNet
        Also in ``sitting.out``.
    """
    settings, pool = sitting.settings, sitting.pool
    began = time.perf_counter()
    until = began + 60.0 * sitting.minutes - LAST_SECONDS
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    rng = np.random.default_rng(settings.seed)
    while pool.drawn < FIRST_CLIPS:
        clips = sitting.sound.take(TAKEN_AT_ONCE, patience=60.0)
        if clips:
            pool.add(clips)
    parameters = sitting.start.parameters if sitting.start else initial_parameters(settings, rng, pool.feature_mean())
    twin = Twin(settings, parameters).to(pool.device)
    adam = torch.optim.Adam(twin.parameters(), lr=settings.learning_rate)
    updates, told_at, saved_at, losses, history = 0, began, began, [], []
    while (now := time.perf_counter()) < until:
        if clips := sitting.sound.take(TAKEN_AT_ONCE):
            pool.add(clips)
        progress = (now - began) / (until - began)
        rate = learning_rate(settings, updates, progress)
        for group in adam.param_groups:
            group["lr"] = rate
        losses.append(_update(twin, adam, pool, rng))
        updates += 1
        if now - told_at >= TELL_SECONDS:
            told_at = now
            mean = float(torch.stack(losses).mean())
            losses.clear()
            line = f"{now - began:4.0f} s, {updates} updates, {pool.drawn} clips, rate {rate:.1e}, loss {mean:.4f}"
            scores = told(sitting.judge.scores(_answers(twin, sitting.judge))) if sitting.judge else ""
            sitting.tell(f"{line}; {scores}")
            history.append({"seconds": round(now - began, 1), "updates": updates, "loss": mean, "scores": scores})
        if now - saved_at >= SAVE_SECONDS:
            saved_at = now
            save(sitting.out, _net(sitting, twin, updates, now - began, history))
    net = _net(sitting, twin, updates, time.perf_counter() - began, history)
    save(sitting.out, net)
    if sitting.judge:
        answers = _answers(twin, sitting.judge)
        for head in DELAYS:
            sitting.tell(f"end, {head}: {told(sitting.judge.scores(answers, head))}")
    return net


def learning_rate(settings: NoteSettings, updates: int, progress: float) -> float:
    """ADAM's rate: rising over the first updates, then a cosine down to 0 as ``progress`` goes from 0 to 1."""
    warm = min(1.0, (updates + 1) / settings.warm_up)
    return settings.learning_rate * warm * 0.5 * (1.0 + math.cos(math.pi * min(1.0, progress)))


def _update(twin: Twin, adam: torch.optim.Optimizer, pool: Pool, rng: np.random.Generator) -> torch.Tensor:
    batch = pool.draw(twin.settings.batch, rng)
    adam.zero_grad(set_to_none=True)
    logits, _ = twin(batch.features)
    value = loss(logits, batch.targets, batch.weights)
    value.backward()
    torch.nn.utils.clip_grad_norm_(twin.parameters(), twin.settings.clip)
    adam.step()
    return value.detach()


@torch.no_grad()
def _answers(twin: Twin, judge: Judge) -> list[np.ndarray]:
    twin.eval()
    found = []
    for features in judge.features:
        device = twin.feature_mean.device
        logits, _ = twin(torch.from_numpy(features).to(device)[:, None])
        found.append(torch.sigmoid(logits[:, 0]).cpu().numpy())
    twin.train()
    return found


def _net(sitting: Sitting, twin: Twin, updates: int, seconds: float, history: list[dict[str, Any]]) -> NoteNet:
    settings, pool = sitting.settings, sitting.pool
    before = sitting.start.results if sitting.start else {}
    clip_hours = pool.steps / STEP_RATE / 3600.0
    results = {
        "engine": f"torch {torch.__version__} on {pool.device}",
        "seconds": before.get("seconds", 0.0) + seconds,
        "updates": before.get("updates", 0) + updates,
        "hours_drawn": before.get("hours_drawn", 0.0) + pool.drawn * clip_hours,
        "hours_seen": before.get("hours_seen", 0.0) + updates * settings.batch * settings.steps / NET_RATE / 3600.0,
        "history": [*before.get("history", []), *history],
    }
    return NoteNet(settings, twin.parameters_by_name(), results)
