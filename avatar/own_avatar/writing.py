"""Writing an avatar of one's own with a performance."""

from __future__ import annotations

import os
from copy import deepcopy

import numpy as np

from audio_to_body.avatar.glb import add_instruments
from audio_to_body.avatar.gltf import Animation, Document
from audio_to_body.avatar.own_avatar.nodes import parents, world_matrices, world_rest
from audio_to_body.avatar.own_avatar.reading import OwnAvatar
from audio_to_body.avatar.rotations import continuous, inverse, multiply, rotate
from audio_to_body.avatar.scene import Performance


def write_avatar_glb(own: OwnAvatar, performance: Performance, path: str | os.PathLike[str]) -> None:
    """Write the avatar with the performance as its only animation, and the instruments beside it.

    Parameters
    ----------
    own : OwnAvatar
    performance : Performance
        Retargeted onto ``own.skeleton``.
    path : path
    """
    tree = deepcopy(own.tree)
    tree.pop("animations", None)
    document = Document(tree, own.binary)
    scene = tree["scenes"][tree.get("scene", 0)] if tree.get("scenes") else None
    if scene is None:
        tree["scenes"], tree["scene"] = [{"nodes": []}], 0
        scene = tree["scenes"][0]
        children = {c for node in tree["nodes"] for c in node.get("children", [])}
        scene["nodes"] = [i for i in range(len(tree["nodes"])) if i not in children]
    roots: list[int] = scene["nodes"]
    wrapper = None
    if own.scale != 1.0 or abs(own.upright[3]) < 1 - 1e-9:
        wrapper = document.add(
            "nodes",
            {"name": "avatar", "children": list(roots), "rotation": own.upright.tolist(), "scale": [own.scale] * 3},
        )
        roots[:] = [wrapper]
    animation = Animation(document, "recital", performance.fps, len(performance))
    _animate(own, performance, animation)
    add_instruments(document, performance, animation, roots)
    animation.finish()
    document.write(path)


def _animate(own: OwnAvatar, performance: Performance, animation: Animation) -> None:
    """Local rotations of the avatar's nodes from the performance's world rotations."""
    parent = parents(own.tree)
    _, turns = world_rest(own.tree)
    turns = multiply(own.upright, turns)  # in the room
    names = {node: name for name, node in own.nodes.items() if name in performance.skeleton.names}
    world = performance.pose.rotations
    posed: dict[int, np.ndarray] = {}

    def node_world(i: int) -> np.ndarray:
        """World rotation of a node over time; nodes that are no bones hang from their parents as at rest."""
        if i < 0:
            return np.tile(own.upright, (len(performance), 1))
        if i not in posed:
            if i in names:
                name = names[i]
                turn = multiply(world[:, performance.skeleton.index(name)], own.stretch[name])
                posed[i] = multiply(turn, turns[i])
            elif parent[i] < 0:
                posed[i] = np.tile(turns[i], (len(performance), 1))
            else:
                posed[i] = multiply(node_world(int(parent[i])), multiply(inverse(turns[parent[i]]), turns[i]))
        return posed[i]

    for i, name in names.items():
        above = node_world(int(parent[i]))
        animation.rotation(i, continuous(multiply(inverse(above), node_world(i))))
        if name == "hips":
            animation.translation(i, _hips(own, performance, int(parent[i])))


def _hips(own: OwnAvatar, performance: Performance, parent: int) -> np.ndarray:
    """The hips' place in their parent's directions and units."""
    room = rotate(inverse(own.upright), performance.root) / own.scale
    if parent < 0:
        return room
    matrix = world_matrices(own.tree)[parent]
    inverse_matrix = np.linalg.inv(matrix)
    return room @ inverse_matrix[:3, :3].T + inverse_matrix[:3, 3]
