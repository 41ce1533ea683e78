"""Live sound from a pipe: raw samples, or a file of any kind while it comes."""

from __future__ import annotations

import contextlib
import io
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import IO, Protocol

import numpy as np

from audio_to_body.inference.live.sources import PIECE_SAMPLES, SoundSource
from audio_to_body.skeleton.rates import AUDIO_CHANNELS, AUDIO_RATE
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.ffmpeg import container_of, ffmpeg_environment, ffmpeg_path, why_failed
from audio_to_body.sound.received import SAMPLE_FORMATS, Samples

LOOKED_AT = 1 << 14  # bytes by which a container is known; 0.2 s of raw 16-bit sound
AT_ONCE = 1 << 16  # bytes
LAST_WORDS = 2_000  # bytes of ffmpeg's complaints


class Readable(Protocol):
    """What gives bytes as they come."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        ...


class Again:
    """A stream whose beginning has been looked at and comes once more.

    Parameters
    ----------
    stream : binary file
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._read = getattr(stream, "read1", stream.read)
        self._kept = b""

    def look(self, size: int) -> bytes:
        """The stream's first bytes, ``size`` of them or all."""
        while len(self._kept) < size and (data := self._read(size - len(self._kept))):
            self._kept += data
        return self._kept

    def read(self, size: int, /) -> bytes:
        """At most so many bytes, as soon as there are any; none at the end."""
        if self._kept:
            given, self._kept = self._kept[:size], self._kept[size:]
            return given
        return bytes(self._read(size))


def piped(
    stream: IO[bytes],
    samples: Samples,
    name: str = "standard input",
    *,
    raw: bool = False,
    track: int | None = None,
) -> SoundSource:
    """Live sound from a pipe, by what its first bytes are.

    Parameters
    ----------
    stream : binary file
    samples : Samples
        What raw samples are.
    name : str
        What messages call the pipe.
    raw : bool
        Take the bytes for samples, whatever they look like.
    track : int, optional
        Which of a file's sound tracks, from 1; the default one when not given.

    Raises
    ------
    BadInput
        If nothing comes.
    """
    again = Again(stream)
    if raw:
        return RawPipe(again, samples, name)
    beginning = again.look(LOOKED_AT)
    if not beginning:
        raise BadInput(f"{name} is empty (0 bytes); did the program before it fail?")
    kind = container_of(beginning)
    return RawPipe(again, samples, name) if kind is None else EncodedPipe(again, name, kind, track=track)


class _Converter:
    """ffmpeg between a pipe and us: float32 at 44.1 kHz comes out, whatever goes in."""

    def __init__(self, stream: Readable, before: list[str], after: list[str]) -> None:
        command = [ffmpeg_path(), "-hide_banner", "-loglevel", "error", *before, "-i", "pipe:0", *after]
        command += ["-f", "f32le", "-ar", str(AUDIO_RATE), "-flush_packets", "1", "pipe:1"]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=ffmpeg_environment(),
        )
        assert self.process.stdout is not None
        self.out: IO[bytes] = self.process.stdout
        self._words = b""
        for work in (self._feed, self._listen):
            threading.Thread(target=work, args=(stream,), daemon=True, name="pipe").start()

    def _feed(self, stream: Readable) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(OSError, ValueError), self.process.stdin as into:
            while data := stream.read(AT_ONCE):
                into.write(data)
                into.flush()

    def _listen(self, stream: Readable) -> None:
        assert self.process.stderr is not None
        with contextlib.suppress(OSError, ValueError):
            while line := self.process.stderr.readline():
                self._words = (self._words + line)[-LAST_WORDS:]

    def reason(self) -> str | None:
        """Wait for the end; why it failed, if it did."""
        code = self.process.wait()
        return None if code == 0 else why_failed(self._words.decode("utf-8", "replace"), code)

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()


class RawPipe(SoundSource):
    """Raw samples from a pipe, such as standard input.

    Parameters
    ----------
    stream : binary file
    samples : Samples
    name : str
    """

    def __init__(self, stream: Readable, samples: Samples, name: str = "standard input") -> None:
        self.name = name
        self._stream, self._samples = stream, samples
        self._converter: _Converter | None = None

    def pieces(self) -> Iterator[np.ndarray]:
        """See :meth:`SoundSource.pieces`."""
        read, kind, channels = self._stream.read, self._samples.kind, self._samples.channels
        if isinstance(self._stream, io.BufferedIOBase):
            read = self._stream.read1
        if self._samples.rate != AUDIO_RATE:
            described = ["-f", kind, "-ar", str(self._samples.rate), "-ac", str(channels)]
            quick = ["-probesize", "32", "-analyzeduration", "0"]
            self._converter = _Converter(self._stream, [*quick, *described], [])
            read, kind = self._converter.out.read1, "f32le"  # type: ignore[attr-defined]
        dtype, scale = SAMPLE_FORMATS[kind]
        frame = np.dtype(dtype).itemsize * channels
        rest = b""
        while data := read(AT_ONCE):
            data = rest + data
            whole = len(data) // frame * frame
            data, rest = data[:whole], data[whole:]
            if data:
                yield np.frombuffer(data, dtype).reshape(-1, channels).T.astype(np.float32) * np.float32(scale)
        self.close()

    def close(self) -> None:
        """See :meth:`SoundSource.close`."""
        if self._converter is not None:
            self._converter.close()
            self._converter = None


class EncodedPipe(SoundSource):
    """A sound or video file while it comes through a pipe; a stored one is played at its own pace.

    Parameters
    ----------
    stream : binary file
    name : str
    kind : str
        The container, by ffmpeg's name.
    pace : float
        Seconds of sound per second; infinite plays as fast as it comes.
    track : int, optional
        Which of its sound tracks, from 1; the default one when not given.
    """

    def __init__(self, stream: Readable, name: str, kind: str, pace: float = 1.0, track: int | None = None) -> None:
        self.name = f"{name} ({kind.split(',')[0]})"
        self.pace, self._track = pace, track
        # unasked, ffmpeg takes the sound that is flagged as the default
        chosen = ["-vn", "-sn", "-dn"] if track is None else ["-map", f"0:a:{track - 1}"]
        self._converter = _Converter(stream, [], [*chosen, "-ac", str(AUDIO_CHANNELS)])

    def pieces(self) -> Iterator[np.ndarray]:
        """See :meth:`SoundSource.pieces`."""
        frame, played, start, rest = 4 * AUDIO_CHANNELS, 0, 0.0, b""
        while data := self._converter.out.read1(PIECE_SAMPLES * frame):  # type: ignore[attr-defined]
            start = start or time.monotonic()
            data = rest + data
            whole = len(data) // frame * frame
            data, rest = data[:whole], data[whole:]
            played += whole // frame
            ahead = played / AUDIO_RATE / self.pace - (time.monotonic() - start)
            if ahead > 0:
                time.sleep(ahead)
            yield np.frombuffer(data, "<f4").reshape(-1, AUDIO_CHANNELS).T
        reason = self._converter.reason()
        if reason is not None and not played:
            what = "no sound track" if self._track is None else f"no sound track {self._track}"
            raise BadInput(
                f"{self.name} has {what}, or cannot be read while it comes ({reason}); save it to a file first"
            )
        if reason is not None:
            raise BadInput(
                f"{self.name} could not be played while it comes ({reason}); save it to a file and play that"
            )

    def close(self) -> None:
        """See :meth:`SoundSource.close`."""
        self._converter.close()
