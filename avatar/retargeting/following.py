"""A rig posed on a musician who is known in metres: nothing is guessed, joints are followed as they are.

Depth, arms and instrument come from the motion's room (:mod:`audio_to_body.skeleton.room`); what the paper infers
from one picture (Sec. 5) is not needed here. A rig with other hands than the player's has its wrists where its own
fingers come to the same places.
"""

from __future__ import annotations

import math

import numpy as np

from audio_to_body.avatar.bones import SIDES, finger_bones
from audio_to_body.avatar.retargeting import arms, hands, spine
from audio_to_body.avatar.retargeting.fingers import Fingers
from audio_to_body.avatar.retargeting.legs import Legs
from audio_to_body.avatar.retargeting.musician import PosedFrames
from audio_to_body.avatar.retargeting.playing import player_of
from audio_to_body.avatar.retargeting.proportions import KEYBOARD, Fit
from audio_to_body.geometry.quaternion_arrays import to_matrix
from audio_to_body.geometry.quaternions import Quaternion, between, limited, of_axes, opposite, product
from audio_to_body.geometry.vector_arrays import across as across_arrays
from audio_to_body.geometry.vector_arrays import cross as cross_arrays
from audio_to_body.geometry.vector_arrays import einsum, stacked
from audio_to_body.geometry.vector_arrays import unit as unit_arrays
from audio_to_body.geometry.vectors import (
    Vector,
    across,
    angle_to,
    cross,
    dot,
    hypotenuse,
    minus,
    numbers,
    plus,
    rows,
    times,
    unit,
    within,
)
from audio_to_body.musician.hands import LITTLE, MIDDLE, ROOTS
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.layouts import FINGERTIPS, Layout
from audio_to_body.skeleton.room import Room

UPRIGHT = math.atan2(0.145, 0.105)  # rad that the nose of a head held upright is above the level, from the shoulders
LEANING = math.radians(16.0)  # of a head onto a violin
LARGEST_BEND = math.radians(80.0)  # of the trunk
ROOT_POINTS = [4 * finger + 1 for finger in range(5)]  # of a hand


class Follower:
    """Poses a rig on joints in metres, each frame by itself.

    Parameters
    ----------
    layout : Layout
    fit : Fit
    """

    def __init__(self, layout: Layout, fit: Fit) -> None:
        self.fit, rig = fit, fit.skeleton
        self.player = player_of(layout)
        self._bone = {name: i for i, name in enumerate(rig.names)}
        self._offset: dict[str, Vector] = dict(zip(rig.names, map(tuple, rig.offsets.tolist())))
        self.arms = [
            (math.hypot(*self._offset[f"{s}LowerArm"]), math.hypot(*self._offset[f"{s}Hand"])) for s in SIDES
        ]
        self._closer: Vector = tuple(fit.closer.tolist())
        self._hips: Vector = tuple(fit.hips.tolist())
        rest = (0.5 * (rig.at("leftUpperArm") + rig.at("rightUpperArm")) - rig.rest[0]).tolist()
        self.upright = opposite(between(spine.Y, unit((0.0, rest[1], rest[2]))))
        self.legs = Legs(rig, seated=instrument_named(layout.instrument).seated)
        self.fingers = Fingers(rig, np.array(self.player.thumbs_back))
        self.aside = self.fingers.aside(fit.hand).round(6)
        self._led = np.array(self.player.led)
        self._finger_bones = np.array(
            [[[self._bone[b] for b in finger_bones(s, f)] for f in range(5)] for s in SIDES]
        )
        self._body = {name: layout.index(name) for name in layout.points[: len(layout.body)]}
        both = (layout.left_hand, layout.right_hand)
        self._wrists = [hand[0] for hand in both]
        self._roots = [[hand[i] for i in ROOT_POINTS] for hand in both]
        self._tips = [[hand[i] for i in FINGERTIPS] for hand in both]

    def pose(self, room: Room) -> PosedFrames:
        """Pose consecutive frames whose joints are all known."""
        joints = room.joints + self.fit.origin
        frames = len(joints)
        points = numbers(joints.reshape(frames, -1))
        at = {name: points[3 * i : 3 * i + 3] for name, i in self._body.items()}
        root, local, chest, girdle = self._trunk(at)
        props = {name: (prop.translation + self.fit.origin, prop.rotation) for name, prop in room.props.items()}
        props.pop(KEYBOARD, None)  # it stands where the avatar's does
        wrists, tips = joints[:, self._wrists], joints[:, self._tips]
        palms = palms_of(wrists, joints[:, self._roots])
        touched = self.player.in_touch(props)
        wrists[:, 1] += touched.right_hand
        tips[:, 1] += touched.right_hand[:, None]
        wrists += einsum("fhij,hj->fhi", palms, self.aside)
        if not self.fit.own:
            lacking = self.fingers.lacking(hands.to_palm(tips - wrists[:, :, None], palms), self._led)
            wrists += einsum("fhij,fhj->fhi", palms, lacking)
        turns, reached = [], []
        for side, name in enumerate(SIDES):
            elbow = minus(at[f"{name}_elbow"], at[f"{name}_shoulder"])
            wrist, palm = numbers(wrists[:, side]), palms[:, side]
            found, turn, place = self._arm_of(side, wrist, elbow, chest, girdle[side], palm)
            local |= found
            turns.append(turn)
            reached.append(place)
        local |= self.legs.pose(root)
        rotations = np.zeros((frames, len(self._bone), 4))
        rotations[..., 3] = 1.0
        rotations[:, [self._bone[name] for name in local]] = rows(list(local.values()), frames)
        rotations[:, self._finger_bones] = self._fingers_to(tips, rows(reached, frames), rows(turns, frames))
        keys = room.keys.astype(float)
        return PosedFrames(rows([root], frames)[:, 0], rotations, touched.props, keys, touched.tracks)

    def _trunk(
        self, at: dict[str, Vector]
    ) -> tuple[Vector, dict[str, Quaternion], Quaternion, list[tuple[Vector, Vector]]]:
        """The hips, local rotations of spine and head, the chest's turn, the ends of both collar bones."""
        left, right = at["left_shoulder"], at["right_shoulder"]
        seen = times(0.5, plus(left, 1.0, right))
        middle = plus(seen, 1.0, self._closer)
        x = unit(minus(left, right))
        up = across(minus(middle, self._hips), x)
        z = cross(x, up)
        # rotations about one axis add up: the spine's joints turn the chest as far as the shoulders are turned
        turn = limited(product(of_axes(x, up, z), self.upright), LARGEST_BEND)
        local = spine.spine_joints(turn, 0.0, 0.0)
        origin = times(0.0, middle)
        chest, girdle = spine.collar_bones(self._offset, origin, local)
        root = minus(middle, times(0.5, plus(girdle[0][1], 1.0, girdle[1][1])))
        girdle = [(plus(inner, 1.0, root), plus(outer, 1.0, root)) for inner, outer in girdle]
        nose = minus(at.get("nose", plus(plus(seen, 0.145, up), 0.105, z)), seen)
        aside, height, ahead = dot(nose, x), dot(nose, up), dot(nose, z)
        if self.player.under_jaw:
            aside = aside - math.tan(LEANING) * height
        look = within(angle_to(aside, ahead), -spine.LARGEST_HEAD_TURN, spine.LARGEST_HEAD_TURN)
        nod = UPRIGHT - angle_to(height, hypotenuse(aside, ahead))
        local |= spine.head_posture(look, nod, self.player.under_jaw)
        return root, local, chest, girdle

    def _arm_of(
        self,
        side: int,
        target: Vector,
        elbow: Vector,
        chest: Quaternion,
        girdle: tuple[Vector, Vector],
        palm: np.ndarray,
    ) -> tuple[dict[str, Quaternion], Quaternion, Vector]:
        """Local rotations of an arm whose elbow, seen from its shoulder, is known; the hand's turn, its wrist."""
        sign = (1.0, -1.0)[side]
        upper, lower = self.arms[side]
        collar, shoulder = arms.girdle(girdle[0], girdle[1], target, upper + lower, begins=1.0)
        arm, forearm, wrist = arms.arm_rotations(shoulder, target, upper, lower, elbow, sign)
        rotation = hands.palm_rotation(palm, sign)
        joints, turn = arms.arm_joints(SIDES[side], chest, collar, (arm, forearm), rotation, self.player.turned[side])
        return joints, turn, wrist

    def _fingers_to(self, tips: np.ndarray, wrists: np.ndarray, turns: np.ndarray) -> np.ndarray:
        """Fingers to their places, as local rotations ``[frames, 2, 5, 3, 4]``."""
        palms = to_matrix(turns) @ hands.REST_PALMS
        return self.fingers.rotations(self.fingers.joints(hands.to_palm(tips - wrists[:, :, None], palms)))


def palms_of(wrists: np.ndarray, roots: np.ndarray) -> np.ndarray:
    """Palm directions (columns) ``[frames, 2, 3, 3]`` from wrists and the fingers' root joints.

    Parameters
    ----------
    wrists : np.ndarray [frames, 2, 3]
    roots : np.ndarray [frames, 2, 5, 3]
        Thumb first; of hands whose palms are rigid, as :data:`audio_to_body.musician.hands.ROOTS` has them.
    """
    ahead = unit_arrays(roots[:, :, MIDDLE] - wrists)
    aside = across_arrays(roots[:, :, 1] - roots[:, :, LITTLE], ahead)
    back = cross_arrays(ahead, aside) * _HANDEDNESS
    return stacked([ahead, aside, back]) @ PALM_OF_ROOTS


def _palm_of_roots() -> np.ndarray:
    """The palm's directions in those that :func:`palms_of` takes of the roots."""
    ahead = unit_arrays(ROOTS[MIDDLE])
    aside = across_arrays(ROOTS[1] - ROOTS[LITTLE], ahead)
    return np.stack([ahead, aside, np.cross(ahead, aside)])


_HANDEDNESS = np.array([[-1.0], [1.0]])  # a left hand's directions: the back is across the thumb's side and ahead
PALM_OF_ROOTS = _palm_of_roots()
