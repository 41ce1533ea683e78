"""Sampled tones at any pitch: interpolation between samples, fast enough to render many hours."""

from __future__ import annotations

import numpy as np

from audio_to_body.preprocessing.note_sound.sample_measures import BANK_RATE


def at_places(wave: np.ndarray, places: np.ndarray) -> np.ndarray:
    """A wave between its samples, by a cubic through four of them; 0 outside.

    Parameters
    ----------
    wave : np.ndarray, float32 [samples]
    places : np.ndarray, float64 [n]
        Not before 0.

    Returns
    -------
    np.ndarray, float32 [n]
    """
    if len(places) and places[-1] + 4 < len(wave):
        wave = wave[: int(places.max()) + 4]
    padded = np.concatenate([wave[:1], wave, np.zeros(4, np.float32)])  # place p is padded[p + 1]
    whole = places.astype(np.int32)
    np.minimum(whole, len(wave), out=whole)
    share = (places - whole).astype(np.float32)
    a, b, c, d = (np.take(padded[k:], whole) for k in range(4))
    # Catmull and Rom
    sound = b + np.float32(0.5) * share * (
        c - a + share * (2 * a - 5 * b + 4 * c - d + share * (3 * (b - c) + d - a))
    )
    return np.where(places < len(wave), sound, np.float32(0))


def darkened(wave: np.ndarray, softness: float) -> np.ndarray:
    """With less of the high partials, as a soft stroke has, float32.

    Parameters
    ----------
    wave : np.ndarray, float32
    softness : float
        0 leaves it, 1 halves the amplitude from about 800 Hz on.
    """
    from scipy.signal import lfilter

    if softness <= 0:
        return wave
    low = lfilter([0.18], [1.0, -0.82], wave).astype(np.float32)
    share = np.float32(min(softness, 0.95))
    return wave * (1 - share) + low * share


def fade_out(tone: np.ndarray, at: int, seconds: float) -> None:
    """Let a tone die away in place from a sample on, by a factor of e in so many seconds."""
    at = max(at, 0)
    if at < len(tone):
        time = np.arange(len(tone) - at, dtype=np.float32) / np.float32(BANK_RATE)
        tone[at:] *= np.exp(-time / np.float32(max(seconds, 1e-3)))
