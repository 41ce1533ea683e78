"""The ways to give the notes of a chord to the fingers of two hands that do not cross."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

from audio_to_body.inference.piano.keyboard import ALL_FINGERS, FINGERS, HAND_OF, HANDS, IS_BLACK, KEY_X, SPREAD

MOST_WAYS = 30  # to finger a chord that are tried; the others ask too much of hands where they are
FITS = np.tile([15.0, 18.0, 18.0, 18.0, 18.0], HANDS)  # px, standard deviation of a key from its finger's usual place
# how seldom each finger is used on white and black keys, thumb first
SELDOM = 0.4 * -np.log(np.tile([[0.33, 0.21, 0.08, 0.10, 0.25], [0.30, 0.25, 0.20, 0.16, 0.12]], HANDS))
NUMBERS = 1 + np.concatenate([np.arange(FINGERS), np.arange(FINGERS)])  # as printed: 1 is either thumb


@lru_cache(maxsize=16)
def _choices(notes: int) -> np.ndarray:
    """Every way to give rising notes to the fingers of two hands that do not cross, int [choices, notes]."""
    ways = [
        [FINGERS - 1 - f for f in left] + [FINGERS + f for f in right]
        for of_left in range(max(0, notes - FINGERS), min(FINGERS, notes) + 1)
        for left in combinations(range(FINGERS), of_left)
        for right in combinations(range(FINGERS), notes - of_left)
    ]
    return np.array(ways, np.int64).reshape(-1, notes)


@dataclass(frozen=True)
class Ways:
    """Ways to finger a number of notes, with what does not depend on the keys."""

    finger: np.ndarray  # [choices, notes]
    left: np.ndarray  # bool [choices, notes]
    taken: np.ndarray  # bool [choices, 10]
    weight: np.ndarray  # [choices, notes] inverse variances
    weights: np.ndarray  # [choices, 2] their sums by hand
    used: np.ndarray  # bool [choices, 2]


@lru_cache(maxsize=16)
def every_way(notes: int) -> Ways:
    """All of them for so many notes."""
    finger = _choices(notes)
    taken = np.zeros((len(finger), ALL_FINGERS), bool)
    taken[np.arange(len(finger))[:, None], finger] = True
    left, weight = finger < FINGERS, FITS[finger] ** -2
    weights = np.stack([(weight * left).sum(axis=1), (weight * ~left).sum(axis=1)], axis=1)
    return Ways(finger, left, taken, weight, weights, weights > 0)


def handy(pitches: np.ndarray, here: np.ndarray, variance: np.ndarray) -> Ways:
    """The ways to take a chord that are worth trying: those that ask least of the hands.

    Parameters
    ----------
    pitches : np.ndarray, int64 [notes]
        Rising.
    here, variance : np.ndarray [2]
        px along the keyboard at which the wrists are believed, and px^2 how surely.
    """
    ways = every_way(len(pitches))
    if len(ways.finger) <= 2 * MOST_WAYS:
        return ways
    asked = (KEY_X[pitches][:, None] - SPREAD)[np.arange(len(pitches)), ways.finger]
    pull = ways.weight * asked
    left = (pull * ways.left).sum(axis=1)
    pulls = np.stack([left, pull.sum(axis=1) - left], axis=1) + here / variance
    # squares about the place that suits the hand's keys best and is near to where it is
    apart = ways.used * (here**2 / variance - pulls**2 / (ways.weights + 1 / variance))
    cost = 0.5 * ((pull * asked).sum(axis=1) + apart.sum(axis=1))
    cost += SELDOM[IS_BLACK[pitches].astype(int), ways.finger].sum(axis=1)
    best = np.sort(np.argpartition(cost, MOST_WAYS - 1)[:MOST_WAYS])
    return Ways(*(value[best] for value in vars(ways).values()))


def obeying(ways: Ways, finger: np.ndarray, hand: np.ndarray | None) -> Ways:
    """The ways with the fingers and hands that a score gives; all of them where none has."""
    wrong = (finger > 0) & (NUMBERS[ways.finger] != finger)
    if hand is not None:
        wrong |= (hand >= 0) & (HAND_OF[ways.finger] != hand)
    fits = ~wrong.any(axis=1)
    return Ways(*(value[fits] for value in vars(ways).values())) if fits.any() else ways
