"""A violin of the bank, played: strokes with soft and hard attacks, slurs under one bow, plucked notes, harmonics.

Notes under one slur are one tone: the sample goes on while its pitch moves to the next note, or another one that
has no attack is faded in. Sampled strokes begin brighter than real ones, so that attacks are softened by a drawn
amount.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.preprocessing.note_sound.bank import BOWED, HARMONIC, PLUCKED, SHORT, SampleSet
from audio_to_body.preprocessing.note_sound.sample_measures import BANK_RATE, PREROLL
from audio_to_body.preprocessing.note_sound.tones import at_places, darkened
from audio_to_body.preprocessing.note_sound.violin_notes import (
    DETACHE,
    HARMONICS,
    MARTELE,
    OPEN_STRINGS,
    PIZZICATO,
    SPICCATO,
    ViolinMusic,
)
from audio_to_body.skeleton.notes import Notes

FARTHEST_SAMPLE = 2.6  # semitones that a sample is shifted where there is a nearer one
RANGE_DB = 30.0  # from the softest to the loudest note
LOOP_FADE = 0.04  # s of the seams of a loop
STAYS_WITHIN = 0.06  # s: a note that is slurred to begins no later after the one before it
STRING_CROSSING = 5  # semitones from which a slurred note is on another string
RINGS_ON = 0.2  # s at most that a string sounds on when the bow has left it for another
SLIDE = (0.04, 0.2)  # s of a hand's slide
VIBRATO_FROM = 0.28  # s: shorter notes have none
_MANNER_KIND = {DETACHE: BOWED, SPICCATO: SHORT, MARTELE: SHORT, PIZZICATO: PLUCKED, HARMONICS: HARMONIC}


@dataclass(frozen=True)
class Violin:
    """One violin and its player.

    Attributes
    ----------
    sets : dict of int to SampleSet
        By kind of samples; what the chosen set lacks comes from another one.
    tuning : float
        Semitones of the whole.
    intonation : float
        Semitones, standard deviation of each note.
    vibrato_hertz, vibrato_depth : float
        Depth in semitones, either side.
    glide : float
        s in which a finger comes down under a slur.
    slide_share : float
        Share of slurred notes that the hand slides to.
    same_sample : float
        How often a slurred note goes on in the same sample.
    attack : float
        s of a stroke's rise.
    attack_dark : float
        How much of a stroke's first brightness is taken.
    release : float
        s in which a tone dies away when the bow leaves.
    lift : float
        s before a note's end at which the bow begins to leave it: the level falls by 10 dB where real bows change.
    ring : float
        s in which an open string does.
    bow_noise_db : float
    dip_db : float
        Of the level where a finger comes down.
    """

    sets: dict[int, SampleSet]
    tuning: float
    intonation: float
    vibrato_hertz: float
    vibrato_depth: float
    glide: float
    slide_share: float
    same_sample: float
    attack: float
    attack_dark: float
    release: float
    lift: float
    ring: float
    bow_noise_db: float
    dip_db: float


def draw_violin(sets: list[SampleSet], rng: np.random.Generator) -> Violin:
    """A violin out of the sets that are at hand, in some player's hands."""
    bowed = [s for s in sets if (s.kind == BOWED).any()]
    # a set with more samples has more to tell
    weight = np.sqrt([min((s.kind == BOWED).sum(), 300) for s in bowed])
    main = bowed[int(rng.choice(len(bowed), p=weight / weight.sum()))]
    chosen = {BOWED: main}
    for kind in (SHORT, PLUCKED, HARMONIC):
        having = [s for s in sets if (s.kind == kind).sum() >= 3]
        if having:
            chosen[kind] = main if main in having and rng.random() < 0.7 else having[int(rng.integers(len(having)))]
    return Violin(
        sets=chosen,
        tuning=float(np.clip(rng.normal(0, 0.10), -0.35, 0.35)),
        intonation=float(rng.uniform(0.02, 0.12)),
        vibrato_hertz=float(rng.uniform(4.5, 7.2)),
        vibrato_depth=float(rng.uniform(0.0, 0.4)),
        glide=float(rng.uniform(0.003, 0.025)),
        slide_share=float(rng.choice([0.0, 0.0, 0.1, 0.3])),
        same_sample=float(rng.uniform(0.2, 1.0)),
        attack=float(np.exp(rng.uniform(np.log(0.002), np.log(0.045)))),
        attack_dark=float(rng.uniform(0.0, 1.0)),
        release=float(np.exp(rng.uniform(np.log(0.006), np.log(0.06)))),
        lift=float(rng.uniform(0.0, 0.05)),
        ring=float(rng.uniform(0.08, 0.5)),
        bow_noise_db=float(rng.uniform(-60, -32)),
        dip_db=float(rng.uniform(-1.0, 6.0)),
    )


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


def _amplitude(velocity: float) -> float:
    return float(10 ** (-RANGE_DB / 20 * (1 - velocity / 127)))


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
    _fade_out(tone, int(stop * BANK_RATE) + PREROLL, fall)
    if kind == SHORT:
        tone = _softened(tone, violin)
    _add(out, tone * np.float32(_amplitude(float(notes.velocity[i])) * 0.2 / samples.level[number]), onset)
    return int(wanted), end, until


def _fade_out(tone: np.ndarray, at: int, seconds: float) -> None:
    """Let a tone die away from a sample on, by a factor of e in so many seconds."""
    at = max(at, 0)
    if at < len(tone):
        tone[at:] *= np.exp(-np.arange(len(tone) - at, dtype=np.float32) / np.float32(max(seconds, 2e-3) * BANK_RATE))


def _softened(tone: np.ndarray, violin: Violin) -> np.ndarray:
    """A stroke whose first moments rise more slowly and darker; the tone begins at PREROLL."""
    time = (np.arange(len(tone), dtype=np.float32) - PREROLL) / BANK_RATE
    rise = np.clip(0.25 + 0.75 * time / np.float32(violin.attack), 0.0, 1.0)
    share = np.float32(0.9 * violin.attack_dark) * np.exp(-np.maximum(time, 0) / np.float32(0.05))
    return tone * (rise * (1 - share)) + darkened(tone, 0.9) * (rise * share)


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
        pitch = _trajectory(violin, notes, own, begin, time[low:high], rng)
        part = _leg(samples, number, pitch, attack=k == 0, rng=rng)
        part *= np.float32(0.2 / samples.level[number])
        if k:  # no attack: it is faded in about the note's beginning
            rise = min(max(int(fade * BANK_RATE), 2), len(part))
            part[:rise] *= np.sin(np.linspace(0, np.pi / 2, rise, dtype=np.float32))
        if k + 1 < len(legs):
            fall = min(max(int((rings + 0.01) * BANK_RATE), 2), len(part))
            part[-fall:] *= np.cos(np.linspace(0, np.pi / 2, fall, dtype=np.float32))
        tone[low:high] += part
    tone = _softened(tone, violin)
    tone *= _dynamics(violin, notes, chain, time, rng)
    tone += _bow_noise(violin, tone, rng)
    lift = min(violin.lift * float(rng.uniform(0.5, 1.3)), 0.25 * (stop - begin))
    _fade_out(tone, int((stop - lift - begin) * BANK_RATE) + PREROLL, tail)
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


def _trajectory(
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


def _leg(samples: SampleSet, number: int, pitch: np.ndarray, attack: bool, rng: np.random.Generator) -> np.ndarray:
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


def _dynamics(
    violin: Violin, notes: Notes, chain: list[int], time: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Amplitude at every sample of a stroke: loudness of its notes, the bow's swell, dips where fingers come down."""
    begin, stop = float(notes.onset[chain[0]]), float(notes.end[chain[-1]])
    starts = np.array([float(notes.onset[i]) - begin for i in chain])
    level = np.array([20 * np.log10(_amplitude(float(notes.velocity[i]))) for i in chain])
    middle = np.append(starts[1:], stop - begin) * 0.5 + starts * 0.5
    gain = np.interp(time, middle, level)
    share = np.clip(time / max(stop - begin, 0.02), 0, 1)
    gain = gain + float(rng.normal(0, 2.0)) * np.sin(np.pi * share) + float(rng.normal(0, 1.5)) * share
    for start in starts[1:]:
        depth = violin.dip_db * float(rng.uniform(0.3, 1.5))
        low, high = np.searchsorted(time, (start - 0.05, start + 0.05))
        gain[low:high] -= depth * np.exp(-0.5 * ((time[low:high] - start + 0.004) / 0.012) ** 2)
    return (10 ** (gain / 20)).astype(np.float32)


def _bow_noise(violin: Violin, tone: np.ndarray, rng: np.random.Generator) -> np.ndarray:
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
