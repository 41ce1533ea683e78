"""One frame on its way out, and the words that describe all of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from audio_to_body.inference.frames import Frames
from audio_to_body.inference.model_card import ModelCard
from audio_to_body.inference.stream import Stream
from audio_to_body.skeleton.room import AXES, LOWEST_KEY, ORIGIN, Room

PROTOCOL_VERSION = 2  # 1 had points alone
DECIMALS = 2  # hundredths of a pixel
FINE = 4  # decimals of metres and quaternions


@dataclass(frozen=True)
class Posed:
    """An avatar's pose, in the player's room (:mod:`audio_to_body.skeleton.room`).

    Attributes
    ----------
    root : np.ndarray [3]
        The hips, metres.
    rotations : np.ndarray [bones, 4]
        Of each bone relative to its parent and to the T pose, x, y, z, w.
    props : dict of str to (np.ndarray [3], np.ndarray [4])
        Places and turns of what the avatar holds, or of the keyboard.
    keys : np.ndarray [88]
        How far each piano key is down, metres; empty without a piano.
    """

    root: np.ndarray
    rotations: np.ndarray
    props: dict[str, tuple[np.ndarray, np.ndarray]]
    keys: np.ndarray


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
    room : Room or None
        The one frame in metres, of musicians who think in three dimensions.
    posed : Posed or None
        The avatar's pose, where somebody poses one.
    """

    number: int
    time: float
    points: np.ndarray
    tracks: dict[str, float]
    room: Room | None = None
    posed: Posed | None = None

    def to_json(self) -> str:
        """One line: ``{"type": "frame", "frame": ..., "time": ..., "points": [[x, y], ...], tracks}``.

        With a room ``joints`` (metres), ``props`` (place and turn, seven numbers each) and ``keys_down`` (metres by
        MIDI pitch); with a pose ``root``, ``bones`` and its ``props``.
        """
        values: dict[str, Any] = {
            "type": "frame",
            "frame": self.number,
            "time": round(self.time, 4),
            "points": np.round(self.points.astype(np.float64), DECIMALS).tolist(),
            **{name: round(value, 3) for name, value in self.tracks.items()},
        }
        if self.room is not None:
            joints = _fine(self.room.joints[0])
            values["joints"] = [None if place[0] != place[0] else place for place in joints]
            props = self.room.props.items()
            values["props"] = {name: _fine([*prop.translation[0], *prop.rotation[0]]) for name, prop in props}
            if self.room.keys.size:
                values["keys_down"] = _keys_down(self.room.keys)
        if self.posed is not None:
            values["root"], values["bones"] = _fine(self.posed.root), _fine(self.posed.rotations)
            held = {name: _fine([*place, *turn]) for name, (place, turn) in self.posed.props.items()}
            values["props"] = {**values.get("props", {}), **held}
            if self.posed.keys.size:
                values.setdefault("keys_down", _keys_down(self.posed.keys))
        return json.dumps(values, separators=(",", ":"))


def _keys_down(keys: Any) -> dict[str, float]:
    """Metres of the keys that are down, by MIDI pitch."""
    keys = np.ravel(keys)
    return {str(LOWEST_KEY + int(key)): _fine(keys[key]) for key in np.flatnonzero(keys)}


def _fine(values: Any) -> Any:
    return np.round(np.asarray(values, np.float64), FINE).tolist()


def live_frames(frames: Frames) -> list[LiveFrame]:
    """The frames one by one."""
    scalar = {name: values for name, values in frames.tracks.items() if np.ndim(values) == 1}
    return [
        LiveFrame(
            frames.first + i,
            float(time),
            frames.points[i],
            {name: float(values[i]) for name, values in scalar.items()},
            None if frames.room is None else frames.room[i : i + 1],
        )
        for i, time in enumerate(frames.times)
    ]


def greeting(stream: Stream, bones: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a receiver must know before the first frame; of an avatar's ``bones`` too, where one is posed."""
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
        "room": {"unit": "m", "axes": AXES, "origin": ORIGIN},
        **({} if bones is None else {"bones": bones}),
    }
