"""Onto one's own avatar: any humanoid GLB or VRM, its bones found by name, its rest pose respected.

The avatar's joints are read in its rest pose, stretched into a T, and become a skeleton with the project's bone
names: retargeting then solves for these proportions. Written rotations go back to the avatar's own rest pose.
"""

from __future__ import annotations

import os
import re
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from avatar.bones import MIXAMO, SIDES, VRM0, Skeleton, finger_bones, mannequin_skeleton
from avatar.glb import add_instruments
from avatar.gltf import Animation, Document, read_glb
from avatar.rotations import IDENTITY, between, continuous, from_matrix, inverse, multiply, rotate, to_matrix, unit
from avatar.scene import Performance
from skeleton.refusal import BadInput

REQUIRED = ("hips", "spine", "head", *(f"{s}{b}" for s in SIDES for b in ("UpperArm", "LowerArm", "Hand")))
HUMAN_HEIGHT = (0.4, 3.0)  # m, hips to head times two: a child's doll to a giant
_SYNONYMS = {  # words that rigs use, as VRM's
    "pelvis": "hips", "spine1": "chest", "spine01": "chest", "spine2": "upperChest", "spine02": "upperChest",
    "collar": "Shoulder", "clavicle": "Shoulder", "upperarm": "UpperArm", "arm": "UpperArm", "forearm": "LowerArm",
    "lowerarm": "LowerArm", "upleg": "UpperLeg", "thigh": "UpperLeg", "upperleg": "UpperLeg", "leg": "LowerLeg",
    "lowerleg": "LowerLeg", "shin": "LowerLeg", "calf": "LowerLeg", "foot": "Foot", "toebase": "Toes", "toes": "Toes",
    "toe": "Toes", "hand": "Hand", "wrist": "Hand", "shoulder": "Shoulder",
}  # fmt: skip


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


def bones_by_name(tree: dict[str, Any]) -> dict[str, int]:
    """Nodes of humanoid bones: VRM's own table where there is one, else known and common names."""
    extensions = tree.get("extensions", {})
    if "VRMC_vrm" in extensions:
        table = extensions["VRMC_vrm"].get("humanoid", {}).get("humanBones", {})
        return {name: int(bone["node"]) for name, bone in table.items() if "node" in bone}
    if "VRM" in extensions:
        listed = extensions["VRM"].get("humanoid", {}).get("humanBones", [])
        back = {old: new for new, old in VRM0.items()}
        return {back.get(b["bone"], b["bone"]): int(b["node"]) for b in listed if "node" in b and "bone" in b}
    known = {_plain(vrm): vrm for vrm in MIXAMO} | {_plain(theirs): vrm for vrm, theirs in MIXAMO.items()}
    found: dict[str, int] = {}
    joints = {j for skin in tree.get("skins", []) for j in skin.get("joints", [])}
    for i, node in enumerate(tree.get("nodes", [])):
        if joints and i not in joints:
            continue
        vrm = known.get(_plain(node.get("name", ""))) or _common_name(node.get("name", ""))
        if vrm is not None:
            found.setdefault(vrm, i)
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.split(":")[-1].lower().replace("mixamorig", ""))


def _common_name(name: str) -> str | None:
    words = re.sub(r"([a-z])([A-Z])", r"\1 \2", name.split(":")[-1])
    parts = [
        w for w in re.split(r"[^A-Za-z0-9]+", words.lower()) if w and w not in ("def", "bip001", "j", "bip", "c")
    ]
    side = ""
    for mark, value in (("left", "left"), ("right", "right"), ("l", "left"), ("r", "right")):
        if mark in parts:
            parts.remove(mark)
            side = value
            break
    word = "".join(parts)
    if not side:
        return {**{n: n for n in ("hips", "spine", "chest", "neck", "head")}, **_SYNONYMS}.get(word)
    return side + _SYNONYMS[word] if word in _SYNONYMS else None


def read_avatar(path: str | os.PathLike[str]) -> OwnAvatar:
    """Read a humanoid avatar.

    Raises
    ------
    BadInput
        If the file cannot be read, is not humanoid, or has no skin.
    """
    path = Path(path)
    tree, binary = read_glb(path)
    nodes = bones_by_name(tree)
    missing = [bone for bone in REQUIRED if bone not in nodes]
    if missing:
        raise BadInput(
            f"the avatar {path} is not a humanoid that can play: {', '.join(missing[:4])}"
            f"{' and more' if len(missing) > 4 else ''} not found among its {len(tree.get('nodes', []))} nodes;"
            " name its bones as VRM, Mixamo or Ready Player Me do"
        )
    if not tree.get("skins"):
        raise BadInput(f"the avatar {path} has bones but no skin; export it with its mesh bound to the bones")
    remarks = []
    places, _ = world_rest(tree)
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


def world_rest(tree: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Places ``[nodes, 3]`` and rotations ``[nodes, 4]`` of all nodes at rest, in the file's own directions.

    Raises
    ------
    BadInput
        If the nodes do not form a tree.
    """
    nodes = tree.get("nodes", [])
    parent = np.full(len(nodes), -1)
    for i, node in enumerate(nodes):
        for child in node.get("children", []):
            if not 0 <= child < len(nodes) or parent[child] >= 0:
                raise BadInput("the avatar is damaged: its nodes do not form a tree; export it again")
            parent[child] = i
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

    worlds = np.stack([matrix(i) for i in range(len(nodes))]) if nodes else np.zeros((0, 4, 4))
    axes = worlds[:, :3, :3] / np.maximum(np.linalg.norm(worlds[:, :3, :3], axis=1, keepdims=True), 1e-12)
    return worlds[:, :3, 3], from_matrix(axes) if len(nodes) else np.zeros((0, 4))


def _local_matrix(node: dict[str, Any]) -> np.ndarray:
    if "matrix" in node:
        return np.array(node["matrix"], float).reshape(4, 4).T
    result = np.eye(4)
    turn = to_matrix(np.array(node.get("rotation", IDENTITY), float))
    result[:3, :3] = turn * np.array(node.get("scale", (1, 1, 1)), float)
    result[:3, 3] = node.get("translation", (0, 0, 0))
    return result


def orientation(nodes: dict[str, int], places: np.ndarray, path: Path) -> tuple[np.ndarray, float, list[str]]:
    """Rotation to the room's directions (y up, facing +z, left at +x), metres per unit, and remarks."""
    up = places[nodes["head"]] - places[nodes["hips"]]
    left = places[nodes["leftUpperArm"]] - places[nodes["rightUpperArm"]]
    height = 2.0 * float(np.linalg.norm(up))
    if not height > 1e-6 or not np.linalg.norm(left) > 1e-6:
        raise BadInput(f"the avatar {path} has all its bones in one place; export it in its rest pose")

    def snapped(vector: np.ndarray) -> np.ndarray:  # files use whole axes; a slouch must not tilt the room
        axis = np.zeros(3)
        axis[np.argmax(np.abs(vector))] = np.sign(vector[np.argmax(np.abs(vector))])
        return axis

    y, x = snapped(up), snapped(left)
    if abs(x @ y) > 0.5:
        raise BadInput(f"the avatar {path} does not stand in a T or A pose; export it in its rest pose")
    z = np.cross(x, y)
    upright = from_matrix(np.stack([x, y, z]))
    remarks = []
    if abs(upright[3]) < 0.999:
        remarks.append(f"{path.name} does not face +z with y up: it was turned")
    scale = 1.0
    for unit_name, factor in (("metres", 1.0), ("centimetres", 0.01), ("millimetres", 0.001)):
        if HUMAN_HEIGHT[0] <= height * factor <= HUMAN_HEIGHT[1]:
            scale = factor
            if factor != 1.0:
                remarks.append(f"{path.name} is in {unit_name}: it was scaled to metres")
            return upright, scale, remarks
    raise BadInput(f"the avatar {path} would be {height:.3g} m tall in metres; export it in metres")


def t_pose(nodes: dict[str, int], places: np.ndarray) -> tuple[Skeleton, dict[str, np.ndarray]]:
    """The avatar's joints stretched into the T pose, and each bone's rotation from its rest to that pose."""
    model = mannequin_skeleton()
    size = float(np.linalg.norm(places[nodes["head"]] - places[nodes["hips"]])) / float(
        np.linalg.norm(model.at("head") - model.at("hips"))
    )
    aims = _children_to_aim(model)
    rest = np.zeros_like(model.rest)
    stretch: dict[str, np.ndarray] = {}
    own = {name: places[node] for name, node in nodes.items() if name in model.names}
    floor = min((p[1] for p in own.values()), default=0.0) - 0.02 * size
    turns = np.tile(IDENTITY, (len(model), 1))
    for i, name in enumerate(model.names):
        parent = int(model.parents[i])
        if parent < 0:
            rest[i] = own[name] - np.array([0.0, floor, 0.0])
        elif name in own:
            above = _nearest_known(model, parent, own)
            offset = own[name] - own[model.names[above]]
            rest[i] = rest[above] + rotate(turns[above], offset)
        else:
            rest[i] = rest[parent] + size * model.offsets[i]
        child = aims.get(name)
        turn = turns[parent] if parent >= 0 else IDENTITY
        if name in own and child in own and name not in ("hips", "spine", "chest", "upperChest", "neck"):
            now = unit(own[child] - own[name])
            turn = between(now, unit(model.at(child) - model.at(name)))
        turns[i] = turn
        stretch[name] = turn
    tips = rest + size * (model.tips - model.rest)
    for i in range(len(model)):
        for child_index in np.flatnonzero(model.parents == i):
            if np.allclose(model.tips[i], model.rest[child_index]):
                tips[i] = rest[child_index]
    return Skeleton(model.names, model.parents, rest, tips), stretch


def _children_to_aim(model: Skeleton) -> dict[str, str]:
    aims = {}
    for side in SIDES:
        chain = ("Shoulder", "UpperArm", "LowerArm", "Hand")
        for a, b in zip(chain, chain[1:]):
            aims[side + a] = side + b
        aims[f"{side}Hand"] = f"{side}MiddleProximal"
        aims[f"{side}UpperLeg"], aims[f"{side}LowerLeg"] = f"{side}LowerLeg", f"{side}Foot"
        for f in range(5):
            first, second, third = finger_bones(side, f)
            aims[first], aims[second] = second, third
    return aims


def _nearest_known(model: Skeleton, bone: int, own: dict[str, np.ndarray]) -> int:
    while model.names[bone] not in own:
        bone = int(model.parents[bone])
    return bone


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
    nodes = own.tree["nodes"]
    parent = np.full(len(nodes), -1)
    for i, node in enumerate(nodes):
        for child in node.get("children", []):
            parent[child] = i
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
    matrix = _world_matrix(own.tree, parent)
    inverse_matrix = np.linalg.inv(matrix)
    return room @ inverse_matrix[:3, :3].T + inverse_matrix[:3, 3]


def _world_matrix(tree: dict[str, Any], node: int) -> np.ndarray:
    above = {c: i for i, n in enumerate(tree["nodes"]) for c in n.get("children", [])}
    result = _local_matrix(tree["nodes"][node])
    while node in above:
        node = above[node]
        result = _local_matrix(tree["nodes"][node]) @ result
    return result
