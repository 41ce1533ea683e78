"""What the repository says of its tables follows from the files of errors that stand in it."""

from __future__ import annotations

import re
import statistics
from pathlib import Path

import pytest

from audio_to_body.tables.claims_page import page
from audio_to_body.tables.comparison import Comparison
from audio_to_body.tables.differences import render_differences
from audio_to_body.tables.expected import misses, read_expected
from audio_to_body.tables.rendering import Heading, render
from audio_to_body.tables.results import read_results

TABLES = Path(__file__).resolve().parent.parent.parent / "tables"
RESULTS, EXPECTED = TABLES / "results", TABLES / "expected"
FILES = sorted(
    path for path in RESULTS.glob("table?-*.csv") if not path.stem.endswith(("-players", "-smoke", "-rows"))
)
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
# a table is written from all digits, its file of errors holds three behind the point: the last digit shown may differ
ROUNDED = {0: 0.0, 1: 0.1001, 2: 0.0101}


def same_but_for_rounding(ours: str, theirs: str) -> bool:
    """Whether two lines of a table say the same, marks and widths of columns aside alike."""
    if NUMBER.sub("#", ours.replace(" ", "")) != NUMBER.sub("#", theirs.replace(" ", "")):
        return False
    pairs = zip(NUMBER.findall(ours), NUMBER.findall(theirs))
    return all(abs(float(a) - float(b)) <= ROUNDED[len(a.partition(".")[2])] for a, b in pairs)


def rows(text: str) -> list[str]:
    """Lines of tables and lists that hold numbers."""
    return [line for line in text.splitlines() if line.startswith("|") or "Spearman" in line]


def test_there_are_results():
    assert {path.stem for path in FILES} >= {"table1-virtual-default", "table2-virtual-default"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_table_follows_from_its_errors(path):
    table = path.stem.split("-")[0]
    compared = Comparison.read(table, path)
    anew = render(table, compared.results, Heading("", "", "", range(1), "", 0)) + render_differences(compared)
    committed = rows(path.with_suffix(".md").read_text(encoding="utf-8"))
    assert len(committed) == len(rows(anew))
    for ours, theirs in zip(committed, rows(anew)):
        assert same_but_for_rounding(ours, theirs), f"{ours}\n{theirs}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_players_make_the_test_error(path):
    """The mean over players, each counting by its frames, is the row's test error."""
    compared = Comparison.read(path.stem.split("-")[0], path)
    for result in compared.results:
        own = [p for p in compared.players if (p.row, p.seed) == (result.row, result.seed)]
        for name, frames, whole in (("error", "frames", result.test), ("error_all", "frames_all", result.test_all)):
            counts = [getattr(p, frames) for p in own]
            mean = sum(getattr(p, name) * count for p, count in zip(own, counts)) / sum(counts)
            assert mean == pytest.approx(whole, abs=0.001), (result.row, result.seed)


@pytest.mark.parametrize("path", sorted(RESULTS.glob("claims-*.md")), ids=lambda path: path.stem)
def test_claims_are_those_of_the_tables(path):
    text, _ = page(path.stem.partition("-")[2], RESULTS)
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    "path", [path for path in FILES if (EXPECTED / path.name).exists()], ids=lambda path: path.stem
)
def test_results_are_as_expected(path):
    assert misses(read_results(path), read_expected(EXPECTED / path.name)) == []


@pytest.mark.parametrize(("instrument", "table"), [("violin", "table1"), ("piano", "table2")])
def test_the_readme_shows_the_results(instrument, table):
    readme = (TABLES.parent / "README.md").read_text(encoding="utf-8")
    (line,) = [line for line in readme.splitlines() if line.startswith(f"| {instrument}, final net |")]
    results = read_results(RESULTS / f"{table}-virtual-default.csv")

    def mean(row: str, part: str) -> float:
        return statistics.fmean(getattr(r, part) for r in results if r.row == row)

    shown = [float(cell) for cell in line.split("|")[2:-1]]
    wanted = [
        mean("Final ours", "valid"),
        *(mean(r, "test") for r in ("Final ours", "Mean pose", "Ridge regression")),
    ]
    assert shown == pytest.approx(wanted, abs=0.0051)


def test_a_number_or_a_mark_that_is_off_is_seen():
    line = "| PCA coeff = 5 | +0.08 [-0.46, +0.96] | 6 of 12 | 32.1 ± 4.2 |"
    assert same_but_for_rounding(line, line.replace("+0.96", "+0.97").replace("| +", "|   +"))
    for was, spoiled in (("+0.08", "+0.10"), ("6 of", "7 of"), ("32.1", "32.3"), ("]", "]*"), ("= 5", "= 6")):
        assert not same_but_for_rounding(line, line.replace(was, spoiled))
