"""A skeleton video of a virtual recital, with its sound."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np

from audio_to_body.pictures.stage import write_skeleton_video
from audio_to_body.preprocessing.virtual.recitals import VirtualRecital
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.rates import AUDIO_RATE, VIDEO_FPS
from audio_to_body.sound.features import STATIC_COUNT

LOWEST_KEY = 21  # MIDI
PEAK = 0.9


def write_wav(path: str | os.PathLike[str], sound: np.ndarray) -> None:
    """Write a sound ``[channels, samples]`` as a 16-bit WAV, its peak at 0.9 of full scale."""
    import wave

    level = np.abs(sound).max(initial=1e-9)
    whole = np.round(sound.T / level * PEAK * 32767).astype("<i2")
    with wave.open(os.fspath(path), "wb") as file:
        file.setnchannels(sound.shape[0])
        file.setsampwidth(2)
        file.setframerate(AUDIO_RATE)
        file.writeframes(whole.tobytes())


def motion_of(made: VirtualRecital, detected: bool = False) -> Motion:
    """A virtual recital as a motion, with the tracks that the drawing knows (``bow``, ``keys``, ``loudness_db``)."""
    recital = made.recital
    points = recital.keypoints if detected else recital.tracks["truth"]
    confidence = recital.confidence if detected else np.ones(points.shape[:2], np.float32)
    frames = len(points)
    energy = recital.features[min(recital.features)][:: min(recital.features) // VIDEO_FPS, STATIC_COUNT - 1][:frames]
    tracks = {"loudness_db": 10 / np.log(10) * energy}
    instrument = instrument_named(made.instrument)
    if instrument.bowed:
        tracks["bow"] = (np.abs(recital.tracks["bow_speed"]) > 0).astype(np.float32)
    if instrument.keyed:
        tracks["keys"] = keys_down(recital.tracks["notes"], frames)
    return Motion(points, confidence, VIDEO_FPS, instrument.layout.name, recital.frame_size, tracks)


def keys_down(notes: np.ndarray, frames: int) -> np.ndarray:
    """Which of the 88 keys are down at each frame, bool [frames, 88]."""
    down = np.zeros((frames, 88), bool)
    for onset, end, pitch, _ in notes:
        first, last = round(float(onset) * VIDEO_FPS), round(float(end) * VIDEO_FPS)
        down[first : max(last, first + 1), int(pitch) - LOWEST_KEY] = True
    return down


def write_preview(path: str | os.PathLike[str], made: VirtualRecital, detected: bool = False) -> None:
    """Write an mp4 of the musician with the sound.

    Parameters
    ----------
    path : path
    made : VirtualRecital
    detected : bool
        Show what the detector saw, faults and all, instead of the truth.
    """
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "audio_to_body.sound.wav"
        write_wav(sound, made.sound)
        write_skeleton_video(motion_of(made, detected), path, sound)
