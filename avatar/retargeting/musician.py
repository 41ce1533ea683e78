"""A motion's keypoints become a performance on the rig."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from avatar.bones import SIDES, Skeleton, finger_bones, mannequin_skeleton
from avatar.kinematics import generations
from avatar.piano import KEY_HEIGHT, KEYS
from avatar.retargeting import arms, hands, piano, spine, violin
from avatar.retargeting.alignment import Calibration, lengths, longest, rigid_alignment
from avatar.retargeting.breathing import breath
from avatar.retargeting.limits import SWING, forearm_and_hand, limit_swing
from avatar.retargeting.settings import RetargetSettings
from avatar.retargeting.smoothing import SLOWEST_CUTOFF, filled, keep_onsets, low_pass
from avatar.rotations import (
    about,
    clamp,
    continuous,
    cross,
    from_matrix,
    inverse,
    length,
    multiply,
    rotate,
    to_matrix,
    unit,
)
from avatar.scene import Performance, Prop
from skeleton.layouts import Layout
from skeleton.motion import Motion
from skeleton.refusal import BadInput

SEAT = 0.33  # m from the hips to the keys' front edge
SITTING = np.array([0.0, KEY_HEIGHT - 0.15, -SEAT])
HIPS_ABOVE_BENCH = 0.095
SITTING_LEAN = 0.10  # rad
LIFTED = 0.5  # how far off the string the bow is at least while it is known not to sound
Smooth = Callable[[str, np.ndarray, float], np.ndarray]
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
    """

    def __init__(
        self,
        layout: Layout,
        calibration: Calibration,
        settings: RetargetSettings,
        fps: float,
        longest_forearm: tuple[float, float],
        smooth: Smooth,
    ):
        self.layout, self.calibration, self.settings, self.fps = layout, calibration, settings, fps
        self.longest_forearm, self.smooth = longest_forearm, smooth
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
        self._body = {name: layout.index(name) for name in layout.points if "_hand_" not in name}
        self._strikes = piano.Strikes(fps)
        if layout.instrument == "piano":
            self._thumb_back = np.array([[0.0, 0.6, 0.8], [0.0, 0.6, 0.8]])
        else:  # the left thumb lies under the neck, the right one bends out under the stick
            self._thumb_back = np.array([[0.0, 0.2, -0.98], [0.0, 0.3, 0.95]])

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
        props: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        keys = np.zeros((frames, KEYS if self.layout.instrument == "piano" else 0))
        noted: dict[str, np.ndarray] = {}
        if self.layout.instrument == "violin":
            wrists, palms, tips = self._violin(plane, joints, world, tracks, props, noted)
        else:
            wrists, palms, tips, keys = self._piano(plane, tracks, first, noted)
        self._pose_arms(plane, joints, world, wrists, palms)
        local = self._pose_hands(world, palms, tips, joints)
        root = self._pose_legs(root, local)
        return Frames(root, local, props, keys, noted)

    # ---- trunk, head, legs ----

    def _point(self, plane: np.ndarray, name: str) -> np.ndarray:
        if name in self._body:
            return plane[:, self._body[name]]
        return np.full((len(plane), 2), np.nan)

    def _hand(self, plane: np.ndarray, side: int, point: str) -> np.ndarray:
        name = f"{SIDES[side]}_hand_{point}"
        return plane[:, self.layout.index(name)] if self.layout.has(name) else np.full((len(plane), 2), np.nan)

    def _pose_trunk(self, plane: np.ndarray, local: np.ndarray, opening: np.ndarray, rise: np.ndarray) -> np.ndarray:
        frames = len(plane)
        c = self.calibration
        root = np.tile(self._root, (frames, 1))
        left, right = self._point(plane, "left_shoulder"), self._point(plane, "right_shoulder")
        rest = 0.5 * (self.rig.at("leftUpperArm") + self.rig.at("rightUpperArm")) - self.rig.rest[0]
        if not self._body or not np.isfinite(left + right).all():
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
        nose = self._point(plane, "nose")
        violinist = self.layout.instrument == "violin"
        if np.isfinite(nose + middle).all():
            turn, nod = spine.head_turn(nose, middle)
            if not violinist:  # seen from above, a nod hides in the camera's pitch
                pitch = np.arcsin(clamp(self.calibration.axes[2, 1], -1, 1))
                nod = clamp(nod - pitch + 0.15, -0.1, spine.LARGEST_NOD)
        else:
            hand = (
                np.nanmean(np.stack([self._hand(plane, s, "wrist")[:, 0] for s in (0, 1)]), axis=0)
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

    def _pose_legs(self, root: np.ndarray, local: np.ndarray) -> np.ndarray:
        """Feet stay where they are; knees follow. Both legs at once, the right one's frames after the left one's."""
        frames = len(root)
        hips = np.concatenate([local[:, 0]] * 2)
        seated = self.layout.instrument == "piano"
        joint = np.concatenate(
            [root + rotate(local[:, 0], self._offsets[self._bone[f"{side}UpperLeg"]]) for side in SIDES]
        )
        thigh, shin = (float(length(self._offsets[self._bone[bone]])) for bone in ("leftLowerLeg", "leftFoot"))
        feet = _SEATED_FEET if seated else _STANDING_FEET
        ankle = np.repeat(feet, frames, axis=0)
        ankle[:, 1] = self.rig.rest[self._bone["leftFoot"], 1]
        outward = 0.16 if seated else 0.10
        pole = np.repeat(np.array([[outward, 0.15, 1.0], [-outward, 0.15, 1.0]]), frames, axis=0)
        knee, ankle = arms.reach(joint, ankle, thigh, shin, pole)
        upper = _aim(knee - joint, ankle - knee, DOWN, X)
        lower = _aim(ankle - knee, knee - joint, DOWN, X, flip=True)
        heading = np.repeat(about(Y, np.array([0.16, -0.16])), frames, axis=0)
        parts = (
            ("UpperLeg", multiply(inverse(hips), upper)),
            ("LowerLeg", multiply(inverse(upper), lower)),
            ("Foot", multiply(inverse(lower), heading)),
        )
        for name, turns in parts:
            for i, side in enumerate(SIDES):
                local[:, self._bone[f"{side}{name}"]] = turns[i * frames : (i + 1) * frames]
        return root

    # ---- instruments ----

    def _violin(self, plane, joints, world, tracks, props, noted):  # type: ignore[no-untyped-def]
        c = self.calibration
        chest = to_matrix(world[:, self._bone["upperChest"]])
        shoulders = 0.5 * (joints[:, self._bone["leftUpperArm"]] + joints[:, self._bone["rightUpperArm"]])
        button = violin.violin_position(shoulders, chest)
        flat_button = (button - c.anchor) @ c.axes[:2].T
        knuckle = self._hand(plane, 0, "index_1")
        if not np.isfinite(knuckle).all():
            wrist = self._point(plane, "left_wrist")
            knuckle = np.where(np.isfinite(knuckle), knuckle, wrist + np.array([0.01, 0.06]))
        knuckle = np.where(np.isfinite(knuckle), knuckle, flat_button + np.array([0.25, 0.05]))
        offset = violin.hand_from_button(button, knuckle, c.slope, c)
        knuckle = offset + flat_button
        axes = violin.violin_look_at(button, self.smooth("neck", offset, 0.10), c.slope, c.roll)
        reach = violin.hand_reach(axes, offset, c)
        reach = clamp(reach, violin.HIGHEST_POSITION, violin.FIRST_POSITION + 0.02)
        bow = self._bow(plane, axes, tracks, noted)
        right_wrist, right_palm = violin.bow_hand(bow, axes)
        reach = self.smooth("reach", reach, 0.02)
        left_wrist, left_palm = violin.neck_hand(axes, reach, bow.string)
        left_tips = self._stopping(plane, axes, reach, bow, tracks, knuckle)
        right_tips = violin.bow_hold(bow, right_palm)
        props["violin"] = (axes.button, from_matrix(np.stack([axes.along, axes.normal, axes.right], axis=-1)))
        side = cross(-bow.hair, bow.over)
        props["bow"] = (bow.frog, from_matrix(np.stack([-bow.hair, bow.over, side], axis=-1)))
        self._bow_now, self._axes_now = bow, axes
        wrists = np.stack([left_wrist, right_wrist], axis=1)
        return wrists, np.stack([left_palm, right_palm], axis=1), np.stack([left_tips, right_tips], axis=1)

    def _bow(self, plane, axes, tracks, noted):  # type: ignore[no-untyped-def]
        """The bow from the right hand: place along the hair, string, and whether it is on the string."""
        c = self.calibration
        frames = len(plane)
        tips = np.stack(
            [self._hand(plane, 1, f"{f}_4") for f in ("thumb", "index", "middle", "ring", "little")], axis=1
        )
        wrist = self._point(plane, "right_wrist")
        grip = np.mean(tips, axis=1)
        fallback = wrist + np.array([0.03, -0.05])
        grip = np.where(np.isfinite(grip), grip, fallback)
        lost = ~np.isfinite(grip).all(axis=1)
        grip = np.where(np.isfinite(grip), grip, c.metres(c.project(axes.at(np.array([0.225, 0.06, 0.3])))))
        middle = axes.at(violin.bowed_points().mean(axis=0))
        place = c.on_plane(grip, middle, axes.along)
        distance, tilt = violin.hand_in_bow_plane(axes, place)
        slow_tilt = self.smooth("tilt", tilt, 0.05)
        if "string" in tracks:
            string = clamp(np.asarray(tracks["string"], float), 0, 3)
        else:
            string = self.smooth("string", violin.string_from_tilt(slow_tilt), 0.045)
        off = clamp((np.abs(slow_tilt) - np.radians(24) - violin.TILT_SLACK) / np.radians(16), 0, 1)
        sounding = self._sounding(tracks, frames)
        if "bow_lift" in tracks:
            lift = clamp(np.asarray(tracks["bow_lift"], float).reshape(frames), 0, 1)
            sounding = lift < 0.02 if sounding is None else sounding & (lift < 0.02)
        elif sounding is None:
            sounding = off < 0.5
            lift = off
        else:
            lift = np.where(sounding, 0.0, np.maximum(off, LIFTED))
        lift = np.where(lost, 1.0, lift)
        smooth_lift = self.smooth("lift", lift, 0.06)
        lift = np.where(sounding, 0.0, smooth_lift)
        if "bow_position" in tracks:  # the planner knows where the bow is; a lifted bow is where the hand is
            planned = (
                np.asarray(tracks["bow_position"], float).reshape(frames) * violin.BOW_LENGTH + violin.GRIP_ALONG
            )
            trust = self.smooth("trust", np.asarray(sounding, float), 0.05) * (1 - lift)
            distance = trust * planned + (1 - trust) * distance
        noted["sounding"], noted["string"], noted["lift"] = sounding, string, lift
        noted["bow_place"] = distance - violin.GRIP_ALONG
        return violin.bow_look_at(axes, distance, slow_tilt, string, lift)

    def _sounding(self, tracks: Mapping[str, np.ndarray], frames: int) -> np.ndarray | None:
        """Whether the bow sounds, where a motion says so: its speed, or the loudness."""
        if "bow_speed" in tracks:
            return np.abs(np.asarray(tracks["bow_speed"], float)).reshape(frames) > 0.02
        if "loudness_db" in tracks:
            level = np.asarray(tracks["loudness_db"], float).reshape(frames)
            self._loudest = max(getattr(self, "_loudest", -120.0), float(np.percentile(level, 95)))
            return level > self._loudest + self.settings.sounding_db
        return None

    def _stopping(self, plane, axes, reach, bow, tracks, knuckle):  # type: ignore[no-untyped-def]
        """The left fingers over or on the string that sounds."""
        frames = len(plane)
        c = self.calibration
        spread = np.tile(violin.FINGER_SPREAD, (frames, 1))
        height = np.full((frames, 4), violin.HOVER)
        along = axes.along @ c.axes[:2].T
        up = axes.normal @ c.axes[:2].T
        tips = np.stack([self._hand(plane, 0, f"{f}_4") for f in ("index", "middle", "ring", "little")], axis=1)
        if np.isfinite(tips).all():
            offset = tips - knuckle[:, None]
            # two unknowns a finger, towards the bridge and above the string, from two picture coordinates
            system = np.stack([-along, up], axis=-1)
            usable = np.abs(np.linalg.det(system)) > 0.08
            system = np.where(usable[:, None, None], system, np.eye(2))
            found = np.linalg.solve(system[:, None], offset[..., None])[..., 0]
            found = np.where(usable[:, None, None], found, np.nan)
            toward = np.nan_to_num(found[..., 0], nan=0.0) * 0.5
            spread = np.where(usable[:, None], 0.5 * spread + clamp(toward, -0.01, 0.06), spread)
            lowest = np.nanmin(np.where(np.isfinite(found[..., 1]), found[..., 1], 0.0), axis=1, keepdims=True)
            height = clamp(np.where(usable[:, None], found[..., 1] - lowest, violin.HOVER), 0.0, 0.022)
        if "finger_position" in tracks:
            stop = np.asarray(tracks["finger_position"], float)
            wanted = reach[:, None] - (violin.NUT - stop[:, None])
            nearest = np.argmin(np.abs(spread - wanted), axis=1)
            rows = np.arange(frames)
            stopped = stop > 0.004
            height = np.maximum(height, 0.008)
            spread[rows, nearest] = np.where(stopped, clamp(wanted[:, 0], -0.012, 0.09), spread[rows, nearest])
            height[rows, nearest] = np.where(stopped, 0.0, height[rows, nearest])
        spread = np.maximum.accumulate(spread + np.array([0.0, 1e-3, 2e-3, 3e-3]), axis=1)
        spread = self.smooth("spread", spread, 0.03)
        height = self.smooth("finger height", height, 0.02)
        return violin.stopping_fingers(axes, reach, bow.string, spread, height)

    def _piano(self, plane, tracks, first, noted):  # type: ignore[no-untyped-def]
        c = self.calibration
        frames = len(plane)
        wrists, palms, tips, heights = [], [], [], []
        full = self.layout.has("left_hand_index_1")
        for side in (0, 1):
            sign = 1.0 if side == 0 else -1.0
            seen = self._hand(plane, side, "wrist")
            home = np.array([0.22 * sign, KEY_HEIGHT + piano.WRIST_HEIGHT, -0.09])
            known = np.isfinite(seen).all(axis=1)
            wrist = piano.wrist_depth(np.where(known[:, None], seen, 0.0), c)
            wrist = np.where(known[:, None], wrist, home)
            finger_tips = np.stack([self._hand(plane, side, f"{f}_4") for f in _FINGERS], axis=1)
            down = np.array([0.0, 1.0, 0.0])
            if full:
                roots = [self._hand(plane, side, f"{f}_1") for f in ("index", "little")]
                level = np.array([0.0, KEY_HEIGHT + piano.KNUCKLE_HEIGHT, 0.0])
                flat = abs(c.axes[2, 1]) > 0.3
                at = [c.on_plane(r, level if flat else np.array([0, 0, -0.01]), down if flat else Z) for r in roots]
                known &= np.isfinite(at[0] + at[1]).all(axis=1)
                forward = piano.palm_at_keys(
                    wrist, np.where(known[:, None], at[0], 0.0), np.where(known[:, None], at[1], 0.0)
                )
            else:
                middle = 0.5 * (finger_tips[:, 1] + finger_tips[:, 3])
                ahead = piano.tips_over_keys(np.nan_to_num(middle), c)
                forward = piano.palm_at_keys(wrist, ahead, ahead)
            rest = np.tile(unit(np.array([0.05 * -sign, -0.16, 1.0])), (frames, 1))
            forward = np.where(known[:, None], forward, rest)
            forward = unit(self.smooth(f"forward {side}", forward, 0.06))
            level_thumb = np.tile(np.array([-sign, 0.10, 0.0]), (frames, 1))
            palm = hands.palm_directions(forward, level_thumb, side)
            over = piano.tips_over_keys(np.where(np.isfinite(finger_tips), finger_tips, 0.0), c)
            relaxed = wrist[:, None] + np.einsum("fij,nj->fni", palm, hands.relaxed_tips())
            relaxed[..., 1] = piano.key_surface(relaxed) + 0.004
            over = np.where(np.isfinite(finger_tips).all(axis=2)[..., None], over, relaxed)
            wrists.append(wrist)
            palms.append(palm)
            tips.append(over)
            base = np.stack([self._hand(plane, side, f"{f}_1") for f in _FINGERS], axis=1) if full else seen[:, None]
            heights.append((finger_tips - base)[..., 1] if full else np.full((frames, 5), np.nan))
        both = np.concatenate(tips, axis=1)
        depth, held = self._keys(both, np.concatenate(heights, axis=1), tracks, first)
        on_keys = piano.fingers_on_keys(both, depth, held)
        weight = clamp(depth.reshape(frames, -1).sum(axis=1) / 0.02, 0, 1)
        wrist_pair = np.stack(wrists, axis=1)
        wrist_pair[..., 1] -= self.smooth("weight", 0.008 * weight, 0.05)[:, None]
        noted["held"] = held if held is not None else piano.nearest_fingers(both, depth)
        return wrist_pair, np.stack(palms, axis=1), on_keys.reshape(frames, 2, 5, 3), depth

    def _keys(self, tips, heights, tracks, first):  # type: ignore[no-untyped-def]
        if "notes" in tracks:
            return piano.pressed_keys(np.asarray(tracks["notes"], float), first, len(tips), self.fps), None
        if "pianoroll" in tracks:
            roll = np.asarray(tracks["pianoroll"], float)
            return clamp(self.smooth("roll", roll * piano.KEY_DIP, 0.01), 0, piano.KEY_DIP), None
        held = np.full((len(tips), 10), -1)
        depth = np.zeros((len(tips), KEYS))
        if (
            "keys_pressed" in tracks
        ):  # the MIDI pitch under each finger, left thumb to right little finger, 0 for none
            pitch = np.asarray(tracks["keys_pressed"]).reshape(len(tips), 10)
            held = np.where((pitch >= piano.LOWEST) & (pitch < piano.LOWEST + KEYS), pitch - piano.LOWEST, -1)
            for frame in range(len(tips)):
                depth[frame] = self._strikes.keys(held[frame])
            return depth, held
        for frame in range(len(tips)):
            held[frame] = self._strikes.step(heights[frame], tips[frame])
            depth[frame] = self._strikes.keys(held[frame])
        if len(tips) > 1:  # a strike is known one frame after the tip has arrived: a whole motion can look ahead
            held[:-1], depth[:-1] = held[1:].copy(), depth[1:].copy()
        return depth, held

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
        natural = _PIANO_ELBOWS if self.layout.instrument == "piano" else _VIOLIN_ELBOWS
        natural = rotate(chest, np.repeat(natural, frames, axis=0))
        elbow2d = np.concatenate([self._point(plane, f"{s}_elbow") for s in SIDES])
        shoulder2d = np.concatenate([self._point(plane, f"{s}_shoulder") for s in SIDES])
        depth = self._elbow_depth(elbow2d, shoulder2d, shoulder, upper)
        known = np.isfinite(elbow2d).all(axis=1)[:, None]
        seen = np.where(known, c.at_depth(np.where(known, elbow2d, 0.0), depth), np.nan)
        pole = arms.elbow_pole(shoulder, target, upper, lower, natural, seen, c.axes[:2])
        both = np.stack([pole[:frames], pole[frames:]], axis=1)
        pole = unit(self.smooth("pole", both, 0.10)).transpose(1, 0, 2).reshape(-1, 3)
        elbow, wrist = arms.reach(shoulder, target, upper[:, None], lower[:, None], pole)
        sign = np.repeat([1.0, -1.0], frames)[:, None]
        first, second = unit(elbow - shoulder), unit(wrist - elbow)
        bend = cross(first, second)
        bend = np.where(length(bend)[:, None] < 0.05, cross(unit(wrist - shoulder), -pole), bend) * sign
        # an arm bends about the vertical axis of the T pose: elbow forward
        turned = _frame_rotation(
            np.concatenate([first, second]), np.concatenate([bend, bend]), np.concatenate([X * sign] * 2), DOWN
        )
        arm, fore = turned[: 2 * frames], turned[2 * frames :]
        hand = hands.palm_rotation(palms).transpose(1, 0, 2).reshape(-1, 4)
        fore, hand = forearm_and_hand(fore, hand)
        for i, s in enumerate(SIDES):
            rows = slice(i * frames, (i + 1) * frames)
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

    def _pose_hands(self, world, palms, tips, joints):  # type: ignore[no-untyped-def]
        """Fingers to their targets; then everything as local rotations."""
        hand = [self._bone[f"{s}Hand"] for s in SIDES]
        turned = to_matrix(world[:, hand]) @ hands.REST_PALMS
        aims = hands.to_palm(tips - joints[:, hand][:, :, None], turned)
        directions, hinge = hands.finger_chains(aims, self._thumb_back)
        fingers = hands.finger_rotations(directions, hinge, self._thumb_back)
        local = world.copy()
        below = np.flatnonzero(self.rig.parents >= 0)
        # bones between chest and arm carry on from their parents
        local[:, below] = multiply(inverse(world[:, self.rig.parents[below]]), world[:, below])
        local[:, self._fingers] = fingers
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


DOWN = np.array([0.0, -1.0, 0.0])
_PIANO_ELBOWS = np.array(
    [[0.65, -0.75, -0.25], [-0.65, -0.75, -0.25]]
)  # where elbows hang by themselves, left, right
_VIOLIN_ELBOWS = np.array([[0.15, -1.0, 0.1], [-0.75, -0.55, -0.35]])
_SEATED_FEET = np.array([[0.105, 0.085, 0.02], [-0.105, 0.085, 0.115]])  # m, ankles; the right one is at the pedal
_STANDING_FEET = np.array([[0.125, 0.085, 0.02], [-0.125, 0.085, -0.02]])
_FINGERS = ("thumb", "index", "middle", "ring", "little")


def _frame_rotation(
    direction: np.ndarray, hinge: np.ndarray, rest_direction: np.ndarray, rest_hinge: np.ndarray
) -> np.ndarray:
    """Rotation that takes a bone and its bending axis from rest to where they are."""
    now = arms.limb_frame(direction, hinge)
    rest = arms.limb_frame(
        np.broadcast_to(rest_direction, direction.shape), np.broadcast_to(rest_hinge, direction.shape)
    )
    return from_matrix(now @ np.swapaxes(rest, -1, -2))


def _aim(
    bone: np.ndarray, next_bone: np.ndarray, rest_direction: np.ndarray, rest_hinge: np.ndarray, flip: bool = False
) -> np.ndarray:
    """Rotation of a leg's bone from its direction and its neighbour's."""
    direction = unit(bone)
    axis = cross(unit(next_bone), direction) if not flip else cross(direction, unit(next_bone))
    axis = np.where(length(axis)[:, None] < 0.05, rest_hinge, axis)
    return _frame_rotation(direction, -axis, rest_direction, rest_hinge)


def hips_place(layout: Layout, skeleton: Skeleton) -> np.ndarray:
    """Where the hips are: a violinist stands on the floor, a pianist sits at the height the keys ask for."""
    return np.array([0.0, skeleton.rest[0, 1], 0.0]) if layout.instrument == "violin" else SITTING


def check(motion: Motion) -> None:
    """Refuse a motion that cannot be animated.

    Raises
    ------
    BadInput
        If it has no frame, no known point, or points that are not finite and not NaN.
    """
    if len(motion) == 0:
        raise BadInput("the motion has no frames; there is nothing to animate")
    if np.isinf(motion.points).any():
        raise BadInput("the motion holds infinite coordinates; unknown points are NaN")
    if not np.isfinite(motion.points).any():
        raise BadInput("the motion holds no known point in any frame; there is nothing to animate")


def retarget(
    motion: Motion,
    settings: RetargetSettings | None = None,
    skeleton: Skeleton | None = None,
    notes: np.ndarray | None = None,
) -> Performance:
    """Keypoints onto the rig (paper Sec. 5).

    Parameters
    ----------
    motion : Motion
        Layouts violin, piano, piano49 and hands12. Tracks that help where present: ``loudness_db``, ``bow_speed``,
        ``bow_lift``, ``string``, ``bow_position``, ``finger_position``; ``pianoroll`` [frames, 88], ``keys_pressed``
        [frames, 10].
    settings : RetargetSettings, optional
    skeleton : Skeleton, optional
        The rig; the project's own by default.
    notes : np.ndarray [n, 4], optional
        Onset and end in seconds, MIDI pitch and velocity of the piano's notes, where they are known; else the keys
        follow the fingers that strike.

    Raises
    ------
    BadInput
        If the motion shows nothing that can be animated.
    """
    check(motion)
    settings = settings or RetargetSettings()
    skeleton = skeleton or mannequin_skeleton()
    layout = motion.skeleton
    points = filled(np.where((motion.confidence > 0)[..., None], motion.points, np.nan))
    if not np.isfinite(points).any():  # all confidences are zero: the points themselves are all there is
        points = filled(motion.points)
    motion = replace(motion, points=points)
    calibration = rigid_alignment(motion, skeleton, settings, hips_place(layout, skeleton))
    plane = calibration.metres(points)
    if settings.smoothness > 0:
        plane = keep_onsets(plane, motion.fps, SLOWEST_CUTOFF / settings.smoothness)

    def smooth(name: str, values: np.ndarray, seconds: float) -> np.ndarray:
        return low_pass(values, motion.fps, seconds)

    musician = Musician(layout, calibration, settings, motion.fps, longest_forearms(plane, layout), smooth)
    tracks = dict(motion.tracks) if notes is None else {**motion.tracks, "notes": np.asarray(notes, float)}
    frames = musician.pose(plane, tracks)
    return Performance(
        skeleton=calibration.skeleton,
        fps=motion.fps,
        root=frames.root,
        rotations=continuous(frames.local),
        instrument=layout.instrument,
        props={name: Prop(place, continuous(turn)) for name, (place, turn) in frames.props.items()},
        keys=frames.keys,
        bench_height=SITTING[1] - HIPS_ABOVE_BENCH,
        tracks=frames.tracks,
        calibration=calibration,
    )


def longest_forearms(plane: np.ndarray, layout: Layout) -> tuple[float, float]:
    """Maximum apparent length of the left and right forearm (Sec. 5 "Arms"), in the points' unit."""
    if not layout.body:
        return 0.25, 0.25
    left, right = (longest(lengths(plane, layout.index(f"{s}_elbow"), layout.index(f"{s}_wrist"))) for s in SIDES)
    return left, right


__all__ = ["Frames", "Musician", "check", "retarget"]
