"""Put ``hands.npz`` where ``DATA=pianomime`` looks.

``python -m audio_to_body.preprocessing.published.pianomime_source [SOURCE]``.

SOURCE is a hands.npz, a copy of PianoMime's ``dataset_hl.zarr``, or an address of one; without it the published one
is fetched (32 MB of its chunks) and converted.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from audio_to_body.musician.human_hands import SOURCE_FPS, read_hands, song_of_clips
from audio_to_body.preprocessing.published.download import is_address
from audio_to_body.preprocessing.published.pianomime_zarr import fetch_zarr, read_zarr
from audio_to_body.skeleton.files import read_arrays, write_arrays
from audio_to_body.skeleton.refusal import BadInput, run_command

PLACE = Path("data/pianomime/hands.npz")
PUBLISHED = "https://raw.githubusercontent.com/sNiper-Qian/pianomime/HEAD/dataset_hl.zarr"


def install_hands(source: str, place: Path = PLACE, progress: bool = True) -> str:
    """Check human hands and put them where experiments find them.

    Parameters
    ----------
    source : str
        A ``hands.npz``, a folder ``dataset_hl.zarr``, or an address of such a folder.
    place : path
        Written only when the source is whole.
    progress : bool

    Returns
    -------
    str
        What it holds, in words.

    Raises
    ------
    BadInput
        If it is not of human hands, or the place cannot be written.
    """
    path = Path(source)
    try:
        if is_address(source):
            folder = place.parent / "dataset_hl.zarr"
            fetch_zarr(source, folder, progress)
            arrays = read_zarr(folder)
        elif path.is_dir():
            arrays = read_zarr(path)
        else:
            read_hands(path)
            with read_arrays(path, "a file of human hands", "fetch it again") as file:
                arrays = dict(file)
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.resolve() != place.resolve():
            write_arrays(place, arrays)
    except OSError as error:
        raise BadInput(f"{place} cannot be written ({error.strerror}); choose another place with --into") from None
    clips = read_hands(place)
    hours = float((clips.ends - clips.starts).sum()) / SOURCE_FPS / 3600
    return f"{place}: {hours:.2f} h, {len(clips)} clips, about {len(set(song_of_clips(clips).tolist()))} songs"


def _main(arguments: argparse.Namespace) -> int:
    place = Path(arguments.into)
    source = arguments.source or (str(place) if place.is_file() else PUBLISHED)
    print(install_hands(source, place))
    return 0


def cli() -> int:
    """Parse, fetch or read, check, write."""
    parser = argparse.ArgumentParser(
        prog="python -m audio_to_body.preprocessing.published.pianomime_source", description=__doc__
    )
    parser.add_argument("source", nargs="?", metavar="SOURCE", help="hands.npz, dataset_hl.zarr or its address")
    parser.add_argument("--into", default=str(PLACE), metavar="FILE", help=f"where it goes (default: {PLACE})")
    return run_command(_main, parser.parse_args())


if __name__ == "__main__":
    sys.exit(cli())
