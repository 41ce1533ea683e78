#!/usr/bin/env python
"""Audio in, moving musician out: reads arguments, calls inference/ and avatar/, nothing else."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

# before numpy loads: its products here are too small to share, and a second thread would only wait, wide awake
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from audio_to_body.skeleton.layouts import INSTRUMENTS
from audio_to_body.skeleton.program import called_as, example
from audio_to_body.skeleton.refusal import EXIT_REFUSED, BadInput, run_command

if TYPE_CHECKING:
    from audio_to_body.inference.session import Session

RENDERINGS = ("skeleton", "avatar")
NAME = "infer_onnx.py"
DEFAULT_SEND = "vmc://127.0.0.1:39539"
DEFAULT_INSTRUMENT = "violin"
DEFAULT_FORMATS = "mp4,npz"
TURN_SECONDS = 0.0005  # of a thread in the interpreter: Python's own 5 ms starve the decoder and the net


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parse = argparse.ArgumentParser(
        prog=called_as(NAME),
        description="Play a recording: predicts the musician's body and hands from the sound and writes the motion.",
        epilog=example("sonata.flac --instrument piano --formats mp4,npz,glb --out played", f"python {NAME}"),
    )
    parse.add_argument("audio", nargs="*", type=Path, help="sound or video files, of any kind ffmpeg reads")
    parse.add_argument(
        "--instrument",
        metavar="|".join(INSTRUMENTS),
        help=f"which pretrained net plays (default: {DEFAULT_INSTRUMENT})",
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
        "--formats",
        default=DEFAULT_FORMATS,
        metavar="LIST",
        help=f"what to write, of mp4,npz,csv,json,bvh,glb,usdz (default: {DEFAULT_FORMATS})",
    )
    parse.add_argument(
        "--render",
        default="skeleton",
        metavar="|".join(RENDERINGS),
        help="whom the mp4 shows: a drawn musician or the 3-D avatar (default: skeleton)",
    )
    parse.add_argument(
        "--avatar", type=Path, metavar="FILE", help="a humanoid GLB or VRM of your own for glb and video"
    )
    parse.add_argument(
        "--bones", type=Path, metavar="MAP", help="which of its nodes are which bones (JSON), where names do not tell"
    )
    parse.add_argument(
        "--out", type=Path, default=Path(), metavar="DIR", help="where to write (default: the current folder)"
    )
    parse.add_argument("--force", action="store_true", help="overwrite what exists")
    parse.add_argument(
        "--device", default="auto", metavar="auto|cpu|cuda", help="default: CUDA where there is a card, else the CPU"
    )
    parse.add_argument("--quiet", action="store_true", help="no progress bar")
    live = parse.add_argument_group(
        "live",
        "sound comes from the microphone, from raw samples on standard input (-) or from a file at its own pace",
    )
    live.add_argument("--live", action="store_true", help="play while the sound comes")
    live.add_argument(
        "--send",
        action="append",
        metavar="ADDRESS",
        help="vmc://HOST:PORT, osc://HOST:PORT, ws://HOST:PORT or jsonl; may be given several times "
        "(default: vmc://127.0.0.1:39539)",
    )
    live.add_argument("--no-preview", action="store_true", help="no window")
    live.add_argument("--microphone", metavar="NAME", help="part of its name, or its number")
    live.add_argument("--rate", type=int, default=44_100, metavar="HZ", help="of standard input (default: 44100)")
    live.add_argument("--channels", type=int, default=1, metavar="N", help="of standard input (default: 1)")
    live.add_argument(
        "--samples", default="s16le", metavar="s16le|s32le|f32le", help="of standard input (default: s16le)"
    )
    return parse


def main(argv: Sequence[str] | None = None) -> int:
    """Read arguments and play, files or live."""
    arguments = parser().parse_args(argv)
    if arguments.live:
        return play_live(arguments)
    if not arguments.audio:
        raise BadInput("no sound named; name a file, or use --live for the microphone")
    return play_files(arguments)


def open_session(arguments: argparse.Namespace) -> Session:
    """The model that the arguments name, in onnxruntime."""
    from audio_to_body.inference.model_file import pretrained_path, read_model
    from audio_to_body.inference.planning import adjusted
    from audio_to_body.inference.session import Session

    if arguments.model and arguments.faithful:
        raise BadInput("--faithful chooses among the nets that ship; a file of your own is named by --model alone")
    shipped = arguments.instrument or DEFAULT_INSTRUMENT
    model = read_model(arguments.model or pretrained_path(shipped, faithful=arguments.faithful))
    model = adjusted(model, arguments.amplitude, arguments.smoothness)
    if arguments.instrument not in (None, model.card.instrument):
        raise BadInput(f"{model.path} plays the {model.card.instrument}, not the {arguments.instrument}")
    session = Session(model, arguments.device)
    served = f"{model.path.name} ({model.card.instrument}, {model.card.family}) served by {session.provider}"
    report(served, to=sys.stderr if arguments.live else None)
    return session


def play_files(arguments: argparse.Namespace) -> int:
    """Play every file; the exit code is 2 when any of them was refused."""
    from audio_to_body.sound.audio import Decoding

    sys.setswitchinterval(TURN_SECONDS)
    first: Decoding | None = Decoding(arguments.audio[0])  # goes on while modules and net are being loaded
    from audio_to_body.inference.performance import output_folder, perform
    from audio_to_body.inference.writers import WRITERS, parse_formats, register

    if arguments.render not in RENDERINGS:
        raise BadInput(f"unknown rendering '{arguments.render}'; known: {', '.join(RENDERINGS)}")
    wanted = {name.strip().lower() for name in arguments.formats.split(",")}
    filmed = arguments.render == "avatar" and "mp4" in wanted
    if arguments.avatar is not None and "glb" not in wanted and not filmed:
        raise BadInput(
            "--avatar puts a figure of your own into GLB or video; add glb to --formats or --render avatar"
        )
    if arguments.bones is not None and arguments.avatar is None:
        raise BadInput("--bones tells of an avatar's nodes; name the avatar by --avatar")
    # the avatar's rooms are opened when they are needed; an unknown format's message names theirs too
    if arguments.render == "avatar" or not wanted <= WRITERS.keys():
        from audio_to_body.avatar.writers import avatar_writers

        for writer in avatar_writers(arguments.avatar, video=arguments.render == "avatar", bones=arguments.bones):
            register(writer)
    writers = parse_formats(arguments.formats)
    folder = output_folder(arguments.out)
    session = open_session(arguments)
    taken: dict[Path, Path] = {}
    refused = False
    for audio in arguments.audio:
        with Bar(audio.name, hidden=arguments.quiet) as bar:
            done = perform(
                audio, session, writers, folder, force=arguments.force, taken=taken, progress=bar.show, decoding=first
            )
        first = None
        for path in done.written:
            report(str(path))
        for sentence in done.remarks:
            report(f"note: {audio.name}: {sentence}", to=sys.stderr)
        for sentence in done.refusals:
            print(f"error: {sentence}", file=sys.stderr)
            refused = True
    return EXIT_REFUSED if refused else 0


def play_live(arguments: argparse.Namespace) -> int:
    """Play while the sound comes, until it ends or Ctrl-C."""
    from audio_to_body.inference.live.loop import Report, play
    from audio_to_body.inference.live.osc import OscSender
    from audio_to_body.inference.live.outputs import parse_output
    from audio_to_body.inference.live.preview import Preview, can_show
    from audio_to_body.inference.live.sources import Microphone, PacedFile, RawPipe, SoundSource
    from audio_to_body.inference.live.warm_up import example_motion, rehearse
    from audio_to_body.inference.stream import Stream

    tell = partial(report, to=sys.stderr)  # standard output may carry the frames
    if len(arguments.audio) > 1:
        raise BadInput("--live plays one sound; name one file, - for standard input, or none for the microphone")
    outputs = [parse_output(address) for address in arguments.send or [DEFAULT_SEND]]
    session = open_session(arguments)
    source: SoundSource
    if not arguments.audio:
        source = Microphone(arguments.microphone, tell)
    elif str(arguments.audio[0]) == "-":
        source = RawPipe(sys.stdin.buffer, arguments.rate, arguments.channels, arguments.samples)
    else:
        source = PacedFile(arguments.audio[0])
    for output in outputs:
        if isinstance(output, OscSender) and output.vmc:
            from audio_to_body.avatar.live_bones import LiveBones

            output.bones = LiveBones(example_motion(session))
    rehearse(session)
    stream = Stream(session)
    watch = None if arguments.no_preview or not can_show() else Preview(session)
    listeners = ", ".join(output.address for output in outputs)
    tell(
        f"playing {source.name} to {listeners}; {stream.latency_ms:.0f} ms behind the sound "
        f"(window {stream.window_ms:.0f}, hop {stream.hop_ms:.0f}, trained delay {stream.delay_ms:.0f}); Ctrl-C ends"
    )
    done = Report()
    with contextlib.suppress(KeyboardInterrupt):  # how a person ends a live session
        play(source, stream, outputs, watch, done)
    compute, sent = done.percentile(99)
    tell(f"{done.frames} frames; 99 % computed in {compute:.1f} ms, sent {sent:.1f} ms after their last sample")
    return 0


def report(text: str, to: TextIO | None = None) -> None:
    """Tell the person."""
    print(text, file=to or sys.stdout, flush=True)


class Bar:
    """A progress bar that follows one file through its stages; only on a terminal."""

    def __init__(self, name: str, hidden: bool = False) -> None:
        self.name, self.hidden = name, hidden or not sys.stderr.isatty()

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
        from tqdm import tqdm

        if self.bar is None or stage != self.stage:
            if self.bar is not None:
                self.bar.close()
            self.bar = tqdm(total=of, desc=f"{self.name}: {stage}", leave=False, file=sys.stderr)
            self.stage = stage
        self.bar.update(done - self.bar.n)


def cli() -> None:
    """Console entry point."""
    sys.exit(run_command(main))


if __name__ == "__main__":
    cli()
