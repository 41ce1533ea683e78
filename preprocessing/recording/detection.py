"""Run detectors over a video and keep what they find, chunk by chunk, so that an interrupted run continues."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio_to_body.preprocessing.detectors.faces import FaceFinder, FaceSignature
from audio_to_body.preprocessing.detectors.people import Detector, Person, best_people
from audio_to_body.skeleton.files import read_arrays, write_arrays
from audio_to_body.skeleton.rates import VIDEO_FPS

CHUNK_FRAMES = 60 * VIDEO_FPS  # what an interrupted run loses at most
FACE_EVERY = VIDEO_FPS  # frames between two looks at a face: one costs as much as two frames' points
MOST_PEOPLE = 4  # kept per frame and detector
POINTS = 50


@dataclass(frozen=True)
class Found:
    """The people of consecutive frames, as one detector saw them.

    Attributes
    ----------
    points : np.ndarray, float32 [frames, people, 50, 3]
        x, y (pixels) and confidence; NaN, NaN, 0 where not found.
    boxes : np.ndarray, float32 [frames, people, 4]
        Left, top, right, bottom; NaN where there is nobody.
    scores : np.ndarray, float32 [frames, people]
        0 where there is nobody.
    """

    points: np.ndarray
    boxes: np.ndarray
    scores: np.ndarray

    def __len__(self) -> int:
        return len(self.points)

    def first(self, frames: int) -> Found:
        """The first frames alone."""
        return Found(self.points[:frames], self.boxes[:frames], self.scores[:frames])

    @classmethod
    def of(cls, frames: list[list[Person]]) -> Found:
        """Pack people into arrays: the surest :data:`MOST_PEOPLE` of every frame."""
        most = max([1, *(min(len(people), MOST_PEOPLE) for people in frames)])
        points = np.full((len(frames), most, POINTS, 3), np.nan, np.float32)
        points[..., 2] = 0.0
        boxes = np.full((len(frames), most, 4), np.nan, np.float32)
        scores = np.zeros((len(frames), most), np.float32)
        for number, people in enumerate(frames):
            for place, person in enumerate(best_people(people, most)):
                points[number, place] = person.points
                boxes[number, place] = person.box
                scores[number, place] = person.score
        return cls(points, boxes, scores)

    @classmethod
    def joined(cls, parts: list[Found]) -> Found:
        """Consecutive parts as one."""
        most = max(part.points.shape[1] for part in parts)

        def widened(values: np.ndarray, fill: float) -> np.ndarray:
            missing = [(0, 0)] * values.ndim
            missing[1] = (0, most - values.shape[1])
            return np.pad(values, missing, constant_values=fill)

        points = np.concatenate([widened(part.points, np.nan) for part in parts])
        points[..., 2] = np.nan_to_num(points[..., 2])
        return cls(
            points,
            np.concatenate([widened(part.boxes, np.nan) for part in parts]),
            np.concatenate([widened(part.scores, 0.0) for part in parts]),
        )


@dataclass(frozen=True)
class Faces:
    """Face signatures of some frames of a recital.

    Attributes
    ----------
    frames, places : np.ndarray of int [n]
        Whose face: the frame, and the person's place among those that :class:`Found` keeps.
    signatures : np.ndarray, float32 [n, numbers]
    every : int
        A face was looked for in every so many frames.
    """

    frames: np.ndarray
    places: np.ndarray
    signatures: np.ndarray
    every: int = FACE_EVERY


@dataclass(frozen=True)
class Detected:
    """All that was found in a recital's pictures.

    Attributes
    ----------
    found : dict of str to Found
        By the detectors' roles.
    faces : Faces or None
    frame_size : (int, int)
        Width and height of the pictures.
    """

    found: dict[str, Found]
    faces: Faces | None
    frame_size: tuple[int, int]


def detect(
    stream_from: Callable[[int], Iterator[np.ndarray]],
    detectors: Mapping[str, Detector],
    folder: Path,
    face: FaceSignature | None = None,
    progress: Callable[[int], object] = lambda frames: None,
) -> Detected:
    """Find the people of a video; chunks that an earlier run finished are read instead.

    Parameters
    ----------
    stream_from : callable
        Gives the recital's pictures from a frame on.
    detectors : mapping of str to Detector
        By role; the first one's people are those whose faces are signed.
    folder : Path
        Where the chunks are kept.
    face : FaceSignature, optional
    progress : callable
        Told the number of frames of every piece of work done.
    """
    folder.mkdir(parents=True, exist_ok=True)
    finished = _finished_chunks(folder)
    if not finished or not finished[-1].name.endswith(_LAST):
        stream = stream_from(len(finished) * CHUNK_FRAMES)
        finder = FaceFinder() if face else None
        for number in itertools.count(len(finished)):
            chunk = _detect_chunk(stream, detectors, number * CHUNK_FRAMES, face, finder, progress)
            if chunk is None:
                # the video ended with the chunk before
                last = finished[-1]
                finished[-1] = last.rename(last.with_name(last.stem + _LAST))
                break
            arrays, count = chunk
            name = f"chunk_{number:05d}"
            path = folder / (name + (_LAST if count < CHUNK_FRAMES else ".npz"))
            write_arrays(path, arrays)
            finished.append(path)
            if count < CHUNK_FRAMES:
                break
    return _read_chunks(finished, list(detectors))


_LAST = ".last.npz"


def _finished_chunks(folder: Path) -> list[Path]:
    """The chunks an earlier run finished, without a gap."""
    found: list[Path] = []
    while True:
        names = [folder / f"chunk_{len(found):05d}{end}" for end in (".npz", _LAST)]
        present = [path for path in names if path.is_file()]
        if not present:
            return found
        found.append(present[-1])


def _detect_chunk(
    stream: Iterator[np.ndarray],
    detectors: Mapping[str, Detector],
    first: int,
    face: FaceSignature | None,
    finder: FaceFinder | None,
    progress: Callable[[int], object],
) -> tuple[dict[str, np.ndarray], int] | None:
    start = next(stream, None)
    if start is None:
        return None
    chunk = itertools.chain([start], itertools.islice(stream, CHUNK_FRAMES - 1))
    # the detectors walk through the same pictures side by side; tee holds the few that one is ahead of another
    *copies, shown = itertools.tee(chunk, len(detectors) + 1)
    people: dict[str, list[list[Person]]] = {role: [] for role in detectors}
    signed: list[tuple[int, int, np.ndarray]] = []
    walks = [detector.people(copy, first) for detector, copy in zip(detectors.values(), copies)]
    for number, (picture, *frame) in enumerate(zip(shown, *walks), first):
        for role, found in zip(detectors, frame):
            people[role].append(best_people(found, MOST_PEOPLE))
        if face and finder and number % FACE_EVERY == 0:
            for place, person in enumerate(best_people(frame[0], MOST_PEOPLE)):
                box = finder.find(picture, person)
                if box is not None:
                    signed.append((number, place, face.signature(picture, box)))
        progress(1)
    arrays: dict[str, np.ndarray] = {"frame_size": np.array(start.shape[1::-1])}
    for role, frames in people.items():
        packed = Found.of(frames)
        arrays |= {f"{role}_points": packed.points, f"{role}_boxes": packed.boxes, f"{role}_scores": packed.scores}
    arrays["face_places"] = np.array([(number, place) for number, place, _ in signed], np.int64).reshape(-1, 2)
    arrays["face_signatures"] = np.array([signature for *_, signature in signed], np.float32)
    return arrays, len(next(iter(people.values())))


def _read_chunks(paths: list[Path], roles: list[str]) -> Detected:
    parts: dict[str, list[Found]] = {role: [] for role in roles}
    places, signatures = [], []
    size = (0, 0)
    for path in paths:
        with read_arrays(path, "a file of detections", "delete it and detect again") as file:
            size = (int(file["frame_size"][0]), int(file["frame_size"][1]))
            for role in roles:
                parts[role].append(Found(*(file[f"{role}_{part}"] for part in ("points", "boxes", "scores"))))
            if len(file["face_places"]):
                places.append(file["face_places"])
                signatures.append(file["face_signatures"])
    faces = None
    if places:
        frames, which = np.concatenate(places).T
        faces = Faces(frames, which, np.concatenate(signatures))
    return Detected({role: Found.joined(found) for role, found in parts.items()}, faces, size)
