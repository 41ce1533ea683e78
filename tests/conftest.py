"""Fixtures that every room's tests share."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import platform
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


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
