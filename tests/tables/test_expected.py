from dataclasses import replace

import pytest

from audio_to_body.skeleton.refusal import BadInput, run_command
from audio_to_body.tables.__main__ import main
from audio_to_body.tables.expected import expected_csv, expected_from, misses, read_expected
from audio_to_body.tables.results import Result, results_csv, results_path

RUNS = [Result("Final ours", 7.0 + s / 10, 8.0 + s / 5, 9.0 + s, s, 30, 60.0) for s in range(3)]
BASELINE = Result("Mean pose", 20.0, 20.0, 21.0, 0, 0, 0.1)


def test_tolerance_grows_with_the_seeds_deviation():
    row = expected_from(RUNS)[0]
    assert row.values == pytest.approx({"train": 7.1, "valid": 8.2, "test": 10.0})
    assert row.tolerances == pytest.approx({"train": 0.42, "valid": 0.84, "test": 4.2})
    assert expected_from([BASELINE])[0].tolerances["test"] == pytest.approx(0.42)


def test_rows_share_their_deviation():
    """Three seeds that agree by chance give no narrow tolerance, and a row that varies more keeps its own."""
    steady = [replace(run, row="Steady", test=9.0) for run in RUNS]
    lively, calm = expected_from([*RUNS, *steady])
    assert lively.tolerances["test"] == pytest.approx(4.2)
    assert calm.tolerances["test"] == pytest.approx(4.2 / 2**0.5)


def test_one_seed_gives_no_tolerance():
    with pytest.raises(BadInput, match="SEEDS=3"):
        expected_from(RUNS[:1])


def test_file_round_trip(tmp_path):
    first = expected_from([*RUNS, BASELINE])
    (tmp_path / "e.csv").write_text(expected_csv(first))
    again = read_expected(tmp_path / "e.csv")
    assert [row.row for row in again] == ["Final ours", "Mean pose"]
    assert again[0].tolerances == pytest.approx(first[0].tolerances, abs=1e-3)


@pytest.mark.parametrize("part", ["train", "valid", "test"])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_result_that_is_off_is_found_on_either_side(part, sign):
    expected = expected_from(RUNS)
    off = replace(RUNS[1], **{part: expected[0].values[part] + sign * 1.01 * expected[0].tolerances[part]})
    found = misses([off], expected)
    assert len(found) == 1
    assert part in found[0]
    near = replace(RUNS[1], **{part: expected[0].values[part] + sign * 0.99 * expected[0].tolerances[part]})
    assert misses([near], expected) == []


def test_missing_rows_new_rows_and_nan_are_found():
    expected = expected_from([*RUNS, BASELINE])
    assert misses([*RUNS], expected) == ["Mean pose: not among the results"]
    assert "no result is expected" in misses([*RUNS, BASELINE, replace(BASELINE, row="New")], expected)[0]
    assert len(misses([*RUNS, replace(BASELINE, test=float("nan"))], expected)) == 1


def test_command_fails_loudly_on_a_result_that_is_off(tmp_path, capsys):
    where = ["--results", str(tmp_path / "r"), "--expected", str(tmp_path / "e"), "--profile", "smoke"]
    (tmp_path / "r").mkdir()
    path = results_path("table1", "virtual", "smoke", tmp_path / "r")
    path.write_text(results_csv("table1", RUNS))
    assert run_command(main, ["expect", "table1", *where]) == 0
    assert run_command(main, ["check", "table1", *where]) == 0
    path.write_text(results_csv("table1", [replace(RUNS[0], test=99.0), *RUNS[1:]]))
    assert run_command(main, ["check", "table1", *where]) == 1
    assert "test 99.00 px, expected 10.00" in capsys.readouterr().err
    assert run_command(main, ["check", "table2", *where]) == 2
