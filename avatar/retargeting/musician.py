"""A rig posed from keypoints: trunk, head, arms and hands."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from audio_to_body.avatar.bones import SIDES, Skeleton, finger_bones
from audio_to_body.avatar.piano_model import KEY_HEIGHT
from audio_to_body.avatar.retargeting import arms, hands, spine
from audio_to_body.avatar.retargeting.breathing import breath
from audio_to_body.avatar.retargeting.calibration import Calibration
from audio_to_body.avatar.retargeting.fingers import Fingers
from audio_to_body.avatar.retargeting.legs import Legs
from audio_to_body.avatar.retargeting.pace import ELBOW_SWIVEL, FINGER_BEND, FINGER_FLEXION, FINGER_SPREAD, Pace
from audio_to_body.avatar.retargeting.paper_hands import PaperHands
from audio_to_body.avatar.retargeting.playing import Played, SeenPoints, Smooth, player_of
from audio_to_body.avatar.retargeting.settings import RetargetSettings
from audio_to_body.avatar.retargeting.sight import Point, Sight
from audio_to_body.geometry.quaternion_arrays import to_matrix
from audio_to_body.geometry.quaternions import Quaternion, about, turned
from audio_to_body.geometry.vectors import (
    Number,
    Vector,
    arcsine,
    at_least,
    hypotenuse,
    known,
    numbers,
    plus,
    rows,
    times,
    within,
)
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.layouts import Layout

Reader = Callable[[str], Point]  # a point of the frames by its name, NaN where the layout lacks it
SEAT = 0.33  # m from the hips to the keys' front edge
SITTING = np.array([0.0, KEY_HEIGHT - 0.15, -SEAT])
HIPS_ABOVE_BENCH = 0.095
SITTING_LEAN, STANDING_LEAN = 0.10, 0.02  # rad


@dataclass
class PosedFrames:
    """One stretch of posed frames.

    Attributes
    ----------
    root : np.ndarray [frames, 3]
    local : np.ndarray [frames, bones, 4]
    props : dict of str to (translation, rotation)
    keys : np.ndarray [frames, 88]
    tracks : dict of str to np.ndarray
    """

    root: np.ndarray
    local: np.ndarray
    props: dict[str, tuple[np.ndarray, np.ndarray]]
    keys: np.ndarray
    tracks: dict[str, np.ndarray]


class Musician:
    """Poses a rig from keypoints, a stretch of frames at a time.

    Parameters
    ----------
    layout : Layout
    calibration : Calibration
    settings : RetargetSettings
    fps : float
    longest_forearm : tuple of float
        Maximum apparent length of the left and right forearm, metres in the picture's plane.
    smooth : callable
        ``smooth(name, values, seconds)``: without delay for whole motions, causal for live ones.
    pace : callable
        ``pace(name, values, step, pinned)`` (:mod:`audio_to_body.avatar.retargeting.pace`), likewise.
    """

    def __init__(
        self,
        layout: Layout,
        calibration: Calibration,
        settings: RetargetSettings,
        fps: float,
        longest_forearm: tuple[float, float],
        smooth: Smooth,
        pace: Pace,
    ):
        self.layout, self.calibration, self.settings, self.fps = layout, calibration, settings, fps
        self.longest_forearm, self.smooth, self.pace = longest_forearm, smooth, pace
        self._swivel_step = math.radians(ELBOW_SWIVEL) / fps
        self._finger_step = np.radians([FINGER_FLEXION, FINGER_SPREAD, FINGER_BEND]) / fps
        self.rig = calibration.skeleton
        self._bone = {name: i for i, name in enumerate(self.rig.names)}
        self._offset: dict[str, Vector] = dict(zip(self.rig.names, map(tuple, self.rig.offsets.tolist())))
        self._root: Vector = tuple(hips_place(layout, self.rig).tolist())
        self._rest = self._middle_of_shoulders()
        self._arm = [
            (math.hypot(*self._offset[f"{s}LowerArm"]), math.hypot(*self._offset[f"{s}Hand"])) for s in SIDES
        ]
        self._sight = Sight(calibration)
        player = player_of(layout)
        self._seated = instrument_named(layout.instrument).seated  # filmed from above, else from the front
        self._legs = Legs(self.rig, seated=self._seated)
        self._fingers = np.array([[[self._bone[b] for b in finger_bones(s, f)] for f in range(5)] for s in SIDES])
        self.seen = SeenPoints(layout)
        self.player = player(layout, self.seen, calibration, settings, fps, smooth)
        self._hands = Fingers(self.rig, np.array(player.thumbs_back))
        self._moved = self._hands.aside().round(6)
        self._paper_hands: PaperHands | None = None
        if settings.hands == "paper":
            self._paper_hands = PaperHands(self.seen, calibration, self._hands.bases, self._hands.lengths)

    # ---- the whole ----

    def pose(self, plane: np.ndarray, tracks: Mapping[str, np.ndarray], first: int = 0) -> PosedFrames:
        """Pose consecutive frames.

        Parameters
        ----------
        plane : np.ndarray [frames, points, 2]
            Metres in the picture's plane (:meth:`Calibration.metres`), NaN where unknown.
        tracks : mapping of str to np.ndarray
            Of the same frames; ``notes`` [n, 4] as a whole.
        first : int
            Number of the first of these frames.
        """
        frames = len(plane)
        point = self._reader(plane)
        (opening, rise) = numbers(np.stack(breath(first, frames, self.fps, self.settings.breathing), axis=1))
        root, joints, chest, girdle = self._pose_trunk(point, opening, rise)
        joints |= self._legs.pose(root)
        trunk = times(0.5, plus(root, 0.5, plus(girdle[0][1], 1.0, girdle[1][1])))  # half-way up to the shoulders

        def body() -> tuple[np.ndarray, np.ndarray]:
            middle = times(0.5, plus(girdle[0][1], 1.0, girdle[1][1]))
            return rows([middle], frames)[:, 0], rows([chest], frames)[:, 0]

        played = self.player.play(plane, tracks, first, body)
        if self._paper_hands is not None:
            played = self._paper_hands.turned(played, plane)
        hand_turns, wrists = [], []
        for side in (0, 1):
            found, hand, wrist = self._pose_arm(side, point, chest, girdle[side], trunk, played)
            joints |= found
            hand_turns.append(hand)
            wrists.append(wrist)
        local = np.zeros((frames, len(self.rig), 4))
        local[..., 3] = 1.0
        local[:, [self._bone[name] for name in joints]] = rows(list(joints.values()), frames)
        local[:, self._fingers] = self._pose_fingers(rows(hand_turns, frames), rows(wrists, frames), played)
        return PosedFrames(rows([root], frames)[:, 0], local, played.props, played.keys, played.tracks)

    def _reader(self, plane: np.ndarray) -> Reader:
        one = plane[0].tolist() if len(plane) == 1 else None

        def point(name: str) -> Point:
            i = self.seen.number(name)
            if i < 0:
                return math.nan, math.nan
            return tuple(one[i]) if one is not None else (plane[:, i, 0], plane[:, i, 1])  # type: ignore[return-value]

        return point

    # ---- trunk, head ----

    def _pose_trunk(
        self, point: Reader, opening: Number, rise: Number
    ) -> tuple[Vector, dict[str, Quaternion], Quaternion, list[tuple[Vector, Vector]]]:
        """The hips' place, local rotations, the chest's turn, and the ends of both collar bones in the room."""
        sight = self._sight
        rest = self._rest
        seated = self._seated
        x, y, z = self._root
        left, right = point("left_shoulder"), point("right_shoulder")
        seen = (0.5 * (left[0] + right[0]), 0.5 * (left[1] + right[1]))
        if not self.layout.body or not known(*seen):
            lean = about(spine.X, SITTING_LEAN if seated else STANDING_LEAN)
            tilt: Number = 0.0
        else:
            if seated:  # the picture's height mixes leaning and rising: who sits leans
                middle = sight.on_level(seen, sight.anchor)
                ahead = within(middle[2] - sight.anchor[2], -0.12, 0.16)
                middle = (middle[0], middle[1], ahead + z + SITTING_LEAN * rest[1])
            else:
                middle = sight.at_depth(seen, 0.0)
                x = x + 0.35 * within(middle[0] - (x + rest[0]), -0.12, 0.12)  # weight passes from foot to foot
            hips = spine.infer_hips((x, y, z))
            middle = (middle[0], at_least(middle[1], y + 0.8 * rest[1]), middle[2])
            lean = spine.spine_rotation(hips, middle, rest)
            tilt = spine.shoulder_tilt(left, right) - arcsine(turned(lean, spine.X)[1])
        joints = spine.spine_joints(lean, tilt, opening)
        joints |= self._pose_head(point, seen)
        root = (x, y + rise, z)
        chest, girdle = spine.collar_bones(self._offset, root, joints)
        return root, joints, chest, girdle

    def _middle_of_shoulders(self) -> Vector:
        """Seen from the hips, in the rest pose."""
        rest = 0.5 * (self.rig.at("leftUpperArm") + self.rig.at("rightUpperArm")) - self.rig.rest[0]
        return tuple(rest.tolist())

    def _pose_head(self, point: Reader, middle: Point) -> dict[str, Quaternion]:
        nose = point("nose")
        under_jaw = self.player.under_jaw
        if known(*nose, *middle):
            turn, nod = spine.head_turn(nose, middle)
            if self._seated:  # seen from above, a nod hides in the camera's pitch
                nod = within(nod - arcsine(self._sight.towards[1]) + 0.15, -0.1, spine.LARGEST_NOD)
        elif under_jaw:
            turn, nod = 0.5, 0.12
        else:  # the eyes follow the hands
            hands_at = [point(f"{s}_hand_wrist")[0] for s in SIDES]
            seen = [x for x in hands_at if known(x)]
            turn = within(0.8 * sum(seen) / len(seen), -0.4, 0.4) if seen else 0.0
            nod = 0.32
        turn = self.smooth("turn", turn, 0.12)
        nod = self.smooth("nod", nod, 0.12)
        return spine.head_posture(turn, nod, under_jaw)

    # ---- arms and hands ----

    def _pose_arm(
        self,
        side: int,
        point: Reader,
        chest: Quaternion,
        girdle: tuple[Vector, Vector],
        trunk: Vector,
        played: Played,
    ) -> tuple[dict[str, Quaternion], Quaternion, Vector]:
        """Local rotations of an arm's bones, the hand's turn and its wrist in the room."""
        name, sign = SIDES[side], (1.0, -1.0)[side]
        upper, lower = self._arm[side]
        wrists = played.wrists[:, side]
        if self._moved[side].any():
            wrists = wrists + played.palms[:, side] @ self._moved[side]
        target: Vector = numbers(wrists)  # type: ignore[assignment]
        turn, shoulder = arms.girdle(girdle[0], girdle[1], target, upper + lower)
        natural = turned(chest, self.player.elbows[side])
        elbow, flat = point(f"{name}_elbow"), point(f"{name}_shoulder")
        seen = None
        if known(*elbow):
            # Sec. 5 "Arms": the elbow's depth is its shoulder's and what foreshortening of the upper arm leaves
            apparent = hypotenuse(elbow[0] - flat[0], elbow[1] - flat[1]) if known(*flat) else upper
            seen = self._sight.at_depth(elbow, self._sight.depth(shoulder) + arms.forward_offset(apparent, upper))
        project = (self._sight.right, self._sight.up)
        swivel, first, second = arms.elbow_swivel(shoulder, target, upper, lower, natural, seen, project, trunk)
        swivel = self.pace(f"swivel {side}", swivel, self._swivel_step, _FREE)
        pole = arms.pole_at(self.smooth(f"swivel {side}", swivel, 0.10), first, second)
        arm, forearm, wrist = arms.arm_rotations(shoulder, target, upper, lower, pole, sign)
        palm = hands.palm_rotation(played.palms[:, side], sign)
        joints, hand = arms.arm_joints(name, chest, turn, (arm, forearm), palm, self.player.turned[side])
        return joints, hand, wrist

    def _pose_fingers(self, turns: np.ndarray, wrists: np.ndarray, played: Played) -> np.ndarray:
        """Fingers to their targets, as local rotations ``[frames, 2, 5, 3, 4]``."""
        palms = to_matrix(turns) @ hands.REST_PALMS
        bent = self._hands.joints(hands.to_palm(played.tips - wrists[:, :, None], palms))
        bent = self.pace("fingers", bent, self._finger_step, played.touching[..., None])
        return self._hands.rotations(bent)


_FREE = np.array(False)


def hips_place(layout: Layout, skeleton: Skeleton) -> np.ndarray:
    """Where the hips are: a player stands on the floor, or sits at the height that the keys ask for."""
    return SITTING if instrument_named(layout.instrument).seated else np.array([0.0, skeleton.rest[0, 1], 0.0])
