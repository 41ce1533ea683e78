"""How long trainings will take on this machine, measured on a few steps of the real nets."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from audio_to_body.models.settings import Settings
from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.reproduce.budget import updates_an_epoch
from audio_to_body.reproduce.runner import RowTask

TIMED_STEPS = 2  # after one that is not counted
# validation, checkpoints and the preparation of the data beside the training steps, as a share of them
BESIDE = 0.15


def seconds_per_update(settings: Settings, features: int, outputs: int) -> float:
    """Time one chunk of training: forward, backward, ADAM."""
    from audio_to_body.models.chunks import dropout_mask
    from audio_to_body.models.network import Shape, Trainer, initial_parameters

    rng = np.random.default_rng(0)
    shape = Shape.of(settings, features, outputs)
    trainer = Trainer(settings, shape, settings.sequence, settings.batch, initial_parameters(shape, rng))
    lanes = (settings.sequence, settings.batch)
    sound = rng.normal(size=(*lanes, features)).astype(np.float32)
    targets = rng.normal(size=(*lanes, outputs)).astype(np.float32)
    weights = np.ones_like(targets)
    mask = dropout_mask(rng, settings.dropout, (*lanes, settings.hidden)) if settings.dropout > 0 else None
    try:
        for step in range(1 + TIMED_STEPS):
            if step == 1:
                started = time.perf_counter()
            trainer.step(sound, targets, weights, np.ones(settings.batch, np.float32), mask)
        return (time.perf_counter() - started) / TIMED_STEPS
    finally:
        trainer.close()


def training_seconds(tasks: Sequence[RowTask], dataset: Dataset) -> float:
    """Seconds of training that nets need one after the other.

    Parameters
    ----------
    tasks : sequence of RowTask
        Nets only.
    dataset : Dataset
    """
    features = next(iter(next(iter(dataset)).features.values())).shape[1]
    timed: dict[Settings, float] = {}
    total = 0.0
    for task in tasks:
        settings = task.settings
        outputs = settings.components or 2 * dataset.layout.size
        # what decides the time of a step
        kind = replace(
            settings,
            seed=0,
            epochs=0,
            updates=None,
            upsample=0,
            training_share=0,
            delay_ms=0,
            frames="",
            global_delay=False,
        )
        if kind not in timed:
            timed[kind] = seconds_per_update(settings, features, outputs)
        updates = settings.updates or settings.epochs * updates_an_epoch(dataset, settings)
        total += updates * timed[kind] * (1 + BESIDE)
    return total
