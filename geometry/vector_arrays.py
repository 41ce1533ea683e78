"""Vectors ``[..., n]`` over any leading axes, for a handful of them as for all frames of a recital."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np

# numpy's own einsum without its search for the best order of operands, which takes longer than a few rotations;
# its place differs between numpy 1 and 2
try:
    _multiarray: Any = importlib.import_module("numpy._core.multiarray")
except ImportError:
    _multiarray = importlib.import_module("numpy.core.multiarray")
einsum = _multiarray.c_einsum


TINY = 1e-12
# Live frames hold a handful of rotations: there one einsum call costs less than a dozen small operations.
FEW = 3000
CROSS = np.zeros((3, 3, 3))
CROSS[0, 1, 2] = CROSS[1, 2, 0] = CROSS[2, 0, 1] = 1.0
CROSS[1, 0, 2] = CROSS[2, 1, 0] = CROSS[0, 2, 1] = -1.0


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors ``[..., n]`` scaled to length 1 (zero vectors stay zero)."""
    return vectors / np.maximum(np.sqrt(einsum("...i,...i->...", vectors, vectors))[..., None], TINY)


def clamp(values: np.ndarray, low: np.ndarray | float, high: np.ndarray | float) -> np.ndarray:
    """``np.clip`` without its overhead, which counts where a live frame makes dozens of them."""
    return np.minimum(np.maximum(values, low), high)


def stacked(parts: Sequence[np.ndarray], axis: int = -1) -> np.ndarray:
    """``np.stack`` of arrays of one shape along the last axis or axis 1, without its overhead (as :func:`clamp`)."""
    shape = parts[0].shape
    if axis == 1:
        result = np.empty((shape[0], len(parts), *shape[1:]))
        for i, part in enumerate(parts):
            result[:, i] = part
    else:
        result = np.empty((*shape, len(parts)))
        for i, part in enumerate(parts):
            result[..., i] = part
    return result


def length(vectors: np.ndarray) -> np.ndarray:
    """Lengths ``[...]`` of vectors ``[..., n]``."""
    return np.sqrt(einsum("...i,...i->...", vectors, vectors))


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cross product of ``[..., 3]``; many times faster than ``np.cross`` on a few vectors."""
    if a.size + b.size < FEW:
        return einsum("...i,...j,ijk->...k", a, b, CROSS)
    ax, ay, az = a[..., 0], a[..., 1], a[..., 2]
    bx, by, bz = b[..., 0], b[..., 1], b[..., 2]
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=-1)


def dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Scalar product over the last axis, kept: ``[..., 1]``."""
    return einsum("...i,...i->...", a, b)[..., None]


def across(vectors: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """The unit part of ``vectors`` perpendicular to the unit vectors ``axis``."""
    return unit(vectors - dot(vectors, axis) * axis)


def segment_distance(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Smallest distance between the segments a-b and c-d, all ``[n, 3]``."""
    u, v, w = b - a, d - c, a - c
    uu, uv, vv = (np.einsum("ni,ni->n", p, q) for p, q in ((u, u), (u, v), (v, v)))
    uw, vw = np.einsum("ni,ni->n", u, w), np.einsum("ni,ni->n", v, w)
    bottom = np.maximum(uu * vv - uv**2, 1e-12)
    s = np.clip((uv * vw - vv * uw) / bottom, 0, 1)
    t = np.clip((uv * s + vw) / np.maximum(vv, 1e-12), 0, 1)
    s = np.clip((uv * t - uw) / np.maximum(uu, 1e-12), 0, 1)
    return np.linalg.norm(w + s[:, None] * u - t[:, None] * v, axis=1)
