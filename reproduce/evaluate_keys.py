"""Which keys the pianist presses: ``python -m audio_to_body.reproduce.evaluate_keys SOUND NOTES [SOUND NOTES …]``.

NOTES is a text of what is played in SOUND, a line a note: its beginning in seconds and its MIDI pitch first, whatever
follows; lines that do not begin with a number are left out. The musician is judged, not the net that hears: keys that
go down under his fingers, by all three latencies.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from audio_to_body.inference.planning import FILE, LOW, USUAL
from audio_to_body.inference.session import Session, load
from audio_to_body.models.key_presses import KeyPresses, measured_presses
from audio_to_body.reproduce.note_recordings import read_notes
from audio_to_body.reproduce.players import frames_of
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.refusal import BadInput, run_command


def pressed(session: Session, sound: str | Path, written: Notes, latency: str) -> tuple[KeyPresses, float]:
    """The pianist's presses in a sound measured against its notes, and the latency in ms."""
    frames, late = frames_of(sound, session, latency)
    measured = measured_presses(frames.tracks["keys_pressed"], written, frames.tracks["hands_mm"])
    return measured, late


def table(rows: Sequence[tuple[str, str, KeyPresses, float]]) -> str:
    """The measures as a Markdown table."""
    lines = [
        "| sound | latency | notes | presses | F1 ±50 ms | F1 ±100 ms | wrong a minute | finger there 80 ms before |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, latency, row, late in rows:
        told = latency if latency == FILE else f"{latency}, {late:.0f} ms"
        lines.append(
            f"| {name} | {told} | {row.near.written} | {row.near.heard} | {row.close.f1:.3f} | {row.near.f1:.3f} "
            f"| {row.wrong_a_minute:.1f} | {row.ready_share:.0%} |"
        )
    return "\n".join(lines)


def _main(arguments: argparse.Namespace) -> int:
    if not arguments.files or len(arguments.files) % 2:
        raise BadInput("sounds and notes come in pairs: name SOUND NOTES, and more of both")
    session = load(arguments.model, "cpu")
    rows = []
    for sound, notes in zip(arguments.files[::2], arguments.files[1::2]):
        written = read_notes(notes)
        for latency in (FILE, USUAL, LOW):
            rows.append((Path(sound).stem, latency, *pressed(session, sound, written, latency)))
    print(table(rows))
    return 0


def cli() -> int:
    """Parse, evaluate, print."""
    parser = argparse.ArgumentParser(prog="python -m audio_to_body.reproduce.evaluate_keys", description=__doc__)
    parser.add_argument("files", nargs="*", metavar="FILE", help="a sound and its notes, and more of both")
    parser.add_argument("--model", default="piano", metavar="FILE", help="a piano+ net (default: the shipped)")
    return run_command(_main, parser.parse_args())


if __name__ == "__main__":
    sys.exit(cli())
