"""A piano of the bank, played: velocity, layers, tuning, pedal, dampers. Dry sound and what was struck."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from audio_to_body.preprocessing.note_sound.bank import SampleSet
from audio_to_body.preprocessing.note_sound.sample_measures import BANK_RATE, PREROLL
from audio_to_body.preprocessing.note_sound.tones import at_places, darkened, fade_out
from audio_to_body.skeleton.notes import Notes

NATURAL_LEVELS = ("headroom_grand",)  # sets whose layers are as loud as they were; the others are levelled
NO_DAMPER = 89  # MIDI: the highest keys ring on, on most pianos from F6 or G6
DETUNED_SHARE, UNISON_SHARE = 0.7, 0.2  # of the pianos: keys each a little off, unisons apart
RESTRIKE = 0.03  # s in which a new stroke ends the same key's old tone
PEDALS = ("none", "syncopated", "long", "half", "mixed")
_SOFT_STEPS = 4  # darkened copies of a tone
_LONGEST = 8.0  # s of a tone


@dataclass(frozen=True)
class Piano:
    """One piano in one state.

    Attributes
    ----------
    samples : SampleSet
    tuning : float
        Semitones of the whole.
    detuning : np.ndarray [128]
        Semitones of each key.
    apart : float
        Semitones between the strings of a key; 0 leaves the sample alone.
    range_db : float
        From the softest to the loudest stroke.
    bend : float
        Exponent of the velocity curve.
    register_db : float
        Per octave above middle C.
    softening : float
        How much darker soft strokes are.
    damping : float
        s in which a damped middle string falls by a factor of e.
    knock_db : float
        Of dampers and keys falling back, against a loud tone.
    """

    samples: SampleSet
    tuning: float
    detuning: np.ndarray
    apart: float
    range_db: float
    bend: float
    register_db: float
    softening: float
    damping: float
    knock_db: float


def draw_piano(samples: SampleSet, rng: np.random.Generator) -> Piano:
    """A set of samples as one of many pianos."""
    width = rng.uniform(0.01, 0.10) if rng.random() < DETUNED_SHARE else 0.0
    return Piano(
        samples=samples,
        tuning=float(np.clip(rng.normal(0, 0.12), -0.4, 0.4)),
        detuning=rng.normal(0, width, 128),
        apart=float(rng.uniform(0.02, 0.16)) if rng.random() < UNISON_SHARE else 0.0,
        range_db=float(rng.uniform(22, 42)),
        bend=float(rng.uniform(0.6, 1.4)),
        register_db=float(rng.normal(-0.8, 1.8)),
        softening=float(rng.uniform(0.3, 1.0)),
        damping=float(rng.uniform(0.02, 0.09)),
        knock_db=float(rng.uniform(-65, -35)),
    )


def loudness(velocity: float, piano: Piano) -> float:
    """Amplitude of a stroke: 1 at velocity 127, down by the piano's range at 1."""
    return float(10 ** (-piano.range_db / 20 * (1 - ((velocity - 1) / 126) ** piano.bend)))


def pedal_times(notes: Notes, seconds: float, manner: str, rng: np.random.Generator) -> np.ndarray:
    """When the right pedal is down: begin and end, float64 [n, 2].

    Parameters
    ----------
    notes : Notes
    seconds : float
    manner : str
        One of :data:`PEDALS`.
    rng : np.random.Generator
    """
    if manner == "none" or not len(notes):
        return np.zeros((0, 2))
    if manner == "long":
        changes = np.cumsum(rng.uniform(1.5, 8.0, int(seconds) + 2))
    else:  # it changes where the harmony may: on some of the onsets, the stronger ones rather
        every = rng.uniform(0.4, 2.5)
        onsets = np.unique(notes.onset)
        changes, last = [], -10.0
        for onset in onsets.tolist():
            if onset - last >= every * rng.uniform(0.7, 1.3):
                changes.append(onset)
                last = onset
        changes = np.array(changes)
    late = rng.uniform(0.05, 0.25, len(changes))  # syncopated: down after the stroke
    up_late = rng.uniform(-0.02, 0.06, len(changes))
    begins, ends = changes + late, np.append(changes[1:] + up_late[1:], seconds + 5.0)
    spans = np.stack([begins, ends], axis=1)[ends - begins > 0.05]
    if manner == "mixed":
        spans = spans[rng.random(len(spans)) < 0.6]
    return spans


def play_piano(
    piano: Piano, notes: Notes, pedal: np.ndarray, half: float, samples: int, rng: np.random.Generator
) -> tuple[np.ndarray, Notes]:
    """Play notes.

    Parameters
    ----------
    piano : Piano
    notes : Notes
        ``sounding_end`` is replaced.
    pedal : np.ndarray [n, 2]
        When the pedal is down.
    half : float
        0: the pedal lifts the dampers; else seconds in which strings fall by a factor of e under a half pedal.
    samples : int
        Length of the sound.
    rng : np.random.Generator

    Returns
    -------
    np.ndarray, float32 [samples]
    Notes
        Sorted by onset, with the times until which each sounds.
    """
    notes = notes.ordered()
    strokes = [_stroke(piano, notes, i, pedal, half) for i in range(len(notes))]
    longest: dict[tuple[int, int, int], int] = {}
    for stroke in strokes:
        longest[stroke.tone] = max(longest.get(stroke.tone, 0), stroke.samples)
    tones = {tone: _tone(piano, *tone, count) for tone, count in longest.items()}
    out = np.zeros(samples + int(_LONGEST * BANK_RATE) + 1, np.float32)
    until = np.array([stroke.stop for stroke in strokes])
    again = _next_strokes(notes)
    knock = np.float32(10 ** (piano.knock_db / 20))
    for i, stroke in enumerate(strokes):
        onset, end = float(notes.onset[i]), float(notes.end[i])
        first = round(onset * BANK_RATE) - PREROLL
        skip = max(-first, 0)
        count = min(stroke.samples, len(tones[stroke.tone]), len(out) - first)
        if count <= skip:
            continue
        part = tones[stroke.tone][skip:count] * np.float32(stroke.gain)
        fade_out(part, int((stroke.released - onset) * BANK_RATE) + PREROLL - skip, stroke.fall)
        if again[i] < stroke.stop + 6 * stroke.fall:
            fade_out(part, int((again[i] - onset) * BANK_RATE) + PREROLL - skip, RESTRIKE / 3)
            until[i] = min(stroke.stop, max(again[i], end))
        out[first + skip : first + count] += part
        if piano.knock_db > -60 and notes.pitch[i] < NO_DAMPER:
            _thump(out, end, knock * np.float32(rng.uniform(0.3, 1.0)), rng)
    return out[:samples], replace(notes, sounding_end=np.maximum(until, notes.end))


@dataclass(frozen=True)
class _Stroke:
    """How a note is played: its tone (key, sample, softness), amplitude, and how it dies away.

    From ``released`` on it falls by a factor of e in ``fall`` seconds; at ``stop`` it is taken to be silent.
    """

    tone: tuple[int, int, int]
    gain: float
    released: float
    stop: float
    fall: float
    samples: int


def _stroke(piano: Piano, notes: Notes, i: int, pedal: np.ndarray, half: float) -> _Stroke:
    onset, end, key = float(notes.onset[i]), float(notes.end[i]), int(notes.pitch[i])
    number, gain = _sample_for(piano, key, float(notes.velocity[i]))
    lifted = _pedal_end(pedal, end)
    audible = onset + float(piano.samples.audible[number])
    if key >= NO_DAMPER:
        released, stop, fall = max(end, audible), max(end, audible), 0.3
    elif lifted > end and half > 0:
        released, stop, fall = end, min(lifted, end + 2 * half), half
    else:
        released, stop, fall = lifted, lifted, piano.damping * 2.0 ** ((60 - key) / 24)
    stop = min(stop, max(audible, end))
    count = int(min(released - onset + 6 * fall, _LONGEST) * BANK_RATE) + PREROLL
    return _Stroke(
        (key, number, _softness(piano, number, float(notes.velocity[i]))), gain, released, stop, fall, count
    )


def _next_strokes(notes: Notes) -> np.ndarray:
    """When each note's key is struck again, seconds [notes]; infinite where it is not."""
    again = np.full(len(notes), np.inf)
    last: dict[int, int] = {}
    for i, key in enumerate(notes.pitch.tolist()):
        if key in last:
            again[last[key]] = notes.onset[i]
        last[key] = i
    return again


def _pedal_end(pedal: np.ndarray, end: float) -> float:
    """When a note whose key is let go at ``end`` is damped."""
    holding = (pedal[:, 0] <= end) & (end < pedal[:, 1]) if len(pedal) else np.zeros(0, bool)
    return float(pedal[holding, 1].max()) if holding.any() else end


def _sample_for(piano: Piano, key: int, velocity: float) -> tuple[int, float]:
    """The sample that serves a key and a velocity, and the amplitude at which it is played."""
    samples = piano.samples
    away = np.abs(samples.nominal - key)
    # the nearest key first, then the nearest layer
    number = int(np.argmin(np.round(away) * 1000 + np.abs(samples.velocity - velocity)))
    gain = loudness(velocity, piano)
    if samples.name in NATURAL_LEVELS:
        layer = float(samples.velocity[number])
        gain = float(samples.recorded_level[number] / samples.level[number]) * 10 ** ((velocity - layer) / 127)
    else:
        gain *= 0.2 / float(samples.level[number]) * 10 ** (piano.register_db * (key - 60) / 240)
    return number, gain


def _softness(piano: Piano, number: int, velocity: float) -> int:
    """How many steps darker than its sample a stroke is."""
    share = piano.softening * (float(piano.samples.velocity[number]) + 20 - velocity) / 127
    return int(np.clip(round(share * _SOFT_STEPS), 0, _SOFT_STEPS))


def _tone(piano: Piano, key: int, number: int, softness: int, longest: int) -> np.ndarray:
    """A key's tone, undamped, at most so many samples of it."""
    samples = piano.samples
    wave = samples.wave(number)
    pitch = samples.pitch[number] if abs(samples.nominal[number] - key) > 0.3 else samples.nominal[number]
    shift = key + piano.tuning + piano.detuning[key] - pitch
    step = 2.0 ** (shift / 12)
    # the 10 ms before the stroke stay 10 ms at any pitch
    steps = [step] if piano.apart == 0 else [step * 2 ** (-piano.apart / 24), step * 2 ** (piano.apart / 24)]
    tone = np.zeros(0, np.float32)
    for one in steps:
        count = min(int((len(wave) - PREROLL) / one) + PREROLL, longest)
        places = PREROLL + (np.arange(count) - PREROLL) * one
        played = at_places(wave, np.maximum(places, 0.0)) * np.float32(1 / len(steps))
        tone = played if not len(tone) else tone[: len(played)] + played[: len(tone)]
    if softness == 0:
        return tone
    dark = darkened(tone, softness / _SOFT_STEPS)
    start = slice(PREROLL, PREROLL + int(0.2 * BANK_RATE))  # darker is not softer: how loud it is says the velocity
    return dark * np.float32(np.linalg.norm(tone[start]) / max(float(np.linalg.norm(dark[start])), 1e-6))


def _thump(out: np.ndarray, moment: float, size: np.float32, rng: np.random.Generator) -> None:
    """A key falls back: a dull knock."""
    first = int((moment + rng.uniform(0, 0.02)) * BANK_RATE)
    burst = rng.standard_normal(600, dtype=np.float32).cumsum(dtype=np.float32)
    burst *= np.exp(-np.arange(600, dtype=np.float32) / 150) * np.hanning(600).astype(np.float32) / 20
    room = len(out) - first
    if room > 0:
        out[first : first + 600] += size * burst[:room]
