"""A few bars before the first: what a model's musician looks like, before any sound has come."""

from __future__ import annotations

import numpy as np

from audio_to_body.inference.planning import USUAL
from audio_to_body.inference.prediction import predict
from audio_to_body.inference.session import Session
from audio_to_body.inference.stream import Stream
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.rates import AUDIO_RATE

SECONDS = 6.0
NOTE_SECONDS = 0.35


def warm_up_sound(seconds: float = SECONDS, seed: int = 0) -> np.ndarray:
    """Notes with overtones over four octaves, soft and loud, with rests; float32 [samples] at 44.1 kHz."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(NOTE_SECONDS * AUDIO_RATE)) / AUDIO_RATE
    shape = np.minimum(1.0, t / 0.02) * np.exp(-3.0 * t)
    notes: list[np.ndarray] = []
    while len(notes) * NOTE_SECONDS < seconds:
        pitch = 440.0 * 2.0 ** ((rng.integers(48, 97) - 69) / 12)
        partials = sum(np.sin(2 * np.pi * k * pitch * t) / k for k in range(1, 9) if k * pitch < AUDIO_RATE / 2)
        notes.append(0.3 * rng.uniform(0.1, 1.0) * (rng.random() > 0.15) * shape * partials)
    return np.concatenate(notes).astype(np.float32)


def example_motion(session: Session) -> Motion:
    """The motion of the warm-up; also fills onnxruntime's caches, so that the first live frame is not late."""
    return predict(warm_up_sound(), session)


def rehearse(session: Session, seconds: float = 2.0, latency: str = USUAL) -> None:
    """Play as live sound comes, a frame at a time: what is made at its first use is then ready when music begins."""
    stream, frame = Stream(session, latency=latency), round(AUDIO_RATE / session.card.video_fps)
    sound = warm_up_sound(seconds)
    for first in range(0, len(sound), frame):
        stream.push(sound[first : first + frame])
