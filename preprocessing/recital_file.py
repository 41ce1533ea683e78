"""One recital of a dataset and its file: an ``.npz`` in which nothing is pickled."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

import numpy as np

from audio_to_body.preprocessing.manifest import FORMAT_VERSION, LARGEST_SIDE, RecitalEntry
from audio_to_body.preprocessing.recording import alignment
from audio_to_body.skeleton.files import read_arrays, write_arrays
from audio_to_body.skeleton.refusal import BadInput


class Reason(IntEnum):
    """Why a frame was dropped (paper Sec. 3.3 and Fig. 4); 0 is a kept frame."""

    KEPT = 0
    NO_PERSON = 1  # nobody was found
    MISSING_PART = 2  # a body point or a hand was not found
    BOX_TOO_FAR = 3  # the person's box is too far from the reference box
    WRONG_FACE = 4  # the face signature does not match
    JUMP = 5  # a point moved more than 10 % of the frame width since the last frame
    WRONG_PERSON = 6  # another person stands where the performer should be


@dataclass(frozen=True)
class Recital:
    """One recital of a dataset.

    Attributes
    ----------
    name : str
        Unique in the dataset; its file is ``<name>.npz``.
    keypoints : np.ndarray, float32 [frames, points, 2]
        Pixels of the original frame, NaN where unknown. Dropped frames keep what was detected.
    confidence : np.ndarray, float32 [frames, points]
    reason : np.ndarray, uint8 [frames]
        :class:`Reason` codes.
    features : mapping of int to np.ndarray, float32 [steps, 28]
        Audio features by rate in steps/s.
    frame_size : (int, int)
        Width and height of the original frame in pixels.
    source : str
        Where the recital came from.
    split : str
        ``"train"`` (from which validation blocks are taken too) or ``"test"``.
    transform : np.ndarray, float64 [2, 3]
        Similarity from original pixels to the dataset's reference frame.
    tracks : mapping of str to np.ndarray
        What else is known: of virtual recitals ``truth`` (keypoints without noise and faults), ``fault``
        (the :class:`Reason` code that cleaning should find), ``notes`` [n, 4] (onset s, end s, MIDI pitch,
        velocity 0-1), and what the planner decided (``bow_position``, ``bow_speed``, ``string``, ...).
    """

    name: str
    keypoints: np.ndarray
    confidence: np.ndarray
    reason: np.ndarray
    features: Mapping[int, np.ndarray]
    frame_size: tuple[int, int]
    source: str
    split: str = "train"
    transform: np.ndarray = field(default_factory=lambda: alignment.IDENTITY.copy())
    tracks: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keypoints)

    @property
    def kept(self) -> np.ndarray:
        """Which frames are kept, bool [frames]."""
        return self.reason == Reason.KEPT

    def aligned(self) -> np.ndarray:
        """Keypoints in the dataset's reference frame, float32 [frames, points, 2]."""
        return alignment.apply(self.transform, self.keypoints)


def write_recital(folder: str | os.PathLike[str], recital: Recital) -> RecitalEntry:
    """Write ``<name>.npz`` into a dataset folder and return its line for the manifest."""
    meta = {
        "version": FORMAT_VERSION,
        "name": recital.name,
        "frame_size": list(recital.frame_size),
        "source": recital.source,
        "split": recital.split,
    }
    arrays: dict[str, np.ndarray] = {
        "keypoints": recital.keypoints.astype(np.float32),
        "confidence": recital.confidence.astype(np.float32),
        "reason": recital.reason.astype(np.uint8),
        "transform": np.asarray(recital.transform, np.float64),
        "meta": np.array(json.dumps(meta)),
    }
    arrays |= {f"features_{rate}": table.astype(np.float32) for rate, table in recital.features.items()}
    arrays |= {f"track_{name}": np.asarray(track) for name, track in recital.tracks.items()}
    write_arrays(Path(folder) / f"{recital.name}.npz", arrays)
    return entry_of(recital)


def entry_of(recital: Recital, fps: float = 24.0) -> RecitalEntry:
    """A recital's line in the manifest."""
    codes, counts = np.unique(recital.reason, return_counts=True)
    dropped = {Reason(c).name.lower(): int(n) for c, n in zip(codes, counts) if c != Reason.KEPT}
    return RecitalEntry(
        name=recital.name,
        split=recital.split,
        source=recital.source,
        frames=len(recital),
        kept=int(recital.kept.sum()),
        dropped=dropped,
        seconds=len(recital) / fps,
        rates=sorted(recital.features),
    )


def read_recital(path: str | os.PathLike[str], rates: Collection[int] | None = None) -> Recital:
    """Read one recital's ``.npz``.

    Parameters
    ----------
    path : path
    rates : collection of int, optional
        Of the features that are wanted, where the file has them; all by default.

    Raises
    ------
    BadInput
        If the file is missing or is not a recital.
    """
    try:
        with read_arrays(path, "a recital", "delete it and make the dataset again") as file:
            meta = json.loads(str(file["meta"]))
            tables = {int(key[len("features_") :]): key for key in file if key.startswith("features_")}
            recital = Recital(
                name=Path(path).stem,  # what is written again goes where this was read, whatever the file says
                keypoints=file["keypoints"],
                confidence=file["confidence"],
                reason=file["reason"],
                features={rate: file[key] for rate, key in tables.items() if rates is None or rate in rates},
                frame_size=(int(meta["frame_size"][0]), int(meta["frame_size"][1])),
                source=str(meta["source"]),
                split=str(meta["split"]),
                transform=file["transform"],
                tracks={key[len("track_") :]: file[key] for key in file if key.startswith("track_")},
            )
            _check_recital(recital)
            return recital
    except FileNotFoundError:
        raise BadInput(f"{path} is missing from the dataset; make the dataset again") from None


def _check_recital(recital: Recital) -> None:
    points = recital.keypoints
    if points.ndim != 3 or points.shape[2] != 2 or points.dtype.kind != "f":
        raise ValueError(f"keypoints are {points.dtype} {list(points.shape)}")
    if recital.confidence.shape != points.shape[:2] or recital.confidence.dtype.kind != "f":
        raise ValueError(f"confidence is {recital.confidence.dtype} {list(recital.confidence.shape)}")
    if recital.reason.shape != points.shape[:1] or recital.reason.dtype.kind not in "ui":
        raise ValueError(f"reasons are {recital.reason.dtype} {list(recital.reason.shape)}")
    if recital.reason.size and not 0 <= recital.reason.min() <= recital.reason.max() <= max(Reason):
        raise ValueError("a frame was dropped for an unknown reason")
    if recital.transform.shape != (2, 3) or not np.isfinite(recital.transform).all():
        raise ValueError("the transform is no similarity")
    if not all(0 <= side <= LARGEST_SIDE for side in recital.frame_size):
        raise ValueError(f"pictures are {recital.frame_size} pixels large")
    for rate, table in recital.features.items():
        if not 0 < rate <= 100_000 or table.ndim != 2 or table.dtype.kind != "f":
            raise ValueError(f"the features at {rate} steps/s are {table.dtype} {list(table.shape)}")
