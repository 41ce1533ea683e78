"""Where probabilities of beginnings are greatest, and where between steps."""

from __future__ import annotations

import numpy as np

REACH = 2  # steps on either side within which a beginning is the greatest: 42 ms


def greatest(probability: np.ndarray, threshold: float, reach: int = REACH) -> np.ndarray:
    """Which steps are beginnings, bool [steps - 2 * reach, keys]: those that have ``reach`` steps on either side.

    Parameters
    ----------
    probability : np.ndarray [steps, keys]
    threshold : float
    reach : int
        Of two equal steps the first is taken.
    """
    count = len(probability) - 2 * reach
    middle = probability[reach : reach + count]
    found = middle >= threshold
    for apart in range(1, reach + 1):
        found &= middle > probability[reach - apart : reach - apart + count]
        found &= middle >= probability[reach + apart : reach + apart + count]
    return found


def between_steps(before: np.ndarray, at: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Where the parabola through three neighbours is greatest, in steps from the middle one, -0.5 to 0.5."""
    bend = 2.0 * at - before - after
    return np.clip(0.5 * (after - before) / np.maximum(bend, 1e-9), -0.5, 0.5)
