"""Palms as rotations; what bends the fingers is in :mod:`audio_to_body.avatar.retargeting.fingers`.

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


def palm_rotation(palm: np.ndarray, sign: float) -> Quaternion:
    """World rotation of a hand from palm directions ``[frames, 3, 3]`` (columns); ``sign`` is -1 for a right hand."""
    forward, thumb, back = (numbers(palm[..., i]) for i in range(3))
    return of_axes(times(sign, forward), back, thumb)  # type: ignore[arg-type]


def palm_directions(forward: np.ndarray, thumb_side: np.ndarray, side: int) -> np.ndarray:
    """Palm directions (columns) ``[frames, 3, 3]`` from vectors towards the knuckles and the thumb's side."""
    thumb = across(thumb_side, forward)
    back = cross(thumb, forward) if side == 0 else cross(forward, thumb)
    return stacked([forward, thumb, back], axis=-1)


def to_palm(vectors: np.ndarray, palms: np.ndarray) -> np.ndarray:
    """Room vectors ``[frames, 2, n, 3]`` in palm directions."""
    return einsum("fhij,fhni->fhnj", palms, vectors)
