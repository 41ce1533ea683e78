"""Unit quaternions ``[..., 4]`` in glTF's order x, y, z, w; every function runs over any leading axes."""

from __future__ import annotations

import numpy as np

IDENTITY = np.array([0.0, 0.0, 0.0, 1.0])
_TINY = 1e-12


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors ``[..., n]`` scaled to length 1 (zero vectors stay zero)."""
    return vectors / np.maximum(np.sqrt(np.einsum("...i,...i->...", vectors, vectors))[..., None], _TINY)


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cross product of ``[..., 3]``; many times faster than ``np.cross`` on a few vectors."""
    ax, ay, az = a[..., 0], a[..., 1], a[..., 2]
    bx, by, bz = b[..., 0], b[..., 1], b[..., 2]
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=-1)


def dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Scalar product over the last axis, kept: ``[..., 1]``."""
    return np.einsum("...i,...i->...", a, b)[..., None]


def across(vectors: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """The unit part of ``vectors`` perpendicular to the unit vectors ``axis``."""
    return unit(vectors - dot(vectors, axis) * axis)


def multiply(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Hamilton product: the rotation ``b``, then ``a``."""
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
    twice = 2.0 * cross(np.broadcast_to(axis, np.broadcast_shapes(axis.shape, vectors.shape)), vectors)
    return vectors + w * twice + cross(np.broadcast_to(axis, twice.shape), twice)


def about(axis: np.ndarray, angle: np.ndarray | float) -> np.ndarray:
    """Rotation by ``angle`` [...] radians about the unit vector ``axis`` [..., 3]."""
    half = 0.5 * np.asarray(angle, dtype=float)[..., None]
    axis = np.asarray(axis, dtype=float)
    shape = np.broadcast_shapes(axis.shape[:-1], half.shape[:-1])
    q = np.empty((*shape, 4))
    q[..., :3] = axis * np.sin(half)
    q[..., 3:] = np.cos(half)
    return q


def between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Shortest rotation that takes the unit vectors ``a`` to ``b``, both ``[..., 3]``."""
    a, b = np.broadcast_arrays(a, b)
    w = 1.0 + dot(a, b)
    axis = cross(a, b)
    opposite = w < 1e-8
    if opposite.any():  # half a turn about any perpendicular axis
        helper = np.where(np.abs(a[..., :1]) < 0.9, np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))
        axis = np.where(opposite, cross(a, helper), axis)
        w = np.where(opposite, 0.0, w)
    return unit(np.concatenate([axis, w], axis=-1))


def from_axes(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Rotation whose columns are the orthonormal vectors ``x``, ``y``, ``z`` (each ``[..., 3]``)."""
    return from_matrix(np.stack([x, y, z], axis=-1))


def from_matrix(m: np.ndarray) -> np.ndarray:
    """Rotation matrices ``[..., 3, 3]`` as quaternions with w >= 0 (Shepperd's method, branch-free)."""
    xx, yy, zz = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    w = np.sqrt(np.maximum(1 + xx + yy + zz, 0))
    x = np.sqrt(np.maximum(1 + xx - yy - zz, 0))
    y = np.sqrt(np.maximum(1 - xx + yy - zz, 0))
    z = np.sqrt(np.maximum(1 - xx - yy + zz, 0))
    largest = np.argmax(np.stack([x, y, z, w]), axis=0)
    dx, dy, dz = m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]
    sxy, sxz, syz = m[..., 0, 1] + m[..., 1, 0], m[..., 0, 2] + m[..., 2, 0], m[..., 1, 2] + m[..., 2, 1]
    rows = np.stack(
        [
            np.stack([x * x, sxy, sxz, dx], axis=-1),
            np.stack([sxy, y * y, syz, dy], axis=-1),
            np.stack([sxz, syz, z * z, dz], axis=-1),
            np.stack([dx, dy, dz, w * w], axis=-1),
        ]
    )
    q = np.take_along_axis(rows, largest[None, ..., None], axis=0)[0]
    return unit(q) * np.where(q[..., 3:] < 0, -1.0, 1.0)


def to_matrix(q: np.ndarray) -> np.ndarray:
    """Rotation matrices ``[..., 3, 3]``."""
    x, y, z, w = q[..., 0], q[..., 1], q[..., 2], q[..., 3]
    return np.stack(
        [
            np.stack([1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)], axis=-1),
            np.stack([2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)], axis=-1),
            np.stack([2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)], axis=-1),
        ],
        axis=-2,
    )


def angle_of(q: np.ndarray) -> np.ndarray:
    """Angle of each rotation in radians, 0 to pi."""
    return 2.0 * np.arctan2(np.linalg.norm(q[..., :3], axis=-1), np.abs(q[..., 3]))


def power(q: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    """A share of each rotation, the short way: 0 is no rotation, 1 the whole one."""
    q = q * np.where(q[..., 3:] < 0, -1.0, 1.0)
    length = np.linalg.norm(q[..., :3], axis=-1, keepdims=True)
    half = np.arctan2(length, q[..., 3:]) * np.asarray(share, dtype=float)[..., None]
    return np.concatenate([q[..., :3] / np.maximum(length, _TINY) * np.sin(half), np.cos(half)], axis=-1)


def blend(a: np.ndarray, b: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    """From ``a`` (share 0) to ``b`` (share 1) along the short way (spherical)."""
    return multiply(a, power(multiply(inverse(a), b), share))


def swing_twist(q: np.ndarray, axis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Split ``q = swing * twist`` with ``twist`` about the unit vector ``axis`` [3]; twist in (-pi, pi]."""
    along = dot(q[..., :3], np.broadcast_to(axis, q[..., :3].shape))
    twist = np.concatenate([along * axis, q[..., 3:]], axis=-1)
    length = np.linalg.norm(twist, axis=-1, keepdims=True)
    twist = np.where(length > 1e-9, twist / np.maximum(length, _TINY), IDENTITY)
    return multiply(q, inverse(twist)), twist


def twist_angle(q: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """Signed angle of the rotation about ``axis`` [3] within each ``q``, radians in (-pi, pi]."""
    angle = 2.0 * np.arctan2(dot(q[..., :3], np.broadcast_to(axis, q[..., :3].shape))[..., 0], q[..., 3])
    return (angle + np.pi) % (2 * np.pi) - np.pi


def continuous(q: np.ndarray) -> np.ndarray:
    """Signs chosen along the first axis so that neighbours never jump to the opposite quaternion.

    ``q`` and ``-q`` are one rotation, but a player that interpolates components between them turns the long way.
    """
    if len(q) < 2:
        return q.copy()
    flips = np.einsum("t...i,t...i->t...", q[1:], q[:-1]) < 0
    signs = np.where(np.cumsum(flips, axis=0) % 2 == 1, -1.0, 1.0)
    return np.concatenate([q[:1], q[1:] * signs[..., None]], axis=0)
