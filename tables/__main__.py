"""Hold a table's results against the expected ones, or write what is expected.

``python -m audio_to_body.tables check table1``
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from audio_to_body.skeleton.files import write_text
from audio_to_body.skeleton.refusal import BadInput, run_command
from audio_to_body.tables.expected import EXPECTED, expected_csv, expected_from, misses, read_expected
from audio_to_body.tables.results import RESULTS, read_results, results_path


def parser() -> argparse.ArgumentParser:
    """The command line."""
    flags = argparse.ArgumentParser(prog="python -m audio_to_body.tables", description=__doc__)
    flags.add_argument("action", choices=("check", "expect"), help="compare, or write the expected results")
    flags.add_argument("table", choices=("table1", "table2"))
    flags.add_argument("--data", default="virtual", help="as the results file is named")
    flags.add_argument("--profile", default="default")
    flags.add_argument("--results", type=Path, default=RESULTS, help="folder of the results")
    flags.add_argument("--beside", type=Path, help="expect: results of the same trainings with other rounding")
    flags.add_argument("--expected", type=Path, default=EXPECTED, help="folder of the expected results")
    return flags


def main(arguments: list[str]) -> int:
    """0 when every result is as expected, 1 when one is not."""
    flags = parser().parse_args(arguments)
    if flags.beside is not None and flags.action != "expect":
        raise BadInput("--beside tells expect its margins; check reads them where they were written: leave it out")
    results = read_results(results_path(flags.table, flags.data, flags.profile, flags.results))
    path = results_path(flags.table, flags.data, flags.profile, flags.expected)
    if flags.action == "expect":
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, expected_csv(expected_from(results, read_results(flags.beside) if flags.beside else ())))
        print(f"written: {path}")
        return 0
    found = misses(results, read_expected(path))
    for miss in found:
        print(f"not as expected: {miss}", file=sys.stderr)
    print(f"{flags.table}: {len(results)} results, {len(found)} not as expected ({path.name})")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
