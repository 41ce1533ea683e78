"""Made things: boxes with rounded edges, turned, extruded and swept bodies, each with normals."""

from __future__ import annotations

from typing import Union

import numpy as np

from audio_to_body.avatar.mesh import Mesh

CREASE = np.cos(np.radians(40.0))  # faces that meet at a sharper angle keep an edge between them


def flat_shaded(name: str, material: str, vertices: np.ndarray, triangles: np.ndarray) -> Mesh:
    """A mesh whose normals are smooth except across creases."""
    vertices, triangles = np.asarray(vertices, float), np.asarray(triangles, int)
    corner = vertices[triangles]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    area = np.linalg.norm(normal, axis=1)
    triangles, normal, area = triangles[area > 1e-14], normal[area > 1e-14], area[area > 1e-14]
    direction = normal / area[:, None]
    # every corner sums the normals of those faces around its vertex that it is smooth with
    flat = triangles.reshape(-1)
    order = np.argsort(flat, kind="stable")
    face = order // 3
    starts = np.searchsorted(flat[order], np.arange(len(vertices) + 1))
    corner_normal = np.zeros((len(flat), 3))
    for v in range(len(vertices)):
        group = face[starts[v] : starts[v + 1]]
        if len(group) == 0:
            continue
        smooth = direction[group] @ direction[group].T > CREASE
        corner_normal[order[starts[v] : starts[v + 1]]] = smooth @ normal[group]
    corner_normal /= np.maximum(np.linalg.norm(corner_normal, axis=1, keepdims=True), 1e-12)
    # corners of one vertex with one normal are one vertex of the mesh
    key = np.concatenate([flat[:, None], np.round(corner_normal * 200).astype(int)], axis=1)
    _, first, index = np.unique(key, axis=0, return_index=True, return_inverse=True)
    return Mesh(name, material, vertices[flat[first]], corner_normal[first], index.reshape(-1, 3))


def box(name: str, material: str, low: np.ndarray, high: np.ndarray, bevel: float = 0.002) -> Mesh:
    """A box with bevelled edges between two corners, metres."""
    low, high = np.asarray(low, float), np.asarray(high, float)
    bevel = min(bevel, 0.45 * float((high - low).min()))
    vertices: list[np.ndarray] = []
    index: dict[tuple[int, tuple[int, ...]], int] = {}
    for axis in range(3):
        for signs in np.ndindex(2, 2, 2):
            corner = np.where(np.array(signs) == 0, low + bevel, high - bevel)
            corner[axis] = (low, high)[signs[axis]][axis]
            index[(axis, signs)] = len(vertices)
            vertices.append(corner)
    points = np.array(vertices)
    faces: list[list[int]] = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        for side in (0, 1):
            ring = []
            for a, b in ((0, 0), (1, 0), (1, 1), (0, 1)):
                corner_signs = [0, 0, 0]
                corner_signs[axis], corner_signs[u], corner_signs[v] = side, a, b
                ring.append(index[(axis, tuple(corner_signs))])
            faces.append(ring)
        for a in (0, 1):  # the bevel along `axis` between faces u and v
            for b in (0, 1):
                s0, s1 = [0, 0, 0], [0, 0, 0]
                s0[u] = s1[u] = a
                s0[v] = s1[v] = b
                s0[axis], s1[axis] = 0, 1
                faces.append(
                    [index[(u, tuple(s0))], index[(u, tuple(s1))], index[(v, tuple(s1))], index[(v, tuple(s0))]]
                )
    for signs in np.ndindex(2, 2, 2):
        faces.append([index[(axis, signs)] for axis in range(3)])
    centre = 0.5 * (low + high)
    triangles = []
    for ring in faces:
        for i in range(1, len(ring) - 1):
            triangle = [ring[0], ring[i], ring[i + 1]]
            a, b, c = points[triangle]
            if np.dot(np.cross(b - a, c - a), (a + b + c) / 3 - centre) < 0:
                triangle = triangle[::-1]
            triangles.append(triangle)
    return flat_shaded(name, material, points, np.array(triangles))


def extruded(name: str, material: str, outline: np.ndarray, low: float, high: float, bevel: float = 0.0) -> Mesh:
    """An outline ``[n, 2]`` (x, z; star-shaped about its mean) raised from ``y = low`` to ``high``.

    ``bevel`` draws the rim of both faces in by so many metres.
    """
    outline = np.asarray(outline, float)
    if _area(outline) < 0:
        outline = outline[::-1]
    centre = outline.mean(axis=0)
    inner = outline - bevel * (outline - centre) / np.linalg.norm(outline - centre, axis=1, keepdims=True)
    rings = [(inner, low), (outline, low + bevel), (outline, high - bevel), (inner, high)]
    if bevel == 0:
        rings = [(outline, low), (outline, high)]
    n = len(outline)
    vertices = np.concatenate([np.column_stack([r[:, 0], np.full(n, y), r[:, 1]]) for r, y in rings])
    triangles = []
    i = np.arange(n)
    j = (i + 1) % n
    for k in range(len(rings) - 1):
        a, b = k * n, (k + 1) * n
        triangles += [np.column_stack([a + i, b + i, b + j]), np.column_stack([a + i, b + j, a + j])]
    bottom, top = len(vertices), len(vertices) + 1
    vertices = np.concatenate([vertices, [[centre[0], low, centre[1]], [centre[0], high, centre[1]]]])
    last = (len(rings) - 1) * n
    triangles += [np.column_stack([np.full(n, top), last + j, last + i]), np.column_stack([np.full(n, bottom), i, j])]
    return flat_shaded(name, material, vertices, np.concatenate(triangles))


def _area(outline: np.ndarray) -> float:
    x, y = outline.T
    return float(0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def swept(
    name: str, material: str, path: np.ndarray, radii: Union[np.ndarray, float], sides: int = 8, flat: float = 1.0
) -> Mesh:
    """A tube along a path ``[n, 3]`` with a radius at each point; ``flat`` scales its second diameter."""
    path = np.asarray(path, float)
    radii = np.broadcast_to(np.asarray(radii, float), len(path))
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    up = np.array([0.0, 1.0, 0.0]) if abs(tangent[0, 1]) < 0.9 else np.array([1.0, 0.0, 0.0])
    angle = 2 * np.pi * np.arange(sides) / sides
    rings = []
    for point, along, radius in zip(path, tangent, radii):
        side = np.cross(up, along)
        side /= np.linalg.norm(side)
        up = np.cross(along, side)
        rings.append(point + radius * (np.cos(angle)[:, None] * side + flat * np.sin(angle)[:, None] * up))
    vertices = np.concatenate([*rings, path[:1], path[-1:]])
    n, count = sides, len(path)
    i = np.arange(n)
    j = (i + 1) % n
    triangles = []
    for k in range(count - 1):
        a, b = k * n, (k + 1) * n
        triangles += [np.column_stack([a + i, a + j, b + j]), np.column_stack([a + i, b + j, b + i])]
    start, end = count * n, count * n + 1
    last = (count - 1) * n
    triangles += [np.column_stack([np.full(n, start), j, i]), np.column_stack([np.full(n, end), last + i, last + j])]
    return flat_shaded(name, material, vertices, np.concatenate(triangles))
