"""A violinist's posture and what follows from it: joints in 3-D, frame by frame, nothing of the past or future.

Room directions: x to the player's left, y up, z to the front. The violin lies on the left shoulder and points to the
front left; the right hand draws the bow about at a right angle to the strings, in a plane that tilts with the string.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.geometry.vectors import (
    Vector,
    across,
    cosine,
    cross,
    plus,
    rows,
    sine,
    times,
)
from audio_to_body.musician.body import Body, Trunk, pose_trunk
from audio_to_body.musician.bowing import BOW_LENGTH
from audio_to_body.musician.violin_bow import bow_of
from audio_to_body.musician.violin_bow_arm import bow_arm
from audio_to_body.musician.violin_left_arm import left_arm
from audio_to_body.musician.violin_playing import Axes, Posture
from audio_to_body.musician.violin_recital_arm import recital_arm

JOINTS = 50  # of the layout


@dataclass(frozen=True)
class PosedViolinist:
    """Where everything is, metres in the room.

    Attributes
    ----------
    joints : np.ndarray [frames, 50, 3]
        In the order of the violin layout.
    contact, frog, tip : np.ndarray [frames, 3]
        Where the hair meets the string, and both ends of the hair.
    scroll, button : np.ndarray [frames, 3]
        Both ends of the violin.
    normal : np.ndarray [frames, 3]
        Unit vectors out of the violin's top plate.
    held : np.ndarray [frames, 3]
        The frog's end of the hair in the hand that holds it: at rest, or where an arm is too short, not above the
        strings.
    way : np.ndarray [frames, 3]
        Unit vectors from there to the tip.
    upwards : np.ndarray [frames, 3]
        Unit vectors, across the way those up from the hair to the stick.
    """

    joints: np.ndarray
    contact: np.ndarray
    frog: np.ndarray
    tip: np.ndarray
    scroll: np.ndarray
    button: np.ndarray
    normal: np.ndarray
    held: np.ndarray
    way: np.ndarray
    upwards: np.ndarray


def pose_violinist(body: Body, posture: Posture) -> PosedViolinist:
    """Joints, bow and violin of a posture."""
    return posed_points(rows(violinist_points(body, posture)))


def posed_points(points: np.ndarray) -> PosedViolinist:
    """What :func:`violinist_points` gives, as arrays ``[frames, points, 3]``, by its names."""
    return PosedViolinist(points[:, :JOINTS], *points[:, JOINTS:].swapaxes(0, 1))


def violinist_points(body: Body, posture: Posture) -> list[Vector]:
    """Joints in the order of the layout, then what :class:`PosedViolinist` has besides, in its order."""
    trunk = pose_trunk(body, posture.yaw, posture.pitch, posture.roll, posture.rise)
    axes = _violin_axes(trunk, posture)
    button = trunk.place((0.30 * body.shoulders, 0.035, 0.055))
    contact, hair, frog = bow = bow_of(button, axes, posture)
    if posture.lifelike:
        right = bow_arm(body, trunk, button, axes, bow, posture)
    else:
        right = recital_arm(body, trunk, axes, bow, posture)
    left_elbow, left_wrist, left_hand = left_arm(body, trunk, button, axes, posture)
    upper = [
        trunk.place(_nose(body, posture)),
        trunk.neck,
        trunk.right_shoulder,
        right.elbow,
        right.wrist,
        trunk.left_shoulder,
        left_elbow,
        left_wrist,
    ]
    things = [contact, frog, plus(frog, -BOW_LENGTH, hair), plus(button, 0.59, axes[0]), button, axes[1], *right[3:]]
    return [*upper, *left_hand, *right.hand, *things]


def _violin_axes(trunk: Trunk, posture: Posture) -> Axes:
    """Directions of the violin: towards the scroll, up from its top, and to the right from the G to the E string."""
    slope, heading = posture.slope, posture.heading
    level = cosine(slope)
    along = trunk.along((sine(heading) * level, sine(slope), cosine(heading) * level))
    up = across(trunk.up, along)
    flat_right = cross(along, up)  # to the player's right
    normal = plus(times(cosine(posture.tilt), up), sine(posture.tilt), flat_right)
    return along, normal, cross(along, normal)


def _nose(body: Body, posture: Posture) -> Vector:
    """The nose from the neck, in the chest's directions: head turned left, chin on the violin."""
    _, height, depth = body.nose.tolist()
    forward = depth * cosine(posture.nod) + height * sine(posture.nod) * 0.5
    up = height * cosine(posture.nod) - depth * sine(posture.nod)
    return (
        forward * sine(posture.turn) + up * sine(posture.lean),
        up * cosine(posture.lean),
        forward * cosine(posture.turn),
    )
