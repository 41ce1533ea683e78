"""When a score's notes really sound in a recording, and how sure that is.

A course through the score (:mod:`audio_to_body.sound.score_course`) tells which of its sections are played, and
roughly when. Then every event may move: it lasts until the next one begins; a beginning is favoured where a net that
hears notes believes its keys to be struck, and a duration that is as written at the tempo round about. Without the
last, events crowd together where slurred notes have no attack. At the end every note of a chord finds its own moment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from audio_to_body.sound.peaks import between_steps
from audio_to_body.sound.score_course import (
    COURSE_RATE,
    ONSET_FLOOR,
    ONSET_PRIOR,
    OUTSIDE,
    SOUNDING_FLOOR,
    SOUNDING_PRIOR,
    Events,
    Observation,
    course,
    events_of,
    evidence,
)

TOGETHER = 0.035  # s of written time within which notes are one chord
# how far an event may move, s, and at which of the net's steps; every pass knows the tempo from the one before
PASSES = ((1.2, 2), (0.3, 1), (0.3, 1))
ONSET_WEIGHT = 1.5  # of the evidence for an onset beside that for what sounds, per second
SOUNDING_WEIGHT = 12.0
PULL = 0.5  # cost of moving as far as that, per event
TEMPO_COST = 1.0  # of a duration that is one deviation too long or too short
TEMPO_DEVIATION = 0.18  # of the logarithm of a duration
LEAST_LIKELY = 3.0  # deviations beyond which a duration costs no more: a fermata, a breath
TEMPO_EVENTS = 6  # on either side, which tell the tempo
SHORTEST_STEPS = 2
LAST_SECONDS = 0.3  # of the last event that must fit its notes
OWN_SECONDS = 0.07  # how far a note may be from its chord
LIKELY = 0.2  # probability from which a note's own onset is believed
FITS = 2.0  # by which time outside the score may differ from the time that is written there, to be a pause in it


@dataclass(frozen=True)
class Section:
    """A stretch of the score that is played without a jump.

    Attributes
    ----------
    first, last : int
        Events.
    begins : np.ndarray, float64 [last - first + 1]
        Seconds.
    written : np.ndarray, float64 [last - first + 1]
        The same in the score's time.
    end : float
        Seconds at which the last event is over.
    """

    first: int
    last: int
    begins: np.ndarray
    written: np.ndarray
    end: float


@dataclass(frozen=True)
class Played:
    """Notes of a score as a recording has them, by onset; what it repeats stands as often, what it leaves out never.

    Attributes
    ----------
    note : np.ndarray, int64 [played]
        Which of the score's notes.
    onset, end : np.ndarray, float64 [played]
        Seconds.
    velocity : np.ndarray, float64 [played]
        0 to 1, as the net heard it.
    sure : np.ndarray, float64 [played]
        Probability of the onset as the net heard it.
    chord : np.ndarray, int64 [played]
        Number of the moment at which it is struck, the same of notes that are written together.
    sections : list of Section
    """

    note: np.ndarray
    onset: np.ndarray
    end: np.ndarray
    velocity: np.ndarray
    sure: np.ndarray
    chord: np.ndarray
    sections: list[Section]


def align_notes(observed: Observation, start: np.ndarray, end: np.ndarray, pitch: np.ndarray) -> Played:
    """When each note of a score sounds in a recording.

    Parameters
    ----------
    observed : Observation
    start, end : np.ndarray [notes]
        Written, in seconds of the score's own tempo; one note at least.
    pitch : np.ndarray of int [notes]
        MIDI.
    """
    events = events_of(start, end, pitch, observed.lowest, observed.keys, TOGETHER)
    sections = [_refined(observed, events, rough) for rough in _sections(course(observed, events), events)]
    parts = [_notes(observed, events, section, end, pitch) for section in sections]
    if not parts:
        nothing, none = np.zeros(0), np.zeros(0, np.int64)
        return Played(none, nothing, nothing, nothing, nothing, none, [])
    note, onset, until, velocity, sure, chord = (np.concatenate(column) for column in zip(*parts))
    chord = np.cumsum(np.diff(chord, prepend=-1) != 0) - 1  # a section may begin at the event that ended another
    order = np.lexsort((np.asarray(pitch)[note], onset))
    note, onset, until, velocity, sure, chord = (c[order] for c in (note, onset, until, velocity, sure, chord))
    return Played(note, onset, until, velocity, sure, chord, sections)


def _sections(taken: np.ndarray, events: Events) -> list[Section]:
    """Cut a course where it jumps."""
    begins = np.flatnonzero(np.diff(taken, prepend=OUTSIDE - 1))
    ends = np.append(begins[1:], len(taken))
    visits = [(int(taken[a]), a / COURSE_RATE, b / COURSE_RATE) for a, b in zip(begins, ends) if taken[a] != OUTSIDE]
    found: list[list[tuple[int, float, float]]] = []
    for visit in visits:
        if found and _goes_on(found[-1], visit, events):
            found[-1].append(visit)
        else:
            found.append([visit])
    return [_section(own, events) for own in found]


def _goes_on(section: list[tuple[int, float, float]], visit: tuple[int, float, float], events: Events) -> bool:
    """Whether a visit to an event goes on with a section."""
    event, begin, _ = section[-1]
    ahead = visit[0] - event
    if 0 <= ahead <= 2:
        return True
    if ahead < 0:
        return False
    earlier = section[max(0, len(section) - TEMPO_EVENTS)]
    written = events.written[event] - events.written[earlier[0]]
    if written <= 0 or begin <= earlier[1]:
        return False
    expected = (events.written[visit[0]] - events.written[event]) * (begin - earlier[1]) / written
    return bool(expected / FITS < visit[1] - begin < expected * FITS)


def _section(visits: list[tuple[int, float, float]], events: Events) -> Section:
    at = {event: begin for event, begin, _ in reversed(visits)}  # the first visit to each
    known = np.array(sorted(at))
    first, last = int(known[0]), int(known[-1])
    every = events.written[first : last + 1]
    begins = np.interp(every, events.written[known], [at[e] for e in known.tolist()])
    return Section(first, last, begins, every, visits[-1][2])


def _refined(observed: Observation, events: Events, section: Section) -> Section:
    """The same section with its events where they fit best."""
    rate = observed.rate
    begins = section.begins * rate
    for seconds, stride in PASSES:
        begins = _best_course(observed, events, section, begins, seconds * rate, stride)
    return replace(section, begins=begins / rate, end=max(section.end, float(begins[-1]) / rate))


def expected_steps(begins: np.ndarray, written: np.ndarray, shortest: float = SHORTEST_STEPS) -> np.ndarray:
    """How long each event but the last would take at the tempo round about, float64 [events - 1].

    Parameters
    ----------
    begins, written : np.ndarray [events]
        When events begin in a recording, in any unit, and in the score.
    shortest : float
        What any event takes at least.
    """
    if len(begins) < 2:
        return np.zeros(0)
    tempo = np.empty(len(begins) - 1)
    for event in range(len(tempo)):
        near = slice(max(event - TEMPO_EVENTS, 0), event + TEMPO_EVENTS + 2)
        first, second = np.triu_indices(len(begins[near]), 1)
        # the median slope of all pairs bears both jitter and a fermata
        slopes = (begins[near][second] - begins[near][first]) / (written[near][second] - written[near][first])
        tempo[event] = np.median(slopes)
    return np.maximum(np.diff(written) * tempo, shortest)


class _Evidence:
    """What the net says for single events of a section."""

    def __init__(self, observed: Observation, events: Events) -> None:
        self._observed, self._events = observed, events

    def enter(self, event: int, steps: np.ndarray) -> np.ndarray:
        """For beginning an event at each of some rising steps."""
        every = np.arange(steps[0], steps[-1] + 1)
        given = self._sum(self._observed.onset, self._events.struck[event], every, ONSET_FLOOR, ONSET_PRIOR)
        return ONSET_WEIGHT * given[steps - steps[0]]

    def until(self, event: int, first: int, last: int) -> np.ndarray:
        """For being in an event from ``first`` to before every step up to ``last``, [last - first + 1]."""
        weight = SOUNDING_WEIGHT / self._observed.rate
        within = self._sum(
            self._observed.sounding,
            self._events.sounding[event],
            np.arange(first, last),
            SOUNDING_FLOOR,
            SOUNDING_PRIOR,
        )
        return np.concatenate([[0.0], np.cumsum(weight * within)])

    @staticmethod
    def _sum(
        probability: np.ndarray, weights: np.ndarray, steps: np.ndarray, floor: float, prior: float
    ) -> np.ndarray:
        keys = np.flatnonzero(weights)
        if not len(steps):
            return np.zeros(0)
        return evidence(probability[steps[0] : steps[-1] + 1, keys], floor, prior) @ weights[keys]


def _best_course(
    observed: Observation, events: Events, section: Section, estimate: np.ndarray, reach: float, stride: int
) -> np.ndarray:
    """The likeliest steps at which a section's events begin, within ``reach`` steps of their estimate."""
    steps = len(observed)
    told = _Evidence(observed, events)
    expected = expected_steps(estimate, section.written)
    low = np.clip((estimate - reach).astype(np.int64), 0, steps - 1)
    high = np.clip((estimate + reach).astype(np.int64), 0, steps - 1)
    places = [np.arange(a, b + 1, stride) for a, b in zip(low, high)]

    def beginning(number: int) -> np.ndarray:
        moved = PULL * ((places[number] - estimate[number]) / reach) ** 2
        return told.enter(section.first + number, places[number]) - moved

    worth = beginning(0)
    origin: list[np.ndarray] = []
    for number in range(1, len(estimate)):
        before, now = places[number - 1], places[number]
        lasts = now[None, :] - before[:, None]
        away = np.log(np.maximum(lasts, 1) / expected[number - 1]) / TEMPO_DEVIATION
        cost = TEMPO_COST * np.minimum(away**2, LEAST_LIKELY**2) / 2
        until = told.until(section.first + number - 1, int(before[0]), int(max(now[-1], before[-1])))
        going = worth[:, None] + until[np.maximum(now - before[0], 0)] - until[before - before[0]][:, None] - cost
        going[lasts < SHORTEST_STEPS] = -np.inf
        if not np.isfinite(going).any():  # more events than steps: the rest stays as estimated
            return np.maximum.accumulate(np.concatenate([_traced(places, origin, worth), estimate[number:]]))
        best = going.argmax(axis=0)
        origin.append(best)
        worth = going[best, np.arange(len(now))] + beginning(number)
    final = places[-1]
    ending = np.minimum(final + int(LAST_SECONDS * observed.rate), steps)
    until = told.until(section.last, int(final[0]), int(ending[-1]))
    return _traced(places, origin, worth + until[ending - final[0]] - until[final - final[0]])


def _traced(places: list[np.ndarray], origin: list[np.ndarray], worth: np.ndarray) -> np.ndarray:
    """Back from the best end to the beginning."""
    chosen = [int(worth.argmax())]
    for best in reversed(origin):
        chosen.append(int(best[chosen[-1]]))
    return np.array([places[event][at] for event, at in enumerate(reversed(chosen))], np.float64)


def _notes(
    observed: Observation, events: Events, section: Section, end: np.ndarray, pitch: np.ndarray
) -> tuple[np.ndarray, ...]:
    """A section's notes: number, onset, end, velocity, how sure, event."""
    own = events.notes[section.first : section.last + 1]
    note = np.concatenate(own)
    event = np.repeat(np.arange(len(own)), [len(n) for n in own])
    begin = section.begins[event]
    onset, sure, velocity = _own_moments(observed, begin, np.asarray(pitch)[note] - observed.lowest)
    finish = _seconds_of(section, np.asarray(end)[note])
    return note, onset, np.maximum(finish, onset + 1.0 / observed.rate), velocity, sure, event + section.first


def _own_moments(
    observed: Observation, begin: np.ndarray, key: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each note's own onset is the likeliest near its chord's, how likely, and how hard it is struck."""
    reach = int(np.ceil(OWN_SECONDS * observed.rate))
    known = (key >= 0) & (key < observed.keys)
    steps = np.rint(begin * observed.rate).astype(np.int64)[:, None] + np.arange(-reach, reach + 1)
    steps = np.clip(steps, 1, len(observed) - 2)
    keys = np.where(known, key, 0)[:, None]
    near = np.where(known[:, None], observed.onset[steps, keys], 0).astype(np.float64) / 255.0
    # of two that are as likely, the one that is nearer to the chord
    best = (near * (1.0 - 0.3 * np.abs(np.linspace(-1, 1, 2 * reach + 1)))).argmax(axis=1)
    row = np.arange(len(begin))
    at = steps[row, best]
    moment = at + between_steps(*(observed.onset[at + apart, keys[:, 0]].astype(np.float64) for apart in (-1, 0, 1)))
    sure = near[row, best]
    onset = np.where(sure >= LIKELY, moment / observed.rate, begin) + observed.lag
    return np.maximum(onset, 0.0), sure, observed.velocity[at, keys[:, 0]] / 255.0


def _seconds_of(section: Section, moments: np.ndarray) -> np.ndarray:
    """Seconds of moments of the score; beyond the last event at the tempo before it, while the section lasts."""
    begins, written = section.begins, section.written
    if len(begins) == 1:
        return np.full(len(moments), section.end)
    near = max(0, len(begins) - TEMPO_EVENTS - 1)
    tempo = (begins[-1] - begins[near]) / (written[-1] - written[near])
    beyond = begins[-1] + tempo * (moments - written[-1])
    inside = np.interp(moments, written, begins)
    return np.where(moments <= written[-1], inside, np.minimum(beyond, max(section.end, begins[-1] + 0.1)))
