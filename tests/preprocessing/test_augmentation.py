import numpy as np
import pytest

from preprocessing.augmentation import SPEED, vary
from skeleton.rates import AUDIO_RATE


def clicks(seconds=2.0, every=0.25):
    """Short bursts; their sample numbers."""
    rng = np.random.default_rng(0)
    sound = np.zeros(int(seconds * AUDIO_RATE), np.float32)
    starts = (np.arange(0.25, seconds - 0.1, every) * AUDIO_RATE).astype(int)
    for start in starts:
        sound[start : start + 800] = rng.normal(size=800) * np.exp(-np.arange(800) / 150)
    return sound, starts


def test_the_same_generator_gives_the_same_variation():
    sound, _ = clicks()
    one, two, other = (vary(sound, np.random.default_rng(seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one.sound, two.sound)
    assert one.stretch == two.stretch
    assert other.stretch != one.stretch


@pytest.mark.parametrize("seed", range(6))
def test_moments_are_where_the_stretch_says(seed):
    sound, starts = clicks()
    varied = vary(sound, np.random.default_rng(seed))
    assert abs(varied.stretch - 1) <= SPEED + 1e-12
    assert len(varied.sound) == int(len(sound) * varied.stretch)
    assert np.isfinite(varied.sound).all()
    energy = np.convolve(np.square(varied.sound), np.ones(64) / 64, "same")
    for start in starts:
        moved = int(start * varied.stretch)
        before, after = energy[moved - 900 : moved - 64].mean(), energy[moved : moved + 800].mean()
        assert after > 2 * before  # the burst begins here: no filter delays or smears it forward


def test_speed_can_stay():
    sound, _ = clicks()
    varied = vary(sound, np.random.default_rng(0), speed=0.0)
    assert varied.stretch == 1.0
    assert len(varied.sound) == len(sound)
