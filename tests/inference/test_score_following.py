"""A recording and its score: the command, on sound that is made of other scores, and on real recordings."""

from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.inference.score_following import in_time, levels_of_sound
from audio_to_body.scores import sounding
from audio_to_body.scores.midi import midi_of
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.motion import load_motion
from audio_to_body.skeleton.rates import AUDIO_RATE, VIDEO_FPS, steps_in
from audio_to_body.sound.audio import decode_sound, sound_of
from audio_to_body.sound.note_alignment import Played
from audio_to_body.sound.sound_fonts import general_midi_font
from tests.inference.test_command import run
from tests.scores.made import line, midi, note, track

TUNE = [60, 64, 67, 72, 71, 67, 69, 65, 62, 64, 60, 67, 72, 76, 74, 71, 67, 69, 71, 72]
BASS = [48, 43, 45, 41, 43]
OTHER = [61, 63, 66, 70, 73, 66, 68, 61, 63, 70, 73, 75, 66, 68, 70, 61, 63, 66, 75, 73]


def piece(pitches=TUNE, length=0.8, name="piano"):
    """A tune over long bass notes; the tempo is in the lengths."""
    low = [m for i, p in enumerate(BASS) for m in note(p, 4 * i * length, (4 * i + 3.8) * length)]
    return midi(track(*line(pitches, length, 0.05), *low, name=name))


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """The piece as somebody played it, slower than it is written."""
    if general_midi_font() is None:
        pytest.skip("no General MIDI font is installed")
    path = tmp_path_factory.mktemp("recordings") / "recital.wav"
    part = midi_of(piece(length=1.0), "played").parts[0]
    seconds = float(part.notes.end.max()) + 1.0
    sounding.write_sound(part, instrument_named("piano"), round(seconds * AUDIO_RATE), path, sounding.font_of(None))
    return path, part


@pytest.fixture
def score(tmp_path):
    def write(data: bytes, name: str = "score.mid"):
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


def played(recording, tmp_path, capsys, *more):
    return run(capsys, recording, "--formats", "npz", "--out", tmp_path / "out", "--quiet", *more)


def pressed(motion):
    """Moments and pitches of keys that go down."""
    keys = motion.tracks["keys_pressed"]
    down = np.zeros((len(keys), 128), bool)
    for finger in keys.T:
        down[np.arange(len(keys)), finger] = True
    down[:, 0] = False
    down[1:] &= ~down[:-1]
    frames, pitches = np.nonzero(down)
    return frames / VIDEO_FPS, pitches


def test_the_scores_notes_are_pressed_when_they_sound(recording, score, tmp_path, capsys):
    path, part = recording
    code, _, err = played(path, tmp_path, capsys, "--instrument", "piano", "--score", score(piece()))
    assert code == 0
    assert "25 of the score's 25 notes are played" in err
    motion = load_motion(tmp_path / "out" / "recital.npz")
    assert len(motion.points) == steps_in(len(decode_sound(path)), VIDEO_FPS)
    times, pitches = pressed(motion)
    assert sorted(pitches) == sorted(part.notes.pitch)  # no key without a note, no note without a key
    for onset, pitch in zip(part.notes.onset, part.notes.pitch):
        assert np.abs(times[pitches == pitch] - onset).min() < 0.09


def test_another_piece_is_refused_and_nothing_is_written(recording, score, tmp_path, capsys):
    code, _, err = played(recording[0], tmp_path, capsys, "--instrument", "piano", "--score", score(piece(OTHER)))
    assert code == 2
    assert "is not a recording of" in err
    assert not (tmp_path / "out" / "recital.npz").exists()


def test_one_wrong_note_in_ten_is_forgiven(recording, score, tmp_path, capsys):
    wrong = list(TUNE)
    wrong[4], wrong[13] = wrong[4] - 1, wrong[13] + 2
    code, _, _ = played(recording[0], tmp_path, capsys, "--instrument", "piano", "--score", score(piece(wrong)))
    assert code == 0


def test_a_score_far_longer_than_the_sound_is_played_in_part(recording, score, tmp_path, capsys):
    longer = score(midi(track(*line(TUNE + OTHER * 20, 0.8, 0.05), name="piano")))
    code, _, err = played(recording[0], tmp_path, capsys, "--instrument", "piano", "--score", longer)
    assert code == 0
    assert "of the score's 420 notes" in err


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"RIFF", "score.mid", "is not a MIDI file"),
        (piece()[:40], "score.mid", "damaged MIDI|holds no notes"),
        (midi(track()), "score.mid", "holds no notes"),
        (b"<score", "score.musicxml", "score.musicxml"),
    ],
)
def test_what_is_no_score_is_one_sentence(recording, score, tmp_path, capsys, data, name, sentence):
    import re

    code, _, err = played(recording[0], tmp_path, capsys, "--instrument", "piano", "--score", score(data, name))
    assert code == 2
    errors = [text for text in err.splitlines() if "error" in text]
    assert len(errors) == 1
    assert re.search(sentence, errors[0])


def test_silence_is_no_recording_of_it(score, tmp_path, capsys):
    import wave

    with wave.open(str(tmp_path / "quiet.wav"), "wb") as file:
        file.setparams((1, 2, AUDIO_RATE, 0, "NONE", ""))
        file.writeframes(bytes(2 * 3 * AUDIO_RATE))
    code, _, err = played(
        tmp_path / "quiet.wav", tmp_path, capsys, "--instrument", "piano", "--score", score(piece())
    )
    assert code == 2
    assert "nothing of the score is heard" in err


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--live",), "leave --live out"),
        (("--faithful",), "--faithful nets play sound"),
        (("--tempo", "60"), "--tempo is for a score that is played alone"),
        (("--part", "9"), "has no part '9'"),
    ],
)
def test_flags_that_do_not_go_with_it(recording, score, tmp_path, capsys, more, sentence):
    code, _, err = played(recording[0], tmp_path, capsys, "--instrument", "piano", "--score", score(piece()), *more)
    assert code == 2
    assert sentence in err


def test_a_score_has_no_score(score, tmp_path, capsys):
    own = score(piece())
    code, _, err = played(own, tmp_path, capsys, "--score", own)
    assert code == 2
    assert "is a score itself" in err


def test_notes_take_the_recordings_time_and_end_before_their_key_is_struck_again():
    part = midi_of(midi(track(*line([60, 60, 64], 1.0), name="violin")), "m").parts[0]
    moments = Played(
        note=np.array([0, 1, 2, 0]),
        onset=np.array([1.0, 1.5, 1.54, 3.0]),
        end=np.array([1.6, 1.9, 2.5, 9.0]),
        velocity=np.array([0.2, 0.9, 0.9, 0.4]),
        sure=np.array([0.9, 0.1, 0.9, 0.9]),
        chord=np.array([0, 1, 1, 2]),
        sections=[],
    )
    found = in_time(part, moments, 4.0, instrument_named("violin")).notes
    np.testing.assert_array_equal(found.pitch, [60, 60, 64, 60])
    np.testing.assert_allclose(found.onset, [1.0, 1.5, 1.54, 3.0], atol=0.021)
    assert np.ptp(found.onset[1:3]) < 0.041
    assert found.end[0] < found.onset[1]
    assert found.end[3] == 4.0
    assert found.velocity[1] == pytest.approx(np.median([0.2, 0.9, 0.4]) * 127)  # unheard: the usual


def test_levels_are_those_of_the_sound_alone():
    loud = np.sin(np.arange(2 * AUDIO_RATE) * 0.05).astype(np.float32)
    sound = sound_of(np.concatenate([0.01 * loud, 0.1 * loud]))
    levels = levels_of_sound(sound)
    assert len(levels) == 4 * VIDEO_FPS
    assert np.median(levels[60:90]) - np.median(levels[10:40]) == pytest.approx(20.0, abs=0.5)


def test_a_real_recording_of_chopin_is_played_note_for_note(shared_data, tmp_path, capsys):
    folder = shared_data / "piano_real"
    written = folder / "chopin_op10_3_bars1-8.mid"
    if not written.is_file():
        pytest.skip("the Chopin is absent")
    code, _, err = played(folder / "chopin_igoshina.ogg", tmp_path, capsys, "--score", written)
    assert code == 0, err
    times, pitches = pressed(load_motion(tmp_path / "out" / "chopin_igoshina.npz"))
    truth = np.loadtxt(folder / "chopin_igoshina.csv", delimiter=",", skiprows=1)
    near = [np.abs(times[pitches == pitch] - onset).min() for onset, pitch in truth]
    assert len(times) <= len(truth)
    assert np.median(near) <= 0.05
    assert np.mean(np.array(near) < 0.1) > 0.9
