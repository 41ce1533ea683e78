"""The expressive violin net that ships: trained, exported, evaluated and described.

``python -m audio_to_body.reproduce.expressive_violin --bach FOLDER`` makes ``models/pretrained/violin_plus.onnx``
and its card.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from audio_to_body.models.expressive import (
    HELD_BACK,
    MINUTES,
    RECORDING_VARIATIONS,
    TIMED_SHARE,
    VIOLIN_PLUS,
    heard_recordings,
    make_data,
)
from audio_to_body.preprocessing.published.bach_source import bach_folder
from audio_to_body.reproduce.card_header import header_of
from audio_to_body.reproduce.runner import RUNS
from audio_to_body.skeleton.files import write_text
from audio_to_body.skeleton.refusal import run_command

if TYPE_CHECKING:
    from audio_to_body.models.checkpoint import TrainedNet
    from audio_to_body.onnx_export.export import Report

OUT = Path("models/pretrained/violin_plus.onnx")
SOURCES = (
    "scores: music21's corpus of traditional tunes and works in the public domain",
    "sound: samples of the General MIDI sound font TimGM6mb (GPL-2.0), as pretty_midi carries it",
    "bowing and fingering: this project's virtual violinists (MIT)",
)
BACH = (
    "real sound: John Garner, Bach BWV 1002, movements 6 and 7 (CC BY 3.0), with note alignments and scores of the "
    "Bach Violin Dataset (alignments under the recordings' licences, scores in the public domain)"
)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    flags = argparse.ArgumentParser(
        prog="python -m audio_to_body.reproduce.expressive_violin", description=str(__doc__).split("\n")[0]
    )
    flags.add_argument("--bach", default=bach_folder(), help="Bach Violin Dataset (make data-bach)")
    flags.add_argument("--minutes", type=float, default=MINUTES, help=f"of virtual recitals ({MINUTES:g})")
    flags.add_argument("--epochs", type=int, default=VIOLIN_PLUS.epochs, help=f"({VIOLIN_PLUS.epochs})")
    flags.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, help="processes that make sound (all cores)"
    )
    flags.add_argument("--run", type=Path, default=RUNS / "violin_plus", help="where training leaves its checkpoint")
    flags.add_argument("--out", type=Path, default=OUT, help=f"({OUT})")
    flags.add_argument("--trained", action="store_true", help="the run has ended: only export, evaluate and describe")
    return flags


def main(argv: Sequence[str] | None = None) -> int:
    """Train, export, evaluate, describe."""
    chosen = parser().parse_args(argv)
    from audio_to_body.models.checkpoint import load_net
    from audio_to_body.models.training import train
    from audio_to_body.onnx_export.export import export

    if not chosen.trained:
        settings = replace(VIOLIN_PLUS, epochs=chosen.epochs)
        data = make_data(settings, chosen.minutes, chosen.bach, HELD_BACK, chosen.workers)
        train(settings, data, chosen.run)
    net = load_net(chosen.run)
    command = "python -m audio_to_body.reproduce.expressive_violin"
    command += f" --minutes {chosen.minutes:g} --epochs {net.settings.epochs}"
    command += " --bach FOLDER" if "bach" in net.data else ""
    sources = [*SOURCES, *([BACH] if "bach" in net.data else [])]
    report = export(net, chosen.out, profile="pretrained", command=command, sources=sources)
    heard = heard_recordings(chosen.bach) if "bach" in net.data else []
    card = model_card(net, report, sources, _tables(chosen.out, chosen.bach), heard)
    write_text(chosen.out.with_suffix(".md"), header_of(chosen.out) + card)
    print(f"{chosen.out}: {report.size / 1e6:.2f} MB, sha256 {report.sha256}")
    return 0


def _tables(out: Path, bach: str | None) -> list[str]:
    """The evaluation's tables for this net, and the command that prints them."""
    from audio_to_body.inference.model_file import read_model
    from audio_to_body.inference.session import Session
    from audio_to_body.reproduce.evaluate import held_back, real_table, virtual_table

    sessions = {"violin+": Session(read_model(out), "cpu")}
    lines = (
        []
        if bach is None
        else ["Real sound that was not trained on:", "", real_table(sessions, bach, held_back(bach)), ""]
    )
    lines += ["Virtual recitals of other pieces and players, as shares of the truth's:", "", virtual_table(sessions)]
    return lines


def model_card(
    net: TrainedNet, report: Report, sources: Sequence[str], tables: Sequence[str], heard: Sequence[str]
) -> str:
    """The model card as Markdown."""
    settings, card = net.settings, report.card
    errors = ", ".join(f"{part} {net.results[part]:.4f}" for part in ("train", "valid", "test"))
    look_ahead = card.extra["planner_settings"]["look_ahead"]
    delays = [1000 * steps / settings.rate for steps in (settings.delay, look_ahead)]
    lines = [
        f"# {Path(report.path).name}, the expressive violin net",
        "",
        f"Hears {card.feature_count} features at {card.rate:g} steps/s (`sound/plus_features.py`) with",
        f"one LSTM of {settings.hidden} and a fully connected layer in Caffe2 operators; tells what the sound tells:",
        "how fast the bow moves without its sign, where strokes and notes begin, string, place of the left hand,",
        "pitches, sound or rest. A causal planner inside the inference session (`inference/violin/bow_planner.py`)",
        "turns that into strokes, crossings, stops and rests, and a kinematic violinist into 50 keypoints.",
        "",
        "| | |",
        "|---|---|",
        f"| File | {report.size / 1e6:.2f} MB, sha256 `{report.sha256}` |",
        f"| Made by | `{card.command}`, seed {settings.seed}, best of {settings.epochs} epochs: "
        f"{net.results['best_epoch']} |",
        f"| Trained on | {net.hours:.2f} h, varied: virtual recitals; by `--bach` {TIMED_SHARE:.0%} of them "
        f"have real timing and slurs, and {RECORDING_VARIATIONS} variations of real recordings are added, half of "
        f"them with strokes joined into slurs: {', '.join(heard) or 'none'} |",
        f"| Training | {net.results['seconds']:.0f} s of wall clock on a shared machine, ADAM at "
        f"{settings.learning_rate:g}, sequence {settings.sequence}, batch {settings.batch} |",
        f"| Error | {errors} (mean squared error over the loss's deviations) |",
        f"| Parity | Caffe2 and onnxruntime differ by at most {report.parity.worst:.1e} in the targets' units |",
        f"| Delay | {delays[0]:.0f} ms of the net and {delays[1]:.0f} ms of the planner, undone in files |",
        "",
        *tables,
        "",
        "`python -m audio_to_body.reproduce.evaluate` prints these tables; FOLDER is the Bach Violin Dataset.",
        "",
        "Sources and licences:",
        "",
        *(f"- {source}" for source in sources),
        "",
        "Limits: up-bow or down-bow is the planner's choice (alternation, down-bow after a rest), not heard. Under",
        "slurs the bow goes on, but some slurs of a real recording become strokes (slurs kept), and loud playing is",
        "told from soft less clearly than by a violinist who knows the notes (speed ~ dB).",
        "Strings are guessed from pitch and context. Solo violin only: other instruments or an accompaniment are",
        "played as if they were one. It learnt its manners from virtual violinists, not from videos of people.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(run_command(main))
