"""Rates and durations that every room shares, each with its unit and source."""

from __future__ import annotations

VIDEO_FPS = 24  # frames/s, paper Sec. 3.2: all videos are brought to one rate
AUDIO_RATE = 44_100  # samples/s, Sec. 3.2
AUDIO_CHANNELS = 2  # Sec. 3.2: "stereo 44.1Khz"
UPSAMPLE = 4  # network steps per video frame, Sec. 3.4
NETWORK_RATE = VIDEO_FPS * UPSAMPLE  # steps/s at the paper's final setting: 96
WINDOW_SECONDS = 1.0 / VIDEO_FPS  # Sec. 3.2: window length 1000 / fps ms = 41.66 ms
TIME_DELAY_MS = 24.0  # captions of Tables 1 and 2


def steps_in(samples: int, rate: float, audio_rate: int = AUDIO_RATE) -> int:
    """Count the steps ``i`` whose moment ``i / rate`` lies inside a sound.

    Every track of a recital (video frames, features, network steps) is counted this way, so that
    tracks of different rates end together and a video is never shorter than its sound.

    Parameters
    ----------
    samples : int
        Length of the sound in samples per channel.
    rate : float
        Steps per second (24 for video frames, 96 for the paper's network).
    audio_rate : int
        Samples per second.

    Returns
    -------
    int
        ``ceil(samples * rate / audio_rate)``.
    """
    return int(-(-samples * rate // audio_rate))


def delay_steps(delay_ms: float, rate: float) -> int:
    """Turn a time delay in milliseconds into whole steps at ``rate`` steps/s (nearest)."""
    return round(delay_ms * rate / 1000.0)
