"""Writing an avatar of one's own with a performance."""

from __future__ import annotations

import os
from copy import deepcopy
from typing import Any

import numpy as np

from audio_to_body.avatar.glb import add_instruments
from audio_to_body.avatar.gltf import Animation, Document
from audio_to_body.avatar.own_avatar.nodes import (
    downwards,
    local_rotation,
    parents,
    split,
    world_matrices,
    world_rest,
)
from audio_to_body.avatar.own_avatar.parts import check_meshes
from audio_to_body.avatar.own_avatar.reading import OwnAvatar
from audio_to_body.avatar.scene import RigMotion
from audio_to_body.geometry.quaternion_arrays import IDENTITY, continuous, inverse, multiply, rotate


def write_avatar_glb(own: OwnAvatar, performance: RigMotion, path: str | os.PathLike[str]) -> None:
    """Write the avatar with the performance as its only animation, and the instruments beside it.

    Parameters
    ----------
    own : OwnAvatar
    performance : RigMotion
        Retargeted onto ``own.skeleton``.
    path : path

    Raises
    ------
    BadInput
        If the avatar's meshes are damaged, or the file cannot be written.
    """
    check_meshes(own)
    tree = deepcopy(own.tree)
    tree.pop("animations", None)
    document = Document(tree, own.binary)
    roots = _shown(tree, own.nodes["hips"])
    wrapper = None
    if own.scale != 1.0 or abs(own.upright[3]) < 1 - 1e-9:
        wrapper = document.add(
            "nodes",
            {"name": "avatar", "children": list(roots), "rotation": own.upright.tolist(), "scale": [own.scale] * 3},
        )
        roots[:] = [wrapper]
    for node in own.nodes.values():  # what is animated may not be a matrix
        if "matrix" in tree["nodes"][node]:
            tree["nodes"][node] |= {key: value.tolist() for key, value in split(tree["nodes"][node]).items()}
            del tree["nodes"][node]["matrix"]
    animation = Animation(document, "recital", performance.fps, len(performance))
    _animate(own, performance, animation)
    add_instruments(document, performance, animation, roots)
    animation.finish()
    document.write(path)


def _shown(tree: dict[str, Any], node: int) -> list[int]:
    """Roots of the scene that shows a node, which becomes the first one seen."""
    parent = parents(tree)
    root = node
    while parent[root] >= 0:
        root = int(parent[root])
    scenes = tree.setdefault("scenes", [])
    chosen = tree.get("scene", 0)
    for i in (chosen, *range(len(scenes))):
        if i < len(scenes) and root in scenes[i].get("nodes", []):
            tree["scene"] = i
            roots: list[int] = scenes[i]["nodes"]
            return roots
    tree["scene"] = len(scenes)
    scenes.append({"nodes": [int(i) for i in np.flatnonzero(parent < 0)]})
    roots = scenes[-1]["nodes"]
    return roots


def _animate(own: OwnAvatar, performance: RigMotion, animation: Animation) -> None:
    """Local rotations of the avatar's nodes from the performance's world rotations."""
    parent = parents(own.tree)
    _, turns = world_rest(own.tree)
    turns = multiply(own.upright, turns)  # in the room
    names = {node: name for name, node in own.nodes.items() if name in performance.skeleton.names}
    world = performance.pose.rotations
    still = np.tile(IDENTITY, (len(performance), 1))
    moved: list[np.ndarray] = [still] * len(parent)  # from rest to the pose, in the room
    for i in downwards(parent):
        above, turn = (moved[parent[i]], turns[parent[i]]) if parent[i] >= 0 else (still, own.upright)
        if i not in names:  # hangs from its parent as at rest
            moved[i] = above
            continue
        name = names[i]
        moved[i] = multiply(world[:, performance.skeleton.index(name)], own.stretch[name])
        # the movement seen from the parent: the same whether or not a parent is mirrored
        seen = multiply(multiply(inverse(turn), multiply(inverse(above), moved[i])), turn)
        animation.rotation(i, continuous(multiply(seen, local_rotation(own.tree["nodes"][i]))))
        if name == "hips":
            animation.translation(i, _hips(own, performance, int(parent[i])))


def _hips(own: OwnAvatar, performance: RigMotion, parent: int) -> np.ndarray:
    """The hips' place in their parent's directions and units."""
    room = rotate(inverse(own.upright), performance.root) / own.scale
    if parent < 0:
        return room
    matrix = world_matrices(own.tree)[parent]
    inverse_matrix = np.linalg.inv(matrix)
    return room @ inverse_matrix[:3, :3].T + inverse_matrix[:3, 3]
