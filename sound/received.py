"""What a person names as sound, brought into a file: pipes, addresses, samples without a header."""

from __future__ import annotations

import io
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit
from urllib.request import url2pathname

import numpy as np

from audio_to_body.skeleton.files import TEMPORARY, refused
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.fetching import fetch, title_of
from audio_to_body.sound.ffmpeg import check_readable

STANDARD_INPUT = "-"
SAMPLE_FORMATS = {"s16le": ("<i2", 1 / 2**15), "s32le": ("<i4", 1 / 2**31), "f32le": ("<f4", 1.0)}
LOWEST_RATE, HIGHEST_RATE, MOST_CHANNELS = 8_000, 192_000, 8
LARGEST_STREAM = 8 << 30  # bytes from a pipe: half a day of 16-bit stereo; one that never ends must not fill the disk
_COPIED = 1 << 20  # bytes at once
_DEVICES = ("/dev/", "/proc/")  # what is opened there is this process's own, and means nothing to ffmpeg
PCM, FLOAT = 1, 3  # WAV's numbers for kinds of samples
UNKNOWN = 0xFFFFFFFF  # a stream's length in a WAV header


@dataclass(frozen=True)
class Samples:
    """What samples without a header are.

    Attributes
    ----------
    rate, channels : int
    kind : str
        ``s16le``, ``s32le`` or ``f32le``.

    Raises
    ------
    BadInput
        If that is impossible.
    """

    rate: int = AUDIO_RATE
    channels: int = 1
    kind: str = "s16le"

    def __post_init__(self) -> None:
        if self.kind not in SAMPLE_FORMATS:
            raise BadInput(f"unknown sample format '{self.kind}'; known: {', '.join(SAMPLE_FORMATS)}")
        if not LOWEST_RATE <= self.rate <= HIGHEST_RATE:
            raise BadInput(f"a rate of {self.rate} Hz is not served; name {LOWEST_RATE} to {HIGHEST_RATE}")
        if not 1 <= self.channels <= MOST_CHANNELS:
            raise BadInput(f"{self.channels} channels are not served; name 1 to {MOST_CHANNELS}")

    def header(self) -> bytes:
        """The beginning of a WAV file of such samples, of unknown length."""
        wide = np.dtype(SAMPLE_FORMATS[self.kind][0]).itemsize
        frame = self.channels * wide
        format = np.array([FLOAT if self.kind == "f32le" else PCM, self.channels], "<u2").tobytes()
        format += np.array([self.rate, self.rate * frame], "<u4").tobytes()
        format += np.array([frame, 8 * wide], "<u2").tobytes()
        unknown = UNKNOWN.to_bytes(4, "little")
        return b"RIFF" + unknown + b"WAVEfmt " + len(format).to_bytes(4, "little") + format + b"data" + unknown


@dataclass(frozen=True)
class Received:
    """A sound that lies in a file.

    Attributes
    ----------
    path : Path
        Where it lies.
    stem : str
        What its outputs are called.
    name : str
        What messages call it: as the person named it.
    """

    path: Path
    stem: str
    name: str

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> Received:
        """A file where it lies."""
        path = Path(path)
        return cls(path, path.stem, str(path))

    def told(self, sentence: str) -> str:
        """A message about the file in the person's words."""
        return sentence.replace(str(self.path), self.name)


def is_stream(name: str) -> bool:
    """Whether a name means something that can be read once only: ``-``, a FIFO, ``/dev/stdin``, ``<(…)``."""
    if name == STANDARD_INPUT:
        return True
    try:
        mode = os.stat(name).st_mode
    except OSError:
        return False
    return not stat.S_ISDIR(mode) and (not stat.S_ISREG(mode) or os.path.abspath(name).startswith(_DEVICES))


@contextmanager
def open_stream(name: str) -> Iterator[IO[bytes]]:
    """Open what can be read once only.

    Raises
    ------
    BadInput
        If it cannot be read, or is a keyboard or a device.
    """
    with ExitStack() as held:
        try:
            stream = sys.stdin.buffer if name == STANDARD_INPUT else held.enter_context(open(name, "rb"))
            mode = os.fstat(stream.fileno()).st_mode
        except io.UnsupportedOperation:  # no file of the system's: a program's own
            mode = 0
        except OSError as error:
            raise BadInput(f"{told_name(name)} cannot be read ({error.strerror})") from None
        if mode and stream.isatty():
            raise BadInput(f"{told_name(name)} is the keyboard; pipe a sound into it, or name a file")
        if stat.S_ISCHR(mode) and os.path.samestat(os.fstat(stream.fileno()), os.stat(os.devnull)):
            raise BadInput(f"{told_name(name)} is empty ({os.devnull}); pipe a sound into it, or name a file")
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
            raise BadInput(f"{told_name(name)} is a device and no sound; --live without a file hears a microphone")
        yield stream


def told_name(name: str) -> str:
    """What messages call a stream."""
    return "standard input" if name == STANDARD_INPUT else name


def local_name(name: str) -> str:
    """A ``file://`` address as a path; everything else as it is."""
    parts = urlsplit(name) if name.lower().startswith("file://") else None
    return url2pathname(parts.path) if parts is not None else name


@contextmanager
def received(name: str, samples: Samples | None = None) -> Iterator[Received]:
    """Bring a sound into a file, where it is not one; what was copied or fetched is deleted at the end.

    Parameters
    ----------
    name : str
        A path, an address, ``-``, or what the shell makes of ``<(…)``.
    samples : Samples, optional
        What it holds, where it has no header.

    Raises
    ------
    BadInput
        If it cannot be read or fetched, or never ends.
    """
    name = local_name(name)
    with ExitStack() as held:
        if "://" in name:
            folder = _new_folder(held)
            title = title_of(name)
            path = fetch(name, folder, "sound", sound_only=True)
            yield Received(path, title, name)
        elif is_stream(name) or samples is not None:
            given = Received.of(name)
            stem = "stdin" if name == STANDARD_INPUT or given.path.parent.name == "fd" else given.stem
            path = _new_folder(held) / stem
            _copy(name, path, b"" if samples is None else samples.header())
            yield Received(path, stem, told_name(name))
        else:
            yield Received.of(name)


def _new_folder(held: ExitStack) -> Path:
    """A folder that lasts as long as ``held`` is open."""
    with refused(TEMPORARY):
        return Path(held.enter_context(tempfile.TemporaryDirectory()))


def _copy(name: str, path: Path, header: bytes) -> None:
    """Copy what is named to a file, behind a header."""
    size = 0
    if not is_stream(name):
        check_readable(Path(name))
    try:
        with open_stream(name) as stream, open(path, "wb") as file:
            file.write(header)
            while data := stream.read(_COPIED):
                size += len(data)
                if size > LARGEST_STREAM:
                    most = LARGEST_STREAM >> 30
                    raise BadInput(f"{told_name(name)} gave {most} GB and did not end; save a part of it")
                file.write(data)
    except OSError as error:
        raise BadInput(f"{told_name(name)} could not be copied to {path.parent} ({error.strerror})") from None
    if not size:
        raise BadInput(f"{told_name(name)} is empty (0 bytes); did the program before it fail?")
