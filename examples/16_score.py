"""Notes that are known become motion: ``python examples/16_score.py piece.mid violin``."""

from __future__ import annotations

from pathlib import Path

from audio_to_body import save_motion
from audio_to_body.inference.score_playing import play_part
from audio_to_body.inference.session import load
from audio_to_body.scores.choosing import choose
from audio_to_body.scores.performing import bowed, performed
from audio_to_body.scores.playable import playable
from audio_to_body.scores.reading import read_piece
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.refusal import run_script


def main(path: str, instrument: str = "violin", *, seed: int = 0) -> None:
    """Play a MIDI or MusicXML file, print its notes and which way the bow goes, and write the motion."""
    piece, record = read_piece(path), instrument_named(instrument)
    part = performed(piece, choose(piece, instrument).part, record, seed)  # MIDI stays as it was played
    part = playable(part, record).part
    if record.bowed:
        part = bowed(part, seed)
    for onset, pitch, way in zip(part.notes.onset, part.notes.pitch, part.marks.bow):
        print(f"{onset:7.3f} s  pitch {pitch:3d}  {('up-bow', '', 'down-bow')[way + 1]}")
    target = Path(path).with_suffix(".npz")
    save_motion(play_part(part, load(instrument)), target)
    print(target)


if __name__ == "__main__":
    run_script(main, __doc__)
