"""The avatar's bones and props for every live frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from audio_to_body.avatar.retargeting.live import LiveFollower, LivePose, LiveRetargeter
from audio_to_body.inference.live.frame import LiveFrame, Posed
from audio_to_body.musician.piano_keys import KEY_HEIGHT
from audio_to_body.skeleton.motion import Motion

ROOT = ""  # the name under which the whole avatar's place goes
NOT_TURNED = np.array([0.0, 0.0, 0.0, 1.0])
KEYBOARD_PLACE = np.array([0.0, KEY_HEIGHT, 0.0])  # in the avatar's room


class LiveBones:
    """Poses one frame after the other: joints in metres are followed, keypoints retargeted.

    Parameters
    ----------
    example : Motion
        What the model's musician looks like (:func:`audio_to_body.inference.live.warm_up.example_motion`): scale and
        proportions.
    """

    def __init__(self, example: Motion) -> None:
        self._follower = None if example.room is None else LiveFollower(example)
        self._rig = self._follower or LiveRetargeter(example)
        self._pose: LivePose | None = None

    def describe(self) -> dict[str, Any]:
        """The bones' names, their parents (-1 for none), and where joints rest, seen from their parents' (metres)."""
        rig = self._rig.skeleton
        offsets = rig.offsets.round(5)
        offsets[0] = 0.0  # each frame says where the root is
        return {"names": list(rig.names), "parents": rig.parents.tolist(), "offsets": offsets.tolist()}

    def pose(self, frame: LiveFrame) -> Posed:
        """Bones and props of the next frame, in the player's room."""
        if self._follower is not None and frame.room is not None:
            self._pose = self._follower.push(frame.room)
        else:
            assert isinstance(self._rig, LiveRetargeter)
            self._pose = self._rig.push(frame.points, frame.tracks)
        there = self._rig.origin
        held = self._pose.props if not self._pose.keys.size else {"keyboard": (KEYBOARD_PLACE, NOT_TURNED)}
        props = {name: (place - there, turn) for name, (place, turn) in held.items()}
        return Posed(self._pose.root - there, self._pose.rotations, props, self._pose.keys)

    def unity(self, frame: LiveFrame) -> Mapping[str, tuple[np.ndarray, np.ndarray]]:
        """Local position and rotation by Unity's bone names, and the root at rest, of the frame posed last."""
        assert self._pose is not None
        return {ROOT: (np.zeros(3), NOT_TURNED), **self._rig.unity_bones(self._pose)}
