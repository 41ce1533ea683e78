"""Rows of a table against each other: errors by player and seed, paired differences, and the rows' order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.tables.intervals import Estimate, by_chance, complete, interval, resampled, spearman
from audio_to_body.tables.paper import PAPER, paper_row
from audio_to_body.tables.results import PlayerError, Result, players_path, read_players, read_results

FINAL = "Final ours"
PARTS = ("train", "valid", "test")
OF_OWN_FRAMES = ("train", "valid")  # whose frames the seed draws
NOBODY = ""  # errors that are not told apart by player: of training and validation
MARK = "*"  # of a difference whose interval leaves 0 out

Cells = Mapping[tuple[int, str], float]  # error by seed and player


@dataclass(frozen=True)
class Order:
    """Spearman's correlation of the rows' order with the paper's.

    Attributes
    ----------
    rows : int
    correlation : Estimate
        Its interval: the middle 95 % when players and seeds are resampled.
    chance : float
        How often a random order agrees as well or better.
    """

    rows: int
    correlation: Estimate
    chance: float


class Comparison:
    """A table's errors, row by row.

    Parameters
    ----------
    table : str
        ``"table1"`` or ``"table2"``.
    results : sequence of Result
    players : sequence of PlayerError
        Test errors by player; where there are none, the test is taken as a whole.
    """

    def __init__(self, table: str, results: Sequence[Result], players: Sequence[PlayerError] = ()) -> None:
        self.table = table
        self.results = list(results)
        self.players = list(players)
        self.rows = list(dict.fromkeys(result.row for result in results))

    @classmethod
    def read(cls, table: str, path: Path) -> Comparison:
        """From the files of a table's results; raises :class:`BadInput` where one is missing or of another form."""
        return cls(table, read_results(path), read_players(players_path(path)))

    def seeds(self, row: str) -> list[int]:
        """Seeds that a row was trained with."""
        return sorted({result.seed for result in self.results if result.row == row})

    def cells(self, row: str, part: str) -> Cells:
        """Errors of a row by seed and player, px; ``part`` is ``train``, ``valid``, ``test`` or ``test_all``."""
        if part not in PARTS and self.players:
            return {(p.seed, p.player): p.error_all for p in self.players if p.row == row}
        if part == "test" and self.players:
            return {(p.seed, p.player): p.error for p in self.players if p.row == row}
        return {(r.seed, NOBODY): getattr(r, part) for r in self.results if r.row == row}

    def _spread_over_seeds(self, row: str, part: str, cells: Cells, seeds: Sequence[int]) -> Cells:
        """A baseline is one, whatever the seed: its test errors stand beside every seed's.

        Those of training and validation do not: another seed has other validation blocks.
        """
        own = {seed for seed, _ in cells}
        if part in OF_OWN_FRAMES or any(r.epochs for r in self.results if r.row == row) or len(own) != 1:
            return cells
        return {(seed, player): value for (_, player), value in cells.items() for seed in seeds}

    def mean(self, row: str, part: str) -> Estimate:
        """A row's error, every player and seed counting alike.

        Raises
        ------
        BadInput
            If there is no such row.
        """
        return interval(_crossed([self._known(row, part)])[0])

    def difference(self, row: str, other: str, part: str) -> Estimate:
        """How much larger a row's error is than another's: same seed, same player.

        Raises
        ------
        BadInput
            If a row is missing, or both have no seed and player in common.
        """
        first, second = self._known(row, part), self._known(other, part)
        first = self._spread_over_seeds(row, part, first, [seed for seed, _ in second])
        second = self._spread_over_seeds(other, part, second, [seed for seed, _ in first])
        ours, theirs = _crossed([first, second])
        if not np.isfinite(ours - theirs).any():
            raise BadInput(f"'{row}' and '{other}' of {self.table} have no seed and player in common")
        return interval(ours - theirs)

    def has(self, row: str, part: str) -> bool:
        """Whether a row has errors of that part."""
        return any(np.isfinite(value) for value in self.cells(row, part).values())

    def _known(self, row: str, part: str) -> Cells:
        cells = self.cells(row, part)
        if not self.has(row, part):
            raise BadInput(f"{self.table} has no {part} error of '{row}'; train it (make {self.table})")
        return cells

    def better_for(self, row: str, other: str = FINAL) -> tuple[int, int]:
        """For how many test players a row errs less than another in the mean of their seeds, and of how many."""
        first, second = self._known(row, "test"), self._known(other, "test")
        shared = sorted({player for _, player in first} & {player for _, player in second})
        means = [
            [np.mean([value for (_, who), value in cells.items() if who == player]) for player in shared]
            for cells in (first, second)
        ]
        return int(np.sum(np.array(means[0]) < np.array(means[1]))), len(shared)

    def spread_over_players(self, row: str) -> tuple[float, float, float, float] | None:
        """Mean, standard deviation, least and greatest of the test players' errors in the mean of the seeds, px.

        None where there are no two players.
        """
        if not self.has(row, "test"):
            return None
        (table,) = _crossed([self._known(row, "test")])
        errors = complete(table).mean(axis=0)
        if len(errors) < 2:
            return None
        return float(errors.mean()), float(errors.std(ddof=1)), float(errors.min()), float(errors.max())

    def order(self, part: str) -> Order | None:
        """How the order of the paper's rows agrees with the paper's, of those that have such errors.

        None with fewer than three of them.
        """
        rows = [row.row for row in PAPER[self.table] if row.row in self.rows and self.has(row.row, part)]
        if len(rows) < 3:
            return None
        theirs = np.array([getattr(paper_row(self.table, row), part) for row in rows])
        cells = _crossed([self._known(row, part) for row in rows])
        whole = np.isfinite(cells).all(axis=0)  # seeds and players that every row has
        cells = cells[:, whole.any(axis=1)][:, :, whole[whole.any(axis=1)].all(axis=0)]
        if not cells.size:
            return None
        ours = cells.mean(axis=(1, 2))
        drawn = resampled(cells, lambda tables: tables.mean(axis=(-2, -1)), resamples=1000)
        low, high = np.nanquantile(spearman(drawn, theirs), [0.025, 0.975])
        single = cells.shape[1] * cells.shape[2] == 1
        nothing = float("nan")
        estimate = Estimate(
            float(spearman(ours, theirs)),
            nothing if single else float(low),
            nothing if single else float(high),
            cells.shape[2],
            cells.shape[1],
        )
        return Order(len(rows), estimate, by_chance(ours, theirs))


def _crossed(several: Sequence[Cells]) -> np.ndarray:
    """Errors as ``[..., seeds, players]`` over the seeds and players that any of them has; NaN where one has none."""
    seeds = sorted({seed for cells in several for seed, _ in cells})
    players = sorted({player for cells in several for _, player in cells})
    table = np.full((len(several), len(seeds), len(players)), np.nan)
    for plane, cells in zip(table, several):
        for (seed, player), value in cells.items():
            plane[seeds.index(seed), players.index(player)] = value
    return table


def written(estimate: Estimate, sign: bool = True) -> str:
    """An estimate in a table's cell: ``-1.25 [-2.10, -0.41]*``."""
    shape = "+.2f" if sign else ".2f"
    text = format(estimate.mean, shape)
    if estimate.told:
        text += f" [{estimate.low:{shape}}, {estimate.high:{shape}}]"
    return text + (MARK if sign and estimate.sign else "")
