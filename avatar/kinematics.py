"""From local rotations to joints in the room, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.avatar.bones import Skeleton
from audio_to_body.geometry.quaternion_arrays import multiply, rotate, to_matrix


@dataclass(frozen=True)
class Pose:
    """Joints in the room over time.

    Attributes
    ----------
    positions : np.ndarray, float64 [frames, bones, 3]
        Metres.
    rotations : np.ndarray, float64 [frames, bones, 4]
        World rotation of each bone relative to its rest.
    """

    positions: np.ndarray
    rotations: np.ndarray


def forward(skeleton: Skeleton, root: np.ndarray, rotations: np.ndarray) -> Pose:
    """Joints and world rotations from local ones.

    Parameters
    ----------
    skeleton : Skeleton
    root : np.ndarray [frames, 3]
        Place of the root bone, metres.
    rotations : np.ndarray [frames, bones, 4]
        Each bone's rotation relative to its parent; identity is the rest pose.
    """
    positions = np.empty((*rotations.shape[:2], 3))
    world = np.empty_like(rotations)
    offsets = skeleton.offsets
    positions[:, 0], world[:, 0] = root, rotations[:, 0]
    for children, parents in generations(skeleton):
        positions[:, children] = positions[:, parents] + rotate(world[:, parents], offsets[children])
        world[:, children] = multiply(world[:, parents], rotations[:, children])
    return Pose(positions, world)


def generations(skeleton: Skeleton) -> list[tuple[np.ndarray, np.ndarray]]:
    """Bones by their distance from the root: (children, their parents) of each generation after the root's."""
    depth = np.zeros(len(skeleton), int)
    for i, parent in enumerate(skeleton.parents):
        depth[i] = 0 if parent < 0 else depth[parent] + 1
    result = []
    for level in range(1, depth.max() + 1):
        children = np.flatnonzero(depth == level)
        result.append((children, skeleton.parents[children]))
    return result


def skinning_matrices(skeleton: Skeleton, pose: Pose, frame: int) -> np.ndarray:
    """Matrices ``[bones, 3, 4]`` that take the rest mesh to one frame of a pose."""
    turn = to_matrix(pose.rotations[frame])
    shift = pose.positions[frame] - np.einsum("bij,bj->bi", turn, skeleton.rest)
    return np.concatenate([turn, shift[..., None]], axis=-1)
