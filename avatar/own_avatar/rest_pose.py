"""An avatar's rest pose: its directions and units, and its joints stretched into a T."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from audio_to_body.avatar.bones import HEAD_TOP, SIDES, Skeleton, finger_bones, mannequin_skeleton
from audio_to_body.geometry.quaternion_arrays import IDENTITY, between, from_matrix, rotate
from audio_to_body.geometry.vector_arrays import unit
from audio_to_body.skeleton.refusal import BadInput

USUAL_HEIGHT = 1.70  # m, where a file is in no unit that people use
TURNED_ON_PURPOSE = np.radians(12.0)  # rad about the upright: less is how somebody stands
GROWN = (1.2, 2.3)  # m tall: whom a unit makes so is in that unit, the likeliest tried first
ANY_HEIGHT = (0.55, 4.4)  # m: a child's doll to a giant, in the units that 3-D programs use
UNITS = {"metres": 1.0, "centimetres": 0.01, "millimetres": 0.001}  # m
RARE_UNITS = {"inches": 0.0254, "feet": 0.3048}  # m


def orientation(nodes: dict[str, int], places: np.ndarray, path: Path) -> tuple[np.ndarray, float, list[str]]:
    """Rotation to the room's directions (y up, facing +z, left at +x), metres per unit, and remarks."""
    up = places[nodes["head"]] - places[nodes["hips"]]
    left = places[nodes["leftUpperArm"]] - places[nodes["rightUpperArm"]]
    if not np.linalg.norm(up) > 1e-9 or not np.linalg.norm(left) > 1e-9:
        raise BadInput(f"the avatar {path} has all its bones in one place; export it in its rest pose")

    def snapped(vector: np.ndarray) -> np.ndarray:  # files use whole axes; a slouch must not tilt the room
        axis = np.zeros(3)
        axis[np.argmax(np.abs(vector))] = np.sign(vector[np.argmax(np.abs(vector))])
        return axis

    y, x = snapped(up), snapped(left)
    if abs(x @ y) > 0.5:
        raise BadInput(f"the avatar {path} does not stand in a T or A pose; export it in its rest pose")
    level = left - (left @ y) * y
    if level @ x < np.cos(TURNED_ON_PURPOSE) * np.linalg.norm(level):  # a figure that somebody turned on its feet
        x = level / np.linalg.norm(level)
    z = np.cross(x, y)
    upright = from_matrix(np.stack([x, y, z]))
    remarks = []
    if abs(upright[3]) < 0.999:
        remarks.append(f"{path.name} does not face +z with y up: it was turned")
    tall = stature(nodes, places)
    for units, (least, most) in (({**UNITS, **RARE_UNITS}, GROWN), (UNITS, ANY_HEIGHT)):
        for name, factor in units.items():
            if least <= tall * factor <= most:
                if factor != 1.0:
                    remarks.append(
                        f"{path.name} is in {name}: it was scaled to metres and is {tall * factor:.2f} m tall"
                    )
                return upright, factor, remarks
    remarks.append(f"{path.name} would be {tall:.3g} m tall in metres: it was scaled to {USUAL_HEIGHT:.2f} m")
    return upright, USUAL_HEIGHT / tall, remarks


def stature(nodes: dict[str, int], places: np.ndarray) -> float:
    """How tall a figure is, in the file's units: from its head and feet (or hips) to a whole figure like ours."""
    model = mannequin_skeleton()
    feet = [f"{side}Foot" for side in SIDES if f"{side}Foot" in nodes] or ["hips"]
    spans = [
        float(np.linalg.norm(places[nodes["head"]] - places[nodes[foot]]))
        / float(np.linalg.norm(model.at("head") - model.at(foot)))
        for foot in feet
    ]
    return float(HEAD_TOP[1]) * max(spans)


def is_mirrored(nodes: dict[str, int], places: np.ndarray, turned_over: bool) -> bool:
    """Whether left and right stand exchanged: what is called left is where the right of a person who faces so is.

    Parameters
    ----------
    nodes : dict of str to int
    places : np.ndarray [nodes, 3]
    turned_over : bool
        Whether a scale of the file mirrors the bones; then one sign is enough, else two must agree.
    """
    up = unit(places[nodes["head"]] - places[nodes["hips"]])
    left = unit(places[nodes["leftUpperArm"]] - places[nodes["rightUpperArm"]])
    forward = np.cross(left, up)  # if the names are right

    def ahead(ends: str, starts: str) -> int:
        """Whether something points forward (1), backward (-1) or cannot be seen to (0)."""
        known = [side for side in SIDES if side + ends in nodes and side + starts in nodes]
        way = sum((places[nodes[s + ends]] - places[nodes[s + starts]] for s in known), np.zeros(3))
        share = float(forward @ unit(way))
        return int(np.sign(share)) if abs(share) > 0.4 else 0

    signs = ahead("Toes", "Foot") + ahead("IndexProximal", "LittleProximal")
    return signs < 0 if turned_over else signs <= -2


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
