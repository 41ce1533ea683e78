"""Train one net: ``python -m audio_to_body.models DATASET --out RUN``."""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields, replace

from audio_to_body.models.settings import Settings, final_settings
from audio_to_body.skeleton.program import called_as, example, from_zero
from audio_to_body.skeleton.refusal import BadInput, run_command

NAME = "python -m audio_to_body.models"
LOSSES = ("squared", "huber")
FRAMES = ("kept", "all", "interpolated")


def _components(text: str) -> int | None:
    try:
        return None if text == "none" else int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is neither a number nor none") from None


def parser() -> argparse.ArgumentParser:
    """The command line; every option is a field of :class:`audio_to_body.models.settings.Settings`."""
    p = argparse.ArgumentParser(
        prog=called_as(NAME),
        description="Train one net on a dataset folder.",
        epilog=example("my_recitals --out runs/mine --epochs 100", NAME),
    )
    p.add_argument("dataset", help="dataset folder (python -m audio_to_body.preprocessing makes one)")
    p.add_argument("--out", required=True, help="folder of the run: checkpoint, trained net, run.json")
    p.add_argument("--restart", action="store_true", help="start anew where the folder holds a run already")
    p.add_argument("--quiet", action="store_true", help="no progress bar")
    p.add_argument("--hidden", type=int, help="LSTM memory (200)")
    p.add_argument("--layers", type=int, help="LSTM layers (1)")
    p.add_argument("--sequence", type=int, help="steps of truncated back-propagation (60)")
    p.add_argument("--batch", type=int, help="lanes of a batch (100)")
    p.add_argument("--learning-rate", type=float, help="ADAM's (violin 2e-3, piano 1e-3)")
    p.add_argument("--delay-ms", type=float, help="time delay (24)")
    p.add_argument("--global-delay", action="store_true", default=None, help="delay the sound, not the targets")
    p.add_argument("--dropout", type=float, help="(violin 0.15, piano 0.1)")
    p.add_argument("--components", type=_components, default=-1, help="PCA components, or none (15)")
    p.add_argument("--upsample", type=int, help="network steps per frame (4)")
    p.add_argument("--training-share", type=float, help="share of the training frames (1)")
    p.add_argument("--frames", choices=FRAMES, help="what dropped frames are used for (kept)")
    p.add_argument("--loss", choices=LOSSES, help="(squared)")
    p.add_argument("--epochs", type=int, help="(300)")
    p.add_argument("--seed", type=from_zero, help="(0)")
    p.add_argument("--lstm", choices=("fast", "plain"), help="our backward pass or rnn_cell.LSTM's (fast)")
    return p


def settings_of(arguments: argparse.Namespace, instrument: str) -> Settings:
    """The instrument's final settings with what the command line overrides.

    Raises
    ------
    BadInput
        If a number makes no sense.
    """
    base = final_settings(instrument)
    named = {f.name for f in fields(Settings)} & set(vars(arguments)) - {"components"}
    chosen = {name: getattr(arguments, name) for name in named if getattr(arguments, name) is not None}
    if arguments.components != -1:
        chosen["components"] = arguments.components
    settings = replace(base, **chosen)
    for name in ("hidden", "layers", "sequence", "batch", "learning_rate", "upsample", "epochs", "components"):
        value = getattr(settings, name)
        if value is not None and not value > 0:
            raise BadInput(f"--{name.replace('_', '-')} is {value}; it must be above 0")
    if not 0 <= settings.dropout < 1 or not 0 < settings.training_share <= 1 or settings.delay_ms < 0:
        raise BadInput("--dropout lies in [0, 1), --training-share in (0, 1], --delay-ms is not negative")
    return settings


def main(argv: list[str] | None = None) -> int:
    """Parse, train, report."""
    arguments = parser().parse_args(argv)
    from audio_to_body.models.evaluation import table_line
    from audio_to_body.models.recital_data import prepare
    from audio_to_body.models.training import train
    from audio_to_body.preprocessing.dataset import Dataset

    dataset = Dataset(arguments.dataset)
    settings = settings_of(arguments, dataset.manifest.instrument)
    data = prepare(dataset, settings)
    outcome = train(settings, data, arguments.out, progress=not arguments.quiet, resume=not arguments.restart)
    errors = {"train": outcome.train, "valid": outcome.valid, "test": outcome.test}
    print(f"{table_line(errors)}; best epoch {outcome.best_epoch} of {outcome.epochs}, {outcome.seconds:.0f} s")
    for note in outcome.notes:
        print(f"note: {note}")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
