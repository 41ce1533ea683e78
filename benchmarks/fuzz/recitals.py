"""Damaged datasets, motions, OpenPose results and lists of recitals."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.avatar.retargeting import retarget
from audio_to_body.benchmarks.fuzz.attack import mutated
from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.preprocessing.detectors.openpose_json import OpenPoseFiles, is_openpose
from audio_to_body.preprocessing.manifest import MANIFEST, Manifest, write_manifest
from audio_to_body.preprocessing.recital_file import Recital, write_recital
from audio_to_body.preprocessing.recording.sources import read_list
from audio_to_body.skeleton.motion import Motion, load_motion, save_motion

WILD: list[Any] = [
    None, "", "x", "../../x", "/etc/passwd", -1, 0, 1, 2**31, 2**70, -0.5, 1e308, float("nan"), float("inf"), True,
    [], {}, [[]], [1], ["a", "b"], {"a": 1}, "\ud800", "9" * 400, [0] * 75,
]  # fmt: skip
FRAMES = 6
PLAYED = 0.5  # share of the motions that were read which the avatar plays


def changed(value: Any, rng: np.random.Generator) -> Any:
    """A JSON value in which one part, at any depth, is another, missing, twice or nested without end."""
    value = json.loads(json.dumps(value))
    holder: Any = {"": value}
    place: Any = ""
    while isinstance(holder[place], (dict, list)) and holder[place] and rng.random() < 0.85:
        holder = holder[place]
        keys = sorted(holder) if isinstance(holder, dict) else range(len(holder))
        place = keys[int(rng.integers(len(keys)))]
    kind = rng.integers(12)
    if kind == 0 and place != "":
        del holder[place]
    elif kind == 1 and isinstance(holder, list):
        holder.append(holder[place])
    elif kind == 2:
        deep: Any = 0
        for _ in range(int(rng.integers(1, 90))):
            deep = [deep]
        holder[place] = deep
    elif kind == 3 and isinstance(holder, dict):
        holder[str(rng.integers(100))] = 1
    else:
        holder[place] = WILD[int(rng.integers(len(WILD)))]
    return value if place != "" else holder.get("", value)


def json_text(value: Any, rng: np.random.Generator) -> bytes:
    """A damaged JSON file: its values changed, its bytes, or a nest without end."""
    kind = rng.integers(10)
    if kind == 0:
        return b"[" * int(rng.integers(1, 200_000))
    text = json.dumps(changed(value, rng) if kind < 8 else value).encode()
    return mutated(text, rng) if kind > 6 else text


def npz_bytes(data: bytes, rng: np.random.Generator) -> bytes:
    """A damaged ``.npz``: its bytes, one array's bytes, an array of another shape and kind, or its JSON."""
    kind = rng.integers(4)
    if kind == 0:
        return mutated(data, rng)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = sorted(parts)[int(rng.integers(len(parts)))]
    if kind == 1:
        parts[name] = mutated(parts[name], rng)
    elif kind == 2:
        shape = tuple(int(side) for side in rng.integers(0, 9, int(rng.integers(0, 5))))
        wild = np.full(shape, rng.choice([0, 1, -1, np.nan, np.inf, 1e300]))
        with np.errstate(all="ignore"):
            parts[name] = _npy(wild.astype(["f4", "f8", "i2", "u1", "c8", "U3", "?"][int(rng.integers(7))]))
    else:
        meta = json.loads(str(np.load(io.BytesIO(parts["meta.npy"]))))
        parts["meta.npy"] = _npy(np.array(json.dumps(changed(meta, rng))))
    if rng.random() < 0.1:
        del parts[name]
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for entry, content in parts.items():
            archive.writestr(entry, content)
    return whole.getvalue()


def _npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, array, allow_pickle=False)
    return file.getvalue()


def motions(motion: Motion, folder: Path, rng: np.random.Generator) -> Iterator[bytes]:
    """Damaged motion files."""
    save_motion(motion, folder / "whole.npz")
    whole = (folder / "whole.npz").read_bytes()
    while True:
        yield npz_bytes(whole, rng)


def read_motion(folder: Path, rng: np.random.Generator) -> Callable[[object], None]:
    """Read a motion; what is accepted must fit its layout, and the avatar plays some of it or refuses."""
    path = folder / "motion.npz"

    def target(data: object) -> None:
        assert isinstance(data, bytes)
        path.write_bytes(data)
        motion = load_motion(path)
        assert motion.points.shape == (len(motion), motion.skeleton.size, 2)
        assert 0 < motion.fps < float("inf")
        assert min(motion.frame_size) > 0
        assert motion.duration >= 0
        if rng.random() < PLAYED:
            performance = retarget(motion)
            assert np.isfinite(performance.rotations).all()
            assert np.isfinite(performance.root).all()

    return target


def datasets(folder: Path, rng: np.random.Generator) -> Iterator[tuple[bytes, bytes]]:
    """Manifests and recitals, one of the two damaged."""
    recital = Recital(
        "one", rng.uniform(0, 400, (FRAMES, 50, 2)).astype(np.float32), np.ones((FRAMES, 50), np.float32),
        np.zeros(FRAMES, np.uint8), {24: np.zeros((FRAMES, 28), np.float32)}, (640, 480), "one.mp4",
    )  # fmt: skip
    entry = write_recital(folder, recital)
    write_manifest(folder, Manifest("violin", "violin", "recitals", 24.0, (640, 480), [24], None, {}, [entry]))
    manifest = json.loads((folder / MANIFEST).read_text())
    arrays = (folder / "one.npz").read_bytes()
    while True:
        if rng.random() < 0.6:
            yield json_text(manifest, rng), arrays
        else:
            yield json.dumps(manifest).encode(), npz_bytes(arrays, rng)


def read_dataset(folder: Path) -> Callable[[object], None]:
    """Open a dataset and read it all; nothing outside its folder may be opened."""

    def target(given: object) -> None:
        assert isinstance(given, tuple)
        (folder / MANIFEST).write_bytes(given[0])
        (folder / "one.npz").write_bytes(given[1])
        dataset = Dataset(folder)
        for recital in dataset:
            assert (folder / f"{recital.name}.npz").resolve().parent == folder.resolve()
            assert recital.aligned().shape == recital.keypoints.shape

    return target


def openpose_files(rng: np.random.Generator) -> Iterator[bytes]:
    """Damaged results of one frame."""
    numbers = rng.uniform(0, 600, 75 + 63 + 63).round(2).tolist()
    person = {
        "person_id": [-1],
        "pose_keypoints_2d": numbers[:75],
        "hand_left_keypoints_2d": numbers[75:138],
        "hand_right_keypoints_2d": numbers[138:],
    }
    while True:
        yield json_text({"version": 1.3, "people": [person, person]}, rng)


def read_openpose(folder: Path) -> Callable[[object], None]:
    """Read a recording of which one frame is damaged: alone, and among whole ones."""
    folder.mkdir(exist_ok=True)
    (folder / "v_000000000000_keypoints.json").write_text('{"people": []}')

    def target(data: object) -> None:
        assert isinstance(data, bytes)
        (folder / "v_000000000001_keypoints.json").write_bytes(data)
        assert is_openpose(folder)
        files = OpenPoseFiles(folder, mirror=True)
        width, height = files.frame_size()
        assert 0 < width <= 65_536
        assert 0 < height <= 65_536
        for people in files.people([None] * 3):
            for person in people:
                points = person.points
                assert np.isfinite(points[points[:, 2] > 0]).all()
                assert person.score >= 0

    return target


def lists(rng: np.random.Generator) -> Iterator[bytes]:
    """Damaged lists of recitals, in several encodings and with several separators."""
    columns = ["source", "instrument", "start", "end", "split"]
    values = ["a.mp4", "violin", "piano", "1:30", "90.5", "", "train", "test", "-1", "nan", "1e400", "x" * 5000]
    values += ["\0", '"']
    while True:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=str(rng.choice([",", ";", "\t"])))
        writer.writerow(columns[: int(rng.integers(1, 6))])
        for _ in range(int(rng.integers(0, 5))):
            writer.writerow([values[int(i)] for i in rng.integers(len(values), size=int(rng.integers(0, 7)))])
        kind = str(rng.choice(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-16-le", "cp1252"]))
        data = text.getvalue().encode(kind)
        yield mutated(data, rng) if rng.random() < 0.5 else data


def read_sources(folder: Path) -> Callable[[object], None]:
    """Read a list; what is accepted must have usable times."""
    path = folder / "list.csv"

    def target(data: object) -> None:
        assert isinstance(data, bytes)
        path.write_bytes(data)
        for source in read_list(path):
            assert np.isfinite(source.start)
            assert source.start >= 0
            assert source.end is None or source.end > source.start
            assert source.title

    return target
