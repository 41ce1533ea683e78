"""When the notes of a known piece really sound in a recording: Viterbi alignment of a note list to the sound.

Published alignments of recordings are estimates that may be off by a fifth of a second. Given such an estimate, the
recording's own semitone spectrum decides: every event (notes that begin together) is a state, events follow each
other in order near their estimated times, and a change of event is favoured where the spectrum rises.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.plus_features import PLUS_VIOLIN

HARMONICS = (1, 2, 3, 4, 5, 6)
HARMONIC_SEMITONES = tuple(round(12 * float(np.log2(h))) for h in HARMONICS)
HARMONIC_WEIGHT = tuple(1.0 / h for h in HARMONICS)
SEARCH_SECONDS = 0.45  # how far an event may move from its estimated time
ONSET_GAIN = 3.0  # reward for changing where the spectrum rises by one deviation
PULL = 0.5  # cost of moving by SEARCH_SECONDS, per event


@dataclass(frozen=True)
class Events:
    """Notes that begin together, in order.

    Attributes
    ----------
    start : np.ndarray, float64 [events]
        Seconds.
    notes : list of np.ndarray of int
        Row numbers of the notes of every event.
    """

    start: np.ndarray
    notes: list[np.ndarray]


def events_of(score_onset: np.ndarray, start: np.ndarray) -> Events:
    """Group notes by their onset in the score.

    Parameters
    ----------
    score_onset : np.ndarray [notes]
        Any unit; notes of equal onset belong together.
    start : np.ndarray [notes]
        Estimated seconds.
    """
    moments, number = np.unique(score_onset, return_inverse=True)
    notes = [np.flatnonzero(number == i) for i in range(len(moments))]
    estimate = np.array([float(np.min(start[own])) for own in notes])
    return Events(np.maximum.accumulate(estimate), notes)


def align_events(features: np.ndarray, rate: float, events: Events, pitch: np.ndarray) -> np.ndarray:
    """When each event begins in the recording.

    Parameters
    ----------
    features : np.ndarray, float32 [steps, PLUS_VIOLIN.count]
        Of the recording.
    rate : float
        Steps per second.
    events : Events
        With estimated times.
    pitch : np.ndarray of int [notes]
        MIDI.

    Returns
    -------
    np.ndarray, float64 [events]
        Seconds, strictly rising.
    """
    front = PLUS_VIOLIN
    shape = features[:, : front.semitones].astype(np.float64)
    match = np.stack([_match(shape, pitch[own]) for own in events.notes], axis=1)  # [steps, events]
    match = (match - match.mean()) / match.std()
    rise = onset_strength(features)
    steps, count = match.shape
    reach = SEARCH_SECONDS * rate
    estimate = events.start * rate
    best = np.full(count, -np.inf)
    best[0] = 0.0
    entered = np.zeros((steps, count), bool)
    for step in range(steps):
        arriving = np.full(count, -np.inf)
        away = (step - estimate[1:]) / reach
        open_now = np.abs(away) <= 1.0
        gain = ONSET_GAIN * rise[step] - PULL * away**2
        arriving[1:] = np.where(open_now, best[:-1] + gain, -np.inf)
        entered[step] = arriving > best
        best = np.maximum(arriving, best) + match[step]
    begins = np.zeros(count)
    event = count - 1 if np.isfinite(best[-1]) else int(np.flatnonzero(np.isfinite(best))[-1])
    begins[event:] = estimate[event:]
    for step in range(steps - 1, -1, -1):
        if event and entered[step, event]:
            begins[event] = step
            event -= 1
    first = max(int(estimate[0] - reach), 0)
    before = min(int(estimate[0] + reach), int(begins[1]) if count > 1 else steps, steps)
    begins[0] = first + int(np.argmax(rise[first : max(before, first + 1)]))
    return np.maximum.accumulate(begins + 1e-6 * np.arange(count)) / rate


def onset_strength(features: np.ndarray) -> np.ndarray:
    """How much the spectrum rises at each step, in deviations, float64 [steps]."""
    front = PLUS_VIOLIN
    rise = features[:, -front.groups :].sum(axis=1).astype(np.float64)
    attack = np.maximum(features[:, front.static_count : front.static_count + front.bands], 0.0).sum(axis=1)
    together = rise / max(float(rise.std()), 1e-9) + attack / max(float(attack.std()), 1e-9)
    return (together - together.mean()) / max(float(together.std()), 1e-9)


def _match(shape: np.ndarray, pitches: np.ndarray) -> np.ndarray:
    """How well the spectrum fits the harmonics of an event's notes; the best-fitting note of a chord counts most."""
    fits = []
    for pitch in pitches:
        place = np.array(HARMONIC_SEMITONES) + int(pitch) - PLUS_VIOLIN.lowest
        inside = (place >= 0) & (place < PLUS_VIOLIN.semitones)
        weight = np.array(HARMONIC_WEIGHT)[inside]
        fits.append(shape[:, place[inside]] @ (weight / weight.sum()))
    table = np.stack(fits, axis=1)
    return 0.5 * table.max(axis=1) + 0.5 * table.mean(axis=1)
