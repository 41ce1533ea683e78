"""``python -m preprocessing VIDEO… --instrument violin|piano --out DATASET``: recitals in, a dataset out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from skeleton.layouts import INSTRUMENTS
from skeleton.refusal import EXIT_REFUSED, run_command


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    arguments = argparse.ArgumentParser(prog="python -m preprocessing", description=__doc__)
    arguments.add_argument("videos", nargs="+", metavar="VIDEO", help="video files of recitals")
    arguments.add_argument("--instrument", required=True, choices=INSTRUMENTS)
    arguments.add_argument("--out", required=True, type=Path, metavar="DATASET", help="folder of the dataset")
    arguments.add_argument("--split", choices=("train", "test"), default="train", help="of these recitals")
    arguments.add_argument("--overlay", action="store_true", help="also write <recital>.overlay.mp4")
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Make the dataset and print its summary."""
    from tqdm import tqdm

    from preprocessing.collection import (
        attempt,
        finish_dataset,
        finished_outcome,
        open_output,
        settings_of,
        summary,
        unique_names,
    )
    from preprocessing.detectors.mediapipe_pose import MediaPipeDetector
    from preprocessing.recital import RecitalJob, make_recital
    from preprocessing.video import Clip

    chosen = parser().parse_args(argv)
    earlier = open_output(chosen.out, chosen.instrument)
    paths = [Path(video) for video in chosen.videos]
    jobs = [
        RecitalJob(name, Clip(path), str(path), chosen.instrument, chosen.split, chosen.out, overlay=chosen.overlay)
        for name, path in zip(unique_names(path.stem for path in paths), paths)
    ]
    outcomes = []
    detectors = {"people": MediaPipeDetector()}
    for job in jobs:
        with tqdm(desc=job.name, unit=" frames", disable=None) as bar:
            progress = bar.update
            outcome = finished_outcome(job) or attempt(
                job, partial(make_recital, detectors=detectors, progress=progress)
            )
        if outcome.refusal:
            print(f"error: {outcome.refusal}", file=sys.stderr)
        outcomes.append(outcome)
    collected = finish_dataset(
        chosen.out, chosen.instrument, outcomes, earlier, settings_of(jobs[0], detectors["people"].name)
    )
    print(summary(collected))
    return EXIT_REFUSED if any(outcome.refusal for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(run_command(main))
