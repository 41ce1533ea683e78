"""Legs: feet stay where they are, knees follow (the paper's avatar has none)."""

from __future__ import annotations

import math

from audio_to_body.avatar.bones import SIDES, Skeleton
from audio_to_body.geometry.quaternions import Quaternion, about, between, of_axes, opposite, product
from audio_to_body.geometry.vectors import Vector, across, cross, either, length, minus, plus, times, unit
from audio_to_body.musician.kinematics import bent_arm

SEATED_FEET = ((0.105, 0.02), (-0.105, 0.115))  # m, ankles' x and z; the right one is at the pedal
STANDING_FEET = ((0.125, 0.02), (-0.125, -0.02))
OUTWARDS = 0.16  # rad that a foot points outwards
X: Vector = (1.0, 0.0, 0.0)
Y: Vector = (0.0, 1.0, 0.0)
DOWN: Vector = (0.0, -1.0, 0.0)


class Legs:
    """Legs that hang between hips that move and feet that do not.

    Parameters
    ----------
    skeleton : Skeleton
    seated : bool
    """

    def __init__(self, skeleton: Skeleton, seated: bool):
        offsets = skeleton.offsets
        self.joints = [tuple(offsets[skeleton.index(f"{side}UpperLeg")].tolist()) for side in SIDES]
        self.thigh, self.shin = (
            math.hypot(*offsets[skeleton.index(bone)].tolist()) for bone in ("leftLowerLeg", "leftFoot")
        )
        # bones do not rest exactly downwards: what turns them there
        self.straight = []
        for side in SIDES:
            hip, knee, ankle = (skeleton.at(f"{side}{bone}") for bone in ("UpperLeg", "LowerLeg", "Foot"))
            ways: list[Vector] = [tuple((end - start).tolist()) for start, end in ((hip, knee), (knee, ankle))]
            self.straight.append([between(unit(way), DOWN) for way in ways])
        height = float(skeleton.rest[skeleton.index("leftFoot"), 1])
        self.ankles = [(x, height, z) for x, z in (SEATED_FEET if seated else STANDING_FEET)]
        self.outward = 0.16 if seated else 0.10

    def pose(self, root: Vector) -> dict[str, Quaternion]:
        """Local rotations of the legs' bones for hips at a place of the room (never turned)."""
        found: dict[str, Quaternion] = {}
        for i, (side, offset, ankle, sign) in enumerate(zip(SIDES, self.joints, self.ankles, (1.0, -1.0))):
            joint = plus(root, 1.0, offset)
            knee, end = bent_arm(joint, ankle, self.thigh, self.shin, (sign * self.outward, 0.15, 1.0))
            thigh, shin = unit(minus(knee, joint)), unit(minus(end, knee))
            axis = cross(shin, thigh)
            axis = either(length(axis) < 0.05, X, axis)
            upper, lower = (product(_hanging(way, axis), rest) for way, rest in zip((thigh, shin), self.straight[i]))
            found[f"{side}UpperLeg"] = upper
            found[f"{side}LowerLeg"] = product(opposite(upper), lower)
            found[f"{side}Foot"] = product(opposite(lower), about(Y, sign * OUTWARDS))
        return found


def _hanging(direction: Vector, hinge: Vector) -> Quaternion:
    """Rotation of a bone that rests downwards and bends about x."""
    side = across(times(-1.0, hinge), direction)
    return of_axes(side, times(-1.0, direction), cross(direction, side))
