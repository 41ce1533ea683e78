"""A microphone's rate into ours: what comes out is the same sound, however it was cut."""

from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.sound.live_rate import LiveRate


def waves(rate: int, seconds: float = 0.5) -> np.ndarray:
    t = np.arange(round(seconds * rate)) / rate
    return np.stack([np.sin(2 * np.pi * 440 * t), 0.5 * np.cos(2 * np.pi * 2500 * t)]).astype(np.float32)


@pytest.mark.parametrize("rate", [48_000, 96_000, 192_000, 16_000, 8_000, 22_050, 44_056])
def test_the_sound_stays(rate):
    got = LiveRate(rate, 2).push(waves(rate))
    assert got.shape[1] == pytest.approx(0.5 * AUDIO_RATE, abs=150)
    inner = slice(300, got.shape[1] - 300)  # before its beginning the sound is cut off
    np.testing.assert_allclose(got[:, inner], waves(AUDIO_RATE)[:, : got.shape[1]][:, inner], atol=2e-3)


def test_pieces_do_not_matter():
    sound = waves(48_000)
    whole, parts = LiveRate(48_000, 2).push(sound), LiveRate(48_000, 2)
    pieces = [parts.push(piece) for piece in np.split(sound, [1, 7, 480, 481, 5000, 20_000], axis=1)]
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), whole, atol=1e-6)


def test_what_is_above_our_half_rate_does_not_fold_back():
    t = np.arange(48_000) / 96_000
    got = LiveRate(96_000, 1).push(np.sin(2 * np.pi * 30_000 * t)[None].astype(np.float32))
    assert np.abs(got[:, 500:-500]).max() < 1e-3
