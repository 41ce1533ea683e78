"""Folders for results: made, removed where nothing came of them, and one writer's at a time."""

import os
import signal
import subprocess
import sys

import pytest

from audio_to_body.skeleton.folders import LOCK, output_folder, own_folder
from audio_to_body.skeleton.refusal import BadInput

HOLDER = """
import sys, time
from audio_to_body.skeleton.folders import own_folder
with own_folder(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_folder_that_nothing_was_written_into_is_gone_again(tmp_path):
    with output_folder(tmp_path / "a" / "b") as folder:
        assert folder.is_dir()
    assert not list(tmp_path.iterdir())
    with own_folder(tmp_path / "a" / "b") as folder:
        (folder / "net").write_text("")
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["net"]


@pytest.mark.parametrize("below", ["", "b", "b/c"])
def test_a_file_is_no_folder(below, tmp_path):
    (tmp_path / "a").write_text("precious")
    with pytest.raises(BadInput, match=r"a is a file; name a folder"), output_folder(tmp_path / "a" / below):
        pass
    assert (tmp_path / "a").read_text() == "precious"


@pytest.fixture
def holder(tmp_path, repository):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(repository), *sys.path])}
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_run_is_refused_in_a_sentence_that_names_the_first(holder, tmp_path):
    with pytest.raises(BadInput, match=rf"is being written by another run \(process {holder.pid}\); wait until"):
        own_folder(tmp_path).__enter__()
    assert (tmp_path / LOCK).exists()  # the first one's


def test_the_lock_of_a_dead_process_is_nobody_s(holder, tmp_path):
    holder.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    holder.wait(timeout=60)
    with own_folder(tmp_path), pytest.raises(BadInput, match=rf"process {os.getpid()}"):
        own_folder(tmp_path).__enter__()
    assert not list(tmp_path.iterdir())


def test_a_file_system_without_locks_is_written_all_the_same(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def without(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", without)
    with own_folder(tmp_path / "a") as folder:
        (folder / "net").write_text("")
