"""``python -m audio_to_body.benchmarks [NAME ...]``: every hot path against its peer."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from audio_to_body.skeleton.refusal import BadInput, run_command

NAMES = ("training", "throughput", "inference", "scores", "preprocessing", "avatar")


def main(arguments: list[str]) -> int:
    """Run the benchmarks named, or all of them; each prints its own table."""
    flags = argparse.ArgumentParser(prog="python -m audio_to_body.benchmarks", description=__doc__)
    flags.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(NAMES)}; default all")
    chosen = flags.parse_args(arguments).names or [
        name for name in NAMES if (Path(__file__).parent / f"{name}.py").exists()
    ]
    for name in chosen:
        if name not in NAMES:
            raise BadInput(f"unknown benchmark '{name}'; there are {', '.join(NAMES)}")
        print(f"\n== {name}")
        importlib.import_module(f"audio_to_body.benchmarks.{name}").run()
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
