"""OpenPose's recorded results: one JSON file a frame, BODY_25 or COCO, several people, missing points as zeros."""

from __future__ import annotations

import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.preprocessing.detectors.openpose_points import LARGEST_FILE, parse_people
from audio_to_body.preprocessing.detectors.people import Person, mirrored
from audio_to_body.preprocessing.detectors.registry import Order
from audio_to_body.preprocessing.litter import is_litter
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput

_FRAME = re.compile(r"(\d+)_keypoints\.json$")
_COUNTED = 12  # digits of the numbers that OpenPose gives a video's frames; others come with the pictures' names
COMMON_SIZES = ((640, 480), (1280, 720), (1920, 1080), (3840, 2160))
UNKNOWN_SIZE = (1280, 720)  # px: what scaled points are spread over where no picture says better
LARGEST_ARCHIVE = 4 << 30  # bytes unpacked
MOST_FILES = 2_000_000  # a day at 24 frames/s
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".zip")
LOOKED_AT = 60  # frames by which the scale of a recording is known
SCALED = 2.0  # coordinates of which none is beyond this are no pixels, but shares of the picture
BELOW = -0.05  # a share below this means -1 to 1, not 0 to 1


class OpenPoseFiles:
    """The JSON files of one video: a folder, a ``.tar``, ``.tar.gz`` or ``.zip``.

    Files that cannot be read show nobody; :attr:`remarks` tells of them. Coordinates that OpenPose scaled to the
    picture (``--keypoint_scale`` 3 and 4) become pixels again.

    Parameters
    ----------
    source : Path
    fps : float
        Rate of the video that OpenPose saw, frames/s.
    size : (int, int), optional
        Width and height of that video in pixels; scaled coordinates need it.
    shown : (int, int), optional
        Width and height of the pictures that the points are drawn on, where that is another size.
    mirror : bool
        Exchange left and right: the camera, or who edited its video, had mirrored the picture.

    Attributes
    ----------
    remarks : list of str
        What a person should know.

    Raises
    ------
    BadInput
        If there is no such folder or archive, no ``*<number>_keypoints.json`` in it, or not one that can be read.
    """

    name = "openpose-json"
    needs_pictures = False

    def __init__(
        self,
        source: Path,
        fps: float = VIDEO_FPS,
        size: tuple[int, int] | None = None,
        shown: tuple[int, int] | None = None,
        mirror: bool = False,
    ):
        self.source, self.fps, self.mirror = source, fps, mirror
        self.remarks: list[str] = []
        self._damaged: list[str] = []
        recorded = _recorded(source)
        self._read, self._names = recorded.read, dict(recorded.names)
        if not self._names:
            raise BadInput(f"{source} holds no OpenPose results (files that end in _<number>_keypoints.json)")
        begin = min(self._names)
        if size is None and begin:  # without a video nothing says what was before
            self._names = {number - begin: name for number, name in self._names.items()}
            self.remarks.append(f"its frames begin with number {begin}; the recital begins there")
        stride = int(np.gcd.reduce(np.diff(sorted(self._names)))) if len(self._names) > 2 else 1
        if stride > 1:
            self.remarks.append(
                f"only one frame in {stride} has a file, and the others show nobody; run OpenPose on every frame"
            )
        self._size, self._scale = size, (1.0, 1.0)
        self._scale, self._shift, self._width = self._spread(size, shown or size)

    @classmethod
    def for_video(cls, order: Order) -> OpenPoseFiles:
        """See :class:`audio_to_body.preprocessing.detectors.registry.DetectorEntry`."""
        return cls(order.results(("", *ARCHIVES)), order.rate, order.size, order.shown, order.mirror)

    @property
    def seconds(self) -> float:
        """Length of the video, by the last frame's number."""
        return (max(self._names) + 1) / self.fps

    def people(self, pictures: Iterable[np.ndarray | None], first: int = 0) -> Iterator[list[Person]]:
        """See :class:`audio_to_body.preprocessing.detectors.people.Detector`; pictures are only counted."""
        for frame, _ in enumerate(pictures, first):
            # the nearest of the frames OpenPose saw; a frame without a file shows nobody
            name = self._names.get(round(frame / VIDEO_FPS * self.fps))
            yield [] if name is None else self._people(name)

    def frame_size(self) -> tuple[int, int]:
        """The smallest common picture size that holds every point: the files do not say how large the video was."""
        if self._size is not None:
            return self._size
        if self._scale[0] != 1.0:
            return UNKNOWN_SIZE
        largest = self._extent(max(1, len(self._names) // 500))[1]
        for width, height in COMMON_SIZES:
            if largest[0] <= width and largest[1] <= height:
                return width, height
        return max(1, int(np.ceil(largest[0]))), max(1, int(np.ceil(largest[1])))

    def _people(self, name: str) -> list[Person]:
        try:
            people = parse_people(self._read(name), name)
        except (BadInput, OSError, KeyError, zipfile.BadZipFile, zlib.error) as error:
            if name not in self._damaged:
                self._damaged.append(name)
                told = f"{len(self._damaged)} of {len(self._names)} files cannot be read and show nobody"
                self.remarks = [r for r in self.remarks if not r.endswith("show nobody")] + [told]
                if len(self._damaged) == 1:
                    self.remarks.append(f"the first of the files that cannot be read: {error}")
            return []
        return [self._placed(person) for person in people]

    def _placed(self, person: Person) -> Person:
        """A person in pixels of the pictures."""
        if self._scale != (1.0, 1.0) or self._shift:
            factors = np.array([*self._scale, 1.0], np.float32)
            shift = np.array([self._shift, self._shift, 0.0], np.float32)
            body, left, right = (
                (points + shift) * factors for points in (person.body, person.left_hand, person.right_hand)
            )
            person = Person(body, left, right, score=person.score)
        return mirrored(person, self._width) if self.mirror else person

    def _spread(
        self, size: tuple[int, int] | None, shown: tuple[int, int] | None
    ) -> tuple[tuple[float, float], float, float]:
        """Factors that make pixels of the coordinates, what is added before, and the width of the picture."""
        low, high = self._extent(max(1, len(self._names) // LOOKED_AT))
        if np.isfinite(high).all() and max(high.max(), -low.min()) <= SCALED:
            width, height = shown or UNKNOWN_SIZE
            both = low.min() < BELOW
            known = "the video's" if shown else "no video says how many, so over"
            kind = "-1 to 1" if both else "0 to 1"
            self.remarks.append(f"its coordinates run from {kind} and became pixels ({known} {width}×{height})")
            half = 2.0 if both else 1.0
            return (width / half, height / half), 1.0 if both else 0.0, float(width)
        if size and shown and size != shown:
            return (shown[0] / size[0], shown[1] / size[1]), 0.0, float(shown[0])
        return (1.0, 1.0), 0.0, float((shown or size or self.frame_size())[0])

    def _extent(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Least and greatest coordinates of every so manieth frame; infinite where there is no point.

        Raises
        ------
        BadInput
            If not one of those files can be read: then none is of OpenPose.
        """
        low, high = np.full(2, np.inf), np.full(2, -np.inf)
        failure: BadInput | None = None
        read = 0
        for number in sorted(self._names)[::step]:
            try:
                people = parse_people(self._read(self._names[number]), self._names[number])
            except BadInput as error:
                failure = failure or error
                continue
            except (OSError, KeyError, zipfile.BadZipFile, zlib.error) as error:
                failure = failure or BadInput(f"{self._names[number]} cannot be read ({error})")
                continue
            read += 1
            for person in people:
                found = person.points[person.points[:, 2] > 0, :2]
                if len(found):
                    low, high = np.minimum(low, found.min(axis=0)), np.maximum(high, found.max(axis=0))
        if not read and failure is not None:
            raise failure
        return low, high


def is_openpose(path: Path) -> bool:
    """Whether a folder or archive holds OpenPose's results."""
    if path.is_dir():
        found = (p for p in path.rglob("*_keypoints.json") if not is_litter(str(p.relative_to(path))))
        return next(found, None) is not None
    return path.is_file() and path.name.lower().endswith(ARCHIVES) and bool(_recorded(path).names)


@dataclass(frozen=True)
class _Recorded:
    """The files of one video by their frames' numbers, and what reads one."""

    names: dict[int, str]
    read: Callable[[str], bytes]


def _recorded(source: Path) -> _Recorded:
    """Look through a folder or an archive; an archive that was looked through just now is not opened again."""
    if source.is_dir():
        names = [str(path.relative_to(source)) for path in source.rglob("*_keypoints.json")]
        return _Recorded(_numbered(names, source), lambda name: (source / name).read_bytes())
    try:
        status = source.stat()
    except OSError:
        return _scanned(source, 0, 0)  # which says what is wrong
    return _scanned(source, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=1)  # a recital asks several times for its one archive
def _scanned(source: Path, size: int, modified: int) -> _Recorded:
    """Read an archive once; its size and time of change tell it from another of that name."""
    if source.name.lower().endswith(".zip"):
        zipped = _opened(zipfile.ZipFile, source)
        return _Recorded(_numbered(zipped.namelist(), source), lambda name: _unzipped(zipped, name))
    # a compressed tar can only be read from front to back: a thousand frames of JSON are a few megabytes
    with _opened(tarfile.open, source) as archive:
        files = dict(_unpacked(archive, source))
    content = {name: data for name, data in files.items() if data is not None}
    return _Recorded(_numbered(list(files), source), content.__getitem__)


def _numbered(names: Sequence[str], source: Path) -> dict[int, str]:
    """The files by their frames' numbers."""
    if len(names) > MOST_FILES:
        raise BadInput(f"{source} holds more than {MOST_FILES:,} files; name the results of one video")
    found = {name: m[1] for name in sorted(names) if not is_litter(name) and (m := _FRAME.search(name))}
    videos = sorted({_FRAME.sub("", name).rstrip("_") for name in found})
    if len(videos) > 1:
        raise BadInput(f"{source} mixes the results of {len(videos)} videos ({videos[0]}, {videos[1]}, …); part them")
    frames = {int(number): name for name, number in found.items()}
    # OpenPose numbers a video's frames from 0; pictures in a folder have numbers of their own, often from 1
    first = 0 if all(len(number) == _COUNTED for number in found.values()) else min(frames, default=0)
    return {number - first: name for number, name in frames.items()}


def _unpacked(archive: tarfile.TarFile, source: Path) -> Iterator[tuple[str, bytes | None]]:
    """The plain files of an archive, as long as they are few and small enough to be what they should be.

    Of a file that is no frame's, or too large for one, only the name.
    """
    size = 0
    try:
        for count, member in enumerate(archive):
            size += member.size
            if size > LARGEST_ARCHIVE or count > MOST_FILES:
                raise BadInput(f"{source} unpacks to more than {LARGEST_ARCHIVE >> 30} GB; no recital's results do")
            if not member.isfile():
                continue
            file = archive.extractfile(member)
            wanted = file is not None and member.size <= LARGEST_FILE and _FRAME.search(member.name)
            yield member.name, file.read() if file and wanted else None
    except (OSError, EOFError, tarfile.TarError, zlib.error, lzma.LZMAError) as error:
        raise BadInput(f"{source} cannot be read to its end ({error}); was it copied completely?") from None


def _opened(opener: Callable[[Path], Any], source: Path) -> Any:
    try:
        return opener(source)
    except (
        OSError,
        EOFError,
        ValueError,
        NotImplementedError,
        tarfile.TarError,
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
    ) as error:
        raise BadInput(f"{source} cannot be opened ({error}); name a folder or archive of OpenPose's JSON") from None


def _unzipped(files: zipfile.ZipFile, name: str) -> bytes:
    """One file of an archive; what says that it is small and is not, is not read."""
    try:
        with files.open(name) as file:
            return file.read(LARGEST_FILE + 1)
    except (RuntimeError, NotImplementedError, EOFError, ValueError) as error:  # a password, an unknown method
        raise BadInput(f"{name} cannot be unpacked ({error})") from None
