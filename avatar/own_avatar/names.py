"""Which node of a file is which bone: VRM's own tables, and the names that other makers give."""

from __future__ import annotations

import re
from typing import Any

from audio_to_body.avatar.bones import MIXAMO, VRM0

_SYNONYMS = {  # words that rigs use, as VRM's
    "pelvis": "hips", "spine1": "chest", "spine01": "chest", "spine2": "upperChest", "spine02": "upperChest",
    "collar": "Shoulder", "clavicle": "Shoulder", "upperarm": "UpperArm", "arm": "UpperArm", "forearm": "LowerArm",
    "lowerarm": "LowerArm", "upleg": "UpperLeg", "thigh": "UpperLeg", "upperleg": "UpperLeg", "leg": "LowerLeg",
    "lowerleg": "LowerLeg", "shin": "LowerLeg", "calf": "LowerLeg", "foot": "Foot", "toebase": "Toes", "toes": "Toes",
    "toe": "Toes", "hand": "Hand", "wrist": "Hand", "shoulder": "Shoulder",
}  # fmt: skip


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
