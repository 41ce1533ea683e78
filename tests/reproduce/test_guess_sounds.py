"""The sounds that are neither instrument."""

from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.reproduce.guess_sounds import CLIP_SECONDS, steady_noise
from audio_to_body.sound.note_resampling import NOTE_RATE


@pytest.mark.parametrize("seed", range(6))
def test_steady_noise_is_as_long_and_as_loud_as_a_clip(seed):
    noise = steady_noise(np.random.default_rng(seed))
    assert noise.shape == (round(CLIP_SECONDS * NOTE_RATE),)
    assert noise.dtype == np.float32
    level = np.sqrt(np.square(noise, dtype=np.float64).mean())
    assert 0.0099 < level < 0.3001  # rounding of float32 beside the drawn bounds


def test_noises_are_of_many_colours_and_some_come_in_bursts():
    drawn = [steady_noise(np.random.default_rng(seed)).astype(np.float64) for seed in range(24)]
    power = [np.abs(np.fft.rfft(noise)) ** 2 for noise in drawn]
    high = [own[len(own) // 2 :].sum() / own.sum() for own in power]
    assert min(high) < 0.05  # brown
    assert max(high) > 0.35  # white has half of its power there
    tenths = [np.square(noise.reshape(-1, NOTE_RATE // 10)).mean(axis=1) for noise in drawn]
    unsteady = [own.max() / np.median(own) for own in tenths]
    assert 4 <= sum(ratio > 5 for ratio in unsteady) <= 20
