"""A violin of the bank, played: strokes with soft and hard attacks, slurs under one bow, plucked notes, harmonics.

Notes under one slur are one tone: the sample goes on while its pitch moves to the next note, or another one that
has no attack is faded in. Sampled strokes begin brighter than real ones, so that attacks are softened by a drawn
amount.
"""

from __future__ import annotations

import numpy as np

from audio_to_body.preprocessing.note_sound.bank import BOWED, HARMONIC, PLUCKED, SHORT, SampleSet
from audio_to_body.preprocessing.note_sound.sample_measures import BANK_RATE, PREROLL
from audio_to_body.preprocessing.note_sound.tones import at_places, fade_out
from audio_to_body.preprocessing.note_sound.violin_notes import (
    DETACHE,
    HARMONICS,
    MARTELE,
    OPEN_STRINGS,
    PIZZICATO,
    SPICCATO,
    ViolinMusic,
)
from audio_to_body.preprocessing.note_sound.violin_player import Violin
from audio_to_body.preprocessing.note_sound.violin_tones import (
    amplitude,
    bow_level,
    bow_noise,
    finger_path,
    followed,
    lifted,
    softened,
)
from audio_to_body.skeleton.notes import Notes

FARTHEST_SAMPLE = 2.6  # semitones that a sample is shifted where there is a nearer one
STAYS_WITHIN = 0.06  # s: a note that is slurred to begins no later after the one before it
STRING_CROSSING = 5  # semitones from which a slurred note is on another string
SHORT_RISE = 0.02  # s of a note that stands for a spiccato's: its bite is short
RINGING_FALL = 0.5  # of an open string's level where the bow leaves it, beside a stopped one's
RINGS_ON = 0.2  # s at most that a string sounds on when the bow has left it for another
_MANNER_KIND = {DETACHE: BOWED, SPICCATO: SHORT, MARTELE: SHORT, PIZZICATO: PLUCKED, HARMONICS: HARMONIC}


def play_violin(
    violin: Violin, music: ViolinMusic, samples: int, rng: np.random.Generator
) -> tuple[np.ndarray, Notes]:
    """Play music.

    Parameters
    ----------
    violin : Violin
    music : ViolinMusic
    samples : int
    rng : np.random.Generator

    Returns
    -------
    np.ndarray, float32 [samples]
    Notes
        Sorted by onset; harmonics at the pitch at which they sound.
    """
    notes = music.notes
    out = np.zeros(samples + 4 * BANK_RATE, np.float32)
    pitch, end, until = notes.pitch.copy(), notes.end.copy(), notes.end.copy()
    for chain in _chains(music):
        manner = int(music.manner[chain[0]])
        kind = _MANNER_KIND[manner]
        if kind in violin.sets and kind != BOWED:
            for i in chain:
                pitch[i], end[i], until[i] = _play_one(out, violin, notes, i, kind, rng)
        else:
            until[chain[-1]] = _play_bowed(out, violin, notes, chain, rng)
    return out[:samples], Notes(
        onset=notes.onset,
        end=np.maximum(end, notes.onset),
        pitch=pitch,
        velocity=notes.velocity,
        sounding_end=np.maximum(until, end),
        stroke=notes.stroke,
        plucked=notes.plucked,
    )


def _chains(music: ViolinMusic) -> list[list[int]]:
    """Notes that are one tone: the notes of each voice under one slur."""
    notes = music.notes
    chains: list[list[int]] = []
    open_chains: dict[int, list[int]] = {}
    for i in range(len(notes)):
        voice = int(music.voice[i])
        before = open_chains.get(voice)
        if not notes.stroke[i] and before is not None and notes.onset[i] - notes.end[before[-1]] < STAYS_WITHIN:
            before.append(i)
            continue
        open_chains[voice] = [i]
        chains.append(open_chains[voice])
    return chains


def _choose(
    samples: SampleSet, kind: int, pitch: float, velocity: float, long: float, rng: np.random.Generator
) -> int:
    """A sample near in pitch and loudness; for long tones one with an even part."""
    away = np.abs(samples.nominal - pitch)
    cost = away + np.abs(samples.velocity - velocity) / 25 + rng.exponential(0.8, len(away))
    cost = cost + np.where(away > FARTHEST_SAMPLE, 4 * away, 0.0)
    cost = np.where(samples.kind == kind, cost, np.inf)
    if kind in (BOWED, HARMONIC):
        short = (samples.loop[:, 1] == 0) & (samples.length < (long + 0.05) * BANK_RATE)
        cost = cost + 50.0 * short
    return int(np.argmin(cost))


def _play_one(
    out: np.ndarray, violin: Violin, notes: Notes, i: int, kind: int, rng: np.random.Generator
) -> tuple[int, float, float]:
    """A short stroke, a plucked note or a harmonic; returns its pitch, end and the end of its ringing."""
    samples = violin.sets[kind]
    onset, wanted = float(notes.onset[i]), float(notes.pitch[i])
    held = float(notes.end[i]) - onset
    number = _choose(samples, kind, wanted, float(notes.velocity[i]), held, rng)
    wave = samples.wave(number)
    shift = wanted - samples.pitch[number] + violin.tuning + rng.normal(0, violin.intonation)
    step = 2.0 ** (shift / 12)
    count = int((len(wave) - PREROLL) / step) + PREROLL
    if kind == HARMONIC:
        count = min(count, int((held + 4 * violin.release) * BANK_RATE) + PREROLL)
    tone = at_places(wave, np.maximum(PREROLL + (np.arange(count) - PREROLL) * step, 0.0))
    audible = min(float(samples.audible[number]) / step, (count - PREROLL) / BANK_RATE)
    if kind == PLUCKED:
        fall, stop = 0.05, held if rng.random() < 0.4 else audible
        end, until = onset + min(held, audible), onset + min(stop, audible)
    elif kind == SHORT:
        fall, stop = violin.release, max(held, 0.05)
        end = onset + min(stop, audible)
        until = end
    else:
        fall, stop = violin.release, held
        end, until = onset + min(held, audible), onset + min(held, audible)
    fade_out(tone, int(stop * BANK_RATE) + PREROLL, fall)
    if kind == SHORT:
        tone = softened(tone, violin, SHORT_RISE)
    _add(out, tone * np.float32(amplitude(float(notes.velocity[i])) * 0.2 / samples.level[number]), onset)
    return int(wanted), end, until


def _add(out: np.ndarray, tone: np.ndarray, onset: float) -> None:
    first = round(onset * BANK_RATE) - PREROLL
    skip = max(-first, 0)
    count = min(len(tone), len(out) - first)
    if count > skip:
        out[first + skip : first + count] += tone[skip:count]


def _play_bowed(out: np.ndarray, violin: Violin, notes: Notes, chain: list[int], rng: np.random.Generator) -> float:
    """One bow stroke; returns when it has died away."""
    samples = violin.sets[BOWED]
    begin, stop = float(notes.onset[chain[0]]), float(notes.end[chain[-1]])
    tail = violin.release
    if int(notes.pitch[chain[-1]]) in OPEN_STRINGS:
        tail = max(tail, violin.ring)
    total = stop - begin + 4 * tail
    count = min(int(total * BANK_RATE), len(out) - int(begin * BANK_RATE) - 1) + PREROLL
    if count <= PREROLL:
        return stop
    time = (np.arange(count) - PREROLL) / BANK_RATE  # from the stroke's beginning
    legs = _legs(violin, samples, notes, chain, total, rng)
    tone = np.zeros(count, np.float32)
    for k, (first, number) in enumerate(legs):
        onset = float(notes.onset[chain[first]]) - begin
        last = float(notes.onset[chain[legs[k + 1][0]]]) - begin if k + 1 < len(legs) else total
        fade = float(rng.uniform(0.006, 0.035))
        low = 0 if k == 0 else max(int((onset - fade / 2) * BANK_RATE) + PREROLL, 0)
        rings = (
            RINGS_ON * float(rng.random()) if k + 1 < len(legs) and _crosses(notes, chain, legs[k + 1][0]) else 0.02
        )
        high = count if k + 1 == len(legs) else min(int((last + rings) * BANK_RATE) + PREROLL, count)
        if high <= low:
            continue
        own = chain[first : legs[k + 1][0]] if k + 1 < len(legs) else chain[first:]
        pitch = finger_path(violin, notes, own, begin, time[low:high], rng)
        part = followed(samples, number, pitch, attack=k == 0, rng=rng)
        part *= np.float32(0.2 / samples.level[number])
        if k:  # no attack: it is faded in about the note's beginning
            rise = min(max(int(fade * BANK_RATE), 2), len(part))
            part[:rise] *= np.sin(np.linspace(0, np.pi / 2, rise, dtype=np.float32))
        if k + 1 < len(legs):
            falling = min(max(int((rings + 0.01) * BANK_RATE), 2), len(part))
            part[-falling:] *= np.cos(np.linspace(0, np.pi / 2, falling, dtype=np.float32))
        tone[low:high] += part
    tone = softened(tone, violin, float(notes.end[chain[0]] - notes.onset[chain[0]]))
    tone *= bow_level(violin, notes, chain, time, rng)
    tone += bow_noise(violin, tone, rng)
    lift = min(violin.lift * float(rng.uniform(0.5, 1.3)), 0.25 * (stop - begin))
    fall = violin.change_db * float(rng.uniform(0.6, 1.4)) * (RINGING_FALL if tail == violin.ring else 1.0)
    tone = lifted(tone, int((stop - lift - begin) * BANK_RATE) + PREROLL, lift, fall, violin.change_dark)
    fade_out(tone, int((stop - begin) * BANK_RATE) + PREROLL, tail)
    _add(out, tone, begin)
    return stop + (2 * tail if tail == violin.ring else 0.0)


def _crosses(notes: Notes, chain: list[int], place: int) -> bool:
    """Whether the bow goes to another string for a note of a stroke: the one before it then rings on."""
    return abs(int(notes.pitch[chain[place]] - notes.pitch[chain[place - 1]])) >= STRING_CROSSING


def _legs(
    violin: Violin, samples: SampleSet, notes: Notes, chain: list[int], total: float, rng: np.random.Generator
) -> list[tuple[int, int]]:
    """Which sample sounds from which note of a stroke on: pairs of place in the chain, sample."""
    legs: list[tuple[int, int]] = []
    for place, i in enumerate(chain):
        pitch, velocity = float(notes.pitch[i]), float(notes.velocity[i])
        if legs:
            held = samples.nominal[legs[-1][1]]
            if abs(held - pitch) < 4.0 and rng.random() < violin.same_sample:
                continue
        legs.append((place, _choose(samples, BOWED, pitch, velocity, total, rng)))
    return legs
