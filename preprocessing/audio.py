"""Sound files to samples: 44.1 kHz stereo, RMS normalised to 0 dB (paper Sec. 3.2)."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from preprocessing.ffmpeg import probe, raw_output
from skeleton.rates import AUDIO_CHANNELS, AUDIO_RATE
from skeleton.refusal import BadInput

TARGET_RMS_DB = 0.0  # dB full scale, Sec. 3.2: "RMS normalization to 0 db"
SILENCE_RMS = 1e-5  # -100 dB: below this there is nothing to normalise
LONGEST_SHORTFALL = 0.5  # s a sound may end before its header's duration (encoders pad and round)
SHORTFALL_SHARE = 0.02  # the same as a share of the duration: headers of variable bit rate files are estimates


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
    media = probe(path)
    if not media.has_audio:
        raise BadInput(f"{path} has no sound track; a recital needs its sound")
    with raw_output(
        ["-i", f"file:{path}", "-map", "0:a:0", "-f", "f32le", "-ac", str(channels), "-ar", str(rate), "-"]
    ) as (
        stream,
        failure,
    ):
        data = stream.read()
        reason = failure.reason()
    frame = 4 * channels
    samples = np.frombuffer(data[: len(data) // frame * frame], dtype="<f4").reshape(-1, channels).T
    seconds = samples.shape[1] / rate
    if samples.shape[1] == 0:
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
    if not np.isfinite(samples).all():
        raise BadInput(f"{path} holds samples that are not numbers (NaN or infinite); export it again")
    return np.ascontiguousarray(samples)


def rms_gain(audio: np.ndarray, target_db: float = TARGET_RMS_DB) -> float:
    """Factor that brings a sound's RMS level to ``target_db``; 1 for silence.

    Parameters
    ----------
    audio : np.ndarray [channels, samples] or [samples]
    target_db : float
        dB relative to full scale (an RMS of 1).
    """
    rms = float(np.sqrt(np.mean(np.square(audio, dtype=np.float64)))) if audio.size else 0.0
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
    return audio if audio.ndim == 1 else audio.mean(axis=0, dtype=np.float32)
