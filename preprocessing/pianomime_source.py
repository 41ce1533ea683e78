"""Put ``hands.npz`` where ``DATA=pianomime`` looks for it: ``python -m preprocessing.pianomime_source [FILE]``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from preprocessing.dataset import write_aside
from preprocessing.human_hands import SOURCE_FPS, read_hands, song_of_clips
from skeleton.refusal import BadInput, run_command

PLACE = Path("data/pianomime/hands.npz")
SOURCE = "https://github.com/sNiper-Qian/pianomime"


def install_hands(file: Path, place: Path = PLACE) -> str:
    """Check a file of human hands and copy it to where experiments find it.

    Returns
    -------
    str
        What it holds, in words.

    Raises
    ------
    BadInput
        If it is not a file of human hands, or the place cannot be written.
    """
    clips = read_hands(file)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if file.resolve() != place.resolve():
            write_aside(place, file.read_bytes())
    except OSError as error:
        raise BadInput(f"{place} cannot be written ({error.strerror}); choose another place with --into") from None
    hours = float((clips.ends - clips.starts).sum()) / SOURCE_FPS / 3600
    return f"{place}: {hours:.2f} h, {len(clips)} clips, about {len(set(song_of_clips(clips).tolist()))} songs"


def _main(arguments: argparse.Namespace) -> int:
    place = Path(arguments.into)
    file = Path(arguments.file) if arguments.file else place
    if arguments.file is None and not place.is_file():
        raise BadInput(
            f"{place} is not there and cannot be fetched in this form: the hands are published as dataset_hl.zarr in "
            f"{SOURCE}, hands.npz is made of it (keypoints_m, pianoroll, clip_ends at {SOURCE_FPS:g} frames/s); name "
            "the file that you have"
        )
    print(install_hands(file, place))
    return 0


def cli() -> int:
    """Parse, check, copy."""
    parser = argparse.ArgumentParser(prog="python -m preprocessing.pianomime_source", description=__doc__)
    parser.add_argument("file", nargs="?", metavar="FILE", help="hands.npz that you have")
    parser.add_argument("--into", default=str(PLACE), metavar="FILE", help=f"where it goes (default: {PLACE})")
    return run_command(_main, parser.parse_args())


if __name__ == "__main__":
    sys.exit(cli())
