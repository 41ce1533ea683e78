"""``audio-to-body play | prepare | train | export | avatar | page | table``: one command for people.

Thin: each name stands for a room's own command line (``python -m audio_to_body.<room>``), which reads the arguments.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

from audio_to_body import __version__
from audio_to_body.skeleton.program import PROGRAM
from audio_to_body.skeleton.refusal import BadInput, run_command


@dataclass(frozen=True)
class Command:
    """One name after ``audio-to-body``.

    Attributes
    ----------
    module : str
        Module whose ``main`` takes the arguments that follow the name.
    does : str
        One line for the list of commands.
    """

    module: str
    does: str


COMMANDS = {
    "play": Command("audio_to_body.command_line.play", "a recording, or live sound, to a musician who plays it"),
    "prepare": Command("audio_to_body.preprocessing.__main__", "videos of recitals to a dataset"),
    "train": Command("audio_to_body.models.__main__", "one net on a dataset"),
    "export": Command("audio_to_body.onnx_export.__main__", "a trained net to one .onnx file"),
    "avatar": Command("audio_to_body.avatar.__main__", "a motion (.npz) onto a 3-D musician: glb, bvh, usdz, mp4"),
    "page": Command("audio_to_body.command_line.page", "the musician in the browser, served on this machine"),
    "table": Command("audio_to_body.reproduce.__main__", "train a table of the paper, printed beside its numbers"),
}


def parser() -> argparse.ArgumentParser:
    """The command line up to the command's name; the rest is the command's own."""
    width = max(map(len, COMMANDS)) + 2
    listed = "\n".join(f"  {name:{width}}{command.does}" for name, command in COMMANDS.items())
    parse = argparse.ArgumentParser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [-h] [--version] COMMAND ...",
        description="Music in, a musician who plays it out.",
        epilog=f"commands:\n{listed}\n\n{PROGRAM} COMMAND --help tells more. Example: {PROGRAM} play audio.wav",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parse.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    parse.add_argument("command", metavar="COMMAND", help="one of the commands below")
    return parse


def main(argv: Sequence[str]) -> int:
    """Hand the arguments to the command that the first one names.

    Raises
    ------
    BadInput
        If there is no such command, or the installation lacks a package that it needs.
    """
    chosen = parser().parse_args(argv[:1])
    if chosen.command not in COMMANDS:
        raise BadInput(f"{PROGRAM} has no command '{chosen.command}'; there are {', '.join(COMMANDS)}")
    sys.argv[0] = f"{PROGRAM} {chosen.command}"
    try:
        return import_module(COMMANDS[chosen.command].module).main(list(argv[1:])) or 0
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("audio_to_body"):
            raise
        raise BadInput(
            f"'{PROGRAM} {chosen.command}' needs the package {missing.name}, which is not installed; "
            "pip install 'audio-to-body-dynamics[train]' (Python 3.9) brings everything"
        ) from None


def cli() -> None:
    """Console entry point."""
    sys.exit(run_command(main, sys.argv[1:]))


if __name__ == "__main__":
    cli()
