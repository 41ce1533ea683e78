"""Our results as data: two CSVs per table, data and profile, one line a training and one line a test player."""

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

RESULTS = Path("tables/results")  # below the working folder, as runs and data are: never in somebody's installation
COLUMNS = (
    "row",
    "seed",
    "train",
    "valid",
    "test",
    "test_all",
    "paper_train",
    "paper_valid",
    "paper_test",
    "lanes",
    "chunks",
    "updates",
    "epochs",
    "choice",
    "chosen_epoch",
    "valid_slope",
    "seconds",
)
PLAYER_COLUMNS = ("row", "seed", "player", "frames", "error", "frames_all", "error_all")
LAST, BEST = "last", "best"
# a validation error whose line over the last fifth of the updates falls by less than this share of it is flat
FLAT = 0.01


@dataclass(frozen=True)
class Result:
    """One trained row: mean error in pixels, and what it took.

    Attributes
    ----------
    row : str
    train, valid, test : float
        Mean error on kept frames, px.
    seed : int
    epochs : int
        Begun passes over the training data; 0 for a baseline.
    seconds : float
        Of training and validating.
    test_all : float
        Mean error on every frame of the test recitals, against what the detector gave, dropped frames included.
    lanes : int
        Chunks that are learnt from side by side: the batch.
    chunks : int
        Into which the training data is cut.
    updates : int
        Steps of ADAM in all.
    choice : str
        Which net is scored: ``"last"``, or ``"best"`` for that of the least validation error; empty for a baseline.
    chosen_epoch : int
        When the net that is scored was, counted from 1; 0 for a baseline.
    valid_slope : float
        By which share of itself the validation error changed over the last fifth of the updates (a line through
        the looks there); negative where it still fell, NaN where there were too few looks.
    """

    row: str
    train: float
    valid: float
    test: float
    seed: int
    epochs: int
    seconds: float
    test_all: float = float("nan")
    lanes: int = 0
    chunks: int = 0
    updates: int = 0
    choice: str = ""
    chosen_epoch: int = 0
    valid_slope: float = float("nan")

    @property
    def flat(self) -> bool:
        """Whether validation no longer fell over the last fifth of the updates."""
        return self.valid_slope > -FLAT


@dataclass(frozen=True)
class PlayerError:
    """What a trained row errs on one test player.

    Attributes
    ----------
    row : str
    seed : int
    player : str
        The test recital, or the song of human hands.
    frames : int
        Kept frames, over which ``error`` is the mean, px.
    error : float
    frames_all : int
        Every frame in which something was detected, over which ``error_all`` is the mean, px.
    error_all : float
    """

    row: str
    seed: int
    player: str
    frames: int
    error: float
    frames_all: int
    error_all: float


def results_path(table: str, data: str, profile: str, folder: Path = RESULTS) -> Path:
    """``<table>-<data>-<profile>.csv``."""
    return folder / f"{table}-{data}-{profile}.csv"


def players_path(results: Path) -> Path:
    """The file of errors per player beside a file of results: ``<table>-<data>-<profile>-players.csv``."""
    return results.with_name(f"{results.stem}-players.csv")


def _written(value: float | None, digits: int = 2) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.{digits}f}"


def csv_text(columns: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """Lines as CSV under their columns."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(lines)
    return text.getvalue()


def results_csv(table: str, results: Iterable[Result]) -> str:
    """Results as CSV, with the paper's numbers in their columns (empty for rows of our own)."""

    def line(result: Result) -> list[object]:
        paper = paper_row(table, result.row)
        errors = (result.train, result.valid, result.test, result.test_all)
        return [
            result.row,
            result.seed,
            *(_written(value, 3) for value in errors),
            *([_written(value) for value in paper[1:]] if paper else ["", "", ""]),
            result.lanes,
            result.chunks,
            result.updates,
            result.epochs,
            result.choice,
            result.chosen_epoch,
            _written(result.valid_slope, 4),
            _written(result.seconds, 1),
        ]

    return csv_text(COLUMNS, map(line, results))


def players_csv(players: Iterable[PlayerError]) -> str:
    """Errors per player as CSV."""
    return csv_text(
        PLAYER_COLUMNS,
        (
            [p.row, p.seed, p.player, p.frames, _written(p.error, 3), p.frames_all, _written(p.error_all, 3)]
            for p in players
        ),
    )


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


TRAIN_FIRST = "train the table first (make table1 or make table2)"


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
            test_all=float(line["test_all"] or "nan"),
            lanes=int(line["lanes"]),
            chunks=int(line["chunks"]),
            updates=int(line["updates"]),
            choice=line["choice"],
            chosen_epoch=int(line["chosen_epoch"]),
            valid_slope=float(line["valid_slope"] or "nan"),
        )
        for line in read_lines(Path(path), COLUMNS, TRAIN_FIRST)
    ]


def read_players(path: str | os.PathLike[str]) -> list[PlayerError]:
    """Read a CSV of errors per player; raises :class:`BadInput` when it is missing or of another form."""
    return [
        PlayerError(
            row=line["row"],
            seed=int(line["seed"]),
            player=line["player"],
            frames=int(line["frames"]),
            error=float(line["error"] or "nan"),
            frames_all=int(line["frames_all"]),
            error_all=float(line["error_all"] or "nan"),
        )
        for line in read_lines(Path(path), PLAYER_COLUMNS, TRAIN_FIRST)
    ]
