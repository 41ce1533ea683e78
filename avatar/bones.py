"""The humanoid skeleton: bones by their VRM names, where they rest, and what other rigs call them.

Rest pose is VRM's: a T, arms along x, palms down, facing +z, left hand at +x, up +y, metres.
Hand proportions are those of the virtual recitals, so that both rooms know one hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.musician.hands import BONES as FINGER_BONES
from audio_to_body.musician.hands import ROOTS as FINGER_ROOTS

SIDES = ("left", "right")
FINGERS = ("Thumb", "Index", "Middle", "Ring", "Little")
SEGMENTS = ("Proximal", "Intermediate", "Distal")
THUMB_SEGMENTS = ("Metacarpal", "Proximal", "Distal")

_CENTRE = {
    "hips": (None, (0.0, 0.945, 0.0)),
    "spine": ("hips", (0.0, 1.05, -0.008)),
    "chest": ("spine", (0.0, 1.17, -0.014)),
    "upperChest": ("chest", (0.0, 1.29, -0.022)),
    "neck": ("upperChest", (0.0, 1.452, -0.026)),
    "head": ("neck", (0.0, 1.545, -0.006)),
}
_SIDE = {
    "Shoulder": ("upperChest", (0.03, 1.415, -0.012)),
    "UpperArm": ("Shoulder", (0.178, 1.405, -0.022)),
    "LowerArm": ("UpperArm", (0.458, 1.405, -0.022)),
    "Hand": ("LowerArm", (0.708, 1.405, -0.022)),
    "UpperLeg": ("hips", (0.092, 0.915, 0.0)),
    "LowerLeg": ("UpperLeg", (0.094, 0.495, 0.006)),
    "Foot": ("LowerLeg", (0.096, 0.085, -0.02)),
    "Toes": ("Foot", (0.102, 0.022, 0.105)),
}
# direction of each finger at rest: outwards, thumb's side, back of the hand
FINGER_DIRECTIONS = np.array(
    [[0.72, 0.66, -0.2], [0.995, 0.085, 0.0], [1.0, 0.01, 0.0], [0.996, -0.065, 0.0], [0.985, -0.15, 0.0]]
)
HEAD_TOP = np.array([0.0, 1.735, 0.0])


@dataclass(frozen=True)
class Skeleton:
    """Bones in an order where parents come first.

    Attributes
    ----------
    names : tuple of str
        VRM humanoid names.
    parents : np.ndarray, int64 [bones]
        Index of the parent, -1 for the root.
    rest : np.ndarray, float64 [bones, 3]
        Joints in the rest pose, metres.
    tips : np.ndarray, float64 [bones, 3]
        End of each bone in the rest pose (fingertips, toes, top of the head at the chains' ends).
    """

    names: tuple[str, ...]
    parents: np.ndarray
    rest: np.ndarray
    tips: np.ndarray

    def __len__(self) -> int:
        return len(self.names)

    def index(self, name: str) -> int:
        """Index of a bone by its VRM name; raises ``ValueError`` when there is none."""
        return self.names.index(name)

    def at(self, name: str) -> np.ndarray:
        """A joint's place in the rest pose, ``[3]``."""
        return self.rest[self.index(name)]

    @property
    def offsets(self) -> np.ndarray:
        """Each joint seen from its parent's, ``[bones, 3]``; the root's from the origin."""
        return np.where(self.parents[:, None] < 0, self.rest, self.rest - self.rest[self.parents])


def finger_bones(side: str, finger: int) -> tuple[str, str, str]:
    """VRM names of a finger's three bones, from the palm outwards; ``finger`` 0 is the thumb."""
    segments = THUMB_SEGMENTS if finger == 0 else SEGMENTS
    first, second, third = (f"{side}{FINGERS[finger]}{segment}" for segment in segments)
    return first, second, third


def exchanged(bone: str) -> str:
    """The same bone of the other side; a bone of the middle is its own."""
    for side, other in (SIDES, SIDES[::-1]):
        if bone.startswith(side):
            return other + bone[len(side) :]
    return bone


def mannequin_skeleton() -> Skeleton:
    """The skeleton of the project's own musician: 1.73 m tall, 52 bones."""
    names: list[str] = []
    parents: list[int] = []
    rest: list[np.ndarray] = []
    tips: list[np.ndarray] = []

    def add(name: str, parent: str | None, at: np.ndarray, tip: np.ndarray | None = None) -> None:
        names.append(name)
        parents.append(-1 if parent is None else names.index(parent))
        rest.append(np.asarray(at, float))
        tips.append(np.asarray(at if tip is None else tip, float))

    for name, (parent, at) in _CENTRE.items():
        add(name, parent, np.array(at))
    for side, sign in zip(SIDES, (1.0, -1.0)):
        mirror = np.array([sign, 1.0, 1.0])
        for name, (parent, at) in _SIDE.items():
            # the paper's spine ends between the shoulders; legs hang from the hips
            add(side + name, parent if parent in _CENTRE else side + parent, np.array(at) * mirror)
            if name == "Hand":
                for finger in range(5):
                    _add_finger(add, side, finger, np.array(at), mirror)
    skeleton = Skeleton(tuple(names), np.array(parents), np.array(rest), np.array(tips))
    return _with_tips(skeleton)


def _add_finger(add, side: str, finger: int, wrist: np.ndarray, mirror: np.ndarray) -> None:  # type: ignore[no-untyped-def]
    def outwards(v: np.ndarray) -> np.ndarray:  # hand's own directions to a left hand at rest
        return np.array([v[0], v[2], v[1]])

    direction = outwards(FINGER_DIRECTIONS[finger] / np.linalg.norm(FINGER_DIRECTIONS[finger]))
    at = wrist + outwards(FINGER_ROOTS[finger])
    parent = f"{side}Hand"
    for name, length in zip(finger_bones(side, finger), FINGER_BONES[finger]):
        add(name, parent, at * mirror, (at + length * direction) * mirror)
        parent, at = name, at + length * direction


def _with_tips(skeleton: Skeleton) -> Skeleton:
    tips = skeleton.tips.copy()
    onwards = {"upperChest": "neck", "hips": "spine"}
    for i, name in enumerate(skeleton.names):
        children = [c for c, parent in enumerate(skeleton.parents) if parent == i]
        if name in onwards:
            tips[i] = skeleton.at(onwards[name])
        elif name == "head":
            tips[i] = HEAD_TOP
        elif name.endswith("Hand"):
            tips[i] = skeleton.at(f"{name[:-4]}MiddleProximal")
        elif name.endswith("Toes"):
            tips[i] = skeleton.rest[i] + np.array([0.0, 0.0, 0.07])
        elif children:
            tips[i] = skeleton.rest[children[0]]
    return Skeleton(skeleton.names, skeleton.parents, skeleton.rest, tips)


def _mixamo() -> dict[str, str]:
    names = {
        "hips": "Hips",
        "spine": "Spine",
        "chest": "Spine1",
        "upperChest": "Spine2",
        "neck": "Neck",
        "head": "Head",
    }
    for side in SIDES:
        s = side.capitalize()
        names |= {
            f"{side}Shoulder": f"{s}Shoulder",
            f"{side}UpperArm": f"{s}Arm",
            f"{side}LowerArm": f"{s}ForeArm",
            f"{side}Hand": f"{s}Hand",
            f"{side}UpperLeg": f"{s}UpLeg",
            f"{side}LowerLeg": f"{s}Leg",
            f"{side}Foot": f"{s}Foot",
            f"{side}Toes": f"{s}ToeBase",
        }
        for f, finger in enumerate(("Thumb", "Index", "Middle", "Ring", "Pinky")):
            for i, bone in enumerate(finger_bones(side, f), start=1):
                names[bone] = f"{s}Hand{finger}{i}"
    return names


MIXAMO = _mixamo()  # Mixamo writes "mixamorig:Hips"; Ready Player Me uses the same names without the prefix
# VRM 0's thumb has no metacarpal: its bones are proximal, intermediate, distal
VRM0 = {
    f"{side}Thumb{new}": f"{side}Thumb{old}"
    for side in SIDES
    for new, old in zip(THUMB_SEGMENTS, ("Proximal", "Intermediate", "Distal"))
}
# Unity's (VMC's) HumanBodyBones: VRM 0's names with a capital
UNITY = {bone: (VRM0.get(bone, bone)[0].upper() + VRM0.get(bone, bone)[1:]) for bone in MIXAMO}
