#!/usr/bin/env python
"""Audio in, moving musician out: reads arguments, calls inference/ and avatar/, nothing else."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

# before numpy loads: its products here are too small to share, and a second thread would only wait, wide awake
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from audio_to_body.command_line import play_live, play_score
from audio_to_body.command_line.arguments import (
    DEFAULT_FORMATS,
    KNOWN_FORMATS,
    RENDERINGS,
    open_session,
    refuse_samples_untold,
    register_formats,
    report,
    samples_told,
)
from audio_to_body.command_line.play_live import LIVE_INSTRUMENT
from audio_to_body.skeleton.console import with_dashed_files
from audio_to_body.skeleton.folders import output_folder
from audio_to_body.skeleton.instruments import INSTRUMENTS
from audio_to_body.skeleton.program import called_as, example
from audio_to_body.skeleton.progress import is_watched, progress_bar
from audio_to_body.skeleton.refusal import EXIT_REFUSED, BadInput, run_command

if TYPE_CHECKING:
    from audio_to_body.inference.casting import Casting
    from audio_to_body.inference.performance import SoundOutcome
    from audio_to_body.inference.session import Session
    from audio_to_body.skeleton.motion import Motion
    from audio_to_body.sound.audio import Decoding
    from audio_to_body.sound.received import Received

NAME = "infer_onnx.py"
TURN_SECONDS = 0.0005  # of a thread in the interpreter: Python's own 5 ms starve the decoder and the net


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parse = argparse.ArgumentParser(
        prog=called_as(NAME),
        description="Play a recording: predicts the musician's body and hands from the sound and writes the motion.",
        epilog=example("sonata.flac --formats mp4,npz,glb --out played", f"python {NAME}"),
    )
    parse.add_argument(
        "audio",
        nargs="*",
        help="sound or video files of any kind ffmpeg reads, addresses (https://…), - for standard input, or scores "
        "(.mid, .musicxml, .mxl)",
    )
    parse.add_argument(
        "--instrument",
        metavar="|".join(INSTRUMENTS),
        help=f"who plays (default: what is heard in the sound; live, before anything sounds: {LIVE_INSTRUMENT})",
    )
    parse.add_argument("--model", type=Path, metavar="FILE", help="a model file of your own (.onnx)")
    parse.add_argument(
        "--faithful",
        action="store_true",
        help="the paper's net (default: the livelier expressive net where one ships)",
    )
    parse.add_argument(
        "--amplitude", type=float, metavar="X", help="how large an expressive net's movements are (1 is as trained)"
    )
    parse.add_argument(
        "--smoothness", type=float, metavar="X", help="how gently an expressive net moves (1 is as trained)"
    )
    parse.add_argument(
        "--track",
        type=int,
        metavar="N",
        help="which of a file's sound tracks to play, from 1 (default: its default)",
    )
    parse.add_argument(
        "--formats",
        metavar="LIST",
        help=f"what to write, of {','.join(KNOWN_FORMATS)} (default: {DEFAULT_FORMATS})",
    )
    parse.add_argument(
        "--render",
        default="skeleton",
        metavar="|".join(RENDERINGS),
        help="whom the mp4 shows: a drawn musician or the 3-D avatar (default: skeleton)",
    )
    parse.add_argument(
        "--avatar", type=Path, metavar="FILE", help="a humanoid GLB or VRM of your own for glb, bvh and video"
    )
    parse.add_argument(
        "--bones", type=Path, metavar="MAP", help="which of its nodes are which bones (JSON), where names do not tell"
    )
    parse.add_argument(
        "--lift", action="store_true", help="put a motion known in pixels alone into the room, in metres, inferred"
    )
    parse.add_argument(
        "--size", metavar="WxH", help="of the mp4, also standing as 1080x1920 (default: 480 high, as wide as needed)"
    )
    parse.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="where to write (the current folder); or one file",
    )
    parse.add_argument("--force", action="store_true", help="overwrite what exists")
    parse.add_argument(
        "--device", default="auto", metavar="auto|cpu|cuda", help="default: CUDA where there is a card, else the CPU"
    )
    parse.add_argument("--quiet", action="store_true", help="no progress bar")
    play_score.add_arguments(parse)
    play_live.add_arguments(parse)
    raw = parse.add_argument_group(
        "samples without a header", "live, what comes through a pipe is taken for them where it is nothing else"
    )
    raw.add_argument("--raw", action="store_true", help="the sound is raw samples, whatever it looks like")
    raw.add_argument("--rate", type=int, metavar="HZ", help="default: 44100")
    raw.add_argument("--channels", type=int, metavar="N", help="default: 1")
    raw.add_argument("--samples", metavar="s16le|s32le|f32le", help="default: s16le")
    return parse


def main(argv: Sequence[str] | None = None) -> int:
    """Read arguments and play, files or live."""
    arguments = parser().parse_args(with_dashed_files(sys.argv[1:] if argv is None else argv))
    play_score.refuse_without_score(arguments)
    refuse_samples_untold(arguments)
    if arguments.live:
        return play_live.play_live(arguments)
    if arguments.latency is not None:
        raise BadInput("--latency is for --live; a file is played by a musician who knows what comes")
    for flag, given in (
        ("--send", arguments.send),
        ("--microphone", arguments.microphone),
        ("--no-preview", arguments.no_preview),
    ):
        if given:
            raise BadInput(f"{flag} is for --live; without it files are written and nothing is sent")
    if not arguments.audio:
        raise BadInput("no sound named; name a file, or use --live for the microphone")
    return play_files(arguments)


def musician(arguments: argparse.Namespace) -> Session | Casting:
    """Whom the arguments name; else who chooses by what is heard."""
    if arguments.model or arguments.instrument:
        return open_session(arguments, arguments.instrument)
    from audio_to_body.inference.casting import Casting

    return Casting(partial(open_session, arguments))


@dataclass(frozen=True)
class Opened:
    """A sound that is being decoded, or why it is not.

    Attributes
    ----------
    received : Received or None
    decoding : Decoding or None
    refusal : str
    """

    received: Received | None = None
    decoding: Decoding | None = None
    refusal: str = ""


def open_sound(name: str, arguments: argparse.Namespace, held: contextlib.ExitStack) -> Opened:
    """Begin to decode a sound; pipes are copied and addresses fetched first, until ``held`` is closed."""
    from audio_to_body.sound.audio import Decoding
    from audio_to_body.sound.received import received

    raw = samples_told(arguments) if arguments.raw else None
    try:
        given = held.enter_context(received(name, raw))
    except BadInput as refusal:
        return Opened(refusal=str(refusal))
    return Opened(given, Decoding(given.path, arguments.track))


def play_files(arguments: argparse.Namespace) -> int:
    """Play every file; the exit code is 2 when any of them was refused."""
    sys.setswitchinterval(TURN_SECONDS)
    scores = [name for name in arguments.audio if play_score.is_score(name)]
    sounds = [name for name in arguments.audio if not play_score.is_score(name)]
    with contextlib.ExitStack() as held:
        # goes on while modules and net are being loaded
        first = open_sound(sounds[0], arguments, held) if sounds else Opened()
        from audio_to_body.command_line.one_file import InOneFile, one_file
        from audio_to_body.inference.performance import by_ear, perform
        from audio_to_body.inference.writers import parse_formats

        named = one_file(arguments)
        register_formats(arguments)
        writers = parse_formats(arguments.formats or DEFAULT_FORMATS)
        if named is not None:
            writers = [InOneFile(writer, named) for writer in writers]
        folder = held.enter_context(output_folder(arguments.out or Path() if named is None else named.parent))
        taken: dict[Path, Path] = {}
        refused = False
        for name in scores:
            with Bar(Path(name).name, hidden=arguments.quiet) as bar:
                done = play_score.play_score(
                    name, arguments, partial(open_session, arguments), writers, folder, taken, bar.show
                )
            refused |= tell_performance(name, done)
        session = musician(arguments) if sounds else None
        score = play_score.score_in_hand(arguments) if arguments.score else None
        lift: Callable[[Motion], Motion] | None = None
        if arguments.lift:
            from audio_to_body.avatar.lifting import known_already, lifted

            lift = lifted
        for number, name in enumerate(sounds):
            assert session is not None
            with contextlib.ExitStack() as kept, Bar(Path(name).name, hidden=arguments.quiet) as bar:
                opened = open_sound(name, arguments, kept) if number else first
                if opened.received is None:
                    report(f"error: {opened.refusal}", to=sys.stderr)
                    refused = True
                    continue
                done = perform(
                    opened.received, session, writers, folder,
                    force=arguments.force, taken=taken, progress=bar.show, decoding=opened.decoding,
                    track=arguments.track, then=lift, musician=by_ear if score is None else score.play,
                )  # fmt: skip
                if lift is not None and done.motion is not None and known_already(done.motion):
                    done.remark("--lift has nothing to do: this musician is known in metres")
            given = opened.received.name
            refused |= tell_performance(Path(given).name if os.path.exists(given) else given, done)
    return EXIT_REFUSED if refused else 0


def tell_performance(name: str, done: SoundOutcome) -> bool:
    """Tell what came of a sound; whether anything was refused."""
    for path in done.written:
        report(str(path))
    for sentence in done.remarks:
        report(f"note: {name}: {sentence}", to=sys.stderr)
    for sentence in done.refusals:
        report(f"error: {sentence}", to=sys.stderr)
    return bool(done.refusals)


class Bar:
    """A progress bar that follows one file through its stages; only on a terminal."""

    def __init__(self, name: str, hidden: bool = False) -> None:
        self.name, self.hidden = name, hidden or not is_watched()

    def __enter__(self) -> Bar:
        self.bar: Any = None
        self.stage = ""
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()

    def show(self, stage: str, done: int, of: int) -> None:
        """Move the bar; a new stage begins a new one."""
        if self.hidden:
            return
        if self.bar is None or stage != self.stage:
            if self.bar is not None:
                self.bar.close()
            self.bar = progress_bar(total=of, desc=f"{self.name}: {stage}", leave=False)
            self.stage = stage
        self.bar.update(done - self.bar.n)


def cli() -> None:
    """Console entry point."""
    sys.exit(run_command(main))


if __name__ == "__main__":
    cli()
