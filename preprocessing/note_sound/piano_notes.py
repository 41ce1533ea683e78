"""Drawn piano music: textures that a net has to hear, whatever the style; not to be listened to for pleasure.

A draw is a few sections of some seconds; in each one to three layers sound together: runs, repetitions, trills,
chords, octaves, leaps, broken chords low and soft, single low notes, dense random voices.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from audio_to_body.skeleton.notes import Notes, joined

LOWEST, HIGHEST = 21, 108
SCALES = (
    (0, 2, 4, 5, 7, 9, 11),
    (0, 2, 3, 5, 7, 8, 11),
    (0, 2, 3, 5, 7, 9, 10),
    (0, 2, 4, 7, 9),
    (0, 2, 4, 6, 8, 10),
    tuple(range(12)),
)
CHORDS = ((0, 4, 7), (0, 3, 7), (0, 4, 7, 10), (0, 3, 7, 10), (0, 3, 6, 9), (0, 4, 7, 11), (0, 7, 12), (0, 4, 8))
FASTEST = 20.0  # notes/s of a run
Layer = Callable[[np.random.Generator, float, int, int], "tuple[list[float], list[float], list[int]]"]


def draw_piano_notes(rng: np.random.Generator, seconds: float) -> Notes:
    """Drawn music of a length: onsets, key releases, keys, velocities."""
    parts, start = [], 0.1
    while start < seconds - 0.3:
        span = min(float(rng.uniform(2.0, 8.0)), seconds - start)
        parts.append(_section(rng, span).shifted(start))
        start += span + (float(rng.uniform(0, 1.0)) if rng.random() < 0.2 else 0.0)
    return joined(parts)


def _section(rng: np.random.Generator, span: float) -> Notes:
    count = int(rng.choice([1, 2, 3], p=[0.4, 0.45, 0.15]))
    tonic, loud = int(rng.integers(12)), float(rng.uniform(35, 105))
    split = int(rng.integers(45, 72))
    parts = []
    for number in range(count):
        names = _LOW if count > 1 and number == 0 else _ANY
        layer = names[int(rng.integers(len(names)))]
        low = LOWEST if number == 0 else split
        high = split if count > 1 and number == 0 else HIGHEST
        onset, end, pitch = layer(rng, span, low, high)
        keys = np.array(pitch, np.int64)
        if layer is not _random_voices and len(keys):
            keys = _in_range(keys + tonic - 6, low, high)
        # an accompaniment is softer than its melody, mostly
        level = loud - (float(rng.uniform(0, 30)) if count > 1 and number == 0 else 0.0)
        spread = float(rng.uniform(2, 16))
        time = np.array(onset)
        swell = 12 * np.sin(2 * np.pi * time / rng.uniform(2, 9) + rng.uniform(0, 6)) * rng.random()
        velocity = np.clip(level + swell + rng.normal(0, spread, len(time)), 8, 127)
        parts.append(Notes(time, np.array(end), keys, velocity))
    return joined(parts)


def _in_range(keys: np.ndarray, low: int, high: int) -> np.ndarray:
    """Folded by octaves into a range of at least an octave."""
    high = max(high, low + 12)
    keys = np.where(keys < low, keys + 12 * (-(-(low - keys) // 12)), keys)
    keys = np.where(keys > high, keys - 12 * (-(-(keys - high) // 12)), keys)
    return np.clip(keys, LOWEST, HIGHEST)


def _rate(rng: np.random.Generator, slow: float, fast: float) -> float:
    return float(np.exp(rng.uniform(np.log(slow), np.log(fast))))


def _lengths(rng: np.random.Generator, gap: float) -> float:
    """How long a key is held, for notes so far apart: short, detached, bound or overlapping."""
    manner = rng.random()
    if manner < 0.2:
        return max(0.04, gap * rng.uniform(0.15, 0.5))
    return max(0.04, gap * rng.uniform(0.6, 1.15))


def _times(rng: np.random.Generator, span: float, rate: float) -> list[float]:
    jitter = rng.uniform(0, 0.1)
    times, now = [], 0.0
    while now < span - 0.05:
        times.append(now)
        now += max(0.03, (1 + rng.normal(0, jitter)) / rate)
    return times


def _run(rng: np.random.Generator, span: float, low: int, high: int) -> tuple[list[float], list[float], list[int]]:
    rate = _rate(rng, 2.5, FASTEST)
    scale = SCALES[int(rng.integers(len(SCALES)))]
    if rng.random() < 0.3:
        scale = CHORDS[int(rng.integers(len(CHORDS)))]  # arpeggio
        scale = tuple(s for s in scale if s < 12)
    ladder = [o + s for o in range(low, high, 12) for s in scale if o + s <= high] or [low]
    place, direction = int(rng.integers(len(ladder))), 1 if rng.random() < 0.5 else -1
    double = int(rng.choice([0, 0, 0, 12, 3, 4, 9]))
    length = _lengths(rng, 1 / rate)
    onset, end, pitch = [], [], []
    for time in _times(rng, span, rate):
        for shift in (0, double) if double else (0,):
            if low <= ladder[place] + shift <= HIGHEST:
                onset.append(time)
                end.append(time + length)
                pitch.append(ladder[place] + shift)
        if rng.random() < 0.08:
            direction = -direction
        if not 0 <= place + direction < len(ladder):
            direction = -direction
        place = int(np.clip(place + direction, 0, len(ladder) - 1))
    return onset, end, pitch


def _repetition(
    rng: np.random.Generator, span: float, low: int, high: int
) -> tuple[list[float], list[float], list[int]]:
    rate = _rate(rng, 2.0, 13.0)
    chord = [0] if rng.random() < 0.6 else list(CHORDS[int(rng.integers(len(CHORDS)))])
    base = int(rng.integers(low, max(low + 1, high - 12)))
    onset, end, pitch = [], [], []
    length = (1 / rate) * rng.uniform(0.3, 0.9)
    for time in _times(rng, span, rate):
        if rng.random() < 0.06:
            base = int(rng.integers(low, max(low + 1, high - 12)))
        for step in chord:
            onset.append(time + abs(float(rng.normal(0, 0.004))))
            end.append(time + length)
            pitch.append(base + step)
    return onset, end, pitch


def _trill(rng: np.random.Generator, span: float, low: int, high: int) -> tuple[list[float], list[float], list[int]]:
    rate = _rate(rng, 7.0, 17.0)
    base, width = int(rng.integers(low, high)), int(rng.choice([1, 2, 2, 3, 4, 12]))
    onset, end, pitch = [], [], []
    for i, time in enumerate(_times(rng, span, rate)):
        if rng.random() < 0.03:
            base = int(rng.integers(low, high))
        onset.append(time)
        end.append(time + max(0.04, rng.uniform(0.5, 1.1) / rate))
        pitch.append(base + width * (i % 2))
    return onset, end, pitch


def _chords(rng: np.random.Generator, span: float, low: int, high: int) -> tuple[list[float], list[float], list[int]]:
    rate = _rate(rng, 0.5, 6.0)
    spread = float(rng.uniform(0, 0.012)) if rng.random() < 0.75 else float(rng.uniform(0.015, 0.09))
    length = _lengths(rng, 1 / rate)
    onset, end, pitch = [], [], []
    for time in _times(rng, span, rate):
        base = int(rng.integers(low, max(low + 1, high - 12)))
        chord = list(CHORDS[int(rng.integers(len(CHORDS)))])
        if rng.random() < 0.4:
            chord = sorted({int(c) for c in chord} | {c + 12 for c in chord[: int(rng.integers(1, 4))]})
        if rng.random() < 0.15:  # any notes at all
            chord = sorted({int(c) for c in rng.integers(0, 22, int(rng.integers(2, 8)))})
        for k, step in enumerate(chord):
            onset.append(time + spread * k + abs(float(rng.normal(0, 0.003))))
            end.append(time + spread * k + length)
            pitch.append(base + step)
    return onset, end, pitch


def _octaves(
    rng: np.random.Generator, span: float, low: int, high: int
) -> tuple[list[float], list[float], list[int]]:
    rate = _rate(rng, 1.5, 8.0)
    base = int(rng.integers(low, max(low + 1, high - 12)))
    length = _lengths(rng, 1 / rate)
    onset, end, pitch = [], [], []
    for time in _times(rng, span, rate):
        base = int(np.clip(base + rng.integers(-5, 6), low, max(low, high - 12)))
        for step in (0, 12):
            onset.append(time + abs(float(rng.normal(0, 0.005))))
            end.append(time + length)
            pitch.append(base + step)
    return onset, end, pitch


def _leaps(rng: np.random.Generator, span: float, low: int, high: int) -> tuple[list[float], list[float], list[int]]:
    """A bass note, then a chord above it, as in a stride or a waltz."""
    rate = _rate(rng, 1.5, 6.0)
    onset, end, pitch = [], [], []
    length = _lengths(rng, 1 / rate)
    beats = int(rng.choice([2, 2, 3]))
    root = int(rng.integers(12))
    for i, time in enumerate(_times(rng, span, rate)):
        if i % (2 * beats) == 0:
            root = int(rng.integers(12))
            chord = CHORDS[int(rng.integers(len(CHORDS)))]
        keys = [low + root] if i % beats == 0 else [low + root + int(rng.choice([12, 19, 24])) + c for c in chord]
        if i % beats == 0 and rng.random() < 0.3:
            keys.append(keys[0] + 12)
        for key in keys:
            onset.append(time + abs(float(rng.normal(0, 0.004))))
            end.append(time + length)
            pitch.append(key)
    return onset, end, pitch


def _broken(rng: np.random.Generator, span: float, low: int, high: int) -> tuple[list[float], list[float], list[int]]:
    """Broken chords in some order, each held or not."""
    rate = _rate(rng, 2.5, 12.0)
    onset, end, pitch = [], [], []
    base = int(rng.integers(low, max(low + 1, high - 16)))
    order = rng.integers(0, 5, int(rng.integers(3, 9)))
    held = rng.random() < 0.4
    for i, time in enumerate(_times(rng, span, rate)):
        place = i % len(order)
        if place == 0:
            if rng.random() < 0.5:
                base = int(rng.integers(low, max(low + 1, high - 16)))
            chord = CHORDS[int(rng.integers(len(CHORDS)))]
            ladder = sorted({*chord, *(c + 12 for c in chord)})
        onset.append(time)
        end.append(time + ((len(order) - place) / rate if held else 0.95 / rate))
        pitch.append(base + ladder[int(order[place]) % len(ladder)])
    return onset, end, pitch


def _sparse(rng: np.random.Generator, span: float, low: int, high: int) -> tuple[list[float], list[float], list[int]]:
    """Single notes anywhere, some long."""
    rate = _rate(rng, 0.7, 7.0)
    onset, end, pitch = [], [], []
    for time in _times(rng, span, rate):
        onset.append(time)
        end.append(time + float(rng.exponential(1.0 / rate)) + 0.05)
        pitch.append(int(rng.integers(low, high + 1)))
    return onset, end, pitch


def _lowest(rng: np.random.Generator, span: float, low: int, high: int) -> tuple[list[float], list[float], list[int]]:
    """Notes of the two lowest octaves, at times doubled at the octave or the fifth."""
    rate = _rate(rng, 0.8, 7.0)
    onset, end, pitch = [], [], []
    double = int(rng.choice([0, 0, 12, 7]))
    base = int(rng.integers(LOWEST, 44))
    for time in _times(rng, span, rate):
        base = (
            int(np.clip(base + rng.integers(-7, 8), LOWEST, 45)) if rng.random() < 0.8 else int(rng.integers(21, 46))
        )
        for step in (0, double) if double else (0,):
            onset.append(time + abs(float(rng.normal(0, 0.003))))
            end.append(time + rng.uniform(0.3, 1.3) / rate)
            pitch.append(base + step)
    return onset, end, pitch


def _random_voices(
    rng: np.random.Generator, span: float, low: int, high: int
) -> tuple[list[float], list[float], list[int]]:
    """Several lines that know nothing of one another."""
    onset: list[float] = []
    end: list[float] = []
    pitch: list[int] = []
    for _ in range(int(rng.integers(2, 6))):
        key = int(rng.integers(low, high + 1))
        rate = _rate(rng, 0.6, 6.0)
        for time in _times(rng, span, rate):
            key = int(np.clip(key + rng.integers(-4, 5), LOWEST, HIGHEST))
            onset.append(time + float(rng.uniform(0, 0.5 / rate)))
            end.append(onset[-1] + _lengths(rng, 1 / rate))
            pitch.append(key)
    return onset, end, pitch


_ANY: tuple[Layer, ...] = (
    _run,
    _run,
    _repetition,
    _trill,
    _chords,
    _chords,
    _octaves,
    _leaps,
    _broken,
    _sparse,
    _random_voices,
)
_LOW: tuple[Layer, ...] = (_lowest, _lowest, _leaps, _broken, _broken, _chords, _octaves, _run, _sparse)
