import json

import cv2
import numpy as np
import pytest

from audio_to_body.reproduce import table_pictures
from audio_to_body.reproduce.table1 import TABLE1
from audio_to_body.reproduce.table_pictures import by_player, learning_curves, main
from audio_to_body.skeleton.refusal import BadInput, run_command
from audio_to_body.tables.comparison import Comparison
from tests.tables.made_results import made, write

EFFECTS = {"Frames not dropped": 2.0, "Dropout = 0": 0.3, "Dropout = 0.6": -0.1, "Final ours": 0.0, "Mean pose": 10.0}


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Two seeds of some rows as trainings leave them: errors that fall to 25 px and the row's effect."""
    monkeypatch.setattr(table_pictures, "RUNS", tmp_path / "runs")
    for row in TABLE1.rows:
        if row.name in EFFECTS:
            for seed in (0, 1):
                place = tmp_path / "runs" / "table1-virtual-smoke" / f"{row.slug}-seed{seed}" / "checkpoint"
                place.mkdir(parents=True)
                looks = [
                    {"update": 10 * i, "epoch": i, "valid": 25 + EFFECTS[row.name] + seed + 20 / i}
                    for i in range(1, 26)
                ]
                (place / "run.json").write_text(json.dumps({"history": looks}))
    return tmp_path


def test_curves_are_those_of_the_runs(runs):
    curves = learning_curves("table1", "virtual", "smoke")
    assert set(curves) == set(EFFECTS) - {"Mean pose"}
    updates, valid = curves["Frames not dropped"]
    assert updates[0] == 10
    assert updates[-1] == 250
    assert valid.shape == (2, 25)
    assert valid[1, -1] == pytest.approx(25 + 2 + 1 + 0.8)
    with pytest.raises(BadInput, match=r"holds no trained rows; train the table first \(make table2\)"):
        learning_curves("table2", "virtual", "smoke")


def test_a_dot_is_a_players_mean_over_seeds():
    results, players = made(EFFECTS)
    dots = by_player(Comparison("table1", results, players), "Final ours")
    assert len(dots) == 12
    own = [p.error for p in players if p.row == "Final ours" and p.player == "test-003"]
    assert len(own) == 3
    assert dots["test-003"] == pytest.approx(np.mean(own))


def test_both_pictures_are_drawn_and_what_is_not_there_is_told(runs, capsys):
    write(runs, "table1", "virtual", EFFECTS)
    flags = ["--profile", "smoke", "--results", str(runs), "--out", str(runs / "out")]
    assert run_command(main, ["table1", "table2", *flags]) == 0
    for name in ("curves-table1-virtual-smoke", "players-table1-virtual-smoke"):
        picture = cv2.imread(str(runs / "out" / f"{name}.png"))
        assert picture.std() > 5
    told = capsys.readouterr().err
    assert told.count("not drawn: ") == 2
    assert "table2-virtual-smoke.csv does not exist" in told
    assert run_command(main, ["table2", *flags]) == 1
