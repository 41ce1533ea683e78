"""Live sound: a microphone, or a file at its own pace; 44.1 kHz in small pieces."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.skeleton.rates import AUDIO_CHANNELS, AUDIO_RATE
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.audio import probe_sound, sound_arguments
from audio_to_body.sound.ffmpeg import chosen_track, raw_output, track_remarks
from audio_to_body.sound.live_rate import LiveRate

PIECE_SAMPLES = 441  # 10 ms
MOST_WAITING = 200  # pieces, 2 s of microphone sound that nobody has taken yet
SILENT_DEVICE_SECONDS = 2.0  # a microphone that gives nothing for so long has been unplugged
RETRY_SECONDS = 1.0
USUAL_RATES = (48_000, 96_000, 192_000, 32_000, 16_000, 8_000)  # Hz of sound cards and headsets that refuse 44.1 kHz
INVALID_RATE = "Invalid sample rate"  # PortAudio's words


class SoundSource(ABC):
    """Gives live sound.

    Attributes
    ----------
    name : str
        What messages call it.
    """

    name: str

    @abstractmethod
    def pieces(self) -> Iterator[np.ndarray]:
        """Yield float32 ``[channels, samples]`` at 44.1 kHz as it comes; ends when the sound does."""

    @abstractmethod
    def close(self) -> None:
        """Let go; ``pieces`` ends."""


def beginning_of(path: str | Path, seconds: float, track: int | None = None) -> np.ndarray:
    """The first seconds of a file, mono float32 [samples] at 44.1 kHz.

    Raises
    ------
    BadInput
        If it cannot be played.
    """
    media = probe_sound(Path(path))
    arguments = sound_arguments(Path(path), media, chosen_track(Path(path), media, track), AUDIO_RATE, AUDIO_CHANNELS)
    with raw_output(arguments) as (stream, _):
        data = stream.read(4 * AUDIO_CHANNELS * round(seconds * AUDIO_RATE))
    frames = np.frombuffer(data[: len(data) // 8 * 8], "<f4").reshape(-1, AUDIO_CHANNELS)
    return frames.mean(axis=1, dtype=np.float32)


class PacedFile(SoundSource):
    """A file played at its own pace, as if it sounded now.

    Parameters
    ----------
    path : path
    pace : float
        Seconds of sound per second; infinite plays as fast as possible.
    track : int, optional
        Which of its sound tracks, from 1; the default one when not given.

    Attributes
    ----------
    remarks : list of str
        What a person should know of the file.

    Raises
    ------
    BadInput
        If it cannot be played.
    """

    def __init__(self, path: str | Path, pace: float = 1.0, track: int | None = None) -> None:
        self.path, self.pace = Path(path), pace
        self.name = str(path)
        self._media = probe_sound(self.path)
        self._track = chosen_track(self.path, self._media, track)
        self.remarks = track_remarks(self._media, self._track, track)

    def pieces(self) -> Iterator[np.ndarray]:
        """See :meth:`SoundSource.pieces`."""
        arguments = sound_arguments(self.path, self._media, self._track, AUDIO_RATE, AUDIO_CHANNELS)
        size, played = 4 * AUDIO_CHANNELS * PIECE_SAMPLES, 0
        with raw_output(arguments) as (stream, failure):
            start = time.monotonic()
            while data := stream.read(size):
                piece = np.frombuffer(data[: len(data) // 8 * 8], "<f4").reshape(-1, AUDIO_CHANNELS).T
                played += piece.shape[1]
                # a piece is there when its last sample has sounded
                ahead = played / AUDIO_RATE / self.pace - (time.monotonic() - start)
                if ahead > 0:
                    time.sleep(ahead)
                yield piece
            reason = failure.reason()
            if reason is not None:
                raise BadInput(f"{self.path} could not be played to its end ({reason})")

    def close(self) -> None:
        """See :meth:`SoundSource.close`; ffmpeg ends with ``pieces``."""


class Microphone(SoundSource):
    """A sound card's input through the ``sounddevice`` package; opened again when it is unplugged and comes back.

    Parameters
    ----------
    device : str or None
        Part of the device's name or its number; the system's default when None.
    tell : callable (str)
        Told when the device goes and comes.

    Raises
    ------
    BadInput
        If ``sounddevice`` is not installed or there is no such microphone.
    """

    def __init__(self, device: str | None = None, tell: Callable[[str], object] = lambda text: None) -> None:
        try:
            import sounddevice
        except (ImportError, OSError) as error:  # OSError: PortAudio itself is missing
            raise BadInput(
                f"the microphone needs the sounddevice package and PortAudio ({error}); pip install '.[live]', and "
                "on Linux PortAudio from your system (Debian: apt install libportaudio2)"
            ) from None
        self._sounddevice: Any = sounddevice
        self._device: str | int | None = int(device) if device is not None and device.isdigit() else device
        self._tell = tell
        self._waiting: queue.Queue[np.ndarray] = queue.Queue(MOST_WAITING)
        self._closed = threading.Event()
        self.missed = 0
        try:
            found = sounddevice.query_devices(self._device, "input")
        except Exception as error:  # PortAudioError or ValueError, by version
            raise BadInput(f"there is no microphone '{device or 'by default'}' ({error}); plug one in") from None
        self.name = str(found["name"])
        self._channels = max(1, min(AUDIO_CHANNELS, int(found["max_input_channels"])))
        own = round(float(found.get("default_samplerate") or 0))
        # its own rate first where ours is refused, then what cards have
        self._rates = list(dict.fromkeys(rate for rate in (AUDIO_RATE, own, *USUAL_RATES) if rate > 0))
        self._listened = False
        self._waited = False  # whether the person knows that nothing comes
        self._resampler: LiveRate | None = None

    def pieces(self) -> Iterator[np.ndarray]:
        """See :meth:`SoundSource.pieces`.

        Raises
        ------
        BadInput
            If the device cannot be opened at all; one that was open before and is gone is waited for.
        """
        told = ""
        while not self._closed.is_set():
            try:
                with self._opened():
                    told = ""
                    yield from self._heard()
            except self._sounddevice.PortAudioError as error:
                if not self._listened:
                    raise BadInput(
                        f"the microphone {self.name} cannot be opened ({error}); another program may hold it, or"
                        " --microphone NAME names another"
                    ) from None
                if str(error) != told:
                    told = str(error)
                    self._tell(f"{self.name}: {error}")
            if self._closed.wait(RETRY_SECONDS):
                return
            # PortAudio lists devices once, when it starts
            with contextlib.suppress(Exception):
                self._sounddevice._terminate()
                self._sounddevice._initialize()

    def _opened(self) -> Any:
        """The device's stream, at 44.1 kHz or the first rate that it takes."""
        for rate in self._rates:
            try:
                stream = self._sounddevice.InputStream(
                    samplerate=rate,
                    blocksize=round(PIECE_SAMPLES * rate / AUDIO_RATE),
                    device=self._device,
                    channels=self._channels,
                    dtype="float32",
                    latency="low",
                    callback=self._arrived,
                )
            except self._sounddevice.PortAudioError as error:
                if INVALID_RATE not in str(error) or rate == self._rates[-1]:
                    raise
                continue
            self._rates = [rate]
            self._resampler = None if rate == AUDIO_RATE else LiveRate(rate, self._channels)
            return stream

    def _arrived(self, data: np.ndarray, frames: int, clock: object, status: object) -> None:
        piece = data.T.copy()
        while True:
            try:
                self._waiting.put_nowait(piece)
                return
            except queue.Full:
                with contextlib.suppress(queue.Empty):
                    self._waiting.get_nowait()
                    self.missed += 1

    def _heard(self) -> Iterator[np.ndarray]:
        told = False
        while not self._closed.is_set():
            try:
                piece = self._waiting.get(timeout=SILENT_DEVICE_SECONDS)
            except queue.Empty:
                if told or not self._waited:  # once, until it has sounded again
                    self._tell(f"{self.name} gives no sound; trying to open it again")
                self._waited = True
                return
            if not told:
                at = "" if self._resampler is None else f" at its {self._rates[0]} Hz"
                self._tell(f"listening to {self.name}{at}")
                told = self._listened = True
            yield piece if self._resampler is None else self._resampler.push(piece)

    def close(self) -> None:
        """See :meth:`SoundSource.close`."""
        self._closed.set()
