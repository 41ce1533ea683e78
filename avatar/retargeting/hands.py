"""Hands and fingers (Sec. 5 "Hands/Fingers").

Palm directions are columns: towards the middle finger's root, to the thumb's side, towards the back of the hand. Both
hands are handled at once on an axis ``[2]`` (left, right); a right hand's directions form a left-handed frame, which
is why rotations are always formed against the same hand at rest.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from avatar.bones import _DIRECTIONS as REST_DIRECTIONS
from avatar.bones import FINGER_BONES, FINGER_ROOTS
from avatar.rotations import (
    across,
    clamp,
    cross,
    dot,
    einsum,
    from_matrix,
    inverse,
    multiply,
    unit,
)

SIDE_COUNT = 2
REST_PALMS = np.array(  # [hand, xyz, palm direction]
    [
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]],
        [[-1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]],
    ]
)
LENGTHS = np.array(FINGER_BONES)  # [finger, bone] m
BASES = np.array(FINGER_ROOTS)  # [finger, palm direction] m
END_SHARE = 0.66  # the last joint bends with the middle one (tendon coupling)
LARGEST_BEND = 1.92  # rad, middle joint: 110 degrees
LARGEST_RAISE = np.radians(35.0)  # a finger's root joint above the plane of the palm
LARGEST_FLEXION = np.radians(86.0)  # and below
LARGEST_SPREAD = np.radians(24.0)  # to either side of the finger's own direction
THUMB_CONE = np.radians(52.0)  # the thumb's root joint around its rest direction
_GRID = 96


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
_FINGER = np.arange(5)


def palm_side_up(index_root: np.ndarray, little_root: np.ndarray, side: int) -> np.ndarray:
    """Sec. 5 "Hands": whether the palm faces up, from the order of the index and little finger's roots.

    "If on the right hand the pointer joint is to stage left of the pinkie joint, then the hand must be rotated with
    the palm facing up". Stage left is the performer's left: seen from the front, the picture's right.

    Parameters
    ----------
    index_root, little_root : np.ndarray [..., 2]
        Picture's right and up.
    side : int
        0 left, 1 right.

    Returns
    -------
    np.ndarray, bool [...]
        True where the palm faces up.
    """
    index_is_right = index_root[..., 0] > little_root[..., 0]
    # palms down, a right hand's thumb points to the performer's left: the picture's right
    return ~index_is_right if side == 1 else index_is_right


def palm_rotation(palms: np.ndarray) -> np.ndarray:
    """World rotations of the hand bones ``[frames, 2, 4]`` from palm directions ``[frames, 2, 3, 3]`` (columns)."""
    return from_matrix(palms @ REST_PALMS.transpose(0, 2, 1))


def palm_directions(forward: np.ndarray, thumb_side: np.ndarray, side: int) -> np.ndarray:
    """Palm directions (columns) ``[frames, 3, 3]`` from vectors towards the knuckles and the thumb's side."""
    thumb = across(thumb_side, forward)
    back = cross(thumb, forward) if side == 0 else cross(forward, thumb)
    return np.stack([forward, thumb, back], axis=-1)


def finger_angles(points: np.ndarray) -> np.ndarray:
    """Sec. 5 "for each finger, the angle between the reference point and root": direction of each tip from its root.

    Parameters
    ----------
    points : np.ndarray [..., 21, 2]
        A hand; picture's right and up.

    Returns
    -------
    np.ndarray [..., 5]
        Radians from the picture's right, counter-clockwise, thumb first.
    """
    offset = points[..., 4::4, :] - points[..., 1::4, :]
    return np.arctan2(offset[..., 1], offset[..., 0])


def finger_chains(tips: np.ndarray, thumb_back: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Finger bones that bring the tips to targets, within human limits.

    Parameters
    ----------
    tips : np.ndarray [frames, 2, 5, 3]
        Targets from the wrist in palm directions, metres, thumb first.
    thumb_back : np.ndarray [2, 3]
        To which side the thumbs' joints bend out, in palm directions.

    Returns
    -------
    directions : np.ndarray [frames, 2, 5, 3 bones, 3]
        Unit vectors along the bones, in palm directions.
    hinge : np.ndarray [frames, 2, 5, 3]
        Bending axis of each finger.
    """
    offset = tips - BASES
    wanted = np.sqrt(einsum("...i,...i->...", offset, offset))
    place = clamp((wanted - _SHORTEST) / (_LONGEST - _SHORTEST), 0.0, 1.0) * (_GRID - 1.001)
    low = place.astype(int)
    share = place - low
    bend = _BENDS[_FINGER, low] * (1 - share) + _BENDS[_FINGER, low + 1] * share
    back = np.broadcast_to(np.array([0.0, 0.0, 1.0]), offset.shape).copy()
    back[..., 0, :] = thumb_back
    along = offset / np.maximum(wanted, 1e-9)[..., None]
    out = across(back, along)
    # the bent finger in its plane, turned so that its tip lies on the line to the target
    a, b, c = LENGTHS.T
    end = (1 + END_SHARE) * bend
    x = a + b * np.cos(bend) + c * np.cos(end)
    y = b * np.sin(bend) + c * np.sin(end)
    lift = np.arctan2(y, x)
    first = np.cos(lift)[..., None] * along + np.sin(lift)[..., None] * out
    first = limit_roots(first)
    out = across(back, first)
    angles = np.stack([np.zeros_like(bend), bend, end], axis=-1)[..., None]
    directions = np.cos(angles) * first[..., None, :] - np.sin(angles) * out[..., None, :]
    return directions, cross(first, out)


_NATURAL = np.arctan2(REST_DIRECTIONS[1:, 1], REST_DIRECTIONS[1:, 0])
_THUMB = REST_DIRECTIONS[0] / np.linalg.norm(REST_DIRECTIONS[0])


def limit_roots(first: np.ndarray) -> np.ndarray:
    """Keep the fingers' first bones ``[..., 5, 3]`` within what their root joints allow."""
    result = np.empty_like(first)
    fingers = first[..., 1:, :]
    # a flexed finger may point past the vertical; the cut lies half-way between both limits
    forward = np.where(fingers[..., 0] < 0, -1.0, 1.0) * np.hypot(fingers[..., 0], fingers[..., 1])
    raised = np.arctan2(fingers[..., 2], forward)
    split = np.pi + 0.5 * (LARGEST_RAISE - LARGEST_FLEXION)
    raised = np.where(raised > split, raised - 2 * np.pi, raised)
    raised = clamp(raised, -LARGEST_FLEXION, LARGEST_RAISE)
    level = np.arctan2(fingers[..., 1], np.maximum(np.abs(fingers[..., 0]), 0.25))
    level = _NATURAL + clamp(level - _NATURAL, -LARGEST_SPREAD, LARGEST_SPREAD)
    result[..., 1:, 0] = np.cos(raised) * np.cos(level)
    result[..., 1:, 1] = np.cos(raised) * np.sin(level)
    result[..., 1:, 2] = np.sin(raised)
    thumb = first[..., 0, :]
    cosine = clamp(thumb @ _THUMB, -1.0, 1.0)
    side = unit(thumb - cosine[..., None] * _THUMB)
    angle = np.minimum(np.arccos(cosine), THUMB_CONE)[..., None]
    result[..., 0, :] = np.cos(angle) * _THUMB + np.sin(angle) * side
    result[..., 1:, :] = unit(result[..., 1:, :])
    return result


def _rest_frames(thumb_back: np.ndarray) -> np.ndarray:
    """Frames of the straight fingers at rest, in palm directions ``[2, 5, 3, 3]`` (columns along, hinge, across)."""
    direction = np.broadcast_to(unit(REST_DIRECTIONS), (SIDE_COUNT, 5, 3))
    back = np.broadcast_to(np.array([0.0, 0.0, 1.0]), direction.shape).copy()
    back[:, 0] = thumb_back
    hinge = unit(cross(direction, across(back, direction)))
    return np.stack([direction, hinge, cross(direction, hinge)], axis=-1)


def finger_rotations(directions: np.ndarray, hinge: np.ndarray, thumb_back: np.ndarray) -> np.ndarray:
    """Local rotations of the finger bones, relative to hand and rest: ``[frames, 2, 5, 3, 4]``."""
    side = np.broadcast_to(unit(hinge)[..., None, :], directions.shape)
    frames = np.stack([directions, side, cross(directions, side)], axis=-1)
    rest = _cached_rest_frames(thumb_back.tobytes())[:, :, None]
    turn = frames @ np.swapaxes(rest, -1, -2)
    palm = REST_PALMS[:, None, None]
    world = from_matrix(palm @ turn @ np.swapaxes(palm, -1, -2))
    local = world.copy()
    local[..., 1:, :] = multiply(inverse(world[..., :-1, :]), world[..., 1:, :])
    return local


@lru_cache(maxsize=8)
def _cached_rest_frames(thumb_back: bytes) -> np.ndarray:
    return _rest_frames(np.frombuffer(thumb_back).reshape(SIDE_COUNT, 3))


def fingertips(directions: np.ndarray) -> np.ndarray:
    """Where the tips are, from the wrist in palm directions ``[frames, 2, 5, 3]``."""
    return BASES + einsum("...bi,...b->...i", directions, np.broadcast_to(LENGTHS, directions.shape[:-1]))


def relaxed_tips() -> np.ndarray:
    """Tips of a relaxed, slightly curved hand, from the wrist in palm directions ``[5, 3]``."""
    bend = np.array([0.25, 0.55, 0.6, 0.6, 0.55])
    flex = np.array([0.1, 0.35, 0.4, 0.4, 0.35])
    direction = unit(REST_DIRECTIONS)
    out = np.broadcast_to([0.0, 0.0, 1.0], direction.shape)
    out = across(out, direction)
    tips = BASES.copy()
    for k, total in enumerate((flex, flex + bend, flex + (1 + END_SHARE) * bend)):
        tips = tips + LENGTHS[:, k : k + 1] * (np.cos(total)[:, None] * direction - np.sin(total)[:, None] * out)
    return tips


def to_palm(vectors: np.ndarray, palms: np.ndarray) -> np.ndarray:
    """Room vectors ``[frames, 2, n, 3]`` in palm directions."""
    return einsum("fhij,fhni->fhnj", palms, vectors)


def to_room(vectors: np.ndarray, palms: np.ndarray) -> np.ndarray:
    """Vectors in palm directions ``[frames, 2, n, 3]`` in the room's."""
    return einsum("fhij,fhnj->fhni", palms, vectors)


def handedness(palms: np.ndarray) -> np.ndarray:
    """Sign of each palm frame's determinant; left hands are -1, right hands 1 (for checks)."""
    return np.sign(dot(palms[..., 0], cross(palms[..., 1], palms[..., 2])))[..., 0]
