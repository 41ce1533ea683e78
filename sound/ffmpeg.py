"""The bundled ffmpeg: run it, read raw streams from it, and say in one sentence why it failed."""

from __future__ import annotations

import os
import re
import shutil
import signal
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
_DURATION = re.compile(r"^  Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)", re.MULTILINE)
_GUESSED = "Estimating duration from bitrate"  # ffmpeg's words for a length that no header states
_STREAM = re.compile(r"^ {2,6}Stream #0:\d+\S*: (Audio|Video): (.*)$", re.MULTILINE)
_SIZE = re.compile(r"(\d{2,5})x(\d{2,5})")
_CHANNELS = re.compile(r"(\d+) channels|hexadecagonal")  # which is what ffmpeg takes any 16 for
MOST_GUESSED, MOST_MIXED = 8, 64  # channels: to which ffmpeg gives places by itself, and which it can mix at all
_FPS = re.compile(r"([\d.]+) fps")
_TURNED = re.compile(r"displaymatrix: rotation of -?(?:90|270)\.")
_START = re.compile(r"^  Duration: .*?start: (-?[\d.]+)", re.MULTILINE)
_KIND = re.compile(r"^Input #0, (\S+), from", re.MULTILINE)
_CONTAINER = re.compile(r"Format (\S+) probed with size=\d+ and score=(\d+)")
# framecrc's lines: "#tb 0: 1/44100", and "track, dts, pts, duration, size, checksum" of a packet
_UNIT = re.compile(rb"#tb (\d+): (\d+)/(\d+)")
_PACKET = re.compile(rb"(\d+), +-?\d+, +(-?\d+), +(\d+),")
NO_FILMS = ("image2", "tty", "bin", "xbin", "adf", "idf", "ico")
SUREST_GUESS = 50  # of 100: MPEG's streams, which have no header, reach it; samples without a container stay below 5
WINDOWS_CRASH = 0xC0000000  # exit codes from here on are Windows' exceptions


_crashed: set[str] = set()  # executables that a signal ended in this process, while another was at hand


def ffmpeg_path() -> str:
    """Path of the ffmpeg executable that ``imageio-ffmpeg`` brings (or ``IMAGEIO_FFMPEG_EXE`` names).

    Once that one has crashed on a header, the one on ``PATH`` is taken, if there is another.

    Raises
    ------
    BadInput
        If there is none.
    """
    found = _own_ffmpeg()
    return (_other_ffmpeg(found) or found) if found in _crashed else found


def _other_ffmpeg(than: str) -> str | None:
    """The ffmpeg on ``PATH``, where it is another one."""
    other = shutil.which("ffmpeg")
    return other if other and not os.path.samefile(other, than) else None


def _own_ffmpeg() -> str:
    import imageio_ffmpeg

    try:
        found = str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        found = ""
    if shutil.which(found) is None:
        named = os.environ.get("IMAGEIO_FFMPEG_EXE")
        why = f"IMAGEIO_FFMPEG_EXE names {named}, which cannot be run" if named else "pip install imageio-ffmpeg"
        raise BadInput(f"there is no ffmpeg, which reads and writes sound and video: {why}")
    return found


def ffmpeg_environment() -> dict[str, str]:
    """The environment in which ffmpeg is run.

    The bundled ffmpeg is static; where it meets text in a file (MPEG-TS names its programs), its C library loads the
    system's converters of character sets, which belong to another C library, and dies. Without them it goes on.
    """
    return {**os.environ, "GCONV_PATH": os.devnull}


def crashed(code: int) -> bool:
    """Whether an exit code says that a signal (or an exception of Windows) ended the program."""
    return code < 0 or code >= WINDOWS_CRASH


def why_failed(stderr: str, code: int = 1) -> str:
    """Why ffmpeg failed: the last telling line of its error output, or the signal that ended it.

    Parameters
    ----------
    stderr : str
    code : int
        Its exit code; below 0 it was ended by a signal.
    """
    if crashed(code):
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = hex(code)
        return f"ffmpeg crashed on it: {name}; IMAGEIO_FFMPEG_EXE=/path/to/ffmpeg names another one"
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
    sound_tracks : tuple of bool
        One per sound track: whether it is flagged as the default.
    video_size : (int, int) or None
        Width and height as a person sees it, None without a video track.
    fps : float or None
        Nominal frame rate of the video track.
    video_track : int
        Which of the video tracks that is, from 0, attached pictures not counted.
    video_tracks : int
        How many there are.
    kind : str
        The container, by ffmpeg's names.
    unnamed : tuple of int
        One per sound track: how many channels it has, where no layout (stereo, 5.1 …) says which is which; else 0.
    """

    duration: float | None
    start: float
    sound_tracks: tuple[bool, ...]
    video_size: tuple[int, int] | None
    fps: float | None
    video_track: int = 0
    video_tracks: int = 0
    kind: str = ""
    unnamed: tuple[int, ...] = ()

    @property
    def is_film(self) -> bool:
        """Whether it is a video, not a picture or a text that ffmpeg would draw."""
        return self.video_size is not None and not (self.kind.endswith("_pipe") or self.kind in NO_FILMS)

    @property
    def has_audio(self) -> bool:
        """Whether there is a sound track."""
        return bool(self.sound_tracks)


def check_readable(path: Path) -> None:
    """Refuse a path that is missing, a folder or empty, with one sentence."""
    if not path.exists():
        raise BadInput(f"{path} does not exist; check the path")
    if path.is_dir():
        raise BadInput(f"{path} is a folder; name a file in it")
    if path.is_file() and path.stat().st_size == 0:
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
    executable = ffmpeg_path()
    done = _header(executable, path)
    if crashed(done.returncode) and executable not in _crashed and _other_ffmpeg(executable):
        _crashed.add(executable)  # from here on ffmpeg_path() gives the other one
        done = _header(ffmpeg_path(), path)
    text = done.stderr.decode("utf-8", "replace")
    if "Input #0" not in text:
        reason = why_failed(text, done.returncode)
        raise BadInput(f"{path} is not a sound or video file that ffmpeg can read ({reason})")
    clock = None if _GUESSED in text else _DURATION.search(text)
    duration = None
    if clock:
        duration = int(clock[1]) * 3600 + int(clock[2]) * 60 + float(clock[3])
    start = _START.search(text)
    streams = _STREAM.findall(text)
    sounds = tuple("(default)" in said for kind, said in streams if kind == "Audio")
    # an attached cover picture is a video stream too, but no video
    films = [said for kind, said in streams if kind == "Video" and "(attached pic)" not in said]
    which = _chosen(["(default)" in said for said in films])
    found = _SIZE.search(films[which]) if films else None
    rate = _FPS.search(films[which]) if films else None
    size = (int(found[1]), int(found[2])) if found else None
    if size is not None and _TURNED.search(text):  # a telephone held upright: pictures come turned
        size = size[::-1]
    kind = _KIND.search(text)
    return Media(
        duration,
        float(start[1]) if start else 0.0,
        sounds,
        size,
        float(rate[1]) if rate else None,
        which,
        len(films),
        kind[1] if kind else "",
        tuple(_unnamed(said) for what, said in streams if what == "Audio"),
    )


def _unnamed(said: str) -> int:
    """How many channels a sound track has of which none has a place; 0 where each has one."""
    found = _CHANNELS.search(said)
    return int(found[1] or 16) if found else 0


def _header(executable: str, path: Path) -> subprocess.CompletedProcess[bytes]:
    """What ffmpeg says of a file that it is only asked to open."""
    command = [executable, "-hide_banner", "-nostdin", "-i", f"file:{path}"]
    try:
        return subprocess.run(command, capture_output=True, timeout=PROBE_TIMEOUT, env=ffmpeg_environment())
    except subprocess.TimeoutExpired:
        raise BadInput(f"{path} could not be opened within {PROBE_TIMEOUT:.0f} s; the file is damaged") from None


def _chosen(defaults: Sequence[bool]) -> int:
    """Which track plays when nobody says: the first that is flagged as the default, else the first."""
    return list(defaults).index(True) if any(defaults) else 0


def chosen_track(path: Path, media: Media, wanted: int | None = None) -> int:
    """Which sound track of a file is played, from 0.

    Parameters
    ----------
    path : Path
        For messages.
    media : Media
    wanted : int, optional
        As a person counts, from 1; without it the track that is flagged as the default.

    Raises
    ------
    BadInput
        If there is no sound, or no such track.
    """
    count = len(media.sound_tracks)
    if not count:
        raise BadInput(f"{path} has no sound track; a recital needs its sound")
    if wanted is not None and not 1 <= wanted <= count:
        raise BadInput(f"{path} has {count} sound track{'s' * (count > 1)}, not a track {wanted}")
    track = _chosen(media.sound_tracks) if wanted is None else wanted - 1
    if _many(media, track) > MOST_MIXED:
        raise BadInput(
            f"{path} has {_many(media, track)} channels, and {MOST_MIXED} are mixed at most; export those that hear"
            " the musician, in mono or stereo"
        )
    return track


def mixing(media: Media, track: int) -> list[str]:
    """ffmpeg filters that mix a track of many channels, of which none has a place, to two: every other to each."""
    count = _many(media, track)
    if not count:
        return []
    left, right = ("+".join(f"c{channel}" for channel in range(first, count, 2)) for first in (0, 1))
    return [f"pan=stereo|c0<{left}|c1<{right}"]


def _many(media: Media, track: int) -> int:
    """How many channels a track has that have to be mixed by number; 0 where ffmpeg does it by itself."""
    count = media.unnamed[track] if track < len(media.unnamed) else 0
    return count if count > MOST_GUESSED else 0


def track_remarks(media: Media, track: int, wanted: int | None) -> list[str]:
    """What a person should know who did not say which of several sound tracks to play."""
    count, channels = len(media.sound_tracks), _many(media, track)
    mixed = [f"it has {channels} channels, which were mixed: every other to the left and right"] if channels else []
    if count < 2 or wanted is not None:
        return mixed
    why = "flagged as the default" if media.sound_tracks[track] else "the first"
    return [f"it has {count} sound tracks; track {track + 1} is played ({why}), --track N chooses another", *mixed]


def container_of(beginning: bytes) -> str | None:
    """The kind of media file that begins with these bytes, by ffmpeg's name; None for samples without a container."""
    command = [ffmpeg_path(), "-hide_banner", "-loglevel", "debug", "-i", "pipe:0"]
    done = subprocess.run(command, input=beginning, capture_output=True, env=ffmpeg_environment())
    guess = _CONTAINER.search(done.stderr.decode("utf-8", "replace"))
    return guess[1] if guess and int(guess[2]) >= SUREST_GUESS else None


def last_moment(path: Path, media: Media) -> float:
    """Seconds of the container's clock at which the last packet of any of a file's tracks ends; reads all of it."""
    every = ["-i", f"file:{path}", "-map", "0", "-c", "copy", "-ignore_unknown", "-f", "framecrc", "-"]
    units: dict[bytes, float] = {}  # s per tick of each track
    last = 0.0
    with raw_output(every) as (stream, _):
        for line in stream:
            if unit := _UNIT.match(line):
                units[unit[1]] = int(unit[2]) / int(unit[3])
            elif packet := _PACKET.match(line):
                last = max(last, (int(packet[2]) + int(packet[3])) * units.get(packet[1], 0.0))
    return last + max(media.start, 0.0)


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
            env=ffmpeg_environment(),
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
        """Wait for the end; None when ffmpeg ended well, else why it did not."""
        code = self.process.wait()
        return None if code == 0 else why_failed(self.messages(), code)
