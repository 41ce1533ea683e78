"""A hand of 21 points: a rigid palm and five fingers that reach for targets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from audio_to_body.geometry.vectors import Matrix, Vector, components, mixed, plus, rows
from audio_to_body.musician.kinematics import Bones, bent_finger

# Metres from the wrist for a hand 185 mm long, in the palm's own directions: towards the middle finger's knuckle,
# towards the thumb's side, towards the back of the hand. Mean adult proportions (Greiner 1991, US Army hand survey).
HAND_LENGTH = 0.185
ROOTS = np.array(
    [
        [0.022, 0.028, -0.010],
        [0.092, 0.024, 0.003],
        [0.090, 0.003, 0.005],
        [0.083, -0.017, 0.003],
        [0.074, -0.034, -0.002],
    ]
)
BONES = (  # metres, from the root joint to the tip
    (0.046, 0.033, 0.027),
    (0.044, 0.026, 0.022),
    (0.048, 0.029, 0.023),
    (0.045, 0.028, 0.023),
    (0.035, 0.021, 0.020),
)
_ROOTS: list[list[float]] = ROOTS.tolist()
THUMB, INDEX, MIDDLE, RING, LITTLE = range(5)


def hand_joints(
    wrist: Vector, palm: Matrix, tips: Sequence[Vector], scale: float = 1.0, thumb_back: Vector | None = None
) -> list[Vector]:
    """The 21 points of a hand, as :func:`hand_points`, of vectors of floats or arrays."""
    points = [wrist]
    back = palm[1] if thumb_back is None else thumb_back
    for place, bones, tip in zip(_ROOTS, _scaled_bones(scale), tips):
        base = plus(wrist, scale, mixed(place, palm))
        points.append(base)
        points += bent_finger(base, tip, bones, back)
        back = palm[2]
    return points


@lru_cache(maxsize=64)
def _scaled_bones(scale: float) -> list[Bones]:
    return [(a * scale, b * scale, c * scale) for a, b, c in BONES]


def hand_points(
    wrist: np.ndarray, palm: np.ndarray, tips: np.ndarray, scale: float = 1.0, thumb_back: np.ndarray | None = None
) -> np.ndarray:
    """The 21 points of a hand in the order of the layouts.

    Parameters
    ----------
    wrist : np.ndarray [frames, 3]
        Metres.
    palm : np.ndarray [frames, 3, 3]
        Rows: unit vectors towards the middle finger's knuckle, the thumb's side and the back of the hand.
    tips : np.ndarray [frames, 5, 3]
        Where the fingertips should be, thumb first; out of reach they are pointed at.
    scale : float
        Hand length relative to 185 mm.
    thumb_back : np.ndarray [frames, 3], optional
        To which side the thumb bends out; the thumb's side of the palm by default.

    Returns
    -------
    np.ndarray [frames, 21, 3]
    """
    axes = (components(palm[:, 0]), components(palm[:, 1]), components(palm[:, 2]))
    back = None if thumb_back is None else components(thumb_back)
    return rows(hand_joints(components(wrist), axes, [components(tips[:, f]) for f in range(5)], scale, back))
