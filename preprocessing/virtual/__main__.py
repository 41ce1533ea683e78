"""``python -m audio_to_body.preprocessing.virtual``: make a dataset of virtual recitals."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from audio_to_body.skeleton.instruments import INSTRUMENTS
from audio_to_body.skeleton.program import at_least_one, from_zero
from audio_to_body.skeleton.refusal import BadInput, run_command

TEST_SECONDS = 180.0


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m audio_to_body.preprocessing.virtual", description=__doc__)
    parser.add_argument("--instrument", choices=INSTRUMENTS, required=True)
    parser.add_argument("--minutes", type=float, default=20.0, help="minutes of music in all (default 20)")
    parser.add_argument("--seed", type=from_zero, default=0, help="the same seed gives the same dataset (default 0)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the dataset's folder")
    parser.add_argument("--fault-rate", type=float, default=0.1, help="share of frames with detector faults (0.1)")
    parser.add_argument(
        "--bach",
        type=Path,
        default=None,
        metavar="FOLDER",
        help="Bach Violin Dataset: human timing and real sound first",
    )
    parser.add_argument("--recital-seconds", type=float, default=180.0, help="about how long a recital is (180)")
    parser.add_argument(
        "--test-recitals", type=int, help="beside the minutes, of a player each (default: 15 %% of the minutes)"
    )
    parser.add_argument("--test-seconds", type=float, help="how long each of --test-recitals is (180)")
    parser.add_argument("--workers", type=at_least_one, default=None, help="processes (default: one per core)")
    parser.add_argument(
        "--preview", action="store_true", help="also write DIR/<recital>.mp4 of one recital per split"
    )
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Make the dataset, and previews where asked for."""
    options = parse(arguments)
    from audio_to_body.preprocessing.virtual.datasets import make_virtual_dataset
    from audio_to_body.preprocessing.virtual.plans import Division, plan_recitals
    from audio_to_body.preprocessing.virtual.recitals import make_recital

    if options.test_seconds is not None and options.test_recitals is None:
        raise BadInput("--test-seconds is of --test-recitals; say how many, or leave it out")
    test_seconds = TEST_SECONDS if options.test_seconds is None else options.test_seconds
    division = Division(options.recital_seconds, options.test_recitals, test_seconds)
    data = make_virtual_dataset(
        options.out,
        options.instrument,
        options.minutes,
        options.seed,
        fault_rate=options.fault_rate,
        workers=options.workers,
        bach=options.bach,
        division=division,
    )
    entries = data.manifest.recitals
    frames, kept = sum(e.frames for e in entries), sum(e.kept for e in entries)
    print(f"{len(entries)} recitals, {frames} frames, {kept} kept ({100 * kept / frames:.1f} %) in {options.out}")
    if options.preview:
        from audio_to_body.preprocessing.virtual.preview import write_preview

        plans = plan_recitals(
            options.instrument, options.minutes, options.seed, fault_rate=options.fault_rate, division=division
        )
        for plan in plans:
            if plan.number == 0:
                path = options.out / f"{plan.name}.mp4"
                write_preview(path, make_recital(plan))
                print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
