"""When the notes of a known piece really sound in a recording: Viterbi alignment of a note list to the sound.

Published alignments of recordings are estimates that may be off by a fifth of a second. Given such an estimate, the
recording's own semitone spectrum decides: every event (notes that begin together) lasts until the next one begins,
near its estimated time; a beginning is favoured where the spectrum rises, and a duration that is as written at the
tempo round about. Without the last, events crowd together where slurred notes have no attack.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.sound.plus_features import PLUS_VIOLIN

HARMONICS = (1, 2, 3, 4, 5, 6)
HARMONIC_SEMITONES = tuple(round(12 * float(np.log2(h))) for h in HARMONICS)
HARMONIC_WEIGHT = tuple(1.0 / h for h in HARMONICS)
SEARCH_SECONDS = 0.45  # how far an event may move from its estimated time
ONSET_GAIN = 3.0  # reward for changing where the spectrum rises by one deviation
PULL = 0.5  # cost of moving by SEARCH_SECONDS, per event
TEMPO_COST = 2.0  # of a duration that is one deviation too long or too short
TEMPO_DEVIATION = 0.18  # of the logarithm of a duration
LEAST_LIKELY = 3.0  # deviations beyond which a duration costs no more: a fermata, a breath
TEMPO_EVENTS = 6  # on either side, which tell the tempo
SHORTEST_STEPS = 3
PASSES = 2  # the second knows the tempo from the first
LAST_SECONDS = 0.3  # of the last event that must fit its notes


@dataclass(frozen=True)
class Events:
    """Notes that begin together, in order.

    Attributes
    ----------
    start : np.ndarray, float64 [events]
        Seconds.
    written : np.ndarray, float64 [events]
        Onset in the score, in its own unit, rising.
    notes : list of np.ndarray of int
        Row numbers of the notes of every event.
    """

    start: np.ndarray
    written: np.ndarray
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
    return Events(np.maximum.accumulate(estimate), moments.astype(np.float64), notes)


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
    shape = features[:, : PLUS_VIOLIN.semitones].astype(np.float64)
    match = np.stack([_match(shape, pitch[own]) for own in events.notes], axis=1)  # [steps, events]
    match = (match - match.mean()) / match.std()
    until = np.concatenate([np.zeros((1, match.shape[1])), np.cumsum(match, axis=0)])
    rise = ONSET_GAIN * onset_strength(features)
    begins = events.start * rate
    for _ in range(PASSES):
        begins = _best_course(begins, _expected(begins, events.written), until, rise, SEARCH_SECONDS * rate, rate)
    return np.maximum.accumulate(begins + 1e-6 * np.arange(len(begins))) / rate


def _expected(begins: np.ndarray, written: np.ndarray) -> np.ndarray:
    """Steps that each event but the last would take at the tempo round about, float64 [events - 1]."""
    if len(begins) < 2:
        return np.zeros(0)
    tempo = np.empty(len(begins) - 1)
    for event in range(len(tempo)):
        near = slice(max(event - TEMPO_EVENTS, 0), event + TEMPO_EVENTS + 2)
        first, second = np.triu_indices(len(begins[near]), 1)
        # the median slope of all pairs bears both jitter and a fermata
        slopes = (begins[near][second] - begins[near][first]) / (written[near][second] - written[near][first])
        tempo[event] = np.median(slopes)
    return np.maximum(np.diff(written) * tempo, SHORTEST_STEPS)


def _best_course(
    estimate: np.ndarray, expected: np.ndarray, until: np.ndarray, rise: np.ndarray, reach: float, rate: float
) -> np.ndarray:
    """The likeliest steps at which events begin, all within ``reach`` steps of their estimate, float64 [events].

    ``until[t, i]`` is how well event ``i`` fits all steps before ``t``.
    """
    steps = len(rise)
    places = [np.unique(np.clip(np.arange(int(at - reach), int(at + reach) + 1), 0, steps - 1)) for at in estimate]

    def beginning(event: int) -> np.ndarray:
        return rise[places[event]] - PULL * ((places[event] - estimate[event]) / reach) ** 2

    score = beginning(0)
    origin: list[np.ndarray] = []
    for event in range(1, len(estimate)):
        before, now = places[event - 1], places[event]
        lasts = now[None, :] - before[:, None]
        away = np.log(np.maximum(lasts, 1) / expected[event - 1]) / TEMPO_DEVIATION
        cost = TEMPO_COST * np.minimum(away**2, LEAST_LIKELY**2) / 2
        course = score[:, None] + until[now, event - 1][None, :] - until[before, event - 1][:, None] - cost
        course[lasts < SHORTEST_STEPS] = -np.inf
        if not np.isfinite(course).any():  # more events than steps: the rest stays as estimated
            return np.concatenate([_traced(places, origin, score), estimate[event:]])
        best = course.argmax(axis=0)
        origin.append(best)
        score = course[best, np.arange(len(now))] + beginning(event)
    ending = np.minimum(places[-1] + int(LAST_SECONDS * rate), steps)
    return _traced(places, origin, score + until[ending, -1] - until[places[-1], -1])


def _traced(places: list[np.ndarray], origin: list[np.ndarray], score: np.ndarray) -> np.ndarray:
    """Back from the best end to the beginning."""
    chosen = [int(score.argmax())]
    for best in reversed(origin):
        chosen.append(int(best[chosen[-1]]))
    return np.array([places[event][at] for event, at in enumerate(reversed(chosen))], np.float64)


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
