"""Similarity alignment of keypoints to a reference configuration (paper Sec. 3.4)."""

from __future__ import annotations

import numpy as np

from audio_to_body.skeleton.layouts import Layout

# Points that the music hardly moves. The paper solves for scale, rotation and translation "by choosing a reference
# points configuration" and does not name the points.
STABLE_POINTS = ("neck", "right_shoulder", "left_shoulder")
IDENTITY = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def stable_indices(layout: Layout) -> list[int]:
    """Indices of the layout's stable points; empty for a layout of hands alone."""
    return [layout.index(name) for name in STABLE_POINTS if layout.has(name)]


def reference_configuration(keypoints: np.ndarray, kept: np.ndarray, layout: Layout) -> np.ndarray:
    """Mean position of the stable points over a recital's kept frames.

    Parameters
    ----------
    keypoints : np.ndarray [frames, points, 2]
    kept : np.ndarray of bool [frames]
    layout : Layout

    Returns
    -------
    np.ndarray, float64 [stable points, 2]
        Empty where the layout has no stable points.

    Raises
    ------
    ValueError
        If no frame is kept.
    """
    if not np.any(kept):
        raise ValueError("no frame was kept, so there is nothing to align")
    return keypoints[kept][:, stable_indices(layout)].astype(np.float64).mean(axis=0)


def similarity(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Least-squares scale, rotation and translation that take ``source`` to ``target`` (Umeyama 1991, no mirroring).

    Parameters
    ----------
    source, target : np.ndarray [points, 2]

    Returns
    -------
    np.ndarray, float64 [2, 3]
        Affine matrix for :func:`apply`; the identity for no points.
    """
    if len(source) == 0:
        return IDENTITY.copy()
    source, target = np.asarray(source, np.float64), np.asarray(target, np.float64)
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    power = np.sum(a * a)
    if power == 0.0:
        rotation = np.eye(2)
    else:  # in the plane the optimum is one complex number: scale and angle together
        cosine = np.sum(a * b) / power
        sine = np.sum(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / power
        rotation = np.array([[cosine, -sine], [sine, cosine]])
    shift = target.mean(axis=0) - rotation @ source.mean(axis=0)
    return np.column_stack([rotation, shift])


def apply(transform: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Apply an affine ``[2, 3]`` to points ``[..., 2]``; keeps their dtype."""
    return (points @ transform[:, :2].T + transform[:, 2]).astype(points.dtype)


def inverse(transform: np.ndarray) -> np.ndarray:
    """The affine ``[2, 3]`` that undoes ``transform``."""
    linear = np.linalg.inv(transform[:, :2])
    return np.column_stack([linear, -linear @ transform[:, 2]])
