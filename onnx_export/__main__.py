"""Export a trained net: ``python -m audio_to_body.onnx_export RUN_FOLDER -o violin.onnx``."""

from __future__ import annotations

import argparse
import shlex
import sys

from audio_to_body.skeleton.files import check_free
from audio_to_body.skeleton.program import called_as, example
from audio_to_body.skeleton.refusal import BadInput, run_command

NAME = "python -m audio_to_body.onnx_export"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(
        prog=called_as(NAME),
        description="Trained Caffe2 net to one .onnx file.",
        epilog=example("runs/mine -o mine.onnx", NAME),
    )
    p.add_argument("run", help="folder of a finished training run")
    p.add_argument("-o", "--out", required=True, help="the .onnx file to write")
    p.add_argument("--force", action="store_true", help="write over a file that exists")
    p.add_argument("--profile", default="", help="profile it was trained with, for the card")
    p.add_argument(
        "--source", action="append", default=[], help="where the data came from, with licence (repeatable)"
    )
    p.add_argument("--made-by", default=None, help="command that made the net, for the card (default: this one)")
    p.add_argument(
        "--planner",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of the planner of a net with named targets (repeatable)",
    )
    return p


def planner_settings(given: list[str]) -> dict[str, str]:
    """Settings as they were typed.

    Raises
    ------
    BadInput
        If one is not NAME=VALUE.
    """
    pairs = [text.partition("=") for text in given]
    for text, (name, sign, value) in zip(given, pairs):
        if not (name and sign and value):
            raise BadInput(f"--planner {text} is not NAME=VALUE")
    return {name: value for name, _, value in pairs}


def main(argv: list[str] | None = None) -> int:
    """Parse, export, report."""
    arguments = parser().parse_args(argv)
    check_free(arguments.out, arguments.force)
    from audio_to_body.onnx_export.export import export
    from audio_to_body.onnx_export.parity import TOLERANCE

    given = sys.argv[1:] if argv is None else argv
    command = arguments.made_by or f"{NAME} " + shlex.join(given)
    report = export(
        arguments.run,
        arguments.out,
        profile=arguments.profile,
        command=command,
        sources=arguments.source,
        planner=planner_settings(arguments.planner),
    )
    streamed = ", ".join(f"{chunk}: {worst:.1e}" for chunk, worst in report.parity.streamed.items())
    print(f"{report.path}: {report.size / 1e6:.2f} MB, sha256 {report.sha256}")
    print(
        f"Caffe2 and onnxruntime over {report.parity.steps} steps: whole {report.parity.whole:.1e} px; "
        f"in chunks of {streamed} px (allowed {TOLERANCE:g})"
    )
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
