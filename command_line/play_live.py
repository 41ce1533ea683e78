"""What ``audio-to-body play --live`` reads and calls: sound as it comes."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from audio_to_body.command_line.arguments import (
    DEFAULT_FORMATS,
    RENDERINGS,
    open_session,
    register_formats,
    report,
    samples_told,
)
from audio_to_body.skeleton.folders import output_folder
from audio_to_body.skeleton.refusal import EXIT_REFUSED, BadInput

if TYPE_CHECKING:
    from audio_to_body.inference.live.recording import Recorder
    from audio_to_body.inference.live.sources import SoundSource
    from audio_to_body.inference.session import Session

LATENCIES = ("usual", "low")
DEFAULT_SEND = "vmc://127.0.0.1:39539"
LIVE_INSTRUMENT = "violin"  # where nobody is named and nothing has sounded yet
GUESS_SECONDS = 40.0  # of a file that is played live


def add_arguments(parse: argparse.ArgumentParser) -> None:
    """The flags of live sound."""
    group = parse.add_argument_group(
        "live",
        "sound comes from the microphone, from standard input (-), or from a file at its own pace; "
        "--out or --formats record what is played, with the sound",
    )
    group.add_argument("--live", action="store_true", help="play while the sound comes")
    group.add_argument(
        "--send",
        action="append",
        metavar="ADDRESS",
        help="vmc://HOST:PORT, osc://HOST:PORT, ws://HOST:PORT or jsonl; may be given several times "
        "(default: vmc://127.0.0.1:39539)",
    )
    group.add_argument(
        "--latency",
        metavar="|".join(LATENCIES),
        help="low: sooner and less sure, for nets that are told notes (default: usual)",
    )
    group.add_argument("--no-preview", action="store_true", help="no window")
    group.add_argument("--microphone", metavar="NAME", help="part of its name, or its number")


def play_live(arguments: argparse.Namespace) -> int:
    """Play while the sound comes, until it ends or Ctrl-C."""
    if arguments.lift:
        raise BadInput("--lift is for files; live frames carry the avatar's bones in metres as they are")
    refuse_beside_live(arguments)
    from audio_to_body.avatar.live_bones import LiveBones
    from audio_to_body.inference.live.conditioning import Conditioned
    from audio_to_body.inference.live.loop import Report, play
    from audio_to_body.inference.live.osc import OscSender
    from audio_to_body.inference.live.outputs import parse_output
    from audio_to_body.inference.live.preview import Preview, can_show
    from audio_to_body.inference.live.recording import Taped
    from audio_to_body.inference.live.warm_up import example_motion, rehearse
    from audio_to_body.inference.stream import Stream
    from audio_to_body.sound.ffmpeg import check_readable
    from audio_to_body.sound.received import is_stream

    tell = partial(report, to=sys.stderr)  # standard output may carry the frames
    latency = arguments.latency or LATENCIES[0]
    if latency not in LATENCIES:
        raise BadInput(f"unknown latency '{latency}'; known: {', '.join(LATENCIES)}")
    if len(arguments.audio) > 1:
        raise BadInput("--live plays one sound; name one file, - for standard input, or none for the microphone")
    if arguments.audio and "://" not in arguments.audio[0] and not is_stream(arguments.audio[0]):
        check_readable(Path(arguments.audio[0]))  # before anybody is opened who would have nothing to play
    outputs = [parse_output(address) for address in arguments.send or [DEFAULT_SEND]]
    session = live_musician(arguments, tell)
    with contextlib.ExitStack() as held:
        recorder = live_recorder(arguments, session, held)
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
        if done.refused:
            told = "held samples that are not numbers; they were heard as silence"
            tell(f"note: {done.refused} pieces of the sound {told}")
        if recorder is None:
            return 0
        kept = recorder.finish()
    for path in kept.written:
        tell(str(path))  # standard output may carry the frames
    for sentence in [*(f"note: {remark}" for remark in kept.remarks), *(f"error: {r}" for r in kept.refusals)]:
        tell(sentence)
    return EXIT_REFUSED if kept.refusals else 0


def refuse_beside_live(arguments: argparse.Namespace) -> None:
    """Refuse what would change nothing of a live session.

    Raises
    ------
    BadInput
    """
    if arguments.microphone is not None and arguments.audio:
        raise BadInput(f"--microphone names what is heard, and so does {arguments.audio[0]}; leave one of them out")
    if not arguments.audio:
        for flag, given in (("--raw", arguments.raw), ("--track", arguments.track is not None)):
            if given:
                raise BadInput(f"{flag} is of a sound that is named; the microphone needs none of it")
    if arguments.force:
        raise BadInput("--force has nothing to do: a live session's files have names of their own, by the clock")
    if arguments.out is not None or arguments.formats is not None:
        return
    drawn = (("--avatar", arguments.avatar), ("--bones", arguments.bones), ("--size", arguments.size))
    for flag, chosen in (*drawn, ("--render", arguments.render != RENDERINGS[0] or None)):
        if chosen is not None:
            raise BadInput(f"{flag} is of what is recorded; add --out or --formats, or leave it out")


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


def live_recorder(arguments: argparse.Namespace, session: Session, held: contextlib.ExitStack) -> Recorder | None:
    """What keeps the session, where --out or --formats ask for it; refused before anything is played."""
    if arguments.out is None and arguments.formats is None:
        return None
    from audio_to_body.command_line.one_file import one_file
    from audio_to_body.inference.live.recording import Recorder
    from audio_to_body.inference.writers import parse_formats

    one_file(arguments)
    register_formats(arguments)
    writers = parse_formats(arguments.formats or DEFAULT_FORMATS)
    return Recorder(held.enter_context(output_folder(arguments.out or Path())), session, writers)


def live_source(
    arguments: argparse.Namespace, held: contextlib.ExitStack, tell: Callable[[str], object]
) -> SoundSource:
    """Where live sound comes from: the microphone, a pipe, an address or a file."""
    from audio_to_body.inference.live.pipes import piped
    from audio_to_body.inference.live.sources import Microphone, PacedFile
    from audio_to_body.sound.received import is_stream, open_stream, received, told_name

    samples = samples_told(arguments)
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
