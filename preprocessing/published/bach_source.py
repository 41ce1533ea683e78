"""Put the Bach Violin Dataset where it is looked for.

``python -m audio_to_body.preprocessing.published.bach_source [SOURCE]``.

SOURCE is a folder, an archive (.tar.gz or .zip) or an http address of one; without it the published repository is
fetched. Recordings come with the licences in their folders: read them before you share what you make of them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path, PurePosixPath

from audio_to_body.preprocessing.published.archives import archive_members, take_out
from audio_to_body.preprocessing.published.bach_violin import has_timing, movement_rows, recordings
from audio_to_body.preprocessing.published.download import download, is_address
from audio_to_body.skeleton.refusal import BadInput, run_command

PLACE = Path("data/bach_violin")
PUBLISHED = "https://github.com/salu133445/bach-violin-dataset/archive/HEAD.tar.gz"
LARGEST = 4 << 30  # bytes, of an archive and of what is in it
INDEX = "info.csv"
KINDS = ("notes", "alignments", "scores", "audio")  # folders that are used, beside the files next to the index


def bach_folder() -> str | None:
    """The copy that :func:`install_bach` put in place, else the one below ``A2B_SHARED``, else none."""
    places = [PLACE]
    if os.environ.get("A2B_SHARED"):
        places.append(Path(os.environ["A2B_SHARED"]) / "data" / "bach_violin")
    return next((str(place) for place in places if (place / INDEX).is_file()), None)


def install_bach(source: str, place: Path = PLACE, progress: bool = True) -> str:
    """Copy, unpack or fetch the dataset to where commands find it, checked.

    Parameters
    ----------
    source : str
        Folder, archive or address.
    place : path
        Replaced only when the new copy is whole.
    progress : bool

    Returns
    -------
    str
        What it holds, in words.

    Raises
    ------
    BadInput
        If the source is not there, is not the dataset, or the place cannot be written.
    """
    if is_address(source):
        archive = place.with_name(place.name + ".archive")
        download(source, archive, LARGEST, progress)
        try:
            said = _install(archive, place, source)
        finally:
            archive.unlink(missing_ok=True)
        return said
    path = Path(source)
    if not path.exists():
        raise BadInput(f"{source} is not there; name a folder, an archive or an address of the Bach Violin Dataset")
    return described(path) if path.resolve() == place.resolve() else _install(path, place, source)


def described(folder: Path) -> str:
    """What a copy of the dataset holds, in words.

    Raises
    ------
    BadInput
        If it is not the dataset, or no movement of it is whole.
    """
    if not (folder / INDEX).is_file():
        raise BadInput(f"{folder} is not a copy of the Bach Violin Dataset (no {INDEX})")
    try:
        timed = [row for row in movement_rows(folder).values() if has_timing(folder, row)]
        heard = recordings(folder)
    except (KeyError, UnicodeDecodeError) as error:
        raise BadInput(f"{folder / INDEX} is not the list of the Bach Violin Dataset ({error})") from None
    if not timed:
        raise BadInput(f"{folder} has no movement with notes, alignment and score; fetch the whole dataset")
    return f"{folder}: {len(timed)} movements with notes, alignment and score, {len(heard)} of them with their sound"


def _install(source: Path, place: Path, name: str) -> str:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=place.name + ".", dir=place.parent) as scratch:
            fresh = Path(scratch) / place.name
            if source.is_dir():
                _copy(source, fresh)
            else:
                _unpack(source, fresh, name)
            said = described(fresh)
            if place.exists():
                place.rename(Path(scratch) / "before")
            fresh.rename(place)
    except OSError as error:
        raise BadInput(f"{place} cannot be written ({error.strerror}); choose another place with --into") from None
    return said.replace(str(fresh), str(place), 1)


def _copy(source: Path, fresh: Path) -> None:
    if not (source / INDEX).is_file():
        raise BadInput(f"{source} is not a copy of the Bach Violin Dataset (no {INDEX})")
    fresh.mkdir()
    for entry in source.iterdir():
        if entry.is_file():
            shutil.copyfile(entry, fresh / entry.name)
        elif entry.name in KINDS:
            shutil.copytree(entry, fresh / entry.name, copy_function=shutil.copyfile)


def _unpack(archive: Path, fresh: Path, name: str) -> None:
    """Take the folder that holds the index out of an archive, wherever it lies in it."""
    indices = (path for path, _, _ in archive_members(archive, name) if path.name == INDEX)
    index = min(indices, key=lambda path: len(path.parts), default=None)
    if index is None:
        raise BadInput(f"{name} is not an archive of the Bach Violin Dataset (no {INDEX} in it)")
    above = index.parts[:-1]

    def inside(path: PurePosixPath) -> tuple[str, ...] | None:
        if path.parts[: len(above)] != above:
            return None
        place = path.parts[len(above) :]
        return place if len(place) < 2 or place[0] in KINDS else None

    take_out(archive, name, fresh, inside, LARGEST)


def _main(arguments: argparse.Namespace) -> int:
    print(install_bach(arguments.source, Path(arguments.into)))
    return 0


def cli() -> int:
    """Parse, fetch, check."""
    parser = argparse.ArgumentParser(
        prog="python -m audio_to_body.preprocessing.published.bach_source", description=__doc__
    )
    parser.add_argument(
        "source", nargs="?", default=PUBLISHED, metavar="SOURCE", help=f"folder, archive or address ({PUBLISHED})"
    )
    parser.add_argument("--into", default=str(PLACE), metavar="FOLDER", help=f"where it goes (default: {PLACE})")
    return run_command(_main, parser.parse_args())


if __name__ == "__main__":
    sys.exit(cli())
