"""The recital's own video with the detected points drawn over it, in the manner of the paper's Fig. 3 and 4."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from audio_to_body.pictures.drawing import draw_skeleton, pixels_per_cm
from audio_to_body.pictures.figure import OVERLAY
from audio_to_body.pictures.video import Clip
from audio_to_body.pictures.video_writer import even, video_writer
from audio_to_body.preprocessing.recital_file import Reason, Recital
from audio_to_body.preprocessing.recording.cleaning import Box
from audio_to_body.preprocessing.recording.recital_sound import copy_sound
from audio_to_body.skeleton.files import write_bytes
from audio_to_body.skeleton.layouts import Layout
from audio_to_body.skeleton.rates import VIDEO_FPS

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
REFERENCE = (80, 220, 80)  # BGR
SHEET_WIDTH = 320  # px of a picture on the contact sheet
SHEET_COLUMNS = 4


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
        :class:`audio_to_body.preprocessing.recital_file.Reason` code.
    layout : Layout
    scale : float or None
        Pixels per centimetre.

    Returns
    -------
    np.ndarray
        ``picture`` itself.
    """
    draw_skeleton(picture, points, layout, confidence, style=OVERLAY, scale=scale)
    return mark_dropped(picture, reason)


def mark_dropped(picture: np.ndarray, reason: int) -> np.ndarray:
    """Give a dropped frame its red border and its reason, in place."""
    import cv2

    if reason != Reason.KEPT:
        height, width = picture.shape[:2]
        thick = max(2, width // 120)
        cv2.rectangle(picture, (0, 0), (width - 1, height - 1), DROPPED, thick)
        size = max(0.45, width / 900)
        text = f"dropped: {REASON_TEXT[Reason(reason)]}"
        place = (3 * thick, height - 4 * thick)
        cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, (0, 0, 0), 4, cv2.LINE_AA)
        cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, (255, 255, 255), 1, cv2.LINE_AA)
    return picture


def write_overlay(
    path: Path,
    stream: Callable[[int], Iterator[np.ndarray]],
    recital: Recital,
    layout: Layout,
    sound: Clip | None,
) -> None:
    """Write the overlay video of a recital.

    Parameters
    ----------
    path : Path
        The ``.mp4``.
    stream : callable
        Gives the recital's pictures from a frame on.
    recital : Recital
    layout : Layout
    sound : Clip or None
        Whose sound goes into the video.
    """
    import cv2

    size = (even(recital.frame_size[0]), even(recital.frame_size[1]))
    scale = _scale(recital, layout)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.stem}.") as folder:
        track = Path(folder) / "audio_to_body.sound.flac" if sound else None
        if sound and track:
            copy_sound(sound, track, seconds=len(recital) / VIDEO_FPS)
        with video_writer(path, size, sound=track) as writer:
            for number, picture in enumerate(itertools.islice(stream(0), len(recital))):
                frame = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
                points, confidence = recital.keypoints[number], recital.confidence[number]
                draw_overlay(frame, points, confidence, int(recital.reason[number]), layout, scale)
                writer.write(fitted(frame, size))


def write_sheet(
    path: Path,
    stream: Callable[[int], Iterator[np.ndarray]],
    recital: Recital,
    layout: Layout,
    reference_box: Box | None,
) -> None:
    """Write the contact sheet of a recital: overlays of moments spread over it, dropped ones among them, as JPEG.

    The first picture shows the reference box.
    """
    import cv2

    scale = _scale(recital, layout)
    tiles: list[np.ndarray] = []
    for frame in sheet_frames(recital.reason):
        picture = next(stream(frame), None)
        if picture is None:
            continue
        tile = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
        draw_skeleton(tile, recital.keypoints[frame], layout, recital.confidence[frame], style=OVERLAY, scale=scale)
        if not tiles and reference_box:
            left, top, right, bottom = (round(v) for v in reference_box)
            cv2.rectangle(tile, (left, top), (right, bottom), REFERENCE, max(2, tile.shape[1] // 300), cv2.LINE_AA)
        height = SHEET_WIDTH * tile.shape[0] // tile.shape[1]
        tile = cv2.resize(tile, (SHEET_WIDTH, height), interpolation=cv2.INTER_AREA)
        mark_dropped(tile, int(recital.reason[frame]))
        seconds = frame / VIDEO_FPS
        text = f"{int(seconds // 60)}:{seconds % 60:04.1f}"
        cv2.putText(tile, text, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 3, cv2.LINE_AA)
        cv2.putText(tile, text, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
        tiles.append(tile)
    blank = np.full_like(tiles[0], 255)
    tiles += [blank] * (-len(tiles) % SHEET_COLUMNS)
    rows = [np.hstack(tiles[i : i + SHEET_COLUMNS]) for i in range(0, len(tiles), SHEET_COLUMNS)]
    write_bytes(path, cv2.imencode(".jpg", np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes())


def sheet_frames(reason: np.ndarray, kept: int = 8, dropped: int = 4) -> list[int]:
    """Frames for the contact sheet: evenly spread kept ones, and dropped ones of as many reasons as possible."""
    good = np.flatnonzero(reason == Reason.KEPT)
    spread = good[np.unique(np.linspace(0, len(good) - 1, kept).round().astype(int))] if len(good) else good
    by_reason = [np.flatnonzero(reason == code) for code in np.unique(reason[reason != Reason.KEPT])]
    bad: list[int] = []
    for turn in range(dropped):
        for frames in by_reason:
            if turn < len(frames) and len(bad) < dropped:
                bad.append(int(frames[(2 * turn + 1) * len(frames) // (2 * dropped)]))
    return [int(frame) for frame in spread] + sorted(set(bad))


def _scale(recital: Recital, layout: Layout) -> float:
    known = recital.keypoints[recital.kept] if recital.kept.any() else recital.keypoints
    return pixels_per_cm(known[:: max(1, len(known) // 500)], layout)


def fitted(frame: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Cut or extend a frame by a pixel, to the even size that video needs."""
    width, height = size
    missing = ((0, max(0, height - frame.shape[0])), (0, max(0, width - frame.shape[1])), (0, 0))
    return np.ascontiguousarray(np.pad(frame, missing, mode="edge")[:height, :width])
