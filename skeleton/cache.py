"""Where this system keeps what can be made again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "A2B_CACHE"  # names another folder
FOLDER = "audio-to-body-dynamics"


def cache_folder(of: str) -> Path:
    """A folder for one kind of things; it need not exist yet.

    Parameters
    ----------
    of : str
        The kind: ``meshes``, ``scores``, ...
    """
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE]) / of
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / FOLDER / of
