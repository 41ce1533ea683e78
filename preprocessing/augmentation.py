"""The same music from another microphone, in another room, at another pitch: variations of a sound for training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.audio import rms_normalise
from skeleton.rates import AUDIO_RATE

GAIN_DB = 6.0  # standard deviation
TILT_DB = 6.0  # from the lowest to the highest octave, standard deviation
RIPPLE_DB = 3.5  # of the equaliser's octave-wide waves, standard deviation
RESONANCES = (0, 6)  # narrow peaks and dips, as an instrument's body and a small room make them
RESONANCE_DB = 6.0  # standard deviation
REVERBERATION = (0.15, 1.6)  # s for 60 dB
WET_DB = (-30.0, -8.0)  # of the room against the direct sound
NOISE_DB = (-75.0, -40.0)  # of hiss against the music
SPEED = 0.03  # share by which pitch and tempo change together (a half semitone), standard deviation 1/2 of it
_FILTER_SAMPLES = 4096


@dataclass(frozen=True)
class Variation:
    """A varied sound.

    Attributes
    ----------
    sound : np.ndarray, float32 [samples]
    stretch : float
        A moment ``t`` of the original is at ``t * stretch``.
    """

    sound: np.ndarray
    stretch: float


def vary(sound: np.ndarray, rng: np.random.Generator, speed: float = SPEED) -> Variation:
    """Vary speed, equaliser, room, noise and gain, in the order in which they happen between bow and file.

    Parameters
    ----------
    sound : np.ndarray, float32 [samples]
        Mono, 44.1 kHz.
    rng : np.random.Generator
    speed : float
        Largest share by which pitch and tempo change together; 0 leaves both.

    Returns
    -------
    Variation
    """
    stretch = 1.0 + float(np.clip(rng.normal(0, speed / 2), -speed, speed)) if speed else 1.0
    varied = _stretched(sound, stretch)
    varied = _filtered(varied, _equaliser(rng))
    varied = _filtered(varied, _room(rng))
    varied = rms_normalise(varied)
    varied = varied + _hiss(len(varied), rng)
    gain = 10 ** (float(rng.normal(0, GAIN_DB)) / 20)
    return Variation((varied * np.float32(gain)).astype(np.float32), stretch)


def _stretched(sound: np.ndarray, stretch: float) -> np.ndarray:
    """Played slower by linear interpolation between samples, which is inaudible below 10 kHz at these shares."""
    if stretch == 1.0:
        return sound
    places = np.arange(int(len(sound) * stretch)) / stretch
    return np.interp(places, np.arange(len(sound)), sound).astype(np.float32)


def _equaliser(rng: np.random.Generator) -> np.ndarray:
    """Impulse response of a random equaliser: tilt, octave-wide ripples, narrow resonances; minimum delay."""
    hertz = np.fft.rfftfreq(_FILTER_SAMPLES, 1 / AUDIO_RATE)
    octave = np.log2(np.maximum(hertz, 40.0) / 40.0)
    level = rng.normal(0, TILT_DB) * (octave / octave[-1] - 0.4)
    knots = np.arange(0, octave[-1] + 1)
    level = level + np.interp(octave, knots, rng.normal(0, RIPPLE_DB, len(knots)))
    for _ in range(int(rng.integers(RESONANCES[0], RESONANCES[1] + 1))):
        centre, width = rng.uniform(2.3, 6.5), rng.uniform(0.05, 0.25)  # 200 Hz to 3.6 kHz
        level = level + rng.normal(0, RESONANCE_DB) * np.exp(-0.5 * ((octave - centre) / width) ** 2)
    if rng.random() < 0.3:  # band limits of old or compressed recordings
        level = level - 60 * np.clip(np.log2(np.maximum(hertz, 1) / rng.uniform(5000, 14000)), 0, 1)
    magnitude = np.log(10 ** (np.clip(level, -60, 30) / 20))
    # minimum phase through the cepstrum, so that onsets stay where they are
    cepstrum = np.fft.irfft(magnitude)
    half = _FILTER_SAMPLES // 2
    cepstrum[1:half] *= 2
    cepstrum[half + 1 :] = 0
    return np.fft.irfft(np.exp(np.fft.rfft(cepstrum)))[:half].astype(np.float32)


def _room(rng: np.random.Generator) -> np.ndarray:
    """Impulse response of a room: the direct sound, then decaying noise that darkens."""
    seconds = float(rng.uniform(*REVERBERATION))
    count = int(seconds * AUDIO_RATE)
    response = rng.standard_normal(count) * 10 ** (-3.0 * np.arange(count) / count)
    response[: int(rng.uniform(0.003, 0.02) * AUDIO_RATE)] = 0
    response = np.convolve(response, np.hanning(int(rng.integers(3, 12)) + 2)[1:-1], mode="same")
    energy = float(np.sqrt(np.sum(response**2)))
    response *= 10 ** (float(rng.uniform(*WET_DB)) / 20) / max(energy, 1e-9)
    response[0] = 1.0
    return response.astype(np.float32)


def _filtered(sound: np.ndarray, response: np.ndarray) -> np.ndarray:
    from scipy.signal import oaconvolve

    return oaconvolve(sound, response)[: len(sound)].astype(np.float32)


def _hiss(samples: int, rng: np.random.Generator) -> np.ndarray:
    """Noise between white and red, float32 [samples]."""
    level = 10 ** (float(rng.uniform(*NOISE_DB)) / 20)
    white = rng.standard_normal(samples).astype(np.float32)
    keep = float(rng.uniform(0.0, 0.95))
    from scipy.signal import lfilter

    noise = lfilter([1.0], [1.0, -keep], white).astype(np.float32)
    return np.float32(level / max(float(noise.std()), 1e-9)) * noise
