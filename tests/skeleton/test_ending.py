"""Told to end, a command removes what it has not finished, and so do its workers."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from audio_to_body.skeleton.ending import EXIT_TERMINATED, ended_gently
from audio_to_body.skeleton.refusal import EXIT_INTERRUPTED

PROGRAM = """
import signal
import sys
from pathlib import Path
from audio_to_body.skeleton.refusal import run_command
from tests.skeleton.test_ending import {work}

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in a shell's background it would be ignored
    sys.exit(run_command({work}, Path(sys.argv[1])))
"""
PATIENCE = 60.0  # seconds

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to heed")


def unfinished(folder: Path) -> None:
    """Work that keeps what is not finished in a folder beside its output."""
    with tempfile.TemporaryDirectory(dir=folder):
        time.sleep(PATIENCE)


def beside_each_other(folder: Path) -> None:
    from audio_to_body.skeleton.workers import worker_pool

    with worker_pool(2) as pool:
        list(pool.map(unfinished, [folder] * 5))  # more than there are workers: those that wait are not begun


def wait_for(condition) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(("work", "begun"), [(unfinished, 1), (beside_each_other, 2)])
@pytest.mark.parametrize(
    ("told", "code"), [(signal.SIGTERM, EXIT_TERMINATED), (signal.SIGINT, EXIT_INTERRUPTED)], ids=["kill", "Ctrl-C"]
)
def test_what_is_not_finished_is_removed(work, begun, told, code, tmp_path, repository):
    program, folder = tmp_path / "program.py", tmp_path / "folder"
    program.write_text(PROGRAM.format(work=work.__name__))
    folder.mkdir()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(repository), *sys.path])}
    command = [sys.executable, str(program), str(folder)]
    alone = {"env": environment, "start_new_session": True}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **alone) as process:
        wait_for(lambda: len(list(folder.iterdir())) == begun or process.poll() is not None)
        if told == signal.SIGINT:
            os.killpg(process.pid, told)  # as a terminal does: the workers hear it, too
        else:
            process.send_signal(told)
        said = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == code, said
    assert said.count("\n") == 1, said
    assert not list(folder.iterdir())


def test_a_handler_of_somebody_else_s_is_left_alone():
    heard = []
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append("told"))
    try:
        with ended_gently():
            os.kill(os.getpid(), signal.SIGTERM)
        assert heard == ["told"]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_thread_that_hears_no_signals_works_all_the_same():
    done = []

    def work() -> None:
        with ended_gently():
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]
