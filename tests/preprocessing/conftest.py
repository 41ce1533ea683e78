"""Small videos made by ffmpeg, and real ones where they are present."""

from __future__ import annotations

import json
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from audio_to_body.skeleton.layouts import VIOLIN


def _player(frames: int, seed: int = 0, centre: tuple[float, float] = (80.0, 60.0), scale: float = 1.0) -> np.ndarray:
    """A small violinist who bows once a second, [frames, 50, 3]; fits a picture of 160 × 120."""
    rng = np.random.default_rng(seed)
    body = [(0, -40), (0, -25), (-15, -24), (-25, 0), (-10, 10), (15, -24), (30, -5), (35, -15)]
    still = np.concatenate([np.array(body, float), rng.uniform(-4, 4, (42, 2))])
    still[8:29] += still[7] - still[8]
    still[29:] += still[4] - still[29]
    points = np.repeat(still[None], frames, axis=0)
    bow = 5 * np.sin(2 * np.pi * np.arange(frames) / 24)
    points[:, [4, *VIOLIN.right_hand], 0] += bow[:, None]
    points = points * scale + centre + rng.normal(0, 0.2, points.shape)
    return np.concatenate([points, np.full((frames, 50, 1), 0.9)], axis=-1)


def _write_openpose(folder: Path, people: Sequence[np.ndarray], name: str = "video") -> Path:
    """OpenPose's JSON of several people, each [frames, 50, 3]; a frame whose nose is NaN lacks that person."""
    folder.mkdir(parents=True, exist_ok=True)
    for frame in range(len(people[0])):
        found = []
        for person in people:
            points = person[frame]
            if np.isnan(points[0, 0]):
                continue
            points = np.where(np.isnan(points[:, :1]), 0.0, points)
            body = np.zeros((25, 3))
            body[:8] = points[:8]
            found.append(
                {
                    "pose_keypoints_2d": body.ravel().tolist(),
                    "hand_left_keypoints_2d": points[list(VIOLIN.left_hand)].ravel().tolist(),
                    "hand_right_keypoints_2d": points[list(VIOLIN.right_hand)].ravel().tolist(),
                }
            )
        text = json.dumps({"version": 1.3, "people": found})
        (folder / f"{name}_{frame:012d}_keypoints.json").write_text(text)
    return folder


@pytest.fixture(scope="session")
def music_video(make_video) -> Path:
    """Three seconds of a grey picture, 160 × 120 at 24 frames/s, with a tone that begins after one second."""
    return make_video(
        *["-f", "lavfi", "-i", "color=gray:s=160x120:r=24:d=3"],
        *["-f", "lavfi", "-i", "aevalsrc='0.5*sin(2*PI*440*t)*gte(t,1)':s=44100:d=3"],
        *["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "pcm_s16le"],
        suffix=".mkv",
    )


@pytest.fixture(scope="session")
def music_points(tmp_path_factory) -> Path:
    """OpenPose's JSON for :func:`music_video`: one player, the left hand missing in two frames."""
    points = _player(72)
    points[[10, 11], 8:29] = (np.nan, np.nan, 0)
    return _write_openpose(tmp_path_factory.mktemp("openpose") / "json", [points])


@pytest.fixture(scope="session")
def player() -> Callable[..., np.ndarray]:
    """See :func:`_player`."""
    return _player


@pytest.fixture(scope="session")
def write_openpose() -> Callable[..., Path]:
    """See :func:`_write_openpose`."""
    return _write_openpose


@pytest.fixture
def openings(monkeypatch) -> list[str]:
    """The names of the archives that are opened, one for each time."""
    seen: list[str] = []
    for module, name in ((tarfile, "open"), (zipfile, "ZipFile")):
        real = getattr(module, name)

        def counted(path, *rest, real=real, **named):
            if isinstance(path, (str, Path)):  # numpy opens its own files by their handles
                seen.append(Path(path).name)
            return real(path, *rest, **named)

        monkeypatch.setattr(module, name, counted)
    return seen
