"""One recital from its video to its file in the dataset: detection, cleaning, features (paper Sec. 3)."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from preprocessing.cleaning import CleaningSettings, drop_reasons
from preprocessing.dataset import Reason, Recital, RecitalEntry, write_aside, write_recital
from preprocessing.detection import Found, detect
from preprocessing.detectors.people import Detector
from preprocessing.overlay import write_overlay
from preprocessing.recital_sound import measure_sound, sound_features
from preprocessing.video import Clip, check_video
from skeleton.layouts import Layout, layout_named
from skeleton.rates import AUDIO_RATE, VIDEO_FPS, steps_in
from skeleton.refusal import BadInput

MADE = "made.json"  # beside the detections: how the finished recital was made
DETECTIONS = "detections"  # folder of the dataset where detectors' results are kept, so that cleaning can be redone
LONGEST_SHORTFALL = 1.0  # s picture and sound may end before the header's length
SHORTFALL_SHARE = 0.02  # the same as a share of the length: some headers are estimates


@dataclass(frozen=True)
class RecitalJob:
    """Everything one recital needs to be made, wherever it is made.

    Attributes
    ----------
    name : str
    clip : Clip
    source : str
        The address or path that the person gave.
    instrument, split : str
    out : Path
        The dataset folder.
    cleaning : CleaningSettings
    overlay : bool
        Write ``<name>.overlay.mp4`` beside the recital.
    """

    name: str
    clip: Clip
    source: str
    instrument: str
    split: str
    out: Path
    cleaning: CleaningSettings = field(default_factory=CleaningSettings)
    overlay: bool = False

    @property
    def layout(self) -> Layout:
        """The keypoint layout of the instrument."""
        return layout_named(self.instrument)

    @property
    def detections(self) -> Path:
        """Folder of the detectors' results."""
        return self.out / DETECTIONS / self.name

    def fingerprint(self) -> str:
        """Changes when the file, the clip or the detectors change: what was detected before is then of no use."""
        status = self.clip.path.stat()
        parts = [str(self.clip.path.resolve()), status.st_size, status.st_mtime_ns, self.clip.start, self.clip.end]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def recipe(self) -> dict[str, Any]:
        """All that decides what the finished recital holds."""
        cleaning = json.loads(json.dumps(asdict(self.cleaning)))
        return {"fingerprint": self.fingerprint(), "cleaning": cleaning, "split": self.split, "source": self.source}

    def is_finished(self) -> bool:
        """Whether an earlier run made exactly this recital."""
        made = self.detections / MADE
        wanted = [made, self.out / f"{self.name}.npz"]
        if self.overlay:
            wanted.append(self.overlay_path)
        if not all(path.is_file() for path in [*wanted, self.clip.path]):
            return False
        try:
            return bool(json.loads(made.read_text()) == self.recipe())
        except (ValueError, OSError):
            return False

    @property
    def overlay_path(self) -> Path:
        """Where the overlay video goes."""
        return self.out / f"{self.name}.overlay.mp4"


@dataclass(frozen=True)
class Made:
    """A finished recital: its line for the manifest, and remarks for the person."""

    entry: RecitalEntry
    remarks: tuple[str, ...] = ()


def make_recital(
    job: RecitalJob, detectors: Mapping[str, Detector], progress: Callable[[int], object] = lambda frames: None
) -> Made:
    """Make one recital of a dataset; what an interrupted run detected is used again.

    Raises
    ------
    BadInput
        If the video cannot become a recital; the sentence says why.
    """
    media = check_video(job.clip)
    samples, gain = measure_sound(job.clip, media)
    if samples < AUDIO_RATE / VIDEO_FPS:
        raise BadInput(f"{job.clip.path} is shorter than one frame ({samples / AUDIO_RATE * 1000:.0f} ms of sound)")
    _discard_outdated(job)
    found, frame_size = detect(job.clip, detectors, job.detections, progress)
    in_picture = len(next(iter(found.values())))
    in_sound = steps_in(samples, VIDEO_FPS)
    _check_complete(job, in_picture / VIDEO_FPS, samples / AUDIO_RATE, job.clip.promised_seconds(media))
    frames = min(in_picture, in_sound)

    keypoints, confidence, boxes = performer(found["people"], frames)
    if not np.isfinite(keypoints).any():
        raise BadInput(
            f"{job.clip.path} shows no person in any of its {frames} frames; is the musician in the picture?"
        )
    reason = drop_reasons(keypoints, confidence, job.layout, frame_size, job.cleaning, boxes)
    recital = Recital(
        name=job.name,
        keypoints=keypoints,
        confidence=confidence,
        reason=reason,
        features=sound_features(job.clip, gain, frames, VIDEO_FPS),
        frame_size=frame_size,
        source=job.source,
        split=job.split,
    )
    if not recital.kept.any():
        code, count = max(zip(*np.unique(reason, return_counts=True)), key=lambda pair: pair[1])
        raise BadInput(
            f"{job.clip.path} has no frame with all {job.layout.size} points of one performer"
            f" ({count} of {frames} frames: {Reason(code).name.lower().replace('_', ' ')})"
        )
    if job.overlay:
        write_overlay(job.overlay_path, job.clip, recital, job.layout)
    entry = write_recital(job.out, recital)
    write_aside(job.detections / MADE, json.dumps(job.recipe()).encode())
    return Made(entry, tuple(_remarks(in_picture, in_sound)))


def performer(found: Found, frames: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The surest person of every frame: keypoints [frames, 50, 2], confidence [frames, 50], boxes [frames, 4]."""
    points = found.points[:frames, 0]
    return points[..., :2], points[..., 2], found.boxes[:frames, 0]


def _discard_outdated(job: RecitalJob) -> None:
    """Delete detections of another file, clip or detector that had the same name."""
    mark = job.detections / "source.json"
    content: dict[str, Any] = {"fingerprint": job.fingerprint()}
    if job.detections.is_dir() and (not mark.is_file() or json.loads(mark.read_text()) != content):
        shutil.rmtree(job.detections)
    job.detections.mkdir(parents=True, exist_ok=True)
    write_aside(mark, json.dumps(content).encode())


def _check_complete(job: RecitalJob, picture: float, sound: float, promised: float | None) -> None:
    """Refuse a file whose picture and sound both end before its header says so."""
    if promised is None:
        return
    missing = promised - max(picture, sound)
    if missing > max(LONGEST_SHORTFALL, SHORTFALL_SHARE * promised):
        raise BadInput(
            f"{job.clip.path} is truncated: its header promises {promised:.1f} s, {max(picture, sound):.1f} s were"
            " found; copy it again, or name an earlier end in a recitals.csv"
        )


def _remarks(in_picture: int, in_sound: int) -> list[str]:
    """What a person should know of picture and sound of different lengths."""
    seconds = abs(in_picture - in_sound) / VIDEO_FPS
    if seconds <= LONGEST_SHORTFALL:
        return []
    longer, shorter = ("picture", "sound") if in_picture > in_sound else ("sound", "picture")
    return [f"the {longer} is {seconds:.1f} s longer than the {shorter}; the surplus was left out"]
