"""The same frame by frame, for streams: keypoints with the past only, joints in metres as they come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from audio_to_body.avatar.bones import UNITY, Skeleton, mannequin_skeleton
from audio_to_body.avatar.kinematics import forward
from audio_to_body.avatar.retargeting.alignment import rigid_alignment
from audio_to_body.avatar.retargeting.calibration import Calibration
from audio_to_body.avatar.retargeting.following import Follower
from audio_to_body.avatar.retargeting.musician import Musician, PosedFrames, hips_place
from audio_to_body.avatar.retargeting.pace import Paced
from audio_to_body.avatar.retargeting.proportions import fitted
from audio_to_body.avatar.retargeting.settings import RetargetSettings
from audio_to_body.avatar.retargeting.smoothing import SLOWEST_CUTOFF, Lag, OneEuro
from audio_to_body.avatar.retargeting.whole import check, longest_forearms
from audio_to_body.skeleton.layouts import layout_named
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.room import Room


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


class LiveRig:
    """A rig that is posed frame by frame.

    Attributes
    ----------
    skeleton : Skeleton
    origin : np.ndarray [3]
        Where the origin of the player's room (:mod:`audio_to_body.skeleton.room`) is in the avatar's, metres.
    """

    skeleton: Skeleton
    origin: np.ndarray

    def __init__(self) -> None:
        self._last: np.ndarray | None = None
        self._last_props: dict[str, np.ndarray] = {}

    def _posed(self, frames: PosedFrames) -> LivePose:
        """The only one of some frames, the signs of its rotations continuous with the frame before."""
        local = frames.local[0]
        if self._last is not None:
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
        flip_place, flip_turn = np.array([-1.0, 1.0, 1.0]), np.array([1.0, -1.0, -1.0, 1.0])
        offsets = self.skeleton.offsets
        return {
            UNITY[name]: ((pose.root if i == 0 else offsets[i]) * flip_place, pose.rotations[i] * flip_turn)
            for i, name in enumerate(self.skeleton.names)
            if name in UNITY
        }

    def joints(self, pose: LivePose) -> np.ndarray:
        """Joints in the avatar's room, metres ``[bones, 3]``."""
        return forward(self.skeleton, pose.root[None], pose.rotations[None]).positions[0]


class LiveFollower(LiveRig):
    """Joints in metres in, bones out, one frame at a time and none late.

    Parameters
    ----------
    example : Motion
        A motion of the same player, with its room: it gives place and proportions.

    Raises
    ------
    BadInput
        If it has no room, or a joint or the instrument is known in none of its frames.
    """

    def __init__(self, example: Motion) -> None:
        super().__init__()
        if example.room is None:
            raise BadInput("this motion is known in pixels alone; it is retargeted, not followed")
        fit = fitted(example.room, example.skeleton, mannequin_skeleton(), own=True)
        self.skeleton, self.origin = fit.skeleton, fit.origin
        self.follower = Follower(example.skeleton, fit)
        self._joints = np.nanmedian(example.room.joints, axis=0)[None]

    def push(self, room: Room) -> LivePose:
        """Pose the next frame; a joint that it does not know stays where it was."""
        self._joints = np.where(np.isfinite(room.joints), room.joints, self._joints)
        return self._posed(self.follower.pose(replace(room, joints=self._joints)))


class LiveRetargeter(LiveRig):
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
        check(example)
        self.settings = settings or RetargetSettings()
        self.layout = layout_named(example.layout)
        self.fps = example.fps
        rig = mannequin_skeleton()
        root = hips_place(self.layout, rig)
        self.calibration: Calibration = rigid_alignment(example, rig, self.settings, root)
        self.skeleton = self.calibration.skeleton
        self.origin = np.array([root[0], 0.0, root[2]])
        plane = self.calibration.metres(example.points.astype(float))
        self._longest = longest_forearms(plane, self.layout)
        self._start = np.nanmedian(plane, axis=0)
        self.reset()

    def reset(self) -> None:
        """Forget the past: a new piece begins."""
        super().__init__()
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
        return self._posed(frames)
