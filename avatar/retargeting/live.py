"""The same retargeting frame by frame, for streams: the past only, a few milliseconds a frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from audio_to_body.avatar.bones import UNITY
from audio_to_body.avatar.kinematics import forward
from audio_to_body.avatar.retargeting.alignment import rigid_alignment
from audio_to_body.avatar.retargeting.calibration import Calibration
from audio_to_body.avatar.retargeting.musician import Musician, hips_place
from audio_to_body.avatar.retargeting.pace import Paced
from audio_to_body.avatar.retargeting.settings import RetargetSettings
from audio_to_body.avatar.retargeting.smoothing import SLOWEST_CUTOFF, Lag, OneEuro
from audio_to_body.avatar.retargeting.whole import check, longest_forearms
from audio_to_body.skeleton.layouts import layout_named
from audio_to_body.skeleton.motion import Motion


@dataclass(frozen=True)
class LivePose:
    """One frame of a live performance.

    Attributes
    ----------
    root : np.ndarray [3]
        Hips in the room, metres.
    rotations : np.ndarray [bones, 4]
        Local rotations x, y, z, w in the order of the skeleton's names.
    props : dict of str to (np.ndarray [3], np.ndarray [4])
        Violin and bow in the room.
    keys : np.ndarray [88]
        How far each piano key is down, metres; empty for the violin.
    """

    root: np.ndarray
    rotations: np.ndarray
    props: dict[str, tuple[np.ndarray, np.ndarray]]
    keys: np.ndarray


class LiveRetargeter:
    """Keypoints in, bones out, one frame at a time.

    Parameters
    ----------
    example : Motion
        A motion of the same layout and frame, such as a model's mean movement or the first seconds of a stream: it
        gives scale, place and proportions.
    settings : RetargetSettings, optional

    Examples
    --------
    >>> live = LiveRetargeter(motion)                      # doctest: +SKIP
    >>> pose = live.push(motion.points[0])                 # doctest: +SKIP
    >>> bones = live.unity_bones(pose)                     # doctest: +SKIP
    """

    def __init__(self, example: Motion, settings: RetargetSettings | None = None):
        from audio_to_body.avatar.bones import mannequin_skeleton

        check(example)
        self.settings = settings or RetargetSettings()
        self.layout = layout_named(example.layout)
        self.fps = example.fps
        rig = mannequin_skeleton()
        root = hips_place(self.layout, rig)
        self.calibration: Calibration = rigid_alignment(example, rig, self.settings, root)
        plane = self.calibration.metres(example.points.astype(float))
        self._longest = longest_forearms(plane, self.layout)
        self._start = np.nanmedian(plane, axis=0)
        self.reset()

    def reset(self) -> None:
        """Forget the past: a new piece begins."""
        slowest = SLOWEST_CUTOFF / self.settings.smoothness if self.settings.smoothness > 0 else np.inf
        self._filter = OneEuro(self.fps, slowest)
        self._filter(self._start)
        lag = Lag(self.fps)
        # causal smoothing lags by its time constant; half of the offline one keeps hands with their sound
        self._musician = Musician(
            self.layout,
            self.calibration,
            self.settings,
            self.fps,
            self._longest,
            lambda name, values, seconds: lag(name, values, 0.5 * seconds),
            Paced(),
        )
        self._frame = 0
        self._last: np.ndarray | None = None
        self._last_props: dict[str, np.ndarray] = {}

    def push(self, points: np.ndarray, tracks: Mapping[str, float] | None = None) -> LivePose:
        """Pose the next frame.

        Parameters
        ----------
        points : np.ndarray [points, 2]
            Pixels; NaN holds a point where it was.
        tracks : mapping of str to float, optional
            This frame's value of tracks such as ``loudness_db``.
        """
        plane = self._filter(self.calibration.metres(np.asarray(points, float)))
        one = {name: np.asarray([value]) for name, value in (tracks or {}).items()}
        frames = self._musician.pose(plane[None], one, self._frame)
        self._frame += 1
        local = frames.local[0]
        if self._last is not None:  # signs continuous with the frame before
            local = local * np.where(np.einsum("bi,bi->b", local, self._last) < 0, -1.0, 1.0)[:, None]
        self._last = local
        props = {}
        for name, (place, turn) in frames.props.items():
            last = self._last_props.get(name, turn[0])
            self._last_props[name] = turn[0] if turn[0] @ last >= 0 else -turn[0]
            props[name] = (place[0], self._last_props[name])
        return LivePose(frames.root[0], local, props, frames.keys[0] if frames.keys.size else frames.keys.reshape(-1))

    def unity_bones(self, pose: LivePose) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Local position and rotation of every bone by Unity's names, as VMC sends them.

        Unity's directions are left-handed: x is mirrored.
        """
        rig = self.calibration.skeleton
        flip_place, flip_turn = np.array([-1.0, 1.0, 1.0]), np.array([1.0, -1.0, -1.0, 1.0])
        offsets = rig.offsets
        return {
            UNITY[name]: ((pose.root if i == 0 else offsets[i]) * flip_place, pose.rotations[i] * flip_turn)
            for i, name in enumerate(rig.names)
            if name in UNITY
        }

    def joints(self, pose: LivePose) -> np.ndarray:
        """Joints in the room, metres ``[bones, 3]``."""
        return forward(self.calibration.skeleton, pose.root[None], pose.rotations[None]).positions[0]
