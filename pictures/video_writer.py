"""Raw frames in, H.264 video out, with the sound muxed in and exactly as long as it."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from audio_to_body.pictures.shapes import Box
from audio_to_body.pictures.sound_track import AAC, SoundTrack
from audio_to_body.skeleton.files import replacing
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.audio import track_arguments
from audio_to_body.sound.ffmpeg import chosen_track, ffmpeg_environment, ffmpeg_path, probe, why_failed

# x264's settings. Filmed and shaded pictures: constant quality. Drawn figures stay sharp at any effort (45 dB and
# more from the drawing at this quantiser), so they get the least: a third of the time of "veryfast".
FILMED = ("-preset", "veryfast", "-crf", "20")
SHADED = ("-preset", "superfast", "-crf", "20")
DRAWN = ("-preset", "ultrafast", "-qp", "24", "-x264-params", "chroma-me=0")
WIDE_PIPE = 1 << 20  # bytes; Linux gives 64 kB, and every refill wakes both ends
SET_PIPE_SIZE = 1031  # Linux's F_SETPIPE_SZ, which Python names from 3.10 on


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
        # luma above both chromas at half the size (I420): half the bytes of BGR, and ffmpeg need not convert
        self._planes = np.empty((size[1] * 3 // 2, size[0]), np.uint8)
        self._part = np.empty(self._planes.size, np.uint8)  # room to convert in: new memory is slower

    def write(self, frame: np.ndarray, changed: Sequence[Box] | None = None) -> None:
        """Append a frame.

        Parameters
        ----------
        frame : np.ndarray, uint8 [height, width, 3]
            BGR.
        changed : sequence of (left, top, right, bottom), optional
            Where it differs from the frame written before; everywhere when not given.

        Raises
        ------
        ValueError
            If the frame has another size or type.
        BrokenPipeError
            If ffmpeg has given up; leaving the writer's context then says why.
        """
        width, height = self.size
        if frame.shape != (height, width, 3) or frame.dtype != np.uint8:
            raise ValueError(
                f"the video takes uint8 frames {[height, width, 3]}, got {frame.dtype} {list(frame.shape)}"
            )
        assert self._process.stdin is not None
        whole = [(0, 0, width, height)]
        for box in whole if changed is None or not self.frames else changed:
            self._convert(frame, box)
        self._process.stdin.write(self._planes.data)
        self.frames += 1

    def _convert(self, frame: np.ndarray, box: Box) -> None:
        import cv2

        width, height = self.size
        # colour has half the resolution: even corners
        left, top = max(box[0], 0) // 2 * 2, max(box[1], 0) // 2 * 2
        right, bottom = min(-(-box[2] // 2) * 2, width), min(-(-box[3] // 2) * 2, height)
        if right <= left or bottom <= top:
            return
        tall, wide = bottom - top, right - left
        part = self._part[: tall * 3 // 2 * wide].reshape(tall * 3 // 2, wide)
        cv2.cvtColor(frame[top:bottom, left:right], cv2.COLOR_BGR2YUV_I420, part)
        self._planes[top:bottom, left:right] = part[:tall]
        colours = self._planes[height:].reshape(2, height // 2, width // 2)
        colours[:, top // 2 : bottom // 2, left // 2 : right // 2] = part[tall:].reshape(2, tall // 2, wide // 2)


SMALLEST_SIDE, LARGEST_WIDTH, LARGEST_HEIGHT = 16, 7680, 4320  # px; the longer side may stand up


def parse_size(text: str) -> tuple[int, int]:
    """Width and height in px from ``"1080x1920"``.

    Raises
    ------
    BadInput
        If it is no size that a video can have.
    """
    said = re.fullmatch(r"([0-9]{1,5})[xX×]([0-9]{1,5})", text.strip())
    if said is not None:
        size = (int(said[1]), int(said[2]))
        if min(size) >= SMALLEST_SIDE and max(size) <= LARGEST_WIDTH and min(size) <= LARGEST_HEIGHT:
            return size
        raise BadInput(
            f"a video of {text.strip()} cannot be made: its sides have {SMALLEST_SIDE} to {LARGEST_WIDTH} pixels, the"
            f" shorter one at most {LARGEST_HEIGHT}"
        )
    raise BadInput(f"'{text[:20]}' is no video size; write it as 1280x720, or 1080x1920 for one that stands")


def even(length: float) -> int:
    """Nearest even number of pixels: H.264 stores colour at half the resolution."""
    return max(2, 2 * round(length / 2))


@contextmanager
def video_writer(
    path: str | os.PathLike[str],
    size: tuple[int, int],
    fps: float = VIDEO_FPS,
    sound: str | os.PathLike[str] | SoundTrack | None = None,
    *,
    coding: Sequence[str] = FILMED,
) -> Iterator[VideoWriter]:
    """Write a video; it appears under its name only when it is complete.

    The caller writes ``steps_in(samples, fps)`` frames (:func:`audio_to_body.skeleton.rates.steps_in`) for a sound
    of that many
    samples: the picture then ends within the frame in which the sound ends, and the sound is muxed as it is.

    Parameters
    ----------
    path : path
        The video; its folder must exist.
    size : (int, int)
        Width and height in pixels, both even.
    fps : float
        Frames per second.
    sound : path or SoundTrack, optional
        Any file ffmpeg reads; its default sound track goes into the video. Or one that is being encoded already
        (:func:`audio_to_body.pictures.sound_track.sound_track`).
    coding : sequence of str
        x264's speed and quality: :data:`FILMED`, :data:`SHADED` or :data:`DRAWN`.

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
    command = [
        ffmpeg_path(), "-hide_banner", "-nostdin", "-loglevel", "error", "-y",
        "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{width}x{height}", "-r", f"{fps:g}", "-i", "pipe:0",
    ]  # fmt: skip
    if sound is not None:
        if isinstance(sound, SoundTrack):
            command += ["-i", f"file:{sound.path()}", "-map", "0:v:0", "-map", "1:a:0", "-c:a", "copy"]
        else:
            media = probe(Path(sound))
            chosen = track_arguments(media, chosen_track(Path(sound), media), 1)
            command += ["-i", f"file:{sound}", "-map", "0:v:0", *chosen, *AAC]
    command += [
        "-c:v", "libx264", *coding, "-pix_fmt", "yuv420p",
        "-color_range", "tv", "-colorspace", "smpte170m", "-movflags", "+faststart", "-f", "mp4",
    ]  # fmt: skip
    with replacing(path) as aside, tempfile.TemporaryFile() as errors:
        command.append(f"file:{aside}")
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors, env=ffmpeg_environment()
        )
        assert process.stdin is not None
        _widen(process.stdin)
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
            if (code := process.wait()) != 0 or broken:
                errors.seek(0)
                reason = why_failed(errors.read().decode("utf-8", "replace"), code)
                raise BadInput(f"the video {path} could not be written ({reason})")
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def _widen(pipe: IO[bytes]) -> None:
    """Let a pipe hold a whole picture, where the system allows it."""
    with contextlib.suppress(ImportError, OSError):
        import fcntl

        fcntl.fcntl(pipe.fileno(), getattr(fcntl, "F_SETPIPE_SZ", SET_PIPE_SIZE), WIDE_PIPE)
