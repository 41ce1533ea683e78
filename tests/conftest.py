"""Fixtures that every room's tests share."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import platform
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from audio_to_body.sound.ffmpeg import ffmpeg_path

REPOSITORY = Path(__file__).resolve().parent.parent


LONGEST_NAME = 60


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a file's content, or a long text, by its argument: tests that run side by side must bear equal names.

    A zip file, for one, holds the time it was made at, and two collections a second apart then differ.
    """
    if isinstance(val, bytes) or (isinstance(val, str) and len(val) > LONGEST_NAME):
        return argname
    return None


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout's top folder."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real recordings: ``A2B_SHARED`` or ``../shared`` beside the checkout; skips where they are absent."""
    folder = Path(os.environ.get("A2B_SHARED", REPOSITORY.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip(f"real recordings are absent ({folder}); set A2B_SHARED to their folder")
    return folder


@pytest.fixture(autouse=True)
def default_arithmetic() -> None:
    """Undo what an onnxruntime session of an earlier test left on this thread.

    ``session.set_denormal_as_zero`` stays set on the thread that made the session, and hypothesis refuses to draw
    numbers where the smallest ones vanish. ``fesetenv(FE_DFL_ENV)`` gives the thread its arithmetic back.
    """
    library = ctypes.util.find_library("m")
    if library and platform.machine() in ("x86_64", "AMD64"):
        default = ctypes.c_void_p(-1)  # FE_DFL_ENV in glibc
        ctypes.CDLL(library).fesetenv(default)


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
