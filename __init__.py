"""Music in, a musician who plays it out: *Audio to Body Dynamics* (CVPR 2018) in Caffe2 operators and ONNX.

>>> from audio_to_body import load, predict
>>> motion = predict("audio.wav", load("violin"))
>>> motion.points  # float32 [frames, 50, 2], pixels, 24 frames/s

The rooms: :mod:`~audio_to_body.inference` plays, :mod:`~audio_to_body.avatar` dresses,
:mod:`~audio_to_body.preprocessing` makes datasets, :mod:`~audio_to_body.models` trains,
:mod:`~audio_to_body.reproduce` makes the paper's tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audio_to_body.inference import Session, Stream, load, predict
    from audio_to_body.skeleton import Motion, load_motion, save_motion

__version__ = "0.2.0"
__all__ = ["Motion", "Session", "Stream", "__version__", "load", "load_motion", "predict", "save_motion"]

_HOMES = {
    "Motion": "audio_to_body.skeleton",
    "Session": "audio_to_body.inference",
    "Stream": "audio_to_body.inference",
    "load": "audio_to_body.inference",
    "load_motion": "audio_to_body.skeleton",
    "predict": "audio_to_body.inference",
    "save_motion": "audio_to_body.skeleton",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: asking for the version loads nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'audio_to_body' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
