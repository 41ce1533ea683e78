"""Spine, head and legs (Sec. 5 "Body")."""

from __future__ import annotations

import numpy as np

from avatar.bones import Skeleton
from avatar.rotations import about, between, clamp, multiply, unit

UP = np.array([0.0, 1.0, 0.0])
X, Z = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
SPINE_SHARES = {"spine": 0.3, "chest": 0.35, "upperChest": 0.35}  # of the lean; of the turn likewise
LARGEST_LEAN = np.radians(32.0)
LARGEST_TILT = np.radians(16.0)  # of the shoulder line
LARGEST_HEAD_TURN = np.radians(60.0)
LARGEST_NOD = np.radians(35.0)
NOSE = np.array([0.0, 0.062, 0.113])  # m from the head joint to the tip of the nose at rest
SHOULDERS_TO_HEAD = 0.55  # share of a head's turn that its own joint makes, the neck makes the rest


def infer_hips(shoulders: np.ndarray, root: np.ndarray) -> np.ndarray:
    """Sec. 5: the spine starts between the hips; where a layout lacks them they stay where the rig sits or stands.

    ``shoulders`` is only asked for the number of frames, ``[frames, 3]``.
    """
    return np.broadcast_to(root, shoulders.shape).copy()


def spine_rotation(hips: np.ndarray, shoulders: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Sec. 5 "Body": the chain from the hips' to the shoulders' middle, as one rotation from its rest direction.

    Parameters
    ----------
    hips, shoulders : np.ndarray [frames, 3]
        Its ends in the room.
    rest : np.ndarray [3]
        The chain in the rest pose.
    """
    lean = between(unit(rest), unit(shoulders - hips))
    # a lean beyond what a seated or standing player does is a detection, not a movement
    angle = 2 * np.arccos(clamp(np.abs(lean[:, 3]), 0, 1))
    share = np.minimum(1.0, LARGEST_LEAN / np.maximum(angle, 1e-9))
    from avatar.rotations import power

    return power(lean, share)


def shoulder_tilt(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Angle of the shoulder line in the picture ``[frames]``, radians; positive lifts the left shoulder."""
    across = left - right
    tilt = np.arctan2(across[:, 1], np.maximum(np.abs(across[:, 0]), 1e-6))
    return clamp(tilt, -LARGEST_TILT, LARGEST_TILT)


def pose_spine(skeleton: Skeleton, world: np.ndarray, lean: np.ndarray, tilt: np.ndarray, breath: np.ndarray) -> None:
    """Share lean, tilt and breath among the spine's joints; writes local rotations into ``world`` in place.

    Parameters
    ----------
    world : np.ndarray [frames, bones, 4]
        Local rotations of the whole rig.
    lean : np.ndarray [frames, 4]
    tilt : np.ndarray [frames]
        Of the shoulder line, radians, what the lean does not give.
    breath : np.ndarray [frames]
        Opens the chest, radians.
    """
    from avatar.rotations import power

    for name, share in SPINE_SHARES.items():
        turn = power(lean, share)
        if name != "spine":
            turn = multiply(turn, about(Z, tilt * 0.5))
        if name == "chest":
            turn = multiply(turn, about(X, -breath))
        world[:, skeleton.index(name)] = turn


def head_turn(nose: np.ndarray, neck: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn and nod of the head from the nose seen from the neck.

    Parameters
    ----------
    nose, neck : np.ndarray [frames, 2]
        Metres in the picture's plane: right, up.

    Returns
    -------
    turn, nod : np.ndarray [frames]
        Radians; turn to the performer's left, nod down.
    """
    reach = np.linalg.norm(NOSE[1:])
    turn = np.arcsin(clamp((nose[:, 0] - neck[:, 0]) / (NOSE[2] + 0.06), -1, 1) * 0.95)
    height = nose[:, 1] - neck[:, 1] - 0.14  # the head joint above the middle of the shoulders
    rest = np.arctan2(NOSE[1], NOSE[2])
    nod = rest - np.arcsin(clamp(height / reach, -0.99, 0.99))
    return clamp(turn, -LARGEST_HEAD_TURN, LARGEST_HEAD_TURN), clamp(nod, -LARGEST_NOD, LARGEST_NOD)


def pose_head(skeleton: Skeleton, local: np.ndarray, turn: np.ndarray, nod: np.ndarray, tilt: np.ndarray) -> None:
    """Neck and head share a turn to the left, a nod down and a tilt to the left (radians, ``[frames]``)."""
    for name, share in (("neck", 1 - SHOULDERS_TO_HEAD), ("head", SHOULDERS_TO_HEAD)):
        local[:, skeleton.index(name)] = multiply(
            about(UP, turn * share), multiply(about(X, nod * share), about(Z, -tilt * share))
        )
