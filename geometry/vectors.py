"""Vectors of three numbers, for formulas that pose one frame of a live stream or all frames of a recital.

A number is a ``float`` (one frame) or an array ``[frames]``; a vector is a tuple of three. One frame in plain floats
takes a tenth of the time that numpy needs for arrays of one element, and the same formula serves both. The order of
every sum is fixed: recitals are the same bit for bit.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, Union

import numpy as np

Number = Any  # float, or np.ndarray [frames]
Vector = tuple[Number, Number, Number]
Numbers = Union[Sequence[float], np.ndarray]
Matrix = tuple[Vector, Vector, Vector]  # rows


def sine(angle: Number) -> Number:
    """Of radians."""
    return math.sin(angle) if type(angle) is float else np.sin(angle)


def cosine(angle: Number) -> Number:
    """Of radians."""
    return math.cos(angle) if type(angle) is float else np.cos(angle)


def square_root(value: Number) -> Number:
    """The square root."""
    return math.sqrt(value) if type(value) is float else np.sqrt(value)


def hypotenuse(a: Number, b: Number) -> Number:
    """Length of ``(a, b)``."""
    return math.hypot(a, b) if type(a) is float else np.hypot(a, b)


def at_least(value: Number, least: float) -> Number:
    """The larger of the two."""
    return max(value, least) if type(value) is float else np.maximum(value, least)


def at_most(value: Number, most: float) -> Number:
    """The smaller of the two."""
    return min(value, most) if type(value) is float else np.minimum(value, most)


def within(value: Number, least: float, most: float) -> Number:
    """The value, or the end of the range that it passes."""
    return min(max(value, least), most) if type(value) is float else np.minimum(np.maximum(value, least), most)


def sign(value: Number) -> Number:
    """-1, 0 or 1."""
    return float((value > 0) - (value < 0)) if type(value) is float else np.sign(value)


def arcsine(value: Number) -> Number:
    """Radians; what lies beyond 1 by rounding counts as 1."""
    value = within(value, -1.0, 1.0)
    return math.asin(value) if type(value) is float else np.arcsin(value)


def angle_to(up: Number, along: Number) -> Number:
    """Radians from the first axis towards the second (``arctan2``)."""
    return math.atan2(up, along) if type(up) is float and type(along) is float else np.arctan2(up, along)


def known(*numbers: Number) -> bool:
    """Whether all numbers of all frames are finite."""
    return all(math.isfinite(n) if type(n) is float else bool(np.isfinite(n).all()) for n in numbers)


class Course:
    """A function given at rising places, straight between them and level beyond (``np.interp``)."""

    def __init__(
        self, places: Union[Sequence[float], np.ndarray], values: Union[Sequence[float], np.ndarray]
    ) -> None:
        self._places, self._values = np.array(places, np.float64), np.array(values, np.float64)
        slopes = np.diff(self._values) / np.diff(self._places)
        # what lies before the first place and beyond the last is level
        self._starts: list[float] = [self._places[0].item(), *self._places.tolist()]
        self._levels: list[float] = [self._values[0].item(), *self._values.tolist()]
        self._slopes: list[float] = [0.0, *slopes.tolist(), 0.0]
        self._edges: list[float] = self._places.tolist()

    def at(self, place: Number) -> Number:
        """The value there."""
        if type(place) is not float:
            return np.interp(place, self._places, self._values)
        part = bisect_right(self._edges, place)
        return self._slopes[part] * (place - self._starts[part]) + self._levels[part]


def plus(vector: Vector, share: Number, other: Vector) -> Vector:
    """``vector + share * other``."""
    (x, y, z), (a, b, c) = vector, other
    return x + share * a, y + share * b, z + share * c


def minus(vector: Vector, other: Vector) -> Vector:
    """``vector - other``."""
    return vector[0] - other[0], vector[1] - other[1], vector[2] - other[2]


def times(share: Number, vector: Vector) -> Vector:
    """``share * vector``."""
    return share * vector[0], share * vector[1], share * vector[2]


def divided(vector: Vector, size: Number) -> Vector:
    """``vector / size``."""
    return vector[0] / size, vector[1] / size, vector[2] / size


def dot(a: Vector, b: Vector) -> Number:
    """Scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector, b: Vector) -> Vector:
    """Vector product."""
    (x, y, z), (u, v, w) = a, b
    return y * w - z * v, z * u - x * w, x * v - y * u


def length(vector: Vector) -> Number:
    """Of the vector."""
    x, y, z = vector
    return square_root(x * x + y * y + z * z)


def unit(vector: Vector) -> Vector:
    """The vector scaled to length 1."""
    x, y, z = vector
    size = at_least(square_root(x * x + y * y + z * z), 1e-12)
    return x / size, y / size, z / size


def across(vector: Vector, axis: Vector) -> Vector:
    """The unit part of ``vector`` perpendicular to the unit vector ``axis``."""
    (x, y, z), (a, b, c) = vector, axis
    share = x * a + y * b + z * c
    return unit((x - share * a, y - share * b, z - share * c))


def rotated(matrix: Matrix, vector: Vector) -> Vector:
    """``matrix @ vector``; sums in the order of numpy's einsum, as recitals were made with it."""
    x, y, z = vector
    (a, b, c), (d, e, f), (g, h, i) = matrix
    return a * x + c * z + b * y, d * x + f * z + e * y, g * x + i * z + h * y


def mixed(weights: Sequence[float], vectors: Sequence[Vector]) -> Vector:
    """The sum of three vectors, each with its weight."""
    a, b, c = weights
    (p, q, r), (s, t, u), (v, w, x) = vectors
    return a * p + b * s + c * v, a * q + b * t + c * w, a * r + b * u + c * x


def either(first: Number, yes: Vector, no: Vector) -> Vector:
    """``yes`` where the condition holds, else ``no``."""
    if isinstance(first, (bool, np.bool_)):
        return yes if first else no
    x, y, z = (np.where(first, a, b) for a, b in zip(yes, no))
    return x, y, z


def matrix_of_angles(yaw: Number, pitch: Number, roll: Number) -> Matrix:
    """Rotation matrix: roll about z, then pitch about x, then yaw about y; radians."""
    cy, sy, cp, sp, cr, sr = cosine(yaw), sine(yaw), cosine(pitch), sine(pitch), cosine(roll), sine(roll)
    return (
        (cy * cr + sy * sp * sr, -cy * sr + sy * sp * cr, sy * cp),
        (cp * sr, cp * cr, -sp),
        (-sy * cr + cy * sp * sr, sy * sr + cy * sp * cr, cy * cp),
    )


def components(array: np.ndarray) -> Vector:
    """A vector of an array ``[..., 3]``."""
    return array[..., 0], array[..., 1], array[..., 2]


def numbers(values: np.ndarray) -> tuple[Number, ...]:
    """Columns of ``[frames, n]``: floats where there is one frame, else arrays ``[frames]``."""
    return tuple(values[0].tolist()) if len(values) == 1 else tuple(values.T)


def rows(tuples: Sequence[Sequence[Number]], frames: int | None = None) -> np.ndarray:
    """Tuples of numbers as an array ``[frames, tuples, n]``.

    Not told how many frames there are, the first number says it: one where it is a float.
    """
    if frames is None:
        first = tuples[0][0]
        frames = 1 if type(first) is float else len(first)
    if frames == 1:
        return np.array(tuples, float).reshape(1, len(tuples), -1)
    result = np.empty((frames, len(tuples), len(tuples[0])))
    for i, one in enumerate(tuples):
        for k, number in enumerate(one):
            result[:, i, k] = number
    return result
