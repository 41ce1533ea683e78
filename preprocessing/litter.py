"""What systems leave beside a person's files: a Mac's twins and folders, hidden files."""

from __future__ import annotations

from pathlib import PurePosixPath

MAC_FOLDER = "__MACOSX"  # in archives that a Mac packs: a twin of every file


def is_litter(name: str) -> bool:
    """Whether a name, with folders or without, is one that a system made and no person looks at."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return any(part == MAC_FOLDER or (part.startswith(".") and part not in (".", "..")) for part in parts)
