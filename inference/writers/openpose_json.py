"""OpenPose's JSON: what many animation and research tools import."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np

from audio_to_body.inference.writers.base import Source, Writer
from audio_to_body.skeleton.files import replacing_folder
from audio_to_body.skeleton.layouts import BODY_POINTS, HAND_POINTS
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.room import Room

BODY_25_SIZE = 25  # OpenPose's default body; ours are its first eight points
VERSION = 1.3
DECIMALS = 5  # of metres and quaternions
_OURS = re.compile(r".*_\d{12}_keypoints\.json")


class OpenPoseJsonWriter(Writer):
    """A folder ``<stem>_json`` with one ``<stem>_<12 digits>_keypoints.json`` per frame.

    BODY_25 and 21 points per hand, each ``x, y, confidence``; a point that the layout lacks or that is unknown is
    ``0, 0, 0``, as OpenPose writes it. Where the motion has a room, the ``_3d`` lists hold ``x, y, z, confidence`` in
    metres, and beside the people stand ``props``, each ``x, y, z, qx, qy, qz, qw``, and ``keys_down`` by MIDI pitch.
    """

    format = "json"
    suffix = "_json"

    def write(self, motion: Motion, target: Path, source: Source) -> None:
        """Write the motion; see :meth:`Writer.write`."""
        if target.exists():
            _check_replaceable(target)
        stem = target.name[: -len(self.suffix)]
        with replacing_folder(target) as aside:
            for frame, text in enumerate(_frames(motion)):
                (aside / f"{stem}_{frame:012d}_keypoints.json").write_text(text)


def _check_replaceable(folder: Path) -> None:
    """Refuse to delete a folder that holds anything but our files."""
    if not folder.is_dir() or any(not _OURS.fullmatch(entry.name) for entry in folder.iterdir()):
        raise BadInput(f"{folder} holds other files than OpenPose JSON; move it away or write elsewhere with --out")


def _frames(motion: Motion) -> list[str]:
    layout, room = motion.skeleton, motion.room
    names = {
        "pose": [n if layout.has(n) else "" for n in BODY_POINTS] + [""] * (BODY_25_SIZE - len(BODY_POINTS)),
        "hand_left": [f"left_hand_{point}" for point in HAND_POINTS],
        "hand_right": [f"right_hand_{point}" for point in HAND_POINTS],
    }
    flat = {part: _columns(motion, motion.points, some, 3) for part, some in names.items()}
    deep = {} if room is None else {part: _columns(motion, room.joints, some, 4) for part, some in names.items()}
    parts = ("pose", "face", "hand_left", "hand_right")
    texts = []
    for frame in range(len(motion)):
        person: dict[str, object] = {"person_id": [-1]}
        for columns, suffix in ((flat, "2d"), (deep, "3d")):
            for part in parts:
                person[f"{part}_keypoints_{suffix}"] = (
                    columns[part][frame].ravel().tolist() if part in columns else []
                )
        whole = {"version": VERSION, "people": [person], **({} if room is None else _instrument(room, frame))}
        texts.append(json.dumps(whole, separators=(",", ":")))
    return texts


def _instrument(room: Room, frame: int) -> dict[str, object]:
    """Props and pressed keys of a frame of the room."""
    props = {
        name: np.concatenate([prop.translation[frame], prop.rotation[frame]]).astype(float).round(DECIMALS).tolist()
        for name, prop in room.props.items()
    }
    now = room[frame : frame + 1].keys_by_pitch()
    return {"props": props, "keys_down": {str(pitch): round(float(down[0]), DECIMALS) for pitch, down in now.items()}}


def _columns(motion: Motion, places: np.ndarray, names: list[str], size: int) -> np.ndarray:
    """Places and confidences ``[frames, points, size]`` of named points, 0 where a name is absent or unknown."""
    out = np.zeros((len(motion), len(names), size))
    layout = motion.skeleton
    for column, name in enumerate(names):
        if not layout.has(name):
            continue
        index = layout.index(name)
        known = np.isfinite(places[:, index]).all(axis=1)
        out[known, column, :-1] = places[known, index]
        out[known, column, -1] = motion.confidence[known, index]
    return out.round(3 if size == 3 else DECIMALS)
