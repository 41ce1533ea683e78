"""One recital from its video to its file in the dataset: detection, cleaning, features (paper Sec. 3)."""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.pictures.video import Clip, check_video, pictures, shown_size
from audio_to_body.preprocessing.detectors.openpose_json import OpenPoseFiles, is_openpose
from audio_to_body.preprocessing.detectors.people import Detector
from audio_to_body.preprocessing.detectors.registry import PEOPLE, SECOND
from audio_to_body.preprocessing.manifest import RecitalEntry
from audio_to_body.preprocessing.recital_file import Reason, Recital, write_recital
from audio_to_body.preprocessing.recording.cleaning import Box, CleaningSettings, drop_reasons
from audio_to_body.preprocessing.recording.detection import Detected, detect
from audio_to_body.preprocessing.recording.detector_choice import DetectorChoice
from audio_to_body.preprocessing.recording.overlay import write_overlay, write_sheet
from audio_to_body.preprocessing.recording.performer import find_performer, looks_mirrored
from audio_to_body.preprocessing.recording.recital_sound import measure_sound, sound_features
from audio_to_body.skeleton.files import write_text
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.layouts import Layout, layout_named
from audio_to_body.skeleton.rates import AUDIO_RATE, VIDEO_FPS, steps_in
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.ffmpeg import Media, chosen_track, track_remarks
from audio_to_body.sound.levels import Content

SHEET = "sheet.jpg"
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
    detectors : DetectorChoice
    cleaning : CleaningSettings
    reference_seconds : float or None
        Moment of the reference frame; None finds the performer without one.
    with_sound : bool
        Whether features are made; a recital without them can be looked at, not trained on.
    overlay : bool
        Write ``<name>.overlay.mp4`` beside the recital.
    remote : bool
        ``source`` is an address; the clip's path is where the video is fetched to.
    """

    name: str
    clip: Clip
    source: str
    instrument: str
    split: str
    out: Path
    detectors: DetectorChoice = field(default_factory=DetectorChoice)
    cleaning: CleaningSettings = field(default_factory=CleaningSettings)
    reference_seconds: float | None = None
    with_sound: bool = True
    overlay: bool = False
    remote: bool = False

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
        parts: list[Any] = [self.source, self.clip.start, self.clip.end]
        if self.clip.track is not None or self.clip.mirror:
            parts += [self.clip.track, self.clip.mirror]
        if not self.remote:  # what is fetched may be deleted once the recital is made
            status = self.clip.path.stat()
            parts += [str(self.clip.path.resolve()), status.st_size, status.st_mtime_ns]
        parts += self.detectors.key()
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def recipe(self) -> dict[str, Any]:
        """All that decides what the finished recital holds."""
        cleaning = json.loads(json.dumps(asdict(self.cleaning)))
        return {
            "fingerprint": self.fingerprint(),
            "instrument": self.instrument,
            "cleaning": cleaning,
            "reference_seconds": self.reference_seconds,
            "split": self.split,
            "source": self.source,
            "sound": self.with_sound,
        }

    def is_finished(self) -> bool:
        """Whether an earlier run made exactly this recital."""
        made = self.detections / MADE
        wanted = [made, self.out / f"{self.name}.npz"]
        if self.overlay:
            wanted.append(self.overlay_path)
        if not all(path.is_file() for path in wanted):
            return False
        if not self.remote and not self.clip.path.exists():
            return False
        try:
            # recitals of earlier versions do not tell; they lie in datasets that do
            return bool({"instrument": self.instrument, **json.loads(made.read_text())} == self.recipe())
        except (ValueError, TypeError, OSError):
            return False

    @property
    def sheet_path(self) -> Path:
        """Where the contact sheet for the report goes."""
        return self.detections / SHEET

    @property
    def overlay_path(self) -> Path:
        """Where the overlay video goes."""
        return self.out / f"{self.name}.overlay.mp4"


@dataclass(frozen=True)
class Made:
    """A finished recital: its line for the manifest, and remarks for the person."""

    entry: RecitalEntry
    remarks: tuple[str, ...] = ()


def make_recital(job: RecitalJob, progress: Callable[[int], object] = lambda frames: None) -> Made:
    """Make one recital of a dataset; what an interrupted run detected is used again.

    Raises
    ------
    BadInput
        If the video cannot become a recital; the sentence says why.
    """
    footage = open_footage(job)
    samples, content, heard, remarks = 0, Content(1.0), job.clip, list(footage.remarks)
    if job.with_sound:
        assert footage.media is not None
        track = chosen_track(job.clip.path, footage.media, job.clip.track)
        remarks += track_remarks(footage.media, track, job.clip.track)
        heard = replace(job.clip, track=track + 1)
        samples, content = measure_sound(heard)
        remarks += content.remarks()
        if samples < AUDIO_RATE / VIDEO_FPS:
            seconds = samples / AUDIO_RATE
            raise BadInput(f"{job.clip.path} is shorter than one frame ({seconds * 1000:.0f} ms of sound)")
    _discard_outdated(job)
    detected = detect(footage.stream, footage.detectors, job.detections, job.detectors.signature(), progress)
    remarks += [remark for detector in footage.detectors.values() for remark in getattr(detector, "remarks", [])]
    in_picture = len(detected.found[PEOPLE])
    in_sound = steps_in(samples, VIDEO_FPS) if job.with_sound else in_picture
    if footage.media:
        promised = job.clip.promised_seconds(footage.media)
        _check_complete(job, in_picture / VIDEO_FPS, samples / AUDIO_RATE, promised)
    frames = min(in_picture, in_sound)
    recital, reference_box = clean_recital(job, detected, frames)
    if (
        instrument_named(job.instrument).bowed
        and not job.clip.mirror
        and looks_mirrored(recital.keypoints, recital.kept)
    ):
        remarks.append(
            "the bow is in the left hand and the violin on the right shoulder, as in the mirrored picture of a"
            " telephone's front camera; if it is one, make the recital again with --mirror"
        )
    if job.with_sound:
        recital = replace(recital, features=sound_features(heard, content, frames, VIDEO_FPS))
    if job.overlay:
        write_overlay(job.overlay_path, footage.stream, recital, job.layout, heard if job.with_sound else None)
    write_sheet(job.sheet_path, footage.stream, recital, job.layout, reference_box)
    entry = write_recital(job.out, recital)
    write_text(job.detections / MADE, json.dumps(job.recipe()))
    return Made(entry, (*remarks, *_remarks(in_picture, in_sound)))


@dataclass(frozen=True)
class Footage:
    """A recital's pictures and who looks at them.

    Attributes
    ----------
    media : Media or None
        None for OpenPose's results without their video.
    stream : callable
        Gives the pictures from a frame on; black ones where there is no video.
    detectors : dict of str to Detector
    remarks : list of str
        What a person should know of the pictures.
    """

    media: Media | None
    stream: Callable[[int], Iterator[np.ndarray]]
    detectors: dict[str, Detector]
    remarks: list[str] = field(default_factory=list)


def open_footage(job: RecitalJob) -> Footage:
    """Open a recital's video, or OpenPose's results of it alone."""
    path = job.clip.path
    if is_openpose(path):
        if job.with_sound:
            raise BadInput(
                f"{path} holds OpenPose's results, which have no sound; name the video and give this with"
                " --openpose-json, or take the points alone with --without-sound"
            )
        detectors = job.detectors.detectors(path, VIDEO_FPS, mirror=job.clip.mirror)
        files = detectors[PEOPLE]
        assert isinstance(files, OpenPoseFiles)
        width, height = files.frame_size()
        black = np.zeros((height, width, 3), np.uint8)
        count = round(files.seconds * VIDEO_FPS)
        return Footage(None, lambda first: itertools.repeat(black, max(0, count - first)), detectors)
    media = check_video(job.clip)
    shown = shown_size(media)
    detectors = job.detectors.detectors(path, media.fps or VIDEO_FPS, media.video_size, shown, job.clip.mirror)
    remarks = []
    if media.video_tracks > 1:
        remarks.append(f"it has {media.video_tracks} pictures; the {media.video_track + 1}. is looked at")
    return Footage(media, lambda first: pictures(job.clip, first=first), detectors, remarks)


def clean_recital(job: RecitalJob, detected: Detected, frames: int) -> tuple[Recital, Box | None]:
    """Choose the performer among the detected people and judge every frame (Sec. 3.3).

    Returns
    -------
    recital : Recital
        Without features.
    reference_box : Box or None

    Raises
    ------
    BadInput
        If nobody was found, or no frame shows every point of the performer.
    """
    found = {role: people.first(frames) for role, people in detected.found.items()}
    moment = None if job.reference_seconds is None else round(job.reference_seconds * VIDEO_FPS)
    who = find_performer(found[PEOPLE], job.instrument, job.cleaning, found.get(SECOND), detected.faces, moment)
    if not np.isfinite(who.keypoints).any():
        raise BadInput(
            f"{job.clip.path} shows no person in any of its {frames} frames; is the musician in the picture?"
        )
    settings = replace(job.cleaning, reference_box=who.reference_box)
    reason = drop_reasons(
        who.keypoints, who.confidence, job.layout, detected.frame_size, settings, who.boxes, who.face_distances
    )
    recital = Recital(
        name=job.name,
        keypoints=who.keypoints,
        confidence=who.confidence,
        reason=reason,
        features={},
        frame_size=detected.frame_size,
        source=job.source,
        split=job.split,
    )
    if not recital.kept.any():
        code, count = max(zip(*np.unique(reason, return_counts=True)), key=lambda pair: pair[1])
        raise BadInput(
            f"{job.clip.path} has no frame with all {job.layout.size} points of one performer"
            f" ({count} of {frames} frames: {Reason(code).name.lower().replace('_', ' ')})"
        )
    return recital, who.reference_box


def _discard_outdated(job: RecitalJob) -> None:
    """Delete detections of another file, clip or detector that had the same name."""
    mark = job.detections / "source.json"
    content: dict[str, Any] = {"fingerprint": job.fingerprint()}
    if job.detections.is_dir() and (not mark.is_file() or json.loads(mark.read_text()) != content):
        shutil.rmtree(job.detections)
    job.detections.mkdir(parents=True, exist_ok=True)
    write_text(mark, json.dumps(content))


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
