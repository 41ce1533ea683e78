"""What a bowed tone is made of: the path of its pitch, a looped sample that follows it, the bow's level and noise."""

from __future__ import annotations

import numpy as np

from audio_to_body.preprocessing.note_sound.bank import SampleSet
from audio_to_body.preprocessing.note_sound.sample_measures import BANK_RATE, PREROLL
from audio_to_body.preprocessing.note_sound.tones import at_places, darkened
from audio_to_body.preprocessing.note_sound.violin_notes import OPEN_STRINGS
from audio_to_body.preprocessing.note_sound.violin_player import Violin
from audio_to_body.skeleton.notes import Notes

RANGE_DB = 30.0  # from the softest to the loudest note
LOOP_FADE = 0.04  # s of the seams of a loop
SLIDE = (0.04, 0.2)  # s of a hand's slide
RISE_SHARE = 0.7  # of a note's length that its stroke rises at most
DIP_LATE, DIP_WIDTH = (-0.004, 0.025), (0.01, 0.03)  # s of the dip where a finger comes down, from its note on
VIBRATO_FROM = 0.28  # s: shorter notes have none


def amplitude(velocity: float) -> float:
    """Of a note, 1 at velocity 127."""
    return float(10 ** (-RANGE_DB / 20 * (1 - velocity / 127)))


def finger_path(
    violin: Violin, notes: Notes, chain: list[int], begin: float, time: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """MIDI pitch at moments after ``begin``: notes, fingers that come down or slide, vibrato, intonation."""
    starts = np.array([float(notes.onset[i]) - begin for i in chain])
    pitches = notes.pitch[chain] + violin.tuning + rng.normal(0, violin.intonation, len(chain))
    places, values = [starts[0] - 1.0], [pitches[0]]
    for before, onset, pitch in zip(pitches, starts[1:], pitches[1:]):
        slide = rng.random() < violin.slide_share
        width = float(rng.uniform(*SLIDE)) if slide else violin.glide * float(rng.uniform(0.5, 1.5))
        start = max(onset - (width if slide else width / 2), places[-1] + 1e-4)
        places += [start, start + width]
        values += [before, pitch]
    pitch = np.interp(time, places, values)
    long = np.array([float(notes.end[i] - notes.onset[i]) for i in chain])
    swings = (long > VIBRATO_FROM) & ~np.isin(notes.pitch[chain], OPEN_STRINGS)
    if violin.vibrato_depth > 0.02 and swings.any():
        number = np.clip(np.searchsorted(starts, time, side="right") - 1, 0, len(chain) - 1)
        inside = time - starts[number]
        depth = violin.vibrato_depth * swings[number] * np.clip((inside - 0.08) / 0.25, 0, 1)
        hertz = violin.vibrato_hertz * float(rng.uniform(0.92, 1.08))
        pitch = pitch + depth * (np.sin(2 * np.pi * hertz * inside) - 0.15)
    return pitch


def followed(
    samples: SampleSet, number: int, pitch: np.ndarray, attack: bool, rng: np.random.Generator
) -> np.ndarray:
    """A sample that follows a pitch, looped as long as it is wanted."""
    wave = samples.wave(number)
    step = np.exp2((pitch - samples.pitch[number]) / 12)
    loop_begin, loop_end = (int(v) for v in samples.loop[number])
    places = np.cumsum(step) - step[0]
    if attack:  # the 10 ms before the note stay 10 ms at any pitch
        places = places - places[min(PREROLL, len(places) - 1)] + PREROLL
    elif loop_end:
        places = places + loop_begin + float(rng.uniform(0, 0.3)) * (loop_end - loop_begin)
    else:
        places = places + min(0.3 * len(wave), PREROLL + 0.08 * BANK_RATE)
    needed = int(places[-1]) + 2
    if loop_end and needed > loop_end:
        wave = _unrolled(wave, loop_begin, loop_end, needed, rng)
    return at_places(wave, np.maximum(places, 0.0))


def _unrolled(wave: np.ndarray, begin: int, end: int, needed: int, rng: np.random.Generator) -> np.ndarray:
    """A wave whose even part is repeated until it is long enough, from other places each time, seams faded."""
    fade = min(int(LOOP_FADE * BANK_RATE), (end - begin) // 3)
    rise = np.sin(np.linspace(0, np.pi / 2, fade, dtype=np.float32))
    parts, length = [wave[:end]], end
    while length < needed:
        first = begin + int(rng.uniform(0, 0.4) * (end - begin - 2 * fade))
        following = wave[first:end]
        seam = parts[-1][-fade:] * rise[::-1] + following[:fade] * rise
        parts[-1] = parts[-1][:-fade]
        parts.append(np.concatenate([seam, following[fade:]]))
        length += len(following) - fade
    return np.concatenate(parts)


def bow_level(
    violin: Violin, notes: Notes, chain: list[int], time: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Amplitude at every sample of a stroke: loudness of its notes, the bow's swell, dips where fingers come down."""
    begin, stop = float(notes.onset[chain[0]]), float(notes.end[chain[-1]])
    starts = np.array([float(notes.onset[i]) - begin for i in chain])
    level = np.array([20 * np.log10(amplitude(float(notes.velocity[i]))) for i in chain])
    middle = np.append(starts[1:], stop - begin) * 0.5 + starts * 0.5
    gain = np.interp(time, middle, level)
    share = np.clip(time / max(stop - begin, 0.02), 0, 1)
    gain = gain + float(rng.normal(0, 2.0)) * np.sin(np.pi * share) + float(rng.normal(0, 1.5)) * share
    for start in starts[1:]:
        depth = violin.dip_db * float(rng.uniform(0.3, 1.5))
        late, width = float(rng.uniform(*DIP_LATE)), float(rng.uniform(*DIP_WIDTH))
        low, high = np.searchsorted(time, (start - 0.1, start + 0.15))
        gain[low:high] -= depth * np.exp(-0.5 * ((time[low:high] - start - late) / width) ** 2)
    return (10 ** (gain / 20)).astype(np.float32)


def bow_noise(violin: Violin, tone: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Hair on string: hiss that follows the tone."""
    block = 240
    count = -(-len(tone) // block)
    padded = np.zeros(count * block, np.float32)
    padded[: len(tone)] = tone
    level = np.sqrt(np.mean(np.square(padded.reshape(count, block)), axis=1))
    hiss = rng.standard_normal(len(tone), dtype=np.float32)
    hiss[1:] -= 0.6 * hiss[:-1]
    shape = np.interp(np.arange(len(tone)), np.arange(count) * block + block / 2, level).astype(np.float32)
    return hiss * shape * np.float32(10 ** (violin.bow_noise_db / 20))


def softened(tone: np.ndarray, violin: Violin, held: float) -> np.ndarray:
    """A stroke whose first moments rise more slowly and darker; it begins at PREROLL; its first note is held."""
    time = (np.arange(len(tone), dtype=np.float32) - PREROLL) / BANK_RATE
    attack = np.float32(max(min(violin.attack, RISE_SHARE * held), 1e-3))
    rise = np.clip(0.25 + 0.75 * time / attack, 0.0, 1.0)
    share = np.float32(0.9 * violin.attack_dark) * np.exp(-np.maximum(time, 0) / np.float32(0.05))
    return tone * (rise * (1 - share)) + darkened(tone, 0.9) * (rise * share)


def lifted(tone: np.ndarray, at: int, seconds: float, decibels: float, dark: float) -> np.ndarray:
    """A tone whose bow begins to leave it at a sample: so many seconds later it has fallen so far, and is darker.

    Parameters
    ----------
    tone : np.ndarray, float32
    at : int
    seconds : float
    decibels : float
        By which it has fallen then; it goes on at that level.
    dark : float
        0 keeps the high partials, 1 takes them.
    """
    first = min(max(at, 0), len(tone))
    time = np.arange(len(tone) - first, dtype=np.float32) / np.float32(BANK_RATE)
    share = np.minimum(time / np.float32(max(seconds, 1e-3)), 1.0)
    rest = tone[first:]
    rest = rest * (1 - dark * share) + darkened(tone, 1.0)[first:] * (dark * share)
    return np.concatenate([tone[:first], rest * 10 ** (-np.float32(decibels / 20) * share)])
