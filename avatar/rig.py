"""The project's own rig: the mannequin's meshes on a skeleton with a performer's proportions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np

from audio_to_body.avatar.bones import SIDES, Skeleton, finger_bones
from audio_to_body.avatar.mannequin import mannequin
from audio_to_body.avatar.mesh import Mesh

SCALABLE = {  # which bones' lengths a proportion scales: joints whose offset from their parent grows
    "shoulders": ("leftUpperArm", "rightUpperArm"),
    "hand": tuple(bone for side in SIDES for finger in range(5) for bone in finger_bones(side, finger)),
    "spine": ("spine", "chest", "upperChest"),
    "upper_arm": ("leftLowerArm", "rightLowerArm"),
    "forearm": ("leftHand", "rightHand"),
}


def proportioned(skeleton: Skeleton, scales: Mapping[str, float]) -> Skeleton:
    """A skeleton with other bone lengths.

    Parameters
    ----------
    skeleton : Skeleton
    scales : mapping of str to float
        ``"spine"``, ``"shoulders"``, ``"upper_arm"``, ``"forearm"``, ``"hand"`` relative to the given skeleton;
        ``"body"`` for all that is not named.
    """
    growth = np.full(len(skeleton), float(scales.get("body", 1.0)))
    for part, scale in scales.items():
        for bone in SCALABLE.get(part, ()):
            growth[skeleton.index(bone)] = scale
    if "spine" in scales:  # the chest's own upper half grows with the spine
        for bone in ("neck", "leftShoulder", "rightShoulder"):
            growth[skeleton.index(bone)] = scales["spine"]
    offsets = skeleton.offsets * growth[:, None]
    for side in SIDES:  # collar bones grow with the spine upwards only: shoulders stay as wide as they are
        i, outer = skeleton.index(f"{side}Shoulder"), growth[skeleton.index(f"{side}UpperArm")]
        offsets[i] = skeleton.offsets[i] * [outer, growth[i], outer]
    rest = np.empty_like(skeleton.rest)
    for i, parent in enumerate(skeleton.parents):
        rest[i] = offsets[i] if parent < 0 else rest[parent] + offsets[i]
    tips = rest + (skeleton.tips - skeleton.rest) * growth[:, None]
    for i in range(len(skeleton)):
        children = np.flatnonzero(skeleton.parents == i)
        for child in children:
            if np.allclose(skeleton.tips[i], skeleton.rest[child]):
                tips[i] = rest[child]
    return Skeleton(skeleton.names, skeleton.parents, rest, tips)


def rig_meshes(skeleton: Skeleton, detail: float = 1.0) -> tuple[Mesh, ...]:
    """The mannequin's meshes on a skeleton of its kind, the skin stretched with the bones."""
    base, meshes = mannequin(detail)
    if np.allclose(base.rest, skeleton.rest):
        return meshes
    return _stretched(skeleton.rest.tobytes(), detail)


@lru_cache(maxsize=4)
def _stretched(rest: bytes, detail: float) -> tuple[Mesh, ...]:
    base, meshes = mannequin(detail)
    joints = np.frombuffer(rest, float).reshape(-1, 3)
    result = []
    for mesh in meshes:
        moved = np.zeros_like(mesh.vertices)
        for k in range(4):
            bone = mesh.joints[:, k]
            moved += mesh.weights[:, k : k + 1] * _along_bone(base, joints, bone, mesh.vertices)
        result.append(replace(mesh, vertices=moved))
    return tuple(result)


def _along_bone(base: Skeleton, joints: np.ndarray, bone: np.ndarray, vertices: np.ndarray) -> np.ndarray:
    """Where vertices go when their bone is stretched: along it in proportion, around it unchanged."""
    child = np.full(len(base), -1)
    for i, parent in enumerate(base.parents):
        if parent >= 0 and np.allclose(base.tips[parent], base.rest[i]):
            child[parent] = i
    start, new_start = base.rest[bone], joints[bone]
    has = child[bone] >= 0
    end = np.where(has[:, None], base.rest[child[bone]], base.tips[bone])
    new_end = np.where(has[:, None], joints[child[bone]], new_start + (end - start))
    axis = end - start
    share = np.clip(np.einsum("ni,ni->n", vertices - start, axis) / np.einsum("ni,ni->n", axis, axis), 0, 1)[:, None]
    return vertices - (start + share * axis) + new_start + share * (new_end - new_start)
