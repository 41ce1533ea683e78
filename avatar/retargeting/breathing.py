"""Breathing: what keeps a listening figure alive. The paper's avatar does not breathe."""

from __future__ import annotations

import numpy as np

PERIOD = 3.9  # s of a breath at rest
CHEST = np.radians(1.1)  # opening of the chest
RISE = 0.0035  # m that the shoulders rise


def breath(first: int, frames: int, fps: float, amplitude: float) -> tuple[np.ndarray, np.ndarray]:
    """Opening of the chest (radians) and rise of the shoulders (metres) for consecutive frames.

    Inhaling takes two fifths of a breath; the phase wanders slowly, so that no two breaths are alike.
    """
    time = (first + np.arange(frames)) / fps
    phase = 2 * np.pi * time / PERIOD + 0.7 * np.sin(2 * np.pi * time / 23.0)
    wave = 0.5 - 0.5 * np.cos(phase - 0.35 * np.sin(phase))
    return amplitude * CHEST * wave, amplitude * RISE * wave
