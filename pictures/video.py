"""A video's pictures as a stream at 24 frames/s (paper Sec. 3.2), one picture in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import numpy as np

from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.ffmpeg import Media, probe, raw_output

LARGEST_WIDTH = 1920  # px: wider pictures are shrunk; a hand in a full shot still spans more than its net's input


@dataclass(frozen=True)
class Clip:
    """A video file, or a part of one.

    Attributes
    ----------
    path : Path
    start : float
        Seconds of the file's clock at which the recital begins.
    end : float or None
        Seconds at which it ends; None for the file's end.
    track : int or None
        Which of its sound tracks, from 1; None for the default one.
    mirror : bool
        Turn the pictures round: the camera, or who edited the video, had mirrored them.
    """

    path: Path
    start: float = 0.0
    end: float | None = None
    track: int | None = None
    mirror: bool = False

    def input_arguments(self) -> list[str]:
        """ffmpeg arguments that open the clip; picture and sound opened with them share a clock that starts at 0."""
        arguments = ["-ss", f"{self.start:.6f}"] if self.start > 0 else []
        if self.end is not None:
            arguments += ["-t", f"{self.end - self.start:.6f}"]
        return [*arguments, "-i", f"file:{self.path}"]

    def promised_seconds(self, media: Media) -> float | None:
        """Length of the clip by the file's header; None where the header does not say."""
        if media.duration is None:
            return None
        end = media.duration if self.end is None else min(self.end, media.duration)
        return max(0.0, end - self.start)


def check_video(clip: Clip) -> Media:
    """Read a clip's header and refuse what cannot become a recital.

    Raises
    ------
    BadInput
        If the file is missing, empty, not media, has no picture, or the clip lies outside it.
    """
    media = probe(clip.path)
    if media.video_size is None:
        raise BadInput(f"{clip.path} has no picture; a recital is made from a video")
    if clip.end is not None and clip.end <= clip.start:
        raise BadInput(f"{clip.path}: the clip's end ({clip.end:g} s) is not after its start ({clip.start:g} s)")
    if media.duration is not None and clip.start >= media.duration:
        raise BadInput(f"{clip.path}: the clip starts at {clip.start:g} s, the file ends at {media.duration:g} s")
    return media


def shown_size(media: Media, largest_width: int = LARGEST_WIDTH) -> tuple[int, int] | None:
    """Width and height of the pictures that :func:`pictures` gives of a video with square pixels."""
    if media.video_size is None or media.video_size[0] <= largest_width:
        return media.video_size
    width, height = media.video_size
    return largest_width, round(height * largest_width / width)


def pictures(
    clip: Clip, fps: float = VIDEO_FPS, first: int = 0, largest_width: int = LARGEST_WIDTH
) -> Iterator[np.ndarray]:
    """The clip's pictures at a constant rate: picture ``i`` is the source's nearest to the moment ``i / fps``.

    Frames go by their time stamps, so that variable rates, 23.976 against 24 and late starts cause no drift. Pixels
    are made square, and the camera's rotation is undone.

    Parameters
    ----------
    clip : Clip
    fps : float
    first : int
        Number of the first picture wanted: the same pictures as without it, less those before.
    largest_width : int
        Wider pictures are shrunk to it.

    Yields
    ------
    np.ndarray, uint8 [height, width, 3]
        RGB.

    Raises
    ------
    BadInput
        If not a single picture could be decoded.
    """
    media = check_video(clip)
    # with round=up the last frame before a moment is shown; half a source frame earlier that is the nearest one
    half = 0.5 / media.fps if media.fps else 0.0
    filters = (
        f"setpts=PTS-{half:.9f}/TB,fps={fps}:round=up:start_time=0,"
        f"scale=w='max(2,iw*sar)':h=ih,setsar=1,scale=w='min({largest_width},iw)':h=-1{',hflip' * clip.mirror}"
    )
    # entering a second early lets the frame that is nearest to the first moment lie before it
    skipped = max(0, first - int(fps))
    later = replace(clip, start=clip.start + skipped / fps) if skipped else clip
    arguments = [*later.input_arguments(), "-map", f"0:V:{media.video_track}", "-vf", filters, "-pix_fmt", "rgb24"]
    count = 0
    with raw_output([*arguments, "-c:v", "ppm", "-f", "image2pipe", "-"]) as (stream, failure):
        while (picture := _read_ppm(stream)) is not None:
            count += 1
            if skipped + count > first:
                yield picture
        reason = failure.reason()
    if count == 0 and first == 0:
        raise BadInput(f"{clip.path} holds no picture that can be decoded ({reason or 'the track is empty'})")


def _read_ppm(stream: IO[bytes]) -> np.ndarray | None:
    """The next picture of a stream of PPM files; None at its end or where it breaks off."""
    if stream.readline() != b"P6\n":
        return None
    size = stream.readline().split()
    stream.readline()  # the largest value: 255
    width, height = int(size[0]), int(size[1])
    data = stream.read(width * height * 3)
    if len(data) < width * height * 3:
        return None
    return np.frombuffer(data, np.uint8).reshape(height, width, 3)
