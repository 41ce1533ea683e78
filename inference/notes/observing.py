"""All that a net that hears notes says of a whole sound, step by step: what a score is aligned to."""

from __future__ import annotations

import numpy as np

from audio_to_body.inference.notes.card import NORMAL
from audio_to_body.inference.notes.listener import BLOCK_SAMPLES
from audio_to_body.inference.notes.session import NoteSession, load_notes
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.sound.note_bands import STEP_RATE
from audio_to_body.sound.note_features import NoteFeatures
from audio_to_body.sound.score_course import Observation

SILENCE_SECONDS = 0.5  # after the sound, until the last answers are there
PARTS = ("onset", "sounding", "held", "velocity")


def observe(session: NoteSession, samples: np.ndarray) -> Observation:
    """Listen to a whole sound.

    Parameters
    ----------
    session : NoteSession
    samples : np.ndarray, float32 [samples]
        Mono, 44.1 kHz, full scale 1.

    Returns
    -------
    Observation
        Four bytes a key and step: an hour of a piano takes 60 MB.
    """
    card, features, state = session.card, NoteFeatures(session.front), session.initial_state()
    which = [card.parts.index(part) for part in PARTS]
    waiting = np.zeros((0, card.columns, 2), np.float32)
    blocks: list[np.ndarray] = []
    for first in range(0, len(samples) + BLOCK_SAMPLES, BLOCK_SAMPLES):
        block = samples[first : first + BLOCK_SAMPLES]
        if first + BLOCK_SAMPLES >= len(samples) + BLOCK_SAMPLES:
            block = np.concatenate([block, np.zeros(round(SILENCE_SECONDS * AUDIO_RATE), np.float32)])
        waiting = np.concatenate([waiting, features.push(np.asarray(block, np.float32))])
        whole = len(waiting) // card.halves * card.halves
        if whole:
            answers, state = session.run(waiting[:whole], state)
            said = card.answers_of(answers, NORMAL)[:, :, which]
            blocks.append(np.rint(np.clip(said, 0.0, 1.0) * 255.0).astype(np.uint8))
        waiting = waiting[whole:]
    every = np.concatenate(blocks)[card.head(NORMAL).delay :]
    onset, sounding, held, velocity = (np.ascontiguousarray(every[:, :, i]) for i in range(len(PARTS)))
    return Observation(onset, sounding, held, velocity, card.lowest, float(STEP_RATE), card.lag)


def observe_as(instrument: str, samples: np.ndarray) -> Observation:
    """Listen to a whole sound with the net that ships for an instrument; as :func:`observe`."""
    return observe(load_notes(instrument), samples)
