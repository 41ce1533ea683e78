"""Zero mean and unit deviation, column by column, over hours of features without holding them twice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MEASURED_ROWS = 262_144  # in double precision at once: bounds the memory that hours of features take


@dataclass(frozen=True)
class Normalisation:
    """Mean and standard deviation by column; the paper says "dividing the variance" (Sec. 4)."""

    mean: np.ndarray
    deviation: np.ndarray

    def apply(self, values: np.ndarray) -> np.ndarray:
        """To zero mean and unit deviation, float32."""
        return ((values - self.mean) / self.deviation).astype(np.float32)

    def undo(self, values: np.ndarray) -> np.ndarray:
        """Back to the original unit, float32."""
        return (values * self.deviation + self.mean).astype(np.float32)


def measure(values: np.ndarray, weights: np.ndarray | None = None) -> Normalisation:
    """Mean and standard deviation by column; a column that does not vary gets deviation 1."""
    share = np.ones(len(values)) if weights is None else weights.astype(np.float64)
    total = max(float(share.sum()), 1e-12)
    blocks = [slice(first, first + MEASURED_ROWS) for first in range(0, len(values), MEASURED_ROWS)]
    width = values.shape[1]
    mean = sum((share[b] @ values[b].astype(np.float64) for b in blocks), np.zeros(width)) / total
    squares = sum((share[b] @ (values[b].astype(np.float64) - mean) ** 2 for b in blocks), np.zeros(width))
    deviation = np.sqrt(squares / total)
    floor = 1e-6 * max(float(deviation.max(initial=0.0)), 1e-6)
    deviation = np.where(deviation > floor, deviation, 1.0)
    return Normalisation(mean.astype(np.float32), deviation.astype(np.float32))
