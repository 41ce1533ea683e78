"""Where in a score a recording is, moment by moment: the likeliest course through it, wherever it begins and ends.

A hidden Markov model over a score's events (notes that begin together). What is observed is what a net that hears
notes says of every key. A recording stays with an event, goes on to the next, or leaves the score and comes back
anywhere: repeats that are taken or left out, a page that is missing, applause, a recording cut out of the middle. The
best course is found exactly (Viterbi); courses are kept at a few moments only and followed anew between them, so that
memory grows with the square root of the recording's length.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

COURSE_RATE = 24  # steps/s of the course; onsets are found more exactly afterwards
POOLED = 2  # steps of the net in one of the course
OUTSIDE = -1  # of the score
LEAVE, COME_BACK = 30.0, 30.0  # cost of leaving the score and of coming back, in nats of evidence
BEGIN_LATE = 6.0  # cost of beginning anywhere but at the first event, or ending anywhere but after the last
SKIP = 4.0  # cost of an event that is not heard at all
SOUNDING_FLOOR, SOUNDING_PRIOR = 0.10, 0.30  # evidence of a key that sounds: log((p + floor) / prior)
ONSET_FLOOR, ONSET_PRIOR = 0.02, 0.10  # of one that is struck
DIED_AWAY = 0.5  # cost of a step in an event whose notes do not sound any more: a rest, a fermata, a decay
HELD_ON = 0.5  # weight of a key that was struck earlier beside one struck now
_STAY, _GO_ON, _SKIPPED, _CAME_BACK = range(4)


@dataclass(frozen=True)
class Observation:
    """What a net that hears notes says of every key of a recording.

    Attributes
    ----------
    onset, sounding, held, velocity : np.ndarray, uint8 [steps, keys]
        Probability that a key is struck, sounds and is held down, and how hard it would be; 255 is 1.
    lowest : int
        MIDI number of the first key.
    rate : float
        Steps/s.
    lag : float
        Seconds that are added to a step's time.
    """

    onset: np.ndarray
    sounding: np.ndarray
    held: np.ndarray
    velocity: np.ndarray
    lowest: int
    rate: float
    lag: float

    def __len__(self) -> int:
        return len(self.onset)

    @property
    def keys(self) -> int:
        """How many there are."""
        return self.onset.shape[1]


@dataclass(frozen=True)
class Events:
    """A score as events: notes that begin together.

    Attributes
    ----------
    written : np.ndarray, float64 [events]
        When each is written, in the score's own unit, rising.
    notes : list of np.ndarray of int
        Numbers of the notes that begin with each event.
    struck : np.ndarray, float32 [events, keys]
        Weights of the keys that are struck, their squares' sum 1 where there are any.
    sounding : np.ndarray, float32 [events, keys]
        Weights of the keys that sound until the next event.
    """

    written: np.ndarray
    notes: list[np.ndarray]
    struck: np.ndarray
    sounding: np.ndarray

    def __len__(self) -> int:
        return len(self.written)


def events_of(
    start: np.ndarray, end: np.ndarray, pitch: np.ndarray, lowest: int, keys: int, together: float
) -> Events:
    """Group a score's notes.

    Parameters
    ----------
    start, end : np.ndarray [notes]
        In the score's own unit.
    pitch : np.ndarray of int [notes]
        MIDI; keys that the net does not know are carried along.
    lowest, keys : int
        Of the net.
    together : float
        How far apart notes may begin and be one event.
    """
    order = np.lexsort((pitch, start))
    groups: list[list[int]] = []
    for note in order.tolist():
        if groups and start[note] - start[groups[-1][0]] <= together:
            groups[-1].append(note)
        else:
            groups.append([note])
    written = np.array([start[group[0]] for group in groups], np.float64)
    struck = np.zeros((len(groups), keys), np.float32)
    sounding = np.zeros((len(groups), keys), np.float32)
    key = np.asarray(pitch) - lowest
    last = np.searchsorted(written, np.asarray(end) - together, side="left")  # first event the note does not reach
    for event, group in enumerate(groups):
        for note in group:
            if not 0 <= key[note] < keys:
                continue
            struck[event, key[note]] = 1.0
            reached = slice(event + 1, max(event + 1, int(last[note])))
            sounding[reached, key[note]] = np.maximum(sounding[reached, key[note]], HELD_ON)
            sounding[event, key[note]] = 1.0
    notes = [np.array(group, np.int64) for group in groups]
    return Events(written, notes, _one_voice(struck), _one_voice(sounding))


def _one_voice(weights: np.ndarray) -> np.ndarray:
    """A chord of n notes tells more than one note, but not n times as much."""
    return weights / np.maximum(np.sqrt(np.square(weights).sum(axis=1, keepdims=True)), 1e-6)


def evidence(probability: np.ndarray, floor: float, prior: float) -> np.ndarray:
    """What probabilities, uint8, say for a key, in nats; above 0 for it, below 0 against it."""
    return np.log((probability.astype(np.float32) / 255.0 + floor) / prior)


class _Recording:
    """A recording's evidence at the course's steps, block by block."""

    def __init__(self, observed: Observation, events: Events) -> None:
        self.steps = len(observed) // POOLED
        shape = (self.steps, POOLED, observed.keys)
        self._onset = observed.onset[: self.steps * POOLED].reshape(shape).max(axis=1)
        self._sounding = observed.sounding[: self.steps * POOLED].reshape(shape).max(axis=1)
        self._struck, self._sounds = events.struck.T.copy(), events.sounding.T.copy()

    def block(self, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
        """What steps say for being within an event, and for entering it, float32 [steps, events] each."""
        within = evidence(self._sounding[first:last], SOUNDING_FLOOR, SOUNDING_PRIOR) @ self._sounds
        np.maximum(within, -DIED_AWAY, out=within)
        enter = evidence(self._onset[first:last], ONSET_FLOOR, ONSET_PRIOR) @ self._struck
        return within, enter + within


@dataclass
class _Front:
    """The best courses up to a step: their worth at every event, and outside the score."""

    inside: np.ndarray
    outside: float

    def step(self, within: np.ndarray, enter: np.ndarray, first: bool) -> tuple[np.ndarray, int]:
        """Go one step on; gives how every event was come to, and from which event the score was left (or none)."""
        before = self.inside
        inside = before + within
        how = np.zeros(len(before), np.uint8)
        best = int(before.argmax())
        back = np.full(len(before), self.outside - COME_BACK, np.float32)
        if first:
            back += COME_BACK - BEGIN_LATE
            back[0] += BEGIN_LATE
        ways = ((_GO_ON, before[:-1], 1), (_SKIPPED, before[:-2] - SKIP, 2), (_CAME_BACK, back, 0))
        for way, worth, shift in ways:
            came = worth + enter[shift:]
            better = came > inside[shift:]
            inside[shift:][better] = came[better]
            how[shift:][better] = way
        self.inside = inside
        left = OUTSIDE
        done, away = float(before[-1]), float(before[best]) - LEAVE
        if done > away:  # after the last event the score is over
            best, away = len(before) - 1, done
        if away > self.outside:
            self.outside, left = away, best
        return how, left


def course(observed: Observation, events: Events) -> np.ndarray:
    """The event that every step belongs to.

    Parameters
    ----------
    observed : Observation
    events : Events
        Of the score; one at least.

    Returns
    -------
    np.ndarray, int64 [steps at :data:`COURSE_RATE`]
        :data:`OUTSIDE` where the recording is not in the score.
    """
    recording = _Recording(observed, events)
    length = max(1, int(np.sqrt(recording.steps)))
    fronts: list[_Front] = []
    front = _Front(np.full(len(events), -np.inf, np.float32), 0.0)
    for first in range(0, recording.steps, length):
        fronts.append(_Front(front.inside.copy(), front.outside))
        within, enter = recording.block(first, min(first + length, recording.steps))
        for step in range(len(within)):
            front.step(within[step], enter[step], front.outside == 0.0)
    finish = front.inside.copy()
    finish[:-1] -= BEGIN_LATE
    state = int(finish.argmax())
    if front.outside > finish[state]:
        state = OUTSIDE
    taken = np.empty(recording.steps, np.int64)
    for number in range(len(fronts) - 1, -1, -1):
        first = number * length
        state = _traced(recording, fronts[number], first, taken[first : first + length], state)
    return taken


def _traced(recording: _Recording, front: _Front, first: int, taken: np.ndarray, state: int) -> int:
    """Follow a block's courses once more, write the best one down, and give where it was before the block."""
    within, enter = recording.block(first, first + len(taken))
    came, left = [], []
    for step in range(len(taken)):
        how, source = front.step(within[step], enter[step], front.outside == 0.0)
        came.append(how)
        left.append(source)
    for step in range(len(taken) - 1, -1, -1):
        taken[step] = state
        if state == OUTSIDE:
            state = left[step]
            continue
        way = int(came[step][state])
        state = OUTSIDE if way == _CAME_BACK else state - way
    return state
