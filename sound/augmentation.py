"""The same music from another microphone, in another room, at another pitch: variations of a sound for training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.sound.audio import rms_normalise

GAIN_DB = 2.5  # standard deviation; sounds come level, and how loud a moment is tells how fast the bow moves
TILT_DB = 6.0  # from the lowest to the highest octave, standard deviation
RIPPLE_DB = 3.5  # of the equaliser's octave-wide waves, standard deviation
RESONANCES = (0, 6)  # narrow peaks and dips, as an instrument's body and a small room make them
RESONANCE_DB = 6.0  # standard deviation
REVERBERATION = (0.15, 1.6)  # s for 60 dB
WET_DB = (-30.0, -8.0)  # of the room against the direct sound
NOISE_DB = (-75.0, -40.0)  # of hiss against the music
SPEED = 0.03  # share by which pitch and tempo change together (a half semitone), standard deviation 1/2 of it
# At strokes of the real recordings that are trained on the level falls by 9 dB (median), at slurred notes by 4 dB,
# and the spectrum rises less at a slur (0.23 bels against 0.28). These ranges bring sampled notes near to that.
SLUR_DIP_DB = (-1.5, 2.0)  # of the level where a slurred note begins
STROKE_FILL_DB = (-3.0, 2.0)  # by which the gap before a stroke is filled
SLUR_KNOCK_DB = (-60.0, -30.0)  # of a finger's knock and of the old note's end against the note
JOINED_DB = (3.8, 2.5)  # mean and deviation of what is left of a stroke's gap: as deep as at a real slur
JOINED_SPLIT = 3000.0  # Hz below and above which gaps are filled each for itself
JOINED_GAIN_DB = 16.0  # at most, by which a gap is filled
JOINED_SECONDS = 0.05  # on either side of a note's beginning; as long again on either side is what it is filled up to
DIP_SECONDS = (0.010, 0.022)  # standard deviation of a dip in time
DIP_BEFORE = 0.006  # s before the note's beginning at which the level is lowest
KNOCK_SECONDS = (0.003, 0.012)  # in which a knock falls by a factor of e
RING_DB = (-28.0, -9.0)  # of strings and body that ring on against the tone
RING_SECONDS = (0.03, 0.12)  # in which that falls by a factor of e
RING_ECHOES = 24
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


def articulate(sound: np.ndarray, strokes: np.ndarray, slurred: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Vary how slurred notes and strokes of a sampled violin begin, as much as a draw for the whole says.

    Samples go on under one bow without a seam, and new strokes begin with a deep gap and a bright attack. On real
    strings a finger knocks, the string takes a moment to answer, and the old note rings into the next stroke. Slurs
    that stand out more than strokes do would teach a net the opposite of what real sound tells.

    Parameters
    ----------
    sound : np.ndarray, float32 [samples]
    strokes, slurred : np.ndarray [n]
        Seconds at which notes begin, with and without a new stroke.
    rng : np.random.Generator

    Returns
    -------
    np.ndarray, float32 [samples]
    """
    level = np.zeros(len(sound), np.float32)  # dB
    width = float(rng.uniform(*DIP_SECONDS))
    for moments, depth in ((slurred, -rng.uniform(*SLUR_DIP_DB)), (strokes, rng.uniform(*STROKE_FILL_DB))):
        for moment, share in zip(moments, rng.uniform(0.4, 1.6, len(moments))):
            low, high = (int((moment + reach * width - DIP_BEFORE) * AUDIO_RATE) for reach in (-3.5, 3.5))
            low, high = max(low, 0), min(high, len(sound))
            time = (np.arange(low, high) / AUDIO_RATE - moment + DIP_BEFORE) / width
            level[low:high] += (depth * share * np.exp(-0.5 * time**2)).astype(np.float32)
    shaped = _ringing(sound * 10 ** (level / 20), rng)
    knock, fall = float(rng.uniform(*SLUR_KNOCK_DB)), float(rng.uniform(*KNOCK_SECONDS))
    count = int(6 * fall * AUDIO_RATE)
    shape = np.exp(-np.arange(count) / (fall * AUDIO_RATE))
    for moment in slurred:
        first = int((moment + rng.normal(0, 0.003)) * AUDIO_RATE)
        room = min(count, len(sound) - first)
        if room <= 0 or first < 0:
            continue
        near = sound[first : first + count * 2]
        size = float(np.sqrt(np.mean(np.square(near)))) * 10 ** ((knock + float(rng.normal(0, 3))) / 20)
        burst = rng.standard_normal(count + 1)
        shaped[first : first + room] += (size * shape * np.diff(burst))[:room]
    return shaped.astype(np.float32)


def join(sound: np.ndarray, moments: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Fill the gaps before strokes of a real violin until they are as shallow as those of real slurs.

    Recordings whose notes are known are few and hold hardly a slur: a net that has heard no other real sound takes
    real sound itself for the sign of a stroke.

    Parameters
    ----------
    sound : np.ndarray, float32 [samples]
    moments : np.ndarray [n]
        Seconds at which strokes begin that are to sound slurred.
    rng : np.random.Generator

    Returns
    -------
    np.ndarray, float32 [samples]
    """
    from scipy.signal import butter, sosfiltfilt

    left = np.maximum(rng.normal(*JOINED_DB, len(moments)), 0.0)
    low = sosfiltfilt(butter(2, JOINED_SPLIT, fs=AUDIO_RATE, output="sos"), sound).astype(np.float32)
    # apart: an attack is brighter than its tone, and its hiss would stay in the gap's place
    return _filled(low, moments, left) + _filled(sound - low, moments, left)


def _filled(sound: np.ndarray, moments: np.ndarray, left: np.ndarray) -> np.ndarray:
    """With the gaps about moments filled until ``left`` [n] dB remain of them."""
    filled = sound.copy()
    reach = int(JOINED_SECONDS * AUDIO_RATE)
    window = np.hanning(int(0.01 * AUDIO_RATE) | 1)
    window /= window.sum()
    taper = np.minimum(1.0, 4.0 * (1.0 - np.abs(np.linspace(-1, 1, 2 * reach))))
    for moment, remains in zip(moments, left):
        at = int(moment * AUDIO_RATE)
        near = sound[at - 2 * reach : at + 2 * reach] if at >= 2 * reach else sound[:0]
        if len(near) < 4 * reach:
            continue
        level = 10 * np.log10(np.convolve(np.square(near, dtype=np.float64), window, mode="same") + 1e-10)
        before, after = np.median(level[:reach]), np.median(level[3 * reach :])
        wanted = np.linspace(before, after, 2 * reach) - remains
        gain = np.clip(wanted - level[reach : 3 * reach], 0.0, JOINED_GAIN_DB) * taper
        gain = np.convolve(gain, window, mode="same")
        filled[at - reach : at + reach] *= (10 ** (gain / 20)).astype(np.float32)
    return filled


def _ringing(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """With echoes so near and so many that the last note seems to ring on."""
    fall = float(rng.uniform(*RING_SECONDS))
    late = rng.uniform(0.004, 3 * fall, RING_ECHOES)
    response = np.zeros(int(3 * fall * AUDIO_RATE) + 1)
    response[(late * AUDIO_RATE).astype(int)] = rng.standard_normal(RING_ECHOES) * np.exp(-late / fall)
    response *= 10 ** (float(rng.uniform(*RING_DB)) / 20) / max(float(np.linalg.norm(response)), 1e-9)
    response[0] = 1.0
    return _filtered(sound, response.astype(np.float32))


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
