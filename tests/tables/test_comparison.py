import math
import re

import numpy as np
import pytest

from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.tables.comparison import Comparison, written
from audio_to_body.tables.differences import render_differences
from audio_to_body.tables.intervals import Estimate
from audio_to_body.tables.paper import TABLE2
from tests.tables.made_results import made, write

EFFECTS = {"Frames not dropped": 2.0, "Dropout = 0": 0.0, "Final ours": 0.0, "Mean pose": 10.0}


def test_a_paired_difference_sees_what_players_hide():
    """Players differ by 5 px, the rows by 2: only pairs tell."""
    compared = Comparison("table1", *made(EFFECTS))
    difference = compared.difference("Frames not dropped", "Final ours", "test")
    assert difference.mean == pytest.approx(2.0, abs=0.1)
    assert difference.low == pytest.approx(2.0, abs=0.3)
    assert difference.sign == 1
    assert (difference.players, difference.seeds) == (12, 3)
    alone = compared.mean("Final ours", "test")
    assert alone.high - alone.low > 4
    assert compared.difference("Final ours", "Frames not dropped", "test").sign == -1
    assert compared.difference("Final ours", "Final ours", "test").mean == 0
    assert compared.better_for("Final ours", "Frames not dropped") == (12, 12)


def test_train_and_valid_are_paired_over_seeds():
    compared = Comparison("table1", *made(EFFECTS, noise=0.01))
    difference = compared.difference("Frames not dropped", "Final ours", "train")
    assert (difference.players, difference.seeds) == (1, 3)
    assert difference.sign == 1


def test_a_baseline_stands_beside_every_seed():
    compared = Comparison("table1", *made(EFFECTS))
    difference = compared.difference("Mean pose", "Final ours", "test")
    assert difference.seeds == 3
    assert difference.mean == pytest.approx(10, abs=0.2)
    assert compared.difference("Final ours", "Mean pose", "test").mean == pytest.approx(-10, abs=0.2)
    # validation blocks are the seed's: of another seed it tells nothing
    valid = compared.difference("Mean pose", "Final ours", "valid")
    own = {row: next(r.valid for r in compared.results if (r.row, r.seed) == (row, 0)) for row in EFFECTS}
    assert valid.mean == pytest.approx(own["Mean pose"] - own["Final ours"])
    assert (valid.seeds, valid.told) == (1, False)


def test_only_seeds_that_both_rows_have_are_compared():
    results, players = made(EFFECTS)
    fewer = [r for r in results if r.row != "Dropout = 0" or r.seed == 1]
    compared = Comparison("table1", fewer, [p for p in players if p.row != "Dropout = 0" or p.seed == 1])
    assert compared.difference("Dropout = 0", "Final ours", "test").seeds == 1
    assert not compared.difference("Dropout = 0", "Final ours", "train").told  # one seed, no players
    with pytest.raises(BadInput, match=r"table1 has no test error of 'Upsample 2x'; train it \(make table1\)"):
        compared.difference("Upsample 2x", "Final ours", "test")


def test_dropped_frames_are_scored_beside_the_kept():
    compared = Comparison("table1", *made(EFFECTS))
    all_frames = compared.mean("Final ours", "test_all").mean
    assert all_frames == pytest.approx(compared.mean("Final ours", "test").mean + 1)


def test_order_of_rows_against_the_papers():
    like = {row.row: row.test for row in TABLE2}
    order = Comparison("table2", *made(like, noise=0.001)).order("test")
    assert order.rows == 11
    assert order.correlation.mean == pytest.approx(1.0)
    assert order.chance < 0.001
    unlike = Comparison("table2", *made({name: -value for name, value in like.items()}, noise=0.001)).order("test")
    assert unlike.correlation.mean == pytest.approx(-1.0)
    noisy = Comparison("table2", *made(like, noise=3.0, seeds=(0, 1))).order("test").correlation
    assert noisy.high - noisy.low > 0.1
    assert Comparison("table2", *made({"Final ours": 0.0, "Mean pose": 1.0})).order("test") is None


def test_rendered_differences_mark_what_is_sure():
    lines = render_differences(Comparison("table1", *made(EFFECTS))).splitlines()
    row = {line.split("|")[1].strip(): line for line in lines if line.startswith("|")}
    assert row["Frames not dropped"].count("*") == 3
    assert "0 of 12" in row["Frames not dropped"]
    assert row["Mean pose"].split("|")[4].strip().endswith("*")
    assert row["Final ours"].split("|")[2].strip() == "–"
    spread = [float(number) for number in re.findall(r"[\d.]+", row["Final ours"])]
    mean, deviation, least, greatest = spread
    assert least < mean - deviation < mean + deviation < greatest
    assert len({len(line) for line in lines if line.startswith("|")}) == 1
    assert any("12 test players and 3 seeds" in line for line in lines)
    one_seed = render_differences(Comparison("table1", *made(EFFECTS, seeds=(0,))))
    assert "one seed, whose luck the intervals do not hold" in one_seed
    assert render_differences(Comparison("table1", *made({"Dropout = 0": 0.0}))) == ""
    results, _ = made(EFFECTS)
    apart = [r for r in results if r.row != "Dropout = 0" or r.seed == 2]
    apart = [r for r in apart if r.row != "Final ours" or r.seed == 0]
    lines = render_differences(Comparison("table1", apart, [])).splitlines()
    assert any(line.startswith("| Dropout = 0 ") and "+" not in line for line in lines)


def test_read_from_files(tmp_path):
    write(tmp_path, "table1", "virtual", EFFECTS)
    compared = Comparison.read("table1", tmp_path / "table1-virtual-smoke.csv")
    assert compared.rows == list(EFFECTS)
    assert compared.seeds("Mean pose") == [0]
    assert len({p.player for p in compared.players}) == 12
    with pytest.raises(BadInput, match="train the table first"):
        Comparison.read("table2", tmp_path / "table2-virtual-smoke.csv")


def test_cells():
    assert written(Estimate(-1.254, -2.0, -0.5, 12, 3)) == "-1.25 [-2.00, -0.50]*"
    assert written(Estimate(0.1, -2.0, 0.5, 12, 3)) == "+0.10 [-2.00, +0.50]"
    assert written(Estimate(3.0, math.nan, math.nan, 1, 1), sign=False) == "3.00"
    assert np.isnan(Estimate(3.0, math.nan, math.nan, 1, 1).low)
