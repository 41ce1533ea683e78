import itertools
from dataclasses import replace

import pytest

from audio_to_body.skeleton.refusal import BadInput, run_command
from audio_to_body.tables.__main__ import main
from audio_to_body.tables.expected import (
    EXPECTED,
    FINAL,
    MEAN_POSE,
    PARTS,
    SEEDS,
    expected_csv,
    expected_from,
    misses,
    read_expected,
)
from audio_to_body.tables.results import Result, results_csv, results_path
from tests.conftest import REPOSITORY

SIZES = {"lanes": 16, "chunks": 139, "updates": 60}
# two seeds whose common luck is 1 px, and whose own is a tenth of it
CHANGES = {"Frames not dropped": (0.5, 1.0, 2.0), "PCA coeff = 5": (-0.4, -0.3, 0.8), FINAL: (0.0, 0.0, 0.0)}
RUNS = [
    Result(row, 20.0 + train + seed, 22.0 + valid + seed * 1.1, 24.0 + test + seed, seed, 6, 60.0, **SIZES)
    for row, (train, valid, test) in CHANGES.items()
    for seed in (0, 1)
]
RUNS = [replace(r, test=r.test + 0.1 * (r.row == "PCA coeff = 5") * r.seed) for r in RUNS]
BASELINE = Result(MEAN_POSE, 30.0, 30.0, 31.0, 0, 0, 0.1)
RESULTS = [*RUNS, BASELINE]


def spoiled(results, row, by):
    """Results in which a row's errors are another's, seed by seed; its lanes, chunks and updates stay."""
    other = {r.seed: r for r in results if r.row == by}
    return [
        replace(r, **{part: getattr(other.get(r.seed, other[0]), part) for part in PARTS}) if r.row == row else r
        for r in results
    ]


def exchanged(results, one, other):
    forth, back = spoiled(results, one, other), spoiled(results, other, one)
    return [a if r.row == one else b if r.row == other else r for r, a, b in zip(results, forth, back)]


def as_results(expected):
    return [Result(e.row, **e.values, seed=e.seed, epochs=0, seconds=0.0, **e.sizes) for e in expected]


def test_margins_are_of_differences_within_a_seed():
    """The luck that a seed gives all rows alike widens no margin."""
    margins = expected_from(RESULTS)[0].margins
    assert margins["train"] == pytest.approx(0.02)  # the least: differences are the same for both seeds
    assert margins["test"] == pytest.approx(4.2 * 0.1 / 2, rel=1e-3)  # of two rows, one of which varies by 0.1 / √2
    assert misses(RESULTS, expected_from(RESULTS)) == []


def test_another_run_with_other_rounding_gives_the_margins():
    once = [r for r in RESULTS if r.seed == 0]
    beside = [replace(r, train=r.train + 0.05 * (r.row == "PCA coeff = 5")) for r in once]
    expected = expected_from(once, beside)
    margins = {e.row: e.margins for e in expected}
    assert margins["PCA coeff = 5"] == pytest.approx({"train": 0.15, "valid": 0.02, "test": 0.02})
    assert margins["Frames not dropped"] == pytest.approx({"train": 0.02, "valid": 0.02, "test": 0.02})
    assert misses(beside, expected) == []
    with pytest.raises(BadInput, match="other rows or seeds"):
        expected_from(once, beside[1:])


def test_what_tells_nothing_is_not_expected():
    once = [r for r in RESULTS if r.seed == 0]
    with pytest.raises(BadInput, match="SEEDS=3"):
        expected_from(once)
    with pytest.raises(BadInput, match="train every row"):
        expected_from(RUNS)
    with pytest.raises(BadInput, match="does not lie below the mean pose in valid"):
        expected_from([*RUNS, replace(BASELINE, valid=21.0)])


def test_file_round_trip(tmp_path):
    first = expected_from(RESULTS)
    (tmp_path / "e.csv").write_text(expected_csv(first))
    again = read_expected(tmp_path / "e.csv")
    assert [(e.row, e.seed, e.sizes) for e in again] == [(e.row, e.seed, e.sizes) for e in first]
    assert again[0].margins == pytest.approx(first[0].margins, abs=1e-3)
    assert misses(RESULTS, again) == []


def test_one_seed_of_several_is_held_against_its_own():
    expected = expected_from(RESULTS)
    assert misses([r for r in RESULTS if r.seed == 0], expected) == []


def test_a_number_outside_its_margin_is_found():
    expected = expected_from(RESULTS)
    off = [replace(r, valid=r.valid + 0.5) if r.row == "PCA coeff = 5" and r.seed == 1 else r for r in RESULTS]
    (miss,) = misses(off, expected)
    assert miss.startswith("PCA coeff = 5 (seed 1): valid lies +0.20 px from Final ours, expected -0.30 ±")
    # "Final ours" itself is held too
    moved = [replace(r, train=r.train + 5) for r in RUNS]
    assert any(
        miss.startswith("Final ours (seed 0): train 25.00 px, expected 20.00") for miss in misses(moved, expected)
    )


def test_missing_rows_new_rows_other_sizes_and_nan_are_found():
    expected = expected_from(RESULTS)
    assert misses(RUNS, expected)[0] == "Mean pose (seed 0): not among the results"
    assert any("no result is expected" in miss for miss in misses([*RESULTS, replace(BASELINE, row="New")], expected))
    assert len(misses([replace(r, test=float("nan")) if r is RUNS[0] else r for r in RESULTS], expected)) == 1
    assert misses([replace(RUNS[0], updates=59), *RESULTS[1:]], expected) == [
        "Frames not dropped (seed 0): 59 updates, expected 60"
    ]


def test_final_must_lie_clearly_below_the_mean_pose():
    expected = expected_from(RESULTS)
    near = [replace(r, test=r.test + 6.0) if r.row == MEAN_POSE else replace(r, test=r.test + 12.0) for r in RESULTS]
    assert any("not clearly below" in miss for miss in misses(near, expected))


@pytest.mark.parametrize("path", sorted((REPOSITORY / EXPECTED).glob("*.csv")), ids=lambda path: path.stem)
def test_spoiled_results_fail_against_what_the_repository_expects(path):
    """All rows "Final ours", any row the mean pose, any two exchanged, though sizes are as they should be."""
    expected = read_expected(path)
    results = as_results(expected)
    assert misses(results, expected) == []
    rows = list(dict.fromkeys(e.row for e in expected if e.sizes["updates"]))
    every = results
    for row in rows:
        if row != FINAL:
            every = spoiled(every, row, FINAL)
        assert misses(spoiled(results, row, MEAN_POSE), expected), row
    assert len(misses(every, expected)) > len(rows)
    # where margins are as wide as seeds lie apart, two rows that lie nearer may stand for each other
    unseen = [pair for pair in itertools.combinations(rows, 2) if not misses(exchanged(results, *pair), expected)]
    assert expected[0].source == SEEDS or not unseen


def test_command_fails_loudly_on_a_result_that_is_off(tmp_path, capsys):
    where = ["--results", str(tmp_path / "r"), "--expected", str(tmp_path / "e"), "--profile", "smoke"]
    (tmp_path / "r").mkdir()
    path = results_path("table1", "virtual", "smoke", tmp_path / "r")
    path.write_text(results_csv("table1", RESULTS))
    assert run_command(main, ["expect", "table1", *where]) == 0
    assert run_command(main, ["check", "table1", *where]) == 0
    path.write_text(results_csv("table1", [replace(RUNS[0], test=99.0), *RESULTS[1:]]))
    assert run_command(main, ["check", "table1", *where]) == 1
    assert (
        "Frames not dropped (seed 0): test lies +75.00 px from Final ours, expected +2.00" in capsys.readouterr().err
    )
    assert run_command(main, ["check", "table2", *where]) == 2
    path.write_text(results_csv("table1", [r for r in RESULTS if r.seed == 0]))
    assert run_command(main, ["expect", "table1", *where]) == 2
    assert run_command(main, ["expect", "table1", *where, "--beside", str(path)]) == 0
