"""Spine and head (Sec. 5 "Body"); numbers are those of one frame or of all."""

from __future__ import annotations

import math
from collections.abc import Mapping

from audio_to_body.avatar.bones import SIDES
from audio_to_body.geometry.quaternions import SAME, Quaternion, about, between, limited, product, share, turned
from audio_to_body.geometry.vectors import Number, Vector, angle_to, arcsine, at_least, minus, plus, unit, within

X: Vector = (1.0, 0.0, 0.0)
Y: Vector = (0.0, 1.0, 0.0)
Z: Vector = (0.0, 0.0, 1.0)
SPINE_SHARES = {"spine": 0.3, "chest": 0.35, "upperChest": 0.35}  # of the lean; of the turn likewise
LARGEST_LEAN = math.radians(32.0)
LARGEST_TILT = math.radians(16.0)  # of the shoulder line
LARGEST_HEAD_TURN = math.radians(60.0)
LARGEST_NOD = math.radians(35.0)
NOSE = (0.0, 0.062, 0.113)  # m from the head joint to the tip of the nose at rest
SHOULDERS_TO_HEAD = 0.55  # share of a head's turn that its own joint makes, the neck makes the rest


def infer_hips(root: Vector) -> Vector:
    """Sec. 5: the spine starts between the hips; where a layout lacks them they stay where the rig sits or stands."""
    return root


def spine_rotation(hips: Vector, shoulders: Vector, rest: Vector) -> Quaternion:
    """Sec. 5 "Body": the chain from the hips' to the shoulders' middle, as one rotation from its rest direction.

    Parameters
    ----------
    hips, shoulders : Vector
        Its ends in the room.
    rest : Vector
        The chain in the rest pose.
    """
    # a lean beyond what a seated or standing player does is a detection, not a movement
    return limited(between(unit(rest), unit(minus(shoulders, hips))), LARGEST_LEAN)


def shoulder_tilt(left: tuple[Number, Number], right: tuple[Number, Number]) -> Number:
    """Angle of the shoulder line in the picture, radians; positive lifts the left shoulder."""
    tilt = angle_to(left[1] - right[1], at_least(abs(left[0] - right[0]), 1e-6))
    return within(tilt, -LARGEST_TILT, LARGEST_TILT)


def spine_joints(lean: Quaternion, tilt: Number, breath: Number) -> dict[str, Quaternion]:
    """Share lean, tilt and breath among the spine's joints: their local rotations.

    Parameters
    ----------
    lean : Quaternion
    tilt : float or np.ndarray [frames]
        Of the shoulder line, radians, what the lean does not give.
    breath : float or np.ndarray [frames]
        Opens the chest, radians.
    """
    sideways = about(Z, tilt * 0.5)
    joints = {name: share(lean, part) for name, part in SPINE_SHARES.items()}
    joints["chest"] = product(product(joints["chest"], sideways), about(X, -breath))
    joints["upperChest"] = product(joints["upperChest"], sideways)
    return joints


def collar_bones(
    offsets: Mapping[str, Vector], root: Vector, joints: Mapping[str, Quaternion]
) -> tuple[Quaternion, list[tuple[Vector, Vector]]]:
    """The chest's turn, and the ends of the left and the right collar bone in the room.

    Parameters
    ----------
    offsets : mapping of str to Vector
        Each bone's joint seen from its parent's at rest.
    root : Vector
        The hips.
    joints : mapping of str to Quaternion
        Local rotations of the spine's joints.
    """
    place, chest = root, SAME
    for name in SPINE_SHARES:
        place = plus(place, 1.0, turned(chest, offsets[name]))
        chest = product(chest, joints[name])
    ends = []
    for side in SIDES:
        inner = plus(place, 1.0, turned(chest, offsets[f"{side}Shoulder"]))
        ends.append((inner, plus(inner, 1.0, turned(chest, offsets[f"{side}UpperArm"]))))
    return chest, ends


def head_turn(nose: tuple[Number, Number], neck: tuple[Number, Number]) -> tuple[Number, Number]:
    """Turn and nod of the head from the nose seen from the neck.

    Parameters
    ----------
    nose, neck : (x, y)
        Metres in the picture's plane: right, up.

    Returns
    -------
    turn, nod : float or np.ndarray [frames]
        Radians; turn to the performer's left, nod down.
    """
    reach = math.hypot(NOSE[1], NOSE[2])
    turn = arcsine(within((nose[0] - neck[0]) / (NOSE[2] + 0.06), -1.0, 1.0) * 0.95)
    height = nose[1] - neck[1] - 0.14  # the head joint above the middle of the shoulders
    nod = math.atan2(NOSE[1], NOSE[2]) - arcsine(within(height / reach, -0.99, 0.99))
    return within(turn, -LARGEST_HEAD_TURN, LARGEST_HEAD_TURN), within(nod, -LARGEST_NOD, LARGEST_NOD)


def head_posture(turn: Number, nod: Number, under_jaw: bool) -> dict[str, Quaternion]:
    """Local rotations of neck and head, tilted a little with the turn, or onto the instrument under the jaw."""
    if under_jaw:  # the jaw lies on the chin rest
        return head_joints(within(turn, 0.55, 0.9), within(nod, 0.12, 0.36), math.radians(16.0))
    return head_joints(turn, within(nod, -LARGEST_NOD, LARGEST_NOD), 0.15 * turn)


def head_joints(turn: Number, nod: Number, tilt: Number) -> dict[str, Quaternion]:
    """Neck and head share a turn to the left, a nod down and a tilt to the left (radians): local rotations."""
    return {
        name: product(about(Y, turn * part), product(about(X, nod * part), about(Z, -tilt * part)))
        for name, part in (("neck", 1 - SHOULDERS_TO_HEAD), ("head", SHOULDERS_TO_HEAD))
    }
