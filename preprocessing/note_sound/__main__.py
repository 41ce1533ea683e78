"""Bank and note library: ``python -m audio_to_body.preprocessing.note_sound --data DATA --out BANK [--fetch]``.

What is not at hand is fetched where that is asked for and it has an address, else left out with a word.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from audio_to_body.preprocessing.note_sound.bank import bank_folder
from audio_to_body.preprocessing.note_sound.bank_building import build_bank
from audio_to_body.preprocessing.note_sound.library_building import build_library
from audio_to_body.preprocessing.note_sound.recorded_notes import place_of
from audio_to_body.preprocessing.note_sound.source_fetching import fetch_source, sha256_of
from audio_to_body.preprocessing.note_sound.sources import SOURCES, Source
from audio_to_body.skeleton.program import from_zero
from audio_to_body.skeleton.refusal import BadInput, run_command


def _at_hand(source: Source, data: Path, fetch: bool) -> str:
    """What there is of a source, in a word or two; fetched where that is wanted."""
    place = place_of(source, data)
    if not place.exists():
        if not fetch or not source.address:
            return "not at hand"
        try:
            fetch_source(source, data)
        except BadInput as refusal:
            return f"not fetched: {refusal}"
        return "fetched"
    if source.sha256 and place.is_file() and sha256_of(place) != source.sha256:
        return "at hand, another version than ours"
    return "at hand"


def _main(arguments: argparse.Namespace) -> int:
    data, out = Path(arguments.data), Path(arguments.out)
    for source in SOURCES:
        print(f"{source.name} ({source.kind}; {source.licence}; {source.origin}): ", end="", flush=True)
        print(_at_hand(source, data, arguments.fetch))
    for line in build_bank(data, out, arguments.only):
        print(line)
    if not arguments.only:
        for line in build_library(data, out, arguments.seed):
            print(line)
    return 0


def cli() -> int:
    """Parse, fetch, build, report."""
    parser = argparse.ArgumentParser(prog="python -m audio_to_body.preprocessing.note_sound", description=__doc__)
    shared = os.environ.get("A2B_SHARED")
    default = Path(shared) / "data" if shared else Path("data")
    parser.add_argument("--data", default=default, metavar="FOLDER", help="with sounds, rooms, notes (%(default)s)")
    parser.add_argument("--out", default=bank_folder(), metavar="BANK", help="the bank (default: %(default)s)")
    parser.add_argument("--fetch", action="store_true", help="fetch what is not at hand and has an address")
    parser.add_argument("--only", nargs="+", default=[], metavar="SET", help="renew these sets alone")
    parser.add_argument("--seed", type=from_zero, default=0, help="of the scores' performances (default: 0)")
    return run_command(_main, parser.parse_args())


if __name__ == "__main__":
    sys.exit(cli())
