"""How sure a mean over players and seeds is: 95 % bootstrap intervals, paired differences, correlation of orders.

A table's error depends on who plays in the test and on the seed that the net started from; both are samples. Players
and seeds are resampled at once (the pigeonhole bootstrap of A. B. Owen, Ann. Appl. Stat. 2007). A bootstrap of three
seeds or twelve players is too narrow, so the resampled means are stretched to the standard error that the analysis of
variance gives, and by Student's t over the normal quantile (T. Hesterberg, The American Statistician 2015).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

RESAMPLES = 4000
LEVEL = 0.95
RANDOM = 0x1A7E  # seed of the resampling: the same numbers give the same interval
_NORMAL = 1.959963984540054  # quantile of the normal distribution at LEVEL


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval.

    Attributes
    ----------
    mean : float
    low, high : float
        NaN where a single number leaves nothing to tell them from.
    players, seeds : int
        How many the mean is over.
    """

    mean: float
    low: float
    high: float
    players: int
    seeds: int

    @property
    def told(self) -> bool:
        """Whether there is an interval at all."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def sign(self) -> int:
        """1 where the interval lies above 0, -1 where it lies below, 0 where it holds 0 or there is none."""
        if not self.told:
            return 0
        return int(self.low > 0) - int(self.high < 0)


@lru_cache(maxsize=256)
def _student(freedom: float) -> float:
    """Student's t over the normal quantile: how much wider an interval of few numbers must be."""
    from scipy.stats import t

    return float(t.ppf(0.5 + LEVEL / 2, freedom)) / _NORMAL


def standard_error(values: np.ndarray) -> tuple[float, float]:
    """Standard error of the mean of a crossed table, and its degrees of freedom.

    Players and seeds are both random (two-way analysis of variance, one value a cell); degrees of freedom by
    Satterthwaite. A factor that has one level only adds nothing that could be known.

    Parameters
    ----------
    values : np.ndarray [seeds, players]

    Returns
    -------
    (float, float)
        NaN and 0 for a single value.
    """
    seeds, players = values.shape
    mean = values.mean()
    by_seed, by_player = values.mean(axis=1) - mean, values.mean(axis=0) - mean
    if seeds == 1 or players == 1:
        count = max(seeds, players)
        if count == 1:
            return float("nan"), 0.0
        return float(values.std(ddof=1) / math.sqrt(count)), count - 1.0
    rest = values - mean - by_seed[:, None] - by_player
    between_seeds = players * np.square(by_seed).sum() / (seeds - 1)
    between_players = seeds * np.square(by_player).sum() / (players - 1)
    within = np.square(rest).sum() / ((seeds - 1) * (players - 1))
    # the estimate can fall below either part, even below 0, by chance: then the larger part is taken
    total = max(between_seeds + between_players - within, between_seeds, between_players)
    if total == 0:
        return 0.0, 1.0
    parts = between_seeds**2 / (seeds - 1) + between_players**2 / (players - 1)
    if total == between_seeds + between_players - within:
        parts += within**2 / ((seeds - 1) * (players - 1))
    return math.sqrt(total / values.size), max(1.0, total**2 / parts)


def resampled(values: np.ndarray, of: Callable[[np.ndarray], np.ndarray], resamples: int = RESAMPLES) -> np.ndarray:
    """A statistic of resampled tables.

    Parameters
    ----------
    values : np.ndarray [..., seeds, players]
        Tables that are resampled alike: differences of rows stay paired.
    of : callable
        From tables ``[..., seeds, players]`` to a number, or an array of them.
    resamples : int

    Returns
    -------
    np.ndarray [resamples, ...]
    """
    rng = np.random.default_rng(RANDOM)
    seeds, players = values.shape[-2:]
    found = []
    for _ in range(resamples):
        rows, columns = rng.integers(seeds, size=seeds), rng.integers(players, size=players)
        found.append(of(values[..., rows[:, None], columns]))
    return np.array(found)


def interval(values: np.ndarray) -> Estimate:
    """Mean of a crossed table with its 95 % interval.

    Parameters
    ----------
    values : np.ndarray [seeds, players]
        Errors, or differences of errors of the same seed and player; players or seeds that a number is missing of are
        left out.

    Raises
    ------
    ValueError
        If no number is left.
    """
    table = complete(np.atleast_2d(np.asarray(values, float)))
    seeds, players = table.shape
    mean = float(table.mean())
    error, freedom = standard_error(table)
    if not math.isfinite(error):
        return Estimate(mean, float("nan"), float("nan"), players, seeds)
    if error == 0:
        return Estimate(mean, mean, mean, players, seeds)
    means = _resampled_means(table)
    spread = float(means.std())
    away = (means - mean) * (error / spread if spread else 0.0) * _student(round(freedom, 3))
    low, high = np.quantile(away, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    return Estimate(mean, mean + float(low), mean + float(high), players, seeds)


def _resampled_means(table: np.ndarray) -> np.ndarray:
    """Means of resampled tables: how often each seed and each player was drawn, and one product."""
    rng = np.random.default_rng(RANDOM)
    seeds, players = table.shape
    drawn_seeds = rng.multinomial(seeds, np.full(seeds, 1 / seeds), RESAMPLES) / seeds
    drawn_players = rng.multinomial(players, np.full(players, 1 / players), RESAMPLES) / players
    return np.einsum("rs,sp,rp->r", drawn_seeds, table, drawn_players, optimize=True)


def complete(table: np.ndarray) -> np.ndarray:
    """The table without the players, then the seeds, that a number is missing of.

    Raises
    ------
    ValueError
        If nothing is left.
    """
    finite = np.isfinite(table)
    table = table[finite.any(axis=1)]  # a seed that was not run
    table = table[:, np.isfinite(table).all(axis=0)]
    if not table.size:
        raise ValueError("no number is left to tell a mean from")
    return table


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1 along the last axis; equal values share the mean of their ranks."""
    below = (values[..., :, None] > values[..., None, :]).sum(axis=-1)
    equal = (values[..., :, None] == values[..., None, :]).sum(axis=-1)
    return below + (equal + 1) / 2


def spearman(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Spearman's correlation of orders along the last axis; NaN where all values of a side are equal."""
    a, b = ranks(np.asarray(ours, float)), ranks(np.asarray(theirs, float))
    a, b = a - a.mean(axis=-1, keepdims=True), b - b.mean(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((a * b).sum(axis=-1) / np.sqrt(np.square(a).sum(axis=-1) * np.square(b).sum(axis=-1)))


def by_chance(ours: np.ndarray, theirs: np.ndarray, orders: int = 20_000) -> float:
    """How often a random order of our rows correlates with theirs as strongly or more (one-sided), by permutation."""
    rng = np.random.default_rng(RANDOM)
    shuffled = rng.permuted(np.tile(np.asarray(ours, float), (orders, 1)), axis=1)
    reached = spearman(shuffled, np.asarray(theirs, float)) >= spearman(ours, theirs) - 1e-12
    return float((reached.sum() + 1) / (orders + 1))
