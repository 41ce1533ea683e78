"""Human hands' notes as the net that ships hears them in their sound: what the expressive piano net is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np

from audio_to_body.inference.notes.listener import hear
from audio_to_body.inference.notes.session import NoteSession
from audio_to_body.inference.piano.keyboard import HIGHEST, LOWEST
from audio_to_body.preprocessing.note_sound.bank import Bank
from audio_to_body.preprocessing.note_sound.drawing import not_trained_on, piano_sound_of
from audio_to_body.preprocessing.note_sound.sample_measures import BANK_RATE
from audio_to_body.preprocessing.published.pianomime import piano_from_notes, with_velocities
from audio_to_body.skeleton.notes import LOUDEST, Notes
from audio_to_body.skeleton.rates import AUDIO_RATE, VIDEO_FPS
from audio_to_body.sound.audio import mono


@dataclass(frozen=True)
class Ears:
    """Who hears, and on which pianos.

    Attributes
    ----------
    session : NoteSession
        The net that hears notes.
    bank : Bank or None
        Sampled pianos and rooms; None: the dataset's own piano is the only one.
    """

    session: NoteSession
    bank: Bank | None = None

    def heard(self, notes: np.ndarray, frames: int, seed: Sequence[int]) -> Notes:
        """What is heard of a clip's notes on the dataset's piano.

        Parameters
        ----------
        notes : np.ndarray [n, 3]
            Onset s, end s, MIDI pitch.
        frames : int
            Length of the clip, at 24 frames/s.
        seed : sequence of int
            Velocities, tuning and room (:mod:`audio_to_body.preprocessing.published.pianomime`) follow from it.
        """
        rows = _on_the_keyboard(notes, seed)
        return hear(self.session, mono(piano_from_notes(rows, frames * AUDIO_RATE // VIDEO_FPS, seed)))

    def heard_on_many(self, notes: np.ndarray, frames: int, seed: Sequence[int]) -> Notes:
        """The same on a piano of the bank, pedalled, in a room, recorded well or badly: another one for each seed.

        Only pianos that nets which ship may hear; without a bank :meth:`heard`.
        """
        if self.bank is None:
            return self.heard(notes, frames, seed)
        from scipy.signal import resample_poly

        onset, end, pitch, velocity = _on_the_keyboard(notes, seed).T
        played = Notes(onset, end, pitch.astype(np.int64), velocity * LOUDEST)
        rng = np.random.default_rng([*seed, 0x50D])
        sound = piano_sound_of(played, rng, frames / VIDEO_FPS, not_trained_on("piano"), self.bank)
        common = gcd(AUDIO_RATE, BANK_RATE)
        return hear(self.session, resample_poly(sound, AUDIO_RATE // common, BANK_RATE // common).astype(np.float32))


def _on_the_keyboard(notes: np.ndarray, seed: Sequence[int]) -> np.ndarray:
    """With velocities, float64 [n, 4]; what transposing has pushed over the ends of the keyboard goes."""
    rows = with_velocities(notes, seed)
    return rows[(rows[:, 2] >= LOWEST) & (rows[:, 2] <= HIGHEST)]


def pianos_told(bank: Bank | None) -> str:
    """On which pianos notes are heard, in words."""
    if bank is None:
        return "the dataset's own piano"
    return "pianos of the bank: " + ", ".join(own.name for own in bank.of("piano", not_trained_on("piano")))
