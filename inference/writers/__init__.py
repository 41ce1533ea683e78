"""One writer per output format, and the table of those there are."""

from __future__ import annotations

from collections.abc import Sequence

from audio_to_body.inference.writers.base import Source, Writer
from audio_to_body.inference.writers.csv import CsvWriter
from audio_to_body.inference.writers.mp4 import Mp4Writer
from audio_to_body.inference.writers.npz import NpzWriter
from audio_to_body.inference.writers.openpose_json import OpenPoseJsonWriter
from audio_to_body.skeleton.refusal import BadInput

__all__ = ["Source", "WRITERS", "Writer", "parse_formats", "register"]

WRITERS: dict[str, Writer] = {
    writer.format: writer for writer in (Mp4Writer(), NpzWriter(), CsvWriter(), OpenPoseJsonWriter())
}


def register(writer: Writer) -> None:
    """Add a format, or replace the writer of one (the avatar's rooms lie above this one)."""
    WRITERS[writer.format] = writer


def parse_formats(text: str | Sequence[str]) -> list[Writer]:
    """Writers of a comma-separated list of formats, in its order.

    Raises
    ------
    BadInput
        If a format is unknown or none is named.
    """
    names = [name.strip().lower() for name in (text.split(",") if isinstance(text, str) else text)]
    names = list(dict.fromkeys(name for name in names if name))
    unknown = [name for name in names if name not in WRITERS]
    if unknown or not names:
        what = f"unknown format '{unknown[0]}'" if unknown else "no output format named"
        raise BadInput(f"{what}; known: {', '.join(WRITERS)}")
    return [WRITERS[name] for name in names]
