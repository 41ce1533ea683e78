"""Body sizes and the torso: spine, shoulders and head of one player over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from audio_to_body.geometry.vectors import Matrix, Number, Vector, matrix_of_angles, minus, plus, rotated

# Segment lengths as shares of standing height (Winter, Biomechanics and Motor Control of Human Movement, table 4.1),
# joint centre to joint centre.
UPPER_ARM_SHARE = 0.172
FOREARM_SHARE = 0.152
SHOULDER_SHARE = 0.204  # between the shoulder joints as detectors place them
HAND_SHARE = 0.108
TRUNK_SHARE = 0.275  # hips to the middle of the shoulders
HIPS_SHARE = 0.530  # floor to the hips


@dataclass(frozen=True)
class Body:
    """One player's size, metres.

    Attributes
    ----------
    upper_arm, forearm, shoulders, trunk : float
    hand : float
        Hand length relative to 185 mm.
    nose : np.ndarray [3]
        From the middle of the shoulders to the nose with the head upright.
    """

    upper_arm: float
    forearm: float
    shoulders: float
    trunk: float
    hand: float
    nose: np.ndarray

    @property
    def hips(self) -> float:
        """Height of the hips of a player who stands, metres."""
        return self.trunk * HIPS_SHARE / TRUNK_SHARE


def draw_body(rng: np.random.Generator) -> Body:
    """An adult's body: height 1.55 to 1.92 m, proportions a few per cent apart."""
    height = float(np.clip(rng.normal(1.72, 0.085), 1.55, 1.92))

    def length(share: float) -> float:
        return float(share * height * (1 + rng.normal(0, 0.02)))

    return Body(
        upper_arm=length(UPPER_ARM_SHARE),
        forearm=length(FOREARM_SHARE),
        shoulders=length(SHOULDER_SHARE),
        trunk=length(TRUNK_SHARE),
        hand=length(HAND_SHARE) / 0.185,
        nose=np.array([0.0, 0.145, 0.105]) * height / 1.72,
    )


@dataclass(frozen=True)
class Torso:
    """The torso over time, in the room: x to the player's left, y up, z to the front; origin between the hips.

    Attributes
    ----------
    rotation : np.ndarray [frames, 3, 3]
        Chest to room.
    neck, left_shoulder, right_shoulder : np.ndarray [frames, 3]
    """

    rotation: np.ndarray
    neck: np.ndarray
    left_shoulder: np.ndarray
    right_shoulder: np.ndarray

    def place(self, local: np.ndarray) -> np.ndarray:
        """Room position of points given from the neck in the chest's directions, ``[3]`` or ``[frames, 3]``."""
        return self.neck + self.along(local)

    def along(self, local: np.ndarray) -> np.ndarray:
        """Room direction of a direction of the chest."""
        return (
            np.einsum("fij,...j->fi", self.rotation, local)
            if np.ndim(local) == 1
            else np.einsum("fij,fj->fi", self.rotation, local)
        )


class Trunk(NamedTuple):
    """The torso as :class:`Torso` has it, of vectors of floats or arrays."""

    rotation: Matrix
    neck: Vector
    left_shoulder: Vector
    right_shoulder: Vector

    def place(self, local: Vector) -> Vector:
        """Room position of a point given from the neck in the chest's directions."""
        return plus(self.neck, 1.0, self.along(local))

    def along(self, local: Vector) -> Vector:
        """Room direction of a direction of the chest."""
        return rotated(self.rotation, local)

    @property
    def up(self) -> Vector:
        """The chest's own upward direction."""
        return self.rotation[0][1], self.rotation[1][1], self.rotation[2][1]


def pose_trunk(body: Body, yaw: Number, pitch: Number, roll: Number, rise: Number) -> Trunk:
    """A rigid trunk that bends at the hips: turn, lean to the front, lean to the side (radians), rise (metres)."""
    rotation = matrix_of_angles(yaw, pitch, roll)
    x, y, z = rotated(rotation, (0.0, body.trunk, 0.0))
    neck = (x, y + rise, z)
    side = rotated(rotation, (body.shoulders / 2, 0.0, 0.0))
    return Trunk(rotation, neck, plus(neck, 1.0, side), minus(neck, side))


def pose_torso(body: Body, yaw: np.ndarray, pitch: np.ndarray, roll: np.ndarray, rise: np.ndarray) -> Torso:
    """:func:`pose_trunk` as arrays."""
    trunk = pose_trunk(body, *np.broadcast_arrays(yaw, pitch, roll, rise))
    neck, left, right = (np.stack(v, axis=-1) for v in (trunk.neck, trunk.left_shoulder, trunk.right_shoulder))
    return Torso(np.stack([np.stack(row, axis=-1) for row in trunk.rotation], axis=-2), neck, left, right)
