"""Workers end with the process that started them, also when that is killed outright."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from audio_to_body.skeleton.workers import SPAWN, started_worker, worker_pool

# Workers inherit their parent's standard output: it is at its end only when all of them are gone.
PARENTS = {
    "a pool": """
        with worker_pool(2) as pool:
            list(pool.map(labour, [folder / "0", folder / "1"]))
    """,
    "a forked pool": """
        with worker_pool(2, fork=True) as pool:
            list(pool.map(labour, [folder / "0", folder / "1"]))
    """,
    "an idle pool": """
        pool = worker_pool(2)
        list(pool.map(touch, [folder / "0", folder / "1"]))
        time.sleep(120)
    """,
    "workers of their own": """
        for name in "01":
            started_worker(labour, folder / name)
        time.sleep(120)
    """,
}
PROGRAM = """
import sys, time
from pathlib import Path
from tests.skeleton.test_workers import labour, touch
from audio_to_body.skeleton.workers import started_worker, worker_pool

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    {body}
"""
GONE_WITHIN = 20.0  # seconds; a worker would go on for 60


def touch(path: Path) -> None:
    path.touch()
    time.sleep(0.5)  # long enough for the other worker to take the other task


def labour(path: Path) -> None:
    """A minute of arithmetic that never waits, as training does not."""
    touch(path)
    end = time.monotonic() + 60.0
    while time.monotonic() < end:
        sum(range(10_000))


def number(answers) -> None:
    answers.put(7)


def begun(folder: Path, process: subprocess.Popen) -> bool:
    return process.poll() is not None or len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("kind", PARENTS)
@pytest.mark.parametrize("killed", [signal.SIGKILL, signal.SIGTERM], ids=["SIGKILL", "SIGTERM"])
def test_workers_end_when_their_parent_is_killed(kind, killed, tmp_path, repository):
    program, folder = tmp_path / "program.py", tmp_path / "begun"
    folder.mkdir()
    body = "\n    ".join(line[8:] for line in PARENTS[kind].strip("\n").rstrip().split("\n"))
    program.write_text(PROGRAM.format(body=body))
    path = os.pathsep.join([str(repository), *sys.path])
    command = [sys.executable, str(program), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}) as parent:
        deadline = time.monotonic() + 60.0
        while not begun(folder, parent) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert parent.poll() is None
        assert len(list(folder.iterdir())) == 2
        parent.send_signal(killed)
        started = time.monotonic()
        parent.communicate(timeout=GONE_WITHIN)  # raises where a worker still holds the output
    assert parent.returncode == -killed
    assert time.monotonic() - started < GONE_WITHIN


def test_workers_work_while_their_parent_lives():
    answers = SPAWN.Queue()
    process = started_worker(number, answers)
    assert answers.get(timeout=60) == 7
    process.join(timeout=60)
    assert process.exitcode == 0
    with worker_pool(2) as pool:
        assert list(pool.map(abs, [-1, 2, -3])) == [1, 2, 3]
