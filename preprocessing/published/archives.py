"""Read what lies in a published archive (.tar.gz, .tgz, .zip), file by file."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Iterator
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
