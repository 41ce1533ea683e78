"""The command as a person types it: ``python infer_onnx.py piece.mid``."""

from __future__ import annotations

import wave

import pytest

from audio_to_body.command_line import play as infer_onnx
from audio_to_body.command_line.play_score import is_score
from audio_to_body.scores.endings import MIDI_ENDINGS, MUSIC21_ENDINGS, XML_ENDINGS
from audio_to_body.skeleton.motion import load_motion
from audio_to_body.skeleton.refusal import run_command
from audio_to_body.sound.ffmpeg import probe
from audio_to_body.sound.sound_fonts import general_midi_font
from tests.scores.made import line, midi, music_xml, note, put, track, written


def run(capsys, *arguments) -> tuple[int, str, str]:
    code = run_command(infer_onnx.main, [str(a) for a in arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.fixture
def tune(tmp_path):
    return put(tmp_path, "tune.mid", midi(track(*line([67, 69, 71, 72]), name="Violin", program=40)))


@pytest.mark.skipif(general_midi_font() is None, reason="pretty_midi, which brings a font, is absent")
def test_a_score_becomes_motion_video_and_sound_of_one_length(tune, tmp_path, capsys):
    out = tmp_path / "out"
    code, told, err = run(capsys, tune, "--sound", "--formats", "mp4,npz,csv,json", "--out", out)
    assert code == 0
    assert "the violin plays it" in err
    assert "violin_notes.onnx" in told
    assert sorted(p.name for p in out.iterdir()) == ["tune.csv", "tune.mp4", "tune.npz", "tune.wav", "tune_json"]
    motion = load_motion(out / "tune.npz")
    with wave.open(str(out / "tune.wav")) as file:
        assert file.getnframes() == len(motion) * 44_100 // 24
    assert probe(out / "tune.mp4").duration == pytest.approx(motion.duration, abs=0.03)


def test_what_is_written_is_performed_by_the_instrument_that_is_named(tmp_path, capsys):
    score = put(tmp_path, "tune.musicxml", music_xml(["".join(written(60 + i) for i in range(4))] * 2, name="Flute"))
    code, _, err = run(
        capsys, score, "--instrument", "piano", "--tempo", "90", "--seed", "3", "--formats", "npz", "--out", tmp_path
    )
    assert (code, err) == (0, "")
    assert "keys_pressed" in load_motion(tmp_path / "tune.npz").tracks


def test_what_is_left_out_is_counted(tmp_path, capsys):
    low = put(tmp_path, "low.mid", midi(track(*line([40, 67, 69]), name="Violin")))
    code, _, err = run(capsys, low, "--formats", "npz", "--out", tmp_path)
    assert code == 0
    assert "1 of 3 notes are left out" in err


def test_a_refused_score_leaves_nothing_behind(tune, tmp_path, capsys):
    bass = midi(track(*note(30, 0, 1), name="Violin"))
    broken, low = put(tmp_path, "broken.mid", tune.read_bytes()[:-7]), put(tmp_path, "low.mid", bass)
    out = tmp_path / "out"
    code, _, err = run(capsys, broken, low, tune, "--formats", "npz", "--out", out)
    assert code == 2
    assert err.count("error:") == 2
    assert "lies within the range of the violin" in err
    assert [p.name for p in out.iterdir()] == ["tune.npz"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--part", "Oboe"], "has no part 'Oboe'; it has 1 'Violin'"),
        (["--tempo", "90"], "--tempo has nothing to set"),
        (["--seed", "-1"], "--seed is -1"),
        (["--faithful"], "plays sound, not notes"),
        (["--sound", "--sound-font", "no.sf2"], "there is no sound font"),
        (["--sound-font", "no.sf2"], "none is asked for"),
        (["--track", "2"], "--track is for sound"),
        (["--instrument", "cello"], "unknown instrument"),
        (["--live"], "--live plays sound as it comes"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, words, tune, tmp_path, capsys):
    code, _, err = run(capsys, tune, "--formats", "npz", "--out", tmp_path, *arguments)
    assert code == 2
    assert words in err


def test_flags_of_scores_are_refused_for_sound(tmp_path, capsys):
    code, _, err = run(capsys, tmp_path / "song.wav", "--part", "1")
    assert code == 2
    assert "--part is for scores" in err


def test_nothing_is_overwritten_unasked(tune, tmp_path, capsys):
    (tmp_path / "tune.wav").write_text("precious")
    code, _, err = run(capsys, tune, "--sound", "--formats", "npz", "--out", tmp_path)
    assert code == 2
    assert "--force" in err
    assert (tmp_path / "tune.wav").read_text() == "precious"
    assert not (tmp_path / "tune.npz").exists()


def test_the_command_knows_all_endings_that_are_read():
    for ending in (*MIDI_ENDINGS, *XML_ENDINGS, *MUSIC21_ENDINGS):
        assert is_score(f"piece{ending.upper()}")
    assert not is_score("piece.wav")
