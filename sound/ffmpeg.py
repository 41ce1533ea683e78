"""The bundled ffmpeg: run it, read raw streams from it, and say in one sentence why it failed."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from audio_to_body.skeleton.refusal import BadInput

F_SETPIPE_SZ = 1031  # Linux's number; Python names it from 3.10 on
PIPE_BYTES = 1 << 20
PROBE_TIMEOUT = 60.0  # s; a damaged header can keep a demuxer busy
_DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)")
_VIDEO = re.compile(r"Stream #\S+.*?: Video: .*?(\d{2,5})x(\d{2,5})")
_FPS = re.compile(r"([\d.]+) fps")
_START = re.compile(r"start: (-?[\d.]+)")


def ffmpeg_path() -> str:
    """Path of the ffmpeg executable that ``imageio-ffmpeg`` brings (or ``IMAGEIO_FFMPEG_EXE`` names)."""
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def why_failed(stderr: str) -> str:
    """The last telling line of ffmpeg's error output."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return lines[-1] if lines else "ffmpeg gave no reason"


@dataclass(frozen=True)
class Media:
    """What a file's header promises.

    Attributes
    ----------
    duration : float or None
        Seconds, None when the header does not say.
    start : float
        Seconds at which the container's clock starts.
    has_audio : bool
    video_size : (int, int) or None
        Width and height, None without a video track.
    fps : float or None
        Nominal frame rate of the video track.
    """

    duration: float | None
    start: float
    has_audio: bool
    video_size: tuple[int, int] | None
    fps: float | None


def check_readable(path: Path) -> None:
    """Refuse a path that is missing, a folder or empty, with one sentence."""
    if not path.exists():
        raise BadInput(f"{path} does not exist; check the path")
    if path.is_dir():
        raise BadInput(f"{path} is a folder; name a file in it")
    if path.stat().st_size == 0:
        raise BadInput(f"{path} is empty (0 bytes); was it copied completely?")


def probe(path: str | Path) -> Media:
    """Read a media file's header.

    Raises
    ------
    BadInput
        If the file is missing, empty or not media.
    """
    path = Path(path)
    check_readable(path)
    command = [ffmpeg_path(), "-hide_banner", "-nostdin", "-i", f"file:{path}"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=PROBE_TIMEOUT)
    except subprocess.TimeoutExpired:
        raise BadInput(f"{path} could not be opened within {PROBE_TIMEOUT:.0f} s; the file is damaged") from None
    text = done.stderr.decode("utf-8", "replace")
    if "Input #0" not in text:
        raise BadInput(f"{path} is not a sound or video file that ffmpeg can read ({why_failed(text)})")
    # only what stands before the first output or error belongs to the header
    clock = _DURATION.search(text)
    duration = None
    if clock:
        duration = int(clock[1]) * 3600 + int(clock[2]) * 60 + float(clock[3])
    start = _START.search(text)
    # an attached cover picture is a video stream too, but no video
    video_lines = [
        line for line in text.splitlines() if "Stream #" in line and ": Video:" in line and "attached pic" not in line
    ]
    size, fps = None, None
    if video_lines:
        found = _VIDEO.search(video_lines[0])
        size = (int(found[1]), int(found[2])) if found else None
        rate = _FPS.search(video_lines[0])
        fps = float(rate[1]) if rate else None
    has_audio = any("Stream #" in line and ": Audio:" in line for line in text.splitlines())
    return Media(duration, float(start[1]) if start else 0.0, has_audio, size, fps)


@contextmanager
def raw_output(arguments: Sequence[str]) -> Iterator[tuple[IO[bytes], Failure]]:
    """Run ffmpeg with its standard output as a stream of raw bytes.

    Parameters
    ----------
    arguments : sequence of str
        Everything after the executable; the output must go to ``pipe:1`` or ``-``.

    Yields
    ------
    stdout : binary file
    failure : Failure
        After the stream has been read to its end, ``failure.reason()`` is None or the reason why ffmpeg failed.
    """
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [ffmpeg_path(), "-hide_banner", "-nostdin", "-loglevel", "error", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        assert process.stdout is not None
        with suppress(ImportError, OSError):  # Linux: a hundred times fewer turns of reader and writer
            import fcntl

            fcntl.fcntl(process.stdout, F_SETPIPE_SZ, PIPE_BYTES)
        try:
            yield process.stdout, Failure(process, errors)
        finally:
            process.stdout.close()
            if process.poll() is None:
                process.kill()
            process.wait()


@dataclass
class Failure:
    """Why a running ffmpeg failed, if it did."""

    process: subprocess.Popen[bytes]
    errors: IO[bytes]

    def messages(self) -> str:
        """Everything ffmpeg has written to its error output so far."""
        self.errors.seek(0)
        return self.errors.read().decode("utf-8", "replace")

    def reason(self) -> str | None:
        """Wait for the end; None when ffmpeg ended well, else the last line of its error output."""
        return None if self.process.wait() == 0 else why_failed(self.messages())
