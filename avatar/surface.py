"""Organic shapes: blended round cones and ellipsoids, and the surface where their field is zero.

A shape is a signed distance field: negative inside, metres outside. Its surface is found with naive surface nets
(one vertex per cell that the surface crosses) and then pulled onto the zero set, so that a coarse grid still gives
smooth forms and exact normals.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Field = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class RoundCone:
    """A limb: radius ``ra`` at ``a``, ``rb`` at ``b``, metres; ``squash`` scales the distance along an axis."""

    a: np.ndarray
    b: np.ndarray
    ra: float
    rb: float
    bone: str = ""
    squash: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Signed distance of points ``[n, 3]`` (a slight underestimate where the radius changes)."""
        scale = np.asarray(self.squash)
        a, b, points = self.a * scale, self.b * scale, points * scale
        axis = b - a
        share = np.clip((points - a) @ axis / max(axis @ axis, 1e-12), 0.0, 1.0)
        return np.linalg.norm(points - a - share[:, None] * axis, axis=1) - (self.ra + share * (self.rb - self.ra))


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid, ``radii`` along the axes turned by ``tilt`` radians about x."""

    centre: np.ndarray
    radii: np.ndarray
    bone: str = ""
    tilt: float = 0.0

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Approximate signed distance of points ``[n, 3]``."""
        c, s = np.cos(self.tilt), np.sin(self.tilt)
        local = (points - self.centre) @ np.array([[1, 0, 0], [0, c, s], [0, -s, c]]).T
        k0 = np.linalg.norm(local / self.radii, axis=1)
        k1 = np.linalg.norm(local / self.radii**2, axis=1)
        return np.where(k1 > 1e-9, k0 * (k0 - 1.0) / np.maximum(k1, 1e-9), -np.min(self.radii))


def smooth_min(a: np.ndarray, b: np.ndarray, radius: float) -> np.ndarray:
    """Union of two fields, rounded over ``radius`` metres where they meet."""
    if radius <= 0:
        return np.minimum(a, b)
    h = np.maximum(radius - np.abs(a - b), 0.0) / radius
    return np.minimum(a, b) - h * h * radius * 0.25


def union(parts: list[Field], radius: float) -> Field:
    """Rounded union of parts."""

    def field(points: np.ndarray) -> np.ndarray:
        value = parts[0](points)
        for part in parts[1:]:
            value = smooth_min(value, part(points), radius)
        return value

    return field


def carve(field: Field, hole: Field, radius: float) -> Field:
    """``field`` without ``hole``, the rim rounded over ``radius`` metres."""
    return lambda points: -smooth_min(-field(points), hole(points), radius)


def gradient(field: Field, points: np.ndarray, step: float = 5e-4) -> np.ndarray:
    """Outward unit normals of a field at points ``[n, 3]``."""
    result = np.empty_like(points)
    for axis in range(3):
        shift = np.zeros(3)
        shift[axis] = step
        result[:, axis] = field(points + shift) - field(points - shift)
    return result / np.maximum(np.linalg.norm(result, axis=1, keepdims=True), 1e-12)


def polygonise(field: Field, low: np.ndarray, high: np.ndarray, cell: float) -> tuple[np.ndarray, np.ndarray]:
    """The surface ``field = 0`` inside a box.

    Parameters
    ----------
    field : callable
    low, high : np.ndarray [3]
        Corners of the box, metres; the surface must lie inside it.
    cell : float
        Grid spacing, metres.

    Returns
    -------
    vertices : np.ndarray, float64 [n, 3]
    triangles : np.ndarray, int64 [m, 3]
        Counter-clockwise from outside.
    """
    shape = np.ceil((high - low) / cell).astype(int) + 1
    axes = [low[i] + cell * np.arange(shape[i]) for i in range(3)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    values = field(grid.reshape(-1, 3)).reshape(shape)
    inside = values < 0
    # one vertex per cell with mixed corners: the mean of its edges' crossings
    total = np.zeros(tuple(shape - 1) + (3,))
    count = np.zeros(tuple(shape - 1))
    for axis in range(3):
        first = [slice(None)] * 3
        second = [slice(None)] * 3
        first[axis], second[axis] = slice(None, -1), slice(1, None)
        va, vb = values[tuple(first)], values[tuple(second)]
        crossed = inside[tuple(first)] != inside[tuple(second)]
        share = np.where(crossed, va / np.where(crossed, va - vb, 1.0), 0.0)
        point = grid[tuple(first)].copy()
        point[..., axis] += share * cell
        others = [i for i in range(3) if i != axis]
        for da in (0, 1):
            for db in (0, 1):
                view = [slice(None)] * 3
                for other, d in zip(others, (da, db)):
                    view[other] = slice(d, shape[other] - 1 + d)
                part = crossed[tuple(view)]
                total += np.where(part[..., None], point[tuple(view)], 0.0)
                count += part
    used = count > 0
    number = np.full(used.shape, -1)
    number[used] = np.arange(used.sum())
    vertices = total[used] / count[used][:, None]
    triangles = np.concatenate([_quads(inside, number, axis) for axis in range(3)])
    for _ in range(3):  # pull onto the zero set
        vertices = vertices - field(vertices)[:, None] * gradient(field, vertices)
    return vertices, triangles


def _quads(inside: np.ndarray, number: np.ndarray, axis: int) -> np.ndarray:
    """Two triangles for every grid edge along ``axis`` that the surface crosses."""
    u, v = (axis + 1) % 3, (axis + 2) % 3
    first: list[slice] = [slice(None)] * 3
    second: list[slice] = [slice(None)] * 3
    first[axis], second[axis] = slice(None, -1), slice(1, None)
    for other in (u, v):
        first[other] = second[other] = slice(1, -1)
    a, b = inside[tuple(first)], inside[tuple(second)]
    place = np.argwhere(a != b)
    leaving = a[tuple(place.T)]  # from inside to outside along the axis
    base = place.copy()
    base[:, u] += 1
    base[:, v] += 1
    corners = []
    for du, dv in ((-1, -1), (0, -1), (0, 0), (-1, 0)):
        cell = base.copy()
        cell[:, u] += du
        cell[:, v] += dv
        corners.append(number[tuple(cell.T)])
    c0, c1, c2, c3 = corners
    quads = np.where(leaving[:, None], np.stack([c0, c1, c2, c3], axis=1), np.stack([c0, c3, c2, c1], axis=1))
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def openness(field: Field, vertices: np.ndarray, normals: np.ndarray, reach: float = 0.12) -> np.ndarray:
    """How open vertices are to the light around them, 0.25 to 1: the field sampled along the normals."""
    hidden = np.zeros(len(vertices))
    weight = 1.0
    for distance in reach * np.array([0.12, 0.3, 0.6, 1.0]):
        hidden += weight * np.clip(1.0 - field(vertices + distance * normals) / distance, 0.0, 1.0)
        weight *= 0.6
    return np.clip(1.0 - 0.55 * hidden, 0.25, 1.0).astype(np.float32)
