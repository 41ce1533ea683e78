"""Avatars of other makers, in small: the mannequin under other names, units, axes and poses."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.avatar.bones import MIXAMO, VRM0, Skeleton, mannequin_skeleton
from audio_to_body.avatar.gltf import Document
from audio_to_body.avatar.rig import proportioned, rig_meshes
from audio_to_body.geometry.quaternion_arrays import about, inverse, multiply, rotate


def changed(path: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    """The same file with another tree: what ``change`` returns, or the tree it changed in place."""
    data = path.read_bytes()
    length = struct.unpack("<I", data[12:16])[0]
    tree = json.loads(data[20 : 20 + length])
    made = change(tree)
    text = json.dumps(tree if made is None else made).encode()
    text += b" " * (-len(text) % 4)
    body = data[20 + length :]
    head = struct.pack("<IIIII", 0x46546C67, 2, 20 + len(text) + len(body), len(text), 0x4E4F534A)
    path.write_bytes(head + text + body)
    return path


Z = np.array([0.0, 0.0, 1.0])


def foreign_avatar(
    path: Path,
    style: str = "mixamo",
    scale: float = 1.0,
    arms_down: float = 0.0,
    fingers: bool = True,
    skin: bool = True,
    turned: np.ndarray | None = None,
    proportions: Mapping[str, float] | None = None,
    whole: bool = False,
) -> Path:
    """Write a humanoid GLB in the manner of another maker.

    ``style`` is ``"mixamo"``, ``"rpm"`` (the same names without prefix), ``"vrm0"``, ``"vrm1"`` (bones named by
    numbers, found only through the extension), ``"unnamed"`` (the same without it) or ``"words"`` (``upper_arm.L``).
    ``arms_down`` lowers the arms by radians (an A pose), ``turned`` rotates the whole file, ``proportions`` are those
    of :func:`audio_to_body.avatar.rig.proportioned`. The skin is the mannequin's shirt, or ``whole``.
    """
    skeleton = proportioned(mannequin_skeleton(), proportions or {})
    keep = [
        i
        for i, name in enumerate(skeleton.names)
        if fingers or not any(f in name for f in ("Thumb", "Index", "Middle", "Ring", "Little"))
    ]
    world = np.tile([0.0, 0.0, 0.0, 1.0], (len(skeleton), 1))
    for side, sign in (("left", -1.0), ("right", 1.0)):
        world[descendants(skeleton, f"{side}UpperArm")] = about(Z, np.array(sign * arms_down))
    turn = np.array([0.0, 0.0, 0.0, 1.0]) if turned is None else turned
    document = Document()
    nodes = document.tree.setdefault("nodes", [])
    index = {bone: place for place, bone in enumerate(keep)}
    rest = np.zeros_like(skeleton.rest)
    for bone in keep:
        parent = int(skeleton.parents[bone])
        above = world[parent] if parent >= 0 else np.array([0.0, 0.0, 0.0, 1.0])
        offset = rotate(above, skeleton.offsets[bone])
        rest[bone] = offset if parent < 0 else rest[parent] + offset
        local = multiply(inverse(above), world[bone])
        place = skeleton.offsets[bone] * scale
        if parent < 0:
            place, local = rotate(turn, place), multiply(turn, local)
        node = {
            "name": _name(skeleton.names[bone], style, bone),
            "translation": place.tolist(),
            "rotation": local.tolist(),
        }
        children = [index[c] for c in keep if skeleton.parents[c] == bone]
        nodes.append({**node, **({"children": children} if children else {})})
    document.tree["scenes"][0]["nodes"] = [0]
    if skin:
        _add_skin(document, skeleton, keep, index, rest, world, turn, scale, whole)
    bones = {skeleton.names[b]: index[b] for b in keep}
    if style == "vrm1":
        table = {name: {"node": node} for name, node in bones.items()}
        meta = {"name": "Somebody", "authors": ["us"], "licenseUrl": "https://vrm.dev/licenses/1.0/"}
        extension = {"specVersion": "1.0", "meta": meta, "humanoid": {"humanBones": table}}
        document.tree["extensions"] = {"VRMC_vrm": extension}
    if style == "vrm0":
        listed = [{"bone": VRM0.get(name, name), "node": node} for name, node in bones.items()]
        # as VRM 0's schema wants them, though empty
        others = {"meta": {"title": "Somebody"}, "materialProperties": [], "secondaryAnimation": {}}
        document.tree["extensions"] = {"VRM": {"humanoid": {"humanBones": listed}, **others}}
    if style in ("vrm0", "vrm1"):
        document.tree["extensionsUsed"] = list(document.tree["extensions"])
    document.write(path)
    return path


def _name(vrm: str, style: str, bone: int) -> str:
    if style == "mixamo":
        return f"mixamorig:{MIXAMO[vrm]}"
    if style == "rpm":
        return MIXAMO[vrm]
    if style == "words":
        words = {"UpperArm": "upper_arm", "LowerArm": "forearm", "Hand": "hand", "Shoulder": "shoulder"}
        for side, mark in (("left", "L"), ("right", "R")):
            if vrm.startswith(side) and vrm[len(side) :] in words:
                return f"{words[vrm[len(side) :]]}.{mark}"
        return vrm if not vrm.startswith(("left", "right")) else f"extra{bone}"
    return f"joint_{bone}"


def _add_skin(document, skeleton, keep, index, rest, world, turn, scale, whole):  # type: ignore[no-untyped-def]
    from audio_to_body.geometry.quaternion_arrays import to_matrix

    meshes = rig_meshes(skeleton, 0.7) if whole else rig_meshes(skeleton, 0.4)[:1]
    inverse_bind = np.zeros((len(keep), 4, 4), np.float32)
    for bone in keep:
        matrix = np.eye(4)
        matrix[:3, :3] = to_matrix(multiply(turn, world[bone]))
        matrix[:3, 3] = rotate(turn, rest[bone]) * scale
        inverse_bind[index[bone]] = np.linalg.inv(matrix).T
    lookup = np.array([index.get(b, index.get(int(skeleton.parents[b]), 0)) for b in range(len(skeleton))])
    from dataclasses import replace

    # the skin as it lies on these bones: lowered with the arms, turned with the whole file
    laid, turns = [], multiply(turn, world)
    for mesh in meshes:
        moved, facing = np.zeros((len(mesh.vertices), 3)), np.zeros((len(mesh.vertices), 3))
        for k in range(4):
            bone, share = mesh.joints[:, k].astype(int), mesh.weights[:, k : k + 1]
            moved += share * (rotate(turns[bone], mesh.vertices - skeleton.rest[bone]) + rotate(turn, rest[bone]))
            facing += share * rotate(turns[bone], mesh.normals)
        joints = lookup[mesh.joints].astype(np.uint8)
        laid.append(replace(mesh, joints=joints, vertices=moved * scale, normals=facing))
    document.add(
        "skins",
        {
            "joints": list(range(len(keep))),
            "inverseBindMatrices": document.accessor(inverse_bind.reshape(-1, 16)),
        },
    )
    body = document.add("nodes", {"name": "body", "mesh": document.mesh("body", laid), "skin": 0})
    document.tree["scenes"][0]["nodes"].append(body)


def descendants(skeleton: Skeleton, name: str) -> list[int]:
    """A bone and everything below it."""
    found = [skeleton.index(name)]
    for bone, parent in enumerate(skeleton.parents):
        if parent in found:
            found.append(bone)
    return found
