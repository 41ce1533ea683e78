"""What the name of a node says: which part of a body, which side, which finger.

A name is taken apart into words; prefixes of exporters, numbers and what most names share say nothing. Which bone a
node becomes is decided afterwards, among all nodes (:mod:`audio_to_body.avatar.own_avatar.names`): "arm" is the upper
arm only beside a forearm.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from audio_to_body.avatar.bones import FINGERS

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
SIDE_WORDS = {"left": "left", "right": "right", "l": "left", "r": "right", "lf": "left", "rt": "right",
              "lft": "left", "rgt": "right", "lt": "left", "rf": "right"}  # fmt: skip
FINGER_WORDS = {"thumb": 0, "index": 1, "fore": 1, "pointer": 1, "point": 1, "middle": 2, "mid": 2, "ring": 3,
                "pinky": 4, "pinkie": 4, "pink": 4, "little": 4, "small": 4}  # fmt: skip
_PARTS = {
    "hips": "hips hip pelvis",
    "spine": "spine spinelower spinemid spinemiddle spineupper lowerspine upperspine abdomen abdomenlower"
    " abdomenupper waist torso lowertorso"
    " uppertorso trunk chest chestlower chestupper upperchest lowerchest thorax ribcage stomach belly"
    " back lowerback upperback upperbody",
    "neck": "neck necklower neckupper necktwist",
    "head": "head skull",
}
_SIDED = {
    "Collar": "clavicle collar collarbone scapula clav",
    "Shoulder": "shoulder shldr shoulderjoint",
    "UpperArm": "upperarm armupper uparm uprarm upperarmbend shldrbend armup humerus bicep",
    "Arm": "arm",
    "LowerArm": "forearm forearmbend lowerarm armlower loarm lowarm lwrarm armlow elbow",
    "Hand": "hand wrist",
    "UpperLeg": "thigh thighbend upperleg upleg uprleg legupper legup femur",
    "Hip": "hip",
    "Leg": "leg",
    "LowerLeg": "shin calf lowerleg loleg lowleg lwrleg leglower leglow knee tibia",
    "Ankle": "ankle",
    "Foot": "foot",
    "Toes": "toe toes toebase ball bigtoe",
}
CENTRAL_WORDS = {word: part for part, words in _PARTS.items() for word in words.split()}
LATERAL_WORDS = {word: part for part, words in _SIDED.items() for word in words.split()}
# bones that follow, drive or decorate others
_HELPER_WORDS = (
    "twist roll ik pole ctrl control controller target fk mch org tweak master parent helper dummy nub end tip null"
    " effector share bulge muscle sec adj hair cloth skirt dress physics spring collider weapon attach socket slot"
    " eye jaw tongue ear breast bust boob pectoral face brow lip cheek nose tooth teeth palm carpal hold prop aim"
    " offset grp group space ribs metatarsal corrective pad tail wing ribbon sleeve shadow cancel additive"
)
HELPERS = frozenset(_HELPER_WORDS.split())
_NOISE_WORDS = (
    "mixamorig bip biped valve def jnt joint joints bone bones bind sk skel skeleton rig armature character char c m"
    " center centre ctr cc base j b bn bp f body hum human actor genesis root"
)
NOISE = frozenset(_NOISE_WORDS.split())
# MikuMikuDance's names, which most Japanese models have
JAPANESE = {
    "左": "left", "右": "right", "上半身": "spine", "首": "neck", "頭": "head",
    "肩": "shoulder", "腕": "upperarm", "ひじ": "elbow", "肘": "elbow", "手首": "wrist",
    "親指": "thumb", "人指": "index", "人差指": "index", "中指": "middle", "薬指": "ring",
    "小指": "little", "足首": "ankle", "つま先": "toe", "爪先": "toe", "ひざ": "knee", "膝": "knee",
    "足": "thigh", "腰": "hips", "捩": "twist", "捻": "twist", "先": "tip", "ＩＫ": "ik",
    "親": "parent", "キャンセル": "cancel", "目": "eye",
}  # fmt: skip
# a side and a half in two letters: LUArm beside LFArm (motion capture)
SHORT_WORDS = {"lu": ("l", "upper"), "ru": ("r", "upper")}
_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")


@dataclass(frozen=True)
class Label:
    """What a name says.

    Attributes
    ----------
    part : str
        ``"hips"``, ``"spine"``, ``"neck"``, ``"head"``, a key of the sided parts such as ``"Arm"``, or ``"Finger"``.
    side : str
        ``"left"``, ``"right"`` or nothing.
    finger : int
        0 to 4 from the thumb; -1 where the name has a number instead.
    number : str
        The digits after "finger", where fingers are numbered.
    """

    part: str
    side: str = ""
    finger: int = -1
    number: str = ""


def words_of(name: str) -> list[str]:
    """The words and numbers of a name, lower-case, without namespaces."""
    name = re.split(r"[:|/]", name)[-1].translate(_DIGITS)
    for theirs in sorted(JAPANESE, key=len, reverse=True):
        name = name.replace(theirs, f" {JAPANESE[theirs]} ")
    found: list[str] = []
    for word in (w.lower() for w in _WORD.findall(name)):
        found += SHORT_WORDS.get(word, (word,)) if not found else (word,)
    return found


def labels(names: Sequence[str]) -> list[Label | None]:
    """What each of a file's names says, none where it names no part of a body."""
    split = [words_of(name) for name in names]
    seen = Counter(word for words in split for word in set(words) if not word.isdigit())
    # a character's own name stands before every bone
    shared = {
        w for w, n in seen.items() if n > len(names) / 2 and not (_meaning(w) or w in SIDE_WORDS or w in HELPERS)
    }
    return [_label(words, shared) for words in split]


def _meaning(word: str) -> bool:
    return (
        word in CENTRAL_WORDS
        or word in LATERAL_WORDS
        or word in FINGER_WORDS
        or word in ("finger", "upper", "lower", "up", "low")
    )


def _label(words: list[str], shared: set[str]) -> Label | None:
    side, rest = _without_side([w for w in words if w not in shared])
    letters = [w for w in rest if not w.isdigit() and w not in NOISE]
    if side and "toe" not in letters:
        finger = _finger(side, rest, letters)
        if finger is not None:
            return finger
    if "metacarpal" in letters or not letters:
        return None
    if HELPERS & set(letters) and not {"neck", "twist"} <= set(letters):
        return None
    glued = "".join(letters)
    if side:
        part = LATERAL_WORDS.get(glued)
        if part is None and letters[0] in ("arm", "leg"):  # arm left elbow, leg left knee
            part = LATERAL_WORDS.get("".join(letters[1:]))
        return None if part is None else Label(part, side)
    part = CENTRAL_WORDS.get(glued)
    return None if part is None else Label(part)


def _without_side(words: list[str]) -> tuple[str, list[str]]:
    for i, word in enumerate(words):
        if word in SIDE_WORDS:
            return SIDE_WORDS[word], words[:i] + words[i + 1 :]
    for i, word in enumerate(words):  # glued in small letters: lthigh, rightarm, upperarml
        for mark in ("left", "right", "l", "r"):
            for rest in (
                word[len(mark) :] if word.startswith(mark) else "",
                word[: -len(mark)] if word.endswith(mark) else "",
            ):
                if rest in LATERAL_WORDS or rest in FINGER_WORDS or _glued_finger(rest) is not None:
                    return SIDE_WORDS[mark], [*words[:i], rest, *words[i + 1 :]]
    return "", words


def _glued_finger(word: str) -> int | None:
    for before in ("hand", "finger", "f"):
        if word.startswith(before) and word[len(before) :] in FINGER_WORDS:
            return FINGER_WORDS[word[len(before) :]]
    return None


def _finger(side: str, rest: list[str], letters: list[str]) -> Label | None:
    thumb = "thumb" in letters
    if not thumb and ("metacarpal" in letters or HELPERS & set(letters)):
        return None
    if thumb and HELPERS & set(letters):
        return None
    for word in letters:
        found = FINGER_WORDS.get(word)
        if found is None:
            found = _glued_finger(word)
        if found is None and word.endswith("finger"):
            found = FINGER_WORDS.get(word[:-6])
        if found is not None and "arm" not in letters and "leg" not in letters:
            return Label("Finger", side, found)
    if "finger" in letters or "fingers" in letters:
        at = rest.index("finger" if "finger" in rest else "fingers")
        number = next((w for w in rest[at + 1 :] if w.isdigit()), "")
        return Label("Finger", side, -1, number) if number else None
    return None


def finger_of_number(numbers: Sequence[str]) -> dict[str, int]:
    """Which finger numbers mean, given all that a hand has: Finger0, Finger01 … or finger1-1, finger2-1 …

    Returns
    -------
    dict of str to int
        0 to 4 by number.
    """
    firsts = {n: int(n[0]) for n in numbers}
    if len(set(firsts.values())) < 2:  # 01, 02, …: the whole number counts
        firsts = {n: int(n) for n in numbers}
    least = min(firsts.values(), default=0)
    return {n: first - least for n, first in firsts.items() if first - least < len(FINGERS)}
