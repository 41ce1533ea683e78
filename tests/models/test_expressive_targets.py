import numpy as np
import pytest
from audio_to_body.models.expressive_targets import deviations, violin_targets
from audio_to_body.musician.bowing import BowHabits, plan_strokes
from audio_to_body.musician.fingering import stop_violin
from audio_to_body.musician.performance import Performance
from audio_to_body.skeleton.violin_targets import LOWEST, TARGET_NAMES, column, columns

RATE = 96.0


def music(onsets, ends, pitches, slurred=None):
    count = len(onsets)
    return Performance(
        onset=np.array(onsets, float),
        end=np.array(ends, float),
        pitch=np.array(pitches),
        velocity=np.full(count, 0.6),
        hand=np.zeros(count, np.int64),
        slurred=np.zeros(count, bool) if slurred is None else np.array(slurred),
        strength=np.ones(count),
        phrase=np.zeros(count, np.int64),
    )


def targets_of(played, steps=480, stretch=1.0):
    chord = np.concatenate([[False], np.diff(played.onset) < 0.03])
    strokes = plan_strokes(played, BowHabits(0.5, 1.0, 0.95), np.random.default_rng(0))
    return violin_targets(played, strokes, stop_violin(played.pitch, played.onset, chord), steps, RATE, stretch)


def test_pulses_stand_at_strokes_and_notes():
    table = targets_of(music([1.0, 1.5, 2.0], [1.5, 2.0, 2.6], [69, 71, 73], [False, True, False]))
    peaks = [np.flatnonzero(table[:, column(name)] > 0.97).tolist() for name in ("stroke", "note")]
    assert peaks == [[96, 192], [96, 144, 192]]
    assert table[:, column("stroke")].max() == pytest.approx(1.0)


def test_speed_has_no_sign_and_rests_are_silent():
    table = targets_of(music([1.0, 1.5, 2.0], [1.5, 2.0, 2.6], [69, 71, 73]))
    assert table[:, column("speed")].min() >= 0
    assert table[105:140, column("speed")].min() > 0.1
    assert not table[:90, column("sounding")].any()
    assert not table[:90, column("speed")].any()
    assert table[105:240, column("sounding")].all()
    assert not table[270:, column("sounding")].any()


def test_pitch_and_string_are_posteriors_of_what_sounds():
    table = targets_of(music([1.0, 1.0 + 1e-3], [2.0, 2.0], [62, 69]))
    own = table[150, columns("pitch")]
    assert set(np.flatnonzero(own) + LOWEST) == {62, 69}
    assert table[150, columns("string")].tolist() == [0, 0, 1, 0]  # the upper note leads
    np.testing.assert_array_equal(table[:, columns("string")].sum(axis=1), 1)


def test_a_slowed_sound_has_later_targets():
    played = music([1.0, 1.5], [1.5, 2.0], [69, 71])
    plain, slow = targets_of(played), targets_of(played, stretch=1.02)
    assert np.argmax(slow[:120, column("note")]) == pytest.approx(
        1.02 * np.argmax(plain[:120, column("note")]), abs=1
    )


def test_every_target_has_a_deviation():
    assert deviations().shape == (len(TARGET_NAMES),)
    assert (deviations() > 0).all()
    assert not targets_of(music([], [], [])).any()
