"""What ``audio-to-body play piece.mid`` reads and calls: scores instead of sound."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from audio_to_body.command_line.arguments import DEFAULT_FORMATS
from audio_to_body.scores.endings import is_score
from audio_to_body.skeleton.refusal import BadInput

if TYPE_CHECKING:
    from audio_to_body.inference.performance import Progress, SoundOutcome
    from audio_to_body.inference.score_following import ScoreInHand
    from audio_to_body.inference.session import Session
    from audio_to_body.inference.writers import Writer

WITH_RECORDING = ("part", "seed")  # flags that mean something beside --score too
FLAGS = ("part", "seed", "tempo", "sound", "sound_font", "fluidsynth")


def add_arguments(parse: argparse.ArgumentParser) -> None:
    """The flags of scores."""
    group = parse.add_argument_group(
        "scores", "MIDI is played as it is, MusicXML (.musicxml, .mxl), ABC and Humdrum as a player would perform it"
    )
    group.add_argument(
        "--score",
        type=Path,
        metavar="FILE",
        help="of the recording: its notes are played, when and as loud as they sound",
    )
    group.add_argument(
        "--part",
        action="append",
        metavar="NAME",
        help="which part to play, by name or number, or all; may be given several times (default: what suits)",
    )
    group.add_argument("--seed", type=int, metavar="N", help="which player performs what is written (default: 0)")
    group.add_argument("--tempo", type=float, metavar="BPM", help="quarter notes a minute of what is written")
    group.add_argument("--sound", action="store_true", help="write the sound too, as .wav")
    group.add_argument("--sound-font", type=Path, metavar="FILE", help="samples to make the sound of (.sf2)")
    group.add_argument("--fluidsynth", action="store_true", help="let FluidSynth, where it is installed, play them")


def refuse_without_score(arguments: argparse.Namespace) -> None:
    """Refuse flags of scores where only sound is named, and scores where only sound can be played.

    Raises
    ------
    BadInput
    """
    scores = [name for name in arguments.audio if is_score(name)]
    if scores and len(scores) == len(arguments.audio) and (arguments.raw or arguments.track is not None):
        raise BadInput(f"--{'raw' if arguments.raw else 'track'} is for sound; {scores[0]} is a score")
    if scores and len(scores) == len(arguments.audio) and arguments.lift:
        raise BadInput(f"--lift is for motions in pixels; {scores[0]} is a score, which is played in metres")
    heard = arguments.sound or "mp4" in (arguments.formats or DEFAULT_FORMATS)
    if heard and arguments.sound_font is not None and not arguments.sound_font.is_file():
        raise BadInput(f"there is no sound font {arguments.sound_font}; check the path")
    if arguments.live and scores:
        raise BadInput(f"--live plays sound as it comes; {scores[0]} is a score: leave --live out")
    if arguments.score is not None:
        _refuse_beside_recording(arguments, scores)
    given = [name for name in FLAGS if getattr(arguments, name) not in (None, False)]
    if arguments.score is not None:
        given = [name for name in given if name not in WITH_RECORDING]
    if given and arguments.score is not None:
        flag = given[0].replace("_", "-")
        raise BadInput(f"--{flag} is for a score that is played alone; a recording has its own; leave it out")
    if given and not scores:
        raise BadInput(f"--{given[0].replace('_', '-')} is for scores; name a MIDI or MusicXML file")


def _refuse_beside_recording(arguments: argparse.Namespace, scores: Sequence[str]) -> None:
    """Refuse a score in hand where it cannot be read along."""
    if arguments.live:
        raise BadInput("--score is read along with a whole recording; leave --live out")
    if scores:
        raise BadInput(f"--score is for a recording; {scores[0]} is a score itself, which is played without it")
    if arguments.faithful:
        raise BadInput("--score hands in notes and the --faithful nets play sound; leave one of them out")


def score_in_hand(arguments: argparse.Namespace) -> ScoreInHand:
    """The score that recordings are played from.

    Raises
    ------
    BadInput
        If it cannot be read, or the flags make no sense.
    """
    from audio_to_body.inference.score_following import ScoreInHand

    return ScoreInHand(arguments.score, tuple(arguments.part or ()), seed_of(arguments))


def seed_of(arguments: argparse.Namespace) -> int:
    """The seed that is given, or 0.

    Raises
    ------
    BadInput
        If it is negative.
    """
    if arguments.seed is not None and arguments.seed < 0:
        raise BadInput(f"--seed is {arguments.seed}; it is a whole number from 0")
    return arguments.seed or 0


def play_score(
    name: str,
    arguments: argparse.Namespace,
    session_of: Callable[[str], Session],
    writers: Sequence[Writer],
    folder: Path,
    taken: dict[Path, Path],
    progress: Progress,
) -> SoundOutcome:
    """Play one score.

    Raises
    ------
    BadInput
        If the flags make no sense.
    """
    from audio_to_body.inference.score_performance import Order, perform_score

    order = Order(
        arguments.instrument,
        tuple(arguments.part or ()),
        seed_of(arguments),
        arguments.tempo,
        arguments.sound,
        arguments.sound_font,
        arguments.fluidsynth,
    )
    return perform_score(
        Path(name), order, session_of, writers, folder, force=arguments.force, taken=taken, progress=progress
    )
