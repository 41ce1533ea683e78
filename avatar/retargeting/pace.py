"""How fast joints turn: no faster than people's, and there in time for what they touch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from audio_to_body.geometry.vector_arrays import clamp

# degrees a second: an eighth of a second from a straight finger to one bent at right angles
FINGER_FLEXION, FINGER_SPREAD, FINGER_BEND = 720.0, 300.0, 720.0
ELBOW_SWIVEL = 360.0  # about the line from the shoulder to a hand that stays where it is

Pace = Callable[[str, Any, Any, np.ndarray], Any]


def paced(values: np.ndarray, step: np.ndarray, pinned: np.ndarray) -> np.ndarray:
    """Values that change by no more than a step a frame, without delay: they set out earlier and arrive in time.

    Parameters
    ----------
    values : np.ndarray [frames, ...]
    step : np.ndarray
        Largest change from frame to frame, broadcast over the values.
    pinned : np.ndarray, bool
        Which values are kept as they are wherever the pace allows it, broadcast over the values.

    Returns
    -------
    np.ndarray [frames, ...]
        No neighbours differ by more than ``step``.
    """
    if (np.abs(np.diff(values, axis=0)) <= step).all():
        return values
    pinned = np.broadcast_to(pinned, values.shape)
    highest = _below(np.where(pinned, values, np.inf), step)
    lowest = -_below(np.where(pinned, -values, np.inf), step)
    inside = clamp(values, lowest, highest)
    apart = lowest > highest  # pins too far apart for the pace meet half-way
    inside[apart] = 0.5 * (lowest[apart] + highest[apart])
    return 0.5 * (_below(inside, step) - _below(-inside, step))


def _below(values: np.ndarray, step: np.ndarray) -> np.ndarray:
    """The highest course below values that changes by no more than a step a frame."""
    result = values.copy()
    for t in range(1, len(result)):
        result[t] = np.minimum(result[t], result[t - 1] + step)
    for t in range(len(result) - 2, -1, -1):
        result[t] = np.minimum(result[t], result[t + 1] + step)
    return result


class Paced:
    """What :func:`paced` is to whole motions, for frames that come one after the other: late where it must be."""

    def __init__(self) -> None:
        self._last: dict[str, Any] = {}

    def __call__(self, name: str, values: Any, step: Any, pinned: np.ndarray) -> Any:
        """Frames ``[frames, ...]``, or a float of one, that follow those of the last call under this name."""
        if type(values) is float:
            before = self._last.get(name, values)
            self._last[name] = values = min(max(values, before - step), before + step)
            return values
        result = np.empty_like(values)
        last = self._last.get(name, values[0])
        for t, wanted in enumerate(values):
            last = clamp(wanted, last - step, last + step)
            result[t] = last
        self._last[name] = last
        return result
