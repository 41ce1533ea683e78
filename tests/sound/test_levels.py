"""Channels that cancel, constants, and sound that holds nothing."""

from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.sound.audio import decode_sound, rms_gain, sound_of
from audio_to_body.sound.levels import Levels, taken
from tests.sound.test_audio import tone, write_wav


def test_plain_sound_is_taken_as_it_is():
    sound = tone(2.0, AUDIO_RATE).astype(np.float32)
    ready = sound_of(sound)
    assert ready.remarks == ()
    np.testing.assert_array_equal(ready.samples, (sound[0] + sound[1]) * np.float32(0.5))
    assert ready.gain == pytest.approx(rms_gain(sound), rel=1e-12)


@pytest.mark.parametrize("balance", [-1.0, -0.9, -1.1])
def test_channels_that_cancel_leave_one(balance, tmp_path):
    left = tone(2.0, AUDIO_RATE)[0]
    write_wav(tmp_path / "a.wav", np.stack([left, balance * left]), AUDIO_RATE)
    sound = decode_sound(tmp_path / "a.wav")
    louder = left if abs(balance) <= 1 else balance * left
    np.testing.assert_allclose(sound.samples, louder, atol=1e-4)
    assert sound.gain * np.sqrt(np.mean(np.square(sound.samples))) == pytest.approx(1.0, abs=1e-3)
    assert "cancel each other" in sound.remarks[0]


def test_wide_stereo_is_no_cancellation():
    rng = np.random.default_rng(0)
    wide = rng.normal(0, 0.1, (2, 2 * AUDIO_RATE)).astype(np.float32)
    wide[1] -= 0.7 * wide[0]
    assert sound_of(wide).remarks == ()


def test_a_constant_is_taken_away(tmp_path):
    music = tone(2.0, AUDIO_RATE, level=0.1)
    write_wav(tmp_path / "a.wav", music + 0.5, AUDIO_RATE)
    sound = decode_sound(tmp_path / "a.wav")
    assert sound.remarks == ("a constant offset of +0.500 of full scale was taken from it",)
    np.testing.assert_allclose(sound.samples, music.mean(axis=0), atol=1e-4)
    assert sound.gain == pytest.approx(rms_gain(music), rel=1e-3)


@pytest.mark.parametrize("kind", ["silence", "hiss", "constant"])
def test_what_holds_nothing_is_not_raised(kind, tmp_path):
    samples = np.zeros((2, 3 * AUDIO_RATE))
    if kind == "hiss":
        samples += np.random.default_rng(3).normal(0, 1.1e-4, samples.shape)  # -79 dB
    if kind == "constant":
        samples += 0.25
    write_wav(tmp_path / "a.wav", samples, AUDIO_RATE)
    sound = decode_sound(tmp_path / "a.wav")
    assert sound.gain == 1.0
    assert len(sound) == 3 * AUDIO_RATE
    assert not sound.samples.any()
    assert "nothing in it is louder than -60 dB" in sound.remarks[0]


def test_a_soft_recording_is_raised():
    """-55 dB in all, its loudest notes at -45: a field recorder with its gain turned down, and still music."""
    sound = tone(4.0, AUDIO_RATE, level=0.008)
    sound[:, AUDIO_RATE // 2 :] *= 0.05
    ready = sound_of(sound.astype(np.float32))
    assert ready.remarks == ()
    assert ready.gain == pytest.approx(rms_gain(sound.astype(np.float32)))


def test_blocks_do_not_matter():
    sound = tone(1.7, AUDIO_RATE, level=0.01) + np.array([[0.2], [0.1]])
    whole, parts = Levels(2), Levels(2)
    whole.add(sound)
    for part in np.array_split(sound, 13, axis=1):
        parts.add(part)
    assert parts.content().offset == pytest.approx(whole.content().offset)
    assert parts.content().gain == pytest.approx(whole.content().gain)
    assert taken(sound, whole.content()).mean() == pytest.approx(0, abs=1e-6)
