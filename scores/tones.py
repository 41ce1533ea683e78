"""One note's sound from a recorded sample: struck or bowed, float32 at 44.1 kHz."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.sound.sound_fonts import Zone

DARK = (np.hanning(33) / np.hanning(33).sum()).astype(np.float32)  # what is left when the highest partials go
STRUCK_RELEASE = 0.12  # s that a damped string rings on
SHORT = 0.7  # s of a sample that is too short to hold a piano's own first loss of energy


def zone_of(table: Sequence[Zone], pitch: float, velocity: float = 64.0) -> Zone:
    """The zone that serves a key (MIDI) at a velocity (1 to 127); the nearest where none does."""
    for zone in table:
        if zone.low <= pitch <= zone.high and zone.velocities[0] <= velocity <= zone.velocities[1]:
            return zone
    return min(table, key=lambda z: min(abs(z.low - pitch), abs(z.high - pitch)))


def tone(zone: Zone, phase: np.ndarray) -> np.ndarray:
    """The sample at fractional sample positions, linear interpolation; it goes on in its loop, or ends."""
    start, end = zone.loop
    if end <= start:  # played once
        places = np.arange(len(zone.data), dtype=np.float64)
        return np.interp(phase, places, zone.data, right=0.0).astype(np.float32)
    phase = np.where(phase < end, phase, start + np.mod(phase - start, end - start))
    whole = phase.astype(np.int64)
    share = (phase - whole).astype(np.float32)
    after = whole + 1
    after = np.where(after >= end, start, after) if whole.size else after
    return zone.data[whole] * (1 - share) + zone.data[after] * share


def loudness(velocity: float) -> float:
    """Amplitude of a velocity from 0 to 1: 40 dB from the softest to the loudest."""
    return float(10 ** (2.0 * (velocity - 1.0)))


def samples_of(seconds: float) -> int:
    """At 44.1 kHz, one at least."""
    return max(1, round(seconds * AUDIO_RATE))


def struck_tone(zone: Zone, pitch: float, tuning: float, velocity: float, held: int, count: int) -> np.ndarray:
    """A string that is struck and dies away, damped when the key or the pedal lets it go.

    Parameters
    ----------
    zone : Zone
    pitch : float
        MIDI.
    tuning : float
        Semitones by which the instrument is higher.
    velocity : float
        0 to 1.
    held : int
        Samples until it is let go.
    count : int
        Samples of the result.
    """
    step = zone.rate / AUDIO_RATE * 2.0 ** ((pitch + tuning - zone.root) / 12)
    wave = tone(zone, np.arange(count) * step)
    if velocity < 0.75:  # soft strokes are darker
        soft = np.convolve(wave, DARK, mode="same")[:count]
        share = np.float32(min((0.75 - velocity) * 1.3, 0.85))
        wave = wave * (1 - share) + soft * share
    # a piano loses its first energy quickly, the rest slowly
    loss = zone.decay * 0.5 * 10 ** ((pitch - 60) / 60)
    time = np.arange(count, dtype=np.float32) / AUDIO_RATE
    envelope = np.exp(-np.float32(loss / 8.686) * time)
    if zone.loop[1] > zone.loop[0] and zone.loop[1] < SHORT * zone.rate:
        envelope = envelope * (0.35 + 0.65 * np.exp(-time * 1.5))
    tail = max(count - held, 0)
    if tail:
        envelope[held:] *= np.exp(-6.0 * np.arange(tail, dtype=np.float32) / samples_of(STRUCK_RELEASE))
    rise = min(40, count)
    envelope[:rise] *= np.linspace(0, 1, rise, dtype=np.float32)
    return wave * envelope * np.float32(loudness(velocity))


def bowed_tone(
    zone: Zone,
    step: np.ndarray,
    velocity: float,
    seconds: float,
    attack: float,
    scratch: np.ndarray,
    hiss: float,
    begins: bool,
) -> np.ndarray:
    """A bowed string.

    Parameters
    ----------
    zone : Zone
    step : np.ndarray [samples]
        Samples of the recording that go by in each sample: the pitch with its vibrato.
    velocity : float
        0 to 1.
    seconds : float
        Until the bow leaves the note.
    attack : float
        Seconds in which it grows.
    scratch : np.ndarray, float32 [samples]
        Noise of the hair, about 1.
    hiss : float
        How much of it there is.
    begins : bool
        Whether a stroke begins: the hair bites, and the sample begins at its beginning; else the tone goes on in its
        loop.
    """
    count, held = len(step), samples_of(seconds)
    time = np.arange(count, dtype=np.float32) / AUDIO_RATE
    phase = (0.0 if begins else float(zone.loop[0])) + np.cumsum(step) - step[0]
    wave = tone(zone, phase)
    share = np.float32(np.clip(0.85 - velocity, 0.0, 0.6))
    wave = wave * (1 - share) + np.convolve(wave, DARK, mode="same")[:count] * share
    bite = 1.0 + (4.0 * np.exp(-time / 0.03) if begins else 0.0)
    envelope = np.minimum(1.0, time / attack)
    envelope = envelope * (1.0 - 0.12 * np.cos(2 * np.pi * np.clip(time / max(seconds, 1e-3), 0, 1)))
    tail = max(count - held, 0)
    if tail:
        envelope[held:] *= np.linspace(1, 0, tail, dtype=np.float32) ** 2
    return ((wave + np.float32(hiss) * bite * scratch) * envelope * np.float32(loudness(velocity))).astype(np.float32)
