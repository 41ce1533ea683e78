"""What a table should come out as, with tolerances from the deviation between seeds, and the check against it."""

from __future__ import annotations

import csv
import io
import math
import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.tables.results import Result, read_lines

EXPECTED = Path(__file__).parent / "expected"
PARTS = ("train", "valid", "test")
COLUMNS = ("row", *(f"{part}{suffix}" for part in PARTS for suffix in ("", "_tolerance")), "seeds")
# A result that lies further than this many standard deviations from the mean of its seeds is not another seed's luck.
# Three seeds tell little of one row's deviation, so the rows' deviations are pooled: with 18 rows of 3 seeds (36
# degrees of freedom) all 54 numbers of another seed lie within t · sqrt(1 + 1/3) = 4.2 deviations in 95 % of cases.
DEVIATIONS = 4.2
# other processors round matrix products otherwise, and training amplifies it; seen as a share of the error
LEAST_SHARE = 0.02


@dataclass(frozen=True)
class Expected:
    """One row's expected errors and tolerances, px."""

    row: str
    values: dict[str, float]
    tolerances: dict[str, float]
    seeds: int


def expected_from(results: Sequence[Result]) -> list[Expected]:
    """Expected results from trained ones: the mean over seeds, and tolerances from their deviation.

    A row's deviation is its own or that of all rows together, whichever is larger.

    Raises
    ------
    BadInput
        If a trained row has fewer than two seeds (a baseline, trained for 0 epochs, needs one).
    """
    runs = {
        row: [result for result in results if result.row == row]
        for row in dict.fromkeys(result.row for result in results)
    }
    for row, own in runs.items():
        if len(own) < 2 and own[0].epochs > 0:
            raise BadInput(f"row '{row}' was trained with one seed; a tolerance needs two or more (SEEDS=3)")
    pooled = {
        part: _pooled_deviation([[getattr(run, part) for run in own] for own in runs.values()]) for part in PARTS
    }
    expected = []
    for row, own in runs.items():
        values = {part: statistics.fmean(getattr(run, part) for run in own) for part in PARTS}
        spread = {
            part: max(statistics.stdev([getattr(run, part) for run in own]), pooled[part]) if len(own) > 1 else 0.0
            for part in PARTS
        }
        tolerances = {part: max(DEVIATIONS * spread[part], LEAST_SHARE * values[part]) for part in PARTS}
        expected.append(Expected(row, values, tolerances, len(own)))
    return expected


def _pooled_deviation(rows: Sequence[Sequence[float]]) -> float:
    """Standard deviation within rows, from all rows that have several values; 0 where none has."""
    several = [row for row in rows if len(row) > 1]
    freedom = sum(len(row) - 1 for row in several)
    squares = sum(statistics.variance(row) * (len(row) - 1) for row in several)
    return math.sqrt(squares / freedom) if freedom else 0.0


def expected_csv(expected: Sequence[Expected]) -> str:
    """Expected results as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in expected:
        numbers = [f"{table[part]:.3f}" for part in PARTS for table in (row.values, row.tolerances)]
        writer.writerow([row.row, *numbers, row.seeds])
    return text.getvalue()


def read_expected(path: str | os.PathLike[str]) -> list[Expected]:
    """Read a file of expected results; raises :class:`BadInput` when it is missing or of another form."""
    missing = "no results are expected for this table, data and profile yet (python -m audio_to_body.tables expect)"
    return [
        Expected(
            row=line["row"],
            values={part: float(line[part]) for part in PARTS},
            tolerances={part: float(line[f"{part}_tolerance"]) for part in PARTS},
            seeds=int(line["seeds"]),
        )
        for line in read_lines(Path(path), COLUMNS, missing)
    ]


def misses(results: Sequence[Result], expected: Sequence[Expected]) -> list[str]:
    """Everything about results that is not as expected, a sentence each; empty when all is well.

    A row that is missing, a row that nobody expects, and a number that is not a number are misses too.
    """
    found = []
    names = {result.row for result in results}
    for wanted in expected:
        if wanted.row not in names:
            found.append(f"{wanted.row}: not among the results")
    by_name = {wanted.row: wanted for wanted in expected}
    for result in results:
        target = by_name.get(result.row)
        if target is None:
            found.append(f"{result.row}: no result is expected for this row")
            continue
        for part in PARTS:
            value, tolerance = getattr(result, part), target.tolerances[part]
            difference = value - target.values[part]
            if math.isnan(difference) or abs(difference) > tolerance:
                found.append(
                    f"{result.row} (seed {result.seed}): {part} {value:.2f} px, "
                    f"expected {target.values[part]:.2f} ± {tolerance:.2f}"
                )
    return found
