"""A violinist plays: violin and bow from the hands, and the hands onto them (Sec. 5)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from audio_to_body.avatar.retargeting import bow_rigging as bowing
from audio_to_body.avatar.retargeting import violin_rigging as violin
from audio_to_body.avatar.retargeting.calibration import Calibration
from audio_to_body.avatar.retargeting.placement import LineFit
from audio_to_body.avatar.retargeting.playing import Played, Player, SeenPoints, Smooth, Touched, Trunk
from audio_to_body.avatar.retargeting.settings import RetargetSettings
from audio_to_body.geometry.quaternion_arrays import from_matrix, to_matrix
from audio_to_body.geometry.vector_arrays import clamp, cross, stacked
from audio_to_body.skeleton.layouts import Layout

LANDING = 0.22  # s in which a raised bow comes down to the string
SPAN = 0.078  # m of string under the four fingers of a hand that does not move
LIFTED = 0.5  # how far off the string the bow is at least while it is known not to sound
OPEN = 0.004  # m from the nut: nearer, no finger stops the string
QUIETEST = -120.0  # dB


class ViolinReader(Player):
    """Reads bow and fingers from a violinist's points; parameters as :class:`Player`."""

    under_jaw = True
    elbows = ((0.15, -1.0, 0.1), (-0.75, -0.55, -0.35))
    turned = (math.radians(-90.0), 0.0)  # the left palm faces its player
    # the left thumb lies under the neck, the right one bends out under the stick
    thumbs_back = ((0.0, 0.2, -0.98), (0.0, 0.3, 0.95))
    # fingers come to strings; a thumb lies where it can, the right hand goes with the bow
    led = ((False, True, True, True, True), (False,) * 5)

    def __init__(
        self,
        layout: Layout,
        seen: SeenPoints,
        calibration: Calibration,
        settings: RetargetSettings,
        fps: float,
        smooth: Smooth,
    ) -> None:
        self.seen, self.calibration, self.settings, self.smooth = seen, calibration, settings, smooth
        self._loudest = QUIETEST  # of what has been heard
        self._fps = fps
        self._silent = np.inf  # frames since the bow last sounded
        self._lift = 1.0  # of the last frame
        self._fit = LineFit(violin.FIRST_POSITION, 0.05, 0.2, 0.9)

    @staticmethod
    def angled(
        points: np.ndarray, layout: Layout, calibration: Calibration, settings: RetargetSettings
    ) -> Calibration:
        """Slope and roll of the violin (:func:`violin.violin_angles`)."""
        roll = None if settings.roll is None else float(np.radians(settings.roll))
        slope, roll = violin.violin_angles(points, layout, calibration, roll)
        return replace(calibration, slope=slope, roll=roll)

    @staticmethod
    def in_touch(props: dict[str, tuple[np.ndarray, np.ndarray]]) -> Touched:
        """The hair brought onto the string that it plays; see :meth:`Player.in_touch`."""
        (button, violin_turn), (frog, bow_turn) = props["violin"], props["bow"]
        body = to_matrix(violin_turn)
        off, on_string, along = bowing.hair_off_strings(button, body, frog, to_matrix(bow_turn)[..., 0])
        shift = -off[:, None] * body[..., 1]
        return Touched({**props, "bow": (frog + shift, bow_turn)}, shift, {"sounding": on_string, "bow_place": along})

    def play(self, plane: np.ndarray, tracks: Mapping[str, np.ndarray], first: int, trunk: Trunk) -> Played:
        """Play consecutive frames; see :meth:`Player.play`."""
        c = self.calibration
        shoulders, chest = trunk()
        noted: dict[str, np.ndarray] = {}
        chest = to_matrix(chest)
        button = violin.violin_position(shoulders, chest)
        flat_button = (button - c.anchor) @ c.axes[:2].T
        knuckle = self.seen.hand(plane, 0, "index_1")
        if not np.isfinite(knuckle).all():
            wrist = self.seen.body(plane, "left_wrist")
            knuckle = np.where(np.isfinite(knuckle), knuckle, wrist + np.array([0.01, 0.06]))
        knuckle = np.where(np.isfinite(knuckle), knuckle, flat_button + np.array([0.25, 0.05]))
        offset = violin.hand_from_button(button, knuckle, c.slope, c)
        knuckle = offset + flat_button
        axes = violin.violin_look_at(button, self.smooth("neck", offset, 0.10), c.slope, c.roll)
        reach = violin.hand_reach(axes, offset, c)
        reach = self._placed(reach, tracks)
        bow = self._bow(plane, axes, tracks, noted)
        right_wrist, right_palm = bowing.bow_hand(bow, axes)
        reach = self.smooth("reach", reach, 0.02)
        left_wrist, left_palm = violin.neck_hand(axes, reach, bow.string)
        left_tips, stopping = self._stopping(plane, axes, reach, bow, tracks, knuckle)
        right_tips = bowing.bow_hold(bow, right_palm)
        side = cross(-bow.hair, bow.over)
        props = {
            "violin": (axes.button, from_matrix(stacked([axes.along, axes.normal, axes.right], axis=-1))),
            "bow": (bow.frog, from_matrix(stacked([-bow.hair, bow.over, side], axis=-1))),
        }
        return Played(
            wrists=stacked([left_wrist, right_wrist], axis=1),
            palms=stacked([left_palm, right_palm], axis=1),
            tips=stacked([left_tips, right_tips], axis=1),
            touching=stacked([stopping, np.ones_like(stopping)], axis=1) > 0,
            props=props,
            keys=np.zeros((len(plane), 0)),
            tracks=noted,
        )

    def _bow(self, plane, axes, tracks, noted):  # type: ignore[no-untyped-def]
        """The bow from the right hand: place along the hair, string, and whether it is on the string."""
        c = self.calibration
        frames = len(plane)
        tips = self.seen.fingers(plane, 1, 4)
        wrist = self.seen.body(plane, "right_wrist")
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
            string = self.smooth("string", bowing.string_from_tilt(slow_tilt), 0.045)
        off = clamp((np.abs(slow_tilt) - np.radians(24) - bowing.TILT_SLACK) / np.radians(16), 0, 1)
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
        lift = self._landed(self.smooth("lift", lift, 0.06), sounding)
        if "bow_position" in tracks:  # the planner knows where the bow is; a lifted bow is where the hand is
            planned = (
                np.asarray(tracks["bow_position"], float).reshape(frames) * bowing.BOW_LENGTH + bowing.GRIP_ALONG
            )
            trust = self.smooth("trust", np.asarray(sounding, float), 0.05) * (1 - lift)
            distance = trust * planned + (1 - trust) * distance
        noted["sounding"], noted["string"], noted["lift"] = sounding, string, lift
        noted["bow_place"] = distance - bowing.GRIP_ALONG
        return bowing.bow_look_at(axes, distance, slow_tilt, string, lift)

    def _landed(self, lift: np.ndarray, sounding: np.ndarray) -> np.ndarray:
        """On the string while the bow sounds, and before and after it on the way there: no bow falls in a frame."""
        step = 1.0 / (LANDING * self._fps)
        result = np.empty_like(lift)
        ahead = np.full(len(lift), np.inf)  # frames until it sounds, as far as they are known
        for i in range(len(lift) - 1, -1, -1):
            ahead[i] = 0.0 if sounding[i] else ahead[i + 1] + 1.0 if i + 1 < len(lift) else np.inf
        for i, wanted in enumerate(lift):
            self._silent = 0.0 if sounding[i] else self._silent + 1.0
            most = min(self._silent, ahead[i]) * step
            # what is coming is not known live: then the bow comes down as fast as it can
            least = self._lift - 2.0 * step if len(lift) == 1 else 0.0
            self._lift = max(min(wanted, most), least)
            result[i] = self._lift
        return result

    def _placed(self, reach: np.ndarray, tracks: Mapping[str, np.ndarray]) -> np.ndarray:
        """How far along the neck the hand is: where a finger stops a known place, within a hand's span of it."""
        lowest, highest = violin.HIGHEST_POSITION, violin.FIRST_POSITION + 0.02
        if "finger_position" not in tracks:
            return clamp(reach, lowest, highest)
        stop = np.asarray(tracks["finger_position"], float).reshape(len(reach))
        stopped = stop > OPEN
        at = violin.NUT - stop
        # the nearest place of the hand from which a finger reaches the stop
        for _ in range(2 if len(reach) > 1 else 1):
            now = self._fit.moved(reach)
            self._fit.add(reach, np.where(stopped, clamp(now, at, at + SPAN), np.nan))
        now = self._fit.moved(reach)
        return clamp(np.where(stopped, clamp(now, at, at + SPAN), now), lowest, violin.NUT - 0.008)

    def _sounding(self, tracks: Mapping[str, np.ndarray], frames: int) -> np.ndarray | None:
        """Whether the bow sounds, where a motion says so: its speed, or the loudness."""
        if "bow_speed" in tracks:
            return np.abs(np.asarray(tracks["bow_speed"], float)).reshape(frames) > 0.02
        if "loudness_db" in tracks:
            level = np.asarray(tracks["loudness_db"], float).reshape(frames)
            self._loudest = max(self._loudest, float(np.percentile(level, 95)))
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
        tips = self.seen.fingers(plane, 0, 4)[:, 1:]
        if np.isfinite(tips).all():
            offset = tips - knuckle[:, None]
            # two unknowns a finger, towards the bridge and above the string, from two picture coordinates
            (ax, ay), (ux, uy) = along.T, up.T
            area = ux * ay - ax * uy
            usable = np.abs(area) > 0.08
            area = np.where(usable, area, np.nan)[:, None]
            x, y = offset[..., 0], offset[..., 1]
            found = stacked([(x * uy[:, None] - y * ux[:, None]) / area, (x * ay[:, None] - y * ax[:, None]) / area])
            toward = np.nan_to_num(found[..., 0], nan=0.0) * 0.5
            # knuckles are farther apart than one camera tells: half of what it shows, within a hand's own spread
            shown = clamp(0.6 * spread + clamp(toward, -0.01, 0.06), spread - 0.012, spread + 0.012)
            spread = np.where(usable[:, None], shown, spread)
            lowest = np.nanmin(np.where(np.isfinite(found[..., 1]), found[..., 1], 0.0), axis=1, keepdims=True)
            height = clamp(np.where(usable[:, None], found[..., 1] - lowest, violin.HOVER), 0.0, 0.022)
        if "finger_position" in tracks:
            stop = np.asarray(tracks["finger_position"], float)
            wanted = reach[:, None] - (violin.NUT - stop[:, None])
            nearest = np.argmin(np.abs(spread - wanted), axis=1)
            rows = np.arange(frames)
            stopped = stop > OPEN
            height = np.maximum(height, 0.008)
            spread[rows, nearest] = np.where(stopped, clamp(wanted[:, 0], -0.012, 0.09), spread[rows, nearest])
            height[rows, nearest] = np.where(stopped, 0.0, height[rows, nearest])
        spread = np.maximum.accumulate(spread + np.array([0.0, 1e-3, 2e-3, 3e-3]), axis=1)
        spread = self.smooth("spread", spread, 0.03)
        height = self.smooth("finger height", height, 0.02)
        stopping = np.zeros((frames, 5), bool)
        stopping[:, 1:] = height < 0.001
        return violin.stopping_fingers(axes, reach, bow.string, spread, height), stopping
