"""The dataset: a folder with ``manifest.json`` and one ``.npz`` per recital. Nothing in it is pickled."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.preprocessing.recording import alignment
from audio_to_body.skeleton.files import read_arrays, write_arrays, write_text
from audio_to_body.skeleton.layouts import LAYOUTS, Layout, layout_named
from audio_to_body.skeleton.refusal import BadInput

FORMAT_VERSION = 1
MANIFEST = "manifest.json"


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


@dataclass(frozen=True)
class RecitalEntry:
    """A recital's line in the manifest."""

    name: str
    split: str
    source: str
    frames: int
    kept: int
    dropped: dict[str, int]  # by reason, lower case
    seconds: float


@dataclass
class Manifest:
    """What ``manifest.json`` says of a dataset.

    Attributes
    ----------
    instrument, layout : str
    data : str
        What the data is, as tables print it: ``"virtual"``, ``"recitals"``, ``"authors"``, ``"pianomime"``.
    fps : float
    frame_size : (int, int)
        Of the reference frame: that of the recital whose configuration is the reference.
    reference : list of [x, y] or None
        The reference configuration of the stable points; None until the dataset is finished.
    rates : list of int
        Rates in steps/s at which every recital has features.
    settings : dict
        Everything that made the dataset: thresholds, detector, seed.
    recitals : list of RecitalEntry
    """

    instrument: str
    layout: str
    data: str
    fps: float
    frame_size: tuple[int, int]
    rates: list[int]
    reference: list[list[float]] | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    recitals: list[RecitalEntry] = field(default_factory=list)
    version: int = FORMAT_VERSION


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
    )


def read_recital(path: str | os.PathLike[str]) -> Recital:
    """Read one recital's ``.npz``.

    Raises
    ------
    BadInput
        If the file is missing or is not a recital.
    """
    try:
        with read_arrays(path, "a recital", "delete it and make the dataset again") as file:
            meta = json.loads(str(file["meta"]))
            return Recital(
                name=meta["name"],
                keypoints=file["keypoints"],
                confidence=file["confidence"],
                reason=file["reason"],
                features={int(key[len("features_") :]): file[key] for key in file if key.startswith("features_")},
                frame_size=(meta["frame_size"][0], meta["frame_size"][1]),
                source=meta["source"],
                split=meta["split"],
                transform=file["transform"],
                tracks={key[len("track_") :]: file[key] for key in file if key.startswith("track_")},
            )
    except FileNotFoundError:
        raise BadInput(f"{path} is missing from the dataset; make the dataset again") from None


def write_manifest(folder: str | os.PathLike[str], manifest: Manifest) -> None:
    """Write ``manifest.json``."""
    write_text(Path(folder) / MANIFEST, json.dumps(asdict(manifest), indent=1) + "\n")


def align_recitals(folder: str | os.PathLike[str], manifest: Manifest) -> Manifest:
    """Map every recital to one reference configuration (Sec. 3.4), that of the first recital that kept a frame.

    Rewrites the recitals' ``transform`` and the manifest, and returns it.

    Raises
    ------
    BadInput
        If no recital kept a frame.
    """
    folder = Path(folder)
    layout = layout_named(manifest.layout)
    reference: np.ndarray | None = None
    for entry in sorted(manifest.recitals, key=lambda e: e.name):
        recital = read_recital(folder / f"{entry.name}.npz")
        if not recital.kept.any():
            continue
        own = alignment.reference_configuration(recital.keypoints, recital.kept, layout)
        if reference is None:
            reference, manifest.frame_size = own, recital.frame_size
        transform = alignment.similarity(own, reference)
        write_recital(folder, replace(recital, transform=transform))
    if reference is None:
        raise BadInput(f"dataset {folder} has no frame with all points; nothing can be trained on it")
    manifest.reference = reference.tolist()
    write_manifest(folder, manifest)
    return manifest


class Dataset:
    """A dataset folder opened for reading.

    Parameters
    ----------
    folder : path

    Raises
    ------
    BadInput
        If the folder holds no manifest, or one that cannot be used.
    """

    def __init__(self, folder: str | os.PathLike[str]):
        self.folder = Path(folder)
        path = self.folder / MANIFEST
        if not path.is_file():
            raise BadInput(
                f"{self.folder} is not a dataset (no {MANIFEST}); make one with python -m audio_to_body.preprocessing"
            )
        try:
            text = json.loads(path.read_text())
            entries = [RecitalEntry(**entry) for entry in text.pop("recitals")]
            text["frame_size"] = tuple(text["frame_size"])
            self.manifest = Manifest(**text, recitals=entries)
        except (ValueError, TypeError, KeyError) as error:
            raise BadInput(f"{path} cannot be read ({error}); make the dataset again") from error
        if self.manifest.version != FORMAT_VERSION:
            raise BadInput(f"{path} has format {self.manifest.version}, this version reads {FORMAT_VERSION}")
        if self.manifest.layout not in LAYOUTS:
            raise BadInput(f"{path} names the unknown keypoint layout '{self.manifest.layout}'")

    @property
    def layout(self) -> Layout:
        """The keypoint layout."""
        return layout_named(self.manifest.layout)

    def __len__(self) -> int:
        return len(self.manifest.recitals)

    def __iter__(self) -> Iterator[Recital]:
        """The recitals in the manifest's order, read one at a time."""
        for entry in self.manifest.recitals:
            yield read_recital(self.folder / f"{entry.name}.npz")

    def split(self, name: str) -> Iterator[Recital]:
        """The recitals of one split, read one at a time."""
        for entry in self.manifest.recitals:
            if entry.split == name:
                yield read_recital(self.folder / f"{entry.name}.npz")
