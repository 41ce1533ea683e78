"""From sound to the features a net was trained on, by the name in its model card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from audio_to_body.inference.model_card import ModelCard
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound import features as mfcc28


@dataclass(frozen=True)
class FrontEnd:
    """Audio features of one kind, computed from windows of sound without look-ahead beyond the window.

    Attributes
    ----------
    count : int
        Features per step.
    window : int
        Samples of a step's window.
    starts : callable (steps, rate) -> np.ndarray of int
        First sample of each step's window.
    static : callable (float32 [n, window]) -> float32 [n, statics]
        Features of each window by itself.
    join : callable (static, static of the step before or None) -> float32 [n, count]
        What the net takes.
    energy : int
        Which of the features is the natural logarithm of the mean square.
    """

    count: int
    window: int
    starts: Callable[[np.ndarray, float], np.ndarray]
    static: Callable[[np.ndarray], np.ndarray]
    join: Callable[[np.ndarray, np.ndarray | None], np.ndarray]
    energy: int


PAPER = "mfcc28"
MFCC28 = FrontEnd(
    count=mfcc28.FEATURE_COUNT,
    window=mfcc28.WINDOW_SAMPLES,
    starts=mfcc28.frame_starts,
    static=mfcc28.static_features,
    join=mfcc28.with_derivative,
    energy=mfcc28.MFCC_COUNT,
)


LEVEL = FrontEnd(
    count=1,
    window=mfcc28.WINDOW_SAMPLES,
    starts=mfcc28.frame_starts,
    static=mfcc28.log_energy,
    join=lambda static, before: static,
    energy=0,
)
# nets that are told notes, and how much of them; what a stream of theirs measures of the sound itself is its level
HEARS_ITSELF = "notes"  # of a net that hears the notes which its player plays
TOLD_NOTES = {"piano_touch": 52, HEARS_ITSELF: 0}
NOTE_STREAM = "audio_to_body.inference.note_stream:NoteStream"  # plays them


def is_told_notes(card: ModelCard) -> bool:
    """Whether a net takes notes that have been heard before, and no sound."""
    return card.features in TOLD_NOTES


def front_end_of(card: ModelCard) -> FrontEnd:
    """The front end that a model card names.

    Raises
    ------
    BadInput
        If it is unknown here or does not fit the card.
    """
    if is_told_notes(card):
        if card.feature_count != TOLD_NOTES[card.features]:
            raise BadInput(f"the model takes {card.feature_count} numbers of notes, not {TOLD_NOTES[card.features]}")
        return LEVEL
    if card.features != PAPER:
        raise BadInput(f"the model takes '{card.features}' features; known: {', '.join([PAPER, *TOLD_NOTES])}")
    if MFCC28.count != card.feature_count:
        raise BadInput(f"the model takes {card.feature_count} features, '{card.features}' has {MFCC28.count}")
    if card.audio_rate != AUDIO_RATE:
        raise BadInput(
            f"the model takes sound at {card.audio_rate} Hz; '{card.features}' is defined at {AUDIO_RATE} Hz"
        )
    return MFCC28
