"""Which node of a file is which bone, as far as tables and names tell.

VRM has its own table. Elsewhere names propose (:mod:`audio_to_body.avatar.own_avatar.words`) and the tree decides:
the hips are above legs and arms, a chain of spine bones is counted from below, of two upper arms the first counts,
fingers are chains whatever their numbers are. What names leave open is guessed by
:mod:`audio_to_body.avatar.own_avatar.hierarchy`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from audio_to_body.avatar.bones import SIDES, VRM0, finger_bones
from audio_to_body.avatar.own_avatar.nodes import Tree
from audio_to_body.avatar.own_avatar.words import Label, finger_of_number, labels

_CENTRE = ("spine", "chest", "upperChest")


def table_of_vrm(tree: dict[str, Any]) -> dict[str, int]:
    """Nodes of bones by a VRM file's own table; nothing where there is none."""
    extensions = tree.get("extensions", {})
    if "VRMC_vrm" in extensions:
        table = extensions["VRMC_vrm"].get("humanoid", {}).get("humanBones", {})
        return {name: bone["node"] for name, bone in table.items() if "node" in bone}
    if "VRM" in extensions:
        listed = extensions["VRM"].get("humanoid", {}).get("humanBones", [])
        back = {old: new for new, old in VRM0.items()}
        return {back.get(b["bone"], b["bone"]): b["node"] for b in listed if "node" in b and "bone" in b}
    return {}


def bones_by_name(tree: dict[str, Any], shape: Tree) -> dict[str, int]:
    """Nodes of the bones that names tell, by VRM name."""
    nodes = tree.get("nodes", [])
    said = labels([node.get("name", "") for node in nodes])
    skinned = {j for skin in tree.get("skins", []) for j in skin["joints"]}
    # exporters that keep a rig's controls mark what bends the skin
    deforming = {i for i, node in enumerate(nodes) if node.get("name", "").startswith("DEF-")}
    named: dict[tuple[str, str], list[int]] = {}
    fingers: dict[str, list[tuple[int, Label]]] = {side: [] for side in SIDES}
    for i in sorted(range(len(nodes)), key=lambda i: (i not in skinned, shape.depth[i], i)):
        label = said[i]
        if label is None or ("mesh" in nodes[i] and i not in skinned) or (len(deforming) > 10 and i not in deforming):
            continue
        if label.part == "Finger":
            fingers[label.side].append((i, label))
        else:
            named.setdefault((label.part, label.side), []).append(i)
    found: dict[str, int] = {}
    for side in SIDES:
        found |= _limbs({part: them for (part, s), them in named.items() if s == side}, side, shape)
        found |= _fingers(fingers[side], found.get(f"{side}Hand", -1), side, shape)
    found |= centre(found, {part: them for (part, s), them in named.items() if not s}, shape)
    return found


def _limbs(nodes: dict[str, list[int]], side: str, shape: Tree) -> dict[str, int]:
    """Arm and leg of a side: what ambiguous words mean beside the others that are there."""
    named = {part: them[0] for part, them in nodes.items()}
    lower = named.get("LowerArm")
    upper = named.get("UpperArm")
    shoulder = named.get("Collar", named.get("Shoulder"))
    if upper is None and lower is not None:
        upper = named.get("Arm")
        if upper is None and "Shoulder" in named:  # named by joints: shoulder, elbow, wrist
            upper, shoulder = named["Shoulder"], named.get("Collar")
            after = [n for n in nodes["Shoulder"] if shape.is_below(n, upper) and shape.is_below(lower, n)]
            if shoulder is None and after:  # two of that name: a collar bone before the joint
                upper, shoulder = after[-1], upper
    elif upper is not None and lower is None:
        lower = named.get("Arm")
    thigh, calf = named.get("UpperLeg"), named.get("LowerLeg")
    if thigh is None and calf is not None:
        thigh = named.get("Leg", named.get("Hip"))
    elif thigh is not None and calf is None:
        calf = named.get("Leg")
    foot, toes = named.get("Foot"), named.get("Toes")
    if "Ankle" in named:
        foot, toes = named["Ankle"], named.get("Toes", foot)
    limbs = {
        "Shoulder": shoulder,
        "UpperArm": upper,
        "LowerArm": lower,
        "Hand": named.get("Hand"),
        "UpperLeg": thigh,
        "LowerLeg": calf,
        "Foot": foot,
        "Toes": toes,
    }
    return {side + part: node for part, node in limbs.items() if node is not None}


def _fingers(named: list[tuple[int, Label]], hand: int, side: str, shape: Tree) -> dict[str, int]:
    meant = finger_of_number([label.number for _, label in named if label.number])
    chains: dict[int, list[int]] = {}
    for node, label in sorted(named, key=lambda item: (shape.depth[item[0]], item[0])):
        finger = label.finger if label.finger >= 0 else meant.get(label.number, -1)
        chain = chains.setdefault(finger, [])
        if finger >= 0 and (not chain or shape.is_below(node, chain[-1])):
            chain.append(node)
    found: dict[str, int] = {}
    for finger, chain in chains.items():
        if finger >= 0:
            found |= dict(zip(finger_bones(side, finger), trimmed(chain, hand, finger, shape)))
    return found


def trimmed(chain: list[int], hand: int, finger: int, shape: Tree) -> list[int]:
    """A finger's three bones: of four, the first is in the palm or the last is the fingertip's end."""
    if len(chain) < 4 or hand < 0:
        return chain[:3]

    def apart(a: int, b: int) -> float:
        return float(np.linalg.norm(shape.places[a] - shape.places[b]))

    in_palm = finger > 0 and apart(hand, chain[0]) < apart(chain[0], chain[1])
    return chain[1:4] if in_palm else chain[:3]


def centre(found: dict[str, int], named: dict[str, list[int]], shape: Tree) -> dict[str, int]:
    """Hips, spine, neck and head: proposed by names, decided by where legs and arms hang.

    Parameters
    ----------
    found : dict of str to int
        Limbs, by VRM name.
    named : dict of str to list of int
        Nodes whose names say ``hips``, ``spine``, ``neck``, ``head``, in the order of preference.
    shape : Tree
    """
    arms = [found[b] for s in SIDES for b in (f"{s}Shoulder", f"{s}UpperArm") if b in found]
    legs = [found[f"{s}UpperLeg"] for s in SIDES if f"{s}UpperLeg" in found]
    chest = shape.meeting(arms)
    result: dict[str, int] = {}
    hips = shape.meeting([chest, *legs]) if chest >= 0 and len(legs) == 2 else -1
    proposed = named.get("hips", [])
    above = [n for n in proposed if all(shape.is_below(x, n) or x == n for x in (*legs, chest) if x >= 0)]
    if above:
        hips = max(above, key=lambda n: shape.depth[n])
    elif hips < 0 and proposed:
        hips = proposed[0]
    if hips >= 0:
        result["hips"] = hips
    heads, necks = named.get("head", []), named.get("neck", [])
    head = next((n for n in heads if hips < 0 or shape.is_below(n, hips)), -1)
    neck = next((n for n in necks if (head < 0 or shape.is_below(head, n)) and not _carries(n, arms, shape)), -1)
    if head < 0 and chest >= 0:  # a spine that goes on above the arms ends in the head (Rigify)
        onwards = [n for n in named.get("spine", []) if shape.is_below(n, chest) and not _carries(n, arms, shape)]
        if onwards:
            head = max(onwards, key=lambda n: shape.depth[n])
            neck = min(onwards, key=lambda n: shape.depth[n])
            neck = -1 if neck == head else neck
    if head >= 0:
        result["head"] = head
    if neck >= 0 and neck != head:
        result["neck"] = neck
    if hips >= 0:
        top = int(shape.parent[neck]) if neck >= 0 and chest in (-1, hips) else chest
        result |= spine_between(hips, top, shape)
    return result


def _carries(node: int, others: list[int], shape: Tree) -> bool:
    return any(shape.is_below(other, node) for other in others)


def spine_between(hips: int, top: int, shape: Tree) -> dict[str, int]:
    """Up to three bones of the chain from the hips (without them) to the one that carries the arms (with it)."""
    chain = []
    node = top
    while node >= 0 and node != hips:
        chain.append(node)
        node = int(shape.parent[node])
    if node != hips or not chain:
        return {}
    chain.reverse()
    if len(chain) > 3:  # first, last, and what is nearest to the middle between them
        lowest, highest = shape.places[chain[0]], shape.places[chain[-1]]
        middle = min(chain[1:-1], key=lambda n: float(np.linalg.norm(shape.places[n] - 0.5 * (lowest + highest))))
        chain = [chain[0], middle, chain[-1]]
    return dict(zip(_CENTRE, chain))
