"""From wrist and five fingertips to whole hands, arms and an upper body at the piano, and how a camera sees them.

What was measured on human pianists are twelve points in the plane of the keys. The rest is inferred here, frame by
frame: fingers of constant bones that bend as fingers do (:mod:`audio_to_body.musician.hands`), arms by inverse
kinematics, a torso that leans towards the register played. Room, body and camera are those of the virtual pianist, so
that both are seen alike. Numpy alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from audio_to_body.geometry.quaternion_arrays import matrices_of_angles
from audio_to_body.geometry.vectors import (
    Matrix,
    Number,
    Vector,
    across,
    at_least,
    cosine,
    cross,
    divided,
    length,
    minus,
    mixed,
    numbers,
    plus,
    rows,
    sine,
    times,
    unit,
    within,
)
from audio_to_body.musician.body import Body, pose_trunk
from audio_to_body.musician.camera import FRAME_SIZE, Camera
from audio_to_body.musician.hands import BONES, ROOTS, hand_joints
from audio_to_body.musician.human_hands import ORIGIN, PIXELS_PER_METRE
from audio_to_body.musician.kinematics import bent_arm
from audio_to_body.skeleton.layouts import FINGERTIPS, layout_named

KEY_EDGE = 0.055  # m across, towards the player: the keys' front edge, where relaxed thumbs lie 20 mm inside it
HAND_SCALE = 1.06  # of a hand 185 mm long: reaches nine in ten of the measured fingertips

# A seated adult of 1.72 m (musician.body), at a typical distance and height from the keys
PLAYER = Body(
    upper_arm=0.296, forearm=0.261, shoulders=0.351, trunk=0.473, hand=HAND_SCALE, nose=np.array([0.0, 0.145, 0.105])
)
SEAT = 0.36  # m from the hips to the keys' front edge
SURFACE = 0.15  # m of the keys above the hips
# where the left elbow points, mirrored for the right: down, near the body, so that wrists stay straight in the middle
ELBOW_POLE = (-0.05, -0.9, -0.2)
CAMERA_PITCH = np.radians(34.0)
CAMERA_CENTRE = np.array([0.0, 0.33, 0.16])  # m in the room
CAMERA_DISTANCE = 3.4  # m

KNUCKLES_ABOVE = 0.012  # m that knuckles stand higher than the wrist
SPANS = tuple(0.98 * HAND_SCALE * sum(bones) for bones in BONES)  # m from a finger's root to its tip, nearly straight
_SIDES = (1.0, -1.0)  # left, right: the sign of the room's x


@dataclass(frozen=True)
class Reach:
    """Where both hands are, in metres of the room.

    Attributes
    ----------
    wrist : np.ndarray [frames, 2, 3]
        Left and right; the height is above the keys' surface.
    tips : np.ndarray [frames, 2, 5, 3]
        Thumb first.
    """

    wrist: np.ndarray
    tips: np.ndarray


def reach_of(points: np.ndarray, wrist_height: np.ndarray, tip_height: np.ndarray) -> Reach:
    """Points of the hands12 frame, with heights above the keys, as places in the room.

    Parameters
    ----------
    points : np.ndarray [frames, 12, 2]
        Pixels (millimetres): x to the high notes, y towards the player.
    wrist_height : np.ndarray [frames, 2]
        Metres above the keys' surface.
    tip_height : np.ndarray [frames, 2, 5]
    """
    metres = (np.asarray(points, np.float64) - ORIGIN) / PIXELS_PER_METRE
    hands = metres.reshape(len(metres), 2, 6, 2)
    room = np.empty((len(hands), 2, 6, 3))
    room[..., 0] = -hands[..., 0]  # both count from the gap between E4 and F4
    room[..., 1] = SURFACE + np.concatenate([wrist_height[..., None], tip_height], axis=2)
    room[..., 2] = SEAT + KEY_EDGE - hands[..., 1]
    return Reach(room[:, :, 0], room[:, :, 1:])


def _palm(wrist: Vector, tips: Sequence[Vector], sign: float) -> Matrix:
    """Rows: towards the middle knuckle, the thumb's side and the back of the hand."""
    three = plus(plus(tips[1], 1.0, tips[2]), 1.0, tips[3])
    along, _, ahead = minus(times(1 / 3, three), wrist)
    knuckles = 0.55 * along, KNUCKLES_ABOVE + 0.0 * along, 0.55 * ahead
    forward = unit(knuckles)
    thumb_side = across((-sign, 0.10, 0.0), forward)
    back = cross(thumb_side, forward) if sign > 0 else cross(forward, thumb_side)
    return forward, thumb_side, back


def missing(wrist: Vector, tips: Sequence[Vector], bound: Sequence[Number], side: int) -> Vector:
    """How far a hand is too far away for its fingers to reach the tips that they are bound to, 0 to 1; metres."""
    palm = _palm(wrist, tips, _SIDES[side])
    pull, weight = times(0.0, wrist), 1e-9
    for root, span, tip, share in zip(ROOTS.tolist(), SPANS, tips, bound):
        way = minus(tip, plus(wrist, HAND_SCALE, mixed(root, palm)))
        far = at_least(length(way), 1e-9)
        lacks = share * at_least(far - span, 0.0)
        pull, weight = plus(pull, lacks * lacks / far, way), weight + lacks
    return divided(pull, weight)


def pose(reach: Reach, lean: np.ndarray, breath: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """All 50 joints of the layout ``piano``, metres in the room.

    Parameters
    ----------
    reach : Reach
    lean : np.ndarray [frames]
        Metres to the player's right of the register played, smoothed as a torso follows.
    breath : np.ndarray [frames]
        -1 to 1.
    weight : np.ndarray [frames]
        0 to 1: how much is played; leans forward.

    Returns
    -------
    np.ndarray, float64 [frames, 50, 3]
        Bones have constant lengths. A wrist beyond the arm's reach is drawn back to it, a fingertip beyond the
        finger's reach is pointed at.
    """
    frames = len(lean)
    wrists = [numbers(reach.wrist[:, side]) for side in (0, 1)]
    tips = [[numbers(reach.tips[:, side, finger]) for finger in range(5)] for side in (0, 1)]
    how = numbers(np.stack([lean, breath, weight], axis=1))
    return rows(_joints(wrists, tips, *how), frames)


def _joints(
    wrists: Sequence[Vector], tips: Sequence[Sequence[Vector]], lean: Number, breath: Number, weight: Number
) -> list[Vector]:
    """The joints as :func:`pose` has them, of floats or arrays."""
    trunk = pose_trunk(PLAYER, -0.12 * lean, 0.10 + 0.07 * weight, 0.22 * lean, 0.004 * breath)
    sides = []
    for wanted, fingers, sign, shoulder in zip(wrists, tips, _SIDES, (trunk.left_shoulder, trunk.right_shoulder)):
        pole = (ELBOW_POLE[0] * sign, ELBOW_POLE[1], ELBOW_POLE[2])
        elbow, wrist = bent_arm(shoulder, wanted, PLAYER.upper_arm, PLAYER.forearm, pole)
        drawn_back = minus(wrist, wanted)
        reached = [plus(tip, 1.0, drawn_back) for tip in fingers]
        palm = _palm(wrist, reached, sign)
        thumb_back = plus(times(0.6, palm[1]), 0.8, palm[2])
        sides.append((elbow, wrist, hand_joints(wrist, palm, reached, PLAYER.hand, thumb_back)))
    (left_elbow, left_wrist, left_hand), (right_elbow, right_wrist, right_hand) = sides
    look = -0.15 * within(lean / 0.4, -1.0, 1.0)
    height, depth = float(PLAYER.nose[1]), float(PLAYER.nose[2])
    nod = 0.12 + 0.05 * weight
    nose = trunk.place(
        (
            sine(look) * (depth + 0.02),
            height * cosine(nod) - depth * sine(nod),
            (depth * cosine(nod) + height * sine(nod) * 0.6) * cosine(look),
        )
    )
    body = [nose, trunk.neck, trunk.right_shoulder, right_elbow, right_wrist]
    body += [trunk.left_shoulder, left_elbow, left_wrist]
    return body + left_hand + right_hand


def viewed_from() -> Camera:
    """The camera: before the player, above the piano's far edge, as the virtual pianist's, without its chance."""
    rotation = matrices_of_angles(np.array(0.0), np.array(CAMERA_PITCH), np.array(0.0))
    middle = np.array(FRAME_SIZE) / 2
    return Camera(rotation, CAMERA_CENTRE, CAMERA_DISTANCE, 1450.0, middle)


def measured_points() -> np.ndarray:
    """Which points of the layout ``piano`` stand for measured ones (wrists and fingertips), bool [50]."""
    layout = layout_named("piano")
    measured = np.zeros(layout.size, bool)
    for hand in (layout.left_hand, layout.right_hand):
        measured[[hand[0], *(hand[tip] for tip in FINGERTIPS)]] = True
    measured[[layout.index("left_wrist"), layout.index("right_wrist")]] = True
    return measured


def inferred_names() -> list[str]:
    """Names of the layout ``piano``'s points that nobody measured."""
    layout = layout_named("piano")
    return [name for name, measured in zip(layout.points, measured_points()) if not measured]
