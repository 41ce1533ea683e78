"""The trained net in onnxruntime: whole files and streams, and one writer per output format.

>>> from inference import load, predict
>>> motion = predict("audio.wav", load("violin"))
>>> motion.points  # float32 [frames, 50, 2], pixels, 24 frames/s
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audio_to_body.inference.frames import Frames
    from audio_to_body.inference.prediction import predict
    from audio_to_body.inference.session import Session, load
    from audio_to_body.inference.stream import Stream

__all__ = ["Frames", "Session", "Stream", "load", "predict"]

_HOMES = {
    "Frames": "audio_to_body.inference.frames",
    "Session": "audio_to_body.inference.session",
    "Stream": "audio_to_body.inference.stream",
    "load": "audio_to_body.inference.session",
    "predict": "audio_to_body.inference.prediction",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: a model card needs no front ends."""
    if name not in _HOMES:
        raise AttributeError(f"module 'audio_to_body.inference' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
