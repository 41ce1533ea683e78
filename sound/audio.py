"""Sound files to samples: 44.1 kHz stereo, RMS normalised to 0 dB (paper Sec. 3.2)."""

from __future__ import annotations

import os
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio_to_body.skeleton.rates import AUDIO_CHANNELS, AUDIO_RATE, VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.ffmpeg import Media, check_readable, probe, raw_output

TARGET_RMS_DB = 0.0  # dB full scale, Sec. 3.2: "RMS normalization to 0 db"
SILENCE_RMS = 1e-5  # -100 dB: below this there is nothing to normalise
LONGEST_SHORTFALL = 0.5  # s a sound may end before its header's duration (encoders pad and round)
SHORTFALL_SHARE = 0.02  # the same as a share of the duration: headers of variable bit rate files are estimates
SHORTEST_FRAME = 1.0 / VIDEO_FPS  # s; a WAV file may lack less than a frame
_BLOCK_SAMPLES = 1 << 20  # decoded at once: 24 s


def decode_audio(path: str | os.PathLike[str], rate: int = AUDIO_RATE, channels: int = AUDIO_CHANNELS) -> np.ndarray:
    """Decode the sound of any file ffmpeg reads.

    Parameters
    ----------
    path : path
        Sound or video file.
    rate : int
        Samples per second of the result.
    channels : int
        Channels of the result; ffmpeg mixes up or down.

    Returns
    -------
    np.ndarray, float32 [channels, samples]

    Raises
    ------
    BadInput
        If the file is missing, empty, not media, has no sound, ends before its header says it does, or holds
        samples that are not numbers.
    """
    path = Path(path)
    media = probe_sound(path)
    with raw_output(_decoding(path, rate, channels)) as (stream, failure):
        data = stream.read()
        reason = failure.reason()
    frame = 4 * channels
    samples = np.frombuffer(data[: len(data) // frame * frame], dtype="<f4").reshape(-1, channels).T
    _check_decoded(path, media, samples.shape[1], rate, reason)
    if not np.isfinite(samples).all():
        raise BadInput(f"{path} {_NOT_NUMBERS}")
    return np.ascontiguousarray(samples)


_NOT_NUMBERS = "holds samples that are not numbers (NaN or infinite); export it again"


def probe_sound(path: Path) -> Media:
    """Read a file's header; refuse one without sound or with less of it than its header says."""
    media = probe(path)
    _check_wave_length(path)
    if not media.has_audio:
        raise BadInput(f"{path} has no sound track; a recital needs its sound")
    return media


def _check_wave_length(path: Path) -> None:
    """Refuse a WAV file whose data ends before its header says; ffmpeg takes the file's end for the sound's."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
            return
        rate = 0  # bytes per second
        while len(chunk := file.read(8)) == 8:
            name, length = chunk[:4], int.from_bytes(chunk[4:], "little")
            if name == b"fmt ":
                rate = int.from_bytes(file.read(12)[8:12], "little")
                file.seek(length - 12 + length % 2, os.SEEK_CUR)
                continue
            if name == b"data":
                missing = file.tell() + length - size
                # a length of all ones (or its pair-aligned kin) is a stream's "unknown"
                if rate and length < 0xFFFF0000 and rate * SHORTEST_FRAME < missing < length:
                    raise BadInput(
                        f"{path} is truncated: its header promises {length / rate:.1f} s, "
                        f"{(length - missing) / rate:.1f} s are there"
                    )
                return
            file.seek(length + length % 2, os.SEEK_CUR)


def _decoding(path: Path, rate: int, channels: int) -> list[str]:
    return ["-i", f"file:{path}", "-map", "0:a:0", "-f", "f32le", "-ac", str(channels), "-ar", str(rate), "-"]


def _check_decoded(path: Path, media: Media, count: int, rate: int, reason: str | None) -> None:
    """Refuse a sound that holds nothing or ends before its header says."""
    seconds = count / rate
    if count == 0:
        raise BadInput(f"{path} holds no sound ({reason or 'no samples decoded'}); is the file complete?")
    if media.duration is not None:
        allowed = max(LONGEST_SHORTFALL, SHORTFALL_SHARE * media.duration)
        # a video may be longer than its sound: that is preprocessing's to judge, not a truncated sound
        if media.video_size is None and media.duration - seconds > allowed:
            raise BadInput(
                f"{path} is truncated: its header promises {media.duration:.1f} s, {seconds:.1f} s could be read"
            )
    if reason is not None and media.duration is None:
        raise BadInput(f"{path} could not be decoded to its end ({reason})")


@dataclass(frozen=True)
class Sound:
    """A sound ready for the features: one channel, and the gain that normalises it.

    Attributes
    ----------
    samples : np.ndarray, float32 [samples]
        Mean of the channels at 44.1 kHz, not normalised; may lie on disk.
    gain : float
        Factor to an RMS of 0 dB over both channels (:func:`rms_gain`).
    name : str
        What messages call it.
    """

    samples: np.ndarray
    gain: float
    name: str = "the sound"

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.samples) / AUDIO_RATE


def sound_of(audio: np.ndarray, name: str = "the sound") -> Sound:
    """Make a :class:`Sound` of samples ``[channels, samples]`` or ``[samples]`` at 44.1 kHz.

    Raises
    ------
    BadInput
        If there is no sample, or one is not a number.
    """
    if audio.ndim not in (1, 2) or audio.size == 0:
        raise BadInput(f"{name} must have samples [channels, samples] or [samples], got {list(audio.shape)}")
    if not np.isfinite(audio).all():
        raise BadInput(f"{name} {_NOT_NUMBERS}")
    return Sound(mono(audio).astype(np.float32, copy=False), rms_gain(audio), name)


def decode_sound(path: str | os.PathLike[str]) -> Sound:
    """Decode a file's sound as a stream; its samples go to a temporary file, so that hours of it fit any machine.

    The same samples and gain as ``sound_of(decode_audio(path))``.

    Raises
    ------
    BadInput
        As :func:`decode_audio`.
    """
    path = Path(path)
    check_readable(path)
    count, square_sum = 0, 0.0
    frame = 4 * AUDIO_CHANNELS
    with (
        tempfile.TemporaryFile() as spilled,
        raw_output(_decoding(path, AUDIO_RATE, AUDIO_CHANNELS)) as (stream, failure),
    ):
        media = probe_sound(path)  # while the decoder begins
        while data := stream.read(_BLOCK_SAMPLES * frame):
            stereo = np.frombuffer(data[: len(data) // frame * frame], dtype="<f4").reshape(-1, AUDIO_CHANNELS)
            block_sum = float(np.einsum("ij,ij->", stereo, stereo, dtype=np.float64))
            if not np.isfinite(block_sum):
                raise BadInput(f"{path} {_NOT_NUMBERS}")
            square_sum += block_sum
            count += len(stereo)
            spilled.write(mono(stereo.T).tobytes())
        _check_decoded(path, media, count, AUDIO_RATE, failure.reason())
        spilled.flush()
        samples = np.memmap(spilled, np.float32, mode="r", shape=(count,))
    return Sound(samples, _gain_of(square_sum / (count * AUDIO_CHANNELS), TARGET_RMS_DB), str(path))


class Decoding:
    """:func:`decode_sound` in a thread of its own, while other things are made ready.

    Parameters
    ----------
    path : path
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = path
        self._sound: Sound | None = None
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._decode, daemon=True)  # the end of the program waits for no sound
        self._thread.start()

    def _decode(self) -> None:
        try:
            self._sound = decode_sound(self._path)
        except BaseException as failure:
            self._failure = failure

    def sound(self) -> Sound:
        """The sound, as soon as it is there.

        Raises
        ------
        BadInput
            As :func:`decode_sound`.
        """
        self._thread.join()
        if self._failure is not None:
            raise self._failure
        assert self._sound is not None
        return self._sound


def rms_gain(audio: np.ndarray, target_db: float = TARGET_RMS_DB) -> float:
    """Factor that brings a sound's RMS level to ``target_db``; 1 for silence.

    Parameters
    ----------
    audio : np.ndarray [channels, samples] or [samples]
    target_db : float
        dB relative to full scale (an RMS of 1).
    """
    return _gain_of(float(np.mean(np.square(audio, dtype=np.float64))) if audio.size else 0.0, target_db)


def _gain_of(mean_square: float, target_db: float) -> float:
    rms = mean_square**0.5
    return 1.0 if rms < SILENCE_RMS else float(10 ** (target_db / 20) / rms)


def rms_normalise(audio: np.ndarray, target_db: float = TARGET_RMS_DB) -> np.ndarray:
    """Scale a sound to an RMS level of ``target_db`` (Sec. 3.2); samples may then exceed 1, nothing is clipped.

    Returns
    -------
    np.ndarray, float32, same shape
    """
    return (audio * np.float32(rms_gain(audio, target_db))).astype(np.float32, copy=False)


def mono(audio: np.ndarray) -> np.ndarray:
    """Mean of the channels, float32 [samples]; the features are taken from it (the paper does not say how)."""
    if audio.ndim == 2 and len(audio) == 2 and audio.dtype == np.float32:  # numpy's mean of two is eight times slower
        return (audio[0] + audio[1]) * np.float32(0.5)
    return audio if audio.ndim == 1 else audio.mean(axis=0, dtype=np.float32)
