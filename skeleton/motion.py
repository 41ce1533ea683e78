"""The Motion type: keypoints over time, where it is known in metres too, and its file format."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from audio_to_body.skeleton.files import read_arrays, write_arrays
from audio_to_body.skeleton.layouts import Layout, layout_named
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.room import AXES, FRONT_SIZE, KINDS, MEASURED, NO_KEYS, ORIGIN, UNKNOWN, Prop, Room

FORMAT_VERSION = 2  # 1 had no room; what reads 2 reads 1
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
    room : Room, optional
        The same frames in metres, with the instrument, where the source knows three dimensions.

    Raises
    ------
    ValueError
        If something does not fit; a :class:`~audio_to_body.skeleton.refusal.BadInput` where the room is not a
        person's, such as millimetres in the place of metres.
    """

    points: np.ndarray
    confidence: np.ndarray
    fps: float
    layout: str
    frame_size: tuple[int, int]
    tracks: Mapping[str, np.ndarray] = field(default_factory=_no_tracks)
    room: Room | None = None

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
        if self.room is not None:
            if len(self.room) != len(points):
                raise ValueError(f"the room has {len(self.room)} frames, the motion has {len(points)}")
            self.room.check_people(layout_named(self.layout))
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
    (JSON: version, fps, layout, frame size, units); where the motion has a room, ``joints``, ``joint_kinds``,
    ``place_<prop>`` and ``turn_<prop>`` of each prop and ``keys_down``. Nothing in it is pickled.
    """
    write_arrays(path, file_arrays(motion), COMPRESSION)


def file_arrays(motion: Motion) -> dict[str, np.ndarray]:
    """A motion as the arrays of its file, by their names."""
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
        **{f"track_{name}": np.asarray(track) for name, track in motion.tracks.items()},
    }
    if motion.room is not None:
        turns = "quaternions x, y, z, w"
        meta["room"] = {"unit": "m", "axes": AXES, "origin": ORIGIN, "kinds": KINDS, "turns": turns}
        arrays |= _arrays_of(motion.room)
    return {**arrays, "meta": np.array(json.dumps(meta))}


def load_motion(path: str | os.PathLike[str]) -> Motion:
    """Read a motion that :func:`save_motion` wrote, of this version or an older one, or ``joints`` of one's own.

    Of a file that has ``joints`` and ``meta`` with ``fps`` and ``layout``, everything else may be left out: its
    joints are taken as measured and its points as seen from the front.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    BadInput
        If the file is not a motion, is of a newer version, does not fit its own layout, or its room is not a
        person's in metres.
    """
    try:
        with read_arrays(path, "a motion file") as file:
            meta = json.loads(str(file["meta"]))
            if int(meta.get("version", 1)) > FORMAT_VERSION:
                raise BadInput(f"its version is {meta['version']}, this program reads up to {FORMAT_VERSION}")
            room = _room_of(file) if "joints" in file else None
            width, height = meta.get("frame_size", FRONT_SIZE) if room is not None else meta["frame_size"]
            filmed = room is None or "points" in file
            return Motion(
                points=file["points"] if filmed else room.from_the_front(),  # type: ignore[union-attr]
                confidence=file["confidence"] if filmed else (room.kinds > UNKNOWN).astype(float),  # type: ignore
                fps=float(meta["fps"]),
                layout=str(meta["layout"]),
                frame_size=(int(width), int(height)),
                tracks={k[len("track_") :]: file[k] for k in file if k.startswith("track_")},
                room=room,
            )
    except BadInput as refusal:
        raise refusal if str(path) in str(refusal) else BadInput(f"{path} cannot be used: {refusal}") from None


def _arrays_of(room: Room) -> dict[str, np.ndarray]:
    """A room as arrays of a file."""
    arrays = {"joints": room.joints, "joint_kinds": room.kinds}
    for name, prop in room.props.items():
        arrays |= {f"place_{name}": prop.translation, f"turn_{name}": prop.rotation}
    if room.keys.shape[1]:
        arrays["keys_down"] = room.keys
    return arrays


def _room_of(file: Mapping[str, np.ndarray]) -> Room:
    """A room from a file's arrays."""
    names = [name[len("place_") :] for name in file if name.startswith("place_")]
    return Room(
        file["joints"],
        file.get("joint_kinds", np.full(file["joints"].shape[1:2], MEASURED)),
        {name: Prop(file[f"place_{name}"], file[f"turn_{name}"]) for name in names},
        file.get("keys_down", NO_KEYS),
    )
