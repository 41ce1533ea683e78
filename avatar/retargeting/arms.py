"""Arms: inverse kinematics with the wrist as target (Sec. 5 "Arms")."""

from __future__ import annotations

from typing import Union

import numpy as np

from avatar.retargeting.limits import limit_swing
from avatar.rotations import across, between, clamp, cross, dot, einsum, from_matrix, length, rotate, unit
from preprocessing.virtual.kinematics import two_bones

Length = Union[float, np.ndarray]  # one, or ``[frames, 1]``
ELBOW_ANGLES = np.radians(np.arange(-70.0, 71.0, 10.0))  # tried around the natural direction: elbows cannot flip
NATURAL_PULL = 0.0016  # m² per rad²: how much the elbow prefers its natural direction over the picture


def forward_offset(apparent: np.ndarray, longest: float) -> np.ndarray:
    """Sec. 5 "Arms": how far the forearm points out of the picture's plane.

    Parameters
    ----------
    apparent : np.ndarray [frames]
        Length of the forearm in the picture.
    longest : float
        Its maximum over all frames, the same unit.

    Returns
    -------
    np.ndarray [frames]
        In that unit: 0 at full length (in the plane), ``longest`` at length zero (perpendicular).
    """
    return np.sqrt(np.maximum(longest**2 - np.minimum(apparent, longest) ** 2, 0.0))


def elbow_swivel(
    shoulder: np.ndarray,
    wrist: np.ndarray,
    upper: np.ndarray,
    lower: np.ndarray,
    natural: np.ndarray,
    seen: np.ndarray,
    project: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the elbow is: on the circle that shoulder and wrist leave it, nearest to where the picture shows it.

    Parameters
    ----------
    shoulder, wrist : np.ndarray [frames, 3]
    upper, lower : np.ndarray [frames]
        Metres.
    natural : np.ndarray [frames, 3]
        Where an elbow hangs by itself; candidates lie within 70 degrees of it, so that it never flips over.
    seen : np.ndarray [frames, 3]
        A room point on the line of sight through the elbow; NaN where it was not seen.
    project : np.ndarray [2, 3]
        Rows: the picture's right and up in the room.

    Returns
    -------
    angle : np.ndarray [frames]
        Radians about the line from shoulder to wrist, 0 where the elbow hangs by itself.
    first, second : np.ndarray [frames, 3]
        Directions of the angles 0 and a right angle, across that line.
    """
    offset = wrist - shoulder
    distance = clamp(length(offset), 1e-6, (upper + lower) * 0.998)
    direction = unit(offset)
    along = (upper**2 - lower**2 + distance**2) / (2 * distance)
    radius = np.sqrt(np.maximum(upper**2 - along**2, 0.0))
    first = across(natural, direction)
    second = cross(direction, first)
    centre = shoulder + along[:, None] * direction
    candidates = (
        np.cos(ELBOW_ANGLES)[None, :, None] * first[:, None] + np.sin(ELBOW_ANGLES)[None, :, None] * second[:, None]
    )
    elbow = centre[:, None] + radius[:, None, None] * candidates
    miss = (elbow - seen[:, None]) @ project.T
    cost = einsum("fki,fki->fk", miss, miss)
    cost = np.where(np.isfinite(cost), cost, 0.0) + NATURAL_PULL * ELBOW_ANGLES**2
    best = clamp(np.argmin(cost, axis=1), 1, len(ELBOW_ANGLES) - 2)
    rows = np.arange(len(best))
    before, at, after = cost[rows, best - 1], cost[rows, best], cost[rows, best + 1]
    bend = before - 2 * at + after
    shift = np.where(bend > 1e-12, 0.5 * (before - after) / np.where(bend > 1e-12, bend, 1.0), 0.0)
    angle = ELBOW_ANGLES[best] + clamp(shift, -0.5, 0.5) * (ELBOW_ANGLES[1] - ELBOW_ANGLES[0])
    return angle, first, second


GIRDLE_FROM = 0.90  # share of the arm's length beyond which the collar bone helps
GIRDLE_SOFT = 0.015  # m over which it begins to
LARGEST_GIRDLE = 22.0  # degrees of the collar bone


def girdle(
    clavicle: np.ndarray, shoulder: np.ndarray, target: np.ndarray, arm: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The shoulder girdle follows a hand that reaches far: the elbow does not lock, and the hand arrives.

    Parameters
    ----------
    clavicle, shoulder, target : np.ndarray [frames, 3]
        The collar bone's inner joint, the shoulder, and where the wrist should be.
    arm : np.ndarray [frames]
        Length of the arm, metres.

    Returns
    -------
    turn : np.ndarray [frames, 4]
        Of the collar bone, in the room.
    shoulder : np.ndarray [frames, 3]
    """
    offset = target - shoulder
    lacking = length(offset) - GIRDLE_FROM * arm
    push = 0.5 * (lacking + np.sqrt(lacking**2 + GIRDLE_SOFT**2))
    bone = shoulder - clavicle
    turn = limit_swing(between(unit(bone), unit(bone + push[:, None] * unit(offset))), LARGEST_GIRDLE)
    return turn, clavicle + rotate(turn, bone)


def reach(
    shoulder: np.ndarray, target: np.ndarray, upper: Length, lower: Length, pole: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sec. 5 "Arms": elbow and wrist for a wrist target, bones of constant length."""
    return two_bones(shoulder, target, upper, lower, pole)  # type: ignore[arg-type]  # lengths broadcast too


def limb_frame(direction: np.ndarray, hinge: np.ndarray) -> np.ndarray:
    """Directions of a limb ``[..., 3, 3]`` (columns): along the bone, its bending axis, and across both."""
    side = unit(hinge - dot(hinge, direction) * direction)
    return np.stack([direction, side, cross(direction, side)], axis=-1)


def frame_rotation(
    direction: np.ndarray, hinge: np.ndarray, rest_direction: np.ndarray, rest_hinge: np.ndarray
) -> np.ndarray:
    """Rotation that takes a bone and its bending axis from rest to where they are."""
    now = limb_frame(direction, hinge)
    rest = limb_frame(rest_direction, rest_hinge)
    return from_matrix(now @ np.swapaxes(rest, -1, -2))
