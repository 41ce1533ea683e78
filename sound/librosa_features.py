"""The paper's 28 audio features computed with librosa: the reference that datasets of real recitals use."""

from __future__ import annotations

import numpy as np

from audio_to_body.skeleton.rates import AUDIO_RATE, steps_in
from audio_to_body.sound import features

_BLOCK_STEPS = 1024  # windows transformed at once


def librosa_features(samples: np.ndarray, rate: float, steps: int | None = None) -> np.ndarray:
    """The 28 features of a sound, with librosa's mel filters, decibels and MFCC.

    librosa frames a sound at a whole number of samples, which 24 frames/s (1,837.5) and 96 steps/s (459.375) are
    not; the windows are therefore cut by :func:`audio_to_body.sound.features.sound_windows`, the rest is librosa's.

    Parameters
    ----------
    samples : np.ndarray, float32 [samples]
        Mono sound at 44.1 kHz, RMS normalised.
    rate : float
        Steps per second.
    steps : int, optional
        By default those inside the sound.

    Returns
    -------
    np.ndarray, float32 [steps, 28]
    """
    count = steps_in(len(samples), rate) if steps is None else steps
    static = np.empty((count, features.STATIC_COUNT), np.float32)
    for first in range(0, count, _BLOCK_STEPS):
        block = np.arange(first, min(first + _BLOCK_STEPS, count))
        static[block] = librosa_static(features.sound_windows(samples, block, rate))
    return features.with_derivative(static)


def librosa_static(windows: np.ndarray) -> np.ndarray:
    """MFCC and log mean energy of windows of sound, as :func:`audio_to_body.sound.features.static_features`.

    Parameters
    ----------
    windows : np.ndarray, float32 [n, WINDOW_SAMPLES]

    Returns
    -------
    np.ndarray, float32 [n, 14]
    """
    import librosa
    from librosa.filters import get_window

    window = get_window("hann", features.WINDOW_SAMPLES)
    power = np.abs(np.fft.rfft(windows * window, n=features.FFT_SAMPLES, axis=-1)).T ** 2
    mel = librosa.feature.melspectrogram(S=power, sr=AUDIO_RATE, n_mels=features.MEL_BANDS)
    decibel = librosa.power_to_db(mel, amin=features.POWER_FLOOR, top_db=None)
    mfcc = librosa.feature.mfcc(S=decibel, n_mfcc=features.MFCC_COUNT).T
    energy = librosa.feature.rms(y=windows, frame_length=features.WINDOW_SAMPLES, center=False)[:, 0, 0] ** 2
    logarithm = np.log(np.maximum(energy, features.ENERGY_FLOOR))
    return np.concatenate([mfcc, logarithm[:, None]], axis=1, dtype=np.float32)
