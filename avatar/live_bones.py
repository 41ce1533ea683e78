"""The avatar's bones for every live frame, as VMC receivers take them."""

from __future__ import annotations

import numpy as np

from audio_to_body.avatar.retargeting.live import LiveRetargeter
from audio_to_body.inference.live.frame import LiveFrame
from audio_to_body.skeleton.motion import Motion

ROOT = ""  # the name under which the whole avatar's place goes
NOT_TURNED = np.array([0.0, 0.0, 0.0, 1.0])


class LiveBones:
    """Callable that poses one frame after the other.

    Parameters
    ----------
    example : Motion
        What the model's musician looks like (:func:`audio_to_body.inference.live.warm_up.example_motion`): scale and
        proportions.
    """

    def __init__(self, example: Motion) -> None:
        self._retargeter = LiveRetargeter(example)

    def __call__(self, frame: LiveFrame) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Local position and rotation by Unity's bone names, and the root at rest."""
        pose = self._retargeter.push(frame.points, frame.tracks)
        return {ROOT: (np.zeros(3), NOT_TURNED), **self._retargeter.unity_bones(pose)}
