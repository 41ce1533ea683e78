"""A rig posed from keypoints: trunk, head, arms and hands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from avatar.bones import SIDES, Skeleton, finger_bones
from avatar.kinematics import generations
from avatar.piano import KEY_HEIGHT
from avatar.retargeting import arms, fingers, hands, spine
from avatar.retargeting.alignment import Calibration
from avatar.retargeting.breathing import breath
from avatar.retargeting.legs import DOWN, pose_legs
from avatar.retargeting.limits import SWING, forearm_and_hand, limit_swing
from avatar.retargeting.pace import ELBOW_SWIVEL, FINGER_BEND, FINGER_FLEXION, FINGER_SPREAD, Pace
from avatar.retargeting.pianist import Pianist
from avatar.retargeting.playing import Played, SeenPoints, Smooth
from avatar.retargeting.settings import RetargetSettings
from avatar.retargeting.violinist import Violinist
from avatar.rotations import (
    about,
    clamp,
    cross,
    inverse,
    length,
    multiply,
    rotate,
    to_matrix,
    unit,
)
from skeleton.layouts import Layout

SEAT = 0.33  # m from the hips to the keys' front edge
SITTING = np.array([0.0, KEY_HEIGHT - 0.15, -SEAT])
HIPS_ABOVE_BENCH = 0.095
SITTING_LEAN = 0.10  # rad
X, Y, Z = np.eye(3)


@dataclass
class Frames:
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
        ``pace(name, values, step, pinned)`` (:mod:`avatar.retargeting.pace`), likewise.
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
        self._swivel_step = np.radians([ELBOW_SWIVEL] * 2) / fps
        self._finger_step = np.radians([FINGER_FLEXION, FINGER_SPREAD, FINGER_BEND]) / fps
        self.rig = calibration.skeleton
        self._bone = {name: i for i, name in enumerate(self.rig.names)}
        self._generations = generations(self.rig)
        self._offsets = self.rig.offsets
        self._root = hips_place(layout, self.rig)
        self._arm = [
            (
                float(np.linalg.norm(self.rig.at(f"{s}LowerArm") - self.rig.at(f"{s}UpperArm"))),
                float(np.linalg.norm(self.rig.at(f"{s}Hand") - self.rig.at(f"{s}LowerArm"))),
            )
            for s in SIDES
        ]
        self._fingers = np.array([[[self._bone[b] for b in finger_bones(s, f)] for f in range(5)] for s in SIDES])
        self.seen = SeenPoints(layout)
        self.player: Violinist | Pianist
        if layout.instrument == "piano":
            self.player = Pianist(layout, self.seen, calibration, fps, smooth)
            thumb_back = np.array([[0.0, 0.6, 0.8], [0.0, 0.6, 0.8]])
            self._turned = np.zeros(2)
        else:  # the left thumb lies under the neck, the right one bends out under the stick
            self.player = Violinist(self.seen, calibration, settings, fps, smooth)
            thumb_back = np.array([[0.0, 0.2, -0.98], [0.0, 0.3, 0.95]])
            self._turned = np.radians([-90.0, 0.0])  # the left palm faces its player
        self._finger_frames = fingers.rest_frames(thumb_back)

    # ---- the whole ----

    def pose(self, plane: np.ndarray, tracks: Mapping[str, np.ndarray], first: int = 0) -> Frames:
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
        local = np.zeros((frames, len(self.rig), 4))
        local[..., 3] = 1.0
        opening, rise = breath(first, frames, self.fps, self.settings.breathing)
        root = self._pose_trunk(plane, local, opening, rise)
        world = self._world(local)
        joints = self._joints(root, world)
        if isinstance(self.player, Violinist):
            shoulders = 0.5 * (joints[:, self._bone["leftUpperArm"]] + joints[:, self._bone["rightUpperArm"]])
            played = self.player.play(plane, shoulders, world[:, self._bone["upperChest"]], tracks)
        else:
            played = self.player.play(plane, tracks, first)
        self._pose_arms(plane, joints, world, played.wrists, played.palms)
        local = self._pose_hands(world, played, joints)
        pose_legs(self.rig, root, local, seated=self.layout.instrument == "piano")
        return Frames(root, local, played.props, played.keys, played.tracks)

    # ---- trunk, head, legs ----

    def _pose_trunk(self, plane: np.ndarray, local: np.ndarray, opening: np.ndarray, rise: np.ndarray) -> np.ndarray:
        frames = len(plane)
        c = self.calibration
        root = np.tile(self._root, (frames, 1))
        left, right = self.seen.body(plane, "left_shoulder"), self.seen.body(plane, "right_shoulder")
        rest = 0.5 * (self.rig.at("leftUpperArm") + self.rig.at("rightUpperArm")) - self.rig.rest[0]
        if not self.layout.body or not np.isfinite(left + right).all():
            lean = np.tile(
                about(X, np.array(SITTING_LEAN if self.layout.instrument == "piano" else 0.02)), (frames, 1)
            )
            tilt = np.zeros(frames)
        else:
            middle = c.at_depth(0.5 * (left + right), 0.0)
            if self.layout.instrument == "piano":
                # the picture's height mixes leaning and rising: a pianist leans
                middle = c.on_plane(0.5 * (left + right), c.anchor, Y)
                middle[:, 2] = clamp(middle[:, 2] - c.anchor[2], -0.12, 0.16) + self._root[2] + SITTING_LEAN * rest[1]
            shift = middle - (root + rest)
            if self.layout.instrument == "violin":
                root[:, [0]] += 0.35 * clamp(shift[:, [0]], -0.12, 0.12)  # weight passes from foot to foot
            hips = spine.infer_hips(middle, self._root) + (root - self._root)
            middle[:, 1] = np.maximum(middle[:, 1], hips[:, 1] + 0.8 * rest[1])
            lean = spine.spine_rotation(hips, middle, rest)
            tilt = spine.shoulder_tilt(left, right)
            own = rotate(lean, X)[:, 1]
            tilt = tilt - np.arcsin(clamp(own, -1, 1))
        spine.pose_spine(self.rig, local, lean, tilt, opening)
        root[:, 1] += rise
        self._pose_head(plane, local, 0.5 * (left + right))
        return root

    def _pose_head(self, plane: np.ndarray, local: np.ndarray, middle: np.ndarray) -> None:
        frames = len(plane)
        nose = self.seen.body(plane, "nose")
        violinist = self.layout.instrument == "violin"
        if np.isfinite(nose + middle).all():
            turn, nod = spine.head_turn(nose, middle)
            if not violinist:  # seen from above, a nod hides in the camera's pitch
                pitch = np.arcsin(clamp(self.calibration.axes[2, 1], -1, 1))
                nod = clamp(nod - pitch + 0.15, -0.1, spine.LARGEST_NOD)
        else:
            hand = (
                np.nanmean(np.stack([self.seen.hand(plane, s, "wrist")[:, 0] for s in (0, 1)]), axis=0)
                if self.layout.left_hand
                else np.zeros(frames)
            )
            turn = clamp(np.nan_to_num(hand) * 0.8, -0.4, 0.4) if not violinist else np.full(frames, 0.5)
            nod = np.full(frames, 0.12 if violinist else 0.32)
        turn = self.smooth("turn", turn, 0.12)
        nod = self.smooth("nod", nod, 0.12)
        tilt = np.full(frames, np.radians(16.0)) if violinist else 0.15 * turn
        if violinist:  # the jaw lies on the chin rest
            turn, nod = clamp(turn, 0.55, 0.9), clamp(nod, 0.12, 0.36)
        spine.pose_head(self.rig, local, turn, nod, tilt)

    # ---- arms and hands ----

    def _pose_arms(self, plane, joints, world, wrists, palms):  # type: ignore[no-untyped-def]
        """Both arms at once, the right one's frames after the left one's."""
        c = self.calibration
        frames = len(plane)
        chest = np.concatenate([world[:, self._bone["upperChest"]]] * 2)
        shoulder = np.concatenate([joints[:, self._bone[f"{s}UpperArm"]] for s in SIDES])
        target = np.concatenate([wrists[:, 0], wrists[:, 1]])
        upper = np.repeat([self._arm[0][0], self._arm[1][0]], frames)
        lower = np.repeat([self._arm[0][1], self._arm[1][1]], frames)
        clavicle = np.concatenate([joints[:, self._bone[f"{s}Shoulder"]] for s in SIDES])
        turn, shoulder = arms.girdle(clavicle, shoulder, target, upper + lower)
        natural = _PIANO_ELBOWS if self.layout.instrument == "piano" else _VIOLIN_ELBOWS
        natural = rotate(chest, np.repeat(natural, frames, axis=0))
        elbow2d = np.concatenate([self.seen.body(plane, f"{s}_elbow") for s in SIDES])
        shoulder2d = np.concatenate([self.seen.body(plane, f"{s}_shoulder") for s in SIDES])
        depth = self._elbow_depth(elbow2d, shoulder2d, shoulder, upper)
        known = np.isfinite(elbow2d).all(axis=1)[:, None]
        seen = np.where(known, c.at_depth(np.where(known, elbow2d, 0.0), depth), np.nan)
        swivel, first, second = arms.elbow_swivel(shoulder, target, upper, lower, natural, seen, c.axes[:2])
        both = self.pace("swivel", swivel.reshape(2, frames).T, self._swivel_step, _FREE)
        swivel = self.smooth("swivel", both, 0.10).T.reshape(-1, 1)
        pole = np.cos(swivel) * first + np.sin(swivel) * second
        elbow, wrist = arms.reach(shoulder, target, upper[:, None], lower[:, None], pole)
        sign = np.repeat([1.0, -1.0], frames)[:, None]
        first, second = unit(elbow - shoulder), unit(wrist - elbow)
        bend = cross(first, second)
        bend = np.where(length(bend)[:, None] < 0.05, cross(unit(wrist - shoulder), -pole), bend) * sign
        # an arm bends about the vertical axis of the T pose: elbow forward
        turned = arms.frame_rotation(
            np.concatenate([first, second]), np.concatenate([bend, bend]), np.concatenate([X * sign] * 2), DOWN
        )
        arm, fore = turned[: 2 * frames], turned[2 * frames :]
        hand = hands.palm_rotation(palms).transpose(1, 0, 2).reshape(-1, 4)
        fore, hand = forearm_and_hand(fore, hand, np.repeat(self._turned, frames))
        for i, s in enumerate(SIDES):
            rows = slice(i * frames, (i + 1) * frames)
            world[:, self._bone[f"{s}Shoulder"]] = multiply(turn[rows], chest[rows])
            world[:, self._bone[f"{s}UpperArm"]] = arm[rows]
            world[:, self._bone[f"{s}LowerArm"]] = fore[rows]
            world[:, self._bone[f"{s}Hand"]] = hand[rows]
            joints[:, self._bone[f"{s}LowerArm"]] = elbow[rows]
            joints[:, self._bone[f"{s}Hand"]] = wrist[rows]

    def _elbow_depth(self, elbow, shoulder, place, upper):  # type: ignore[no-untyped-def]
        """Depth of an elbow: that of its shoulder and what foreshortening of the upper arm leaves (Sec. 5 "Arms")."""
        seen = length(elbow - shoulder)
        ahead = arms.forward_offset(np.where(np.isfinite(seen), seen, upper), upper)
        return (place - self.calibration.anchor) @ self.calibration.axes[2] + ahead

    def _pose_hands(self, world: np.ndarray, played: Played, joints: np.ndarray) -> np.ndarray:
        """Fingers to their targets; then everything as local rotations."""
        hand = [self._bone[f"{s}Hand"] for s in SIDES]
        turned = to_matrix(world[:, hand]) @ hands.REST_PALMS
        aims = hands.to_palm(played.tips - joints[:, hand][:, :, None], turned)
        bent = fingers.finger_joints(aims, self._finger_frames)
        bent = self.pace("fingers", bent, self._finger_step, played.touching[..., None])
        local = world.copy()
        below = np.flatnonzero(self.rig.parents >= 0)
        # bones between chest and arm carry on from their parents
        local[:, below] = multiply(inverse(world[:, self.rig.parents[below]]), world[:, below])
        local[:, self._fingers] = fingers.finger_rotations(bent, self._finger_frames)
        for name in ("UpperArm", "LowerArm"):
            for s in SIDES:
                bone = self._bone[f"{s}{name}"]
                local[:, bone] = limit_swing(local[:, bone], SWING[name])
        return local

    # ---- rig ----

    def _world(self, local: np.ndarray) -> np.ndarray:
        world = local.copy()
        for children, parents in self._generations[:6]:
            world[:, children] = multiply(world[:, parents], local[:, children])
        return world

    def _joints(self, root: np.ndarray, world: np.ndarray) -> np.ndarray:
        joints = np.empty((*world.shape[:2], 3))
        joints[:, 0] = root
        for children, parents in self._generations[:6]:
            joints[:, children] = joints[:, parents] + rotate(world[:, parents], self._offsets[children])
        return joints


_FREE = np.array(False)
_PIANO_ELBOWS = np.array(
    [[0.65, -0.75, -0.25], [-0.65, -0.75, -0.25]]
)  # where elbows hang by themselves, left, right
_VIOLIN_ELBOWS = np.array([[0.15, -1.0, 0.1], [-0.75, -0.55, -0.35]])


def hips_place(layout: Layout, skeleton: Skeleton) -> np.ndarray:
    """Where the hips are: a violinist stands on the floor, a pianist sits at the height the keys ask for."""
    return np.array([0.0, skeleton.rest[0, 1], 0.0]) if layout.instrument == "violin" else SITTING
