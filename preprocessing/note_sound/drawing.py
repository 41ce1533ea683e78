"""Labelled sound, drawn: ``draw("piano", rng, seconds)`` gives sound and the notes in it, never the same twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audio_to_body.preprocessing.note_sound.bank import Bank, SampleSet, read_bank
from audio_to_body.preprocessing.note_sound.note_library import read_library
from audio_to_body.preprocessing.note_sound.piano_notes import draw_piano_notes
from audio_to_body.preprocessing.note_sound.piano_rendering import (
    PEDALS,
    Piano,
    draw_piano,
    pedal_times,
    play_piano,
)
from audio_to_body.preprocessing.note_sound.recording_chain import record
from audio_to_body.preprocessing.note_sound.sample_measures import BANK_RATE
from audio_to_body.preprocessing.note_sound.silence import draw_no_notes
from audio_to_body.preprocessing.note_sound.violin_notes import draw_violin_music
from audio_to_body.preprocessing.note_sound.violin_player import draw_violin
from audio_to_body.preprocessing.note_sound.violin_rendering import play_violin
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.refusal import BadInput

HELD_OUT = {"piano": ("headroom_grand",), "violin": ("vsco",)}  # the judge's instruments
COPYLEFT = {"piano": ("timgm_piano",), "violin": ("timgm_violin",)}  # GPL-2: what ships is not trained on them
SILENT_SHARE = 0.04  # of the draws without a note
LIBRARY_SHARE = 0.5  # of the draws of the piano that humans or scores have made
ADDITIVE_SHARE = 0.12  # of the pianos that nobody has built
TEMPO = (0.72, 1.45)  # by which an excerpt is slower or faster
HELD_OUT_SECONDS = 20.0
_SHORTEST_GAP = 0.025  # s between a key's release and its next stroke


def draw(
    instrument: str, rng: np.random.Generator, seconds: float, exclude: Sequence[str] = (), bank: Bank | None = None
) -> tuple[np.ndarray, Notes]:
    """Draw sound and its notes.

    Parameters
    ----------
    instrument : str
        ``piano`` or ``violin``.
    rng : np.random.Generator
        The same generator gives the same sound.
    seconds : float
    exclude : sequence of str
        Names of sample sets that are not to be heard.
    bank : Bank, optional
        Default: that of :func:`audio_to_body.preprocessing.note_sound.bank.bank_folder`.

    Returns
    -------
    np.ndarray, float32 [samples]
        Mono, 24 kHz.
    Notes
        Those that begin within it, sorted; ends may lie beyond it.

    Raises
    ------
    BadInput
        If there is no such instrument, or no set of it is left.
    """
    bank = read_bank() if bank is None else bank
    sets = _left(bank, instrument, exclude)
    if rng.random() < SILENT_SHARE:
        return draw_no_notes(rng, seconds, bank.rooms), Notes.none()
    samples = int(seconds * BANK_RATE)
    if instrument == "piano":
        dry, notes = _piano(sets, rng, seconds, samples)
    else:
        dry, notes = _violin(sets, rng, seconds, samples)
    return record(dry, rng, bank.rooms), notes.between(0.0, seconds)


def not_trained_on(instrument: str) -> tuple[str, ...]:
    """Names of the sets that no net that ships may hear."""
    return HELD_OUT[instrument] + COPYLEFT[instrument]


def held_out(instrument: str, number: int, seconds: float = HELD_OUT_SECONDS) -> tuple[np.ndarray, Notes]:
    """A clip to judge by, the same each time: an instrument that training leaves out.

    Parameters
    ----------
    instrument : str
    number : int
        Of the clip.
    seconds : float
    """
    bank = read_bank()
    others = [s.name for s in bank.of(instrument) if s.name not in HELD_OUT[instrument]]
    rng = np.random.default_rng([number, 0x4E1D])
    sound, notes = draw(instrument, rng, seconds, others, bank)
    while not len(notes):
        sound, notes = draw(instrument, rng, seconds, others, bank)
    return sound, notes


def piano_sound_of(
    notes: Notes, rng: np.random.Generator, seconds: float, exclude: Sequence[str] = (), bank: Bank | None = None
) -> np.ndarray:
    """Given notes on a drawn piano, pedalled in a drawn manner, in a drawn room: float32 [samples] at 24 kHz.

    Parameters
    ----------
    notes : Notes
        Their ends are where keys are let go.
    rng : np.random.Generator
    seconds : float
    exclude : sequence of str
    bank : Bank, optional
        As for :func:`draw`.

    Raises
    ------
    BadInput
        If no piano is left.
    """
    bank = read_bank() if bank is None else bank
    sets = _left(bank, "piano", exclude)
    dry, _ = _played(_some_piano(sets, rng), notes, rng, seconds, int(seconds * BANK_RATE))
    return record(dry, rng, bank.rooms)


def _left(bank: Bank, instrument: str, exclude: Sequence[str]) -> list[SampleSet]:
    sets = bank.of(instrument, tuple(exclude))
    if not sets:
        raise BadInput(f"no sampled {instrument} is left to draw from; build the bank or exclude less")
    return sets


def _piano(sets: list[SampleSet], rng: np.random.Generator, seconds: float, samples: int) -> tuple[np.ndarray, Notes]:
    piano = _some_piano(sets, rng)
    return _played(piano, _piano_notes(rng, seconds), rng, seconds, samples)


def _some_piano(sets: list[SampleSet], rng: np.random.Generator) -> Piano:
    built = [s for s in sets if not s.name.startswith("additive")]
    computed = [s for s in sets if s.name.startswith("additive")]
    group = computed if computed and (not built or rng.random() < ADDITIVE_SHARE) else built
    return draw_piano(group[int(rng.integers(len(group)))], rng)


def _played(
    piano: Piano, notes: Notes, rng: np.random.Generator, seconds: float, samples: int
) -> tuple[np.ndarray, Notes]:
    manner = PEDALS[int(rng.choice(len(PEDALS), p=[0.35, 0.3, 0.08, 0.12, 0.15]))]
    pedal = pedal_times(notes, seconds, manner, rng)
    half = float(rng.uniform(0.2, 0.9)) if manner == "half" else 0.0
    return play_piano(piano, notes, pedal, half, samples, rng)


def _piano_notes(rng: np.random.Generator, seconds: float) -> Notes:
    library = read_library("piano")
    if library is None or rng.random() > LIBRARY_SHARE:
        return _tidy(draw_piano_notes(rng, seconds))
    tempo = float(np.exp(rng.uniform(*np.log(TEMPO))))
    part = library.excerpt(rng, seconds * tempo)
    shift = int(rng.integers(-9, 8))
    pitch = part.pitch + shift
    pitch = np.where(pitch < 21, pitch + 12, np.where(pitch > 108, pitch - 12, pitch))
    onset, end = part.onset / tempo, part.end / tempo
    velocity = _velocities(part.velocity, onset, rng)
    if rng.random() < 0.35:  # a melody over a soft accompaniment
        split = float(np.quantile(pitch, rng.uniform(0.4, 0.8))) if len(pitch) else 60.0
        velocity = velocity - np.where(pitch < split, rng.uniform(8, 32), 0.0)
    jitter = np.abs(rng.normal(0, 0.006, len(onset))) * rng.random()
    return _tidy(Notes(onset + jitter, end + jitter, pitch, np.clip(velocity, 8, 127)))


def _velocities(velocity: np.ndarray, onset: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As loud and as varied as drawn; a swell where nothing is known."""
    if not len(velocity):
        return velocity
    level, spread = float(rng.uniform(38, 100)), float(rng.uniform(4, 20))
    period = rng.uniform(2, 12)
    swell = np.sin(2 * np.pi * onset / period + rng.uniform(0, 2 * np.pi))
    known = velocity - velocity.mean()
    if velocity.max() > 0 and known.std() > 1e-6:
        return level + spread * known / known.std() + rng.normal(0, 3, len(velocity))
    return level + spread * (0.7 * swell + 0.7 * rng.normal(0, 1, len(velocity)))


def _tidy(notes: Notes) -> Notes:
    """One key is struck once at a time: double strokes go, a key is up before it is struck again."""
    notes = notes.ordered()
    keep = np.ones(len(notes), bool)
    end = notes.end.copy()
    last: dict[int, int] = {}
    for i, (onset, key) in enumerate(zip(notes.onset.tolist(), notes.pitch.tolist())):
        before = last.get(key)
        if before is not None:
            if onset - notes.onset[before] < 0.05:
                keep[i] = False
                continue
            end[before] = min(end[before], max(onset - _SHORTEST_GAP, notes.onset[before] + 0.02))
        last[key] = i
    end = np.maximum(end, notes.onset + 0.02)
    return Notes(notes.onset, end, notes.pitch, notes.velocity).chosen(keep)


def _violin(
    sets: list[SampleSet], rng: np.random.Generator, seconds: float, samples: int
) -> tuple[np.ndarray, Notes]:
    violin = draw_violin(sets, rng)
    return play_violin(violin, draw_violin_music(rng, seconds, read_library("violin")), samples, rng)
