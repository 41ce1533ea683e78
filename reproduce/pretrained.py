"""The paper's nets that ship, exported and described: ``python -m audio_to_body.reproduce.pretrained``.

They are the tables' "Final ours" of the default profile: where the tables were made here, their nets are taken.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audio_to_body.models.settings import Settings
from audio_to_body.preprocessing.schedulers import LOCAL, run_tasks
from audio_to_body.reproduce.budget import budget_of
from audio_to_body.reproduce.card_header import header_of
from audio_to_body.reproduce.data import described, open_data, run_folder
from audio_to_body.reproduce.experiment import TABLES
from audio_to_body.reproduce.profiles import PROFILES, Profile
from audio_to_body.reproduce.runner import CHECKPOINTS, table_tasks
from audio_to_body.skeleton.files import write_text
from audio_to_body.skeleton.refusal import BadInput, run_command

if TYPE_CHECKING:
    from audio_to_body.models.baselines import BaselineScore
    from audio_to_body.onnx_export.export import Report

FOLDER = Path("models/pretrained")
PROFILE = PROFILES["default"]
COMMAND = "make pretrained"
SOURCES = (
    "scores: music21's corpus of traditional tunes and works in the public domain",
    "sound: samples of the General MIDI sound font TimGM6mb (GPL-2.0), as pretty_midi carries it",
    "motion: this project's virtual musicians (MIT)",
)


@dataclass(frozen=True)
class ShippedNet:
    """One faithful net to train and export."""

    instrument: str
    dataset: str
    settings: Settings
    run: str
    out: str
    described: str


def planned(instruments: Sequence[str], profile: Profile, out: Path, seed: int = 0) -> list[ShippedNet]:
    """The faithful nets, "Final ours" of each table; their data is made first where necessary."""
    nets = []
    for instrument in instruments:
        table = next(t for t in TABLES.values() if t.final.instrument == instrument)
        dataset = open_data("virtual", instrument, profile)
        run_name = run_folder(table.name, "virtual", profile.name)
        budget = budget_of(profile, table.final, dataset)
        (task,) = table_tasks(table, table.rows[-1:], dataset, budget, [seed], run_name)
        nets.append(
            ShippedNet(
                instrument=instrument,
                dataset=task.dataset,
                settings=task.settings,
                run=str(Path(task.folder) / CHECKPOINTS),
                out=str(out / f"{instrument}.onnx"),
                described=described(dataset),
            )
        )
    return nets


def ship(net: ShippedNet) -> str:
    """Train, export with the parity check, write the card beside it; returns a line about the result."""
    from audio_to_body.models.baselines import mean_pose
    from audio_to_body.models.evaluation import table_line
    from audio_to_body.models.recital_data import prepare
    from audio_to_body.models.training import train
    from audio_to_body.onnx_export.export import export
    from audio_to_body.preprocessing.dataset import Dataset

    data = prepare(Dataset(net.dataset), net.settings)
    outcome = train(net.settings, data, net.run, progress=False)
    report = export(net.run, net.out, profile=PROFILE.name, command=COMMAND, sources=list(SOURCES))
    errors = {"train": outcome.train, "valid": outcome.valid, "test": outcome.test}
    card = model_card(net, report, errors, mean_pose(data), outcome.updates)
    write_text(Path(net.out).with_suffix(".md"), header_of(Path(net.out)) + card)
    return f"{net.out}: {table_line(errors)} after {outcome.updates} updates"


LIMITS = {
    "violin": (
        "The sound does not tell up-bow from down-bow, so a net trained on squared error averages both and hardly "
        "moves the bow (see docs/limits.md). It shows what the paper's net does."
    ),
    "piano": (
        "13 MFCC hardly carry pitch, so the hands follow loudness and register only roughly (see docs/limits.md)."
    ),
}


def model_card(net: ShippedNet, report: Report, errors: dict[str, float], still: BaselineScore, updates: int) -> str:
    """The model card as Markdown: what the net is, what made it, what it reaches beside the mean pose."""
    settings, card = net.settings, report.card
    lines = [
        f"# {net.instrument}.onnx, the paper's {net.instrument} net",
        "",
        f"The faithful net of *Audio to Body Dynamics*: 28 audio features at {card.rate:g} steps/s, one LSTM of",
        f"{settings.hidden}, dropout {settings.dropout:g}, a fully connected layer to {settings.components} PCA",
        f"coefficients, {settings.delay_ms:g} ms time delay; Caffe2 operators, ADAM at {settings.learning_rate:g},",
        f"sequence {settings.sequence}, batch {settings.batch}.",
        "",
        "| | |",
        "|---|---|",
        f"| File | {report.size / 1e6:.2f} MB, sha256 `{report.sha256}` |",
        f"| Made by | `{COMMAND}`, seed {settings.seed}, the net after {updates} updates |",
        f"| Trained on | {net.described} |",
        f"| Parity | Caffe2 and onnxruntime differ by at most {report.parity.whole:.1e} px |",
        "",
        f"Mean error in pixels of a {card.frame_size[0]} × {card.frame_size[1]} frame:",
        "",
        "| | Train | Valid | Test |",
        "|---|---:|---:|---:|",
        f"| this net | {errors['train']:.2f} | {errors['valid']:.2f} | {errors['test']:.2f} |",
        f"| mean pose | {still.train:.2f} | {still.valid:.2f} | {still.test:.2f} |",
        "",
        "Sources and licences:",
        "",
        *(f"- {source}" for source in SOURCES),
        "",
        f"Limits: it was trained on virtual recitals only, not on videos of people. {LIMITS[net.instrument]}",
        "For a musician who plays, `infer_onnx.py` uses the expressive net by default where one ships.",
    ]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Train both nets side by side and export them."""
    flags = argparse.ArgumentParser(prog="python -m audio_to_body.reproduce.pretrained", description=__doc__)
    flags.add_argument("instruments", nargs="*", metavar="INSTRUMENT", help="violin, piano (default: both)")
    flags.add_argument("--out", type=Path, default=FOLDER, help="folder of the nets (default: models/pretrained)")
    chosen = flags.parse_args(arguments)
    unknown = [name for name in chosen.instruments if name not in PROFILE.minutes]
    if unknown:
        raise BadInput(f"no net of the instrument '{unknown[0]}' ships; there are {', '.join(PROFILE.minutes)}")
    nets = planned(chosen.instruments or list(PROFILE.minutes), PROFILE, chosen.out)
    failed = 0
    for index, answer in run_tasks(LOCAL, ship, nets):
        failed += isinstance(answer, BaseException)
        print(f"{nets[index].out}: failed, {answer}" if isinstance(answer, BaseException) else answer)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
