"""The authors' released piano data: their ``data.zip`` becomes a dataset.

Its files are JSON tables ``{video: [features, keypoints]}``, one for each body part: ``train_body``,
``train_lefthand`` and ``train_righthand``, and the same with ``test``. A frame's keypoints are all x, then all y; the
parts together have 49 points, because the body lacks the nose. Features stand at the video's rate.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.preprocessing.dataset import Dataset, align_recitals
from audio_to_body.preprocessing.manifest import MANIFEST, Manifest
from audio_to_body.preprocessing.recital_file import Reason, Recital, write_recital
from audio_to_body.preprocessing.recording.collection import unique_names
from audio_to_body.skeleton.layouts import PIANO49
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput

PARTS = {"body": PIANO49.body, "lefthand": PIANO49.left_hand, "righthand": PIANO49.right_hand}
SPLITS = ("train", "test")
FEATURES = 28
LARGEST_JSON = 2 * 1024**3  # bytes, unpacked: a table beyond that is not the authors'


def import_release(path: Path, folder: Path) -> Dataset:
    """Import the authors' ``data.zip``; an import that is already there and newer is used again.

    Parameters
    ----------
    path : Path
        The archive.
    folder : Path
        Where the dataset goes.

    Raises
    ------
    BadInput
        If the archive is missing, damaged, or its tables do not fit each other.
    """
    if not path.is_file():
        raise BadInput(f"{path} does not exist; it is data.zip of the authors' release v1.0")
    there = folder / MANIFEST
    if there.is_file() and there.stat().st_mtime > path.stat().st_mtime:
        return Dataset(folder)
    folder.mkdir(parents=True, exist_ok=True)
    manifest = Manifest(
        instrument="piano",
        layout=PIANO49.name,
        data="authors",
        fps=float(VIDEO_FPS),
        frame_size=(0, 0),
        rates=[VIDEO_FPS],
        settings={"source": path.name},
    )
    try:
        with zipfile.ZipFile(path) as archive:
            for split in SPLITS:
                tables = {part: _table(archive, f"{split}_{part}.json", path) for part in PARTS}
                for name, recital in _recitals(tables, split, path).items():
                    manifest.recitals.append(write_recital(folder, recital))
                    assert name == recital.name
    except (zipfile.BadZipFile, OSError) as error:
        raise BadInput(f"{path} cannot be unpacked ({error}); fetch it again") from None
    if not manifest.recitals:
        raise BadInput(f"{path} holds no recital")
    align_recitals(folder, manifest)
    return Dataset(folder)


def _table(archive: zipfile.ZipFile, name: str, path: Path) -> dict[str, Any]:
    """One JSON table of the archive, wherever in it it lies; an absent test table is empty."""
    members = [entry for entry in archive.infolist() if re.search(rf"(^|/){re.escape(name)}$", entry.filename)]
    if not members:
        if name.startswith("test"):
            return {}
        raise BadInput(f"{path} holds no {name}; it is not data.zip of the authors' release")
    if members[0].file_size > LARGEST_JSON:
        raise BadInput(
            f"{path}: {name} is {members[0].file_size / 1e9:.1f} GB unpacked; that is not the authors' release"
        )
    try:
        with archive.open(members[0]) as file:
            table = json.load(io.TextIOWrapper(file, "utf-8"))
    except (ValueError, zipfile.BadZipFile, EOFError) as error:
        raise BadInput(f"{path}: {name} cannot be read ({error})") from None
    if not isinstance(table, dict):
        raise BadInput(f"{path}: {name} is not a table of videos")
    return table


def _recitals(tables: Mapping[str, dict[str, Any]], split: str, path: Path) -> dict[str, Recital]:
    videos = sorted(tables["body"])
    for part, table in tables.items():
        if sorted(table) != videos:
            raise BadInput(f"{path}: {split}_{part}.json has other videos than {split}_body.json")
    recitals = {}
    for video, name in zip(videos, unique_names(f"{split}_{video}" for video in videos)):
        where = f"{path}: {split} video {video}"
        features, points = None, []
        for part, indices in PARTS.items():
            own, flat = _arrays(tables[part][video], len(indices), f"{where}, {part}")
            if features is not None and len(own) != len(features):
                raise BadInput(f"{where}: {part} has {len(own)} frames, body has {len(features)}")
            features = own if features is None else features
            # all x, then all y
            points.append(flat.reshape(len(flat), 2, len(indices)).transpose(0, 2, 1))
        assert features is not None
        keypoints = np.concatenate(points, axis=1)
        unknown = ~np.isfinite(keypoints).all(axis=-1) | (keypoints == 0).all(axis=-1)
        keypoints[unknown] = np.nan
        recitals[name] = Recital(
            name=name,
            keypoints=keypoints,
            confidence=(~unknown).astype(np.float32),
            # the release was cleaned by its authors; only a missing point can still be told
            reason=np.where(unknown.any(axis=1), Reason.MISSING_PART, Reason.KEPT).astype(np.uint8),
            features={VIDEO_FPS: features},
            frame_size=_frame_size(keypoints),
            source=f"{path.name}: {video}",
            split=split,
        )
    return recitals


def _arrays(entry: Any, count: int, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Features [frames, 28] and flat keypoints [frames, 2 * count] of one video."""
    try:
        features, flat = (np.array(part, np.float32) for part in entry)
    except (TypeError, ValueError) as error:
        raise BadInput(f"{where} is not [features, keypoints] ({error})") from None
    if features.ndim != 2 or features.shape[1] != FEATURES:
        raise BadInput(f"{where} has features of shape {list(features.shape)}, not [frames, {FEATURES}]")
    if flat.ndim != 2 or flat.shape[1] != 2 * count:
        raise BadInput(f"{where} has keypoints of shape {list(flat.shape)}, not [frames, {2 * count}]")
    if len(features) != len(flat):
        raise BadInput(f"{where} has {len(features)} frames of features and {len(flat)} of keypoints")
    return features, flat


def _frame_size(keypoints: np.ndarray) -> tuple[int, int]:
    """A picture that holds every point: the release does not say how large its videos were."""
    width, height = (max(1, int(np.ceil(np.nanmax(axis)))) for axis in (keypoints[..., 0], keypoints[..., 1]))
    return width, height
