"""Sound of a performance from the recorded samples of a General MIDI sound font, played with numpy."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from audio_to_body.musician.performance import CHORD_GAP, Performance
from audio_to_body.scores.tones import DARK, STRUCK_RELEASE, bowed_tone, samples_of, struck_tone, zone_of
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.sound_fonts import Zone, general_midi_font, read_zones


@lru_cache(maxsize=4)
def zones(program: int) -> tuple[Zone, ...]:
    """The samples of one General MIDI program."""
    font = general_midi_font()
    if font is None:
        raise BadInput("virtual recitals sound from the font that pretty_midi brings; install it")
    return read_zones(font, 0, program)


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
        zone = zone_of(table, float(pitch))
        first = int(onset * AUDIO_RATE)
        held = samples_of(end - onset)
        count = min(held + samples_of(STRUCK_RELEASE), len(out) - first)
        if count <= 0 or first < 0:
            continue
        out[first : first + count] += struck_tone(zone, pitch, tuning, velocity, held, count)
    return _finished(out[:samples], rng)


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
    noise = noise - np.convolve(noise, DARK, mode="same")
    hiss = float(rng.uniform(0.004, 0.014))
    for i in range(len(music)):
        onset, velocity, pitch = music.onset[i], music.velocity[i], float(music.pitch[i])
        goes_on = i + 1 < len(music) and not opens_stroke[i + 1] and music.onset[i + 1] - onset > CHORD_GAP
        end = music.onset[i + 1] if goes_on else music.end[i]
        attack = (0.028 + 0.03 * (1 - velocity)) if opens_stroke[i] else 0.010
        release = 0.014 if goes_on else 0.045
        first = int(onset * AUDIO_RATE)
        held = samples_of(end - onset)
        count = min(held + samples_of(release), len(out) - first)
        if count <= 0 or first < 0:
            continue
        zone = zone_of(table, pitch)
        time = np.arange(count, dtype=np.float32) / AUDIO_RATE
        long = 1.0 if end - onset > 0.3 else 0.0
        swing = long * depth * np.sin(2 * np.pi * vibrato * (time + onset)) * np.clip(time / 0.25, 0, 1)
        step = zone.rate / AUDIO_RATE * 2.0 ** ((pitch + tuning + rng.normal(0, 0.04) - zone.root + swing) / 12)
        at = int(rng.integers(AUDIO_RATE))
        scratch = np.take(noise, np.arange(at, at + count), mode="wrap")
        begins = bool(opens_stroke[i])
        out[first : first + count] += bowed_tone(zone, step, velocity, end - onset, attack, scratch, hiss, begins)
    return _finished(out[:samples], rng)
