"""Sound files to samples: 44.1 kHz stereo, RMS normalised to 0 dB (paper Sec. 3.2)."""

from __future__ import annotations

import os
import tempfile
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from audio_to_body.skeleton.files import TEMPORARY, refused
from audio_to_body.skeleton.rates import AUDIO_CHANNELS, AUDIO_RATE, VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.ffmpeg import Media, chosen_track, last_moment, mixing, probe, raw_output, track_remarks
from audio_to_body.sound.levels import LOUDEST, MOST_CHANNELS, TARGET_RMS_DB, Content, Levels, gain_of, mono, taken

LONGEST_SHORTFALL = 0.5  # s a sound may end before its header's duration (encoders pad and round)
SHORTFALL_SHARE = 0.02  # the same as a share of the duration: headers of variable bit rate files are estimates
SHORTEST_FRAME = 1.0 / VIDEO_FPS  # s; a WAV file may lack less than a frame
# a data chunk's length near these is a stream's "unknown": the greatest numbers with and without a sign, which
# programs round down to whole blocks (SoX 0x7ffff000, ffmpeg 0xffffffff, arecord 0x7fffffff and 0x80000000); so is 0
UNKNOWN_LENGTHS = (1 << 31, 1 << 32)
RAW_ENDINGS = (".raw", ".pcm", ".s16", ".s16le", ".f32", ".f32le", ".sw")
NEAR_MARKER = 1 << 16  # bytes
ON_THE_CLOCK = "aresample=async=1:first_pts=0"
_BLOCK_SAMPLES = 1 << 20  # decoded at once: 24 s


def decode_audio(
    path: str | os.PathLike[str], rate: int = AUDIO_RATE, channels: int = AUDIO_CHANNELS, track: int | None = None
) -> np.ndarray:
    """Decode the sound of any file ffmpeg reads.

    Parameters
    ----------
    path : path
        Sound or video file.
    rate : int
        Samples per second of the result.
    channels : int
        Channels of the result; ffmpeg mixes up or down.
    track : int, optional
        Which sound track, from 1; the default one when not given.

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
    arguments = sound_arguments(path, media, chosen_track(path, media, track), rate, channels)
    with raw_output(arguments) as (stream, failure):
        data = stream.read()
        reason = failure.reason()
    frame = 4 * channels
    samples = np.frombuffer(data[: len(data) // frame * frame], dtype="<f4").reshape(-1, channels).T
    _check_decoded(path, media, samples.shape[1], rate, reason)
    if not (np.abs(samples) <= LOUDEST).all():  # also when one is not a number
        raise BadInput(f"{path} {NO_SOUND}")
    return np.ascontiguousarray(samples)


NO_SOUND = "holds samples that are not numbers (NaN or infinite) or are beyond any sound; export it again"


def probe_sound(path: Path) -> Media:
    """Read a file's header; refuse one without sound or with less of it than its header says."""
    try:
        media = probe(path)
        chosen_track(path, media)
    except BadInput as refusal:
        if path.suffix.lower() in RAW_ENDINGS and path.is_file() and path.stat().st_size:
            raise BadInput(f"{refusal}; samples without a header are played with --raw --rate HZ") from None
        raise
    return replace(media, duration=None) if _wave_length_unknown(path) else media


def _wave_length_unknown(path: Path) -> bool:
    """Whether a WAV file's length is a stream's marker; refuse one whose data ends before its header says.

    ffmpeg takes the file's end for the sound's.
    """
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
            return False
        rate = 0  # bytes per second
        while len(chunk := file.read(8)) == 8:
            name, length = chunk[:4], int.from_bytes(chunk[4:], "little")
            if name == b"fmt ":
                rate = int.from_bytes(file.read(12)[8:12], "little")
                file.seek(length - 12 + length % 2, os.SEEK_CUR)
                continue
            if name == b"data":
                if length == 0 or any(abs(length - marker) <= NEAR_MARKER for marker in UNKNOWN_LENGTHS):
                    return True
                missing = file.tell() + length - size
                if rate and rate * SHORTEST_FRAME < missing < length:
                    raise BadInput(
                        f"{path} is truncated: its header promises {length / rate:.1f} s, "
                        f"{(length - missing) / rate:.1f} s are there"
                    )
                return False
            file.seek(length + length % 2, os.SEEK_CUR)
    return False


def sound_arguments(path: Path, media: Media, track: int, rate: int, channels: int) -> list[str]:
    """ffmpeg arguments that give a file's sound as raw float32.

    Beside pictures, gaps between time stamps and a late start become silence: sample ``n`` then sounds at
    ``n / rate`` s of the clock that the pictures go by.
    """
    return [
        "-i", f"file:{path}", *track_arguments(media, track),
        "-f", "f32le", "-ac", str(channels), "-ar", str(rate), "-",
    ]  # fmt: skip


def track_arguments(media: Media, track: int, place: int = 0) -> list[str]:
    """ffmpeg arguments that choose and mix a sound track of its input number ``place``, on the pictures' clock."""
    filters = [ON_THE_CLOCK] if media.video_size is not None else []
    filters += mixing(media, track)
    return ["-map", f"{place}:a:{track}", *(["-af", ",".join(filters)] if filters else [])]


def _check_decoded(path: Path, media: Media, count: int, rate: int, reason: str | None) -> None:
    """Refuse a sound that holds nothing or ends before its header says."""
    seconds = count / rate
    if count == 0:
        raise BadInput(f"{path} holds no sound ({reason or 'no samples decoded'}); is the file complete?")
    if media.duration is not None:
        allowed = max(LONGEST_SHORTFALL, SHORTFALL_SHARE * media.duration)
        # another track may be longer than the sound, and the sound may begin late: then nothing is missing
        if media.duration - seconds > allowed and media.duration - last_moment(path, media) > allowed:
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
        Mean of the channels at 44.1 kHz (or one of them, where they cancel each other), not normalised; may lie on
        disk.
    gain : float
        Factor to an RMS of 0 dB over both channels (:func:`rms_gain`).
    name : str
        What messages call it.
    remarks : tuple of str
        What a person should know of it (:meth:`audio_to_body.sound.levels.Content.remarks`).
    """

    samples: np.ndarray
    gain: float
    name: str = "the sound"
    remarks: tuple[str, ...] = ()

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
    if audio.ndim == 2 and len(audio) > MOST_CHANNELS:
        raise BadInput(
            f"{name} has {len(audio)} channels of {audio.shape[1]} samples; channels come first, [channels, samples]:"
            " transpose it"
        )
    if not (np.abs(audio) <= LOUDEST).all():  # also when one is not a number
        raise BadInput(f"{name} {NO_SOUND}")
    channels = np.atleast_2d(audio)
    levels = Levels(len(channels))
    levels.add(channels)
    content = levels.content()
    samples = taken(channels, content).astype(np.float32, copy=False)
    return Sound(samples, content.gain, name, tuple(content.remarks()))


def decode_sound(path: str | os.PathLike[str], track: int | None = None) -> Sound:
    """Decode a file's sound as a stream; its samples go to a temporary file, so that hours of it fit any machine.

    The same samples and gain as ``sound_of(decode_audio(path))``.

    Parameters
    ----------
    path : path
    track : int, optional
        Which sound track, from 1; the default one when not given.

    Raises
    ------
    BadInput
        As :func:`decode_audio`.
    """
    path = Path(path)
    media = probe_sound(path)
    which = chosen_track(path, media, track)
    samples, content = _spilled(path, media, which, None)
    if not content.heard:
        samples = np.zeros(len(samples), np.float32)
    elif not content.plain:  # it is known only now: once more, as it must be taken
        samples, _ = _spilled(path, media, which, content)
    remarks = (*track_remarks(media, which, track), *content.remarks())
    return Sound(samples, content.gain, str(path), remarks)


def _spilled(path: Path, media: Media, track: int, content: Content | None) -> tuple[np.ndarray, Content]:
    """A file's sound as one channel on disk, and what it holds; taken as ``content`` says where it is known."""
    levels = Levels(AUDIO_CHANNELS)
    frame = 4 * AUDIO_CHANNELS
    arguments = sound_arguments(path, media, track, AUDIO_RATE, AUDIO_CHANNELS)
    with refused(TEMPORARY), tempfile.TemporaryFile() as spilled, raw_output(arguments) as (stream, failure):
        while data := stream.read(_BLOCK_SAMPLES * frame):
            block = np.frombuffer(data[: len(data) // frame * frame], dtype="<f4").reshape(-1, AUDIO_CHANNELS).T
            levels.add(block)
            if not levels.possible:
                raise BadInput(f"{path} {NO_SOUND}")
            spilled.write((mono(block) if content is None else taken(block, content)).tobytes())
        count = int(levels.count)
        _check_decoded(path, media, count, AUDIO_RATE, failure.reason())
        spilled.flush()
        samples = np.memmap(spilled, np.float32, mode="r", shape=(count,))
    return samples, levels.content()


class Decoding:
    """:func:`decode_sound` in a thread of its own, while other things are made ready.

    Parameters
    ----------
    path : path
    track : int, optional
        As :func:`decode_sound`.
    """

    def __init__(self, path: str | os.PathLike[str], track: int | None = None) -> None:
        self._path, self._track = path, track
        self._sound: Sound | None = None
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._decode, daemon=True)  # the end of the program waits for no sound
        self._thread.start()

    def _decode(self) -> None:
        try:
            self._sound = decode_sound(self._path, self._track)
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
    return gain_of(float(np.mean(np.square(audio, dtype=np.float64))) if audio.size else 0.0, target_db)


def rms_normalise(audio: np.ndarray, target_db: float = TARGET_RMS_DB) -> np.ndarray:
    """Scale a sound to an RMS level of ``target_db`` (Sec. 3.2); samples may then exceed 1, nothing is clipped.

    Returns
    -------
    np.ndarray, float32, same shape
    """
    return (audio * np.float32(rms_gain(audio, target_db))).astype(np.float32, copy=False)
