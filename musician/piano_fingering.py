"""Which finger of a hand strikes which key: dynamic programming over a piece."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations

import numpy as np

# Where the fingertips of a relaxed right hand lie, thumb first, metres along the keyboard from the wrist.
REST_SPREAD = np.array([-0.046, -0.024, 0.0, 0.023, 0.046])


@lru_cache(maxsize=8)
def _assignments(notes: int) -> np.ndarray:
    """Every rising choice of fingers for a chord of ``notes`` notes, int [choices, notes]."""
    return np.array(list(combinations(range(5), notes)), np.int64)


def finger_piano(
    places: list[np.ndarray], black: list[np.ndarray], onset: np.ndarray, left: bool
) -> list[np.ndarray]:
    """Fingers of one hand for chords one after the other, by dynamic programming.

    Parameters
    ----------
    places : list of np.ndarray [notes]
        Where each chord's keys lie along the keyboard, metres, rising; at most five.
    black : list of np.ndarray of bool [notes]
    onset : np.ndarray [chords]
        Seconds.
    left : bool
        The left hand: mirrored.

    Returns
    -------
    list of np.ndarray, int64 [notes]
        0 thumb to 4 little finger, per chord in the order of ``places``.
    """
    if left:
        places = [-p[::-1] for p in places]
        black = [b[::-1] for b in black]
    fingers = _finger_right(places, black, onset)
    return [f[::-1] for f in fingers] if left else fingers


def _finger_right(places: list[np.ndarray], black: list[np.ndarray], onset: np.ndarray) -> list[np.ndarray]:
    if not places:
        return []
    hurry = np.clip(0.3 / np.maximum(np.diff(onset, prepend=onset[0] - 1), 0.05), 0.3, 3.0)
    history: list[np.ndarray] = []
    wrists: list[np.ndarray] = []
    choices: list[np.ndarray] = []
    cost = np.zeros(1)
    for i, (keys, dark) in enumerate(zip(places, black)):
        choice = _assignments(len(keys))
        offsets = keys[None, :] - REST_SPREAD[choice]
        wrist = offsets.mean(axis=1)
        own = 40.0 * np.abs(offsets - wrist[:, None]).sum(axis=1)  # stretching
        own += 0.5 * ((choice == 0) & dark[None, :]).sum(axis=1) + 0.2 * ((choice == 4) & dark[None, :]).sum(axis=1)
        own += 0.1 * (choice == 3).sum(axis=1)
        if i == 0:
            cost, source = own, np.zeros(len(choice), np.int64)
        else:
            move = np.abs(wrists[-1][:, None] - wrist[None, :])
            step = hurry[i] * 12.0 * np.maximum(move - 0.012, 0.0)
            if len(keys) == 1 and len(places[i - 1]) == 1:
                step = step + _line_cost(choices[-1][:, 0], choice[:, 0], float(keys[0] - places[i - 1][0]))
            total = cost[:, None] + step
            source, cost = total.argmin(axis=0), total.min(axis=0) + own
        history.append(source)
        wrists.append(wrist)
        choices.append(choice)
    best = int(cost.argmin())
    fingers = []
    for i in range(len(places) - 1, -1, -1):
        fingers.append(choices[i][best])
        best = int(history[i][best])
    return fingers[::-1]


def _line_cost(before: np.ndarray, after: np.ndarray, interval: float) -> np.ndarray:
    """Cost of one finger following another on keys ``interval`` metres apart, [before, after]."""
    finger_step = after[None, :] - before[:, None]
    if abs(interval) < 1e-6:
        return np.where(finger_step == 0, 0.0, 0.25)
    crossed = finger_step * np.sign(interval) < 0
    under = crossed & ((before[:, None] == 0) | (after[None, :] == 0))  # thumb under, or a finger over the thumb
    under &= (before[:, None] != 4) & (after[None, :] != 4) & (abs(interval) < 0.05)
    return np.where(finger_step == 0, 1.5, 0.0) + np.where(crossed, np.where(under, 0.45, 4.0), 0.0)
