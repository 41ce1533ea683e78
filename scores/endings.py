"""Which endings of file names say that notes are in a file; loads nothing heavy, as the command line asks first."""

from __future__ import annotations

import os
from pathlib import Path

MIDI_ENDINGS = (".mid", ".midi", ".kar", ".rmi", ".smf")
XML_ENDINGS = (".musicxml", ".mxl", ".xml")
MUSIC21_ENDINGS = (".abc", ".krn")  # ABC and Humdrum, which music21 turns into MusicXML


def is_score(path: str | os.PathLike[str]) -> bool:
    """Whether a file's name says that it holds notes, not sound."""
    return Path(path).suffix.lower() in MIDI_ENDINGS + XML_ENDINGS + MUSIC21_ENDINGS
