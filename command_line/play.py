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
from typing import TYPE_CHECKING, Any, TextIO

# before numpy loads: its products here are too small to share, and a second thread would only wait, wide awake
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from audio_to_body.avatar.formats import FORMATS
from audio_to_body.command_line import play_score
from audio_to_body.skeleton.console import with_dashed_files
from audio_to_body.skeleton.instruments import INSTRUMENTS
from audio_to_body.skeleton.program import called_as, example
from audio_to_body.skeleton.refusal import EXIT_REFUSED, BadInput, run_command

if TYPE_CHECKING:
    from audio_to_body.inference.casting import Casting
    from audio_to_body.inference.live.recording import Recorder
    from audio_to_body.inference.live.sources import SoundSource
    from audio_to_body.inference.performance import SoundOutcome
    from audio_to_body.inference.session import Session
    from audio_to_body.skeleton.motion import Motion
    from audio_to_body.sound.audio import Decoding
    from audio_to_body.sound.received import Received

LATENCIES = ("usual", "low")
RENDERINGS = ("skeleton", "avatar")
NAME = "infer_onnx.py"
DEFAULT_SEND = "vmc://127.0.0.1:39539"
LIVE_INSTRUMENT = "violin"  # where nobody is named and nothing has sounded yet
GUESS_SECONDS = 40.0  # of a file that is played live
DEFAULT_FORMATS = "mp4,npz"
POINT_FORMATS = ("mp4", "npz", "csv", "json")  # inference.writers', which would load numpy for a help text
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
        help=f"what to write, of {','.join(dict.fromkeys([*POINT_FORMATS, *FORMATS]))} (default: {DEFAULT_FORMATS})",
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
        "--lift", action="store_true", help="put a motion known in pixels alone into the room, in metres, inferred"
    )
    parse.add_argument(
        "--size", metavar="WxH", help="of the mp4, also standing as 1080x1920 (default: 480 high, as wide as needed)"
    )
    parse.add_argument("--out", type=Path, metavar="DIR", help="where to write (default: the current folder)")
    parse.add_argument("--force", action="store_true", help="overwrite what exists")
    parse.add_argument(
        "--device", default="auto", metavar="auto|cpu|cuda", help="default: CUDA where there is a card, else the CPU"
    )
    parse.add_argument("--quiet", action="store_true", help="no progress bar")
    play_score.add_arguments(parse)
    live = parse.add_argument_group(
        "live",
        "sound comes from the microphone, from standard input (-), or from a file at its own pace; "
        "--out or --formats record what is played, with the sound",
    )
    live.add_argument("--live", action="store_true", help="play while the sound comes")
    live.add_argument(
        "--send",
        action="append",
        metavar="ADDRESS",
        help="vmc://HOST:PORT, osc://HOST:PORT, ws://HOST:PORT or jsonl; may be given several times "
        "(default: vmc://127.0.0.1:39539)",
    )
    live.add_argument(
        "--latency",
        metavar="|".join(LATENCIES),
        help="low: sooner and less sure, for nets that are told notes (default: usual)",
    )
    live.add_argument("--no-preview", action="store_true", help="no window")
    live.add_argument("--microphone", metavar="NAME", help="part of its name, or its number")
    raw = parse.add_argument_group(
        "samples without a header", "live, what comes through a pipe is taken for them where it is nothing else"
    )
    raw.add_argument("--raw", action="store_true", help="the sound is raw samples, whatever it looks like")
    raw.add_argument("--rate", type=int, default=44_100, metavar="HZ", help="default: 44100")
    raw.add_argument("--channels", type=int, default=1, metavar="N", help="default: 1")
    raw.add_argument("--samples", default="s16le", metavar="s16le|s32le|f32le", help="default: s16le")
    return parse


def main(argv: Sequence[str] | None = None) -> int:
    """Read arguments and play, files or live."""
    arguments = parser().parse_args(with_dashed_files(sys.argv[1:] if argv is None else argv))
    play_score.refuse_without_score(arguments)
    if arguments.live:
        return play_live(arguments)
    if arguments.latency is not None:
        raise BadInput("--latency is for --live; a file is played by a musician who knows what comes")
    if not arguments.audio:
        raise BadInput("no sound named; name a file, or use --live for the microphone")
    return play_files(arguments)


def musician(arguments: argparse.Namespace) -> Session | Casting:
    """Whom the arguments name; else who chooses by what is heard."""
    if arguments.model or arguments.instrument:
        return open_session(arguments, arguments.instrument)
    from audio_to_body.inference.casting import Casting

    return Casting(partial(open_session, arguments))


def live_musician(arguments: argparse.Namespace, tell: Callable[[str], object]) -> Session:
    """Whom the arguments name; else what is heard at a file's beginning, or the violin."""
    if arguments.model or arguments.instrument:
        return open_session(arguments, arguments.instrument)
    name = arguments.audio[0] if arguments.audio else ""
    if Path(name).is_file() and not arguments.raw:
        from audio_to_body.inference.casting import told
        from audio_to_body.inference.live.sources import beginning_of
        from audio_to_body.inference.notes.guess import guess_instrument

        guess = guess_instrument(beginning_of(name, GUESS_SECONDS, arguments.track))
        tell(f"note: {told(guess)}")
        return open_session(arguments, guess.likelier)
    tell(f"note: no instrument is named: a {LIVE_INSTRUMENT} plays (--instrument names another)")
    return open_session(arguments, LIVE_INSTRUMENT)


def open_session(arguments: argparse.Namespace, instrument: str | None) -> Session:
    """The model that the arguments name, or that ships for an instrument, in onnxruntime."""
    from audio_to_body.inference.model_file import pretrained_path, read_model
    from audio_to_body.inference.planning import adjusted
    from audio_to_body.inference.session import Session

    if arguments.model and arguments.faithful:
        raise BadInput("--faithful chooses among the nets that ship; a file of your own is named by --model alone")
    model = read_model(arguments.model or pretrained_path(str(instrument), faithful=arguments.faithful))
    model = adjusted(model, arguments.amplitude, arguments.smoothness)
    if instrument not in (None, model.card.instrument):
        raise BadInput(f"{model.path} plays the {model.card.instrument}, not the {instrument}")
    session = Session(model, arguments.device)
    served = f"{model.path.name} ({model.card.instrument}, {model.card.family}) served by {session.provider}"
    report(served, to=sys.stderr if arguments.live else None)
    return session


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
    from audio_to_body.sound.received import Samples, received

    raw = Samples(arguments.rate, arguments.channels, arguments.samples) if arguments.raw else None
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
        from audio_to_body.inference.performance import by_ear, output_folder, perform
        from audio_to_body.inference.writers import parse_formats

        register_formats(arguments)
        writers = parse_formats(arguments.formats or DEFAULT_FORMATS)
        folder = output_folder(arguments.out or Path())
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
            refused |= tell_performance(opened.received.path.name, done)
    return EXIT_REFUSED if refused else 0


def register_formats(arguments: argparse.Namespace) -> None:
    """Open the avatar's rooms where a format needs them; an unknown format's message names theirs too.

    Raises
    ------
    BadInput
        If the rendering is unknown, or an avatar would be seen nowhere.
    """
    from audio_to_body.inference.writers import WRITERS, register

    if arguments.render not in RENDERINGS:
        raise BadInput(f"unknown rendering '{arguments.render}'; known: {', '.join(RENDERINGS)}")
    wanted = {name.strip().lower() for name in (arguments.formats or DEFAULT_FORMATS).split(",")}
    filmed = arguments.render == "avatar" and "mp4" in wanted
    if arguments.avatar is not None and "glb" not in wanted and not filmed:
        raise BadInput(
            "--avatar puts a figure of your own into GLB or video; add glb to --formats or --render avatar"
        )
    if arguments.bones is not None and arguments.avatar is None:
        raise BadInput("--bones tells of an avatar's nodes; name the avatar by --avatar")
    size = None
    if arguments.size is not None:
        from audio_to_body.inference.writers.mp4 import Mp4Writer
        from audio_to_body.pictures.video_writer import parse_size

        if "mp4" not in wanted:
            raise BadInput("--size is the size of the video; add mp4 to --formats")
        size = parse_size(arguments.size)
        register(Mp4Writer(size))
    if arguments.render == "avatar" or not wanted <= WRITERS.keys():
        from audio_to_body.avatar.writers import avatar_writers

        for writer in avatar_writers(
            arguments.avatar, video=arguments.render == "avatar", bones=arguments.bones, size=size
        ):
            register(writer)


def tell_performance(name: str, done: SoundOutcome) -> bool:
    """Tell what came of a sound; whether anything was refused."""
    for path in done.written:
        report(str(path))
    for sentence in done.remarks:
        report(f"note: {name}: {sentence}", to=sys.stderr)
    for sentence in done.refusals:
        report(f"error: {sentence}", to=sys.stderr)
    return bool(done.refusals)


def play_live(arguments: argparse.Namespace) -> int:
    """Play while the sound comes, until it ends or Ctrl-C."""
    if arguments.lift:
        raise BadInput("--lift is for files; live frames carry the avatar's bones in metres as they are")
    from audio_to_body.avatar.live_bones import LiveBones
    from audio_to_body.inference.live.conditioning import Conditioned
    from audio_to_body.inference.live.loop import Report, play
    from audio_to_body.inference.live.osc import OscSender
    from audio_to_body.inference.live.outputs import parse_output
    from audio_to_body.inference.live.preview import Preview, can_show
    from audio_to_body.inference.live.recording import Taped
    from audio_to_body.inference.live.warm_up import example_motion, rehearse
    from audio_to_body.inference.stream import Stream

    tell = partial(report, to=sys.stderr)  # standard output may carry the frames
    latency = arguments.latency or LATENCIES[0]
    if latency not in LATENCIES:
        raise BadInput(f"unknown latency '{latency}'; known: {', '.join(LATENCIES)}")
    if len(arguments.audio) > 1:
        raise BadInput("--live plays one sound; name one file, - for standard input, or none for the microphone")
    outputs = [parse_output(address) for address in arguments.send or [DEFAULT_SEND]]
    session = live_musician(arguments, tell)
    recorder = live_recorder(arguments, session)
    with contextlib.ExitStack() as held:
        source = live_source(arguments, held, tell)
        plain = all(isinstance(output, OscSender) and not output.vmc for output in outputs)  # points alone
        avatar = None if plain else LiveBones(example_motion(session))
        for output in outputs:
            output.tell = tell
            if avatar is not None and isinstance(output, OscSender) and output.vmc:
                output.bones = avatar.unity
        rehearse(session, latency=latency)
        stream = Stream(session, latency=latency)
        watch = None if arguments.no_preview or not can_show() else Preview(session)
        listeners = ", ".join(output.address for output in outputs)
        tell(
            f"playing {source.name} to {listeners}; {stream.latency_ms:.0f} ms behind the sound "
            f"(window {stream.window_ms:.0f}, hop {stream.hop_ms:.0f}, delay {stream.delay_ms:.0f}); "
            "Ctrl-C ends"
        )
        done = Report()
        with contextlib.suppress(KeyboardInterrupt):  # how a person ends a live session
            heard = source if recorder is None else Taped(source, recorder)
            keep = None if recorder is None else recorder.play
            play(Conditioned(heard, tell), stream, outputs, watch, done, keep, avatar)
    compute, sent = done.percentile(99)
    tell(f"{done.frames} frames; 99 % computed in {compute:.1f} ms, sent {sent:.1f} ms after their last sample")
    if recorder is None:
        return 0
    kept = recorder.finish()
    for path in kept.written:
        tell(str(path))  # standard output may carry the frames
    for sentence in [*(f"note: {remark}" for remark in kept.remarks), *(f"error: {r}" for r in kept.refusals)]:
        tell(sentence)
    return EXIT_REFUSED if kept.refusals else 0


def live_recorder(arguments: argparse.Namespace, session: Session) -> Recorder | None:
    """What keeps the session, where --out or --formats ask for it; refused before anything is played."""
    if arguments.out is None and arguments.formats is None:
        return None
    from audio_to_body.inference.live.recording import Recorder
    from audio_to_body.inference.performance import output_folder
    from audio_to_body.inference.writers import parse_formats

    register_formats(arguments)
    writers = parse_formats(arguments.formats or DEFAULT_FORMATS)
    return Recorder(output_folder(arguments.out or Path()), session, writers)


def live_source(
    arguments: argparse.Namespace, held: contextlib.ExitStack, tell: Callable[[str], object]
) -> SoundSource:
    """Where live sound comes from: the microphone, a pipe, an address or a file."""
    from audio_to_body.inference.live.pipes import piped
    from audio_to_body.inference.live.sources import Microphone, PacedFile
    from audio_to_body.sound.received import Samples, is_stream, open_stream, received, told_name

    samples = Samples(arguments.rate, arguments.channels, arguments.samples)
    if not arguments.audio:
        return Microphone(arguments.microphone, tell)
    name = arguments.audio[0]
    if is_stream(name):
        return piped(
            held.enter_context(open_stream(name)), samples, told_name(name), raw=arguments.raw, track=arguments.track
        )
    given = held.enter_context(received(name, samples if arguments.raw else None))
    source = PacedFile(given.path, track=arguments.track)
    source.name = given.name
    for remark in source.remarks:
        tell(f"note: {given.name}: {remark}")
    return source


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
