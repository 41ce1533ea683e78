"""Where fingertips are on the keyboard: on the keys they have, beside each other, within reach, as high as they lift.

Fingers without a key go along with those that have one and give way to them; a hand is drawn to the keys that its
fingers would not reach.
"""

from __future__ import annotations

import numpy as np

from audio_to_body.geometry.vectors import numbers, rows
from audio_to_body.inference.piano.keyboard import (
    ALL_FINGERS,
    FINGERS,
    HANDS,
    IS_BLACK,
    KEY_X,
    STRIKES_AT,
)
from audio_to_body.inference.piano.strokes import LOUD, PITCH, START, Around
from audio_to_body.musician.hand_model import missing
from audio_to_body.musician.pianist import BLACK_RAISE

# metres above the keys
HOVER, LIFT = 0.008, 0.016
DIP, DEEPER = 0.005, 0.005  # of a key under the softest stroke, and how much more under the loudest
# of a fingertip at 0, 1, 2 ... frames before its stroke, as a share of LIFT
RISE = np.array([0.0, 0.7, 1.0, 0.5, 0.0])
# how far a finger without a key goes along with another one of its hand
_ALONG = np.kron(np.eye(HANDS), 0.5 ** np.abs(np.subtract.outer(np.arange(FINGERS), np.arange(FINGERS))))
np.fill_diagonal(_ALONG, 0.0)
LOWEST_WRIST = 35.0  # mm above the keys, of a hand that is stretched
ROUNDS = 3  # in which a hand is drawn to its keys
# pixels along and across the keyboard, and millimetres above it, as metres of the room
_TO_ROOM = np.array([[-1e-3, 0.0, 0.0], [0.0, 0.0, -1e-3], [0.0, 1e-3, 0.0]])
STAYS = 1.0  # the weight of where it would be otherwise
BESIDE = 12.0  # px from a fingertip to the next one at least
CLOSEST = 7.0  # and where the next one holds a key: neighbouring keys are 9 px apart
_OUT = np.array([-1.0, 1.0])  # along the keyboard from a hand's thumb to its little finger


def onto_keys(tips: np.ndarray, of_finger: Around, leaving: np.ndarray, coming: np.ndarray) -> np.ndarray:
    """Fingertips moved onto the keys that they have, the others along with them.

    Parameters
    ----------
    tips : np.ndarray [frames, 10, 2]
        Pixels of the hands12 frame.
    of_finger : Around
    leaving, coming : np.ndarray [frames, 10]
        How much each finger is still on its last key, and already over its next one, 0 to 1.
    """
    result = tips.copy()
    for pitch, weight in ((of_finger.was(PITCH), leaving), (of_finger.will(PITCH), coming)):
        key = pitch.astype(np.int64)
        goal = np.stack([KEY_X[key], STRIKES_AT[IS_BLACK[key].astype(int), np.arange(ALL_FINGERS)]], axis=-1)
        result += np.where(key[..., None] > 0, weight[..., None] * (goal - result), 0.0)
    has = np.maximum(leaving, coming)
    moved = has * (result[..., 0] - tips[..., 0])
    along = (moved @ _ALONG) / (has @ _ALONG + STAYS)
    result[..., 0] += (1 - has) * along
    return result


def in_order(tips: np.ndarray, bound: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Fingertips that no other finger than the thumb crosses.

    Who holds a key stays; who is on the way to one waits on its own side of those; who has none gives way to all.

    Parameters
    ----------
    tips : np.ndarray [frames, 10, 2]
    bound : np.ndarray [frames, 10]
        How much each finger is bound to a key, 0 to 1.
    held : np.ndarray, bool [frames, 10]
        Whether each finger holds its key down.
    """
    out = _OUT[:, None] * tips[..., 0].reshape(-1, HANDS, FINGERS)
    free = 1 - bound.reshape(-1, HANDS, FINGERS)
    holds = held.reshape(-1, HANDS, FINGERS)
    for finger in range(1, FINGERS):
        beside = CLOSEST * (finger - np.arange(FINGERS))
        least = np.where(holds[..., 1:finger], out[..., 1:finger] + beside[1:finger], -np.inf)
        most = np.where(holds[..., finger + 1 :], out[..., finger + 1 :] + beside[finger + 1 :], np.inf)
        kept = np.maximum(out[..., finger], least.max(axis=-1, initial=-np.inf))
        kept = np.minimum(kept, most.min(axis=-1, initial=np.inf))
        out[..., finger] = np.where(holds[..., finger], out[..., finger], kept)
    for finger in range(2, FINGERS):
        out[..., finger] += free[..., finger] * np.maximum(out[..., finger - 1] + BESIDE - out[..., finger], 0.0)
    for finger in range(FINGERS - 2, -1, -1):
        out[..., finger] -= free[..., finger] * np.maximum(out[..., finger] + BESIDE - out[..., finger + 1], 0.0)
    ordered = tips.copy()
    ordered[..., 0] = (_OUT[:, None] * out).reshape(-1, ALL_FINGERS)
    return ordered


def within_reach(
    wrists: np.ndarray, tips: np.ndarray, bound: np.ndarray, flight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Draw hands to the keys that their fingers would not reach, and lower them; bound fingers stay there.

    Parameters
    ----------
    wrists : np.ndarray [frames, 2, 3]
        Pixels of the hands12 frame, and millimetres above the keys.
    tips : np.ndarray [frames, 10, 3]
    bound : np.ndarray [frames, 10]
        How much each finger is bound to a key, 0 to 1.
    flight : np.ndarray [frames, 2]
        mm that each hand rises on its way; it sinks to its keys when it lands.
    """
    wrists, tips = wrists.copy(), tips.copy()
    for hand in range(HANDS):
        own = slice(hand * FINGERS, (hand + 1) * FINGERS)
        shares = numbers(bound[:, own])
        for _ in range(ROUNDS):
            points = [numbers(point @ _TO_ROOM) for point in (wrists[:, hand], *tips[:, own].swapaxes(0, 1))]
            drawn = rows([missing(points[0], points[1:], shares, hand)], len(tips))[:, 0] @ _TO_ROOM.T * 1e6
            lowest = LOWEST_WRIST + 2 * flight[:, hand]
            drawn[:, 2] = np.maximum(drawn[:, 2], np.minimum(lowest - wrists[:, hand, 2], 0.0))
            wrists[:, hand] += drawn
            tips[:, own, :2] += (1 - bound[:, own])[..., None] * drawn[:, None, :2]
    return wrists, tips


def heights(of_finger: Around, held: np.ndarray, leaving: np.ndarray, coming: np.ndarray) -> np.ndarray:
    """Metres of the fingertips above the keys, [frames, 10].

    Parameters
    ----------
    of_finger : Around
    held : np.ndarray, bool [frames, 10]
        Whether each finger holds its key down.
    leaving, coming : np.ndarray [frames, 10]
        As for :func:`onto_keys`.
    """
    until = np.clip(of_finger.will(START) - of_finger.frame, 0, len(RISE) - 1).astype(np.int64)
    rise = np.where(of_finger.will(PITCH) > 0, RISE[until] * (0.6 + 0.8 * of_finger.will(LOUD)), 0.0)
    black = [IS_BLACK[pitch.astype(np.int64)] for pitch in (of_finger.was(PITCH), of_finger.will(PITCH))]
    level = BLACK_RAISE * np.maximum(leaving * black[0], coming * black[1])
    down = DIP + DEEPER * np.minimum(of_finger.was(LOUD), 1.0)
    return np.where(held, level - down, level + HOVER + LIFT * rise)
