import json
import os
import pickle
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from audio_to_body.reproduce import runner
from audio_to_body.reproduce.budget import Budget
from audio_to_body.reproduce.runner import PROGRESS_FILE, RESULT_FILE, finished_row, run_row, run_table, table_tasks


@pytest.fixture
def tasks(quick_table, dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "RUNS", tmp_path / "runs")
    return table_tasks(
        quick_table, [*quick_table.rows, *quick_table.extra], dataset, Budget(18, 4, 40), range(1), "quick"
    )


def test_rows_are_trained_side_by_side_in_the_tables_order(tasks):
    outcomes, failures = run_table(tasks, "local", workers=2)
    assert failures == {}
    results = [outcome.result for outcome in outcomes]
    assert [r.row for r in results] == ["No time delay", "Final ours", "Mean pose", "Ridge regression"]
    assert [r.updates for r in results] == [40, 40, 0, 0]
    errors = {r.row: r.test for r in results}
    assert errors["Final ours"] < errors["Mean pose"]
    # a run in this process gives the same numbers as one in another
    again = run_row(replace(tasks[1], folder=tasks[1].folder + "-again")).result
    assert (again.train, again.valid, again.test) == (results[1].train, results[1].valid, results[1].test)


def test_a_cluster_gives_the_numbers_of_this_machine(tasks, tmp_path):
    distributed = pytest.importorskip("distributed")
    here, _ = run_table(tasks, "local", workers=2)
    elsewhere = [replace(task, folder=str(tmp_path / "cluster" / task.row)) for task in tasks]
    # a worker of two threads: they share one process, and must not share one net
    command = [sys.executable, "-m", "distributed.cli.dask_worker", "--no-nanny", "--nthreads", "2", "--no-dashboard"]
    with distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=None, protocol="tcp://") as cluster:
        worker = subprocess.Popen([*command, cluster.scheduler_address], stderr=subprocess.DEVNULL)
        try:
            there, failures = run_table(elsewhere, cluster.scheduler_address)
        finally:
            worker.kill()
            worker.wait()
    assert failures == {}
    for ours, theirs in zip(here, there):
        assert repr(replace(ours.result, seconds=0.0)) == repr(replace(theirs.result, seconds=0.0))  # NaN too


SITTING = """
import pickle, sys
from pathlib import Path
from audio_to_body.reproduce.runner import run_table

if __name__ == "__main__":
    run_table(pickle.loads(Path(sys.argv[1]).read_bytes()), "local", workers=2)
"""


def share(task) -> float:
    """How much of a row's training is done, as it has noted."""
    mark = Path(task.folder) / PROGRESS_FILE
    return float(mark.read_text()) if mark.exists() else 0.0


def test_a_table_that_is_killed_leaves_no_worker_and_goes_on_where_it_was(tasks, tmp_path, repository):
    long = replace(tasks[0].settings, updates=1000), replace(tasks[1].settings, updates=1000)
    nets = [replace(task, settings=settings) for task, settings in zip(tasks, long)]
    whole = [replace(task, folder=task.folder + "-whole") for task in nets]
    (tmp_path / "program.py").write_text(SITTING)
    (tmp_path / "tasks").write_bytes(pickle.dumps(nets))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(repository), *sys.path])}
    command = [sys.executable, str(tmp_path / "program.py"), str(tmp_path / "tasks")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as parent:
        deadline = time.monotonic() + 120
        while min(map(share, nets)) == 0.0 and time.monotonic() < deadline:
            time.sleep(0.01)
        parent.send_signal(signal.SIGKILL)
        parent.communicate(timeout=20)  # workers hold the output too: it ends only with the last of them
    reached = [share(task) for task in nets]
    assert min(reached) > 0.0
    assert max(reached) < 1.0
    time.sleep(1.0)
    assert [share(task) for task in nets] == reached
    assert not any((Path(task.folder) / RESULT_FILE).exists() for task in nets)
    resumed, failures = run_table(nets, "local", workers=2)
    assert failures == {}
    at_once, _ = run_table(whole, "local", workers=2)
    for ours, theirs in zip(resumed, at_once):
        assert replace(ours.result, seconds=0.0) == replace(theirs.result, seconds=0.0)


def test_a_finished_row_is_not_trained_again(tasks, monkeypatch):
    first = run_row(tasks[1])

    def forbidden(*args, **kwargs):
        raise AssertionError("trained again")

    monkeypatch.setattr("audio_to_body.models.training.train", forbidden)
    assert run_row(tasks[1]) == first


def test_a_result_of_other_settings_or_data_is_not_used(tasks):
    run_row(tasks[2])
    assert finished_row(tasks[2]) is not None
    assert finished_row(replace(tasks[2], settings=replace(tasks[2].settings, seed=5))) is None
    path = Path(tasks[2].folder) / RESULT_FILE
    saved = json.loads(path.read_text())
    saved["identity"]["manifest"]["settings"]["other"] = 1
    path.write_text(json.dumps(saved))
    assert finished_row(tasks[2]) is None
    path.write_text("{")
    assert finished_row(tasks[2]) is None


def test_one_row_that_fails_does_not_stop_the_others(tasks):
    broken = replace(tasks[0], settings=replace(tasks[0].settings, upsample=5))  # no features at 120 steps/s
    outcomes, failures = run_table([broken, tasks[2]], "local", workers=2)
    assert [outcome.result.row for outcome in outcomes] == ["Mean pose"]
    assert list(failures) == ["No time delay (seed 0)"]
    assert "120" in failures["No time delay (seed 0)"]
