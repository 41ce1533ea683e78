"""Where a file's nodes are at rest."""

from __future__ import annotations

from typing import Any

import numpy as np

from audio_to_body.avatar.rotations import IDENTITY, from_matrix, to_matrix
from audio_to_body.skeleton.refusal import BadInput


def parents(tree: dict[str, Any]) -> np.ndarray:
    """Parent of each node, -1 for none.

    Raises
    ------
    BadInput
        If a node has two parents or does not exist.
    """
    nodes = tree.get("nodes", [])
    parent = np.full(len(nodes), -1)
    for i, node in enumerate(nodes):
        for child in node.get("children", []):
            if not 0 <= child < len(nodes) or parent[child] >= 0:
                raise BadInput("the avatar is damaged: its nodes do not form a tree; export it again")
            parent[child] = i
    return parent


def world_matrices(tree: dict[str, Any]) -> np.ndarray:
    """Matrices ``[nodes, 4, 4]`` from each node to the file's own directions, at rest.

    Raises
    ------
    BadInput
        If the nodes do not form a tree.
    """
    nodes = tree.get("nodes", [])
    parent = parents(tree)
    matrices: list[np.ndarray | None] = [None] * len(nodes)

    def matrix(i: int, depth: int = 0) -> np.ndarray:
        if depth > len(nodes):
            raise BadInput("the avatar is damaged: its nodes form a circle; export it again")
        known = matrices[i]
        if known is None:
            own = _local_matrix(nodes[i])
            known = own if parent[i] < 0 else matrix(int(parent[i]), depth + 1) @ own
            matrices[i] = known
        return known

    return np.stack([matrix(i) for i in range(len(nodes))]) if nodes else np.zeros((0, 4, 4))


def world_rest(tree: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Places ``[nodes, 3]`` and rotations ``[nodes, 4]`` of all nodes at rest, in the file's own directions.

    Raises
    ------
    BadInput
        If the nodes do not form a tree.
    """
    worlds = world_matrices(tree)
    axes = worlds[:, :3, :3] / np.maximum(np.linalg.norm(worlds[:, :3, :3], axis=1, keepdims=True), 1e-12)
    return worlds[:, :3, 3], from_matrix(axes) if len(worlds) else np.zeros((0, 4))


def _local_matrix(node: dict[str, Any]) -> np.ndarray:
    if "matrix" in node:
        return np.array(node["matrix"], float).reshape(4, 4).T
    result = np.eye(4)
    turn = to_matrix(np.array(node.get("rotation", IDENTITY), float))
    result[:3, :3] = turn * np.array(node.get("scale", (1, 1, 1)), float)
    result[:3, 3] = node.get("translation", (0, 0, 0))
    return result
