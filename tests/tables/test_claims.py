import math

import pytest

from audio_to_body.skeleton.refusal import run_command
from audio_to_body.tables import claims_page
from audio_to_body.tables.claims import (
    BETTER,
    CLAIMS,
    FAILS,
    HOLDS,
    MISSING,
    NO_BETTER,
    OPEN,
    WORSE,
    Comparand,
    applies,
    joined,
    judge,
    paper_verdict,
    verdict_of,
)
from audio_to_body.tables.claims_page import main, page
from audio_to_body.tables.comparison import Comparison
from audio_to_body.tables.differences import render_differences
from audio_to_body.tables.intervals import Estimate
from audio_to_body.tables.paper import PAPER
from audio_to_body.tables.random_sequence import SPREAD, NoiseAnswer, noise_csv, noise_path, noise_share, read_noise
from audio_to_body.tables.results import players_path, results_path
from tests.tables.made_results import made, write


def about(low: float, high: float) -> Estimate:
    return Estimate((low + high) / 2, low, high, 12, 3)


@pytest.mark.parametrize(
    ("says", "low", "high", "verdict"),
    [
        (WORSE, 0.1, 1.0, HOLDS),
        (WORSE, -1.0, -0.1, FAILS),
        (WORSE, -0.1, 1.0, OPEN),
        (BETTER, -1.0, -0.1, HOLDS),
        (BETTER, 0.1, 1.0, FAILS),
        (NO_BETTER, 0.1, 1.0, HOLDS),
        (NO_BETTER, -0.3, 1.0, HOLDS),  # any gain is less than 2 % of 20 px
        (NO_BETTER, -0.5, 1.0, OPEN),
        (NO_BETTER, -0.5, -0.1, FAILS),
        (WORSE, math.nan, math.nan, OPEN),
    ],
)
def test_verdicts(says, low, high, verdict):
    assert verdict_of(says, about(low, high), 20.0) == verdict


def test_a_sentence_holds_as_a_whole():
    assert joined([HOLDS, HOLDS]) == HOLDS
    assert joined([HOLDS, OPEN]) == OPEN
    assert joined([HOLDS, OPEN, FAILS]) == FAILS
    assert joined([HOLDS, MISSING]) == MISSING
    assert joined([]) == MISSING


def test_every_claim_names_rows_of_the_paper():
    for claim in CLAIMS:
        for compared in claim.compared:
            assert any(applies(table, compared) for table in PAPER), compared
    # every row of both tables is spoken of
    named = {name for claim in CLAIMS[:-1] for c in claim.compared for name in (c.row, c.other)}
    assert named == {row.row for table in PAPER.values() for row in table}


def test_the_papers_own_numbers():
    def own(table: str, *compared: str) -> str:
        return paper_verdict(judge(Comparison(table, []), Comparand(*compared)))

    assert own("table1", "Frames not dropped", "Final ours", "test", WORSE) == HOLDS
    assert own("table2", "50% training data", "Final ours", "train", BETTER) == FAILS  # 6.94 against 6.52
    assert own("table1", "Final ours", "Dropout = 0", "test", NO_BETTER) == FAILS  # 8.31 against 9.03
    assert own("table1", "Frames not dropped", "Final ours", "test_all", WORSE) == ""


def test_claims_follow_the_numbers():
    effects = {"50% training data": 1.0, "No time delay": -1.0, "Dropout = 0": 0.0, "Final ours": 0.0}
    results = Comparison("table1", *made(effects, noise=0.02))
    worse = judge(results, Comparand("50% training data", "Final ours", "test", WORSE))
    assert (worse.verdict, worse.paper) == (HOLDS, (9.38, 8.31))
    assert judge(results, Comparand("50% training data", "Final ours", "train", BETTER)).verdict == FAILS
    assert judge(results, Comparand("No time delay", "Final ours", "test", WORSE)).verdict == FAILS
    assert judge(results, Comparand("Final ours", "Dropout = 0", "test", NO_BETTER)).verdict == HOLDS
    absent = judge(results, Comparand("Upsample 2x", "Final ours", "test", WORSE))
    assert absent.verdict == MISSING
    assert "'Upsample 2x'" in absent.reason


def noise_of(share: float) -> list[NoiseAnswer]:
    return [
        NoiseAnswer(seed, f"test-{p:03d}", share * (1 + 0.1 * p) * 4.0, 4.0, 1.0, 8.0)
        for seed in (0, 1, 2)
        for p in range(12)
    ]


def test_noise_round_trip_and_share(tmp_path):
    path = noise_path("table1", "virtual", "smoke", tmp_path)
    path.write_text(noise_csv(noise_of(0.25)))
    assert read_noise(path)[0] == noise_of(0.25)[0]
    assert len(read_noise(path)) == 36
    share = noise_share(read_noise(path))
    assert share.mean == pytest.approx(0.25 * 1.55)
    assert 0.3 < share.low < share.mean < share.high < 0.5
    assert noise_share(read_noise(path), SPREAD).mean == pytest.approx(1 / 8)


def test_the_page_says_what_holds_and_what_was_not_run(tmp_path, capsys):
    effects = {row.row: row.test - 8.31 for row in PAPER["table1"]}
    write(tmp_path, "table1", "virtual", effects, noise=0.01)
    noise_path("table1", "virtual", "smoke", tmp_path).write_text(noise_csv(noise_of(0.001)))
    assert run_command(main, ["--profile", "smoke", "--results", str(tmp_path)]) == 0
    text = (tmp_path / "claims-smoke.md").read_text()
    told = capsys.readouterr()
    assert text in told.out
    lines = {line.split("|")[1].strip(): line.split("|") for line in reversed(text.splitlines()) if "|" in line}
    half = lines["... but the test error is larger"]
    assert half[3].strip() == "1 of 1"
    assert half[5].strip() == "**holds**"
    assert half[6].strip() == half[7].strip() == "not run"
    assert "fails" in lines["Using dropout does not improve results"][5]
    assert lines["A random sequence shows no movement"][5].strip() == "**holds** (0%)"
    assert "piano, human hands: " in told.err
    assert "table2-pianomime-smoke.csv" in told.err
    assert str(tmp_path) not in text  # no path of this machine
    assert "violin, virtual recitals: " not in told.err  # nothing of it is missing
    order = [line for line in text.splitlines() if line.startswith("| violin, virtual recitals | 12 |")]
    assert len(order) == 1
    assert "+1.00" in order[0]


def test_noise_that_moves_a_net_fails_the_claim(tmp_path):
    write(tmp_path, "table1", "virtual", {"Final ours": 0.0, "Dropout = 0": 0.0})
    noise_path("table1", "virtual", "smoke", tmp_path).write_text(noise_csv(noise_of(0.3)))
    text, missing = page("smoke", tmp_path)
    assert "**fails** (46%)" in text
    assert any("'Upsample 2x'" in reason for reason in missing)


def test_results_of_another_form_are_named(tmp_path):
    (tmp_path / "table2-virtual-smoke.csv").write_text("row,test\nFinal ours,20\n")
    _, missing = page("smoke", tmp_path)
    assert (
        "piano, virtual recitals: table2-virtual-smoke.csv was made by an earlier version; train the table first "
        "(make table1 or make table2)"
    ) in missing


@pytest.mark.parametrize("left", ["Seq. length = 200", "Final ours"])
def test_a_row_without_players_was_not_run_and_the_page_goes_on(left, tmp_path):
    effects = {row.row: row.test - 8.31 for row in PAPER["table1"]}
    write(tmp_path, "table1", "virtual", effects, noise=0.01)
    path = players_path(results_path("table1", "virtual", "smoke", tmp_path))
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if left not in line))
    text, missing = page("smoke", tmp_path)
    assert f"violin, virtual recitals: table1 has no test error of '{left}'; train it (make table1)" in missing
    assert ("**holds**" in text) == (left != "Final ours")
    order = [line for line in text.splitlines() if line.startswith("| violin, virtual recitals | ")]
    assert [line.split("|")[2].strip() for line in order] == ["11 to 12"]
    compared = Comparison.read("table1", results_path("table1", "virtual", "smoke", tmp_path))
    assert (render_differences(compared) == "") == (left == "Final ours")


def test_one_seed_is_said(tmp_path):
    write(tmp_path, "table1", "virtual", {"Final ours": 0.0, "No time delay": 1.0}, seeds=(0,))
    text, _ = page("smoke", tmp_path)
    assert "violin, virtual recitals (one seed)" in text
    assert claims_page.ONE_SEED in text
    write(tmp_path, "table1", "virtual", {"Final ours": 0.0, "No time delay": 1.0})
    assert claims_page.ONE_SEED not in page("smoke", tmp_path)[0]


def test_no_folder_is_refused(tmp_path, capsys):
    assert run_command(main, ["--results", str(tmp_path / "none")]) == 2
    assert "is no folder of results" in capsys.readouterr().err
