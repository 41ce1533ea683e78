"""A recital's sound as features, read as a stream: an hour of sound never stands in memory (paper Sec. 3.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from audio_to_body.pictures.video import Clip
from audio_to_body.skeleton.rates import AUDIO_CHANNELS, AUDIO_RATE
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.audio import NO_SOUND, ON_THE_CLOCK
from audio_to_body.sound.features import STATIC_COUNT, WINDOW_SAMPLES, frame_starts, windows_at, with_derivative
from audio_to_body.sound.ffmpeg import mixing, probe, raw_output
from audio_to_body.sound.levels import Content, Levels, taken
from audio_to_body.sound.librosa_features import librosa_static

FEATURE_RATES = (24, 48, 96, 144)  # steps/s: the video's rate, and 2×, 4× and 6× of it (Tables 1 and 2)
_BLOCK_SECONDS = 20
_BLOCK_STEPS = 1024  # windows transformed at once


def sound_blocks(clip: Clip) -> Iterator[np.ndarray]:
    """The clip's sound, 44.1 kHz stereo, block by block: float32 [2, samples].

    Gaps between time stamps and a late start become silence, so that sample ``n`` sounds at ``n / 44100`` s of the
    clock that the clip's pictures go by.
    """
    arguments = [*_clip_sound(clip), "-f", "f32le", "-ac", str(AUDIO_CHANNELS)]
    size = 4 * AUDIO_CHANNELS
    with raw_output([*arguments, "-ar", str(AUDIO_RATE), "-"]) as (stream, _):
        while data := stream.read(_BLOCK_SECONDS * AUDIO_RATE * size):
            yield np.frombuffer(data[: len(data) // size * size], "<f4").reshape(-1, AUDIO_CHANNELS).T


def _clip_sound(clip: Clip) -> list[str]:
    """ffmpeg arguments that open a clip and choose its sound."""
    track = (clip.track or 1) - 1
    filters = [f"{ON_THE_CLOCK}:osr={AUDIO_RATE}", *mixing(probe(clip.path), track)]
    return [*clip.input_arguments(), "-map", f"0:a:{track}", "-af", ",".join(filters)]


def measure_sound(clip: Clip) -> tuple[int, Content]:
    """Length of a clip's sound and what it holds.

    Parameters
    ----------
    clip : Clip
        Names its sound track.

    Returns
    -------
    samples : int
    content : Content
        Its gain brings the RMS level to 0 dB.

    Raises
    ------
    BadInput
        If it is empty, or holds samples that are not numbers.
    """
    levels = Levels(AUDIO_CHANNELS)
    for block in sound_blocks(clip):
        levels.add(block)
    if levels.count == 0:
        raise BadInput(f"{clip.path} holds no sound that can be decoded; is the file complete?")
    if not levels.possible:
        raise BadInput(f"{clip.path} {NO_SOUND}")
    return int(levels.count), levels.content()


def sound_features(
    clip: Clip, content: Content, frames: int, fps: float, rates: Sequence[int] = FEATURE_RATES
) -> dict[int, np.ndarray]:
    """The 28 features of the clip's first ``frames`` video frames, at several rates, by librosa.

    Parameters
    ----------
    clip : Clip
    content : Content
        From :func:`measure_sound`.
    frames : int
    fps : float
        Frames per second.
    rates : sequence of int
        Steps per second.

    Returns
    -------
    dict of int to np.ndarray, float32 [frames * rate / fps, 28]
    """
    static = {rate: np.empty((round(frames * rate / fps), STATIC_COUNT), np.float32) for rate in rates}
    done = dict.fromkeys(rates, 0)
    kept, first, end = np.zeros(0, np.float32), 0, 0

    def advance(known: float) -> None:
        for rate in rates:
            # the last step whose whole window is known; one sample of reserve for rounding
            ready = len(static[rate])
            if np.isfinite(known):
                ready = min(ready, int((known - WINDOW_SAMPLES // 2 - 1) * rate / AUDIO_RATE))
            while (low := done[rate]) < (high := min(ready, low + _BLOCK_STEPS)):
                starts = frame_starts(np.arange(low, high), rate) - first
                static[rate][low:high] = librosa_static(windows_at(kept, starts, WINDOW_SAMPLES))
                done[rate] = high

    for block in sound_blocks(clip):
        kept = np.concatenate([kept, taken(block, content) * np.float32(content.gain)])
        end += block.shape[1]
        advance(end)
        cut = max(0, end - first - 2 * AUDIO_RATE)
        kept, first = kept[cut:], first + cut
    advance(np.inf)
    return {rate: with_derivative(table) for rate, table in static.items()}


def copy_sound(clip: Clip, path: Path, seconds: float) -> None:
    """Write the clip's first seconds of sound as FLAC, on the clock of its pictures."""
    arguments = [*_clip_sound(clip), "-c:a", "flac", "-f", "flac"]
    with raw_output([*arguments, "-t", f"{seconds:.6f}", "-y", f"file:{path}"]) as (stream, failure):
        stream.read()
        reason = failure.reason()
    if reason:
        raise BadInput(f"the sound of {clip.path} could not be copied to {path} ({reason})")
