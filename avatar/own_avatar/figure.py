"""The mesh and skin of an avatar of one's own, for drawing: vertices in its T pose, coloured by its textures."""

from __future__ import annotations

import numpy as np

from audio_to_body.avatar.gltf_reading import MESHOPT
from audio_to_body.avatar.mesh import Mesh
from audio_to_body.avatar.own_avatar.colours import Colours
from audio_to_body.avatar.own_avatar.extensions import undrawn
from audio_to_body.avatar.own_avatar.nodes import downwards, parents, world_matrices
from audio_to_body.avatar.own_avatar.parts import Part, parts
from audio_to_body.avatar.own_avatar.reading import OwnAvatar
from audio_to_body.geometry.quaternion_arrays import rotate
from audio_to_body.skeleton.refusal import BadInput

MOST_VERTICES = 40_000  # up to here surfaces are divided so that textures show
SEEN = 0.4  # opacity from which on a surface is drawn: the renderer knows no glass
MATTE = "cloth"  # whose gloss everything gets
BRIGHT = 0.8  # of the colours in the file: they were chosen for other lamps


def figure(own: OwnAvatar) -> tuple[Mesh, ...]:
    """Meshes on the avatar's skeleton in its T pose.

    Raises
    ------
    BadInput
        If the file keeps its meshes in a way that is not read here, such as compressed.
    """
    tree = own.tree
    for name in MESHOPT:
        if name in tree.get("extensionsRequired", []):
            raise undrawn(own.path, "the meshes", name)
    parent, worlds = parents(tree), world_matrices(tree)
    bones = _bone_of_nodes(own, parent)
    stretched = _stretches(own, worlds)
    textures: dict[int, np.ndarray] = {}
    surfaces = []
    for part in parts(own, bones):
        placed = _surface(own, part, worlds, bones, stretched, textures)
        if len(placed.triangles):
            surfaces.append(placed)
    if not surfaces:
        raise BadInput(f"the avatar {own.path} has no triangles on its bones that could be drawn")
    while sum(len(s.places) for s in surfaces) * 3.5 < MOST_VERTICES:
        surfaces = [s.divided() for s in surfaces]
    return tuple(surface.mesh() for surface in surfaces)


class _Surface:
    """Triangles with weights on all bones, colours found by their place in a texture."""

    def __init__(
        self,
        name: str,
        places: np.ndarray,
        normals: np.ndarray,
        uv: np.ndarray,
        paint: np.ndarray,
        weights: np.ndarray,
        triangles: np.ndarray,
        colours: Colours,
    ):
        self.name, self.places, self.normals, self.uv, self.paint = name, places, normals, uv, paint
        self.weights, self.triangles, self.colours = weights, triangles, colours

    def divided(self) -> _Surface:
        """Every triangle as four."""
        edges = np.sort(self.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
        edges, which = np.unique(edges, axis=0, return_inverse=True)
        a, b, c = self.triangles.T
        ab, bc, ca = (which.reshape(-1, 3) + len(self.places)).T
        triangles = np.stack([a, ab, ca, ab, b, bc, ca, bc, c, ab, bc, ca], axis=1).reshape(-1, 3)

        def middles(values: np.ndarray) -> np.ndarray:
            return np.concatenate([values, 0.5 * (values[edges[:, 0]] + values[edges[:, 1]])])

        places, normals, uv, paint = map(middles, (self.places, self.normals, self.uv, self.paint))
        return _Surface(self.name, places, normals, uv, paint, middles(self.weights), triangles, self.colours)

    def mesh(self) -> Mesh:
        """What the renderer takes; what is as clear as glass is left out."""
        colours, opacity = self.colours.at(self.uv)
        colours, opacity = colours * self.paint[:, :3], opacity * self.paint[:, 3]
        kept = self.triangles[(opacity[self.triangles] >= SEEN).any(axis=1)]
        joints = np.argsort(-self.weights, axis=1)[:, :4]
        weights = np.take_along_axis(self.weights, joints, axis=1)
        normals = self.normals / np.maximum(np.linalg.norm(self.normals, axis=1, keepdims=True), 1e-9)
        return Mesh(
            self.name,
            MATTE,
            self.places,
            normals,
            kept,
            joints=joints.astype(np.uint8),
            weights=(weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)).astype(np.float32),
            colours=(BRIGHT * colours).astype(np.float32),
        )


def _surface(
    own: OwnAvatar,
    part: Part,
    worlds: np.ndarray,
    bones: np.ndarray,
    stretched: np.ndarray,
    textures: dict[int, np.ndarray],
) -> _Surface:
    """A part in the skeleton's T pose."""
    count = len(part.places)
    bone_weights = np.zeros((count, len(own.skeleton)))
    if part.skin is None:
        bone_weights[:, bones[part.node]] = 1.0
        matrices = np.broadcast_to(worlds[part.node], (count, 4, 4))
    else:
        at = np.array(own.tree["skins"][part.skin]["joints"])
        matrices = np.einsum("nk,nkij->nij", part.weights, (worlds[at] @ part.bind)[part.joints])
        np.add.at(bone_weights, (np.arange(count)[:, None], np.maximum(bones[at][part.joints], 0)), part.weights)
    rest = np.einsum("nij,nj->ni", matrices[:, :3, :3], part.places) + matrices[:, :3, 3]
    facing = np.einsum("nij,nj->ni", matrices[:, :3, :3], part.normals)
    # from the file's rest pose to the T pose that the skeleton has
    turns = np.einsum("nb,bij->nij", bone_weights, stretched)
    places = np.einsum("nij,nj->ni", turns[:, :, :3], rest) + turns[:, :, 3]
    normals = np.einsum("nij,nj->ni", turns[:, :, :3], facing)
    triangles = part.triangles
    if count and np.median(np.linalg.det(matrices[:, :3, :3])) < 0:  # mirrored: what was outside would be inside
        triangles = triangles[:, ::-1]
    if not normals.any():
        normals = _vertex_normals(places, triangles)
    colours = Colours(own, part.material, textures)
    uv = part.uv.get(colours.set, np.zeros((count, 2)))
    return _Surface(part.name, places, normals, uv, part.paint, bone_weights, triangles, colours)


def _vertex_normals(places: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    a, b, c = (places[triangles[:, k]] for k in range(3))
    faces = np.cross(b - a, c - a)
    normals = np.zeros_like(places)
    for k in range(3):
        np.add.at(normals, triangles[:, k], faces)
    return normals


def _bone_of_nodes(own: OwnAvatar, parent: np.ndarray) -> np.ndarray:
    """The bone that carries each node: itself or the nearest above it, -1 where there is none."""
    index = {node: own.skeleton.index(name) for name, node in own.nodes.items() if name in own.skeleton.names}
    found = np.full(len(parent), -1)
    for i in downwards(parent):
        found[i] = index[i] if i in index else (found[parent[i]] if parent[i] >= 0 else -1)
    return found


def _stretches(own: OwnAvatar, worlds: np.ndarray) -> np.ndarray:
    """Matrices ``[bones, 3, 4]`` from the file's own directions at rest to the skeleton's T pose."""
    result = np.zeros((len(own.skeleton), 3, 4))
    for i, name in enumerate(own.skeleton.names):
        if name not in own.nodes:
            continue
        # columns: where the file's axes go
        axes = own.scale * rotate(own.stretch[name], rotate(own.upright, np.eye(3))).T
        result[i, :, :3] = axes
        result[i, :, 3] = own.skeleton.rest[i] - axes @ worlds[own.nodes[name]][:3, 3]
    return result
