"""Frames of the musician's video with what is played under them: ``python -m audio_to_body.reproduce.strips SOUND``.

Around some beginnings of notes a picture shows the musician two frames before and one after, and the notes: of a
pianist falling onto the keys they belong to, written ones as outlines, pressed ones filled, in the colour of the hand
and with the finger's number; of a violinist from left to right, with the strings under the bow and its strokes. What
sounds without its key, or a key without its sound, is named in red. To look at, and to judge with one's own eyes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from audio_to_body.inference.prediction import predict
from audio_to_body.inference.session import load
from audio_to_body.reproduce.note_recordings import read_notes
from audio_to_body.reproduce.strip_drawing import piano_tile, sheet, stage_of, violin_tile
from audio_to_body.reproduce.strip_pieces import PIECES, PLUCKED, piece_named
from audio_to_body.skeleton.files import check_free, write_bytes
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.program import called_as, example
from audio_to_body.skeleton.refusal import BadInput, run_command

NAME = "python -m audio_to_body.reproduce.strips"
MOMENTS, COLUMNS = 20, 4
TOGETHER = 0.05  # s within which beginnings are one
MARGIN = 0.3  # s that a moment lies from the ends of the motion


def moments_of(notes: Notes, first: float, last: float, count: int) -> np.ndarray:
    """Some beginnings of notes, spread evenly over all of them between two times, seconds.

    Raises
    ------
    BadInput
        If no note begins there.
    """
    onset = np.unique(notes.onset[(notes.onset >= first) & (notes.onset <= last)])
    if not len(onset):
        raise BadInput(f"no note begins between {first:g} and {last:g} s; name another part with --from and --to")
    onset = onset[np.concatenate([[True], np.diff(onset) > TOGETHER])]
    chosen = np.unique(np.linspace(0, len(onset) - 1, min(count, len(onset))).round().astype(int))
    return np.asarray(onset[chosen])


def strips(motion: Motion, notes: Notes | None, first: float, last: float, count: int, columns: int) -> np.ndarray:
    """The sheet of pictures, uint8 ``[height, width, 3]`` BGR.

    Parameters
    ----------
    motion : Motion
        Of a musician who plays notes.
    notes : Notes, optional
        As written; without them the pressed or stopped ones alone are shown.
    first, last : float
        Seconds between which moments are taken.
    count, columns : int
        How many, and how many beside each other.

    Raises
    ------
    BadInput
        If the motion does not tell what is played, or nothing is played there.
    """
    known = motion.tracks
    last = min(last, len(motion) / motion.fps - MARGIN)
    if "keys_pressed" in known:
        from audio_to_body.models.key_presses import pressed_notes

        pressed = pressed_notes(np.asarray(known["keys_pressed"]))
        moments = moments_of(pressed if notes is None else notes, first, last, count)
        stage = stage_of(motion, moments)
        return sheet([piano_tile(motion, stage, moment, notes) for moment in moments], columns)
    if {"bow_speed", "string", "finger_position"} - set(known):
        raise BadInput("the motion does not tell what is played; the expressive nets' motions do")
    moments = moments_of(_stroked(motion) if notes is None else notes, first, last, count)
    stage = stage_of(motion, moments)
    return sheet([violin_tile(motion, stage, moment, notes) for moment in moments], columns)


def _stroked(motion: Motion) -> Notes:
    """Where the bow turns, as notes without a pitch."""
    speed = np.sign(np.asarray(motion.tracks["bow_speed"]))
    turn = np.flatnonzero((speed[1:] != speed[:-1]) & (speed[1:] != 0)) + 1
    return Notes(turn / motion.fps, turn / motion.fps, np.zeros(len(turn)))


def main(argv: Sequence[str] | None = None) -> int:
    """Play, draw, write."""
    about = str(__doc__).split("\n")[0]
    flags = argparse.ArgumentParser(
        prog=called_as(NAME),
        description=about,
        epilog=example("chopin.ogg --notes chopin.csv --out chopin.png", NAME),
    )
    flags.add_argument("sound", help=f"any recording; or {' or '.join(PIECES)}, from samples")
    flags.add_argument(
        "--notes", type=Path, help="what is written: a CSV file with columns start, pitch, perhaps end"
    )
    flags.add_argument("--instrument", choices=("piano", "violin"), help="default: piano")
    flags.add_argument("--model", metavar="FILE", help="a net of your own (default: the shipped)")
    flags.add_argument("--from", dest="first", type=float, default=0.0, metavar="S", help="s of the first moment")
    flags.add_argument("--to", dest="last", type=float, default=np.inf, metavar="S", help="s of the last moment")
    flags.add_argument("--moments", type=int, default=MOMENTS, help=f"how many (default: {MOMENTS})")
    flags.add_argument("--columns", type=int, default=COLUMNS, help=f"beside each other (default: {COLUMNS})")
    flags.add_argument("--out", type=Path, required=True, metavar="PNG", help="the picture")
    flags.add_argument("--force", action="store_true", help="write over a picture that is there")
    chosen = flags.parse_args(argv)
    if min(chosen.moments, chosen.columns) < 1:
        raise BadInput("--moments and --columns are at least 1")
    if chosen.sound in PIECES and chosen.notes:
        raise BadInput(f"--notes are of a recording; those of {chosen.sound} are known: leave them out")
    if chosen.instrument and (chosen.model or chosen.sound == PLUCKED):
        said = "the model" if chosen.model else chosen.sound
        raise BadInput(f"--instrument chooses among the nets that ship, and {said} says who plays; leave it out")
    check_free(chosen.out, chosen.force)
    notes = read_notes(chosen.notes) if chosen.notes else None
    sound: str | np.ndarray = chosen.sound
    if chosen.sound in PIECES:
        sound, notes = piece_named(chosen.sound)
    instrument = "violin" if chosen.sound == PLUCKED else chosen.instrument or "piano"
    motion = predict(sound, load(chosen.model or instrument, "cpu"))
    picture = strips(motion, notes, chosen.first, chosen.last, chosen.moments, chosen.columns)
    written = small_png(picture)
    write_bytes(chosen.out, written)
    print(f"{chosen.out}, {len(written) / 1e6:.2f} MB")
    return 0


def small_png(picture: np.ndarray) -> bytes:
    """A picture of few colours as PNG: 128 of them, chosen for it."""
    import io

    from PIL import Image

    kept = io.BytesIO()
    Image.fromarray(picture[..., ::-1]).quantize(128, dither=Image.Dither.NONE).save(kept, "PNG", optimize=True)
    return kept.getvalue()


if __name__ == "__main__":
    sys.exit(run_command(main))
