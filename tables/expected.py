"""What a table should come out as, with margins, and the check against it.

Rows are held against "Final ours" of the same seed: what a row changes is the difference between the two, and the
luck of a seed that both share cancels. A run of the same seeds gives the same numbers on a like processor; others
round differently, which training amplifies. Margins come from two runs that round differently, where ``beside`` gives
the second, or from the deviation between seeds.
"""

from __future__ import annotations

import itertools
import math
import os
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.tables.comparison import FINAL, PARTS
from audio_to_body.tables.results import Result, csv_text, read_lines

EXPECTED = Path("tables/expected")  # below the working folder, as results are
SIZES = ("lanes", "chunks", "updates")
COLUMNS = ("row", "seed", *SIZES, *PARTS, *(f"{part}_margin" for part in PARTS), "margins")
MEAN_POSE = "Mean pose"
ROUNDING, SEEDS = "rounding", "seeds"  # what margins come from
# A result that lies further than this many standard deviations from the mean of its seeds is not another seed's luck.
# Three seeds tell little of one row's deviation, so the rows' deviations are pooled: with 18 rows of 3 seeds (36
# degrees of freedom) all 54 numbers of another seed lie within t · sqrt(1 + 1/3) = 4.2 deviations in 95 % of cases.
DEVIATIONS = 4.2
# two runs that round differently are one draw of how far a third may lie
ROUNDING_FACTOR = 3.0
LEAST_MARGIN = 0.02  # px, of a number that is written with three digits after the point
ABSOLUTE_SHARE = 0.02  # of "Final ours" itself, by which another processor may move it, beside the margin
TOGETHER = 0.002  # px: two rows that agree in every number to this are one training
CLEARLY = 0.5  # share of the expected distance to the mean pose that must be left


@dataclass(frozen=True)
class Expected:
    """One training's expected errors.

    Attributes
    ----------
    row : str
    seed : int
    sizes : dict of str to int
        Lanes, chunks and updates.
    values : dict of str to float
        Errors, px.
    margins : dict of str to float
        By which the difference to "Final ours" of the same seed may differ, px.
    source : str
        What the margins come from: ``"rounding"`` or ``"seeds"``.
    """

    row: str
    seed: int
    sizes: dict[str, int]
    values: dict[str, float]
    margins: dict[str, float]
    source: str


def _difference(results: Sequence[Result], result: Result, part: str) -> float:
    """A result's error less that of "Final ours" with the same seed (of seed 0 for a baseline, which has none)."""
    final = next((r for r in results if r.row == FINAL and r.seed == result.seed), None)
    return math.nan if final is None else getattr(result, part) - getattr(final, part)


def expected_from(results: Sequence[Result], beside: Sequence[Result] = ()) -> list[Expected]:
    """Expected results from trained ones.

    Parameters
    ----------
    results : sequence of Result
    beside : sequence of Result
        The same trainings with other rounding: another processor's, or of another setting of its products.

    Raises
    ------
    BadInput
        If neither several seeds nor a second run tell the margins, or "Final ours" does not lie below the mean pose.
    """
    if FINAL not in {r.row for r in results} or MEAN_POSE not in {r.row for r in results}:
        raise BadInput(f"results without '{FINAL}' and '{MEAN_POSE}' tell nothing to expect; train every row")
    for part in ("train", "valid"):
        if not _gap(results, part) < 0:
            raise BadInput(
                f"'{FINAL}' does not lie below the mean pose in {part}: such results are not to be expected"
            )
    margins = _rounding_margins(results, beside) if beside else _seed_margins(results)
    return [
        Expected(
            row=r.row,
            seed=r.seed,
            sizes={size: getattr(r, size) for size in SIZES},
            values={part: getattr(r, part) for part in PARTS},
            margins=margins[r.row],
            source=ROUNDING if beside else SEEDS,
        )
        for r in results
    ]


def _gap(results: Sequence[Result], part: str) -> float:
    """How far "Final ours" lies from the mean pose, mean over seeds; negative is below."""
    final = statistics.fmean(getattr(r, part) for r in results if r.row == FINAL)
    return final - next(getattr(r, part) for r in results if r.row == MEAN_POSE)


def _rounding_margins(results: Sequence[Result], beside: Sequence[Result]) -> dict[str, dict[str, float]]:
    """From how far every row's differences lie apart in two runs, by row and part: long chunks amplify most."""
    others = {(r.row, r.seed): r for r in beside}
    if {(r.row, r.seed) for r in results} != set(others):
        raise BadInput("the run beside has other rows or seeds; train both alike")
    margins: dict[str, dict[str, float]] = {}
    for result in results:
        own = margins.setdefault(result.row, dict.fromkeys(PARTS, LEAST_MARGIN))
        for part in PARTS:
            once = _difference(results, result, part)
            apart = abs(once - _difference(beside, others[result.row, result.seed], part))
            own[part] = max(own[part], ROUNDING_FACTOR * apart)
    return margins


def _seed_margins(results: Sequence[Result]) -> dict[str, dict[str, float]]:
    """From the deviation of the differences between seeds, pooled over rows and alike for all, by row and part."""
    runs = {row: [r for r in results if r.row == row and r.updates] for row in dict.fromkeys(r.row for r in results)}
    several = [own for own in runs.values() if len(own) > 1 and own[0].row != FINAL]
    if not several:
        raise BadInput(
            "one seed gives no margin: train with two or more (SEEDS=3), or name a run that rounds differently "
            "(--beside)"
        )
    freedom = sum(len(own) - 1 for own in several)
    margins = {}
    for part in PARTS:
        squares = sum(
            statistics.variance([_difference(results, r, part) for r in own]) * (len(own) - 1) for own in several
        )
        margins[part] = max(DEVIATIONS * math.sqrt(squares / freedom), LEAST_MARGIN)
    return dict.fromkeys(runs, margins)


def expected_csv(expected: Sequence[Expected]) -> str:
    """Expected results as CSV."""
    return csv_text(
        COLUMNS,
        (
            [
                e.row,
                e.seed,
                *(e.sizes[size] for size in SIZES),
                *(f"{table[part]:.3f}" for table in (e.values, e.margins) for part in PARTS),
                e.source,
            ]
            for e in expected
        ),
    )


def read_expected(path: str | os.PathLike[str]) -> list[Expected]:
    """Read a file of expected results; raises :class:`BadInput` when it is missing or of another form."""
    missing = "no results are expected for this table, data and profile yet (python -m audio_to_body.tables expect)"
    return [
        Expected(
            row=line["row"],
            seed=int(line["seed"]),
            sizes={size: int(line[size]) for size in SIZES},
            values={part: float(line[part]) for part in PARTS},
            margins={part: float(line[f"{part}_margin"]) for part in PARTS},
            source=line["margins"],
        )
        for line in read_lines(Path(path), COLUMNS, missing)
    ]


def misses(results: Sequence[Result], expected: Sequence[Expected]) -> list[str]:
    """Everything about results that is not as expected, a sentence each; empty when all is well.

    Checked are: that every row is there, of those seeds that were trained; the lanes, chunks and updates of every
    training; every row's difference to "Final ours" of the same seed; "Final ours" itself, and that it clearly lies
    below the mean pose where it should; and that no two trainings are one.
    """
    trained = {r.seed for r in results}
    wanted = {(e.row, e.seed): e for e in expected if e.seed in trained}
    given = {(r.row, r.seed): r for r in results}
    found = [f"{row} (seed {seed}): not among the results" for row, seed in wanted if (row, seed) not in given]
    found += [
        f"{row} (seed {seed}): no result is expected for it" for row, seed in given if (row, seed) not in wanted
    ]
    both = [(given[key], wanted[key]) for key in given if key in wanted]
    as_results = [_as_result(e) for e in expected]
    for result, target in both:
        label = f"{result.row} (seed {result.seed})"
        for size, number in target.sizes.items():
            if getattr(result, size) != number:
                found.append(f"{label}: {getattr(result, size)} {size}, expected {number}")
        for part in PARTS:
            if result.row == FINAL:
                found += _off(label, part, getattr(result, part), target)
                continue
            ours = _difference(results, result, part)
            theirs = _difference(as_results, _as_result(target), part)
            if not abs(ours - theirs) <= target.margins[part]:
                found.append(
                    f"{label}: {part} lies {ours:+.2f} px from Final ours, "
                    f"expected {theirs:+.2f} ± {target.margins[part]:.2f}"
                )
    return [*found, *_unclear(results, as_results), *_twins(results, as_results)]


def _as_result(e: Expected) -> Result:
    train, valid, test = (e.values[part] for part in PARTS)
    lanes, chunks, updates = (e.sizes[size] for size in SIZES)
    return Result(
        e.row, train, valid, test, e.seed, epochs=0, seconds=0.0, lanes=lanes, chunks=chunks, updates=updates
    )


def _off(label: str, part: str, value: float, target: Expected) -> list[str]:
    margin = target.margins[part] + ABSOLUTE_SHARE * target.values[part]
    if abs(value - target.values[part]) <= margin:
        return []
    return [f"{label}: {part} {value:.2f} px, expected {target.values[part]:.2f} ± {margin:.2f}"]


def _unclear(results: Sequence[Result], expected: Sequence[Result]) -> list[str]:
    """Parts in which "Final ours" should clearly lie below the mean pose and does not."""
    if not all({FINAL, MEAN_POSE} <= {r.row for r in some} for some in (results, expected)):
        return []
    found = []
    for part in PARTS:
        gap, wanted = _gap(results, part), _gap(expected, part)
        if wanted < 0 and not gap < CLEARLY * wanted:
            found.append(
                f"{FINAL}: {part} lies {-gap:.2f} px below the mean pose, expected {-wanted:.2f}: not clearly below"
            )
    return found


def _twins(results: Sequence[Result], expected: Sequence[Result]) -> list[str]:
    """Trainings that agree in every number though they are expected to differ."""

    def same(some: Sequence[Result]) -> Callable[[tuple[str, str, int]], bool]:
        by_key = {(r.row, r.seed): r for r in some}

        def agree(pair: tuple[str, str, int]) -> bool:
            one, other = (by_key.get((row, pair[2])) for row in pair[:2])
            return (
                one is not None
                and other is not None
                and all(abs(getattr(one, part) - getattr(other, part)) < TOGETHER for part in PARTS)
            )

        return agree

    ours, theirs = same(results), same(expected)
    rows, seeds = list(dict.fromkeys(r.row for r in expected)), sorted({r.seed for r in expected})
    pairs = [(a, b, seed) for a, b in itertools.combinations(rows, 2) for seed in seeds]
    return [
        f"{a} and {b} (seed {seed}): the same numbers"
        for a, b, seed in pairs
        if ours((a, b, seed)) and not theirs((a, b, seed))
    ]
