"""What a body cannot do, counted in a motion: steps too wide for a frame, bent wrists, fingers and hands that cross.

A net or a planner may be right on average and still show what nobody can play. These are counts of that, in metres of
the motion's room, so that figures of it come from one place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from audio_to_body.geometry.quaternion_arrays import inverse, rotate
from audio_to_body.geometry.vector_arrays import segment_distance
from audio_to_body.musician.piano_keys import WHITE_KEY, key_place
from audio_to_body.musician.violin_playing import BRIDGE, STRING_HEIGHT
from audio_to_body.skeleton.layouts import FINGERS, FINGERTIPS, HAND_EDGES
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.room import Prop

SIDES = ("left", "right")
LEAP = 0.1  # m in a frame of 24/s: 2.4 m/s; of the human wrists of PianoMime one step in 470 is as fast
CROSSED = 0.005  # m by which a fingertip lies beyond its neighbour's; less is two fingers side by side
THROUGH = 0.008  # m between the middles of two bones, which are thicker than that
BESIDE = WHITE_KEY / 2  # m from the middle of a key at which its neighbour begins
ON_STRING = 0.01  # m from the strings within which a bow's hair is said to lie on them
_LONG = slice(1, 5)  # a thumb may pass under the others


@dataclass(frozen=True)
class BodyLimits:
    """How near to what a body cannot do a motion comes.

    Attributes
    ----------
    frames : int
    elbow_step, wrist_step : float
        Largest way of an elbow and of a wrist in one frame, metres.
    leaps : int
        Ways of a wrist of more than :data:`LEAP` in one frame.
    bends : mapping of str to (float, float)
        By side, how far the hand is bent from the forearm's line: the median and the 95th percentile, degrees.
    crossed : int
        Frames in which two of index to little finger of a hand stand in the wrong order: along the keyboard; of a
        violinist's left hand along the strings.
    through : int
        Frames in which bones of the two hands are nearer than :data:`THROUGH`.
    presses, beside : int, optional
        Keys that go down, and those whose fingertip is then farther than half a white key from the key's middle.
    aslant : float, optional
        95th percentile of the angle by which the bow on the strings is off its right angle to them, degrees.
    contact : float, optional
        Metres along the strings between the 5th and the 95th percentile of where the bow touches them.
    """

    frames: int
    elbow_step: float
    wrist_step: float
    leaps: int
    bends: Mapping[str, tuple[float, float]]
    crossed: int
    through: int
    presses: int | None = None
    beside: int | None = None
    aslant: float | None = None
    contact: float | None = None


def body_limits(motion: Motion) -> BodyLimits:
    """Measure a motion.

    Parameters
    ----------
    motion : Motion
        In metres, of a violinist or a pianist with arms and hands.

    Raises
    ------
    BadInput
        If the motion is not in metres, or its layout lacks arms and hands.
    """
    layout, room = motion.skeleton, motion.room
    if room is None or not layout.body:
        raise BadInput("the motion has no arms and hands in metres; those of the expressive nets have")
    if len(motion) < 2:
        raise BadInput(f"the motion has {len(motion)} frames; movement begins with two")
    joints = room.joints.astype(np.float64)
    hands = [joints[:, list(points)] for points in (layout.left_hand, layout.right_hand)]
    elbows = [joints[:, layout.index(f"{side}_elbow")] for side in SIDES]
    steps = np.stack([_steps(hand[:, 0]) for hand in hands])
    bends = [_bend(elbow, hand) for elbow, hand in zip(elbows, hands)]
    violin, bow = (room.props.get(name) for name in ("violin", "bow"))
    if violin is not None:
        along = rotate(violin.rotation, np.array([1.0, 0.0, 0.0]))
        crossed = _crossed(hands[0], -along)  # the index finger is nearest to the scroll
    else:
        low = np.array([1.0, 0.0, 0.0])  # the player's left
        crossed = _crossed(hands[0], low) | _crossed(hands[1], -low)
    presses = beside = aslant = contact = None
    if "keys_pressed" in motion.tracks and "keyboard" in room.props:
        presses, beside = _beside(np.asarray(motion.tracks["keys_pressed"], np.int64), hands, room.props["keyboard"])
    if violin is not None and bow is not None:
        aslant, contact = _bowing(violin, bow)
    return BodyLimits(
        frames=len(motion),
        elbow_step=max(float(_steps(elbow).max()) for elbow in elbows),
        wrist_step=float(steps.max()),
        leaps=int((steps > LEAP).sum()),
        bends={side: (float(np.median(bend)), float(np.percentile(bend, 95))) for side, bend in zip(SIDES, bends)},
        crossed=int(crossed.sum()),
        through=int((_nearest(*hands) < THROUGH).sum()),
        presses=presses,
        beside=beside,
        aslant=aslant,
        contact=contact,
    )


def _steps(places: np.ndarray) -> np.ndarray:
    """Metres from frame to frame of a place [frames, 3]."""
    return np.asarray(np.linalg.norm(np.diff(places, axis=0), axis=1))


def _bend(elbow: np.ndarray, hand: np.ndarray) -> np.ndarray:
    """Degrees [frames] between a forearm and its hand, from the wrist to the middle finger's knuckle."""
    forearm = hand[:, 0] - elbow
    palm = hand[:, 1 + 4 * FINGERS.index("middle")] - hand[:, 0]
    lengths = np.linalg.norm(forearm, axis=1) * np.linalg.norm(palm, axis=1)
    cosine = (forearm * palm).sum(axis=1) / np.maximum(lengths, 1e-9)
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def _crossed(hand: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Frames [frames] in which index to little finger do not follow each other in a direction [3] or [frames, 3]."""
    tips = hand[:, list(FINGERTIPS)][:, _LONG]
    places = (tips * np.broadcast_to(direction, tips[:, 0].shape)[:, None]).sum(axis=2)
    return np.asarray((np.diff(places, axis=1) < -CROSSED).any(axis=1))


def _nearest(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Least distance [frames] between the bones of two hands [frames, 21, 3]."""
    least = np.full(len(left), np.inf)
    close = np.flatnonzero(np.linalg.norm(left[:, 0] - right[:, 0], axis=1) < 0.5)  # two hands' lengths and more
    for a, b in HAND_EDGES:
        for c, d in HAND_EDGES:
            apart = segment_distance(left[close, a], left[close, b], right[close, c], right[close, d])
            least[close] = np.minimum(least[close], apart)
    return least


def _beside(keys: np.ndarray, hands: list[np.ndarray], keyboard: Prop) -> tuple[int, int]:
    """Keys that go down, and those that the fingertip which presses them is not over."""
    tips = np.concatenate([hand[:, list(FINGERTIPS)] for hand in hands], axis=1)  # in the order of the track
    to_the_low = rotate(keyboard.rotation, np.array([1.0, 0.0, 0.0]))
    place = -((tips - keyboard.translation[:, None]) * to_the_low[:, None]).sum(axis=2)
    before = np.vstack([np.zeros((1, keys.shape[1]), keys.dtype), keys[:-1]])
    struck = (keys > 0) & (keys != before)
    away = np.abs(place - key_place(keys))[struck]
    return int(struck.sum()), int((away > BESIDE).sum())


def _bowing(violin: Prop, bow: Prop) -> tuple[float, float]:
    """Of the bow on the strings: how far off its right angle, degrees, and over what part of them, metres."""
    back = inverse(violin.rotation)
    hair = rotate(back, rotate(bow.rotation, np.array([1.0, 0.0, 0.0])))
    frog = rotate(back, bow.translation - violin.translation)
    across = np.where(np.abs(hair[:, 2]) > 0.2, hair[:, 2], np.nan)
    reached = frog + (-frog[:, 2] / across)[:, None] * hair  # where the hair is over the violin's middle
    on = np.abs(reached[:, 1] - STRING_HEIGHT) < ON_STRING
    if not on.any():
        return float("nan"), float("nan")
    angle = np.degrees(np.arcsin(np.clip(np.abs(hair[on, 0]), 0.0, 1.0)))
    low, high = np.percentile(reached[on, 0] - BRIDGE, [5, 95])
    return float(np.percentile(angle, 95)), float(high - low)
