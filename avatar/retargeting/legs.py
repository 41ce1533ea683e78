"""Legs: feet stay where they are, knees follow (the paper's avatar has none)."""

from __future__ import annotations

import numpy as np

from avatar.bones import SIDES, Skeleton
from avatar.retargeting import arms
from avatar.rotations import about, cross, inverse, length, multiply, rotate, unit

X, Y, _ = np.eye(3)
DOWN = np.array([0.0, -1.0, 0.0])
SEATED_FEET = np.array([[0.105, 0.085, 0.02], [-0.105, 0.085, 0.115]])  # m, ankles; the right one is at the pedal
STANDING_FEET = np.array([[0.125, 0.085, 0.02], [-0.125, 0.085, -0.02]])


def pose_legs(skeleton: Skeleton, root: np.ndarray, local: np.ndarray, seated: bool) -> None:
    """Write the legs' local rotations into ``local``; both at once, the right one's frames after the left one's.

    Parameters
    ----------
    skeleton : Skeleton
    root : np.ndarray [frames, 3]
        Hips in the room.
    local : np.ndarray [frames, bones, 4]
    seated : bool
    """
    offsets = skeleton.offsets
    frames = len(root)
    hips = np.concatenate([local[:, 0]] * 2)
    joint = np.concatenate([root + rotate(local[:, 0], offsets[skeleton.index(f"{side}UpperLeg")]) for side in SIDES])
    thigh, shin = (float(length(offsets[skeleton.index(bone)])) for bone in ("leftLowerLeg", "leftFoot"))
    feet = SEATED_FEET if seated else STANDING_FEET
    ankle = np.repeat(feet, frames, axis=0)
    ankle[:, 1] = skeleton.rest[skeleton.index("leftFoot"), 1]
    outward = 0.16 if seated else 0.10
    pole = np.repeat(np.array([[outward, 0.15, 1.0], [-outward, 0.15, 1.0]]), frames, axis=0)
    knee, ankle = arms.reach(joint, ankle, thigh, shin, pole)
    upper = _aim(knee - joint, ankle - knee, DOWN, X)
    lower = _aim(ankle - knee, knee - joint, DOWN, X, flip=True)
    heading = np.repeat(about(Y, np.array([0.16, -0.16])), frames, axis=0)
    parts = (
        ("UpperLeg", multiply(inverse(hips), upper)),
        ("LowerLeg", multiply(inverse(upper), lower)),
        ("Foot", multiply(inverse(lower), heading)),
    )
    for name, turns in parts:
        for i, side in enumerate(SIDES):
            local[:, skeleton.index(f"{side}{name}")] = turns[i * frames : (i + 1) * frames]


def _aim(
    bone: np.ndarray, next_bone: np.ndarray, rest_direction: np.ndarray, rest_hinge: np.ndarray, flip: bool = False
) -> np.ndarray:
    """Rotation of a leg's bone from its direction and its neighbour's."""
    direction = unit(bone)
    axis = cross(unit(next_bone), direction) if not flip else cross(direction, unit(next_bone))
    axis = np.where(length(axis)[:, None] < 0.05, rest_hinge, axis)
    return arms.frame_rotation(direction, -axis, rest_direction, rest_hinge)
