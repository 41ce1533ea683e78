"""What the net of the hands' places is told at every step: which fingers are on which keys, and where the hands play.

No sound: the notes have been heard and given to fingers before (:mod:`audio_to_body.inference.piano.presses`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np

from audio_to_body.inference.piano.fingers import HOME
from audio_to_body.inference.piano.keyboard import ALL_FINGERS, HAND_OF, HANDS, IS_BLACK, KEY_X
from audio_to_body.inference.piano.presses import Press
from audio_to_body.skeleton.rates import VIDEO_FPS

FRONT_END = "piano_touch"  # in the card of a net that takes these features
FRESH_SECONDS = 0.15  # in which a finger's stroke is forgotten
REMEMBERED = 0.4  # s that a finger's last key is told after the stroke
HAND_SECONDS = (0.2, 1.0, 4.0)  # in which a hand's stroke is forgotten
ASIDE, ALONG = 80.0, 100.0  # px; scales of fingers within a hand and of hands along the keyboard
PER_FINGER, PER_HAND = 4, 6
TOUCH_COUNT = ALL_FINGERS * PER_FINGER + HANDS * PER_HAND
_NEVER = -1e6


@dataclass
class Touch:
    """The latest strokes of fingers and hands, step by step.

    Attributes
    ----------
    key : np.ndarray, int64 [10]
        MIDI pitch of each finger's last key.
    start, end : np.ndarray [10]
        Steps at which it went down and comes up.
    place, struck, low, high : np.ndarray [2]
        Each hand's wrist at its last stroke (px), the step of that stroke, and the outer keys of it (px).
    """

    key: np.ndarray
    start: np.ndarray
    end: np.ndarray
    place: np.ndarray
    struck: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def fresh(cls) -> Touch:
        """Nothing played yet."""
        return cls(
            key=np.zeros(ALL_FINGERS, np.int64),
            start=np.full(ALL_FINGERS, _NEVER),
            end=np.full(ALL_FINGERS, _NEVER),
            place=HOME.copy(),
            struck=np.full(HANDS, _NEVER),
            low=HOME.copy(),
            high=HOME.copy(),
        )

    def copy(self) -> Touch:
        """One of its own."""
        return Touch(**{f.name: getattr(self, f.name).copy() for f in fields(self)})

    def step(self, number: int, pressed: Iterable[Press], held: Iterable[Press]) -> np.ndarray:
        """Features of a step, float32 [52].

        Parameters
        ----------
        number : int
            The step's.
        pressed : iterable of Press
            What is struck in it.
        held : iterable of Press
            The last press of every finger: until when each lasts may have become known.
        """
        new = sorted(pressed, key=lambda press: press.pitch)
        for press in new:
            hand = HAND_OF[press.finger]
            x = KEY_X[press.pitch]
            if self.struck[hand] != number:
                self.struck[hand], self.low[hand] = number, x
            self.place[hand], self.high[hand] = press.place, x
            self.key[press.finger], self.start[press.finger] = press.pitch, press.start
        for press in held:
            self.end[press.finger] = press.end
        return self._features(number)

    def _features(self, number: int) -> np.ndarray:
        row = np.zeros(TOUCH_COUNT, np.float32)
        fingers = row[: ALL_FINGERS * PER_FINGER].reshape(ALL_FINGERS, PER_FINGER)
        hands = row[ALL_FINGERS * PER_FINGER :].reshape(HANDS, PER_HAND)
        age = (number - self.start) / VIDEO_FPS
        down = (self.end > number) & (age >= 0)
        told = down | (age < REMEMBERED)
        fingers[:, 0] = down
        fingers[:, 1] = np.exp(-np.maximum(age, 0.0) / FRESH_SECONDS)
        fingers[:, 2] = np.where(told, (KEY_X[self.key] - self.place[HAND_OF]) / ASIDE, 0.0)
        fingers[:, 3] = told & IS_BLACK[self.key]
        hands[:, 0] = (self.place - HOME) / ALONG
        hands[:, 1:4] = np.exp(-(np.maximum(number - self.struck, 0) / VIDEO_FPS)[:, None] / HAND_SECONDS)
        hands[:, 4], hands[:, 5] = (self.low - HOME) / ALONG, (self.high - HOME) / ALONG
        return row
