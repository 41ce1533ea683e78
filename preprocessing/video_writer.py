"""Raw frames in, H.264 video out, with the sound muxed in and exactly as long as it."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from preprocessing.ffmpeg import ffmpeg_path, why_failed
from skeleton.rates import VIDEO_FPS
from skeleton.refusal import BadInput

CONSTANT_QUALITY = 20  # x264's crf: drawn figures show no blocks at 20
PRESET = "veryfast"
AUDIO_BITRATE = "160k"


class VideoWriter:
    """Streams frames into ffmpeg; made by :func:`video_writer`.

    Attributes
    ----------
    size : (int, int)
        Width and height; both even.
    frames : int
        How many frames have been written.
    """

    def __init__(self, process: subprocess.Popen[bytes], size: tuple[int, int]) -> None:
        self.size = size
        self.frames = 0
        self._process = process

    def write(self, frame: np.ndarray) -> None:
        """Append a frame.

        Parameters
        ----------
        frame : np.ndarray, uint8 [height, width, 3]
            BGR.

        Raises
        ------
        ValueError
            If the frame has another size or type.
        BrokenPipeError
            If ffmpeg has given up; leaving the writer's context then says why.
        """
        import cv2

        width, height = self.size
        if frame.shape != (height, width, 3) or frame.dtype != np.uint8:
            raise ValueError(
                f"the video takes uint8 frames {[height, width, 3]}, got {frame.dtype} {list(frame.shape)}"
            )
        assert self._process.stdin is not None
        # half the bytes through the pipe, and ffmpeg need not convert
        self._process.stdin.write(cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).data)
        self.frames += 1


def even(length: float) -> int:
    """Nearest even number of pixels: H.264 stores colour at half the resolution."""
    return max(2, 2 * round(length / 2))


@contextmanager
def video_writer(
    path: str | os.PathLike[str],
    size: tuple[int, int],
    fps: float = VIDEO_FPS,
    sound: str | os.PathLike[str] | None = None,
    *,
    preset: str = PRESET,
    crf: int = CONSTANT_QUALITY,
) -> Iterator[VideoWriter]:
    """Write a video; it appears under its name only when it is complete.

    The caller writes ``steps_in(samples, fps)`` frames (:func:`skeleton.rates.steps_in`) for a sound of that many
    samples: the picture then ends within the frame in which the sound ends, and the sound is muxed as it is.

    Parameters
    ----------
    path : path
        The video; its folder must exist.
    size : (int, int)
        Width and height in pixels, both even.
    fps : float
        Frames per second.
    sound : path, optional
        Any file ffmpeg reads; its first sound track goes into the video.
    preset, crf : str, int
        x264's speed and quality.

    Yields
    ------
    VideoWriter

    Raises
    ------
    BadInput
        If ffmpeg cannot write the video; the message carries ffmpeg's reason.
    """
    path = Path(path)
    width, height = size
    if width % 2 or height % 2:
        raise ValueError(f"a video needs even width and height, got {width}×{height}")
    aside = path.with_name(path.name + ".part")
    command = [
        ffmpeg_path(), "-hide_banner", "-nostdin", "-loglevel", "error", "-y",
        "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{width}x{height}", "-r", f"{fps:g}", "-i", "pipe:0",
    ]  # fmt: skip
    if sound is not None:
        command += ["-i", f"file:{sound}", "-map", "0:v:0", "-map", "1:a:0", "-c:a", "aac", "-b:a", AUDIO_BITRATE]
    command += [
        "-c:v", "libx264", "-preset", preset, "-crf", str(crf), "-pix_fmt", "yuv420p",
        "-color_range", "tv", "-colorspace", "smpte170m", "-movflags", "+faststart", "-f", "mp4", f"file:{aside}",
    ]  # fmt: skip
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors)
        assert process.stdin is not None
        try:
            broken = False
            try:
                yield VideoWriter(process, size)
            except BrokenPipeError:
                broken = True
            try:
                process.stdin.close()
            except BrokenPipeError:
                broken = True
            if process.wait() != 0 or broken:
                errors.seek(0)
                reason = why_failed(errors.read().decode("utf-8", "replace"))
                raise BadInput(f"the video {path} could not be written ({reason})")
            os.replace(aside, path)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            aside.unlink(missing_ok=True)
