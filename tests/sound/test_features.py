import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_to_body.skeleton.rates import AUDIO_RATE, steps_in
from audio_to_body.sound import features
from audio_to_body.sound.audio import rms_normalise
from audio_to_body.sound.librosa_features import librosa_features


def melody(seconds: float = 3.0, seed: int = 0) -> np.ndarray:
    """A few decaying tones over a little noise, 44.1 kHz mono, RMS 0 dB."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * AUDIO_RATE)) / AUDIO_RATE
    sound = 0.001 * rng.normal(size=len(t))
    for onset in np.arange(0, seconds, 0.25):
        hz = 440 * 2 ** (rng.integers(-12, 13) / 12)
        after = np.maximum(t - onset, 0)
        sound += (t >= onset) * np.exp(-4 * after) * np.sin(2 * np.pi * hz * after)
    return rms_normalise(sound.astype(np.float32))


# float32 mel power against librosa's: decibels of order 100, DCT sums of 128 of them
TOLERANCE = 5e-3
ROUNDING = 1e-3  # a matrix product of other height sums float32 in another order


@pytest.mark.parametrize("rate", [24, 48, 96, 144])
def test_numpy_agrees_with_librosa(rate):
    sound = melody()
    ours, reference = features.audio_features(sound, rate), librosa_features(sound, rate)
    assert ours.shape == (steps_in(len(sound), rate), 28)
    np.testing.assert_allclose(ours, reference, atol=TOLERANCE)


def test_agrees_with_librosa_end_to_end_where_the_hop_is_whole():
    librosa = pytest.importorskip("librosa")
    sound = melody()
    spectrum = librosa.feature.melspectrogram(
        y=sound,
        sr=AUDIO_RATE,
        n_fft=features.FFT_SAMPLES,
        win_length=features.WINDOW_SAMPLES,
        hop_length=735,  # 60 steps/s
        center=True,
        pad_mode="constant",
    )
    decibel = librosa.power_to_db(spectrum, amin=features.POWER_FLOOR, top_db=None)
    reference = librosa.feature.mfcc(S=decibel, n_mfcc=13).T
    ours = features.audio_features(sound, 60)
    np.testing.assert_allclose(ours[:, :13], reference[: len(ours)], atol=TOLERANCE)


def test_mel_filters_are_librosas():
    librosa = pytest.importorskip("librosa")
    reference = librosa.filters.mel(sr=AUDIO_RATE, n_fft=features.FFT_SAMPLES)
    np.testing.assert_allclose(features.mel_filters(), reference, atol=1e-7)


def test_windows_never_drift_over_an_hour():
    hour = np.array([96 * 3600])
    centre = features.frame_starts(hour, 96) + features.WINDOW_SAMPLES // 2
    assert centre[0] == 3600 * AUDIO_RATE


def test_rates_share_one_clock():
    sound = melody(1.0)
    slow, fast = features.audio_features(sound, 24), features.audio_features(sound, 96)
    np.testing.assert_allclose(slow[:, :14], fast[::4, :14], atol=ROUNDING)


@settings(max_examples=25, deadline=None)
@given(cut=st.integers(1, 287), seed=st.integers(0, 5))
def test_features_are_causal_but_for_half_a_window(cut, seed):
    """Sound later than half a window after a step cannot change it: what streaming relies on."""
    sound = melody(3.0, seed)
    whole = features.audio_features(sound, 96)
    heard = int(np.ceil(cut * AUDIO_RATE / 96)) + features.WINDOW_SAMPLES // 2 + 1
    partly = features.audio_features(sound[:heard], 96, steps=cut + 1)
    np.testing.assert_allclose(partly, whole[: cut + 1], atol=ROUNDING)


def test_loudness_is_the_log_mean_energy():
    t = np.arange(AUDIO_RATE) / AUDIO_RATE
    tone = np.sqrt(2) * np.sin(2 * np.pi * 960 * t)  # RMS 1; 40 whole periods a window
    energy = features.audio_features(tone.astype(np.float32), 96)[10:-10, 13]
    np.testing.assert_allclose(energy, 0.0, atol=2e-3)


def test_derivative_is_the_difference_to_the_step_before():
    table = features.audio_features(melody(1.0), 96)
    np.testing.assert_allclose(table[1:, 14:], np.diff(table[:, :14], axis=0), atol=1e-5)
    assert not table[0, 14:].any()
    static = table[:, :14]
    np.testing.assert_array_equal(features.with_derivative(static[7:], before=static[6]), table[7:])


def test_silence_is_finite_and_constant():
    table = features.audio_features(np.zeros(AUDIO_RATE, np.float32), 96)
    assert np.isfinite(table).all()
    assert np.ptp(table, axis=0).max() == 0


def test_steps_beyond_the_end_hear_silence():
    sound = melody(1.0)
    longer = features.audio_features(sound, 96, steps=120)
    padded = np.concatenate([sound, np.zeros(AUDIO_RATE, np.float32)])
    np.testing.assert_allclose(longer, features.audio_features(padded, 96)[:120], atol=ROUNDING)


@pytest.mark.parametrize("samples", [1, 100, 1837, 1838])
def test_sound_shorter_than_a_window(samples):
    table = features.audio_features(np.full(samples, 0.5, np.float32), 96)
    assert table.shape == (steps_in(samples, 96), 28)
    assert np.isfinite(table).all()


def test_no_samples_no_steps():
    assert features.audio_features(np.zeros(0, np.float32), 96).shape == (0, 28)
