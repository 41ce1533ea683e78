"""What human joints allow, enforced and counted."""

from __future__ import annotations

import numpy as np

from avatar.bones import SIDES, Skeleton
from avatar.rotations import (
    about,
    angle_of,
    clamp,
    inverse,
    multiply,
    power,
    swing_twist,
    twist_angle,
)

# largest rotation of a joint away from its rest, degrees (AAOS ranges of motion, rounded up; the T pose as zero)
SWING = {
    "spine": 35.0,
    "chest": 30.0,
    "upperChest": 30.0,
    "neck": 50.0,
    "head": 50.0,
    "Shoulder": 30.0,
    "UpperArm": 150.0,
    "LowerArm": 155.0,
    "Hand": 88.0,
    "UpperLeg": 125.0,
    "LowerLeg": 150.0,
    "Foot": 55.0,
}
FOREARM_SHARE = 0.6  # of a hand's turn about the forearm: it happens in the forearm, not in the wrist
LARGEST_WRIST_TWIST = np.radians(60.0)
X = np.array([1.0, 0.0, 0.0])
TOLERANCE = 1e-3  # rad


def limit_swing(local: np.ndarray, degrees: float) -> np.ndarray:
    """Rotations ``[..., 4]`` turned back to the largest angle a joint allows."""
    angle = angle_of(local)
    share = np.minimum(1.0, np.radians(degrees) / np.maximum(angle, 1e-9))
    return np.where((share < 1.0)[..., None], power(local, share), local)


def forearm_and_hand(
    forearm: np.ndarray, hand: np.ndarray, middle: np.ndarray | float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Share a hand's turn about the forearm with the forearm, and keep the wrist within its limits.

    Parameters
    ----------
    forearm, hand : np.ndarray [..., 4]
        World rotations; both bones lie along x at rest.
    middle : np.ndarray [...] or float
        Radians of turn about the forearm around which a hand is found: half a turn from there, where the forearm
        would jump from one way round to the other, it never comes.

    Returns
    -------
    forearm, hand : np.ndarray [..., 4]
        World rotations.
    """
    between = multiply(inverse(forearm), hand)
    angle = twist_angle(between, X)
    angle = middle + (angle - middle + np.pi) % (2 * np.pi) - np.pi
    forearm = multiply(forearm, about(X, FOREARM_SHARE * angle))
    swing, twist = swing_twist(multiply(inverse(forearm), hand), X)
    rest = clamp(twist_angle(twist, X), -LARGEST_WRIST_TWIST, LARGEST_WRIST_TWIST)
    local = limit_swing(multiply(swing, about(X, rest)), SWING["Hand"])
    return forearm, multiply(forearm, local)


def violations(skeleton: Skeleton, rotations: np.ndarray) -> dict[str, int]:
    """Frames in which a joint is beyond its limit, by joint; empty when none is.

    Parameters
    ----------
    skeleton : Skeleton
    rotations : np.ndarray [frames, bones, 4]
        Local rotations.
    """
    found = {}
    for i, name in enumerate(skeleton.names):
        plain = name
        for side in SIDES:
            plain = plain[len(side) :] if plain.startswith(side) else plain
        limit = SWING.get(plain)
        if limit is None:
            if plain.endswith(("Intermediate", "Distal")) and not plain.startswith("Thumb"):
                limit = 112.0
            elif plain.endswith("Proximal") and not plain.startswith("Thumb"):
                limit = 98.0
            elif plain.startswith("Thumb"):
                limit = 112.0
            else:
                continue
        count = int((angle_of(rotations[:, i]) > np.radians(limit) + TOLERANCE).sum())
        if count:
            found[name] = count
    return found
