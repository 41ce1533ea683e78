import csv
from pathlib import Path

import pytest

pytest.importorskip("optuna")

from audio_to_body.reproduce import experiment, search, search_trials
from audio_to_body.reproduce.profiles import PROFILES, Profile
from audio_to_body.reproduce.search import main
from audio_to_body.reproduce.search_picture import importances, search_picture
from audio_to_body.reproduce.search_space import SPACE, space_on, suggested, with_parameters
from audio_to_body.reproduce.search_trials import TrialTask, in_state, open_study, run_trial, run_trials
from audio_to_body.skeleton.refusal import BadInput, run_command


@pytest.fixture
def quick(quick_table, monkeypatch, tmp_path):
    monkeypatch.setitem(experiment.TABLES, "table1", quick_table)
    size = Profile("quick", {"violin": 1}, extra_rows=True, updates={"violin": 25}, lanes=8)
    monkeypatch.setitem(PROFILES, "quick", size)
    monkeypatch.setattr(search, "RUNS", tmp_path / "runs")
    return tmp_path


def base(dataset):
    return search.prepared_search("table1", str(dataset.folder), "quick").caption


def test_an_interrupted_search_goes_on_at_the_trial_and_epoch(quick, dataset, monkeypatch):
    """Killed within a trial, the search ends that trial first, with the error of one that nobody killed."""
    settings = base(dataset)
    whole = TrialTask(str(quick / "whole"), "s", str(dataset.folder), settings, 0)
    assert "trained to the end" in run_trial(whole)
    (one,) = in_state(open_study(quick / "whole", "s"), "COMPLETE")

    killed = TrialTask(str(quick / "killed"), "s", str(dataset.folder), settings, 0)

    def interrupt(look, of):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(search_trials, "_percent", interrupt)  # asked for after the first epoch
        with pytest.raises(KeyboardInterrupt):
            run_trial(killed)
    study = open_study(quick / "killed", "s")
    (left,) = in_state(study, "RUNNING")
    assert left.params == one.params  # a trial draws the same numbers again
    assert (quick / "killed" / "trial-0000" / "checkpoint.npz").is_file()
    monkeypatch.setattr(search_trials, "run_tasks", lambda where, work, tasks, *more: enumerate(map(work, tasks)))
    assert run_trials(quick / "killed", "s", dataset, settings, 2, "local") == []
    ended = open_study(quick / "killed", "s")
    assert [trial.number for trial in in_state(ended, "COMPLETE", "PRUNED")] == [0, 1]
    assert ended.trials[0].value == one.value
    assert ended.trials[0].intermediate_values == one.intermediate_values
    assert run_trials(quick / "killed", "s", dataset, settings, 2, "local") == []  # nothing is left to do
    assert len(open_study(quick / "killed", "s").trials) == 2


def test_a_trial_that_is_behind_is_pruned(quick, dataset):
    study = open_study(quick / "pruned", "s")
    import optuna

    for _ in range(search_trials.PRUNE_AFTER_TRIALS):  # trials that were better from the start
        trial = study.ask()
        suggested(trial, base(dataset), space_on(dataset.manifest.rates))
        for percent in range(4, 101, 4):
            trial.report(0.5, percent)
        study.tell(trial, 0.4)
    settings = base(dataset)
    task = TrialTask(str(quick / "pruned"), "s", str(dataset.folder), settings, 9)
    assert "pruned at" in run_trial(task)
    (stopped,) = in_state(open_study(quick / "pruned", "s"), "PRUNED")
    assert stopped.state == optuna.trial.TrialState.PRUNED
    assert max(stopped.intermediate_values) < 100


def test_command_searches_confirms_and_draws(quick, dataset, capsys):
    import cv2

    flags = ["table1", "--data", str(dataset.folder), "--profile", "quick", "--workers", "2", "--confirm", "2"]
    flags += ["--results", str(quick / "results"), "--pictures", str(quick / "pictures")]
    assert run_command(main, [*flags, "--trials", "3"]) == 0
    text = capsys.readouterr().out
    name = f"search-table1-{dataset.folder.name}-quick"
    assert (quick / "results" / f"{name}.md").read_text() in text
    assert "3 trials (TPE)" in text
    assert "| PCA coeff | 4 |" in text  # the quick table's own final setting
    assert "| Loss | squared |" in text
    assert "Trained anew with seeds 1, 2" in text
    assert "found – the paper's" in text
    with open(quick / "results" / f"{name}.csv", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["trial"] for line in lines] == ["0", "1", "2"]
    assert {line["state"] for line in lines} <= {"complete", "pruned"}
    assert float(lines[0]["valid"]) > 0
    picture = cv2.imread(str(quick / "pictures" / f"{name}.png"))
    assert picture.std() > 5
    # a second call with as many trials trains none
    assert run_command(main, [*flags, "--trials", "3"]) == 0
    assert capsys.readouterr().out.count("trained to the end, valid") == 0
    assert run_command(main, ["table1", "--trials", "0"]) == 2


def test_a_damaged_journal_is_refused(quick, dataset, capsys):
    folder = Path(search.prepared_search("table1", str(dataset.folder), "quick").folder)
    folder.mkdir(parents=True)
    (folder / search_trials.JOURNAL).write_text("{broken\n{broken\n")
    flags = ["table1", "--data", str(dataset.folder), "--profile", "quick", "--results", str(quick)]
    assert run_command(main, flags) == 2
    assert "is no journal of a search" in capsys.readouterr().err


def test_the_paper_lies_inside_the_space(quick, dataset):
    import optuna

    from audio_to_body.reproduce.table1 import TABLE1
    from audio_to_body.reproduce.table2 import TABLE2

    for table in (TABLE1, TABLE2):
        for row in (*table.rows, *table.extra):
            values = {d.name: row.changes.get(d.name, getattr(table.final, d.name)) for d in SPACE}
            if values["sequence"] > 240 or values["components"] is None:
                continue
            trial = optuna.trial.FixedTrial(values)  # refuses what a dimension does not hold
            assert suggested(trial, table.final) == with_parameters(values, table.final)


def test_upsampling_is_searched_among_the_rates_of_the_dataset():
    import optuna

    study = optuna.create_study()
    for _ in range(30):
        trial = study.ask()
        assert suggested(trial, experiment.TABLES["table1"].final, space_on((48, 96))).upsample in (2, 4)
        study.tell(trial, 1.0)
    assert {trial.params["upsample"] for trial in study.trials} == {2, 4}
    with pytest.raises(BadInput, match=r"features at 48, 96, 144 steps/s"):
        space_on((24,))


def test_importance_names_the_setting_that_matters(tmp_path):
    study = open_study(tmp_path, "s")
    for _ in range(20):
        trial = study.ask()
        settings = suggested(trial, experiment.TABLES["table1"].final)
        study.tell(trial, 20 + 10 * settings.dropout)
    shares = importances(study)
    assert next(iter(shares)) == "dropout"
    assert sum(shares.values()) == pytest.approx(1)
    figure = search_picture(study, "made", caption=22.0)
    assert len(figure.axes) == 2
    assert importances(open_study(tmp_path / "empty", "s")) == {}
