"""OpenPose's JSON: what many animation and research tools import."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np

from audio_to_body.inference.writers.base import Source, Writer
from audio_to_body.skeleton.files import replacing_folder
from audio_to_body.skeleton.layouts import BODY_POINTS, HAND_POINTS, HAND_SIZE
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.refusal import BadInput

BODY_25_SIZE = 25  # OpenPose's default body; ours are its first eight points
VERSION = 1.3
_OURS = re.compile(r".*_\d{12}_keypoints\.json")


class OpenPoseJsonWriter(Writer):
    """A folder ``<stem>_json`` with one ``<stem>_<12 digits>_keypoints.json`` per frame.

    BODY_25 and 21 points per hand, each ``x, y, confidence``; a point that the layout lacks or that is unknown is
    ``0, 0, 0``, as OpenPose writes it.
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
    layout = motion.skeleton
    body = _columns(
        motion, [n if layout.has(n) else "" for n in BODY_POINTS] + [""] * (BODY_25_SIZE - len(BODY_POINTS))
    )
    hands = {side: _columns(motion, [f"{side}_hand_{point}" for point in HAND_POINTS]) for side in ("left", "right")}
    assert hands["left"].shape[1] == HAND_SIZE
    texts = []
    for frame in range(len(motion)):
        person = {
            "person_id": [-1],
            "pose_keypoints_2d": body[frame].ravel().tolist(),
            "face_keypoints_2d": [],
            "hand_left_keypoints_2d": hands["left"][frame].ravel().tolist(),
            "hand_right_keypoints_2d": hands["right"][frame].ravel().tolist(),
            "pose_keypoints_3d": [],
            "face_keypoints_3d": [],
            "hand_left_keypoints_3d": [],
            "hand_right_keypoints_3d": [],
        }
        texts.append(json.dumps({"version": VERSION, "people": [person]}, separators=(",", ":")))
    return texts


def _columns(motion: Motion, names: list[str]) -> np.ndarray:
    """``[frames, points, 3]`` of named points, 0 where a name is absent or the point unknown."""
    out = np.zeros((len(motion), len(names), 3))
    layout = motion.skeleton
    for column, name in enumerate(names):
        if not layout.has(name):
            continue
        index = layout.index(name)
        known = np.isfinite(motion.points[:, index]).all(axis=1)
        out[known, column, :2] = motion.points[known, index]
        out[known, column, 2] = motion.confidence[known, index]
    return out.round(3)
