"""A window that shows the musician while the sound comes."""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np

from audio_to_body.inference.frames import Frames
from audio_to_body.inference.live.warm_up import example_motion
from audio_to_body.inference.session import Session
from audio_to_body.skeleton.motion import Motion

TITLE = "Audio to Body Dynamics"
ESCAPE = 27
HEIGHT = 480  # px


def can_show() -> bool:
    """Whether this session has a screen; OpenCV ends the whole process where it has none."""
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True


class Preview:
    """Draws the last of the frames that it is given.

    Parameters
    ----------
    session : Session
        Plays a short example first, by which the picture is framed.
    """

    def __init__(self, session: Session) -> None:
        from audio_to_body.pictures.easel import Easel
        from audio_to_body.pictures.stage import Stage

        self._example = example_motion(session)
        self._stage = Stage.for_motion(self._example, HEIGHT)
        self._easel = Easel(self._stage.background)
        self._shown = False

    def draw(self, frames: Frames) -> np.ndarray:
        """The picture of the last frame, uint8 BGR."""
        points = frames.points[-1:]
        one = Motion(points, np.ones(points.shape[:2]), frames.fps, self._example.layout, self._example.frame_size)
        self._easel.paint(self._stage.sketch(one, slice(0, 1)), 0)
        return self._easel.picture

    def __call__(self, frames: Frames) -> bool:
        """Show the last frame; False once the window was closed or Escape pressed."""
        import cv2

        window: Any = cv2
        window.imshow(TITLE, self.draw(frames))
        pressed = window.waitKey(1) & 0xFF
        closed = self._shown and window.getWindowProperty(TITLE, window.WND_PROP_VISIBLE) < 1
        self._shown = True
        if pressed == ESCAPE or closed:
            window.destroyAllWindows()
            return False
        return True
