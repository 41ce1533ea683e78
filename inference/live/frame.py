"""One frame on its way out, and the words that describe all of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from audio_to_body.inference.model_card import ModelCard
from audio_to_body.inference.stream import Frames, Stream

PROTOCOL_VERSION = 1
DECIMALS = 2  # hundredths of a pixel


@dataclass(frozen=True)
class LiveFrame:
    """A frame and its moment.

    Attributes
    ----------
    number : int
    time : float
        Seconds of the sound that the frame shows.
    points : np.ndarray, float32 [points, 2]
        Pixels.
    tracks : dict of str to float
        Scalar tracks such as ``loudness_db``.
    """

    number: int
    time: float
    points: np.ndarray
    tracks: dict[str, float]

    def to_json(self) -> str:
        """One line: ``{"type": "frame", "frame": ..., "time": ..., "points": [[x, y], ...], tracks}``."""
        return json.dumps(
            {
                "type": "frame",
                "frame": self.number,
                "time": round(self.time, 4),
                "points": np.round(self.points.astype(np.float64), DECIMALS).tolist(),
                **{name: round(value, 3) for name, value in self.tracks.items()},
            },
            separators=(",", ":"),
        )


def live_frames(frames: Frames) -> list[LiveFrame]:
    """The frames one by one."""
    scalar = {name: values for name, values in frames.tracks.items() if np.ndim(values) == 1}
    return [
        LiveFrame(
            frames.first + i,
            float(time),
            frames.points[i],
            {name: float(values[i]) for name, values in scalar.items()},
        )
        for i, time in enumerate(frames.times)
    ]


def greeting(stream: Stream) -> dict[str, Any]:
    """What a receiver must know before the first frame."""
    card: ModelCard = stream.session.card
    return {
        "type": "hello",
        "version": PROTOCOL_VERSION,
        "instrument": card.instrument,
        "layout": card.layout,
        "fps": card.video_fps,
        "frame_size": list(card.frame_size),
        "point_names": list(card.point_names),
        "edges": [list(edge) for edge in card.edges],
        "latency_ms": round(stream.latency_ms, 2),
    }
