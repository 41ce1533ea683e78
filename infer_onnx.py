#!/usr/bin/env python
"""Audio in, moving musician out: reads arguments, calls inference/ and avatar/, nothing else."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from skeleton.layouts import INSTRUMENTS
from skeleton.refusal import EXIT_REFUSED, BadInput, run_command

DEFAULT_INSTRUMENT = "violin"
DEFAULT_FORMATS = "mp4,npz"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parse = argparse.ArgumentParser(
        prog="infer_onnx.py",
        description="Play a recording: predicts the musician's body and hands from the sound and writes the motion.",
    )
    parse.add_argument("audio", nargs="+", type=Path, help="sound or video files, of any kind ffmpeg reads")
    parse.add_argument(
        "--instrument",
        metavar="|".join(INSTRUMENTS),
        help=f"which pretrained net plays (default: {DEFAULT_INSTRUMENT})",
    )
    parse.add_argument("--model", type=Path, metavar="FILE", help="a model file of your own (.onnx)")
    parse.add_argument(
        "--formats",
        default=DEFAULT_FORMATS,
        metavar="LIST",
        help=f"what to write, of mp4,npz,csv,json,bvh,glb (default: {DEFAULT_FORMATS})",
    )
    parse.add_argument(
        "--out", type=Path, default=Path(), metavar="DIR", help="where to write (default: the current folder)"
    )
    parse.add_argument("--force", action="store_true", help="overwrite what exists")
    parse.add_argument(
        "--device", default="auto", metavar="auto|cpu|cuda", help="default: CUDA where there is a card, else the CPU"
    )
    parse.add_argument("--quiet", action="store_true", help="no progress bar")
    return parse


def main(argv: Sequence[str] | None = None) -> int:
    """Play every file; the exit code is 2 when any of them was refused."""
    arguments = parser().parse_args(argv)
    from inference.model_file import pretrained_path, read_model
    from inference.performance import output_folder, perform
    from inference.session import Session
    from inference.writers import parse_formats

    writers = parse_formats(arguments.formats)
    folder = output_folder(arguments.out)
    model = read_model(arguments.model or pretrained_path(arguments.instrument or DEFAULT_INSTRUMENT))
    if arguments.instrument not in (None, model.card.instrument):
        raise BadInput(f"{model.path} plays the {model.card.instrument}, not the {arguments.instrument}")
    session = Session(model, arguments.device)
    report(f"{model.path.name} ({model.card.instrument}, {model.card.family}) served by {session.provider}")
    taken: dict[Path, Path] = {}
    refused = False
    for audio in arguments.audio:
        with Bar(audio.name, hidden=arguments.quiet) as bar:
            done = perform(audio, session, writers, folder, force=arguments.force, taken=taken, progress=bar.show)
        for path in done.written:
            report(str(path))
        for sentence in done.refusals:
            print(f"error: {sentence}", file=sys.stderr)
            refused = True
    return EXIT_REFUSED if refused else 0


def report(text: str) -> None:
    """Tell the person."""
    print(text, flush=True)


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
