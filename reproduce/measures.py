"""Musical measures of "Final ours" beside its baselines.

``python -m audio_to_body.reproduce.measures``, or ``make measures``.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from audio_to_body.models.musical_measures import MusicalMeasures, measure_part
from audio_to_body.reproduce.data import data_name
from audio_to_body.reproduce.examples import TrainedExample, train_example
from audio_to_body.skeleton.files import write_text
from audio_to_body.skeleton.refusal import run_command
from audio_to_body.tables.results import RESULTS

HEADINGS = {
    "pck_10": "PCK 0.1",
    "pck_20": "PCK 0.2",
    "attack_f1": "attack F1",
    "attack_chance": "chance F1",
    "wrist_speed": "wrist speed r",
    "place_pitch": "place/pitch r",
    "place_pitch_truth": "truth's r",
    "jerk": "jerk",
    "motion_energy": "energy",
    "stroke_amplitude": "amplitude",
}
EXPLAINED = (
    "PCK: share of points within 0.1 and 0.2 of the shoulder width. Attack F1: reversals of the bowing wrist within "
    "±3 frames of the truth's, and what the same reversals reach when shifted in time at random. Wrist speed r: "
    "correlation with the truth's. Place/pitch r: correlation of the left hand's place (violin) or both hands' "
    "(piano) with the sounding pitch, of free sign for the violin. Jerk, energy, amplitude: shares of the truth's."
)


def measured(example: TrainedExample) -> dict[str, MusicalMeasures]:
    """Measures on the test recitals: the net, ridge regression, the mean pose."""
    from audio_to_body.models.baselines import mean_pose, ridge_regression

    return {
        "Final ours": measure_part(example.data, example.predictions),
        "Ridge regression": measure_part(example.data, ridge_regression(example.data).predictions),
        "Mean pose": measure_part(example.data, mean_pose(example.data).predictions),
    }


def rendered(instrument: str, caption: str, table: Mapping[str, MusicalMeasures]) -> str:
    """Measures as a Markdown table; a measure that nothing can tell (no bow, no shoulders) is left out."""
    names = [
        f.name for f in fields(MusicalMeasures) if not all(math.isnan(getattr(m, f.name)) for m in table.values())
    ]
    lines = [
        f"**Musical measures, {instrument}.** {caption}",
        "",
        "| | " + " | ".join(HEADINGS[name] for name in names) + " |",
        "|---|" + "---:|" * len(names),
    ]
    for method, measures in table.items():
        cells = (getattr(measures, name) for name in names)
        lines.append(f"| {method} | " + " | ".join("" if math.isnan(c) else f"{c:.2f}" for c in cells) + " |")
    return "\n".join([*lines, "", EXPLAINED, ""])


def main(arguments: list[str]) -> int:
    """Train where necessary, measure, print and write."""
    flags = argparse.ArgumentParser(prog="python -m audio_to_body.reproduce.measures", description=__doc__)
    flags.add_argument("instruments", nargs="*", choices=[[], "violin", "piano"], help="default: both")
    flags.add_argument("--data", default="virtual", help="as for a table")
    flags.add_argument("--profile", default="default", help="smoke, default or paper")
    flags.add_argument("--results", type=Path, default=RESULTS, help="folder of the results")
    chosen = flags.parse_args(arguments)
    for instrument in chosen.instruments or ("violin", "piano"):
        example = train_example(instrument, chosen.data, chosen.profile)
        text = rendered(instrument, example.caption, measured(example))
        path = chosen.results / f"measures-{instrument}-{data_name(chosen.data)}-{chosen.profile}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
        print(f"{text}\nwritten: {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
