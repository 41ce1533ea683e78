"""Which node of a file is which bone, and how that was found; a map by hand where nothing else tells."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audio_to_body.avatar.bones import MIXAMO, SIDES
from audio_to_body.avatar.own_avatar.hierarchy import guessed_bones, guessed_fingers
from audio_to_body.avatar.own_avatar.names import bones_by_name, table_of_vrm
from audio_to_body.avatar.own_avatar.nodes import Tree
from audio_to_body.skeleton.refusal import BadInput

REQUIRED = ("hips", "spine", "head", *(f"{s}{b}" for s in SIDES for b in ("UpperArm", "LowerArm", "Hand")))
BONES = tuple(MIXAMO)  # every bone that plays, by VRM name
BY_MAP, BY_TABLE, BY_NAME, GUESSED = "by the map", "by the file's VRM table", "by its name", "guessed by its place"


@dataclass(frozen=True)
class BoneMap:
    """What was found.

    Attributes
    ----------
    nodes : dict of str to int
        Node of each bone, by VRM name.
    how : dict of str to str
        How each was found.
    """

    nodes: dict[str, int]
    how: dict[str, str]

    @property
    def missing(self) -> list[str]:
        """Bones without which nobody can play."""
        return [bone for bone in REQUIRED if bone not in self.nodes]


def find_bones(tree: dict[str, Any], by_hand: Mapping[str, int] | None = None) -> BoneMap:
    """Find a humanoid's bones: a map by hand before the file's own table, before names, before the shape.

    Parameters
    ----------
    tree : dict
        A checked document.
    by_hand : mapping of str to int, optional
        Nodes that a person named (:func:`read_map`).
    """
    shape = Tree(tree)
    found: dict[str, int] = {}
    how: dict[str, str] = {}

    def take(bones: Mapping[str, int], way: str) -> None:
        used = set(found.values())
        for bone, node in bones.items():
            if bone in BONES and bone not in found and node not in used:
                found[bone], how[bone] = node, way

    take(by_hand or {}, BY_MAP)
    table = table_of_vrm(tree)
    take(table, BY_TABLE)
    if not table or any(bone not in found for bone in REQUIRED):
        take(bones_by_name(tree, shape), BY_NAME)
    if any(bone not in found for bone in REQUIRED):
        take(guessed_bones(tree, shape), GUESSED)
    joints = {j for skin in tree.get("skins", []) for j in skin["joints"]}
    for side in SIDES if not table else ():
        hand = found.get(f"{side}Hand")
        if hand is not None and not any(bone.startswith(side) and _is_finger(bone) for bone in found):
            take(guessed_fingers(hand, side, shape, joints), GUESSED)
    return BoneMap(found, how)


def _is_finger(bone: str) -> bool:
    return any(finger in bone for finger in ("Thumb", "Index", "Middle", "Ring", "Little"))


def read_map(path: str | os.PathLike[str], tree: dict[str, Any]) -> dict[str, int]:
    """Read a map by hand: a JSON object from bones to names (or numbers) of nodes; null where there is none.

    Raises
    ------
    BadInput
        If the file cannot be read, or names a bone or a node that does not exist.
    """
    path = Path(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadInput(f"the map of bones {path} cannot be read ({error.strerror or error})") from None
    except (ValueError, RecursionError) as error:
        raise BadInput(f"the map of bones {path} is no JSON ({error})") from None
    if not isinstance(data, dict):
        raise BadInput(f"the map of bones {path} must be an object from bones to nodes")
    nodes = tree.get("nodes", [])
    index: dict[Any, int] = {}
    for i, node in enumerate(nodes):
        index.setdefault(node.get("name"), i)
    found = {}
    for bone, node in data.items():
        if bone.startswith("_") or node is None:
            continue
        if bone not in BONES:
            raise BadInput(
                f"{path} names a bone '{bone[:40]}', which VRM does not have; it has {', '.join(BONES[:8])} …"
            )
        if isinstance(node, str) and node in index:
            found[bone] = index[node]
        elif isinstance(node, int) and not isinstance(node, bool) and 0 <= node < len(nodes):
            found[bone] = node
        else:
            raise BadInput(f"{path} says that {bone} is {str(node)[:40]!r}, but the avatar has no such node")
    return found


def template(tree: dict[str, Any], found: BoneMap) -> str:
    """A map to complete: what was found, null for what was not, and the names to choose from."""
    names = [node.get("name") for node in tree.get("nodes", [])]
    lines: dict[str, Any] = {"_": "bones to the names (or numbers) of nodes; null where the figure has none"}
    for bone in BONES:
        node = found.nodes.get(bone)
        name = None if node is None else names[node]
        lines[bone] = node if name is None or names.count(name) > 1 else name
    taken = set(found.nodes.values())
    lines["_left_over"] = [name or i for i, name in enumerate(names) if i not in taken]
    return json.dumps(lines, indent=1, ensure_ascii=True)


def report(tree: dict[str, Any], found: BoneMap) -> list[str]:
    """One line a bone: its node, and how it was found."""
    names = [str(node.get("name", f"node {i}")) for i, node in enumerate(tree.get("nodes", []))]
    lines = []
    for bone in BONES:
        if bone in found.nodes:
            lines.append(f"{bone:24s} {names[found.nodes[bone]]:32s} {found.how[bone]}")
        else:
            lines.append(f"{bone:24s} {'-':32s} {'needed, not found' if bone in REQUIRED else 'not found'}")
    return lines
