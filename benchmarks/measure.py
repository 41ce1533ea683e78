"""Interleaved timing: the cases take turns, so that a machine whose speed drifts treats them alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Timing:
    """Seconds of one case's runs."""

    name: str
    seconds: np.ndarray

    @property
    def median(self) -> float:
        """Median seconds of a run."""
        return float(np.median(self.seconds))

    def percentile(self, share: float) -> float:
        """Seconds that ``share`` per cent of the runs stay below."""
        return float(np.percentile(self.seconds, share))


def interleaved(cases: Mapping[str, Callable[[], object]], runs: int = 9, warmup: int = 1) -> dict[str, Timing]:
    """Time cases in turn, A B C A B C ..., after ``warmup`` uncounted rounds."""
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for turn in range(warmup + runs):
        for name, case in cases.items():
            start = time.perf_counter()
            case()
            if turn >= warmup:
                seconds[name].append(time.perf_counter() - start)
    return {name: Timing(name, np.array(values)) for name, values in seconds.items()}


def ratio(slow: Timing, fast: Timing) -> float:
    """How many times ``fast`` is faster than ``slow``: the median of the ratios round by round."""
    return float(np.median(slow.seconds / fast.seconds))
