"""Hands (Sec. 5 "Hands/Fingers"); what bends the fingers is in :mod:`audio_to_body.avatar.retargeting.fingers`.

Palm directions are columns: towards the middle finger's root, to the thumb's side, towards the back of the hand. Both
hands are handled at once on an axis ``[2]`` (left, right); a right hand's directions form a left-handed frame, which
is why rotations are always formed against the same hand at rest.
"""

from __future__ import annotations

import numpy as np

from audio_to_body.geometry.quaternions import Quaternion, of_axes
from audio_to_body.geometry.vector_arrays import across, cross, einsum, stacked
from audio_to_body.geometry.vectors import numbers, times

SIDE_COUNT = 2
REST_PALMS = np.array(  # [hand, xyz, palm direction]
    [
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]],
        [[-1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]],
    ]
)


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


def palm_rotation(palm: np.ndarray, sign: float) -> Quaternion:
    """World rotation of a hand from palm directions ``[frames, 3, 3]`` (columns); ``sign`` is -1 for a right hand."""
    forward, thumb, back = (numbers(palm[..., i]) for i in range(3))
    return of_axes(times(sign, forward), back, thumb)  # type: ignore[arg-type]


def palm_directions(forward: np.ndarray, thumb_side: np.ndarray, side: int) -> np.ndarray:
    """Palm directions (columns) ``[frames, 3, 3]`` from vectors towards the knuckles and the thumb's side."""
    thumb = across(thumb_side, forward)
    back = cross(thumb, forward) if side == 0 else cross(forward, thumb)
    return stacked([forward, thumb, back], axis=-1)


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


def to_palm(vectors: np.ndarray, palms: np.ndarray) -> np.ndarray:
    """Room vectors ``[frames, 2, n, 3]`` in palm directions."""
    return einsum("fhij,fhni->fhnj", palms, vectors)
