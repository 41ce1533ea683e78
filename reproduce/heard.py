"""What a hearer of notes gives, whichever net it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from audio_to_body.inference.notes.session import NoteSession
from audio_to_body.skeleton.notes import Notes
from audio_to_body.sound.note_features import note_features
from audio_to_body.sound.note_resampling import NOTE_RATE

GRID = 0.01  # s, on which pitches are compared


@dataclass(frozen=True)
class Hearing:
    """What was heard in one sound.

    Attributes
    ----------
    notes : Notes
    sounding : np.ndarray, int64 [grid points]
        The pitch that is most likely held every 10 ms; -1 where none is.
    """

    notes: Notes
    sounding: np.ndarray


Hear = Callable[[np.ndarray], Hearing]  # int16 sound at 24 kHz


def listened(session: NoteSession, sound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A net's whole answer to a sound, with a second of silence after it.

    Parameters
    ----------
    session : NoteSession
    sound : np.ndarray, float32 [samples]
        At 24 kHz.

    Returns
    -------
    np.ndarray [steps of 48/s, columns, 2], np.ndarray [steps, keys, outputs]
        Features and probabilities.
    """
    silence = np.zeros(NOTE_RATE, np.float32)
    features = note_features(session.front, np.concatenate([sound.astype(np.float32), silence]), resampled=True)
    halves = session.card.halves
    features = features[: len(features) // halves * halves]
    return features, session.run(features, session.initial_state())[0]
