"""What human joints allow, enforced and counted."""

from __future__ import annotations

import math

import numpy as np

from audio_to_body.avatar.bones import SIDES, Skeleton
from audio_to_body.geometry.quaternion_arrays import angle_of
from audio_to_body.geometry.quaternions import Quaternion, about, limited, opposite, product, twist_about_x, wrapped
from audio_to_body.geometry.vectors import Vector, within

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
LARGEST_WRIST_TWIST = math.radians(60.0)
X: Vector = (1.0, 0.0, 0.0)
TOLERANCE = 1e-3  # rad


def forearm_and_hand(forearm: Quaternion, hand: Quaternion, middle: float = 0.0) -> tuple[Quaternion, Quaternion]:
    """Share a hand's turn about the forearm with the forearm, and keep the wrist within its limits.

    Parameters
    ----------
    forearm, hand : Quaternion
        World rotations; both bones lie along x at rest.
    middle : float
        Radians of turn about the forearm around which a hand is found: half a turn from there, where the forearm
        would jump from one way round to the other, it never comes.

    Returns
    -------
    forearm : Quaternion
        World rotation.
    wrist : Quaternion
        The hand's rotation relative to it.
    """
    angle = middle + wrapped(twist_about_x(product(opposite(forearm), hand)) - middle)
    forearm = product(forearm, about(X, FOREARM_SHARE * angle))
    wrist = product(opposite(forearm), hand)
    twist = twist_about_x(wrist)
    rest = within(twist, -LARGEST_WRIST_TWIST, LARGEST_WRIST_TWIST)
    return forearm, limited(product(wrist, about(X, rest - twist)), math.radians(SWING["Hand"]))


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
