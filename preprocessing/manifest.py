"""What ``manifest.json`` says of a dataset, and how it is read from a file that anybody may have written."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.skeleton.files import write_text
from audio_to_body.skeleton.instruments import INSTRUMENTS
from audio_to_body.skeleton.layouts import LAYOUTS
from audio_to_body.skeleton.refusal import BadInput

FORMAT_VERSION = 2  # 1 had the transforms in the recitals' files alone, and is still read
READABLE = (1, FORMAT_VERSION)
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 256 << 20  # bytes
LARGEST_SIDE = 65_536  # px of a picture
_PLAIN_NAME = re.compile(r"[^/\\\\:\0]{1,200}")


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


def write_manifest(folder: str | os.PathLike[str], manifest: Manifest) -> None:
    """Write ``manifest.json``."""
    write_text(Path(folder) / MANIFEST, json.dumps(asdict(manifest), indent=1) + "\n")


def read_manifest(folder: str | os.PathLike[str]) -> Manifest:
    """Read ``manifest.json``.

    Raises
    ------
    BadInput
        If the folder holds no manifest, or one that cannot be used.
    """
    path = Path(folder) / MANIFEST
    if not path.is_file():
        raise BadInput(
            f"{folder} is not a dataset (no {MANIFEST}); make one with python -m audio_to_body.preprocessing"
        )
    try:
        if path.stat().st_size > LARGEST_MANIFEST:
            raise ValueError(f"it is larger than {LARGEST_MANIFEST >> 20} MB")
        text = json.loads(path.read_text(encoding="utf-8"))
        entries = [_entry(entry) for entry in text.pop("recitals")]
        text["frame_size"] = (int(text["frame_size"][0]), int(text["frame_size"][1]))
        manifest = Manifest(**text, recitals=entries)
        _check_manifest(manifest)
        return manifest
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
