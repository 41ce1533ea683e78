"""Fingers: three joint angles each that bring the tips to their targets, within what human fingers do.

A finger has its own directions at rest: along it, to the side it is raised to, and its hinge (across both). Its root
joint flexes about the hinge and spreads about the raised direction turned with it, in this order, so that no place a
tip can be aimed at makes the finger spin about itself: the hinge stays across the hand.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from avatar.bones import _DIRECTIONS as REST_DIRECTIONS
from avatar.bones import FINGER_BONES, FINGER_ROOTS
from avatar.retargeting.hands import REST_PALMS, SIDE_COUNT
from avatar.rotations import across, clamp, cross, einsum, length, multiply, unit

LENGTHS = np.array(FINGER_BONES)  # [finger, bone] m
BASES = np.array(FINGER_ROOTS)  # [finger, palm direction] m
END_SHARE = 0.66  # the last joint bends with the middle one (tendon coupling)
LARGEST_BEND = 1.92  # rad, middle joint: 110 degrees
# radians of the root joint, thumb first: lowest and highest flexion (raised is positive), spread to either side
LOWEST = np.radians([-50.0, -86.0, -86.0, -86.0, -86.0])
HIGHEST = np.radians([72.0, 35.0, 35.0, 35.0, 35.0])
LARGEST_SPREAD = np.radians([46.0, 30.0, 24.0, 24.0, 30.0])
_CUT = np.pi + 0.5 * (LOWEST + HIGHEST)  # a flexed finger may aim past the vertical; the cut lies opposite its range
_GRID = 96
_FINGER = np.arange(5)


def _reach_table() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per finger: bend for evenly spaced reaches ``[5, grid]``, shortest and longest reach ``[5]``."""
    bend = np.linspace(0.0, LARGEST_BEND, 600)
    tables, low, high = [], [], []
    for a, b, c in LENGTHS:
        x = a + b * np.cos(bend) + c * np.cos((1 + END_SHARE) * bend)
        y = b * np.sin(bend) + c * np.sin((1 + END_SHARE) * bend)
        reach = np.hypot(x, y)
        turn = int(np.argmin(reach))  # beyond it the tip comes out again on the other side
        reach, bends = reach[: turn + 1][::-1], bend[: turn + 1][::-1]
        grid = np.linspace(reach[0], reach[-1], _GRID)
        tables.append(np.interp(grid, reach, bends))
        low.append(reach[0])
        high.append(reach[-1])
    return np.array(tables), np.array(low), np.array(high)


_BENDS, _SHORTEST, _LONGEST = _reach_table()


def rest_frames(thumb_back: np.ndarray) -> np.ndarray:
    """Each finger's own directions at rest, in palm directions ``[2, 5, xyz, (along, raised, hinge)]``.

    Parameters
    ----------
    thumb_back : np.ndarray [2, 3]
        To which side the thumbs' joints bend out, in palm directions.
    """
    along = np.broadcast_to(unit(REST_DIRECTIONS), (SIDE_COUNT, 5, 3))
    back = np.broadcast_to(np.array([0.0, 0.0, 1.0]), along.shape).copy()
    back[:, 0] = thumb_back
    raised = across(back, along)
    return np.stack([along, raised, cross(along, raised)], axis=-1)


def finger_joints(tips: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Angles that bring the tips to targets.

    Parameters
    ----------
    tips : np.ndarray [frames, 2, 5, 3]
        Targets from the wrist in palm directions, metres, thumb first.
    frames : np.ndarray [2, 5, 3, 3]
        As :func:`rest_frames` gives them.

    Returns
    -------
    np.ndarray [frames, 2, 5, 3]
        Radians: flexion of the root joint (raised is positive), its spread (towards the hinge), bend of the middle
        joint.
    """
    own = einsum("fhni,hnij->fhnj", tips - BASES, frames)
    # a target farther aside than the finger spreads is reached for at its height, not through what lies under it
    most = np.tan(LARGEST_SPREAD) * np.hypot(own[..., 0], own[..., 1])
    own[..., 2] = clamp(own[..., 2], -most, most)
    wanted = np.maximum(length(own), 1e-9)
    place = clamp((wanted - _SHORTEST) / (_LONGEST - _SHORTEST), 0.0, 1.0) * (_GRID - 1.001)
    low = place.astype(int)
    share = place - low
    bend = _BENDS[_FINGER, low] * (1 - share) + _BENDS[_FINGER, low + 1] * share
    # the bent finger's tip hangs below its first bone; spread and flexion lift the whole until it lies on the target
    x, y = _chain(bend)
    droop = np.hypot(x, y)
    x, y = x / droop, y / droop
    sine = clamp(own[..., 2] / (wanted * x), -1.0, 1.0)
    spread = clamp(np.arcsin(sine), -LARGEST_SPREAD, LARGEST_SPREAD)
    flexion = np.arctan2(own[..., 1], own[..., 0])
    flexion = np.where(flexion > _CUT, flexion - 2 * np.pi, flexion) + np.arctan2(y, x * np.cos(spread))
    result = np.empty((*bend.shape, 3))
    result[..., 0] = clamp(flexion, LOWEST, HIGHEST)
    result[..., 1] = spread
    result[..., 2] = bend
    return result


def _chain(bend: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A bent finger's tip along its first bone and below it, metres ``[..., 5]``."""
    end = (1 + END_SHARE) * bend
    x = LENGTHS[:, 0] + LENGTHS[:, 1] * np.cos(bend) + LENGTHS[:, 2] * np.cos(end)
    return x, LENGTHS[:, 1] * np.sin(bend) + LENGTHS[:, 2] * np.sin(end)


def finger_rotations(joints: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Local rotations of the finger bones, relative to hand and rest: ``[frames, 2, 5, 3, 4]``."""
    raised, hinge = _axes(frames.tobytes())
    half = np.empty((*joints.shape[:-1], 4))
    half[..., :3] = joints
    half[..., 2] *= -1.0
    half[..., 3] = END_SHARE * half[..., 2]
    half *= 0.5
    sine, cosine = np.sin(half), np.cos(half)
    result = np.empty((*joints.shape[:-1], 3, 4))
    flexed, spread = np.empty((2, *joints.shape[:-1], 4))
    flexed[..., :3], flexed[..., 3] = sine[..., :1] * hinge, cosine[..., 0]
    spread[..., :3], spread[..., 3] = -sine[..., 1:2] * raised, cosine[..., 1]
    result[..., 0, :] = multiply(flexed, spread)
    result[..., 1:, :3] = sine[..., 2:, None] * hinge[:, :, None]
    result[..., 1:, 3] = cosine[..., 2:]
    return result


@lru_cache(maxsize=8)
def _axes(frames: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Raised directions and hinges at rest in the room ``[2, 5, 3]``, as axes of rotations there."""
    own = REST_PALMS[:, None] @ np.frombuffer(frames).reshape(SIDE_COUNT, 5, 3, 3)
    # a right hand's palm directions are left-handed: rotations turn the other way
    sign = np.linalg.det(REST_PALMS)[:, None, None]
    return sign * own[..., 1], sign * own[..., 2]


def fingertips(joints: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Where the tips are, from the wrist in palm directions ``[frames, 2, 5, 3]``."""
    flexion, spread, bend = joints[..., 0], joints[..., 1], joints[..., 2]
    x, y = _chain(bend)
    along, out = x * np.cos(spread), -y
    own = np.stack(
        [
            along * np.cos(flexion) - out * np.sin(flexion),
            along * np.sin(flexion) + out * np.cos(flexion),
            x * np.sin(spread),
        ],
        axis=-1,
    )
    return BASES + einsum("fhnj,hnij->fhni", own, frames)


RELAXED = np.array(
    [[-0.10, 0.0, 0.25], [-0.35, 0.0, 0.55], [-0.40, 0.0, 0.60], [-0.40, 0.0, 0.60], [-0.35, 0.0, 0.55]]
)


def relaxed_tips() -> np.ndarray:
    """Tips of a relaxed, slightly curved hand, from the wrist in palm directions ``[5, 3]``."""
    frames = rest_frames(np.tile([0.0, 0.0, 1.0], (SIDE_COUNT, 1)))
    return fingertips(np.broadcast_to(RELAXED, (1, SIDE_COUNT, 5, 3)), frames)[0, 0]
