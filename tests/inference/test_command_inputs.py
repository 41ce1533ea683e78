"""What people give the command: pipes, addresses, samples without a header, names that are no easy words."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import types
import wave

import numpy as np
import pytest

from audio_to_body.skeleton.motion import load_motion
from audio_to_body.sound.ffmpeg import ffmpeg_path
from tests.inference.test_command import run
from tests.preprocessing.published.web_server import serving

needs_pipes = pytest.mark.skipif(sys.platform == "win32", reason="named pipes")


@pytest.fixture
def asked(violin_model, tmp_path):
    return ("--model", violin_model, "--out", tmp_path / "out", "--formats", "npz")


def feeding(path, data: bytes) -> threading.Thread:
    thread = threading.Thread(target=lambda: path.write_bytes(data))
    thread.start()
    return thread


@needs_pipes
def test_a_named_pipe_is_played(song, asked, tmp_path, capsys):
    os.mkfifo(tmp_path / "music")
    thread = feeding(tmp_path / "music", song.read_bytes())
    code, _, err = run(capsys, tmp_path / "music", *asked)
    thread.join()
    assert (code, err) == (0, "")
    run(capsys, song, *asked)
    piped, plain = (load_motion(tmp_path / "out" / name) for name in ("music.npz", "song.npz"))
    np.testing.assert_array_equal(piped.points, plain.points)


@needs_pipes
@pytest.mark.parametrize("name", ["-", "/dev/stdin", "/dev/fd/0"])
def test_standard_input_is_played(name, song, asked, tmp_path, repository):
    script = [sys.executable, str(repository / "infer_onnx.py"), name, *map(str, asked)]
    for given in ({"input": song.read_bytes()}, {"stdin": open(song, "rb")}):  # noqa: SIM115
        done = subprocess.run([*script, "--force"], capture_output=True, timeout=60, **given)
        assert (done.returncode, done.stderr) == (0, b"")
        assert len(load_motion(tmp_path / "out" / "stdin.npz")) == 56
        os.remove(tmp_path / "out" / "stdin.npz")


@needs_pipes
def test_an_empty_pipe_and_a_device_are_one_sentence(asked, tmp_path, capsys):
    os.mkfifo(tmp_path / "nothing")
    thread = feeding(tmp_path / "nothing", b"")
    assert run(capsys, tmp_path / "nothing", *asked)[2].endswith(
        "is empty (0 bytes); did the program before it fail?\n"
    )
    thread.join()
    assert "is a device and no sound" in run(capsys, "/dev/zero", *asked)[2]
    assert "is empty (/dev/null)" in run(capsys, os.devnull, *asked)[2]


def test_what_is_wrong_in_a_pipe_is_told_by_its_name(asked, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=io.BytesIO(b"no sound at all\n" * 500)))
    code, _, err = run(capsys, "-", *asked)
    assert code == 2
    assert err.startswith("error: standard input is not a sound or video file")


@pytest.mark.parametrize("kind", ["s16le", "s32le", "f32le"])
def test_samples_without_a_header_are_played_when_told(kind, song, asked, tmp_path, capsys):
    raw = tmp_path / f"{kind}.pcm"
    subprocess.run([ffmpeg_path(), "-v", "error", "-i", song, "-f", kind, "-ar", "44100", raw], check=True)
    described = ("--raw", "--rate", 44_100, "--channels", 2, "--samples", kind)
    code, _, err = run(capsys, raw, *described, *asked)
    assert (code, err) == (0, "")
    run(capsys, song, *asked, "--force")
    np.testing.assert_allclose(
        load_motion(tmp_path / "out" / f"{kind}.npz").points, load_motion(tmp_path / "out" / "song.npz").points
    )


def test_an_address_of_a_file_is_its_path(song, asked, tmp_path, capsys):
    assert run(capsys, song.as_uri(), *asked)[0] == 0
    assert (tmp_path / "out" / "song.npz").exists()


@pytest.mark.parametrize("by", ["yt-dlp", "itself"])
def test_an_address_is_fetched(by, song, asked, tmp_path, capsys, monkeypatch):
    if by == "itself":
        monkeypatch.setitem(sys.modules, "yt_dlp", None)
    else:
        pytest.importorskip("yt_dlp")
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "a%20song.wav").write_bytes(song.read_bytes())
    with serving(tmp_path / "web") as (address, _):
        code, _, err = run(capsys, f"{address}/a%20song.wav", *asked)
        assert (code, err) == (0, "")
        assert len(load_motion(tmp_path / "out" / "a song.npz")) == 56
        code, _, err = run(capsys, f"{address}/none.wav", f"{address}/a%20song.wav", *asked, "--force")
        assert code == 2
        assert f"{address}/none.wav could not be fetched" in err
        assert err.count("\n") == 1
    assert "cannot be fetched" in run(capsys, "ftp://example.org/a.wav", *asked)[2]


@pytest.mark.parametrize(
    "address", ["http://", "https://", "http://[::1", "http://localhost:99999/x", "http://:80/x"]
)
def test_a_mistyped_address_is_one_sentence_and_the_other_files_are_played(song, asked, address, tmp_path, capsys):
    code, _, err = run(capsys, address, str(song), *asked)
    assert code == 2
    assert f"error: {address} cannot be fetched" in err
    assert err.count("\n") == 1
    assert list((tmp_path / "out").glob("*.npz"))


def test_what_a_format_needs_is_missed_before_anything_is_played(song, asked, tmp_path, capsys, monkeypatch):
    """Not after a recording of an hour, with the other files already there."""
    import importlib.util

    found = importlib.util.find_spec
    lacking = {"panda3d", "pxr"}
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in lacking else found(name))
    for flags, said in (
        (["--render", "avatar", "--formats", "npz,mp4"], "Panda3D, which is not installed"),
        (["--formats", "npz,usdz"], "usd-core, which is not installed"),
        (["--formats", "npz,glb", "--avatar", "nobody.glb"], "nobody.glb does not exist"),
    ):
        code, _, err = run(capsys, str(song), *asked, *flags)
        assert code == 2
        assert said in err
        assert not list(tmp_path.rglob("*.npz"))


def test_the_first_command_says_what_is_missing(repository):
    """A Python without the packages, as somebody has who forgot to install them."""
    done = subprocess.run(
        [sys.executable, "-S", "-I", "infer_onnx.py", "audio.wav"], cwd=repository, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: the package numpy is not installed")
    assert done.stderr.count("\n") == 1


def test_a_file_whose_name_begins_with_a_dash(song, asked, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-dash.wav").write_bytes(song.read_bytes())
    assert run(capsys, "-dash.wav", *asked)[0] == 0
    assert (tmp_path / "out" / "-dash.npz").exists()


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names that are no text exist on Linux")
@pytest.mark.parametrize("language", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}])
def test_names_that_the_console_cannot_spell(language, song, asked, tmp_path, repository):
    names = [os.fsdecode("é 日本.wav".encode()), os.fsdecode(b"\xe9t\xe9.wav"), "after.wav"]
    for name in names:
        (tmp_path / name).write_bytes(song.read_bytes())
    script = [sys.executable, str(repository / "infer_onnx.py"), *names, *map(str, asked)]
    done = subprocess.run(
        script,
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        env={**os.environ, **language, "PYTHONCOERCECLOCALE": "0"},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(list((tmp_path / "out").iterdir())) == 3
    assert done.stdout.splitlines()[-1].endswith(b"after.npz")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of a shell")
def test_a_reader_who_leaves_does_not_stop_the_work(song, asked, tmp_path, repository):
    for name in ("a.wav", "b.wav", "c.wav"):
        (tmp_path / name).write_bytes(song.read_bytes())
    read_end, write_end = os.pipe()
    os.close(read_end)
    script = [sys.executable, str(repository / "infer_onnx.py"), *(str(tmp_path / f"{n}.wav") for n in "abc")]
    with os.fdopen(write_end, "wb") as gone:
        done = subprocess.run([*script, *map(str, asked)], stdout=gone, stderr=subprocess.PIPE, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_remarks_on_the_sound_reach_the_person_once(song, asked, tmp_path, capsys):
    with wave.open(str(song), "rb") as file:
        left = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)[:, 0]
    with wave.open(str(tmp_path / "phase.wav"), "wb") as file:
        file.setparams((2, 2, 44_100, 0, "NONE", ""))
        file.writeframes(np.stack([left, -left], axis=1).tobytes())
    code, _, err = run(capsys, tmp_path / "phase.wav", *asked, "--formats", "npz,csv")
    assert code == 0
    assert err.count("note: phase.wav: its channels cancel each other") == 1
    assert err.count("\n") == 1


@pytest.mark.parametrize("flags", [["--send", "ws"], ["--microphone", "3"], ["--no-preview"]])
def test_what_is_for_live_is_refused_without_it(song, asked, flags, capsys):
    code, _, err = run(capsys, str(song), *asked, *flags)
    assert code == 2
    assert f"{flags[0]} is for --live" in err
