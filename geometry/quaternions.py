"""Rotations of one live frame or of all frames, for formulas in the numbers of :mod:`audio_to_body.geometry.vectors`.

A number is a ``float`` (one frame) or an array ``[frames]``; a quaternion is a tuple of four, x, y, z, w. Arrays of
many bones at once are turned by :mod:`audio_to_body.geometry.quaternion_arrays`.
"""

from __future__ import annotations

import math

import numpy as np

from audio_to_body.geometry.quaternion_arrays import from_matrix
from audio_to_body.geometry.vectors import (
    Number,
    Vector,
    angle_to,
    at_least,
    at_most,
    cosine,
    cross,
    dot,
    sine,
    square_root,
)

Quaternion = tuple[Number, Number, Number, Number]
SAME: Quaternion = (0.0, 0.0, 0.0, 1.0)


def product(a: Quaternion, b: Quaternion) -> Quaternion:
    """The rotation ``b``, then ``a``."""
    ax, ay, az, aw = a
    bx, by, bz, bw = b
    return (
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
        aw * bw - ax * bx - ay * by - az * bz,
    )


def opposite(q: Quaternion) -> Quaternion:
    """The rotation back."""
    return -q[0], -q[1], -q[2], q[3]


def turned(q: Quaternion, vector: Vector) -> Vector:
    """A vector turned by ``q``."""
    x, y, z, w = q
    a, b, c = cross((x, y, z), vector)
    d, e, f = cross((x, y, z), (a, b, c))
    return vector[0] + 2.0 * (w * a + d), vector[1] + 2.0 * (w * b + e), vector[2] + 2.0 * (w * c + f)


def about(axis: Vector, angle: Number) -> Quaternion:
    """Rotation by radians about a unit vector."""
    s = sine(0.5 * angle)
    return axis[0] * s, axis[1] * s, axis[2] * s, cosine(0.5 * angle)


def between(a: Vector, b: Vector) -> Quaternion:
    """Shortest rotation of one unit vector onto another that does not point the opposite way."""
    x, y, z = cross(a, b)
    w = at_least(1.0 + dot(a, b), 1e-8)
    size = square_root(x * x + y * y + z * z + w * w)
    return x / size, y / size, z / size, w / size


def share(q: Quaternion, part: Number) -> Quaternion:
    """A share of a rotation, the short way: 0 is no rotation, 1 the whole one."""
    x, y, z, w = q
    size = square_root(x * x + y * y + z * z)
    flip = (-1.0 if w < 0 else 1.0) if type(w) is float else np.where(w < 0, -1.0, 1.0)
    half = angle_to(size, flip * w) * part
    scale = flip * sine(half) / at_least(size, 1e-12)
    return x * scale, y * scale, z * scale, cosine(half)


def limited(q: Quaternion, largest: float) -> Quaternion:
    """A rotation turned back to the largest angle (radians) that a joint allows."""
    x, y, z, w = q
    size = square_root(x * x + y * y + z * z)
    angle = 2.0 * angle_to(size, abs(w))
    if type(angle) is float and angle <= largest:
        return q
    return share(q, at_most(largest / at_least(angle, 1e-9), 1.0))


def twist_about_x(q: Quaternion) -> Number:
    """Signed angle of the rotation about x within ``q``, radians from -pi to pi."""
    return wrapped(2.0 * angle_to(q[0], q[3]))


def wrapped(angle: Number) -> Number:
    """The same angle between -pi and pi."""
    return (angle + math.pi) % (2 * math.pi) - math.pi


def of_axes(x: Vector, y: Vector, z: Vector) -> Quaternion:
    """Rotation that takes the room's axes to these orthonormal vectors; w is not negative."""
    if type(x[0]) is not float:
        a, b, c, d = from_matrix(np.stack([np.stack(axis, axis=-1) for axis in (x, y, z)], axis=-1)).T
        return a, b, c, d
    (a, b, c), (d, e, f), (g, h, i) = x, y, z
    # the largest of the four parts first (Shepperd)
    four = (1.0 + a - e - i, 1.0 - a + e - i, 1.0 - a - e + i, 1.0 + a + e + i)
    largest = four.index(max(four))
    part = (
        (four[0], b + d, c + g, f - h),
        (b + d, four[1], f + h, g - c),
        (c + g, f + h, four[2], b - d),
        (f - h, g - c, b - d, four[3]),
    )[largest]
    scale = math.copysign(0.5 / math.sqrt(four[largest]), part[3])
    return part[0] * scale, part[1] * scale, part[2] * scale, part[3] * scale
