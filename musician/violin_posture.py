"""A violinist's posture and what follows from it: joints in 3-D, frame by frame, nothing of the past or future.

Room directions: x to the player's left, y up, z to the front. The violin lies on the left shoulder and points to the
front left; the right hand draws the bow at a right angle to the strings, in a plane that tilts with the string.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.geometry.vectors import (
    Vector,
    across,
    at_least,
    cosine,
    cross,
    mixed,
    plus,
    rows,
    sine,
    times,
    unit,
    within,
)
from audio_to_body.musician.body import Body, Trunk, pose_trunk
from audio_to_body.musician.bowing import BOW_LENGTH
from audio_to_body.musician.hands import ROOTS, hand_joints
from audio_to_body.musician.kinematics import bent_arm
from audio_to_body.musician.violin_bow_arm import bow_arm, bow_of
from audio_to_body.musician.violin_playing import Axes, Posture, on_string
from audio_to_body.musician.violin_ways import distance_from_nut

JOINTS = 50  # of the layout
VIBRATO_SWAY = 0.0035  # m of fingertip travel along the string
_INDEX_ROOT = ROOTS[1]


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
    right_elbow, right_wrist, right_hand, *held = bow_arm(body, trunk, button, axes, bow, posture)
    left_elbow, left_wrist, left_hand = _left_arm(body, trunk, button, axes, posture)
    upper = [
        trunk.place(_nose(body, posture)),
        trunk.neck,
        trunk.right_shoulder,
        right_elbow,
        right_wrist,
        trunk.left_shoulder,
        left_elbow,
        left_wrist,
    ]
    things = [contact, frog, plus(frog, -BOW_LENGTH, hair), plus(button, 0.59, axes[0]), button, axes[1], *held]
    return [*upper, *left_hand, *right_hand, *things]


def _violin_axes(trunk: Trunk, posture: Posture) -> Axes:
    """Directions of the violin: towards the scroll, up from its top, and to the right from the G to the E string."""
    slope, heading = posture.slope, posture.heading
    level = cosine(slope)
    along = trunk.along((sine(heading) * level, sine(slope), cosine(heading) * level))
    up = across(trunk.up, along)
    flat_right = cross(along, up)  # to the player's right
    normal = plus(times(cosine(posture.tilt), up), sine(posture.tilt), flat_right)
    return along, normal, cross(along, normal)


def _left_arm(
    body: Body, trunk: Trunk, button: Vector, axes: Axes, posture: Posture
) -> tuple[Vector, Vector, list[Vector]]:
    """Left elbow, wrist and hand."""
    scale = body.hand
    along, normal, right = axes
    string, down = posture.left_string, posture.down
    sway = posture.vibrato * VIBRATO_SWAY

    hand_at = distance_from_nut(posture.place)
    # high positions bring the hand around the violin's shoulder: higher and farther to the right
    high = within((hand_at - 0.11) / 0.12, 0.0, 1.0)
    upward = unit(plus(plus(times(0.9, normal), 0.18 - 0.1 * (string - 1.5) / 1.5, right), -0.10, along))
    thumb_side = across(along, upward)
    palm = (upward, thumb_side, cross(thumb_side, upward))
    reach_over = 0.030 - 0.006 * (1.5 - string)
    index_root = on_string(button, axes, 3.0, hand_at, -0.020 + 0.018 * high)
    index_root = plus(plus(index_root, reach_over * scale + 0.01 * high, right), sway * 0.8, along)
    wrist = plus(index_root, -scale, mixed(_INDEX_ROOT.tolist(), palm))
    pole = plus(trunk.along((0.15, -1.0, 0.1)), 0.25 * (string - 1.5) / 1.5, trunk.along((1.0, 0.0, 0.0)))
    elbow, wrist = bent_arm(trunk.left_shoulder, wrist, body.upper_arm, body.forearm, pole)
    thumb = on_string(button, axes, -0.6, at_least(hand_at - 0.005, 0.01), -0.012)
    tips = [plus(thumb, -0.012, right)]
    for f in range(4):
        tip = on_string(button, axes, posture.over[f], posture.reach[f], 0.018 * (1 - down[f]))
        tips.append(plus(tip, sway * down[f], along))
    return elbow, wrist, hand_joints(wrist, palm, tips, scale, thumb_back=times(-1.0, right))


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
