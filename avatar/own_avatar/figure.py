"""The mesh and skin of an avatar of one's own, for drawing: vertices in its T pose, coloured by its textures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from audio_to_body.avatar.mesh import Mesh
from audio_to_body.avatar.own_avatar.nodes import parents, world_matrices
from audio_to_body.avatar.own_avatar.reading import OwnAvatar
from audio_to_body.avatar.rotations import rotate
from audio_to_body.skeleton.refusal import BadInput

COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
TRIANGLES = 4  # glTF's mode
TEXTURE_SIZE = 512  # pixels that a texture is brought down to: finer than vertices can show
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
    used = own.tree.get("extensionsRequired", [])
    for name in ("KHR_draco_mesh_compression", "EXT_meshopt_compression"):
        if name in used:
            raise BadInput(f"the meshes of {own.path} are compressed ({name}); export it uncompressed to draw it")
    try:
        surfaces = list(_surfaces(own))
    except BadInput:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, MemoryError) as error:  # a file may hold anything
        raise BadInput(f"the meshes of {own.path} cannot be read ({error!r}); export it again") from error
    if not surfaces:
        raise BadInput(f"the avatar {own.path} has no triangles on its bones that could be drawn")
    while sum(len(s.places) for s in surfaces) * 3.5 < MOST_VERTICES:
        surfaces = [s.divided() for s in surfaces]
    return tuple(surface.mesh() for surface in surfaces)


class _Surface:
    """Triangles with weights on all bones, colours found by their place in a texture."""

    def __init__(self, name: str, places, normals, uv, weights, triangles, colours: _Colours):  # type: ignore[no-untyped-def]
        self.name, self.places, self.normals, self.uv = name, places, normals, uv
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

        places, normals, uv, weights = map(middles, (self.places, self.normals, self.uv, self.weights))
        return _Surface(self.name, places, normals, uv, weights, triangles, self.colours)

    def mesh(self) -> Mesh:
        """What the renderer takes; what is as clear as glass is left out."""
        colours, opacity = self.colours.at(self.uv)
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


def _surfaces(own: OwnAvatar) -> Iterator[_Surface]:
    tree = own.tree
    parent, worlds = parents(tree), world_matrices(tree)
    bones = _bone_of_nodes(own, parent)
    stretched = _stretches(own, worlds)
    textures: dict[int, np.ndarray] = {}
    for i, node in enumerate(tree.get("nodes", [])):
        if "mesh" not in node:
            continue
        skin = tree["skins"][node["skin"]] if "skin" in node else None
        if skin is None and bones[i] < 0:
            continue  # nothing that a bone carries
        mesh = tree["meshes"][node["mesh"]]
        for part in mesh["primitives"]:
            if part.get("mode", TRIANGLES) != TRIANGLES or "POSITION" not in part["attributes"]:
                continue
            yield _surface(own, mesh.get("name", "mesh"), part, skin, i, worlds, bones, stretched, textures)


def _surface(own, name, part, skin, node, worlds, bones, stretched, textures):  # type: ignore[no-untyped-def]
    read = part["attributes"]
    places = _accessor(own, read["POSITION"])
    count = len(places)
    normals = _accessor(own, read["NORMAL"]) if "NORMAL" in read else np.zeros((count, 3))
    uv = _accessor(own, read["TEXCOORD_0"]) if "TEXCOORD_0" in read else np.zeros((count, 2))
    triangles = (
        _accessor(own, part["indices"]).astype(int).reshape(-1, 3)
        if "indices" in part
        else np.arange(count - count % 3).reshape(-1, 3)
    )
    if skin is None:
        bone_weights = np.zeros((count, len(own.skeleton)))
        bone_weights[:, bones[node]] = 1.0
        matrices = np.broadcast_to(worlds[node], (count, 4, 4))
    else:
        joints, weights = _accessor(own, read["JOINTS_0"]).astype(int), _accessor(own, read["WEIGHTS_0"])
        weights = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
        at = np.array(skin["joints"])
        bind = (
            _accessor(own, skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
            if "inverseBindMatrices" in skin
            else np.broadcast_to(np.eye(4), (len(at), 4, 4))
        )
        matrices = np.einsum("nk,nkij->nij", weights, (worlds[at] @ bind)[joints])
        bone_weights = np.zeros((count, len(own.skeleton)))
        np.add.at(bone_weights, (np.arange(count)[:, None], np.maximum(bones[at][joints], 0)), weights)
    rest = np.einsum("nij,nj->ni", matrices[:, :3, :3], places) + matrices[:, :3, 3]
    facing = np.einsum("nij,nj->ni", matrices[:, :3, :3], normals)
    # from the file's rest pose to the T pose that the skeleton has
    turns = np.einsum("nb,bij->nij", bone_weights, stretched)
    places = np.einsum("nij,nj->ni", turns[:, :, :3], rest) + turns[:, :, 3]
    normals = np.einsum("nij,nj->ni", turns[:, :, :3], facing)
    if "NORMAL" not in read:
        normals = _vertex_normals(places, triangles)
    return _Surface(name, places, normals, uv, bone_weights, triangles, _Colours(own, part.get("material"), textures))


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
    for i in range(len(parent)):
        node = i
        while node >= 0 and node not in index:
            node = int(parent[node])
        found[i] = index[node] if node >= 0 else -1
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


class _Colours:
    """A material's colour at places of its texture."""

    def __init__(self, own: OwnAvatar, material: int | None, textures: dict[int, np.ndarray]):
        self._factor = np.ones(4)
        self._texture: np.ndarray | None = None
        self._shift, self._scale = np.zeros(2), np.ones(2)
        self._clear = False
        if material is None:
            return
        described = own.tree["materials"][material]
        self._clear = described.get("alphaMode", "OPAQUE") != "OPAQUE"
        painted = described.get("pbrMetallicRoughness", {})
        self._factor = np.array(painted.get("baseColorFactor", [1, 1, 1, 1]), float)
        texture = painted.get("baseColorTexture")
        if texture is None:
            return
        moved = texture.get("extensions", {}).get("KHR_texture_transform", {})
        self._shift, self._scale = np.array(moved.get("offset", [0, 0])), np.array(moved.get("scale", [1, 1]))
        image = own.tree["textures"][texture["index"]].get("source")
        if image is not None:
            if image not in textures:
                textures[image] = _decoded(own, own.tree["images"][image])
            self._texture = textures[image]

    def at(self, uv: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Linear colours ``[n, 3]`` and opacity ``[n]``."""
        found = np.tile(self._factor, (len(uv), 1))
        if self._texture is not None:
            height, width = self._texture.shape[:2]
            place = (uv * self._scale + self._shift) % 1.0
            x = np.minimum((place[:, 0] * width).astype(int), width - 1)
            y = np.minimum((place[:, 1] * height).astype(int), height - 1)
            found = found * self._texture[y, x]
        return found[:, :3], found[:, 3] if self._clear else np.ones(len(uv))


def _decoded(own: OwnAvatar, image: dict[str, Any]) -> np.ndarray:
    """A texture in linear light with opacity ``[height, width, 4]``, 0 to 1."""
    import cv2

    if "bufferView" not in image:
        raise BadInput(f"the avatar {own.path} keeps a texture in another file; export it as one .glb")
    view = own.tree["bufferViews"][image["bufferView"]]
    start = view.get("byteOffset", 0)
    data = np.frombuffer(own.binary[start : start + view["byteLength"]], np.uint8)
    pixels = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    if pixels is None:
        kind = image.get("mimeType", "unknown")
        raise BadInput(f"a texture of {own.path} ({kind}) cannot be read; use PNG or JPEG")
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    if pixels.ndim == 2:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGRA)
    elif pixels.shape[2] == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_BGR2BGRA)
    share = TEXTURE_SIZE / max(pixels.shape[:2])
    if share < 1:
        pixels = cv2.resize(pixels, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    values = pixels[..., [2, 1, 0, 3]] / 255.0
    values[..., :3] = np.where(
        values[..., :3] <= 0.04045, values[..., :3] / 12.92, ((values[..., :3] + 0.055) / 1.055) ** 2.4
    )
    return values


def _accessor(own: OwnAvatar, which: int) -> np.ndarray:
    """An array of the file ``[count, width]``, float64; normalised numbers between -1 and 1."""
    item = own.tree["accessors"][which]
    if "sparse" in item or "bufferView" not in item:
        raise BadInput(f"the avatar {own.path} has sparse meshes, which are not read; export it again without them")
    kind = np.dtype(COMPONENTS[item["componentType"]])
    width, count = WIDTHS[item["type"]], item["count"]
    view = own.tree["bufferViews"][item["bufferView"]]
    start = view.get("byteOffset", 0) + item.get("byteOffset", 0)
    step = view.get("byteStride", kind.itemsize * width)
    if start + step * (count - 1) + kind.itemsize * width > len(own.binary):
        raise BadInput(f"the avatar {own.path} is damaged: its meshes are cut off; export it again")
    values = np.ndarray((count, width), kind, own.binary, start, (step, kind.itemsize)).astype(float)
    if item.get("normalized"):
        values = np.maximum(values / np.iinfo(kind).max, -1.0)
    return values
