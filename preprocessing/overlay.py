"""The recital's own video with the detected points drawn over it, in the manner of the paper's Fig. 3 and 4."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from preprocessing.dataset import Reason, Recital
from preprocessing.drawing import OVERLAY, draw_skeleton, pixels_per_cm
from preprocessing.recital_sound import copy_sound
from preprocessing.video import Clip, pictures
from preprocessing.video_writer import even, video_writer
from skeleton.layouts import Layout
from skeleton.rates import VIDEO_FPS

REASON_TEXT = {
    Reason.KEPT: "",
    Reason.NO_PERSON: "nobody found",
    Reason.MISSING_PART: "part missing",
    Reason.BOX_TOO_FAR: "box too far",
    Reason.WRONG_FACE: "wrong face",
    Reason.JUMP: "jump",
    Reason.WRONG_PERSON: "wrong person",
}
DROPPED = (60, 60, 230)  # BGR


def draw_overlay(
    picture: np.ndarray, points: np.ndarray, confidence: np.ndarray, reason: int, layout: Layout, scale: float | None
) -> np.ndarray:
    """One frame with its points; a dropped frame gets a red border and its reason (the paper's Fig. 4).

    Parameters
    ----------
    picture : np.ndarray, uint8 [height, width, 3]
        BGR; drawn into.
    points : np.ndarray [points, 2]
    confidence : np.ndarray [points]
    reason : int
        :class:`preprocessing.dataset.Reason` code.
    layout : Layout
    scale : float or None
        Pixels per centimetre.

    Returns
    -------
    np.ndarray
        ``picture`` itself.
    """
    import cv2

    draw_skeleton(picture, points, layout, confidence, style=OVERLAY, scale=scale)
    if reason != Reason.KEPT:
        height, width = picture.shape[:2]
        thick = max(2, width // 120)
        cv2.rectangle(picture, (0, 0), (width - 1, height - 1), DROPPED, thick)
        size = max(0.4, width / 900)
        text = f"dropped: {REASON_TEXT[Reason(reason)]}"
        place = (2 * thick, height - 3 * thick)
        cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, (0, 0, 0), 4, cv2.LINE_AA)
        cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, (255, 255, 255), 1, cv2.LINE_AA)
    return picture


def write_overlay(
    path: Path,
    clip: Clip,
    recital: Recital,
    layout: Layout,
    with_sound: bool = True,
    progress: Callable[[int], object] = lambda frames: None,
) -> None:
    """Write the overlay video of a recital.

    Parameters
    ----------
    path : Path
        The ``.mp4``.
    clip : Clip
        What the recital was made from.
    recital : Recital
    layout : Layout
    with_sound : bool
    progress : callable
        Told the number of frames of every piece of work done.
    """
    import cv2

    size = (even(recital.frame_size[0]), even(recital.frame_size[1]))
    known = recital.keypoints[recital.kept] if recital.kept.any() else recital.keypoints
    scale = pixels_per_cm(known[:: max(1, len(known) // 500)], layout)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.stem}.") as folder:
        sound = Path(folder) / "sound.flac" if with_sound else None
        if sound is not None:
            copy_sound(clip, sound, seconds=len(recital) / VIDEO_FPS)
        with video_writer(path, size, sound=sound) as writer:
            stream = itertools.islice(pictures(clip), len(recital))
            for number, picture in enumerate(stream):
                frame = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
                points, confidence = recital.keypoints[number], recital.confidence[number]
                draw_overlay(frame, points, confidence, int(recital.reason[number]), layout, scale)
                writer.write(fitted(frame, size))
                progress(1)


def fitted(frame: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Cut or extend a frame by a pixel, to the even size that video needs."""
    width, height = size
    missing = ((0, max(0, height - frame.shape[0])), (0, max(0, width - frame.shape[1])), (0, 0))
    return np.ascontiguousarray(np.pad(frame, missing, mode="edge")[:height, :width])
