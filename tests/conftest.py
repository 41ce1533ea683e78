"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
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
