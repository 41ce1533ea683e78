import numpy as np
import pytest

from preprocessing.augmentation import SPEED, articulate, vary
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


def tone(seconds=4.0):
    time = np.arange(int(seconds * AUDIO_RATE)) / AUDIO_RATE
    return np.sin(2 * np.pi * 440 * time).astype(np.float32)


def dip_at(sound, moment):
    """Level in dB of 10 ms at a moment against the 100 ms before."""
    at = int(moment * AUDIO_RATE)
    near, before = sound[at - 480 : at], sound[at - 5300 : at - 2200]
    return 20 * np.log10(np.sqrt(np.mean(near**2)) / np.sqrt(np.mean(before**2)))


def test_slurred_notes_get_a_seam_and_the_rest_stays():
    slurred = np.array([1.0, 2.0, 3.0])
    dips = []
    for seed in range(20):
        shaped = articulate(tone(), np.zeros(0), slurred, np.random.default_rng(seed))
        assert len(shaped) == len(tone())
        assert np.isfinite(shaped).all()
        dips += [dip_at(shaped, moment) for moment in slurred]
        assert abs(dip_at(shaped, 1.5)) < 1.0
    assert -6 < np.median(dips) < -1
    assert min(dips) < -5


def test_gaps_before_strokes_are_filled_in_part():
    sound = tone()
    at = int(2.0 * AUDIO_RATE)
    sound[at - 900 : at] *= 0.1
    dips = [dip_at(articulate(sound, np.array([2.0]), np.zeros(0), np.random.default_rng(s)), 2.0) for s in range(20)]
    assert -20 <= dip_at(sound, 2.0) < -19.5
    assert -18 < np.median(dips) < -8


def test_articulation_follows_its_generator_and_bears_notes_at_the_edges():
    one, two, other = (
        articulate(tone(), np.array([0.0, 3.999]), np.array([0.0, 4.0]), np.random.default_rng(seed))
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, two)
    assert np.abs(one - other).max() > 0.01
