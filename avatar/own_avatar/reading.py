"""Reading a humanoid avatar."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.avatar.bones import Skeleton, exchanged
from audio_to_body.avatar.gltf_reading import read_glb
from audio_to_body.avatar.own_avatar.bone_map import GUESSED, REQUIRED, find_bones, read_map
from audio_to_body.avatar.own_avatar.extensions import check_required
from audio_to_body.avatar.own_avatar.nodes import parents, world_matrices
from audio_to_body.avatar.own_avatar.rest_pose import is_mirrored, orientation, t_pose
from audio_to_body.geometry.quaternion_arrays import rotate
from audio_to_body.skeleton.refusal import BadInput


@dataclass(frozen=True)
class OwnAvatar:
    """A humanoid that was read from a file.

    Attributes
    ----------
    path : Path
    tree, binary : dict, bytes
        The file's JSON and binary chunk.
    nodes : dict of str to int
        Node of each bone that was found, by VRM name.
    skeleton : Skeleton
        Its joints in a T pose, in metres, facing +z, with the project's names; bones it lacks are filled in.
    upright : np.ndarray [4]
        Rotation that brings the file's directions to the room's.
    scale : float
        Metres per unit of the file.
    stretch : dict of str to np.ndarray [4]
        Rotation that takes each bone from its rest to the T pose, in the room.
    remarks : list of str
        What a person should know: bones not found, units guessed.
    """

    path: Path
    tree: dict[str, Any]
    binary: bytes
    nodes: dict[str, int]
    skeleton: Skeleton
    upright: np.ndarray
    scale: float
    stretch: dict[str, np.ndarray]
    remarks: list[str]


def read_avatar(path: str | os.PathLike[str], bones: str | os.PathLike[str] | None = None) -> OwnAvatar:
    """Read a humanoid avatar.

    Parameters
    ----------
    path : path
        GLB, VRM or glTF.
    bones : path, optional
        A map by hand from bones to nodes (JSON), where names and shape do not tell.

    Raises
    ------
    BadInput
        If the file cannot be read, is not humanoid, or has no skin.
    """
    path = Path(path)
    tree, binary = read_glb(path)
    check_required(tree, path)
    found = find_bones(tree, None if bones is None else read_map(bones, tree))
    nodes = found.nodes
    if found.missing:
        raise BadInput(
            f"the avatar {path} is not a humanoid that can play: {', '.join(found.missing[:4])}"
            f"{' and more' if len(found.missing) > 4 else ''} not found among its {len(tree.get('nodes', []))} nodes;"
            f" python -m audio_to_body.avatar.own_avatar {path} --template prints a map to complete for --bones"
        )
    if not tree.get("skins"):
        raise BadInput(f"the avatar {path} has bones but no skin; export it with its mesh bound to the bones")
    remarks: list[str] = []
    guessed = [bone for bone, way in found.how.items() if way == GUESSED]
    if guessed:
        remarks.append(
            f"{path.name}: {len(guessed)} bones were guessed by their place ({', '.join(guessed[:3])}"
            f"{' …' if len(guessed) > 3 else ''}); python -m audio_to_body.avatar.own_avatar {path.name} lists them"
        )
    astray = [bone for bone in REQUIRED if not _follows(bone, nodes, parents(tree))]
    if astray:
        raise BadInput(
            f"the bones of {path} do not hang together: {astray[0]} does not follow the body; export the bones that"
            " deform alone (in Blender: Export Deformation Bones Only)"
        )
    matrices = world_matrices(tree)
    above = parents(tree)[nodes["hips"]]
    if above >= 0 and abs(np.linalg.det(matrices[above][:3, :3])) < 1e-24:
        raise BadInput(f"the avatar {path} hangs from a node that is scaled to nothing; export it at its size")
    places = matrices[:, :3, 3]
    turned_over = bool(np.linalg.det(matrices[nodes["hips"]][:3, :3]) < 0)
    if is_mirrored(nodes, places, turned_over):
        nodes = {exchanged(bone): node for bone, node in nodes.items()}
        remarks.append(f"{path.name} is mirrored: its left and right were exchanged")
    upright, scale, note = orientation(nodes, places, path)
    remarks += note
    places = rotate(upright, places) * scale
    skeleton, stretch = t_pose(nodes, places)
    lacking = [bone for bone in skeleton.names if bone not in nodes]
    if lacking:
        fingers = [b for b in lacking if any(f in b for f in ("Thumb", "Index", "Middle", "Ring", "Little"))]
        others = [b for b in lacking if b not in fingers]
        if len(fingers) == 30:
            remarks.append(f"{path.name} has no finger bones: its hands stay as they are")
        elif fingers:
            remarks.append(f"{path.name} lacks finger bones: {', '.join(fingers)}")
        if others:
            remarks.append(f"{path.name} lacks {', '.join(others)}: their movement goes to the next bones")
    return OwnAvatar(path, tree, binary, nodes, skeleton, upright, scale, stretch, remarks)


def _follows(bone: str, nodes: dict[str, int], parent: np.ndarray) -> bool:
    """Whether a bone moves when the hips do."""
    node = nodes[bone]
    while node >= 0 and node != nodes["hips"]:
        node = int(parent[node])
    return node >= 0
