import pytest

from audio_to_body.reproduce import experiment, runner
from audio_to_body.reproduce.__main__ import main
from audio_to_body.reproduce.budget import Budget, budget_of
from audio_to_body.reproduce.experiment import distance_note, reproduce_table
from audio_to_body.reproduce.forecast import training_seconds
from audio_to_body.reproduce.profiles import PROFILES, Profile, profile_named
from audio_to_body.reproduce.runner import table_tasks
from audio_to_body.skeleton.refusal import BadInput, run_command
from audio_to_body.tables.results import read_players, read_results
from tests.musician.made_hands import made_hands


@pytest.fixture
def quick(quick_table, monkeypatch, tmp_path):
    monkeypatch.setitem(experiment.TABLES, "table1", quick_table)
    monkeypatch.setitem(
        PROFILES, "quick", Profile("quick", {"violin": 1}, extra_rows=True, updates={"violin": 20}, lanes=18)
    )
    monkeypatch.setattr(runner, "RUNS", tmp_path / "runs")
    return tmp_path


def test_a_table_from_data_to_files(quick, dataset):
    said = []
    outcome = reproduce_table("table1", str(dataset.folder), "quick", seeds=2, results=quick, say=said.append)
    assert outcome.failures == {}
    csv_path, players, md_path = outcome.files
    assert csv_path.name == f"table1-{dataset.folder.name}-quick.csv"
    results = read_results(csv_path)
    assert [(r.row, r.seed) for r in results] == [
        ("No time delay", 0),
        ("No time delay", 1),
        ("Final ours", 0),
        ("Final ours", 1),
        ("Mean pose", 0),
        ("Ridge regression", 0),
    ]
    assert all(r.updates == 20 and r.lanes == 18 and r.choice == "last" for r in results if r.epochs)
    assert [(p.row, p.seed, p.player) for p in read_players(players)] == [(r.row, r.seed, "t0") for r in results]
    assert md_path.read_text() == outcome.text
    assert "±" in outcome.text
    assert "| Against Final ours, px" in outcome.text
    assert "6 trainings" in said[0]
    assert "hours here" in said[1]


def test_command_reports_and_its_exit_code_tells(quick, dataset, capsys):
    flags = ["table1", "--data", str(dataset.folder), "--profile", "quick", "--results", str(quick)]
    assert run_command(main, [*flags, "--rows", "Mean pose"]) == 0
    assert "| Mean pose" in capsys.readouterr().out
    for wrong, message in (
        (["--rows", "Upsample 9x"], "has no row 'Upsample 9x'"),
        (["--profile", "fast"], "unknown profile 'fast'"),
        (["--seeds", "none"], "SEEDS=none is not a number of seeds"),
        (["--data", "nowhere"], "DATA=nowhere is neither"),
        (["--scheduler", "cloud"], "unknown SCHEDULER 'cloud'"),
        (["--results", str(dataset.folder / "manifest.json")], "results cannot be written"),
    ):
        assert run_command(main, [*flags, *wrong]) == 2
        error = capsys.readouterr().err.strip().splitlines()[-1]
        assert error.startswith("error: ")
        assert message in error


def test_a_row_that_failed_is_told_and_the_exit_code_is_1(quick, dataset, capsys, monkeypatch, quick_table):
    from dataclasses import replace

    rows = (replace(quick_table.rows[0], changes={"upsample": 5}), quick_table.rows[1])
    monkeypatch.setitem(experiment.TABLES, "table1", replace(quick_table, rows=rows))
    flags = ["table1", "--data", str(dataset.folder), "--profile", "quick", "--results", str(quick)]
    assert run_command(main, flags) == 1
    told = capsys.readouterr()
    assert "not trained: No time delay (seed 0)" in told.err
    assert "| Final ours" in told.out


def test_a_budget_counts_updates_or_epochs(quick_table, dataset):
    final, size = quick_table.final, Profile("p", {"violin": 1}, extra_rows=True, updates={"violin": 40}, lanes=18)
    by_updates = budget_of(size, final, dataset)
    assert (by_updates.lanes, by_updates.updates) == (18, 40)
    by_epochs = budget_of(size, final, dataset, "epochs")
    assert (by_epochs.epochs, by_epochs.updates) == (by_updates.epochs, None)
    assert budget_of(size, final, dataset, "7").updates == 7
    # twice the epochs of "Final ours" are twice the updates of all
    twice = budget_of(size, final, dataset, epochs=2 * by_updates.epochs)
    assert twice.updates == pytest.approx(
        2 * budget_of(size, final, dataset, epochs=by_updates.epochs).updates, abs=1
    )
    paper = budget_of(profile_named("paper"), final, dataset)
    assert (paper.lanes, paper.epochs) == (100, 300)
    few = budget_of(profile_named("paper"), final, dataset, epochs=2, lanes=10)
    assert (few.lanes, few.epochs) == (10, 2)
    assert few.updates == pytest.approx(
        20 * budget_of(profile_named("paper"), final, dataset, epochs=1).updates, abs=20
    )
    assert "2 epochs of 10 lanes instead of 300 of 100" in distance_note(profile_named("paper"), few)[0]
    assert distance_note(profile_named("paper"), paper) == distance_note(size, by_updates) == []
    for wrong in ({"lanes": 0}, {"updates": "many"}, {"updates": "0"}, {"epochs": 0}, {"updates": "7", "epochs": 3}):
        with pytest.raises(BadInput, match=r"UPDATES|EPOCHS|LANES"):
            budget_of(size, final, dataset, **wrong)


def test_forecast_grows_with_epochs(quick_table, dataset):
    def forecast(epochs: int) -> float:
        tasks = table_tasks(quick_table, quick_table.rows, dataset, Budget(18, epochs), range(1), "forecast")
        return training_seconds(tasks, dataset)

    assert forecast(1000) > 5 * forecast(10) > 0  # timed anew each time on a busy machine: far apart on purpose


def test_human_hands_go_through_the_piano_table_with_epochs_of_their_own(quick, quick_table, monkeypatch):
    from dataclasses import replace

    piano = replace(quick_table, name="table2", final=replace(quick_table.final, instrument="piano", sequence=12))
    monkeypatch.setitem(experiment.TABLES, "table2", piano)
    monkeypatch.setitem(
        PROFILES,
        "quick",
        Profile("quick", {"piano": 1}, extra_rows=False, updates={"piano": 30}, lanes=16),
    )
    (quick / "data" / "pianomime").mkdir(parents=True)
    made_hands(quick / "data" / "pianomime" / "hands.npz", slices=3)
    monkeypatch.chdir(quick)
    outcome = reproduce_table("table2", "pianomime", "quick", results=quick, rows=["Final ours", "Mean pose"])
    assert outcome.failures == {}
    net, pose = read_results(outcome.files[0])
    assert outcome.files[0].name == "table2-pianomime-quick-rows.csv"
    assert (net.row, net.updates, net.seed, pose.updates) == ("Final ours", 30, 0, 0)
    for said in (
        "human pianists' hands, ",
        "30 updates of every row (",
        "seed 0",
        "12 measured points",
        "A pixel is a millimetre",
    ):
        assert said in outcome.text
    assert (quick / "data" / "pianomime" / "all" / "manifest.json").is_file()
