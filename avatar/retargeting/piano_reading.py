"""A pianist plays: hands over the keys, keys under the fingers that strike (Sec. 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from audio_to_body.avatar.retargeting import hands
from audio_to_body.avatar.retargeting import piano_rigging as piano
from audio_to_body.avatar.retargeting.calibration import Calibration, camera_axes
from audio_to_body.avatar.retargeting.playing import Played, Player, SeenPoints, Smooth, Trunk
from audio_to_body.avatar.retargeting.settings import RetargetSettings
from audio_to_body.geometry.vector_arrays import clamp, unit
from audio_to_body.musician.piano_keys import KEY_HEIGHT, LOWEST, pressed_keys
from audio_to_body.skeleton.layouts import Layout
from audio_to_body.skeleton.room import KEYS

SIDEWAYS_SECONDS = 0.025  # a fingertip does not leave its key for another within one frame
SHIFT_SECONDS = 0.08  # in which a hand moves to where its fingers are needed
Z = np.array([0.0, 0.0, 1.0])


class PianoReader(Player):
    """Reads hands and strokes from a pianist's points; parameters as :class:`Player`."""

    one_size = True
    elbows = ((0.65, -0.75, -0.25), (-0.65, -0.75, -0.25))
    thumbs_back = ((0.0, 0.6, 0.8), (0.0, 0.6, 0.8))

    def __init__(
        self,
        layout: Layout,
        seen: SeenPoints,
        calibration: Calibration,
        settings: RetargetSettings,
        fps: float,
        smooth: Smooth,
    ) -> None:
        self.seen, self.calibration, self.fps, self.smooth = seen, calibration, fps, smooth
        self.full = layout.has("left_hand_index_1")  # else wrists and fingertips alone
        self._strikes = piano.Strikes(fps)
        self._fit = piano.keyboard_fit()

    @staticmethod
    def angled(
        points: np.ndarray, layout: Layout, calibration: Calibration, settings: RetargetSettings
    ) -> Calibration:
        """Yaw and pitch of the camera over the keys (:func:`piano.piano_angle`)."""
        yaw, pitch = piano.piano_angle(points, layout, calibration, settings)
        return replace(calibration, axes=camera_axes(yaw, pitch))

    def play(self, plane: np.ndarray, tracks: Mapping[str, np.ndarray], first: int, trunk: Trunk) -> Played:
        """Play consecutive frames; see :meth:`Player.play`."""
        c = self.calibration
        frames = len(plane)
        wrists, palms, tips, heights = [], [], [], []
        full = self.full
        for side in (0, 1):
            sign = 1.0 if side == 0 else -1.0
            seen = self.seen.hand(plane, side, "wrist")
            home = np.array([0.22 * sign, KEY_HEIGHT + piano.WRIST_HEIGHT, -0.09])
            known = np.isfinite(seen).all(axis=1)
            wrist = piano.wrist_depth(np.where(known[:, None], seen, 0.0), c)
            wrist = np.where(known[:, None], wrist, home)
            finger_tips = self.seen.fingers(plane, side, 4)
            down = np.array([0.0, 1.0, 0.0])
            if full:
                roots = [self.seen.hand(plane, side, f"{f}_1") for f in ("index", "little")]
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
            if not np.isfinite(finger_tips).all():
                relaxed = wrist[:, None] + np.einsum("fij,nj->fni", palm, piano.RELAXED)
                relaxed[..., 1] = piano.key_surface(relaxed) + 0.004
                over = np.where(np.isfinite(finger_tips).all(axis=2)[..., None], over, relaxed)
            wrists.append(wrist)
            palms.append(palm)
            tips.append(over)
            base = self.seen.fingers(plane, side, 1) if full else seen[:, None]
            heights.append((finger_tips - base)[..., 1] if full else np.full((frames, 5), np.nan))
        both = np.concatenate(tips, axis=1)
        wrist_pair, palm_pair = np.stack(wrists, axis=1), np.stack(palms, axis=1)
        depth, held = self._keys(both, np.concatenate(heights, axis=1), tracks, first)
        if held is not None and "keys_pressed" in tracks:
            self._fit.add(both[..., 0], piano.places_held(held))
            both[..., 0] = self._fit.moved(both[..., 0])
            wrist_pair[..., 0] = self._fit.moved(wrist_pair[..., 0])
        fingering = held if held is not None else piano.nearest_fingers(both, depth)
        aside, far = piano.hand_shift(fingering.reshape(frames, 2, 5), wrist_pair, palm_pair)
        wrist_pair[..., 0] += self.smooth("shift", aside, SHIFT_SECONDS)
        if held is not None:
            held = fingering = np.where(far.reshape(frames, 10), -1, held)
            depth = np.stack([self._strikes.keys(row) for row in held])
        on_keys = piano.fingers_on_keys(both, depth, fingering)
        on_keys[..., 0] = self.smooth("aside", on_keys[..., 0], SIDEWAYS_SECONDS)
        weight = clamp(depth.reshape(frames, -1).sum(axis=1) / 0.02, 0, 1)
        wrist_pair[..., 1] -= self.smooth("weight", 0.008 * weight, 0.05)[:, None]
        touching = (fingering >= 0).reshape(frames, 2, 5)
        tips_on_keys = on_keys.reshape(frames, 2, 5, 3)
        return Played(wrist_pair, palm_pair, tips_on_keys, touching, {}, depth, {"held": fingering})

    def _keys(self, tips, heights, tracks, first):  # type: ignore[no-untyped-def]
        """How far keys are down where the motion says so, or else which keys the fingers hold."""
        if "notes" in tracks:
            return pressed_keys(np.asarray(tracks["notes"], float), first, len(tips), self.fps), None
        if "pianoroll" in tracks:
            roll = np.asarray(tracks["pianoroll"], float)
            return clamp(self.smooth("roll", roll * piano.KEY_DIP, 0.01), 0, piano.KEY_DIP), None
        held = np.full((len(tips), 10), -1)
        depth = np.zeros((len(tips), KEYS))
        if (
            "keys_pressed" in tracks
        ):  # the MIDI pitch under each finger, left thumb to right little finger, 0 for none
            pitch = np.asarray(tracks["keys_pressed"]).reshape(len(tips), 10)
            held = np.where((pitch >= LOWEST) & (pitch < LOWEST + KEYS), pitch - LOWEST, -1)
            return depth, held
        for frame in range(len(tips)):
            held[frame] = self._strikes.step(heights[frame], tips[frame])
        if len(tips) > 1:  # a strike is known one frame after the tip has arrived: a whole motion can look ahead
            held[:-1] = held[1:].copy()
        return depth, held
