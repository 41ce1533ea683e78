"""Recordings as a net would hear them, made of notes: probabilities without any sound."""

from __future__ import annotations

import numpy as np

from audio_to_body.sound.score_course import Observation

RATE = 48.0


def heard(
    start: np.ndarray,
    end: np.ndarray,
    pitch: np.ndarray,
    seconds: float | None = None,
    *,
    lowest: int = 21,
    keys: int = 88,
    seed: int = 0,
    missed: float = 0.1,
    noise: float = 0.03,
) -> Observation:
    """What a good net would say: an onset is a triangle of three steps, some are missed, some are imagined."""
    rng = np.random.default_rng(seed)
    steps = int((seconds or float(np.max(end)) + 1.0) * RATE)
    onset, sounding = (noise * rng.random((2, steps, keys))).astype(np.float64)
    velocity = np.full((steps, keys), 0.5)
    at = np.arange(steps)
    for begin, over, key in zip(start, end, np.asarray(pitch) - lowest):
        if rng.random() >= missed:
            onset[:, key] = np.maximum(onset[:, key], 0.9 * np.maximum(0, 1 - np.abs(at - begin * RATE) / 2))
        inside = (at >= begin * RATE) & (at < over * RATE)
        sounding[inside, key] = 0.9
    imagined = rng.integers(0, [steps, keys], (steps // 100, 2))
    onset[imagined[:, 0], imagined[:, 1]] = 0.6
    parts = (np.rint(255 * part).astype(np.uint8) for part in (onset, sounding, sounding, velocity))
    return Observation(*parts, lowest=lowest, rate=RATE, lag=0.0)


def piece(seed: int, bars: int = 24) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A melody over chords: start, end (seconds as written) and pitch of its notes."""
    rng = np.random.default_rng(seed)
    rows = []
    melody = 72
    for beat in range(2 * bars):
        melody = int(np.clip(melody + rng.integers(-4, 5), 62, 88))
        rows += [(0.5 * beat + 0.25 * half, 0.5 * beat + 0.25 * half + 0.22, melody + 2 * half) for half in range(2)]
        if beat % 2 == 0:
            root = int(rng.integers(40, 52))
            rows += [(0.5 * beat, 0.5 * beat + 0.95, root + step) for step in (0, 7, 12)]
    table = np.array(sorted(rows))
    return table[:, 0], table[:, 1], table[:, 2].astype(np.int64)


def played(seed: int, written: np.ndarray) -> np.ndarray:
    """Written moments in a player's tempo, which wanders by a third."""
    rng = np.random.default_rng(seed)
    grid = np.linspace(0, written.max() + 1, 300)
    waves = sum(rng.normal() * np.sin(2 * np.pi * grid / length + rng.uniform(0, 6)) for length in (4, 9, 17))
    pace = np.exp(0.2 * waves)
    return 0.7 + np.interp(written, grid, np.concatenate([[0], np.cumsum(pace[:-1] * np.diff(grid))]))
