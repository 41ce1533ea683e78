import os
import subprocess
import sys
from dataclasses import replace

import pytest

from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.tables.paper import TABLE1, TABLE2, paper_row
from audio_to_body.tables.rendering import Heading, render
from audio_to_body.tables.results import (
    BEST,
    COLUMNS,
    FLAT,
    PlayerError,
    Result,
    players_csv,
    players_path,
    read_players,
    read_results,
    results_csv,
    results_path,
)
from tests.tables.made_results import write


def results(seeds=(0,)) -> list[Result]:
    rows = [*(row.row for row in TABLE1), "Mean pose"]
    return [Result(row, 7.0 + s, 8.0, 9.0 + i / 10, s, 30, 61.2) for i, row in enumerate(rows) for s in seeds]


def test_paper_numbers_of_the_final_rows():
    assert (len(TABLE1), len(TABLE2)) == (12, 11)
    assert paper_row("table1", "Final ours")[1:] == (7.35, 6.58, 8.31)
    assert paper_row("table2", "Final ours")[1:] == (6.52, 6.06, 6.84)
    assert paper_row("table1", "Mean pose") is None
    # "Final ours" has the smallest test error of both tables
    assert min(TABLE1, key=lambda row: row.test).row == min(TABLE2, key=lambda row: row.test).row == "Final ours"


def test_csv_round_trip(tmp_path):
    path = results_path("table1", "virtual", "smoke", tmp_path)
    path.write_text(results_csv("table1", results()))
    assert path.name == "table1-virtual-smoke.csv"
    assert path.read_text().splitlines()[0] == ",".join(COLUMNS)
    full = [
        replace(r, test_all=11.5, lanes=24, chunks=500, updates=1000, choice=BEST, chosen_epoch=7, valid_slope=-0.02)
        for r in results()
    ]
    path.write_text(results_csv("table1", full))
    assert read_results(path) == full


def test_players_round_trip_beside_the_results(tmp_path):
    path = players_path(results_path("table1", "virtual", "smoke", tmp_path))
    assert path.name == "table1-virtual-smoke-players.csv"
    players = [
        PlayerError("Final ours", s, f"test-{i:03d}", 900, 20.5 + i, 960, 25.0) for s in (0, 1) for i in (0, 1)
    ]
    path.write_text(players_csv(players))
    assert read_players(path) == players
    with pytest.raises(BadInput, match="train the table first"):
        read_players(tmp_path / "none.csv")


def test_results_lie_below_the_working_folder_wherever_the_code_is(tmp_path):
    def claims() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "audio_to_body.tables.claims_page", "--profile", "smoke"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)

    refused = claims()
    assert refused.returncode == 2
    assert "tables/results is no folder of results" in refused.stderr.replace(os.sep, "/")
    (tmp_path / "tables" / "results").mkdir(parents=True)
    write(tmp_path / "tables" / "results", "table1", "virtual", {"Final ours": 0.0, "Dropout = 0": 2.0})
    told = claims()
    assert told.returncode == 0, told.stderr
    assert "written: tables/results/claims-smoke.md" in told.stdout.replace(os.sep, "/")
    assert "-2.0" in (tmp_path / "tables" / "results" / "claims-smoke.md").read_text()


def test_validation_is_flat_when_it_no_longer_falls():
    one = results()[0]
    assert not one.flat  # nobody looked
    assert not replace(one, valid_slope=-2 * FLAT).flat
    assert replace(one, valid_slope=-FLAT / 2).flat
    assert replace(one, valid_slope=0.1).flat


def test_csv_is_read_by_pandas_with_the_papers_columns(tmp_path):
    pandas = pytest.importorskip("pandas")
    path = tmp_path / "t.csv"
    path.write_text(results_csv("table1", results()))
    frame = pandas.read_csv(path).set_index("row")
    assert frame.loc["Final ours", "paper_test"] == 8.31
    assert frame.loc["Mean pose", ["paper_train", "paper_valid", "paper_test"]].isna().all()


def test_unusable_files_are_refused(tmp_path):
    with pytest.raises(BadInput, match="train the table first"):
        read_results(tmp_path / "none.csv")
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    with pytest.raises(BadInput, match=r"not such a file: its columns are \['a', 'b'\]"):
        read_results(tmp_path / "bad.csv")


def test_rendered_table_has_every_row_beside_the_papers():
    heading = Heading("Table 1", "virtual recitals", "smoke", (0,), "60 updates of every row", 16, ("a note",))
    trained = [replace(r, test_all=11.0, lanes=16, chunks=139, updates=60, valid_slope=0.0) for r in results()[:-1]]
    text = render("table1", [*trained, results()[-1]], heading)
    lines = text.splitlines()
    final = next(line for line in lines if "Final ours" in line)
    assert [cell.strip() for cell in final.strip("|").split("|")][1:] == [
        "7.00",
        "8.00",
        "10.10",
        "11.00",
        "7.35",
        "6.58",
        "8.31",
        *("16", "139", "60"),
    ]
    assert all(any(line.startswith(f"| {row.row} ") for line in lines) for row in TABLE1)
    assert lines.index(next(line for line in lines if "ours, not in the paper" in line)) > lines.index(final)
    assert "virtual recitals" in text
    assert "- a note" in text
    table = [line for line in lines if line.startswith("|")]
    assert len({len(line) for line in table}) == 1  # columns line up in a terminal


def test_seeds_become_mean_and_deviation():
    text = render("table1", results((0, 1, 2)), Heading("Table 1", "d", "smoke", (0, 1, 2), "b", 16))
    assert "8.00 ± 1.00" in text
    assert text.count("| Final ours") == 1
