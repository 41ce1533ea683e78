"""Smoothing that keeps onsets: what moves slowly is smoothed, what moves fast passes (1 € filter).

Casiez, Roussel and Vogel, "1 € Filter", CHI 2012. Whole motions are filtered forwards and backwards, so that nothing
is late; live motion forwards only.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

SLOWEST_CUTOFF = 3.0  # Hz, of a point at rest
SPEED_GAIN = 22.0  # Hz more per m/s: a hand at 0.4 m/s passes at 12 Hz, the highest that 24 fps can show
SPEED_CUTOFF = 3.0  # Hz, of the speed estimate itself


class OneEuro:
    """A causal filter for arrays of any shape; NaN holds the last value.

    Parameters
    ----------
    fps : float
    slowest : float
        Cutoff in Hz at rest; infinite switches the filter off.
    gain : float
        Hz per unit of speed.
    """

    def __init__(self, fps: float, slowest: float = SLOWEST_CUTOFF, gain: float = SPEED_GAIN):
        self.fps, self.slowest, self.gain = fps, slowest, gain
        self._value: np.ndarray | None = None
        self._speed: np.ndarray | float = 0.0

    def __call__(self, value: np.ndarray) -> np.ndarray:
        """The filtered value of the next frame; the last axis holds one point's coordinates."""
        if self._value is None:
            self._value = np.array(value, float)
            return self._value
        step = np.where(np.isfinite(value), value - self._value, 0.0)
        if not np.isfinite(self.slowest):
            self._value = self._value + step
            return self._value
        share = _share(SPEED_CUTOFF, self.fps)
        self._speed = self._speed + share * (step * self.fps - self._speed)
        speed = np.sqrt(np.einsum("...i,...i->...", self._speed, self._speed))[..., None]
        self._value = self._value + _share(self.slowest + self.gain * speed, self.fps) * step
        return self._value


def _share(cutoff: np.ndarray | float, fps: float) -> np.ndarray | float:
    turn = 2 * np.pi * cutoff / fps
    return turn / (turn + 1.0)


def keep_onsets(
    values: np.ndarray, fps: float, slowest: float = SLOWEST_CUTOFF, gain: float = SPEED_GAIN
) -> np.ndarray:
    """Filter ``[frames, ..., coordinates]`` forwards and backwards: no delay, onsets stay sharp."""
    forwards, backwards = OneEuro(fps, slowest, gain), OneEuro(fps, slowest, gain)
    once = np.stack([forwards(v) for v in values])
    return np.stack([backwards(v) for v in once[::-1]])[::-1]


def low_pass(values: np.ndarray, fps: float, seconds: float) -> np.ndarray:
    """Gaussian smoothing over frames ``[frames, ...]`` with a standard deviation in seconds."""
    from audio_to_body.musician.kinematics import low_pass as gaussian

    return gaussian(values, np.arange(len(values)) / fps, seconds)


class Lag:
    """Causal exponential smoothing, one state per name: what :func:`low_pass` is to whole motions."""

    def __init__(self, fps: float):
        self.fps = fps
        self._state: dict[str, Any] = {}

    def __call__(self, name: str, values: Any, seconds: float) -> Any:
        """Smooth frames ``[frames, ...]``, or a float of one, that follow those of the last call under this name."""
        keep = math.exp(-1.0 / max(seconds * self.fps, 1e-6))
        if type(values) is float:
            self._state[name] = values = keep * self._state.get(name, values) + (1 - keep) * values
            return values
        result = np.empty_like(values)
        state = self._state.get(name, values[0])
        for i, value in enumerate(values):
            state = keep * state + (1 - keep) * value
            result[i] = state
        self._state[name] = state
        return result


def filled(values: np.ndarray) -> np.ndarray:
    """Gaps (NaN) along the first axis filled linearly; ends hold; tracks without any value stay NaN."""
    result = np.array(values, float)
    flat = result.reshape(len(result), -1)
    frames = np.arange(len(result))
    for column in np.flatnonzero(~np.isfinite(flat).all(axis=0)):
        known = np.isfinite(flat[:, column])
        if known.any():
            flat[:, column] = np.interp(frames, frames[known], flat[known, column])
    return flat.reshape(result.shape)
