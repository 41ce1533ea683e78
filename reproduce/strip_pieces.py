"""Pieces whose every note is known, to look at musicians by: a striding left hand, a fugue, a plucked violin."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from audio_to_body.preprocessing.published.pianomime import piano_from_notes
from audio_to_body.reproduce.guess_sounds import played
from audio_to_body.skeleton.notes import LOUDEST, Notes
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.note_resampling import NOTE_RATE
from audio_to_body.sound.sound_fonts import general_midi_font

BEFORE, BEHIND = 1.0, 1.5  # s of silence before the first note and after the last
SEED = 847
PIZZICATO_STRINGS = 45  # General MIDI, from 0
# Bach, fugue in C minor, The Well-Tempered Clavier I, bars 1 to 8: subject, answer, countersubjects, third entry.
# A voice is notes of pitch and sixteenths, from the first beat; 0 is a rest.
Voice = tuple[tuple[int, int], ...]
_SUBJECT: Voice = (
    (0, 2),
    (72, 1),
    (71, 1),
    (72, 2),
    (67, 2),
    (68, 2),
    (72, 1),
    (71, 1),
    (72, 2),
    (74, 2),
    (67, 2),
    (72, 1),
)
_SUBJECT += ((71, 1), (72, 2), (74, 2), (65, 1), (67, 1), (68, 4), (67, 1), (65, 1))
_ANSWER: Voice = (
    (0, 2),
    (79, 1),
    (78, 1),
    (79, 2),
    (72, 2),
    (75, 2),
    (79, 1),
    (78, 1),
    (79, 2),
    (81, 2),
    (74, 2),
    (79, 1),
)
_ANSWER += ((78, 1), (79, 2), (81, 2), (72, 1), (74, 1), (75, 4), (74, 1), (72, 1))
_COUNTER: Voice = (
    (63, 1),
    (72, 1),
    (71, 1),
    (69, 1),
    (67, 1),
    (65, 1),
    (63, 1),
    (62, 1),
    (60, 2),
    (75, 2),
    (74, 2),
    (72, 2),
)
_COUNTER += ((70, 2), (69, 2), (70, 2), (72, 2), (66, 2), (67, 2), (69, 2), (66, 2))
_FREE: Voice = ((67, 4), (72, 2), (74, 1), (75, 1), (77, 2), (75, 2), (74, 2), (72, 2), (75, 2), (74, 2), (72, 4))
_EPISODE: Voice = ((70, 2), (75, 1), (74, 1), (75, 2), (67, 2), (68, 2), (77, 1), (75, 1), (77, 2), (69, 2))
_EPISODE += ((71, 2), (79, 1), (77, 1), (79, 2), (71, 2))
_VOICES: tuple[tuple[Voice, ...], ...] = (
    (_SUBJECT, _COUNTER, _FREE),
    (((0, 32),), _ANSWER, _EPISODE),
    (((0, 64),), ((0, 32),), tuple((p - 24 if p else 0, n) for p, n in _SUBJECT)),
)  # fmt: skip


def boogie(bars: int = 12) -> Notes:
    """A left hand that strides in broken octaves under chords of the right hand; 132 beats a minute."""
    eighth = 60 / 132 / 2
    rows = []
    for bar in range(bars):
        root = (36, 36, 41, 36, 43, 36)[bar % 6]
        for i, step in enumerate((0, 12, 4, 16, 7, 19, 9, 21)):
            rows.append((BEFORE + (8 * bar + i) * eighth, 0.9 * eighth, root + step, 80))
        for i in (0, 3, 6):
            rows += [(BEFORE + (8 * bar + i) * eighth, 1.5 * eighth, root + 24 + third, 70) for third in (4, 7, 10)]
    onset, length, pitch, velocity = np.array(rows, float).T
    return Notes(onset, onset + length, pitch, velocity)


def fugue() -> Notes:
    """Three voices that enter one after the other; 76 beats a minute."""
    sixteenth = 60 / 76 / 4
    rows = []
    for voice in _VOICES:
        at = 0
        for pitch, length in (note for part in voice for note in part):
            if pitch:
                rows.append((BEFORE + at * sixteenth, 0.92 * length * sixteenth, pitch, 72))
            at += length
    onset, long, pitches, velocity = np.array(rows, float).T
    return Notes(onset, onset + long, pitches, velocity).ordered()


def pizzicato() -> Notes:
    """A plucked line over three strings of a violin."""
    pitch = np.array([67, 71, 74, 79, 78, 74, 71, 69, 67, 62, 64, 66, 67, 69, 71, 72, 74, 76, 78, 79])
    onset = BEFORE + 0.42 * np.arange(len(pitch))
    return Notes(onset, onset + 0.4, pitch)


PLUCKED = "pizzicato"  # of a violin
PIECES: dict[str, Callable[[], Notes]] = {PLUCKED: pizzicato, "boogie": boogie, "fugue": fugue}


def piece_named(name: str) -> tuple[np.ndarray, Notes]:
    """A piece's sound, float32 ``[channels, samples]`` at 44.1 kHz from a sampled instrument, and its notes.

    Raises
    ------
    BadInput
        If there is none of that name.
    """
    if name not in PIECES:
        raise BadInput(f"there is no piece '{name}'; there are {', '.join(PIECES)}")
    notes = PIECES[name]()
    samples = round((float(notes.end.max()) + BEHIND) * AUDIO_RATE)
    if name == PLUCKED:
        return _plucked(notes, samples), notes
    table = np.stack([notes.onset, notes.end, notes.pitch, notes.velocity / LOUDEST], axis=1)
    return piano_from_notes(table, samples, (SEED,)), notes


def _plucked(notes: Notes, samples: int) -> np.ndarray:
    """Plucked strings of the General MIDI font, float32 ``[1, samples]``."""
    font = general_midi_font()
    if font is None:
        raise BadInput("the plucked piece needs a sound font; install pretty_midi, which carries one")
    slow = played(font, PIZZICATO_STRINGS, notes)
    moments = np.arange(samples) * (NOTE_RATE / AUDIO_RATE)
    return np.interp(moments, np.arange(len(slow)), slow)[None].astype(np.float32)
