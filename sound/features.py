"""The paper's 28 audio features (Sec. 3.2) in numpy: 13 MFCC, log mean energy, and the derivative of those 14.

``audio_to_body.sound.librosa_features`` computes the same numbers with librosa; a test holds the two together. This
module is the one that inference uses: it needs numpy alone, and the same functions serve a whole file and a live
stream.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from audio_to_body.skeleton.rates import AUDIO_RATE, WINDOW_SECONDS, steps_in

MFCC_COUNT = 13  # Sec. 3.2: "the 13-D feature vector"
STATIC_COUNT = MFCC_COUNT + 1  # and "log mean energy for volume"
FEATURE_COUNT = 2 * STATIC_COUNT  # and "their temporal derivative": 28
WINDOW_SAMPLES = round(WINDOW_SECONDS * AUDIO_RATE)  # 1838
FFT_SAMPLES = 2048  # the next power of two
MEL_BANDS = 128  # librosa's default; the paper is silent
# The paper's toolbox floors spectra relative to a file's loudest bin (librosa: 80 dB below it), which a live stream
# cannot know. Sound normalised to 0 dB RMS has its loudest mel bands near +50 dB, so a fixed floor stands in.
POWER_FLOOR = 1e-3  # mel power, -30 dB
ENERGY_FLOOR = 1e-8  # mean square, -80 dB
_BLOCK_FRAMES = 1024  # frames transformed at once: bounds the memory of an hour of sound

assert WINDOW_SAMPLES <= FFT_SAMPLES


def _hz_to_mel(hz: np.ndarray) -> np.ndarray:
    """Slaney's mel scale: linear below 1 kHz, logarithmic above (Auditory Toolbox, 1998; librosa's default)."""
    linear = hz / (200.0 / 3)
    log_step = np.log(6.4) / 27.0
    return np.where(hz < 1000.0, linear, 15.0 + np.log(np.maximum(hz, 1000.0) / 1000.0) / log_step)


def _mel_to_hz(mel: np.ndarray) -> np.ndarray:
    log_step = np.log(6.4) / 27.0
    return np.where(mel < 15.0, mel * (200.0 / 3), 1000.0 * np.exp(log_step * (np.maximum(mel, 15.0) - 15.0)))


@lru_cache(maxsize=4)
def mel_filters(rate: int = AUDIO_RATE, fft_samples: int = FFT_SAMPLES, bands: int = MEL_BANDS) -> np.ndarray:
    """Triangular mel filters of equal area over 0 to ``rate / 2`` Hz, float32 ``[bands, fft_samples // 2 + 1]``."""
    edge_mels = np.linspace(0.0, float(_hz_to_mel(np.array(rate / 2))), bands + 2)
    edges = _mel_to_hz(edge_mels)
    bins = np.linspace(0.0, rate / 2, fft_samples // 2 + 1)
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    area = 2.0 / (edges[2:] - edges[:-2])
    filters = np.maximum(0.0, np.minimum(rising, falling)) * area[:, None]
    return filters.astype(np.float32)


@lru_cache(maxsize=4)
def dct_matrix(count: int = MFCC_COUNT, bands: int = MEL_BANDS) -> np.ndarray:
    """The first ``count`` rows of the orthonormal DCT-II over ``bands`` bands, float32 ``[count, bands]``."""
    k = np.arange(count)[:, None]
    n = np.arange(bands)[None, :]
    rows = np.sqrt(2.0 / bands) * np.cos(np.pi * k * (2 * n + 1) / (2 * bands))
    rows[0] /= np.sqrt(2.0)
    return rows.astype(np.float32)


@lru_cache(maxsize=4)
def hann_window(samples: int = WINDOW_SAMPLES) -> np.ndarray:
    """Periodic Hann window, float32 ``[samples]``."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(samples) / samples)).astype(np.float32)


def frame_starts(steps: np.ndarray, rate: float) -> np.ndarray:
    """First sample of each step's window, which is centred on the step's moment; negative before the sound begins.

    44,100 / 96 is not whole, so the hop alternates between 459 and 460 samples and never drifts.

    Parameters
    ----------
    steps : np.ndarray of int
        Step numbers.
    rate : float
        Steps per second.
    """
    centres = np.floor(np.asarray(steps, dtype=np.float64) * AUDIO_RATE / rate + 0.5).astype(np.int64)
    return centres - WINDOW_SAMPLES // 2


def static_features(frames: np.ndarray) -> np.ndarray:
    """MFCC and log mean energy of windows of sound.

    Parameters
    ----------
    frames : np.ndarray, float32 [n, WINDOW_SAMPLES]

    Returns
    -------
    np.ndarray, float32 [n, 14]
        13 MFCC (dB, orthonormal DCT-II of 128 mel bands) and the natural logarithm of the mean square.
    """
    spectrum = np.fft.rfft(frames * hann_window(), n=FFT_SAMPLES, axis=-1)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    mel = power.astype(np.float32) @ mel_filters().T
    decibel = 10.0 * np.log10(np.maximum(mel, POWER_FLOOR))
    return np.concatenate([decibel @ dct_matrix().T, log_energy(frames)], axis=-1, dtype=np.float32)


def log_energy(frames: np.ndarray) -> np.ndarray:
    """Natural logarithm of the mean square of windows of sound ``[n, samples]``, ``[n, 1]``."""
    energy = np.mean(np.square(frames), axis=-1, keepdims=True)
    return np.log(np.maximum(energy, ENERGY_FLOOR))  # type: ignore[no-any-return]


def with_derivative(static: np.ndarray, before: np.ndarray | None = None) -> np.ndarray:
    """Append the temporal derivative: the difference to the step before, which needs no look-ahead.

    Parameters
    ----------
    static : np.ndarray [n, 14]
    before : np.ndarray [14], optional
        The step before the first; without it the first derivative is 0.

    Returns
    -------
    np.ndarray, float32 [n, 28]
    """
    if len(static) == 0:
        return np.zeros((0, 2 * static.shape[-1]), np.float32)
    first = static[:1] if before is None else np.asarray(before)[None]
    derivative = np.diff(static, axis=0, prepend=first)
    return np.concatenate([static, derivative], axis=-1, dtype=np.float32)


def audio_features(samples: np.ndarray, rate: float, steps: int | None = None) -> np.ndarray:
    """The 28 features of a sound at ``rate`` steps/s.

    Parameters
    ----------
    samples : np.ndarray, float32 [samples]
        Mono sound at 44.1 kHz, RMS normalised.
    rate : float
        Steps per second: 24 times the upsampling factor.
    steps : int, optional
        How many steps; by default those inside the sound (:func:`audio_to_body.skeleton.rates.steps_in`). Beyond the
        sound's end there is silence, so that a delayed network can be fed to its last frame.

    Returns
    -------
    np.ndarray, float32 [steps, 28]
    """
    count = steps_in(len(samples), rate) if steps is None else steps
    static = np.empty((count, STATIC_COUNT), np.float32)
    for first in range(0, count, _BLOCK_FRAMES):
        block = np.arange(first, min(first + _BLOCK_FRAMES, count))
        static[block] = static_features(sound_windows(samples, block, rate))
    return with_derivative(static)


def sound_windows(samples: np.ndarray, steps: np.ndarray, rate: float) -> np.ndarray:
    """The windows of consecutive steps, float32 ``[n, WINDOW_SAMPLES]``; silence outside the sound."""
    return windows_at(samples, frame_starts(steps, rate), WINDOW_SAMPLES)


def windows_at(samples: np.ndarray, starts: np.ndarray, length: int) -> np.ndarray:
    """Windows of ``length`` samples from rising ``starts``, float32 ``[n, length]``; silence outside the sound."""
    low, high = int(starts[0]), int(starts[-1]) + length
    if low < 0 or high > len(samples):
        piece = np.zeros(high - low, np.float32)
        inside = samples[max(low, 0) : max(high, 0)]
        offset = max(-low, 0)
        piece[offset : offset + len(inside)] = inside
        samples, starts = piece, starts - low
    windows = np.empty((len(starts), length), np.float32)
    for window, start in zip(windows, starts.tolist()):
        window[:] = samples[start : start + length]
    return windows
