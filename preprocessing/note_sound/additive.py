"""Pianos that nobody has built: partials of stiff strings, each key's decay in two stages, a knock of the hammer.

Sample sets are few; these vary what they have in common: stiffness, where the hammer strikes, how bright and how
long the strings sound, how far the unisons are apart.
"""

from __future__ import annotations

import numpy as np

from audio_to_body.preprocessing.note_sound.sample_measures import BANK_RATE, PREROLL

PIANOS = 6
KEYS = range(21, 109, 4)
_SECONDS = 6.0
_HIGHEST = 11_000.0  # Hz
_MOST_PARTIALS = 40


def tone(number: int, key: int) -> np.ndarray:
    """One key of one piano, float32; the hammer strikes :data:`PREROLL` samples after the beginning.

    Parameters
    ----------
    number : int
        Of the piano.
    key : int
        MIDI.
    """
    piano = np.random.default_rng([number, 0xADD])
    stiffness = 10 ** piano.uniform(-4.2, -3.2) * 2.0 ** (max(key - 45, 0) / 10)
    if key < 45:
        stiffness *= 1.0 + (45 - key) / 12
    strike = piano.uniform(0.09, 0.16)  # share of the string at which the hammer strikes
    slope = piano.uniform(0.6, 1.6) + 0.012 * (key - 21)
    long = piano.uniform(6.0, 14.0) * 2.0 ** (-(key - 33) / 16)  # s in which the fundamental falls by 60 dB
    apart = piano.uniform(0.2, 3.0)  # cents between unisons
    knock = 10 ** (piano.uniform(-40, -22) / 20)
    rng = np.random.default_rng([number, key])
    fundamental = 440.0 * 2.0 ** ((key - 69) / 12)
    time = np.arange(int(min(_SECONDS, 1.2 * long + 0.4) * BANK_RATE)) / BANK_RATE
    sound = np.zeros(len(time))
    for n in range(1, _MOST_PARTIALS + 1):
        hertz = n * fundamental * np.sqrt((1 + stiffness * n**2) / (1 + stiffness))
        if hertz > _HIGHEST:
            break
        size = abs(np.sin(np.pi * n * strike)) * n**-slope * np.exp(rng.normal(0, 0.35))
        if fundamental * n < 110:
            size *= (fundamental * n / 110) ** 1.5  # soundboards hardly radiate the lowest
        fall = 6.9 / (long / (1 + 0.25 * (n - 1)))
        two_stages = 0.65 * np.exp(-3.0 * fall * time) + 0.35 * np.exp(-fall * time)
        beat = 2.0 ** (apart * rng.normal(0, 1) / 1200)
        phase = rng.uniform(0, 2 * np.pi)
        wave = np.sin(2 * np.pi * hertz * time + phase) + 0.7 * np.sin(2 * np.pi * hertz * beat * time + phase)
        sound += size * two_stages * wave
    sound *= np.minimum(1.0, time / 0.0015)
    peak = np.abs(sound).max()
    burst = rng.standard_normal(len(time)) * np.exp(-time / 0.012)
    burst = np.convolve(burst, np.hanning(24) / 12, mode="same")
    sound = sound / peak + knock * burst
    return np.concatenate([np.zeros(PREROLL), sound]).astype(np.float32)
