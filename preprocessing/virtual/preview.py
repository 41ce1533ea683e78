"""A skeleton video of a virtual recital, with its sound."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np

from preprocessing.drawing import draw_skeleton, pixels_per_cm
from preprocessing.instrument_drawing import Keyboard, Violin
from preprocessing.video_writer import video_writer
from preprocessing.virtual.recitals import VirtualRecital
from skeleton.layouts import layout_named
from skeleton.rates import AUDIO_RATE, VIDEO_FPS

BACKGROUND = (38, 30, 26)  # BGR
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


def write_preview(path: str | os.PathLike[str], made: VirtualRecital, detected: bool = False) -> None:
    """Write an mp4 of the musician with the sound.

    Parameters
    ----------
    path : path
    made : VirtualRecital
    detected : bool
        Show what the detector saw, faults and all, instead of the truth.
    """
    recital = made.recital
    layout = layout_named("violin" if "bow_position" in recital.tracks else "piano")
    points = recital.keypoints if detected else recital.tracks["truth"]
    confidence = recital.confidence if detected else np.ones(points.shape[:2], np.float32)
    width, height = recital.frame_size
    scale = pixels_per_cm(points, layout)
    fitted = (Violin if layout.instrument == "violin" else Keyboard).fit(points, layout, scale)
    bow = np.abs(recital.tracks["bow_speed"]) > 0 if layout.instrument == "violin" else np.zeros(len(points))
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "sound.wav"
        write_wav(sound, made.sound)
        with video_writer(path, (width, height), VIDEO_FPS, sound) as video:
            for frame, seen, sounds in zip(points, confidence, bow):
                image = np.empty((height, width, 3), np.uint8)
                image[:] = BACKGROUND
                draw_skeleton(
                    image, frame, layout, seen, scale=scale, instrument=fitted, extras={"bow": float(sounds)}
                )
                video.write(image)
