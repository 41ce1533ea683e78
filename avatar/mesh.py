"""Triangle meshes with normals, shade and skin weights."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np


@dataclass(frozen=True)
class Mesh:
    """A triangle mesh of one material.

    Attributes
    ----------
    name, material : str
    vertices, normals : np.ndarray, float32 [n, 3]
        Metres; outward unit normals.
    triangles : np.ndarray, uint32 [m, 3]
        Counter-clockwise from outside.
    shade : np.ndarray, float32 [n]
        How open each vertex is to the light around it, 0 to 1 (ambient occlusion).
    joints : np.ndarray, uint8 [n, 4]
        Bones that move each vertex; empty for rigid meshes.
    weights : np.ndarray, float32 [n, 4]
        Their shares, sum 1.
    colours : np.ndarray, float32 [n, 3]
        Linear colours of the vertices, where they differ from the material's; else empty.
    """

    name: str
    material: str
    vertices: np.ndarray
    normals: np.ndarray
    triangles: np.ndarray
    shade: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    joints: np.ndarray = field(default_factory=lambda: np.zeros((0, 4), np.uint8))
    weights: np.ndarray = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    colours: np.ndarray = field(default_factory=lambda: np.zeros((0, 3), np.float32))

    def __post_init__(self) -> None:
        object.__setattr__(self, "vertices", np.ascontiguousarray(self.vertices, np.float32))
        object.__setattr__(self, "normals", np.ascontiguousarray(self.normals, np.float32))
        object.__setattr__(self, "triangles", np.ascontiguousarray(self.triangles, np.uint32))
        if len(self.shade) == 0:
            object.__setattr__(self, "shade", np.ones(len(self.vertices), np.float32))

    def moved(self, rotation: np.ndarray, translation: np.ndarray) -> Mesh:
        """The mesh turned by a matrix ``[3, 3]`` and shifted by ``[3]``."""
        return replace(self, vertices=self.vertices @ rotation.T + translation, normals=self.normals @ rotation.T)


def merged(name: str, meshes: list[Mesh]) -> Mesh:
    """Meshes of one material as one."""
    counts = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes[:-1]])
    return Mesh(
        name=name,
        material=meshes[0].material,
        vertices=np.concatenate([mesh.vertices for mesh in meshes]),
        normals=np.concatenate([mesh.normals for mesh in meshes]),
        triangles=np.concatenate([mesh.triangles + count for mesh, count in zip(meshes, counts)]),
        shade=np.concatenate([mesh.shade for mesh in meshes]),
        joints=np.concatenate([mesh.joints for mesh in meshes]),
        weights=np.concatenate([mesh.weights for mesh in meshes]),
    )
