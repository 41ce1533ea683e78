"""OpenPose's recorded results: one JSON file a frame, BODY_25 or COCO, several people, missing points as zeros."""

from __future__ import annotations

import json
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.preprocessing.detectors.people import BODY_SIZE, Person, no_points
from audio_to_body.skeleton.layouts import HAND_SIZE
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput

_FRAME = re.compile(r"(\d{12})_keypoints\.json$")
_BODY_COUNTS = (25, 18)  # BODY_25 and COCO; in both, points 0 to 7 are the layout's body points
COMMON_SIZES = ((640, 480), (1280, 720), (1920, 1080), (3840, 2160))


class OpenPoseFiles:
    """The JSON files of one video: a folder, a ``.tar``, ``.tar.gz`` or ``.zip``.

    Parameters
    ----------
    source : Path
    fps : float
        Rate of the video that OpenPose saw, frames/s.

    Raises
    ------
    BadInput
        If there is no such folder or archive, or no ``*_<12 digits>_keypoints.json`` in it.
    """

    name = "openpose-json"
    needs_pictures = False

    def __init__(self, source: Path, fps: float = VIDEO_FPS):
        self.source, self.fps = source, fps
        self._read = _reader(source)
        self._names = _names(source)
        if not self._names:
            raise BadInput(f"{source} holds no OpenPose results (files that end in _<12 digits>_keypoints.json)")

    @property
    def seconds(self) -> float:
        """Length of the video, by the last frame's number."""
        return (max(self._names) + 1) / self.fps

    def people(self, pictures: Iterable[np.ndarray | None], first: int = 0) -> Iterator[list[Person]]:
        """See :class:`audio_to_body.preprocessing.detectors.people.Detector`; pictures are only counted."""
        for frame, _ in enumerate(pictures, first):
            # the nearest of the frames OpenPose saw; a frame without a file shows nobody
            name = self._names.get(round(frame / VIDEO_FPS * self.fps))
            yield [] if name is None else parse_people(self._read(name), name)

    def frame_size(self) -> tuple[int, int]:
        """The smallest common picture size that holds every point: the files do not say how large the video was."""
        largest = np.zeros(2)
        for number in sorted(self._names)[:: max(1, len(self._names) // 500)]:
            for person in parse_people(self._read(self._names[number]), self._names[number]):
                found = person.points[person.points[:, 2] > 0, :2]
                largest = np.maximum(largest, found.max(axis=0)) if len(found) else largest
        for width, height in COMMON_SIZES:
            if largest[0] <= width and largest[1] <= height:
                return width, height
        return int(np.ceil(largest[0])), int(np.ceil(largest[1]))


def is_openpose(path: Path) -> bool:
    """Whether a folder or archive holds OpenPose's results."""
    if path.is_dir():
        return next(path.rglob("*_keypoints.json"), None) is not None
    return path.is_file() and path.name.endswith((".tar", ".tar.gz", ".tgz", ".zip")) and bool(_names(path))


def parse_people(data: bytes, name: str) -> list[Person]:
    """The people of one JSON file.

    Raises
    ------
    BadInput
        If it is not JSON, or a list of points has a length that OpenPose never writes.
    """
    try:
        found = json.loads(data)["people"]
        return [_person(person, name) for person in found]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{name} is not a result of OpenPose ({error}); was it copied completely?") from None


def _person(person: dict[str, Any], name: str) -> Person:
    body = _points(person.get("pose_keypoints_2d"), _BODY_COUNTS, f"{name}: pose_keypoints_2d")
    left, right = (
        _points(person.get(f"hand_{side}_keypoints_2d"), (HAND_SIZE,), f"{name}: hand_{side}_keypoints_2d")
        for side in ("left", "right")
    )
    body = no_points(BODY_SIZE) if body is None else body[:BODY_SIZE]
    hands = [no_points(HAND_SIZE) if hand is None else hand for hand in (left, right)]
    return Person(body, hands[0], hands[1], score=float(body[:, 2].mean()))


def _points(values: list[float] | None, counts: tuple[int, ...], where: str) -> np.ndarray | None:
    """A flat list x, y, confidence, … as points; None for an empty list (OpenPose ran without that net)."""
    if not values:
        return None
    if len(values) not in [3 * count for count in counts]:
        wanted = " or ".join(str(3 * count) for count in counts)
        raise BadInput(f"{where} has {len(values)} numbers, OpenPose writes {wanted}; is it of another model?")
    points = np.array(values, np.float32).reshape(-1, 3)
    points[points[:, 2] <= 0, :2] = np.nan
    return points


def _names(source: Path) -> dict[int, str]:
    if source.is_dir():
        names = [str(path.relative_to(source)) for path in source.rglob("*_keypoints.json")]
    elif source.name.endswith(".zip"):
        with _opened(zipfile.ZipFile, source) as archive:
            names = archive.namelist()
    else:
        with _opened(tarfile.open, source) as archive:
            names = [member.name for member in archive if member.isfile()]
    frames = {name: int(found[1]) for name in sorted(names) if (found := _FRAME.search(name))}
    videos = sorted({_FRAME.sub("", name).rstrip("_") for name in frames})
    if len(videos) > 1:
        raise BadInput(f"{source} mixes the results of {len(videos)} videos ({videos[0]}, {videos[1]}, …); part them")
    return {number: name for name, number in frames.items()}


def _opened(opener: Callable[[Path], Any], source: Path) -> Any:
    try:
        return opener(source)
    except (OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise BadInput(f"{source} cannot be opened ({error}); name a folder or archive of OpenPose's JSON") from None


def _reader(source: Path) -> Callable[[str], bytes]:
    if source.is_dir():
        return lambda name: (source / name).read_bytes()
    if source.name.endswith(".zip"):
        files = _opened(zipfile.ZipFile, source)
        return lambda name: files.read(name)
    # a compressed tar can only be read from front to back: a thousand frames of JSON are a few megabytes
    with _opened(tarfile.open, source) as archive:
        content = {m.name: archive.extractfile(m).read() for m in archive if m.isfile() and _FRAME.search(m.name)}
    return content.__getitem__
