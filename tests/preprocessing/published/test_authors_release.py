"""The authors' data.zip, made here in exactly its format."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from audio_to_body.preprocessing.published.authors_release import import_release
from audio_to_body.skeleton.layouts import PIANO49
from audio_to_body.skeleton.refusal import BadInput

COUNTS = {"body": 7, "lefthand": 21, "righthand": 21}


def truth(frames: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(50, 400, (frames, 49, 2)).round(3)


def tables(videos: dict[str, int]) -> dict[str, dict[str, list]]:
    """The three tables of a split: all x, then all y, features at the video's rate beside them."""
    made: dict[str, dict[str, list]] = {part: {} for part in COUNTS}
    for seed, (video, frames) in enumerate(videos.items()):
        points, first = truth(frames, seed), 0
        features = np.random.default_rng(seed).normal(size=(frames, 28)).round(4).tolist()
        for part, count in COUNTS.items():
            own = points[:, first : first + count]
            made[part][video] = [features, np.concatenate([own[..., 0], own[..., 1]], axis=1).tolist()]
            first += count
    return made


def pack(path: Path, splits: dict[str, dict[str, dict[str, list]]], inside: str = "data/") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for split, parts in splits.items():
            for part, table in parts.items():
                archive.writestr(f"{inside}{split}_{part}.json", json.dumps(table))
        archive.writestr(f"{inside}test_audio.wav", b"RIFF")
    return path


def test_the_parts_are_stitched(tmp_path):
    path = pack(tmp_path / "data.zip", {"train": tables({"v1": 60, "v2": 50}), "test": tables({"t": 40})})
    dataset = import_release(path, tmp_path / "authors")
    assert dataset.layout is PIANO49
    assert dataset.manifest.data == "authors"
    assert dataset.manifest.rates == [24]
    assert [(e.name, e.split, e.frames) for e in dataset.manifest.recitals] == [
        ("train_v1", "train", 60),
        ("train_v2", "train", 50),
        ("test_t", "test", 40),
    ]
    recitals = {recital.name: recital for recital in dataset}
    np.testing.assert_allclose(recitals["train_v2"].keypoints, truth(50, 1), atol=1e-3)
    features = np.random.default_rng(1).normal(size=(50, 28))
    np.testing.assert_allclose(recitals["train_v2"].features[24], features, atol=1e-3)
    assert recitals["train_v1"].kept.all()


def test_an_import_is_used_again_until_the_file_changes(tmp_path):
    import os

    path = pack(tmp_path / "data.zip", {"train": tables({"v1": 60})}, inside="")
    os.utime(path, (1, 1))
    folder = tmp_path / "authors"
    import_release(path, folder)
    stamp = (folder / "train_v1.npz").stat().st_mtime_ns
    assert import_release(path, folder).manifest.recitals[0].name == "train_v1"
    assert (folder / "train_v1.npz").stat().st_mtime_ns == stamp


def test_missing_points_are_missing(tmp_path):
    parts = tables({"v": 10})
    body = parts["body"]["v"][1]
    body[3][0] = body[3][7] = 0.0  # the neck's x and y
    dataset = import_release(pack(tmp_path / "data.zip", {"train": parts}), tmp_path / "authors")
    (recital,) = dataset
    assert np.flatnonzero(~recital.kept).tolist() == [3]
    assert np.isnan(recital.keypoints[3, 0]).all()


def test_other_archives_are_refused(tmp_path):
    def refused(sentence: str, splits: dict[str, dict[str, dict[str, list]]]) -> None:
        with pytest.raises(BadInput, match=sentence):
            import_release(pack(tmp_path / "data.zip", splits), tmp_path / "authors")
        assert not (tmp_path / "authors" / "manifest.json").exists()

    refused("holds no train_body.json", {})
    parts = tables({"v": 10})
    parts["lefthand"] = tables({"w": 10})["lefthand"]
    refused("train_lefthand.json has other videos", {"train": parts})
    parts = tables({"v": 10})
    parts["righthand"] = tables({"v": 9})["righthand"]
    refused("righthand has 9 frames, body has 10", {"train": parts})
    parts = tables({"v": 10})
    parts["body"]["v"][0] = [[0.0] * 13] * 10
    refused(r"features of shape \[10, 13\]", {"train": parts})
    parts = tables({"v": 10})
    parts["body"]["v"] = parts["lefthand"]["v"]
    refused(r"keypoints of shape \[10, 42\], not \[frames, 14\]", {"train": parts})
    (tmp_path / "data.zip").write_bytes(b"no zip")
    with pytest.raises(BadInput, match="cannot be unpacked"):
        import_release(tmp_path / "data.zip", tmp_path / "authors")
    with pytest.raises(BadInput, match="does not exist"):
        import_release(tmp_path / "other.zip", tmp_path / "authors")
