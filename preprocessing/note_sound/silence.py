"""Sound without a note of the instrument: rooms, noise, babble like speech, drums. The net is to stay silent."""

from __future__ import annotations

import numpy as np

from audio_to_body.preprocessing.note_sound.recording_chain import noise, record
from audio_to_body.preprocessing.note_sound.sample_measures import BANK_RATE


def draw_no_notes(rng: np.random.Generator, seconds: float, rooms: dict[str, np.ndarray]) -> np.ndarray:
    """Such a sound, float32 [samples] at 24 kHz."""
    samples = int(seconds * BANK_RATE)
    kind = int(rng.integers(4))
    if kind == 0:
        level = 10 ** (rng.uniform(-70, -20) / 20)
        return (noise(samples, rng) * np.float32(level)).astype(np.float32)
    dry = noise(samples, rng) * np.float32(0.01)
    if kind == 1:
        dry = dry + _babble(samples, rng)
    elif kind == 2:
        dry = dry + _drums(samples, rng)
    else:
        dry = dry + 0.7 * _babble(samples, rng) + 0.5 * _drums(samples, rng)
    return record(dry.astype(np.float32), rng, rooms)


def _babble(samples: int, rng: np.random.Generator) -> np.ndarray:
    """Syllables: pulses of a gliding voice or hiss, through two moving resonances."""
    from scipy.signal import lfilter

    out = np.zeros(samples, np.float32)
    now = float(rng.uniform(0, 0.5))
    base = float(rng.uniform(85, 260))
    while (first := int(now * BANK_RATE)) < samples:
        count = min(int(rng.uniform(0.06, 0.3) * BANK_RATE), samples - first)
        time = np.arange(count) / BANK_RATE
        if rng.random() < 0.75:
            glide = base * 2.0 ** (
                rng.normal(0, 0.15) + rng.normal(0, 1.2) * time + 0.03 * rng.normal(0, 1, count).cumsum() / 40
            )
            source = np.diff(np.floor(np.cumsum(glide) / BANK_RATE), prepend=0.0) - glide.mean() / BANK_RATE
        else:
            source = 0.12 * rng.standard_normal(count)
        for centre in (rng.uniform(250, 900), rng.uniform(900, 2600), rng.uniform(2200, 3800)):
            radius = float(np.exp(-np.pi * rng.uniform(60, 200) / BANK_RATE))
            angle = 2 * np.pi * centre / BANK_RATE
            source = source + 0.6 * lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], source) * 8
        out[first : first + count] += (source * np.hanning(count) * rng.uniform(0.3, 1.0)).astype(np.float32)
        now += (
            count / BANK_RATE
            + float(rng.exponential(0.06))
            + (float(rng.uniform(0.2, 0.8)) if rng.random() < 0.12 else 0)
        )
    return out / np.float32(max(float(np.abs(out).max()), 1e-6))


def _drums(samples: int, rng: np.random.Generator) -> np.ndarray:
    """Strokes on skins and metal at some tempo."""
    out = np.zeros(samples, np.float32)
    step = float(rng.uniform(0.1, 0.35))
    for now in np.arange(float(rng.uniform(0, 0.5)), samples / BANK_RATE, step):
        if rng.random() < 0.3:
            continue
        first = int(now * BANK_RATE)
        kind = int(rng.integers(3))
        fall = float(rng.uniform(*((0.04, 0.15), (0.03, 0.1), (0.02, 0.4))[kind]))
        count = min(int(6 * fall * BANK_RATE), samples - first)
        time = np.arange(count) / BANK_RATE
        burst = rng.standard_normal(count)
        if kind == 0:  # a skin whose pitch falls
            pitch = rng.uniform(45, 90) * (1 + 1.5 * np.exp(-time / 0.02))
            burst = 3 * np.sin(2 * np.pi * np.cumsum(pitch) / BANK_RATE) + 0.2 * burst
        elif kind == 2:
            burst = np.diff(burst, prepend=0.0)
        out[first : first + count] += (burst * np.exp(-time / fall) * rng.uniform(0.2, 1.0)).astype(np.float32)
    return out / np.float32(max(float(np.abs(out).max()), 1e-6))
