"""Unit quaternions ``[..., 4]`` in glTF's order x, y, z, w; every function runs over any leading axes."""

from __future__ import annotations

import numpy as np

from audio_to_body.geometry.vector_arrays import CROSS, FEW, TINY, cross, dot, einsum, length, unit
from audio_to_body.geometry.vectors import Number, matrix_of_angles

IDENTITY = np.array([0.0, 0.0, 0.0, 1.0])
_PRODUCT = np.zeros((4, 4, 4))
_PRODUCT[:3, :3, :3] = CROSS
for _i in range(3):
    _PRODUCT[_i, 3, _i] = _PRODUCT[3, _i, _i] = 1.0
    _PRODUCT[_i, _i, 3] = -1.0
_PRODUCT[3, 3, 3] = 1.0


def multiply(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Hamilton product: the rotation ``b``, then ``a``."""
    if a.size + b.size < FEW:
        return einsum("...i,...j,ijk->...k", a, b, _PRODUCT)
    ax, ay, az, aw = a[..., 0], a[..., 1], a[..., 2], a[..., 3]
    bx, by, bz, bw = b[..., 0], b[..., 1], b[..., 2], b[..., 3]
    return np.stack(
        [
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
            aw * bw - ax * bx - ay * by - az * bz,
        ],
        axis=-1,
    )


def inverse(q: np.ndarray) -> np.ndarray:
    """The opposite rotation of a unit quaternion."""
    return q * np.array([-1.0, -1.0, -1.0, 1.0])


def rotate(q: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Vectors ``[..., 3]`` turned by ``q``."""
    axis, w = q[..., :3], q[..., 3:]
    twice = 2.0 * cross(axis, vectors)
    return vectors + w * twice + cross(axis, twice)


def about(axis: np.ndarray, angle: np.ndarray | float) -> np.ndarray:
    """Rotation by ``angle`` [...] radians about the unit vector ``axis`` [..., 3]."""
    half = 0.5 * np.asarray(angle, dtype=float)[..., None]
    turned = axis * np.sin(half)
    q = np.empty((*turned.shape[:-1], 4))
    q[..., :3] = turned
    q[..., 3:] = np.cos(half)
    return q


def between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Shortest rotation that takes the unit vectors ``a`` to ``b``, both ``[..., 3]``."""
    w = 1.0 + dot(a, b)
    axis = cross(a, b)
    opposite = w < 1e-8
    if opposite.any():  # half a turn about any perpendicular axis
        helper = np.where(np.abs(a[..., :1]) < 0.9, np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))
        axis = np.where(opposite, cross(a, helper), axis)
        w = np.where(opposite, 0.0, w)
    return unit(np.concatenate([axis, w], axis=-1))


def from_matrix(m: np.ndarray) -> np.ndarray:
    """Rotation matrices ``[..., 3, 3]`` as quaternions with w >= 0 (Shepperd's method, branch-free)."""
    shape = m.shape[:-2]
    m = m.reshape(-1, 3, 3)
    # the symmetric matrix of all products of the quaternion's parts, times four (order x, y, z, w)
    k = (m.reshape(-1, 9) @ _PARTS + _ONES).reshape(-1, 4, 4)
    largest = np.argmax(einsum("nii->ni", k), axis=1)
    q = k[np.arange(len(k)), largest]
    q = q * np.where(q[:, 3:] < 0, -1.0, 1.0)
    return unit(q).reshape(*shape, 4)


def _products_of_parts() -> np.ndarray:
    """Which entries of a rotation matrix make 4·q·qᵀ, ``[9, 16]`` (the identity part is added apart)."""
    parts = np.zeros((3, 3, 4, 4))
    for i in range(3):
        for j in range(3):
            parts[i, i, j, j] = 1.0 if i == j else -1.0
            if i != j:
                parts[i, j, i, j] = parts[j, i, i, j] = 1.0
        parts[i, i, 3, 3] = 1.0
        j, k = (i + 1) % 3, (i + 2) % 3
        for row, column in ((i, 3), (3, i)):
            parts[k, j, row, column], parts[j, k, row, column] = 1.0, -1.0
    return parts.reshape(9, 16)


_PARTS = _products_of_parts()
_ONES = np.eye(4).reshape(16)


def to_matrix(q: np.ndarray) -> np.ndarray:
    """Rotation matrices ``[..., 3, 3]``."""
    if q.size < FEW:
        return einsum("...i,...j,ijkl->...kl", q, q, _MATRIX)
    x, y, z, w = q[..., 0], q[..., 1], q[..., 2], q[..., 3]
    m = np.empty((*q.shape[:-1], 3, 3))
    m[..., 0, 0], m[..., 0, 1], m[..., 0, 2] = 1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)
    m[..., 1, 0], m[..., 1, 1], m[..., 1, 2] = 2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)
    m[..., 2, 0], m[..., 2, 1], m[..., 2, 2] = 2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)
    return m


def _matrix_of_products() -> np.ndarray:
    """Which products of a unit quaternion's parts make its rotation matrix, ``[4, 4, 3, 3]``."""
    table = np.zeros((4, 4, 3, 3))
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        table[3, 3, i, i] = table[i, i, i, i] = 1.0
        table[j, j, i, i] = table[k, k, i, i] = -1.0
        table[i, j, i, j] = table[i, j, j, i] = 2.0
        table[k, 3, j, i], table[k, 3, i, j] = 2.0, -2.0
    return table


_MATRIX = _matrix_of_products()


def angle_of(q: np.ndarray) -> np.ndarray:
    """Angle of each rotation in radians, 0 to pi."""
    return 2.0 * np.arctan2(length(q[..., :3]), np.abs(q[..., 3]))


def power(q: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    """A share of each rotation, the short way: 0 is no rotation, 1 the whole one."""
    q = q * np.where(q[..., 3:] < 0, -1.0, 1.0)
    sine = length(q[..., :3])[..., None]
    half = np.arctan2(sine, q[..., 3:]) * np.asarray(share, dtype=float)[..., None]
    return np.concatenate([q[..., :3] / np.maximum(sine, TINY) * np.sin(half), np.cos(half)], axis=-1)


def blend(a: np.ndarray, b: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    """From ``a`` (share 0) to ``b`` (share 1) along the short way (spherical)."""
    return multiply(a, power(multiply(inverse(a), b), share))


def continuous(q: np.ndarray) -> np.ndarray:
    """Signs chosen along the first axis so that neighbours never jump to the opposite quaternion.

    ``q`` and ``-q`` are one rotation, but a player that interpolates components between them turns the long way.
    """
    if len(q) < 2:
        return q.copy()
    flips = einsum("t...i,t...i->t...", q[1:], q[:-1]) < 0
    signs = np.where(np.cumsum(flips, axis=0) % 2 == 1, -1.0, 1.0)
    return np.concatenate([q[:1], q[1:] * signs[..., None]], axis=0)


def matrices_of_angles(yaw: Number, pitch: Number, roll: Number) -> np.ndarray:
    """The matrices of :func:`audio_to_body.geometry.vectors.matrix_of_angles` as an array ``[frames, 3, 3]``."""
    rows = matrix_of_angles(*np.broadcast_arrays(yaw, pitch, roll))
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
