"""The dataset: a folder with ``manifest.json`` and one ``.npz`` per recital. Nothing in it is pickled."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.preprocessing.recording import alignment
from audio_to_body.skeleton.files import read_arrays, write_arrays, write_text
from audio_to_body.skeleton.instruments import INSTRUMENTS
from audio_to_body.skeleton.layouts import LAYOUTS, Layout, layout_named
from audio_to_body.skeleton.refusal import BadInput

FORMAT_VERSION = 2  # 1 had the transforms in the recitals' files alone, and is still read
READABLE = (1, FORMAT_VERSION)
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 256 << 20  # bytes
LARGEST_SIDE = 65_536  # px of a picture
_PLAIN_NAME = re.compile(r"[^/\\\\:\0]{1,200}")


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
    rates: list[int] = field(default_factory=list)  # of its features, steps/s; empty in old manifests
    transform: list[list[float]] | None = None  # [2][3], Recital.transform; None: as the recital's file has it


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


def survey(
    folder: str | os.PathLike[str], names: Iterable[str]
) -> tuple[dict[str, RecitalEntry], dict[str, Recital]]:
    """Read recitals once: their lines for the manifest, and their movement without the features that fill the files.

    Returns
    -------
    entries, recitals : dict by name
        In the order of ``names``.
    """
    entries, recitals = {}, {}
    for name in names:
        recital = read_recital(Path(folder) / f"{name}.npz")
        entries[name], recitals[name] = entry_of(recital), replace(recital, features={})
    return entries, recitals


def write_manifest(folder: str | os.PathLike[str], manifest: Manifest) -> None:
    """Write ``manifest.json``."""
    write_text(Path(folder) / MANIFEST, json.dumps(asdict(manifest), indent=1) + "\n")


def align_recitals(
    folder: str | os.PathLike[str], manifest: Manifest, recitals: Mapping[str, Recital] | None = None
) -> Manifest:
    """Map every recital to one reference configuration (Sec. 3.4): the first training recital's that kept a frame.

    Where no training recital kept one, a test recital's serves.

    Writes the manifest, which holds the transforms, and returns it; the recitals' files stay as they are.

    Parameters
    ----------
    folder : path
    manifest : Manifest
    recitals : mapping of str to Recital, optional
        By name, those that have been read already.

    Raises
    ------
    BadInput
        If no recital kept a frame.
    """
    folder = Path(folder)
    layout = layout_named(manifest.layout)
    reference: np.ndarray | None = None
    found: dict[str, RecitalEntry] = {}
    for entry in sorted(manifest.recitals, key=lambda e: (e.split == "test", e.name)):
        recital = (recitals or {}).get(entry.name) or read_recital(folder / f"{entry.name}.npz", rates=())
        if not recital.kept.any():
            continue
        own = alignment.reference_configuration(recital.keypoints, recital.kept, layout)
        if reference is None:
            reference, manifest.frame_size = own, recital.frame_size
        transform = alignment.similarity(own, reference)
        found[entry.name] = replace(entry, transform=transform.tolist())
    if reference is None:
        raise BadInput(f"dataset {folder} has no frame with all points; nothing can be trained on it")
    manifest.reference = reference.tolist()
    manifest.recitals = [found.get(entry.name, entry) for entry in manifest.recitals]
    write_manifest(folder, manifest)
    return manifest


def _entry(values: dict[str, Any]) -> RecitalEntry:
    """A recital's line, checked: its name becomes the name of a file in the folder and nothing else."""
    entry = RecitalEntry(**values)
    if not isinstance(entry.name, str) or not _PLAIN_NAME.fullmatch(entry.name) or entry.name in (".", ".."):
        raise ValueError(f"a recital is called {entry.name!r}, which is no plain file name")
    if not (isinstance(entry.split, str) and isinstance(entry.source, str) and isinstance(entry.dropped, dict)):
        raise ValueError(f"the recital {entry.name} has a split, source or dropped frames of a wrong type")
    for count in (entry.frames, entry.kept, *entry.dropped.values()):
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise ValueError(f"the recital {entry.name} counts {count!r} frames")
    if not isinstance(entry.seconds, (int, float)) or not 0 <= entry.seconds < float("inf"):
        raise ValueError(f"the recital {entry.name} lasts {entry.seconds!r} s")
    if any(isinstance(rate, bool) or not isinstance(rate, int) for rate in entry.rates):
        raise ValueError(f"the recital {entry.name} has the rates {entry.rates!r}")
    if entry.transform is not None:
        transform = np.array(entry.transform, np.float64)
        if transform.shape != (2, 3) or not np.isfinite(transform).all():
            raise ValueError(f"the transform of the recital {entry.name} is no similarity")
    return entry


def _check_manifest(manifest: Manifest) -> None:
    if manifest.version not in READABLE:
        raise ValueError(f"it has format {manifest.version!r}, this version reads {FORMAT_VERSION}")
    if manifest.layout not in LAYOUTS:
        raise ValueError(f"it names the unknown keypoint layout {manifest.layout!r}")
    if manifest.instrument not in INSTRUMENTS:
        raise ValueError(f"it names the unknown instrument {manifest.instrument!r}")
    if not isinstance(manifest.fps, (int, float)) or not 0 < manifest.fps <= 1_000:
        raise ValueError(f"it has {manifest.fps!r} frames/s")
    if not all(isinstance(rate, int) and 0 < rate <= 100_000 for rate in manifest.rates):
        raise ValueError(f"it has the rates {manifest.rates!r}")
    if not isinstance(manifest.settings, dict) or not isinstance(manifest.data, str):
        raise ValueError("its settings or data are of a wrong type")
    if not all(0 <= side <= LARGEST_SIDE for side in manifest.frame_size):
        raise ValueError(f"its pictures are {manifest.frame_size} pixels large")
    if manifest.reference:  # empty for a layout without stable points
        reference = np.array(manifest.reference, np.float64)
        if reference.ndim != 2 or reference.shape[1] != 2 or not np.isfinite(reference).all():
            raise ValueError("its reference is not a list of points")


def with_transform(recital: Recital, entry: RecitalEntry) -> Recital:
    """The recital with the transform that the manifest has for it."""
    if entry.transform is None:
        return recital
    return replace(recital, transform=np.asarray(entry.transform, np.float64))


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
            if path.stat().st_size > LARGEST_MANIFEST:
                raise ValueError(f"it is larger than {LARGEST_MANIFEST >> 20} MB")
            text = json.loads(path.read_text(encoding="utf-8"))
            entries = [_entry(entry) for entry in text.pop("recitals")]
            text["frame_size"] = (int(text["frame_size"][0]), int(text["frame_size"][1]))
            self.manifest = Manifest(**text, recitals=entries)
            _check_manifest(self.manifest)
        except BadInput:
            raise
        except (
            OSError,
            ValueError,
            TypeError,
            KeyError,
            IndexError,
            AttributeError,
            OverflowError,
            RecursionError,
        ) as error:
            raise BadInput(f"{path} cannot be read ({error}); make the dataset again") from error

    @property
    def layout(self) -> Layout:
        """The keypoint layout."""
        return layout_named(self.manifest.layout)

    def __len__(self) -> int:
        return len(self.manifest.recitals)

    def __iter__(self) -> Iterator[Recital]:
        """The recitals in the manifest's order, read one at a time."""
        return self.recitals()

    def split(self, name: str) -> Iterator[Recital]:
        """The recitals of one split, read one at a time."""
        return self.recitals(name)

    def recitals(self, split: str | None = None, rates: Collection[int] | None = None) -> Iterator[Recital]:
        """Recitals in the manifest's order, read one at a time.

        Parameters
        ----------
        split : str, optional
            Of one split alone.
        rates : collection of int, optional
            Of the features that are wanted (most of a file is features); all by default.
        """
        for entry in self.manifest.recitals:
            if split is None or entry.split == split:
                yield with_transform(read_recital(self.folder / f"{entry.name}.npz", rates), entry)
