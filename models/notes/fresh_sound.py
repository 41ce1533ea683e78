"""Clips of labelled sound, drawn by worker processes while the net is being trained."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from audio_to_body.models.notes.settings import NoteSettings
from audio_to_body.models.notes.targets import written
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.workers import SPAWN, started_worker
from audio_to_body.sound.level import EXPECTED_RMS, RunningLevel
from audio_to_body.sound.note_bands import HOP, LOOK_AHEAD
from audio_to_body.sound.note_features import LEVEL_RMS, note_level
from audio_to_body.sound.note_resampling import NOTE_RATE

Draw = Callable[[str, np.random.Generator, float], "tuple[np.ndarray, Notes]"]
KNOWN_LEVEL_SHARE = 0.6  # of the clips are heard as if their recording had been going on for long
KNOWN_LEVEL_SECONDS = (1.0, 30.0)
LEVEL_DECIBELS = 4.0  # by which the clip then differs from what went before, standard deviation
WAITING = 64  # clips that may wait in the queue


@dataclass(frozen=True)
class Clip:
    """A drawn clip, ready for a pool.

    Attributes
    ----------
    sound : np.ndarray, int16 [samples]
        At 24 kHz.
    gains : np.ndarray, float32 [steps]
        What the running level multiplies each step's windows by.
    written : np.ndarray, uint8 [steps, keys, channels]
        :func:`audio_to_body.models.notes.targets.written`.
    """

    sound: np.ndarray
    gains: np.ndarray
    written: np.ndarray


def clip_of(sound: np.ndarray, notes: Notes, settings: NoteSettings, level: RunningLevel) -> Clip:
    """A clip of sound at 24 kHz (float, full scale 1) and its notes; ``level`` is where the level starts from."""
    steps = max(0, (len(sound) - LOOK_AHEAD) // HOP + 1)
    peak = max(1.0, float(np.abs(sound).max(initial=0.0)))
    whole = np.round(sound / peak * 32767.0).astype(np.int16)
    power = np.square(whole / 32768.0)
    gains = LEVEL_RMS * level.gains(power, np.arange(steps) * HOP + LOOK_AHEAD)
    return Clip(whole, gains.astype(np.float32), written(notes, settings, steps))


def drawn_clip(draw: Draw, settings: NoteSettings, seconds: float, rng: np.random.Generator) -> Clip:
    """Draw one clip; its level starts from the belief of a new recording, or from what a long one may have been."""
    sound, notes = draw(settings.instrument, rng, seconds)
    sound = np.asarray(sound, np.float32)[: round(seconds * NOTE_RATE)]
    level = note_level()
    rms = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))
    if rms > 0.0 and rng.random() < KNOWN_LEVEL_SHARE:
        known = rms * 10.0 ** (rng.standard_normal() * LEVEL_DECIBELS / 20.0)
        level.weight = float(rng.uniform(*KNOWN_LEVEL_SECONDS))
        level.energy = max(known, 0.01 * EXPECTED_RMS) ** 2 * level.weight
    return clip_of(sound, notes, settings, level)


def _work(draw: Draw, settings: NoteSettings, seconds: float, seed: tuple[int, ...], queue: Any) -> None:
    number = 0
    while True:
        queue.put(drawn_clip(draw, settings, seconds, np.random.default_rng((*seed, number))))
        number += 1


class FreshSound:
    """Worker processes that draw clips; every worker has seeds of its own.

    Parameters
    ----------
    draw : callable (instrument, rng, seconds) -> (sound, Notes)
        Importable by its name, for it is sent to the workers.
    settings : NoteSettings
    seconds : float
        Of every clip.
    workers : int
    """

    def __init__(self, draw: Draw, settings: NoteSettings, seconds: float, workers: int) -> None:
        os.environ.setdefault("OMP_NUM_THREADS", "1")  # inherited: a worker computes with one thread
        self._queue = SPAWN.Queue(WAITING)
        self._processes = [
            started_worker(_work, draw, settings, seconds, (settings.seed, worker), self._queue)
            for worker in range(workers)
        ]

    def take(self, most: int, patience: float = 0.0) -> list[Clip]:
        """Clips that are ready, at most so many; waits ``patience`` seconds for the first.

        Raises
        ------
        RuntimeError
            If a worker has died.
        """
        import queue

        found: list[Clip] = []
        while len(found) < most:
            try:
                found.append(self._queue.get(block=patience > 0.0 and not found, timeout=patience or None))
            except queue.Empty:
                break
        if not found and any(process.exitcode for process in self._processes):
            raise RuntimeError("a worker that draws sound has died; its message stands above")
        return found

    def close(self) -> None:
        """End the workers."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join()
        self._queue.close()
