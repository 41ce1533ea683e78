"""The expressive piano net that ships: trained on human hands and exported.

``python -m audio_to_body.reproduce.expressive_piano HANDS.npz --out RUN --onnx FILE``.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audio_to_body.models.expressive_piano import MEMBERS, RENDITIONS, SETTINGS, train_expressive
from audio_to_body.models.settings import Settings
from audio_to_body.skeleton.piano_targets import COORDINATES, TARGET_NAMES
from audio_to_body.skeleton.program import from_zero
from audio_to_body.skeleton.refusal import BadInput, run_command

if TYPE_CHECKING:
    from audio_to_body.preprocessing.note_sound.bank import Bank


def export_expressive(run: Path, out: Path, command: str) -> Any:
    """Write the trained net as ``.onnx`` with its planner in the card; returns the export's report.

    The net gives the hands12 frame's points, the file serves the 50 points that its planner makes of them.
    """
    from audio_to_body.inference.piano.player import REST_POSE
    from audio_to_body.inference.session import HEARS
    from audio_to_body.models.checkpoint import load_net
    from audio_to_body.musician.camera import FRAME_SIZE
    from audio_to_body.musician.hand_model import inferred_names
    from audio_to_body.onnx_export.export import export

    net = load_net(run)
    if net.target_names != TARGET_NAMES:
        raise BadInput(
            f"{run} does not hold an expressive piano net; "
            "train one with python -m audio_to_body.reproduce.expressive_piano"
        )
    extra = {
        REST_POSE: [round(float(value), 2) for value in net.target_scale.mean[:COORDINATES]],
        "inferred": inferred_names(),
        HEARS: "piano_notes.onnx",
    }
    served = replace(net, layout="piano", frame_size=FRAME_SIZE)
    return export(served, out, profile="full", command=command, sources=list(SOURCES), extra=extra)


SOURCES = ("human hands: PianoMime (github sNiper-Qian/pianomime; its README says MIT), derived from public videos",)


def _bank(folder: str | None) -> Bank | None:
    """The bank that is named; else the one that lies where ``make data-sounds`` builds it, or none."""
    from audio_to_body.preprocessing.note_sound.bank import bank_folder, read_bank

    if folder is None and not bank_folder().is_dir():
        return None
    return read_bank(Path(folder) if folder else None)


def _command(settings: Settings, renditions: int) -> str:
    """What makes the net anew, without the folders of the machine it was made on."""
    return (
        "python -m audio_to_body.reproduce.expressive_piano hands.npz --out RUN "
        f"--renditions {renditions} --epochs {settings.epochs} --seed {settings.seed}"
    )


def _main(arguments: argparse.Namespace) -> int:
    settings = replace(SETTINGS, seed=arguments.seed, epochs=arguments.epochs)
    run = Path(arguments.out)
    bank = _bank(arguments.bank)
    net = train_expressive(arguments.hands, run, settings, arguments.renditions, bank=bank)
    told = net.results
    print(
        f"train {told['train']:.1f}, valid {told['valid']:.1f}, test {told['test']:.1f} mm before the planner; "
        f"{len(MEMBERS)} members of {settings.epochs} epochs, {net.hours:.2f} h, {told['seconds']:.0f} s; "
        f"{'; '.join(told['notes'])}"
    )
    if arguments.onnx:
        report = export_expressive(run, Path(arguments.onnx), _command(settings, arguments.renditions))
        print(f"{report.path}: {report.size / 1e6:.2f} MB, sha256 {report.sha256}")
        print(json.dumps({"parity": report.parity.worst}))
    return 0


def cli() -> int:
    """Parse, train, report."""
    parser = argparse.ArgumentParser(
        prog="python -m audio_to_body.reproduce.expressive_piano",
        description="Train the expressive piano net on human hands.",
    )
    parser.add_argument("hands", metavar="HANDS.npz", help="the file of human hands (make data-pianomime)")
    parser.add_argument("--out", required=True, metavar="RUN", help="folder for the checkpoint and the trained net")
    parser.add_argument("--onnx", metavar="FILE", help="export the trained net")
    parser.add_argument(
        "--bank",
        metavar="FOLDER",
        help="sampled pianos on which the notes are heard (default: A2B_NOTE_BANK or data/note_bank, which make "
        "data-sounds builds; where there is none, the dataset's own piano)",
    )
    parser.add_argument("--epochs", type=int, default=SETTINGS.epochs, help=f"default: {SETTINGS.epochs}")
    parser.add_argument("--renditions", type=int, default=RENDITIONS, help=f"of every clip, default: {RENDITIONS}")
    parser.add_argument("--seed", type=from_zero, default=SETTINGS.seed, help=f"default: {SETTINGS.seed}")
    return run_command(_main, parser.parse_args())


if __name__ == "__main__":
    sys.exit(cli())
