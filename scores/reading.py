"""Files that hold scores, each by who reads its kind."""

from __future__ import annotations

import os
import tempfile
import warnings
from pathlib import Path

from audio_to_body.scores.endings import MUSIC21_ENDINGS, XML_ENDINGS
from audio_to_body.scores.midi import read_midi
from audio_to_body.scores.music_xml import music_xml_of, read_music_xml
from audio_to_body.scores.piece import LONGEST, Piece
from audio_to_body.skeleton.refusal import BadInput

LARGEST_TEXT = 4 << 20  # bytes of ABC or Humdrum


def read_piece(path: str | os.PathLike[str], repeats: bool = True) -> Piece:
    """Read a score of any kind.

    Parameters
    ----------
    path : path
        Its name's ending tells the kind: MIDI, MusicXML, and where music21 is installed ABC and Humdrum.
    repeats : bool
        Whether a written score's repeats are taken.

    Raises
    ------
    BadInput
        If it cannot be read, holds no notes that a violinist or pianist could play, or is longer than six hours.
    """
    ending = Path(path).suffix.lower()
    if ending in XML_ENDINGS:
        piece = read_music_xml(path, repeats)
    elif ending in MUSIC21_ENDINGS:
        piece = music_xml_of(_by_music21(Path(path)), str(path), repeats)
    else:
        piece = read_midi(path)
    if piece.seconds > LONGEST:
        raise BadInput(
            f"{piece.name} lasts {piece.seconds / 3600:.1f} hours, {LONGEST / 3600:.0f} can be played at most; "
            "look at its tempo and its rests"
        )
    return piece


def _by_music21(path: Path) -> bytes:
    """A score that music21 reads, as MusicXML."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror})") from None
    if size > LARGEST_TEXT:
        raise BadInput(f"{path} has more than {LARGEST_TEXT >> 20} MB; no score of a piece is so long")
    try:
        import music21
    except ModuleNotFoundError:
        raise BadInput(
            f"{path} is read by music21, which is not installed: pip install 'audio-to-body-dynamics[score]', "
            "or save the score as MusicXML"
        ) from None
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        try:
            stream = music21.converter.parse(path, forceSource=True)
            return Path(stream.write("musicxml", fp=Path(folder) / "score.musicxml")).read_bytes()
        except Exception as error:  # music21 raises dozens of kinds
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise BadInput(f"{path} cannot be read by music21 ({reason}); save the score as MusicXML") from None
