"""Train and score the rows of a table: side by side, resumable at the row and the epoch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audio_to_body.models.settings import Settings
from audio_to_body.preprocessing.dataset import MANIFEST, Dataset
from audio_to_body.preprocessing.schedulers import run_tasks
from audio_to_body.reproduce.rows import MEAN_POSE, NET, RIDGE, Row, Table
from audio_to_body.skeleton.files import write_text
from audio_to_body.tables.results import Result

if TYPE_CHECKING:
    from audio_to_body.models.baselines import BaselineScore
    from audio_to_body.models.training import Outcome

RUNS = Path("runs")
RESULT_FILE = "result.json"
PROGRESS_FILE = "epochs.done"
CHECKPOINTS = "checkpoint"  # folder of a row's training run


@dataclass(frozen=True)
class RowTask:
    """One training: everything that another process needs to know."""

    row: str
    kind: str
    dataset: str
    settings: Settings
    folder: str

    def identity(self) -> dict[str, Any]:
        """What a finished result must have been made from to be used again."""
        manifest = (Path(self.dataset) / MANIFEST).read_text()
        return {"settings": asdict(self.settings), "kind": self.kind, "manifest": json.loads(manifest)}


@dataclass(frozen=True)
class RowOutcome:
    """A row's result, and what a reader of its numbers should know, a sentence each."""

    result: Result
    notes: tuple[str, ...]


def finished_row(task: RowTask) -> RowOutcome | None:
    """What an earlier run left for exactly this task, if anything."""
    path = Path(task.folder) / RESULT_FILE
    try:
        saved = json.loads(path.read_text())
        if saved["identity"] == json.loads(json.dumps(task.identity())):
            return RowOutcome(Result(**saved["result"]), tuple(saved["notes"]))
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def run_row(task: RowTask) -> RowOutcome:
    """Train and score one row; called in a process of its own.

    A finished row is not trained again, an interrupted one goes on at its last checkpoint.
    """
    done = finished_row(task)
    if done is not None:
        return done
    from audio_to_body.models.recital_data import prepare

    folder = Path(task.folder)
    folder.mkdir(parents=True, exist_ok=True)
    data = prepare(Dataset(task.dataset), task.settings)
    if task.kind == NET:
        from audio_to_body.models.training import train

        progress = folder / PROGRESS_FILE
        outcome: Outcome | BaselineScore = train(
            task.settings,
            data,
            folder / CHECKPOINTS,
            progress=False,
            observer=lambda epoch, net, state: write_text(progress, str(epoch)),
        )
    else:
        from audio_to_body.models import baselines

        outcome = {MEAN_POSE: baselines.mean_pose, RIDGE: baselines.ridge_regression}[task.kind](data)
    result = Result(
        row=task.row,
        train=outcome.train,
        valid=outcome.valid,
        test=outcome.test,
        seed=task.settings.seed,
        epochs=outcome.epochs,
        seconds=outcome.seconds,
    )
    saved = {"identity": task.identity(), "result": asdict(result), "notes": data.notes}
    write_text(folder / RESULT_FILE, json.dumps(saved, indent=1))
    return RowOutcome(result, tuple(data.notes))


def table_tasks(
    table: Table, rows: Sequence[Row], dataset: Dataset, epochs: int, seeds: Sequence[int], run_name: str
) -> list[RowTask]:
    """The trainings of a table: every row with every seed; a baseline has no seed and stands once."""
    return [
        RowTask(
            row=row.name,
            kind=row.kind,
            dataset=str(dataset.folder.resolve()),
            settings=table.settings(row, epochs, seed),
            folder=str((RUNS / run_name / f"{row.slug}-seed{seed}").resolve()),
        )
        for row in rows
        for seed in (seeds if row.kind == NET else seeds[:1])
    ]


def cost(task: RowTask) -> float:
    """Relative time of a training, so that long ones begin first."""
    if task.kind != NET:
        return 0.0
    s = task.settings
    return s.upsample * s.layers * s.training_share * (1.1 if s.components is None else 1.0)


def run_table(
    tasks: Sequence[RowTask], scheduler: str, workers: int | None = None
) -> tuple[list[RowOutcome], dict[str, str]]:
    """Train every task and return the outcomes in the tasks' order, and what failed with the reason.

    Raises
    ------
    BadInput
        If the scheduler does not answer.
    """
    from tqdm import tqdm

    order = sorted(range(len(tasks)), key=lambda i: -cost(tasks[i]))
    queue = [tasks[i] for i in order]
    outcomes: dict[int, RowOutcome] = {}
    failures: dict[str, str] = {}
    epochs = sum(task.settings.epochs for task in tasks if task.kind == NET)
    with tqdm(total=epochs, unit="epoch", desc="training", dynamic_ncols=True, disable=None) as bar:

        def show() -> None:
            bar.n = sum(_epochs_done(task) for task in tasks if task.kind == NET)
            bar.refresh()

        for position, answer in run_tasks(scheduler, run_row, queue, show, workers):
            task = queue[position]
            label = f"{task.row} (seed {task.settings.seed})"
            if isinstance(answer, BaseException):
                failures[label] = f"{type(answer).__name__}: {answer}"
                bar.write(f"{label}: failed, {failures[label]}")
            else:
                outcomes[order[position]] = answer
                error = answer.result
                bar.write(f"{label}: train {error.train:.2f}, valid {error.valid:.2f}, test {error.test:.2f} px")
            show()
    return [outcomes[i] for i in sorted(outcomes)], failures


def _epochs_done(task: RowTask) -> int:
    folder = Path(task.folder)
    if (folder / RESULT_FILE).exists():
        return task.settings.epochs
    try:
        return int((folder / PROGRESS_FILE).read_text())
    except (OSError, ValueError):
        return 0
