"""Run detectors over a video and keep what they find, chunk by chunk, so that an interrupted run continues."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from preprocessing.dataset import write_arrays
from preprocessing.detectors.people import Detector, Person, best_people
from preprocessing.video import Clip, pictures
from skeleton.rates import VIDEO_FPS

CHUNK_FRAMES = 60 * VIDEO_FPS  # what an interrupted run loses at most
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


def detect(
    clip: Clip,
    detectors: Mapping[str, Detector],
    folder: Path,
    progress: Callable[[int], object] = lambda frames: None,
) -> tuple[dict[str, Found], tuple[int, int]]:
    """Find the people of a video; chunks that an earlier run finished are read instead.

    Parameters
    ----------
    clip : Clip
    detectors : mapping of str to Detector
        By role.
    folder : Path
        Where the chunks are kept.
    progress : callable
        Told the number of frames of every piece of work done.

    Returns
    -------
    found : dict of str to Found
        By role.
    frame_size : (int, int)
        Width and height of the pictures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    finished = _finished_chunks(folder)
    if not finished or not finished[-1].name.endswith(_LAST):
        stream = pictures(clip, first=len(finished) * CHUNK_FRAMES)
        for number in itertools.count(len(finished)):
            chunk = _detect_chunk(stream, detectors, number * CHUNK_FRAMES, progress)
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
    stream: Iterator[np.ndarray], detectors: Mapping[str, Detector], first: int, progress: Callable[[int], object]
) -> tuple[dict[str, np.ndarray], int] | None:
    start = next(stream, None)
    if start is None:
        return None
    chunk = itertools.chain([start], itertools.islice(stream, CHUNK_FRAMES - 1))
    # the detectors walk through the same pictures side by side; tee holds the few that one is ahead of another
    copies = itertools.tee(chunk, len(detectors))
    people: dict[str, list[list[Person]]] = {role: [] for role in detectors}
    walks = [detector.people(copy, first) for detector, copy in zip(detectors.values(), copies)]
    for frame in zip(*walks):
        for role, found in zip(detectors, frame):
            people[role].append(found)
        progress(1)
    arrays: dict[str, np.ndarray] = {"frame_size": np.array(start.shape[1::-1])}
    for role, frames in people.items():
        packed = Found.of(frames)
        arrays |= {f"{role}_points": packed.points, f"{role}_boxes": packed.boxes, f"{role}_scores": packed.scores}
    return arrays, len(next(iter(people.values())))


def _read_chunks(paths: list[Path], roles: list[str]) -> tuple[dict[str, Found], tuple[int, int]]:
    parts: dict[str, list[Found]] = {role: [] for role in roles}
    size = (0, 0)
    for path in paths:
        with np.load(path, allow_pickle=False) as file:
            size = (int(file["frame_size"][0]), int(file["frame_size"][1]))
            for role in roles:
                parts[role].append(Found(*(file[f"{role}_{part}"] for part in ("points", "boxes", "scores"))))
    return {role: Found.joined(found) for role, found in parts.items()}, size
