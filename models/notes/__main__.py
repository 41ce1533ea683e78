"""Train a net that hears notes: ``python -m audio_to_body.models.notes piano --out runs/piano_notes.npz``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audio_to_body.models.mkl_environment import prepare_environment
from audio_to_body.skeleton.files import check_free
from audio_to_body.skeleton.program import from_zero
from audio_to_body.skeleton.refusal import BadInput, run_command

if TYPE_CHECKING:
    from audio_to_body.models.notes.checkpoint import NoteNet
    from audio_to_body.models.notes.settings import NoteSettings
    from audio_to_body.models.notes.sitting import MakeEngine

INSTRUMENTS = ("piano", "violin")
ENGINES = ("caffe2", "torch")
CLIP_SECONDS = 20.0
CLIPS = 1000  # kept; 1.3 MB each


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parse = argparse.ArgumentParser(prog="python -m audio_to_body.models.notes", description=__doc__)
    parse.add_argument("instrument", choices=INSTRUMENTS)
    parse.add_argument("--out", type=Path, required=True, metavar="FILE", help="the net (.npz), written every minute")
    parse.add_argument("--force", action="store_true", help="write over a net that exists")
    parse.add_argument("--minutes", type=float, default=60.0, help="of training (default: 60)")
    parse.add_argument(
        "--engine",
        choices=ENGINES,
        default="caffe2",
        help="caffe2 on this processor, or its twin in torch, for a graphics card (default: caffe2)",
    )
    parse.add_argument("--device", default="cpu", metavar="cpu|cuda", help="of torch, and of the spectra")
    parse.add_argument("--workers", type=int, default=1, help="processes that draw sound (default: 1)")
    parse.add_argument("--clips", type=int, default=CLIPS, help=f"clips of 20 s that are kept (default: {CLIPS})")
    parse.add_argument(
        "--fresh",
        type=int,
        default=16,
        help="new clips before an update, at most; few where the processor that draws them learns too (default: 16)",
    )
    parse.add_argument(
        "--exclude",
        metavar="LIST",
        help="sets of samples that training does not hear, with commas (default: the one it is judged by, and GPL-2)",
    )
    parse.add_argument("--judge", type=Path, metavar="FILE", help="sounds to be judged by (.npz)")
    parse.add_argument(
        "--start", type=Path, metavar="FILE", help="a net to go on from: .npz, or the .onnx that ships"
    )
    parse.add_argument(
        "--own", type=int, help="what a key makes of its own harmonics; more than in --start widens that net"
    )
    parse.add_argument("--hidden", type=int, help="a key's memory; more than in --start widens that net")
    parse.add_argument("--batch", type=int, help="sequences in an update")
    parse.add_argument("--learning-rate", type=float, help="ADAM's at its highest")
    parse.add_argument("--seed", type=from_zero, default=0)
    return parse


def main(argv: Sequence[str] | None = None) -> int:
    """Read arguments and train."""
    arguments = parser().parse_args(argv)
    for name in ("minutes", "workers", "clips", "fresh", "own", "hidden", "batch", "learning_rate"):
        value = getattr(arguments, name)
        if value is not None and not value > 0:
            raise BadInput(f"--{name.replace('_', '-')} must be above 0, not {value}")
    check_free(arguments.out, arguments.force)
    from audio_to_body.models.notes.settings import SETTINGS

    start = _start(arguments.start) if arguments.start else None
    if start and start.settings.instrument != arguments.instrument:
        raise BadInput(f"{arguments.start} hears the {start.settings.instrument}, not the {arguments.instrument}")
    settings = replace(start.settings if start else SETTINGS[arguments.instrument], seed=arguments.seed)
    if arguments.own or arguments.hidden:
        settings = replace(settings, own=arguments.own or settings.own, hidden=arguments.hidden or settings.hidden)
        start = _widened(start, settings) if start else None
    if arguments.batch:
        settings = replace(settings, batch=arguments.batch)
    if arguments.learning_rate:
        settings = replace(settings, learning_rate=arguments.learning_rate)
    _train(arguments, settings, start)
    print(arguments.out)
    return 0


def _start(path: Path) -> NoteNet:
    if path.suffix == ".onnx":
        from audio_to_body.models.notes.shipped_net import load_shipped

        return load_shipped(path)
    from audio_to_body.models.notes import checkpoint

    return checkpoint.load(path)


def _widened(start: NoteNet, settings: NoteSettings) -> NoteNet:
    from audio_to_body.models.notes.widening import widened

    return widened(start, settings.own, settings.hidden, np.random.default_rng(settings.seed))


def _train(arguments: argparse.Namespace, settings: NoteSettings, start: NoteNet | None) -> None:
    prepare_environment()  # MKL reads it when torch is loaded, which the engines do
    engine: MakeEngine
    if arguments.engine == "caffe2":
        from audio_to_body.models.notes.network import Trainer

        engine = Trainer
    else:
        from audio_to_body.models.notes.twin_engine import TwinEngine

        engine = TwinEngine
    from audio_to_body.models.notes.fresh_sound import FreshSound
    from audio_to_body.models.notes.judged import Judge, load_judged
    from audio_to_body.models.notes.pool import Pool
    from audio_to_body.models.notes.sitting import Sitting
    from audio_to_body.preprocessing.note_sound.bank import read_bank
    from audio_to_body.preprocessing.note_sound.drawing import draw, not_trained_on

    judge = Judge(settings, load_judged(arguments.judge)) if arguments.judge else None
    read_bank()  # decoded once, here, and mapped by every worker
    exclude = not_trained_on(settings.instrument)
    if arguments.exclude is not None:
        exclude = tuple(name for name in arguments.exclude.split(",") if name)
    sound = FreshSound(partial(draw, exclude=exclude), settings, CLIP_SECONDS, arguments.workers)
    try:
        pool = Pool(settings, CLIP_SECONDS, arguments.clips, arguments.device)
        tell = partial(print, flush=True)
        sitting = Sitting(
            settings, sound, pool, arguments.out, arguments.minutes, tell, judge, start, arguments.fresh
        )
        sitting.train(engine)
    finally:
        sound.close()


if __name__ == "__main__":
    sys.exit(run_command(main))
