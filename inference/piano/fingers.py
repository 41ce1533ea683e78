"""Which hand and which finger takes a note: the most likely way of a pianist's hands, followed note by note.

Each hand is believed to be somewhere along the keyboard. It drifts back to its half of the keyboard over seconds and
is found again by every key that one of its fingers strikes; how well a key fits a finger, how far the hand had to go,
fingers that cross and fingers that would have to let go of a key say how likely a choice is. The likeliest few
courses are kept (a beam), so that a choice may wait for what comes after it. The widths were measured on human hands,
the weights chosen for the best agreement with which hand and finger people used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.inference.piano.in_time import FASTEST
from audio_to_body.inference.piano.keyboard import (
    ALL_FINGERS,
    FINGERS,
    HAND_OF,
    HANDS,
    IS_BLACK,
    KEY_X,
    SPREAD,
)
from audio_to_body.inference.piano.ways import FITS, NUMBERS, SELDOM, Ways, every_way, handy, obeying
from audio_to_body.skeleton.rates import VIDEO_FPS

MOST_COURSES = 8  # kept; 16 agree with people no better
HOME = np.array([468.0, 685.0])  # px of the wrists along the keyboard where nothing is played
HOME_SPREAD = 113.0  # px, standard deviation of a hand about it
DRIFT_SECONDS = 3.0  # in which a hand is on its way back
UNSURE = 16.0**2  # px^2 of a hand's place at the same moment
BENT_FROM = 1.8  # standard deviations from which a leap costs in proportion
SAME_FINGER, SAME_SECONDS = 5.0, 0.6  # one finger for two keys in a row
CROSSED, CROSSED_SECONDS = 7.0, 0.6  # a finger beyond another that struck on its other side
THUMB_UNDER = 1.8
ONE_KEY = 0.3  # share of crossing when two fingers take the same key in turn
LET_GO = 3.4  # a key given up before its note ends
ACROSS = 5.0  # a hand beyond the key that the other one struck, on that one's side; more changes nothing
TOO_FAST = 0.1  # a px beyond what a hand can have gone
APART, TOO_NEAR = 60.0, 34.0  # px of the wrists; how hard it is to come nearer
WRONG_HAND = 8.0  # against the hand that a score gives
WRONG_FINGER = 25.0  # against the finger that a score gives
STILL_HELD = 0.03  # s; a note that ends sooner after the next begins is not held over it


def _crossing() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Costs [finger that struck, that strikes now] of keys on the one's thumb side, its little side, and its own."""
    before, now = np.meshgrid(np.arange(ALL_FINGERS), np.arange(ALL_FINGERS), indexing="ij")
    same_hand = (before // FINGERS == now // FINGERS) & (before != now)
    thumb = (before % FINGERS == 0) | (now % FINGERS == 0)
    cost = np.where(same_hand, np.where(thumb, THUMB_UNDER, CROSSED), 0.0)
    across = ACROSS * (before // FINGERS != now // FINGERS)
    return cost * (now > before), cost * (now < before) + across, ONE_KEY * same_hand


_TO_THUMB, _TO_LITTLE, _TO_SELF = _crossing()
_OUTWARDS = np.where(HAND_OF == 0, -1.0, 1.0)  # along the keyboard, from thumb to little finger


@dataclass
class Courses:
    """The likeliest courses so far, the best first; every array begins with ``[courses]``.

    Attributes
    ----------
    cost : np.ndarray [courses]
        Above the best one's.
    place : np.ndarray [courses, 2]
        px of the wrists along the keyboard.
    moved : np.ndarray [courses, 2]
        Seconds of each hand's last stroke.
    key : np.ndarray, int64 [courses, 10]
        MIDI pitch of each finger's last key, 0 before the first.
    struck, until : np.ndarray [courses, 10]
        Seconds of each finger's last stroke, and until when its note lasts.
    taken : np.ndarray, int64 [courses, groups, 10]
        MIDI pitch that each finger strikes in every group that is not decided, 0 for none.
    places : np.ndarray [courses, groups, 2]
        The wrists at those strokes.
    """

    cost: np.ndarray
    place: np.ndarray
    moved: np.ndarray
    key: np.ndarray
    struck: np.ndarray
    until: np.ndarray
    taken: np.ndarray
    places: np.ndarray

    @classmethod
    def fresh(cls) -> Courses:
        """Both hands at home, nothing struck."""
        never = -99.0
        return cls(
            cost=np.zeros(1),
            place=HOME[None].copy(),
            moved=np.full((1, HANDS), never),
            key=np.zeros((1, ALL_FINGERS), np.int64),
            struck=np.full((1, ALL_FINGERS), never),
            until=np.full((1, ALL_FINGERS), never),
            taken=np.zeros((1, 0, ALL_FINGERS), np.int64),
            places=np.zeros((1, 0, HANDS)),
        )

    @property
    def undecided(self) -> int:
        """Groups that wait for a decision."""
        return self.taken.shape[1]

    def keep(self, which: np.ndarray) -> None:
        """Go on with some of the courses."""
        for name, value in vars(self).items():
            setattr(self, name, value[which])

    def end(self, pitch: int, seconds: float) -> None:
        """A note that was held ended; one that was struck since goes on."""
        self.until[(self.key == pitch) & (self.until > seconds) & (self.struck < seconds)] = seconds

    def believed(self, seconds: float) -> tuple[np.ndarray, np.ndarray]:
        """Where hands are, px [courses, 2], and for how many seconds they can have been on their way there."""
        since = np.maximum(seconds - self.moved, 0.02)
        return HOME + (self.place - HOME) * np.exp(-since / DRIFT_SECONDS), since

    def decide(self) -> tuple[np.ndarray, np.ndarray]:
        """The oldest group's pitch by finger, int64 [10], and the wrists' places [2]; other courses are left."""
        taken, places = self.taken[0, 0].copy(), self.places[0, 0].copy()
        self.keep(np.flatnonzero((self.taken[:, 0] == taken).all(axis=1)))
        self.taken, self.places = self.taken[:, 1:], self.places[:, 1:]
        return taken, places

    def strike(
        self,
        seconds: float,
        pitches: np.ndarray,
        until: np.ndarray,
        hand: np.ndarray | None = None,
        finger: np.ndarray | None = None,
    ) -> None:
        """Extend the courses by notes that are struck together.

        Parameters
        ----------
        seconds : float
        pitches : np.ndarray, int64 [notes]
            Rising, all different, at most ten.
        until : np.ndarray [notes]
            Seconds at which each ends, infinity where that is not known yet.
        hand : np.ndarray, int64 [notes], optional
            Where a score gives the hands: 0 left, 1 right, -1 not given.
        finger : np.ndarray, int64 [notes], optional
            Where a score gives the fingers: 1 thumb to 5, -1 not given.
        """
        here, since = self.believed(seconds)
        variance = HOME_SPREAD**2 * (1 - np.exp(-2 * since / DRIFT_SECONDS)) + UNSURE
        if finger is None:
            ways = handy(pitches, here[0], variance[0])
        else:
            ways = obeying(every_way(len(pitches)), finger, hand)
        place, cost = self._hands(since, here, variance, pitches, ways)
        notes = self._notes(seconds, pitches, hand)
        if finger is not None:
            other = (finger[:, None] > 0) & (finger[:, None] != NUMBERS)
            notes = notes + np.where(other, WRONG_FINGER, 0.0)
        for i in range(len(pitches)):
            cost += notes[:, i][:, ways.finger[:, i]]
        over = self._held_over(seconds, place, ways)
        if over is not None:
            cost += over.sum(axis=2)
        both = [np.where(ways.used[:, h], place[:, :, h], here[:, h : h + 1]) for h in range(HANDS)]
        cost += 0.5 * (np.maximum(APART - (both[1] - both[0]), 0.0) / TOO_NEAR) ** 2
        total = (self.cost[:, None] + cost).ravel()
        count = min(MOST_COURSES, len(total))
        best = np.argpartition(total, count - 1)[:count]
        best = best[np.argsort(total[best], kind="stable")]
        source, way = np.divmod(best, len(ways.finger))
        given_up = np.zeros((count, ALL_FINGERS), bool) if over is None else over[source, way] >= LET_GO - 1e-9
        new_place, used = place[source, way], ways.used[way]
        self.keep(source)
        self.cost = total[best] - total[best[0]]
        self._take(seconds, pitches, until, ways.finger[way], given_up, np.where(used, new_place, self.place), used)

    def _hands(
        self, since: np.ndarray, here: np.ndarray, variance: np.ndarray, pitches: np.ndarray, ways: Ways
    ) -> tuple[np.ndarray, np.ndarray]:
        """Places [courses, choices, 2] that choices ask for, and what the ways there and the stretches cost."""
        from_wrist = KEY_X[pitches][:, None] - SPREAD
        asked = from_wrist[np.arange(len(pitches)), ways.finger]
        pull = ways.weight * asked
        pulls = np.stack([(pull * ways.left).sum(axis=1), (pull * ~ways.left).sum(axis=1)], axis=1)
        place = ((here / variance)[:, None] + pulls) / ((1 / variance)[:, None] + ways.weights)
        away = np.abs(place - here[:, None]) / np.sqrt(variance)[:, None]
        way = np.where(away < BENT_FROM, 0.5 * away**2, BENT_FROM * away - 0.5 * BENT_FROM**2)
        beyond = np.abs(place - here[:, None]) - (FASTEST * VIDEO_FPS * since)[:, None]
        way += TOO_FAST * np.maximum(beyond, 0.0)
        way = (way + 0.5 * np.log(variance * 1e-2)[:, None]) * ways.used
        wrist = np.where(ways.left, place[:, :, :1], place[:, :, 1:])
        stretched = 0.5 * (np.square(asked - wrist) * ways.weight).sum(axis=2)
        return place, way.sum(axis=2) + stretched

    def _notes(self, seconds: float, pitches: np.ndarray, hand: np.ndarray | None) -> np.ndarray:
        """What each finger costs for each note, [courses, notes, 10]."""
        # what counts is where the hand is: the keys of its last stroke and those that it holds
        since = seconds - self.struck
        here = (self.struck >= self.moved[:, HAND_OF]) | (self.until > seconds + STILL_HELD)
        here &= self.key > 0
        way = (pitches[:, None] - self.key[:, None]) * _OUTWARDS  # above 0: to the little finger
        recent = np.where(here, np.exp(-since / CROSSED_SECONDS), 0.0)[:, None]
        again = np.where(here, SAME_FINGER * np.exp(-since / SAME_SECONDS), 0.0)[:, None]
        cost = SELDOM[IS_BLACK[pitches].astype(int)] + np.where(way != 0, again, 0.0)
        cost = cost + np.where(way < 0, recent, 0.0) @ _TO_THUMB + np.where(way > 0, recent, 0.0) @ _TO_LITTLE
        cost = cost + np.where(way == 0, recent, 0.0) @ _TO_SELF
        if hand is not None:
            cost = cost + np.where((hand[:, None] >= 0) & (hand[:, None] != HAND_OF), WRONG_HAND, 0.0)
        return cost

    def _held_over(self, seconds: float, place: np.ndarray, ways: Ways) -> np.ndarray | None:
        """What keys cost that are held while others are struck, [courses, choices, 10]; ``LET_GO``: given up."""
        held = self.until > seconds + STILL_HELD
        if not held.any():
            return None
        asked = KEY_X[self.key] - SPREAD
        apart = (asked[:, None] - place[:, :, HAND_OF]) / FITS
        cost = np.where(ways.taken, LET_GO, np.minimum(0.25 * apart**2, LET_GO))
        return np.where(held[:, None] & ways.used[:, HAND_OF], cost, 0.0)

    def _take(
        self,
        seconds: float,
        pitches: np.ndarray,
        until: np.ndarray,
        finger: np.ndarray,
        given_up: np.ndarray,
        place: np.ndarray,
        used: np.ndarray,
    ) -> None:
        """Put the chosen fingers on their keys."""
        rows = np.arange(len(finger))
        again = (self.key[:, :, None] == pitches).any(axis=2)
        self.until[given_up | again] = np.minimum(self.until[given_up | again], seconds)
        taken = np.zeros((len(finger), 1, ALL_FINGERS), np.int64)
        for i, pitch in enumerate(pitches):
            self.key[rows, finger[:, i]] = taken[rows, 0, finger[:, i]] = pitch
            self.struck[rows, finger[:, i]] = seconds
            self.until[rows, finger[:, i]] = until[i]
        self.place, self.moved = place, np.where(used, seconds, self.moved)
        self.taken = np.concatenate([self.taken, taken], axis=1)
        self.places = np.concatenate([self.places, place[:, None]], axis=1)
