"""Fetch a source's archive, check it, and keep of it what sounds."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

from audio_to_body.preprocessing.note_sound.sources import Source
from audio_to_body.preprocessing.published.archives import take_out
from audio_to_body.preprocessing.published.download import download
from audio_to_body.skeleton.files import replacing_folder
from audio_to_body.skeleton.refusal import BadInput

LARGEST = 4 << 30  # bytes of an archive and of what is in it
KEPT = (".ogg", ".flac", ".wav", ".mp3", ".sfz", ".txt", ".md")


def sha256_of(path: Path) -> str:
    """Checksum of a file, hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def fetch_source(source: Source, data: Path, progress: bool = True) -> Path:
    """Fetch a source to its place below the folder of data.

    Parameters
    ----------
    source : Source
        With an address.
    data : path
    progress : bool

    Returns
    -------
    Path
        Where it lies.

    Raises
    ------
    BadInput
        If it cannot be fetched, is not what its checksum says, or leads elsewhere.
    """
    place = data / source.place
    archive = place.with_name(place.name + ".archive")
    download(source.address, archive, LARGEST, progress)
    try:
        if source.sha256 and sha256_of(archive) != source.sha256:
            raise BadInput(f"{source.address} is not what it was (its checksum differs); look at it before using it")
        with replacing_folder(place) as fresh:
            _unpack(archive, fresh, source)
    finally:
        archive.unlink(missing_ok=True)
    return place


def _unpack(archive: Path, fresh: Path, source: Source) -> None:
    def inside(path: PurePosixPath) -> tuple[str, ...] | None:
        return path.parts[1:] if path.suffix.lower() in KEPT else None  # archives hold one folder

    total = take_out(archive, source.address, fresh, inside, LARGEST)
    if not total:
        raise BadInput(f"{source.address} holds no sound; look for where the instrument moved")
