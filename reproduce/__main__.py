"""``python -m audio_to_body.reproduce table1``: train a table's rows and print them beside the paper's."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from audio_to_body.skeleton.program import at_least_one, called_as, example
from audio_to_body.skeleton.refusal import BadInput, run_command

NAME = "python -m audio_to_body.reproduce"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    flags = argparse.ArgumentParser(
        prog=called_as(NAME),
        description="Train a table's rows and print them beside the paper's.",
        epilog=example("table1 --profile smoke", NAME),
    )
    flags.add_argument("table", choices=("table1", "table2"), help="the violin or the piano table")
    flags.add_argument("--data", default="virtual", help="virtual, pianomime, data.zip or a dataset folder")
    flags.add_argument("--profile", default="default", help="smoke, default or paper")
    flags.add_argument(
        "--scheduler",
        default="local",
        help="local, or a Dask scheduler you trust: it may run any code here",
    )
    flags.add_argument("--seeds", default="1", help="how many seeds to train every row with")
    flags.add_argument("--rows", help="only these rows, separated by ';'")
    flags.add_argument(
        "--updates",
        default="equal",
        help="equal: all rows get as many; epochs: all rows get as many epochs, as in the paper; or a number",
    )
    flags.add_argument("--epochs", type=int, help="of Final ours (default: what the profile says)")
    flags.add_argument("--lanes", type=int, help="batch of every row (default: what the profile says)")
    flags.add_argument("--workers", type=at_least_one, help="rows side by side (default: one per core)")
    flags.add_argument("--results", type=Path, help="folder of the results (default: tables/results)")
    return flags


def main(arguments: list[str]) -> int:
    """Train a table; 0 only when every row was trained."""
    flags = parser().parse_args(arguments)
    from audio_to_body.reproduce.experiment import reproduce_table

    try:
        seeds = int(flags.seeds)
    except ValueError:
        seeds = 0
    if seeds < 1:
        raise BadInput(f"SEEDS={flags.seeds} is not a number of seeds; use 1 or more")
    rows = [name.strip() for name in flags.rows.split(";")] if flags.rows else None
    outcome = reproduce_table(
        flags.table,
        data=flags.data,
        profile=flags.profile,
        scheduler=flags.scheduler,
        seeds=seeds,
        rows=rows,
        workers=flags.workers,
        results=flags.results,
        updates=flags.updates,
        epochs=flags.epochs,
        lanes=flags.lanes,
        say=print,
    )
    print(outcome.text)
    for path in outcome.files:
        print(f"written: {path}")
    for row, reason in outcome.failures.items():
        print(f"not trained: {row}: {reason}", file=sys.stderr)
    return 1 if outcome.failures else 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
