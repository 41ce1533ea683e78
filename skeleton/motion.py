"""The Motion type: keypoints over time, and its file format."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from audio_to_body.skeleton.files import read_arrays, write_arrays
from audio_to_body.skeleton.layouts import Layout, layout_named

FORMAT_VERSION = 1
LARGEST_SIDE = 65_536  # px of a picture
COMPRESSION = 1  # of zlib: movements hardly shrink more when it tries harder


def _no_tracks() -> Mapping[str, np.ndarray]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Motion:
    """Keypoints of one musician over time.

    Attributes
    ----------
    points : np.ndarray, float32 [frames, points, 2]
        Pixels, x to the right and y down; NaN where a point is unknown.
    confidence : np.ndarray, float32 [frames, points]
        0 (unknown) to 1.
    fps : float
        Frames per second; frame ``i`` shows the moment ``i / fps``.
    layout : str
        Name of the keypoint layout (:data:`audio_to_body.skeleton.layouts.LAYOUTS`).
    frame_size : (int, int)
        Width and height of the picture in pixels.
    tracks : mapping of str to np.ndarray [frames, ...]
        What else is known of each frame, such as ``loudness_db`` or ``bow_speed``.
    """

    points: np.ndarray
    confidence: np.ndarray
    fps: float
    layout: str
    frame_size: tuple[int, int]
    tracks: Mapping[str, np.ndarray] = field(default_factory=_no_tracks)

    def __post_init__(self) -> None:
        if any(np.asarray(values).dtype.kind not in "fiu" for values in (self.points, self.confidence)):
            raise ValueError("motion needs points and confidence that are numbers")
        points = np.asarray(self.points, dtype=np.float32)
        confidence = np.asarray(self.confidence, dtype=np.float32)
        size = layout_named(self.layout).size
        if points.ndim != 3 or points.shape[1:] != (size, 2):
            raise ValueError(
                f"motion with layout '{self.layout}' needs points [frames, {size}, 2], got {list(points.shape)}"
            )
        if confidence.shape != points.shape[:2]:
            raise ValueError(f"motion needs confidence {list(points.shape[:2])}, got {list(confidence.shape)}")
        if not 0 < self.fps < float("inf"):
            raise ValueError(f"motion needs a frame rate above 0, got {self.fps}")
        if not all(0 < side <= LARGEST_SIDE for side in self.frame_size):
            raise ValueError(f"motion needs a frame of 1 to {LARGEST_SIDE} pixels a side, got {self.frame_size}")
        for name, track in self.tracks.items():
            if len(track) != len(points):
                raise ValueError(f"track '{name}' has {len(track)} frames, the motion has {len(points)}")
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "confidence", confidence)
        object.__setattr__(self, "frame_size", (int(self.frame_size[0]), int(self.frame_size[1])))

    def __len__(self) -> int:
        return len(self.points)

    @property
    def skeleton(self) -> Layout:
        """The layout itself, looked up by its name."""
        return layout_named(self.layout)

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self) / self.fps


def save_motion(motion: Motion, path: str | os.PathLike[str]) -> None:
    """Write a motion as ``.npz``.

    The file holds ``points``, ``confidence``, ``point_names``, one ``track_<name>`` per track and ``meta``
    (JSON: version, fps, layout, frame size, units). Nothing in it is pickled.
    """
    meta = {
        "version": FORMAT_VERSION,
        "fps": motion.fps,
        "layout": motion.layout,
        "instrument": motion.skeleton.instrument,
        "frame_size": list(motion.frame_size),
        "units": "px, x right, y down",
    }
    arrays = {
        "points": motion.points,
        "confidence": motion.confidence,
        "point_names": np.array(motion.skeleton.points),
        "meta": np.array(json.dumps(meta)),
        **{f"track_{name}": np.asarray(track) for name, track in motion.tracks.items()},
    }
    write_arrays(path, arrays, COMPRESSION)


def load_motion(path: str | os.PathLike[str]) -> Motion:
    """Read a motion that :func:`save_motion` wrote.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    BadInput
        If the file is not a motion or does not fit its own layout.
    """
    with read_arrays(path, "a motion file") as file:
        meta = json.loads(str(file["meta"]))
        return Motion(
            points=file["points"],
            confidence=file["confidence"],
            fps=float(meta["fps"]),
            layout=str(meta["layout"]),
            frame_size=(int(meta["frame_size"][0]), int(meta["frame_size"][1])),
            tracks={k[len("track_") :]: file[k] for k in file if k.startswith("track_")},
        )
