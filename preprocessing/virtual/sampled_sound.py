"""Sound of a performance from the recorded samples of a General MIDI sound font, played with numpy."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from audio_to_body.musician.performance import CHORD_GAP, Performance
from audio_to_body.skeleton.cache import cache_folder
from audio_to_body.skeleton.files import read_arrays, write_arrays
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.skeleton.refusal import BadInput

_VERSION = 2


@dataclass(frozen=True)
class Zone:
    """A recorded sample and the keys it serves.

    Attributes
    ----------
    low, high : int
        MIDI pitches.
    root : float
        MIDI pitch, with cents, at which the sample sounds when played at its own rate.
    rate : float
        Samples per second of the recording.
    loop : (int, int)
        First and end sample of the loop.
    decay : float
        dB per second that a held note loses.
    data : np.ndarray, float32
    """

    low: int
    high: int
    root: float
    rate: float
    loop: tuple[int, int]
    decay: float
    data: np.ndarray


def _font_path() -> Path:
    import importlib.util

    spec = importlib.util.find_spec("pretty_midi")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "TimGM6mb.sf2"


@lru_cache(maxsize=4)
def zones(program: int) -> tuple[Zone, ...]:
    """The samples of one General MIDI program, read from the sound font once and kept in the cache folder."""
    cached = cache_folder("scores") / f"samples-{program}-{_VERSION}.npz"
    if cached.is_file():
        with suppress(OSError, BadInput):  # a damaged cache file: read the font again
            return _read_cache(cached)
    found = _read_font(program)
    table = np.array([[z.low, z.high, z.root, z.rate, *z.loop, z.decay] for z in found])
    with suppress(OSError, BadInput):  # a cache that cannot be written only costs time
        cached.parent.mkdir(parents=True, exist_ok=True)
        write_arrays(cached, {"table": table, **{f"data_{i}": z.data for i, z in enumerate(found)}})
    return found


def _read_cache(path: Path) -> tuple[Zone, ...]:
    with read_arrays(path, "a file of samples") as file:
        return tuple(
            Zone(
                int(r[0]), int(r[1]), float(r[2]), float(r[3]), (int(r[4]), int(r[5])), float(r[6]), file[f"data_{i}"]
            )
            for i, r in enumerate(file["table"])
        )


def _read_font(program: int) -> tuple[Zone, ...]:
    from sf2utils.generator import Sf2Gen
    from sf2utils.sf2parse import Sf2File

    logging.getLogger().setLevel(logging.ERROR)  # the font has odd drum loops, and sf2utils tells of each
    with open(_font_path(), "rb") as file:
        font = Sf2File(file)
        preset = next(p for p in font.presets if getattr(p, "preset", None) == program and p.bank == 0)
        found = []
        for outer in preset.bags:
            if outer.instrument is None:
                continue
            for bag in outer.instrument.bags:
                if bag.sample is None:
                    continue
                sample = bag.sample
                low, high = bag.key_range or (0, 127)
                root = bag.base_note if bag.base_note is not None else sample.original_pitch
                cents = (bag.fine_tuning or 0) + (sample.pitch_correction or 0)
                data = np.frombuffer(sample.raw_sample_data, "<i2").astype(np.float32) / 32768
                start = sample.start_loop + _offset(bag, Sf2Gen.OPER_START_LOOP_ADDR_OFFSET)
                end = sample.end_loop + _offset(bag, Sf2Gen.OPER_END_LOOP_ADDR_OFFSET)
                seconds = bag.volume_envelope_decay or 1.0
                found.append(
                    Zone(
                        int(low),
                        int(high),
                        root - cents / 100,
                        float(sample.sample_rate),
                        (int(start), int(end)),
                        float(96.0 / max(seconds, 0.5)),
                        data,
                    )
                )
    return tuple(found)


def _offset(bag: object, generator: int) -> int:
    gens = getattr(bag, "gens", {})
    return int(gens[generator].short) if generator in gens else 0


def _zone(table: tuple[Zone, ...], pitch: float) -> Zone:
    for zone in table:
        if zone.low <= pitch <= zone.high:
            return zone
    return min(table, key=lambda z: min(abs(z.low - pitch), abs(z.high - pitch)))


def _tone(zone: Zone, phase: np.ndarray) -> np.ndarray:
    """The looped sample at fractional sample positions, linear interpolation."""
    start, end = zone.loop
    phase = np.where(phase < end, phase, start + np.mod(phase - start, end - start))
    whole = phase.astype(np.int64)
    share = (phase - whole).astype(np.float32)
    after = whole + 1
    after = np.where(after >= end, start, after) if whole.size else after
    return zone.data[whole] * (1 - share) + zone.data[after] * share


def _finished(dry: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put a dry mono sound into a small hall: stereo, float32 [2, samples]."""
    from scipy.signal import oaconvolve

    seconds = float(rng.uniform(0.5, 1.2))
    count = int(seconds * AUDIO_RATE)
    decay = 10 ** (-3.0 * np.arange(count) / count)
    level = 10 ** (rng.uniform(-22, -14) / 20)
    early = int(0.012 * AUDIO_RATE)
    out = np.empty((2, len(dry)), np.float32)
    for channel in range(2):
        response = rng.normal(0, 1, count) * decay
        response[:early] = 0
        response = np.convolve(response, [0.25, 0.5, 0.25], mode="same")  # halls swallow the highest partials
        response *= level / np.sqrt(np.sum(response**2))
        response[0] = 1.0
        out[channel] = oaconvolve(dry, response.astype(np.float32))[: len(dry)]
    return out


def _seconds_to_samples(seconds: float) -> int:
    return max(1, round(seconds * AUDIO_RATE))


def piano_sound(music: Performance, samples: int, rng: np.random.Generator, instrument: str = "piano") -> np.ndarray:
    """The sound of a performance on keys, from samples that die away.

    Parameters
    ----------
    music : Performance
    samples : int
        Length of the result.
    rng : np.random.Generator
        Chooses tuning, brightness and room.
    instrument : str
        Whose samples sound.

    Returns
    -------
    np.ndarray, float32 [2, samples]
    """
    table = zones(instrument_named(instrument).programmes[0])
    out = np.zeros(samples + AUDIO_RATE, np.float32)
    tuning = float(rng.normal(0, 0.04))
    for onset, end, pitch, velocity in zip(music.onset, music.end, music.pitch, music.velocity):
        zone = _zone(table, float(pitch))
        first = int(onset * AUDIO_RATE)
        held = _seconds_to_samples(end - onset)
        release = _seconds_to_samples(0.12)
        count = min(held + release, len(out) - first)
        if count <= 0 or first < 0:
            continue
        step = zone.rate / AUDIO_RATE * 2.0 ** ((pitch + tuning - zone.root) / 12)
        tone = _tone(zone, np.arange(count) * step)
        if velocity < 0.75:  # soft strokes are darker
            soft = np.convolve(tone, _DARK, mode="same")
            share = np.float32(min((0.75 - velocity) * 1.3, 0.85))
            tone = tone * (1 - share) + soft * share
        # a piano loses its first energy quickly, the rest slowly
        loss = zone.decay * 0.5 * 10 ** ((pitch - 60) / 60)
        time = np.arange(count, dtype=np.float32) / AUDIO_RATE
        envelope = np.exp(-np.float32(loss / 8.686) * time) * (0.35 + 0.65 * np.exp(-time * 1.5))
        tail = max(count - held, 0)
        if tail:
            envelope[held:] *= np.exp(-6.0 * np.arange(tail, dtype=np.float32) / release)
        rise = min(40, count)
        envelope[:rise] *= np.linspace(0, 1, rise, dtype=np.float32)
        out[first : first + count] += tone * envelope * np.float32(_loudness(velocity))
    return _finished(out[:samples], rng)


_DARK = (np.hanning(33) / np.hanning(33).sum()).astype(np.float32)


def _loudness(velocity: float) -> float:
    """Amplitude of a velocity: 40 dB from the softest to the loudest."""
    return float(10 ** (2.0 * (velocity - 1.0)))


def violin_sound(
    music: Performance,
    opens_stroke: np.ndarray,
    vibrato: float,
    samples: int,
    rng: np.random.Generator,
    instrument: str = "violin",
) -> np.ndarray:
    """The sound of a bowed performance.

    Parameters
    ----------
    music : Performance
    opens_stroke : np.ndarray of bool [notes]
        Whether a note begins a bow stroke: the tone then sets in anew, else it goes on under the bow.
    vibrato : float
        Hz.
    samples : int
        Length of the result.
    rng : np.random.Generator
        Chooses the programme, the tuning and the room.
    instrument : str
        Whose samples sound.

    Returns
    -------
    np.ndarray, float32 [2, samples]
    """
    programmes = instrument_named(instrument).programmes
    table = zones(programmes[int(rng.random() * len(programmes))])
    out = np.zeros(samples + AUDIO_RATE, np.float32)
    tuning = float(rng.normal(0, 0.06))
    depth = float(rng.uniform(0.12, 0.3))  # semitones, half of the vibrato's width
    noise = rng.normal(0, 1, AUDIO_RATE).astype(np.float32)
    noise = noise - np.convolve(noise, _DARK, mode="same")
    hiss = float(rng.uniform(0.004, 0.014))
    for i in range(len(music)):
        onset, velocity, pitch = music.onset[i], music.velocity[i], float(music.pitch[i])
        goes_on = i + 1 < len(music) and not opens_stroke[i + 1] and music.onset[i + 1] - onset > CHORD_GAP
        end = music.onset[i + 1] if goes_on else music.end[i]
        attack = (0.028 + 0.03 * (1 - velocity)) if opens_stroke[i] else 0.010
        release = 0.014 if goes_on else 0.045
        first = int(onset * AUDIO_RATE)
        held = _seconds_to_samples(end - onset)
        count = min(held + _seconds_to_samples(release), len(out) - first)
        if count <= 0 or first < 0:
            continue
        zone = _zone(table, pitch)
        time = np.arange(count, dtype=np.float32) / AUDIO_RATE
        long = 1.0 if end - onset > 0.3 else 0.0
        swing = long * depth * np.sin(2 * np.pi * vibrato * (time + onset)) * np.clip(time / 0.25, 0, 1)
        step = zone.rate / AUDIO_RATE * 2.0 ** ((pitch + tuning + rng.normal(0, 0.04) - zone.root + swing) / 12)
        begin = 0.0 if opens_stroke[i] else float(zone.loop[0])
        phase = begin + np.cumsum(step) - step[0]
        tone = _tone(zone, phase)
        share = np.float32(np.clip(0.85 - velocity, 0.0, 0.6))
        tone = tone * (1 - share) + np.convolve(tone, _DARK, mode="same") * share
        at = int(rng.integers(AUDIO_RATE))
        scratch = np.take(noise, np.arange(at, at + count), mode="wrap")
        bite = 1.0 + (4.0 * np.exp(-time / 0.03) if opens_stroke[i] else 0.0)
        envelope = np.minimum(1.0, time / attack)
        swell = 1.0 - 0.12 * np.cos(2 * np.pi * np.clip(time / max(end - onset, 1e-3), 0, 1))
        tail = max(count - held, 0)
        envelope = envelope * swell
        if tail:
            envelope[held:] *= np.linspace(1, 0, tail, dtype=np.float32) ** 2
        gain = np.float32(_loudness(velocity))
        out[first : first + count] += ((tone + np.float32(hiss) * bite * scratch) * envelope * gain).astype(
            np.float32
        )
    return _finished(out[:samples], rng)
