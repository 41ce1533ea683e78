"""Our results as data: one CSV per table, data and profile."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.tables.paper import paper_row

RESULTS = Path(__file__).parent / "results"
COLUMNS = (
    "row",
    "train",
    "valid",
    "test",
    "paper_train",
    "paper_valid",
    "paper_test",
    "seed",
    "epochs",
    "seconds",
)


@dataclass(frozen=True)
class Result:
    """One trained row: mean error in pixels, and what it took."""

    row: str
    train: float
    valid: float
    test: float
    seed: int
    epochs: int
    seconds: float


def results_path(table: str, data: str, profile: str, folder: Path = RESULTS) -> Path:
    """``<table>-<data>-<profile>.csv``."""
    return folder / f"{table}-{data}-{profile}.csv"


def _written(value: float | None, digits: int = 2) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.{digits}f}"


def results_csv(table: str, results: Iterable[Result]) -> str:
    """Results as CSV, with the paper's numbers in their columns (empty for rows of our own)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for result in results:
        paper = paper_row(table, result.row)
        printed = [_written(v) for v in paper[1:]] if paper else ["", "", ""]
        ours = [_written(v, 3) for v in (result.train, result.valid, result.test)]
        writer.writerow([result.row, *ours, *printed, result.seed, result.epochs, _written(result.seconds, 1)])
    return text.getvalue()


def read_lines(path: Path, columns: Sequence[str], missing: str) -> list[dict[str, str]]:
    """The lines of a CSV that has exactly these columns.

    Raises
    ------
    BadInput
        If there is no such file (``missing`` says what would help), or its columns are others.
    """
    if not path.is_file():
        raise BadInput(f"{path} does not exist; {missing}")
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != tuple(columns):
            raise BadInput(f"{path} is not such a file: its columns are {reader.fieldnames}, not {list(columns)}")
        return list(reader)


def read_results(path: str | os.PathLike[str]) -> list[Result]:
    """Read a results CSV; raises :class:`BadInput` when it is missing or of another form."""
    return [
        Result(
            row=line["row"],
            train=float(line["train"] or "nan"),
            valid=float(line["valid"] or "nan"),
            test=float(line["test"] or "nan"),
            seed=int(line["seed"]),
            epochs=int(line["epochs"]),
            seconds=float(line["seconds"] or "nan"),
        )
        for line in read_lines(Path(path), COLUMNS, "train the table first (make table1 or make table2)")
    ]
