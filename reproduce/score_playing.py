"""How exactly scores are played: ``python -m audio_to_body.reproduce.score_playing piece.mxl [more …]``.

A pianist's keys against the notes, a violinist's strokes (the bow turns, or is set anew) against the notes that begin
them, both within a frame; what the instrument cannot play is left out first. ``corpus:NAME`` is a piece of music21's
corpus.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from audio_to_body.inference.performance import SoundOutcome
from audio_to_body.inference.score_performance import Order, prepared
from audio_to_body.inference.score_playing import play_part
from audio_to_body.inference.session import load
from audio_to_body.models.key_presses import measured_presses
from audio_to_body.models.notes.scores import Agreement
from audio_to_body.reproduce.bow_turns import strokes_begun, turn_agreement
from audio_to_body.skeleton.refusal import BadInput, run_command

CORPUS = "corpus:"


def path_of(name: str) -> Path:
    """A file's path, or that of a piece of music21's corpus.

    Raises
    ------
    BadInput
        If music21 is not installed.
    """
    if not name.startswith(CORPUS):
        return Path(name)
    try:
        import music21
    except ModuleNotFoundError:
        raise BadInput(f"{name} is in music21's corpus; pip install 'audio-to-body-dynamics[score]'") from None
    return Path(music21.__file__).parent / "corpus" / name[len(CORPUS) :]


def agreement_of(path: Path, instrument: str | None) -> tuple[str, int, str, Agreement]:
    """Who plays, how many notes, what is compared, and how it agrees."""
    part, record = prepared(path, Order(instrument), SoundOutcome(path))
    tracks = play_part(part, load(record.name, "cpu")).tracks
    if record.bowed:
        return record.name, len(part), "strokes", turn_agreement(strokes_begun(tracks["bow_speed"]), part.notes)
    return record.name, len(part), "presses", measured_presses(tracks["keys_pressed"], part.notes).frame


def table(rows: Sequence[tuple[str, str, int, str, Agreement]]) -> str:
    """The measures as a Markdown table."""
    lines = ["| piece | by | notes | what | played | right | F1 |", "|---|---|---:|---|---:|---:|---:|"]
    for name, by, count, what, own in rows:
        lines.append(
            f"| {name} | {by} | {count} | {what} | {own.heard} | {own.right} of {own.written} | {own.f1:.3f} |"
        )
    return "\n".join(lines)


def main(argv: Sequence[str]) -> int:
    """Parse, play, print."""
    parse = argparse.ArgumentParser(prog="python -m audio_to_body.reproduce.score_playing", description=__doc__)
    parse.add_argument("scores", nargs="+", metavar="SCORE")
    parse.add_argument("--instrument", metavar="NAME", help="default: as the piece decides")
    chosen = parse.parse_args(argv)
    rows = [(n, *agreement_of(path_of(n), chosen.instrument)) for n in chosen.scores]
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
