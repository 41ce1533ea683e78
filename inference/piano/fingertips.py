"""Where fingertips are on the keyboard: on the keys they have, beside each other, within reach, as high as they lift.

Fingers without a key go along with those that have one and give way to them; a hand is drawn to the keys that its
fingers would not reach.
"""

from __future__ import annotations

import numpy as np

from audio_to_body.inference.piano.keyboard import (
    ALL_FINGERS,
    FINGERS,
    HAND_OF,
    HANDS,
    IS_BLACK,
    KEY_X,
    STRIKES_AT,
)
from audio_to_body.inference.piano.strokes import LOUD, PITCH, START, Around
from audio_to_body.musician.pianist import BLACK_RAISE

# metres above the keys
HOVER, LIFT = 0.008, 0.016
DIP, DEEPER = 0.005, 0.005  # of a key under the softest stroke, and how much more under the loudest
# of a fingertip at 0, 1, 2 ... frames before its stroke, as a share of LIFT
RISE = np.array([0.0, 0.7, 1.0, 0.5, 0.0])
# how far a finger without a key goes along with another one of its hand
_ALONG = np.kron(np.eye(HANDS), 0.5 ** np.abs(np.subtract.outer(np.arange(FINGERS), np.arange(FINGERS))))
np.fill_diagonal(_ALONG, 0.0)
# px from the wrist to a fingertip on a key, thumb first: about what the bones of the inferred hand reach from a wrist
# 60 mm above the keys (musician.hand_model)
REACHES = np.tile([140.0, 190.0, 195.0, 183.0, 157.0], HANDS)
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


def within_reach(wrists: np.ndarray, tips: np.ndarray, bound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Draw hands to the keys that their fingers would not reach; fingers that are bound to keys stay there.

    Parameters
    ----------
    wrists : np.ndarray [frames, 2, 2]
    tips : np.ndarray [frames, 10, 2]
    bound : np.ndarray [frames, 10]
        How much each finger is bound to a key, 0 to 1.
    """
    wrists, tips = wrists.copy(), tips.copy()
    rows, hands = np.arange(len(wrists))[:, None], np.arange(HANDS)
    for _ in range(2):  # once for the farthest finger, and once for the next
        way = tips - wrists[:, HAND_OF]
        far = np.sqrt(np.square(way).sum(axis=-1))
        missing = (bound * np.maximum(far - REACHES, 0.0)).reshape(-1, HANDS, FINGERS)
        farthest = missing.argmax(axis=2) + hands * FINGERS
        share = missing.max(axis=2) / np.maximum(far[rows, farthest], 1.0)
        drawn = share[..., None] * way[rows, farthest]
        wrists += drawn
        tips += (1 - bound)[..., None] * drawn[:, HAND_OF]
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
