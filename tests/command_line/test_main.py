"""``audio-to-body``: the list of commands, and each one's own help."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from audio_to_body import __version__
from audio_to_body.command_line import main as command
from audio_to_body.skeleton.motion import load_motion
from audio_to_body.skeleton.refusal import BadInput
from tests.inference.conftest import melody, write_wave

HEAVY = ("onnxruntime", "torch", "caffe2", "cv2", "librosa", "pandas")


@pytest.fixture
def typed(monkeypatch):
    """Call the program as the installed script does."""

    def call(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["audio-to-body", *arguments])
        return command.main(list(arguments))

    return call


@pytest.mark.parametrize("name", command.COMMANDS)
def test_help_names_the_command_and_an_example_and_loads_nothing_heavy(name, tmp_path):
    script = (
        "import sys; from audio_to_body.command_line.main import main\n"
        f"sys.argv = ['audio-to-body', {name!r}, '--help']\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit as ended:\n    assert ended.code == 0\n"
        f"loaded = [m for m in {HEAVY} if m in sys.modules]\n"
        "assert not loaded, loaded\n"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith(f"usage: audio-to-body {name} ")
    assert f"example: audio-to-body {name} " in " ".join(told.stdout.split())


def test_help_lists_every_command(typed, capsys):
    with pytest.raises(SystemExit) as ended:
        typed("--help")
    assert ended.value.code == 0
    listed = capsys.readouterr().out
    for name, entry in command.COMMANDS.items():
        assert f"  {name} " in listed
        assert entry.does in listed


def test_version(typed, capsys):
    with pytest.raises(SystemExit):
        typed("--version")
    assert capsys.readouterr().out == f"audio-to-body {__version__}\n"


def test_the_package_runs_as_a_module(tmp_path):
    told = subprocess.run(
        [sys.executable, "-m", "audio_to_body", "--version"], capture_output=True, text=True, cwd=tmp_path, timeout=60
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout == f"audio-to-body {__version__}\n"


def test_unknown_command_is_refused_with_the_known_ones(typed):
    with pytest.raises(BadInput, match="no command 'dance'; there are play, prepare"):
        typed("dance")


def test_play_plays(typed, tmp_path, capsys):
    song = write_wave(tmp_path / "song.wav", melody(1.0))
    flags = ["--instrument", "violin", "--formats", "npz", "--out", str(tmp_path), "--quiet"]
    assert typed("play", str(song), *flags) == 0
    assert load_motion(tmp_path / "song.npz").layout == "violin"


def test_missing_package_is_one_sentence(typed, monkeypatch):
    monkeypatch.setitem(command.COMMANDS, "train", command.Command("caffe2_is_not_here", ""))
    with pytest.raises(BadInput, match=r"needs the package caffe2_is_not_here.*\[train\]"):
        typed("train", "x", "--out", "y")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to heed")
def test_play_that_is_told_to_end_leaves_no_temporary_folder(tmp_path, repository):
    out, rest = tmp_path / "out", tmp_path / "temporary"
    out.mkdir()
    rest.mkdir()
    environment = {**os.environ, "TMPDIR": str(rest), "PYTHONPATH": os.pathsep.join([str(repository), *sys.path])}
    command = [sys.executable, "-m", "audio_to_body", "play", "-", "--out", str(out)]
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, **pipes) as process:  # what is played never ends
        deadline = time.monotonic() + 60.0
        while not list(rest.iterdir()) and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.terminate()
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 143, said
    assert not [*rest.iterdir(), *out.iterdir()]
