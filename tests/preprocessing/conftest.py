"""Small videos made by ffmpeg, and real ones where they are present."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from preprocessing.ffmpeg import ffmpeg_path


@pytest.fixture(scope="session")
def make_video(tmp_path_factory) -> Callable[..., Path]:
    """Make a video from ffmpeg arguments; equal arguments give the same file."""
    folder = tmp_path_factory.mktemp("videos")
    made: dict[tuple[str, ...], Path] = {}

    def make(*arguments: str, suffix: str = ".mp4") -> Path:
        key = (*arguments, suffix)
        if key not in made:
            path = folder / f"video{len(made)}{suffix}"
            command = [ffmpeg_path(), "-hide_banner", "-loglevel", "error", "-nostdin", *arguments, str(path)]
            subprocess.run(command, check=True, timeout=120)
            made[key] = path
        return made[key]

    return make


@pytest.fixture(scope="session")
def violin_clip(shared_data: Path) -> Path:
    """A seated violinist, 10 s."""
    path = shared_data / "violin_clip" / "urmp_vln1.mp4"
    if not path.is_file():
        pytest.skip(f"{path} is absent")
    return path
