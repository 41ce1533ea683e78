"""Fingers for a whole score: what is printed is obeyed, the rest is chosen as printed fingerings choose.

Notes that are heard get their fingers as they come (:mod:`audio_to_body.inference.piano.fingers`); of a score all
that follows is known.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from audio_to_body.inference.piano.fingers import Courses
from audio_to_body.inference.piano.keyboard import FINGERS, HAND_OF
from audio_to_body.musician.piano_fingering import finger_piano
from audio_to_body.scores.piece import LEFT_HAND, NOT_WRITTEN, RIGHT_HAND, Part

TOGETHER = 0.035  # s within which notes of a hand are one chord
LOOK_ON = 24  # chords by which a hand's choice waits where none is written


def fingered(part: Part) -> Part:
    """A part with a hand and a finger for every note that a hand of five fingers has at once.

    Parameters
    ----------
    part : Part
        By onset; what is written of hands and fingers stays.
    """
    if not len(part):
        return part
    hand = part.marks.hand
    if (hand == NOT_WRITTEN).any():
        hand = np.where(hand == NOT_WRITTEN, _hands(part), hand)
    finger = part.marks.finger.copy()
    for which in (LEFT_HAND, RIGHT_HAND):
        own = np.flatnonzero(hand == which)
        if len(own):
            finger[own] = _fingers(part, own, which == LEFT_HAND)
    return replace(part, marks=replace(part.marks, hand=hand, finger=finger))


def _chords(onset: np.ndarray) -> list[np.ndarray]:
    """Numbers of the notes that begin within :data:`TOGETHER` of the first of them."""
    groups: list[list[int]] = []
    for i, moment in enumerate(onset.tolist()):
        if groups and moment - onset[groups[-1][0]] <= TOGETHER:
            groups[-1].append(i)
        else:
            groups.append([i])
    return [np.array(group) for group in groups]


def _hands(part: Part) -> np.ndarray:
    """Which hand most likely takes each note, -1 where neither can."""
    notes, hand = part.notes, np.full(len(part), NOT_WRITTEN)
    courses = Courses.fresh()
    waiting: list[np.ndarray] = []

    def decide() -> None:
        taken, _ = courses.decide()
        for note in waiting.pop(0):
            finger = np.flatnonzero(taken == notes.pitch[note])
            if len(finger):
                hand[note] = HAND_OF[finger[0]]

    for group in _chords(notes.onset):
        pitches, first = np.unique(notes.pitch[group], return_index=True)
        kept = slice(0, 2 * FINGERS)
        rows = group[first[kept]]
        given = part.marks.hand[rows]
        told = given if (given != NOT_WRITTEN).any() else None
        courses.strike(float(notes.onset[group[0]]), pitches[kept], notes.end[rows], told)
        waiting.append(rows)
        while len(waiting) > LOOK_ON:
            decide()
    while waiting:
        decide()
    return hand


def _fingers(part: Part, own: np.ndarray, left: bool) -> np.ndarray:
    """Fingers of one hand's notes as printed, 1 to 5, -1 where the hand has none left."""
    notes, printed = part.notes.chosen(own), part.marks.finger[own]
    result = printed.copy()
    rows = []
    for group in _chords(notes.onset):
        first = group[np.unique(notes.pitch[group], return_index=True)[1]]
        # an outer finger for the outer notes: of more than five the inner ones go
        rows.append(first if len(first) <= FINGERS else np.concatenate([first[: FINGERS - 1], first[-1:]]))
    chosen = finger_piano(
        [notes.pitch[r] for r in rows],
        np.array([notes.onset[r].min() for r in rows]),
        [notes.end[r] for r in rows],
        left,
        [np.where((printed[r] >= 1) & (printed[r] <= FINGERS), printed[r] - 1, NOT_WRITTEN) for r in rows],
    )
    for r, finger in zip(rows, chosen):
        result[r] = finger + 1
    return result
