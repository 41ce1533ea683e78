"""Read what lies in a published archive (.tar.gz, .tgz, .zip), file by file."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from audio_to_body.skeleton.refusal import BadInput


def archive_members(archive: Path, name: str) -> Iterator[tuple[PurePosixPath, int, IO[bytes]]]:
    """Every plain file of an archive: path, bytes, what reads it. Links and devices are passed over.

    Parameters
    ----------
    archive : path
    name : str
        What a refusal calls it.

    Raises
    ------
    BadInput
        If it cannot be read.
    """
    try:
        yield from _members(archive)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise BadInput(f"{name} is not an archive that can be read ({error}); fetch it again") from None


def _members(archive: Path) -> Iterator[tuple[PurePosixPath, int, IO[bytes]]]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            for entry in packed.infolist():
                if not entry.is_dir():
                    with packed.open(entry) as file:
                        yield PurePosixPath(entry.filename), entry.file_size, file
        return
    with tarfile.open(archive, "r:*") as tape:
        for member in tape:
            content = tape.extractfile(member) if member.isreg() else None
            if content is not None:
                yield PurePosixPath(member.name), member.size, content


def take_out(
    archive: Path,
    name: str,
    folder: Path,
    inside: Callable[[PurePosixPath], tuple[str, ...] | None],
    largest: int,
) -> int:
    """Lay some files of an archive into a folder.

    Parameters
    ----------
    archive : path
    name : str
        What messages call it.
    folder : path
    inside : callable (path) -> tuple of str, or None
        Where in the folder a file goes; None, or nowhere, for what stays behind.
    largest : int
        Bytes of all that is taken.

    Returns
    -------
    int
        Bytes that were taken.

    Raises
    ------
    BadInput
        If a file leads out of the folder, or it is more than ``largest``.
    """
    total = 0
    for path, size, file in archive_members(archive, name):
        place = inside(path)
        if not place:
            continue
        total += size
        if ".." in place or total > largest:
            raise BadInput(f"{name} holds files that lead elsewhere or are too large")
        target = folder.joinpath(*place)
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, "wb") as out:
            shutil.copyfileobj(file, out)
    return total
