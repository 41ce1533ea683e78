"""Where a file's nodes are at rest."""

from __future__ import annotations

from typing import Any

import numpy as np

from audio_to_body.geometry.quaternion_arrays import IDENTITY, from_matrix, to_matrix
from audio_to_body.skeleton.refusal import BadInput


def parents(tree: dict[str, Any]) -> np.ndarray:
    """Parent of each node, -1 for none.

    Raises
    ------
    BadInput
        If a node has two parents.
    """
    nodes = tree.get("nodes", [])
    parent = np.full(len(nodes), -1)
    for i, node in enumerate(nodes):
        for child in node.get("children", []):
            if parent[child] >= 0:
                raise BadInput("the avatar is damaged: its nodes do not form a tree; export it again")
            parent[child] = i
    return parent


def downwards(parent: np.ndarray) -> list[int]:
    """All nodes, parents before children.

    Raises
    ------
    BadInput
        If nodes form a circle.
    """
    children: list[list[int]] = [[] for _ in parent]
    found = []
    for i, above in enumerate(parent):
        if above >= 0:
            children[above].append(i)
        else:
            found.append(i)
    for i in found:  # grows while it is walked
        found.extend(children[i])
    if len(found) < len(parent):
        raise BadInput("the avatar is damaged: its nodes form a circle; export it again")
    return found


def world_matrices(tree: dict[str, Any]) -> np.ndarray:
    """Matrices ``[nodes, 4, 4]`` from each node to the file's own directions, at rest.

    Raises
    ------
    BadInput
        If the nodes do not form a tree, or lie beyond all numbers.
    """
    nodes = tree.get("nodes", [])
    parent = parents(tree)
    matrices = np.zeros((len(nodes), 4, 4))
    with np.errstate(over="ignore", invalid="ignore"):
        for i in downwards(parent):
            own = local_matrix(nodes[i])
            matrices[i] = own if parent[i] < 0 else matrices[parent[i]] @ own
    if not (np.abs(matrices) < 1e30).all():
        raise BadInput("the avatar is damaged: its nodes are scaled beyond all numbers; export it again")
    return matrices


def world_rest(tree: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Places ``[nodes, 3]`` and rotations ``[nodes, 4]`` of all nodes at rest, in the file's own directions.

    A mirrored node (a negative scale above it) has no rotation; it is given that of its axes turned inside out. What
    turns its children seen from it is the same, because a mirroring at a point keeps every rotation.

    Raises
    ------
    BadInput
        If the nodes do not form a tree.
    """
    worlds = world_matrices(tree)
    if not len(worlds):
        return np.zeros((0, 3)), np.zeros((0, 4))
    axes = worlds[:, :3, :3] / np.maximum(np.linalg.norm(worlds[:, :3, :3], axis=1, keepdims=True), 1e-12)
    axes = axes * np.where(np.linalg.det(axes) < 0, -1.0, 1.0)[:, None, None]
    flat = np.abs(np.linalg.det(axes)) < 1e-6  # scaled to nothing: exporters hide things so
    return worlds[:, :3, 3], from_matrix(np.where(flat[:, None, None], np.eye(3), axes))


def local_matrix(node: dict[str, Any]) -> np.ndarray:
    """A node's matrix ``[4, 4]`` seen from its parent."""
    if "matrix" in node:
        return np.array(node["matrix"], float).reshape(4, 4).T
    result = np.eye(4)
    turn = to_matrix(local_rotation(node))
    result[:3, :3] = turn * np.array(node.get("scale", (1, 1, 1)), float)
    result[:3, 3] = node.get("translation", (0, 0, 0))
    return result


def local_rotation(node: dict[str, Any]) -> np.ndarray:
    """A node's rotation ``[4]`` seen from its parent; of a matrix, what is left without scale and mirroring."""
    if "matrix" in node:
        return split(node)["rotation"]
    turn = np.array(node.get("rotation", IDENTITY), float)
    long = float(np.linalg.norm(turn))
    return turn / long if long > 1e-9 else IDENTITY.copy()


def split(node: dict[str, Any]) -> dict[str, np.ndarray]:
    """A node's matrix as translation, rotation and scale (a mirroring goes to the scale of x)."""
    matrix = np.array(node["matrix"], float).reshape(4, 4).T
    scale = np.linalg.norm(matrix[:3, :3], axis=0)
    if np.linalg.det(matrix[:3, :3]) < 0:
        scale[0] = -scale[0]
    axes = matrix[:3, :3] / np.where(np.abs(scale) < 1e-12, 1.0, scale)
    flat = np.abs(np.linalg.det(axes)) < 1e-6
    return {
        "translation": matrix[:3, 3],
        "rotation": IDENTITY.copy() if flat else from_matrix(axes),
        "scale": scale,
    }


class Tree:
    """Who hangs from whom, and where.

    Parameters
    ----------
    tree : dict
        A document.

    Attributes
    ----------
    parent : np.ndarray, int64 [nodes]
        -1 for none.
    depth : np.ndarray, int64 [nodes]
        Nodes above each.
    order : list of int
        All nodes, parents before children.
    children : list of list of int
    places : np.ndarray, float64 [nodes, 3]
        At rest, in the file's directions and units.
    """

    def __init__(self, tree: dict[str, Any]):
        self.parent = parents(tree)
        self.order = downwards(self.parent)
        self.depth = np.zeros(len(self.parent), int)
        self.children: list[list[int]] = [[] for _ in self.parent]
        for i in self.order:
            if self.parent[i] >= 0:
                self.depth[i] = self.depth[self.parent[i]] + 1
                self.children[self.parent[i]].append(i)
        self.places = world_matrices(tree)[:, :3, 3]

    def is_below(self, node: int, other: int) -> bool:
        """Whether ``node`` hangs from ``other``, at any depth."""
        while node >= 0 and self.depth[node] > self.depth[other]:
            node = int(self.parent[node])
            if node == other:
                return True
        return False

    def meeting(self, nodes: list[int]) -> int:
        """The lowest node from which all of these hang, one of them perhaps; of a single one its parent; else -1."""
        if not nodes:
            return -1
        if len(nodes) == 1:
            return int(self.parent[nodes[0]])
        met = nodes[0]
        for node in nodes[1:]:
            while met >= 0 and met != node and not self.is_below(node, met):
                met = int(self.parent[met])
        return met
