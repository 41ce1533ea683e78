"""The command that counts what a body cannot do: a line for every sound, and a file only where none is named."""

from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.inference.live.warm_up import warm_up_sound
from audio_to_body.reproduce import body_limits as command
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.skeleton.refusal import run_command

SECONDS = 4.0


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    soundfile = pytest.importorskip("soundfile")
    path = tmp_path_factory.mktemp("sound") / "notes.wav"
    sound = warm_up_sound(SECONDS)
    soundfile.write(path, sound / np.abs(sound).max(), AUDIO_RATE)
    return path


def cells_of(printed: str, name: str) -> dict[str, str]:
    rows = [[cell.strip() for cell in row.strip("| ").split("|")] for row in printed.splitlines() if row[:1] == "|"]
    (line,) = (row for row in rows if row[0] == name)
    return dict(zip(rows[0], line))


@pytest.mark.parametrize("instrument", ["piano", "violin"])
def test_a_named_sound_is_measured_and_nothing_written(recording, instrument, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert run_command(command.main, [str(recording), "--instrument", instrument]) == 0
    found = cells_of(capsys.readouterr().out, "notes.wav")
    assert found["who"] == instrument
    assert 24 * SECONDS <= int(found["frames"]) <= 24 * (SECONDS + 1)
    assert 0 < float(found["wrist, widest step (mm)"]) < 500
    assert (found["tips beside keys"] == "–") == (instrument == "violin")
    assert (found["bow aslant (°)"] == "–") == (instrument == "piano")
    assert list(tmp_path.iterdir()) == []


def test_what_is_at_hand_is_written_beside_the_tables(monkeypatch, tmp_path, capsys, recording):
    monkeypatch.setattr(command, "sounds_at_hand", lambda shared: iter([("a piece", "piano", str(recording))]))
    out = tmp_path / "limits.md"
    assert run_command(command.main, ["--out", str(out)]) == 0
    assert cells_of(out.read_text(encoding="utf-8"), "a piece") == cells_of(capsys.readouterr().out, "a piece")


def test_a_named_file_is_not_written_over_unasked(monkeypatch, tmp_path, capsys, recording):
    monkeypatch.setattr(command, "sounds_at_hand", lambda shared: iter([("a piece", "piano", str(recording))]))
    out = tmp_path / "limits.md"
    out.write_text("mine")
    assert run_command(command.main, ["--out", str(out)]) == 2
    assert "--force" in capsys.readouterr().err
    assert out.read_text() == "mine"
    assert run_command(command.main, ["--out", str(out), "--force"]) == 0
    assert "a piece" in out.read_text(encoding="utf-8")
    assert run_command(command.main, ["--force"]) == 2


def test_an_instrument_without_a_sound_is_refused(capsys):
    assert run_command(command.main, ["--instrument", "piano"]) == 2
    assert "name one" in capsys.readouterr().err


def test_recordings_are_found_with_their_players(tmp_path):
    folder = tmp_path / "data" / "violin_real"
    folder.mkdir(parents=True)
    (folder / "study.ogg").touch()
    (folder / "study.notes.csv").touch()
    names = [(name, instrument) for name, instrument, _ in command.sounds_at_hand(tmp_path)]
    assert names == [("pizzicato", "violin"), ("boogie", "piano"), ("fugue", "piano"), ("study", "violin")]
