"""Notes that are known are played: every key at its note, strokes where they begin, marks as they are written."""

from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.inference.score_playing import frames_of, levels_of, play_part
from audio_to_body.inference.session import load
from audio_to_body.models.key_presses import measured_presses
from audio_to_body.reproduce.bow_turns import strokes_begun, turn_agreement
from audio_to_body.scores.performing import bowed
from audio_to_body.scores.piece import Marks, Part
from audio_to_body.scores.playable import playable
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput


def part_of(rows, slurred=None, **marks):
    onset, end, pitch = (np.array(column, float) for column in zip(*rows))
    slurred = np.zeros(len(rows), bool) if slurred is None else np.array(slurred)
    written = Marks.none(len(rows))
    for name, values in {**marks, "slurred": slurred}.items():
        getattr(written, name)[:] = values
    return Part("part", -1, Notes(onset, end, pitch, stroke=~slurred), written)


def played(part, instrument):
    record = instrument_named(instrument)
    part = playable(part, record).part
    part = bowed(part) if record.bowed else part
    return part, play_part(part, load(instrument, "cpu"))


def frame(seconds):
    return int(np.floor(seconds * VIDEO_FPS + 0.5))


def four_parts(seed, seconds=30.0):
    """Four voices of their own pace, and chords now and then: what a pianist has to do."""
    rng = np.random.default_rng(seed)
    rows = []
    for low, high, pace in ((36, 55, 0.8), (48, 62, 0.5), (60, 74, 0.4), (67, 84, 0.25)):
        at = 0.5
        while at < seconds:
            length = pace * float(rng.choice([0.5, 1, 1, 2]))
            rows.append((at, at + 0.9 * length, int(rng.integers(low, high))))
            at += length
    return part_of(rows)


@pytest.mark.parametrize("seed", range(3))
def test_every_note_presses_its_key_and_nothing_else_does(seed):
    part, motion = played(four_parts(seed), "piano")
    struck = measured_presses(motion.tracks["keys_pressed"], part.notes)
    assert struck.frame.f1 >= 0.98
    assert struck.wrong_a_minute == 0


@pytest.mark.parametrize("seed", range(3))
def test_the_bow_turns_at_the_notes_that_begin_strokes(seed):
    rng = np.random.default_rng(seed)
    lengths = rng.choice([0.15, 0.2, 0.3, 0.4, 0.8], 150)
    onset = 0.5 + np.cumsum(lengths) - lengths
    slurred = rng.random(150) < 0.35
    gap = np.where(np.append(slurred[1:], False), 0.0, rng.choice([0.0, 0.03], 150))
    rows = list(zip(onset, onset + lengths - gap, rng.integers(55, 90, 150)))
    part, motion = played(part_of(rows, slurred=slurred), "violin")
    assert turn_agreement(strokes_begun(motion.tracks["bow_speed"]), part.notes).f1 >= 0.99


def test_a_portato_stays_under_its_slur():
    rows = [(0.5 + 0.4 * i, 0.9 + 0.4 * i, 69) for i in range(4)]
    _, motion = played(part_of(rows, slurred=[False, True, True, True]), "violin")
    assert len(strokes_begun(motion.tracks["bow_speed"])) == 0  # after the first


def test_the_bow_goes_as_it_is_written():
    rows = [(1.0 + 0.5 * i, 1.5 + 0.5 * i, 69 + i) for i in range(6)]
    bow = [-1, 0, 0, 1, 1, 0]  # up, down, up, down, down again, up
    part, motion = played(part_of(rows, bow=bow), "violin")
    ways = [np.sign(motion.tracks["bow_speed"][frame(o + 0.25)]) for o in part.notes.onset]
    assert ways == [-1, 1, -1, 1, 1, -1]
    assert motion.tracks["bow_lift"][frame(2.93) : frame(3.0)].max() > 0  # lifted between two down-bows


def test_strings_and_fingers_are_as_they_are_written():
    rows = [(1.0 + 0.6 * i, 1.6 + 0.6 * i, 69) for i in range(3)]
    _, motion = played(part_of(rows, string=[2, 1, 1], finger=[0, 4, -1]), "violin")
    string = [round(float(motion.tracks["string"][frame(1.3 + 0.6 * i)])) for i in range(3)]
    assert string == [2, 1, 1]
    rows = [(1.0 + 0.6 * i, 1.6 + 0.6 * i, 60 + i) for i in range(4)]
    for fingers in ([1, 2, 3, 4], [5, 4, 3, 2]):
        _, motion = played(part_of(rows, hand=[1] * 4, finger=fingers), "piano")
        keys = motion.tracks["keys_pressed"]
        pressed = [int(np.flatnonzero(keys[frame(1.1 + 0.6 * i)] == 60 + i)[0]) for i in range(4)]
        assert pressed == [4 + f for f in fingers]


def test_staves_are_hands():
    rows = [(1.0 + 0.5 * i, 1.5 + 0.5 * i, 62) for i in range(4)]
    for hand in (0, 1):
        _, motion = played(part_of(rows, hand=[hand] * 4), "piano")
        fingers = np.flatnonzero((motion.tracks["keys_pressed"] == 62).any(axis=0))
        assert (fingers // 5 == hand).all()


@pytest.mark.parametrize("instrument", ["violin", "piano"])
def test_blocks_of_half_a_minute_do_not_show(instrument, monkeypatch):
    rows = [(0.5 + 0.3 * i, 0.75 + 0.3 * i, 60 + 5 * i % 17) for i in range(150)]
    _, whole = played(part_of(rows), instrument)
    monkeypatch.setattr("audio_to_body.inference.score_playing.BLOCK_SECONDS", 7)
    part, parted = played(part_of(rows), instrument)
    assert len(whole) == frames_of(part)
    np.testing.assert_allclose(parted.points, whole.points, atol=1e-3)
    np.testing.assert_allclose(parted.tracks["loudness_db"], whole.tracks["loudness_db"])


def test_levels_follow_the_loudest_note():
    notes = Notes([0.0, 1.0], [1.0, 2.0], [60, 64], [32.0, 127.0])
    levels = levels_of(notes, 0, 60, 0.0)
    assert levels[30] - levels[6] == pytest.approx(40 * (127 - 32) / 127)
    assert levels[55] < -60
    np.testing.assert_allclose(np.concatenate([levels_of(notes, a, a + 20, 0.0) for a in (0, 20, 40)]), levels)


def test_a_net_that_plays_sound_refuses_notes():
    with pytest.raises(BadInput, match="plays sound, not notes"):
        play_part(part_of([(0, 1, 69)]), load("violin", "cpu", faithful=True))
