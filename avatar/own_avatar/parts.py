"""The parts of an avatar's meshes as its file has them: places, weights on joints, triangles, paint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from audio_to_body.avatar.gltf_check import WIDTHS
from audio_to_body.avatar.own_avatar.arrays import array, inside, sized
from audio_to_body.avatar.own_avatar.draco import DRACO, unpacked
from audio_to_body.avatar.own_avatar.reading import OwnAvatar
from audio_to_body.skeleton.refusal import BadInput

TRIANGLES, STRIP, FAN = 4, 5, 6  # glTF's modes that have surfaces
MOST_VERTICES = 1_000_000  # of all parts together: 20 times what a fine character has


@dataclass(frozen=True)
class Part:
    """Vertices that share a material, in their mesh's own directions.

    Attributes
    ----------
    name : str
    node : int
        The node that shows the mesh.
    skin : int or None
    places, normals : np.ndarray [vertices, 3]
        Normals are 0 where the file has none.
    uv : dict of int to np.ndarray [vertices, 2]
        Places on textures, by set.
    paint : np.ndarray [vertices, 4]
        Linear colours and opacity of the vertices, 1 where the file has none.
    triangles : np.ndarray [triangles, 3]
    joints, weights : np.ndarray [vertices, k]
        Empty without a skin; weights of a vertex sum to 1.
    bind : np.ndarray [joints, 4, 4]
        The skin's inverse bind matrices.
    material : int or None
    """

    name: str
    node: int
    skin: int | None
    places: np.ndarray
    normals: np.ndarray
    uv: dict[int, np.ndarray]
    paint: np.ndarray
    triangles: np.ndarray
    joints: np.ndarray
    weights: np.ndarray
    bind: np.ndarray
    material: int | None


def parts(own: OwnAvatar, bones: np.ndarray) -> Iterator[Part]:
    """Everything with a surface that a bone carries.

    Parameters
    ----------
    own : OwnAvatar
    bones : np.ndarray [nodes]
        Which bone carries each node, -1 for none.
    """
    vertices = 0
    for i, node in enumerate(own.tree.get("nodes", [])):
        if "mesh" not in node:
            continue
        mesh = own.tree["meshes"][node["mesh"]]
        morphs = np.array(node.get("weights", mesh.get("weights", [])), float)
        for described in mesh["primitives"]:
            skinned = "skin" in node and "JOINTS_0" in described["attributes"]
            if not skinned and bones[i] < 0:
                continue  # nothing that a bone carries
            if described.get("mode", TRIANGLES) < TRIANGLES or "POSITION" not in described["attributes"]:
                continue  # points and lines
            vertices += own.tree["accessors"][described["attributes"]["POSITION"]]["count"]
            if vertices > MOST_VERTICES:
                raise BadInput(
                    f"the avatar {own.path} has more than {MOST_VERTICES:,} vertices to draw; export it with fewer"
                )
            yield _part(own, mesh.get("name", "mesh"), i, node["skin"] if skinned else None, described, morphs)


def _part(
    own: OwnAvatar, name: str, node: int, skin: int | None, described: dict[str, Any], morphs: np.ndarray
) -> Part:
    read = described["attributes"]
    loose = unpacked(own, described)

    def values(name: str, width: int, count: int | None = None) -> np.ndarray:
        return array(own, read[name], width, count) if name not in loose else sized(own, loose[name], width, count)

    places = values("POSITION", 3)
    count = len(places)
    normals = values("NORMAL", 3, count) if "NORMAL" in read else np.zeros((count, 3))
    for weight, target in zip(morphs, described.get("targets", [])):
        if weight and "POSITION" in target:
            places = places + weight * array(own, target["POSITION"], 3, count)
        if weight and "NORMAL" in target:
            normals = normals + weight * array(own, target["NORMAL"], 3, count)
    uv = {k: values(f"TEXCOORD_{k}", 2, count) for k in range(8) if f"TEXCOORD_{k}" in read}
    paint = np.ones((count, 4))
    if "COLOR_0" in read:
        width = 3 if WIDTHS[own.tree["accessors"][read["COLOR_0"]]["type"]] == 3 else 4
        paint[:, :width] = np.clip(values("COLOR_0", width, count), 0, 1)
    if "indices" in loose:
        order = inside(own, loose["indices"], count)
    elif "indices" in described:
        order = inside(own, array(own, described["indices"], 1).astype(int).ravel(), count)
    else:
        order = np.arange(count)
    joints, weights, bind = _weights(own, read, values, skin, count)
    return Part(
        name,
        node,
        skin,
        places,
        normals,
        uv,
        paint,
        _triangles(order, described.get("mode", TRIANGLES) if "indices" not in loose else TRIANGLES),
        joints,
        weights,
        bind,
        described.get("material"),
    )


def _triangles(order: np.ndarray, mode: int) -> np.ndarray:
    """Corners ``[n, 3]`` of a list, a strip (every second one turned over) or a fan."""
    if mode == TRIANGLES:
        return order[: len(order) - len(order) % 3].reshape(-1, 3)
    if mode == FAN:
        return np.stack(
            [np.full(max(len(order) - 2, 0), order[0] if len(order) else 0), order[1:-1], order[2:]], axis=1
        )
    found = np.stack([order[:-2], order[1:-1], order[2:]], axis=1)
    found[1::2] = found[1::2][:, [1, 0, 2]]
    return found


def _weights(
    own: OwnAvatar, read: dict[str, int], values: Callable[..., np.ndarray], skin: int | None, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Joints, weights and bind matrices of a part; all sets of four together."""
    if skin is None:
        return np.zeros((count, 0), int), np.zeros((count, 0)), np.zeros((0, 4, 4))
    described = own.tree["skins"][skin]
    many = len(described["joints"])
    sets = [k for k in range(8) if f"JOINTS_{k}" in read and f"WEIGHTS_{k}" in read]
    if not sets:
        raise BadInput(f"the avatar {own.path} is damaged: a mesh has joints without weights; export it again")
    joints = np.concatenate([values(f"JOINTS_{k}", 4, count) for k in sets], axis=1).astype(int)
    weights = np.maximum(np.concatenate([values(f"WEIGHTS_{k}", 4, count) for k in sets], axis=1), 0)
    # exporters write joints that a skin does not have, mostly without weight: they pull nothing
    weights = np.where((joints >= 0) & (joints < many), weights, 0.0)
    joints = np.where(weights > 0, joints, 0)
    total = weights.sum(axis=1, keepdims=True)
    weights = weights / np.maximum(total, 1e-9)
    weights[total[:, 0] <= 0, 0] = 1.0  # on the first joint, as other programs do
    if "inverseBindMatrices" not in described:
        return joints, weights, np.tile(np.eye(4), (many, 1, 1))
    bind = array(own, described["inverseBindMatrices"], 16).reshape(-1, 4, 4).transpose(0, 2, 1)
    if len(bind) < many:
        raise BadInput(f"the avatar {own.path} is damaged: joints without bind matrices; export it again")
    return joints, weights, bind[:many]  # more than joints are allowed


def check_meshes(own: OwnAvatar) -> None:
    """Refuse meshes whose triangles point nowhere: programs that open the written file would fail on them.

    Meshes that are compressed are carried unread.

    Raises
    ------
    BadInput
        If one does.
    """
    accessors, views = own.tree.get("accessors", []), own.tree.get("bufferViews", [])

    def readable(which: int | None) -> bool:
        return which is not None and (
            "bufferView" in accessors[which] and views[accessors[which]["bufferView"]]["buffer"] == 0
        )

    for node in own.tree.get("nodes", []):
        if "mesh" not in node:
            continue
        for described in own.tree["meshes"][node["mesh"]]["primitives"]:
            read = described["attributes"]
            if DRACO in described.get("extensions", {}) or not readable(read.get("POSITION")):
                continue
            count = accessors[read["POSITION"]]["count"]
            if readable(described.get("indices")):
                inside(own, array(own, described["indices"], 1).astype(int).ravel(), count)
