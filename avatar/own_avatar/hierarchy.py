"""Which node is which bone where names say nothing: by how a body branches, how long its parts are, where they lie.

Two mirrored chains that reach lowest are legs, two that reach farthest to the sides are arms; between where they
start lies the spine. On a limb the two longest parts that follow each other are its upper and lower half. What many
chains start from is a hand; the finger that starts nearest to the wrist or points away from the others is the thumb.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from audio_to_body.avatar.bones import SIDES, finger_bones
from audio_to_body.avatar.own_avatar.names import spine_between, trimmed
from audio_to_body.avatar.own_avatar.nodes import Tree

LEAST_LIMB = 3  # bones that hang together in an arm or a leg
MIRRORED = 0.06  # of the figure's size: how exactly two chains must mirror each other
ALIKE = 0.98  # share of the best length from which on a bone nearer to the end is taken


def guessed_bones(tree: dict[str, Any], shape: Tree) -> dict[str, int]:
    """Nodes of the bones of the only body that the joints of a file's skins can form, by VRM name.

    Empty where they form none.
    """
    body = _Body(tree, shape)
    pairs = body.mirrored_pairs()
    if len(pairs) < 2:
        return {}
    legs = min(pairs, key=lambda pair: min(body.lowest(pair[1]), body.lowest(pair[2])))
    higher = [
        p
        for p in pairs
        if p[0] != legs[0] and not shape.is_below(p[0], legs[1]) and not shape.is_below(p[0], legs[2])
    ]
    if not higher:
        return {}
    arms = max(higher, key=lambda pair: body.widest(pair[1]) + body.widest(pair[2]))
    hips = shape.meeting([legs[0], arms[0]])
    if hips < 0 or hips == arms[0]:
        return {}
    found = {"hips": hips, **spine_between(hips, arms[0], shape), **body.neck_and_head(arms)}
    left_leg, left_arm = body.left(legs), body.left(arms)
    for side, leg, arm in zip(SIDES, (left_leg, _other(legs, left_leg)), (left_arm, _other(arms, left_arm))):
        found |= body.leg(leg, side)
        found |= body.arm(arm, side)
    return found


def guessed_fingers(hand: int, side: str, shape: Tree, joints: set[int]) -> dict[str, int]:
    """Fingers of a hand by count and order: the chains that start from it."""
    chains = []
    for first in shape.children[hand]:
        if first not in joints:
            continue
        chain = [first]
        while len(below := [c for c in shape.children[chain[-1]] if c in joints]) == 1:
            chain.append(below[0])
        if len(chain) >= 2:
            chains.append(chain)
    if not 3 <= len(chains) <= 5:
        return {}
    starts = np.array([shape.places[c[0]] for c in chains])
    ways = np.array([shape.places[c[-1]] - shape.places[c[0]] for c in chains])
    ways /= np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-12)
    away = 1 - (ways @ ways.T).sum(axis=1) / len(ways)
    near = np.linalg.norm(starts - shape.places[hand], axis=1)
    order = list(range(len(chains)))
    if len(chains) == 5 or away.max() > 0.1:
        thumb = int(np.argmax(away - 0.5 * near / near.max()))
        order = [
            thumb,
            *sorted((k for k in order if k != thumb), key=lambda k: float(np.linalg.norm(starts[k] - starts[thumb]))),
        ]
        fingers = list(range(len(chains)))
    else:  # no thumb stands out: the four in their order, from whichever end
        spread = starts - starts.mean(axis=0)
        along = np.linalg.svd(spread)[2][0]
        along = along * np.sign(along[np.argmax(np.abs(along))])
        order.sort(key=lambda k: float(starts[k] @ along))
        fingers = [1, 2, 3, 4][: len(chains)]
    found: dict[str, int] = {}
    for finger, k in zip(fingers, order):
        found |= dict(zip(finger_bones(side, finger), trimmed(chains[k], hand, finger, shape)))
    return found


Pair = tuple[int, int, int]  # the node from which two mirrored chains hang, and their first nodes


def _other(pair: Pair, one: int) -> int:
    return pair[2] if one == pair[1] else pair[1]


class _Body:
    """The joints of a file's skins with the directions of the figure they form."""

    def __init__(self, tree: dict[str, Any], shape: Tree):
        self.shape = shape
        skinned = {j for skin in tree.get("skins", []) for j in skin["joints"]}
        self.joints = {i for i in skinned if np.isfinite(shape.places[i]).all()}
        for i in list(self.joints):  # what stands between joints belongs to the body
            while (i := int(shape.parent[i])) >= 0 and i not in self.joints:
                self.joints.add(i)
        places = shape.places[sorted(self.joints)] if self.joints else np.zeros((1, 3))
        extent = np.ptp(places, axis=0)
        self.size = float(extent.max())
        # glTF's up is y; z where a file says otherwise
        self.up = 1 if extent[1] >= 0.6 * self.size else 2
        self.side = 0 if self.up == 2 or extent[0] >= extent[2] else 2
        self.count = np.zeros(len(shape.parent), int)
        for i in reversed(shape.order):
            self.count[i] += i in self.joints
            if shape.parent[i] >= 0:
                self.count[shape.parent[i]] += self.count[i]

    def below(self, node: int) -> list[int]:
        """A node and the joints that hang from it."""
        found = [node]
        for i in found:
            found.extend(c for c in self.shape.children[i] if c in self.joints)
        return found

    def lowest(self, node: int) -> float:
        return float(self.shape.places[self.below(node), self.up].min())

    def widest(self, node: int) -> float:
        start = self.shape.places[node, self.side]
        return float(np.abs(self.shape.places[self.below(node), self.side] - start).max())

    def mirrored_pairs(self) -> list[Pair]:
        """Chains that hang from one node on both of its sides."""
        found = []
        for node in sorted(self.joints):
            limbs = [c for c in self.shape.children[node] if c in self.joints and self.count[c] >= LEAST_LIMB]
            for i, a in enumerate(limbs):
                for b in limbs[i + 1 :]:
                    across = self.shape.places[b] - self.shape.places[a]
                    beside = np.delete(across, self.side)
                    middle = 0.5 * (self.shape.places[a] + self.shape.places[b])[self.side]
                    if (
                        abs(across[self.side]) > 1e-3 * self.size
                        and np.abs(beside).max() < MIRRORED * self.size
                        and abs(middle - self.shape.places[node, self.side]) < MIRRORED * self.size
                    ):
                        found.append((node, a, b))
        return found

    def left(self, pair: Pair) -> int:
        """The chain on the figure's left: of one that faces +z (or -y where z is up) it lies at +x."""
        one, other = pair[1], pair[2]
        return one if self.shape.places[one, self.side] > self.shape.places[other, self.side] else other

    def limb(self, first: int) -> list[int]:
        """From a limb's first joint to where it branches into many or ends."""
        chain = [first]
        while True:
            onwards = [c for c in self.shape.children[chain[-1]] if c in self.joints]
            if not onwards or len([c for c in onwards if self.count[c] >= 2]) >= 3:
                return chain
            chain.append(max(onwards, key=lambda c: int(self.count[c])))

    def halves(self, chain: list[int], end: int | None) -> tuple[int, int, int] | None:
        """Which of a chain's joints begin the upper half, the lower half and what follows (``end`` if known)."""
        places = self.shape.places[chain]

        def apart(i: int, j: int) -> float:
            return float(np.linalg.norm(places[j] - places[i]))

        last = len(chain) - 1
        tried = (
            [(i, j, last) for j in range(1, last) for i in range(j)]
            if end is not None
            else [(i, i + 1, i + 2) for i in range(last - 1)]
        )
        if not tried:
            return None
        best = max(min(apart(i, j), apart(j, k)) for i, j, k in tried)
        return max(t for t in tried if min(apart(t[0], t[1]), apart(t[1], t[2])) >= ALIKE * best)

    def leg(self, first: int, side: str) -> dict[str, int]:
        chain = self.limb(first)
        halves = self.halves(chain, None)
        if halves is None:
            return {}
        upper, lower, foot = halves
        found = {f"{side}UpperLeg": chain[upper], f"{side}LowerLeg": chain[lower], f"{side}Foot": chain[foot]}
        return found | ({f"{side}Toes": chain[foot + 1]} if foot + 1 < len(chain) else {})

    def arm(self, first: int, side: str) -> dict[str, int]:
        chain = self.limb(first)
        branches = bool([c for c in self.shape.children[chain[-1]] if c in self.joints])
        halves = self.halves(chain, chain[-1] if branches else None)
        if halves is None:
            return {}
        upper, lower, hand = halves
        found = {f"{side}UpperArm": chain[upper], f"{side}LowerArm": chain[lower], f"{side}Hand": chain[hand]}
        if upper > 0:
            found[f"{side}Shoulder"] = chain[0]
        return found | guessed_fingers(chain[hand], side, self.shape, self.joints)

    def neck_and_head(self, arms: Pair) -> dict[str, int]:
        onwards = [c for c in self.shape.children[arms[0]] if c in self.joints and c not in arms]
        if not onwards:
            return {}
        first = max(onwards, key=lambda c: float(self.shape.places[self.below(c), self.up].max()))
        chain = [first]
        while len(below := [c for c in self.shape.children[chain[-1]] if c in self.joints]) == 1:
            chain.append(below[0])
        return {"head": first} if len(chain) == 1 else {"neck": first, "head": chain[1]}
