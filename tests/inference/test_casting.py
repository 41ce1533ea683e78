"""Nobody is named: who plays is heard in the sound, and told."""

from __future__ import annotations

import os
import wave
from pathlib import Path

import numpy as np
import pytest

from audio_to_body.command_line import play
from audio_to_body.inference.casting import told
from audio_to_body.inference.live.sources import beginning_of
from audio_to_body.inference.notes.guess import Guess
from audio_to_body.preprocessing.virtual.plans import RecitalPlan
from audio_to_body.preprocessing.virtual.recitals import make_recital
from audio_to_body.skeleton.motion import load_motion
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.skeleton.refusal import run_command
from tests.inference.conftest import write_wave

SECONDS = 8.0


def struck(pitches: list[int]) -> np.ndarray:
    """Notes of 0.4 s over a bass: strings that die away, the high harmonics first."""
    rng = np.random.default_rng(0)
    sound = 2e-4 * rng.standard_normal(round(SECONDS * AUDIO_RATE))
    time = np.arange(round(0.4 * AUDIO_RATE)) / AUDIO_RATE
    shape = np.minimum(1, time / 0.004) * np.minimum(1, (0.4 - time) / 0.02)
    for number in range(int(SECONDS / 0.4)):
        first = round(0.4 * number * AUDIO_RATE)
        for low in (0, -19, -24):
            phase = 2 * np.pi * 440 * 2 ** ((pitches[number % len(pitches)] + low - 69) / 12) * time
            made = sum(np.sin(k * phase) * np.exp(-(1.5 + k) * time) / k**1.3 for k in range(1, 12)) * shape
            sound[first : first + len(made)] += 0.12 * made[: len(sound) - first]
    return sound.astype(np.float32)


def bowed() -> np.ndarray:
    """A sampled violin."""
    return make_recital(RecitalPlan("casting", "violin", "test", SECONDS, 3, 0)).sound.mean(axis=0)


@pytest.fixture(scope="module")
def sounds(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sounds")
    rng = np.random.default_rng(1)
    made = {
        "bowed": bowed(),
        "struck": struck([60, 64, 67, 72, 71, 67, 62, 65]),
        "hiss": (0.05 * rng.standard_normal(3 * AUDIO_RATE)).astype(np.float32),
        "silence": np.zeros(2 * AUDIO_RATE, np.float32),
    }
    for name, sound in made.items():
        write_wave(folder / f"{name}.wav", sound)
    return {name: folder / f"{name}.wav" for name in made}


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = run_command(play.main, [str(argument) for argument in arguments])
    told_all = capsys.readouterr()
    return code, told_all.out, told_all.err


def test_each_of_several_files_gets_the_musician_that_is_heard(capsys, sounds, tmp_path):
    asked = (sounds["bowed"], sounds["struck"], "--formats", "npz", "--out", tmp_path)
    code, out, err = run(capsys, *asked)
    assert code == 0
    assert load_motion(tmp_path / "bowed.npz").skeleton.instrument == "violin"
    assert load_motion(tmp_path / "struck.npz").skeleton.instrument == "piano"
    assert "note: bowed.wav: a violin is heard, and a violinist plays it (--instrument names another)" in err
    assert "note: struck.wav: a piano is heard, and a pianist plays it (--instrument names another)" in err
    assert out.count("served by") == 2


def test_who_is_named_plays_whatever_is_heard(capsys, sounds, tmp_path):
    code, _, err = run(capsys, sounds["struck"], "--instrument", "violin", "--formats", "npz", "--out", tmp_path)
    assert code == 0
    assert load_motion(tmp_path / "struck.npz").skeleton.instrument == "violin"
    assert "heard" not in err


@pytest.mark.parametrize(("name", "said"), [("hiss", "no solo violin or piano heard"), ("silence", "who waits")])
def test_where_no_instrument_is_heard_somebody_plays_and_one_remark_says_so(name, said, capsys, sounds, tmp_path):
    code, _, err = run(capsys, sounds[name], "--formats", "npz", "--out", tmp_path)
    assert code == 0
    assert (tmp_path / f"{name}.npz").is_file()
    assert err.count(said) == 1
    assert ("plays" in err) == (name == "hiss") or "nothing is played" in err  # not both


def test_of_a_sound_that_is_too_short_nothing_else_is_said(capsys, tmp_path):
    code, _, err = run(capsys, write_wave(tmp_path / "click.wav", np.full(1, 0.1)), "--out", tmp_path / "out")
    assert code == 2
    assert err.startswith(f"error: {tmp_path / 'click.wav'} is shorter than one frame (0.0 ms of 41.7 ms)")
    assert err.count("\n") == 1


def test_the_papers_net_of_what_is_heard(capsys, sounds, tmp_path):
    code, out, _ = run(capsys, sounds["struck"], "--faithful", "--formats", "npz", "--out", tmp_path)
    assert code == 0
    assert "piano.onnx (piano, faithful)" in out


@pytest.mark.parametrize(("name", "instrument"), [("bowed", "violin"), ("struck", "piano")])
def test_a_file_that_is_played_live_is_listened_to_before(name, instrument, capsys, sounds, monkeypatch):
    monkeypatch.setattr("audio_to_body.inference.live.sources.time.sleep", lambda seconds: None)
    code, _, err = run(capsys, sounds[name], "--live", "--send", "jsonl", "--no-preview")
    assert code == 0
    assert f"note: a {instrument} is heard" in err
    assert f"({instrument}, expressive) served by" in err


def test_live_without_a_sound_to_look_ahead_in_a_violinist_plays_and_is_told(capsys, sounds, monkeypatch):
    with wave.open(str(sounds["struck"])) as file:
        samples = file.readframes(AUDIO_RATE)
    reading, writing = os.pipe()
    with open(writing, "wb", closefd=True) as pipe:
        pipe.write(samples[:40_000])
    with open(reading, "rb") as given:
        monkeypatch.setattr("sys.stdin", type("Input", (), {"buffer": given, "fileno": given.fileno})())
        code, _, err = run(capsys, "-", "--live", "--raw", "--send", "jsonl", "--no-preview")
    assert code == 0
    assert "note: no instrument is named: a violin plays" in err
    assert "(violin, expressive) served by" in err


def test_the_beginning_of_a_file_is_its_beginning(sounds):
    start = beginning_of(sounds["bowed"], 2.0)
    assert len(start) == 2 * AUDIO_RATE
    whole = beginning_of(sounds["bowed"], 100.0)
    assert len(whole) == round(SECONDS * AUDIO_RATE)
    assert np.array_equal(start, whole[: len(start)])


def test_what_is_told():
    sure = Guess("piano", {"piano": 0.99, "violin": 0.0, "none": 0.01})
    assert told(sure) == "a piano is heard, and a pianist plays it (--instrument names another)"
    neither = Guess(None, {"piano": 0.1, "violin": 0.2, "none": 0.7})
    assert told(neither).startswith("no solo violin or piano heard; a violinist plays what there is")
