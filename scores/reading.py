"""Which files hold scores, and who reads them."""

from __future__ import annotations

import os
from pathlib import Path

from audio_to_body.scores.midi import read_midi
from audio_to_body.scores.piece import Piece
from audio_to_body.skeleton.refusal import BadInput

MIDI_ENDINGS = (".mid", ".midi", ".kar", ".rmi", ".smf")
LONGEST = 6 * 3600.0  # s that a musician plays at most


def is_score(path: str | os.PathLike[str]) -> bool:
    """Whether a file's name says that it holds notes, not sound."""
    return Path(path).suffix.lower() in MIDI_ENDINGS


def read_piece(path: str | os.PathLike[str]) -> Piece:
    """Read a score of any kind.

    Raises
    ------
    BadInput
        If it cannot be read, holds no notes that a violinist or pianist could play, or is longer than six hours.
    """
    piece = read_midi(path)
    if piece.seconds > LONGEST:
        raise BadInput(
            f"{piece.name} lasts {piece.seconds / 3600:.1f} hours, {LONGEST / 3600:.0f} can be played at most; "
            "look at its tempo and its rests"
        )
    return piece
