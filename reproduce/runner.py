"""Train and score the rows of a table: side by side, resumable at the row and the epoch."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audio_to_body.models.settings import Settings
from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.preprocessing.manifest import MANIFEST
from audio_to_body.preprocessing.schedulers import run_tasks
from audio_to_body.reproduce.budget import Budget
from audio_to_body.reproduce.profiles import HUMAN_HANDS
from audio_to_body.reproduce.rows import MEAN_POSE, NET, RIDGE, Row, Table
from audio_to_body.skeleton.files import write_text
from audio_to_body.skeleton.folders import own_folder
from audio_to_body.skeleton.progress import progress_bar
from audio_to_body.tables.results import BEST, PlayerError, Result

if TYPE_CHECKING:
    from audio_to_body.models.evaluation import RecitalError
    from audio_to_body.models.recital_data import TrainingData
    from audio_to_body.models.training import Progress

RUNS = Path("runs")
RESULT_FILE = "result.json"
PROGRESS_FILE = "share.done"
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
    """A row's result.

    Attributes
    ----------
    result : Result
    players : tuple of PlayerError
        What it errs on every test player.
    by_training : float
        Its test error when test recitals are aligned by the training recitals' mean instead of by themselves, px.
    notes : tuple of str
        What a reader of the numbers should know, a sentence each.
    """

    result: Result
    players: tuple[PlayerError, ...]
    by_training: float
    notes: tuple[str, ...]


def finished_row(task: RowTask) -> RowOutcome | None:
    """What an earlier run left for exactly this task, if anything."""
    path = Path(task.folder) / RESULT_FILE
    try:
        saved = json.loads(path.read_text())
        if saved["identity"] == json.loads(json.dumps(task.identity())):
            players = tuple(PlayerError(**player) for player in saved["players"])
            return RowOutcome(Result(**saved["result"]), players, saved["by_training"], tuple(saved["notes"]))
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
    scored, tested = _train(task, data) if task.kind == NET else _baseline(task, data)
    by_player: dict[str, list[RecitalError]] = {}
    for error in tested:
        by_player.setdefault(player_of(error.name, data.data), []).append(error)
    players = [
        PlayerError(
            task.row,
            task.settings.seed,
            player,
            sum(e.frames for e in own),
            _mean([e.error for e in own], [e.frames for e in own]),
            sum(e.frames_all for e in own),
            _mean([e.error_all for e in own], [e.frames_all for e in own]),
        )
        for player, own in by_player.items()
    ]
    result = Result(
        row=task.row,
        seed=task.settings.seed,
        test_all=_mean([p.error_all for p in players], [p.frames_all for p in players]),
        **scored,
    )
    by_training = _mean([e.by_training for e in tested], [e.frames for e in tested])
    saved = {
        "identity": task.identity(),
        "result": asdict(result),
        "players": [asdict(player) for player in players],
        "by_training": by_training,
        "notes": data.notes,
    }
    write_text(folder / RESULT_FILE, json.dumps(saved, indent=1))
    return RowOutcome(result, tuple(players), by_training, tuple(data.notes))


def player_of(recital: str, data: str) -> str:
    """Whom a test recital counts for: its own player, or of human hands, which tell no player, the song."""
    return recital.split("_clip")[0] if data == HUMAN_HANDS else recital


def _mean(values: Sequence[float], frames: Sequence[int]) -> float:
    """Mean in which every frame counts alike; NaN for no frames."""
    counted = [(value, count) for value, count in zip(values, frames) if count]
    return sum(v * c for v, c in counted) / sum(c for _, c in counted) if counted else float("nan")


def _train(task: RowTask, data: TrainingData) -> tuple[dict[str, Any], list[RecitalError]]:
    """Train a net; the fields of its result, and its errors on test recitals."""
    from audio_to_body.models.checkpoint import load_net
    from audio_to_body.models.evaluation import predict_recitals, predictor_of, recital_errors
    from audio_to_body.models.training import train

    folder, settings = Path(task.folder), task.settings

    def tell(epoch: int, net: object, state: Progress) -> None:
        looked = state.history[-1]["update"] if state.history else 0.0
        share = looked / settings.updates if settings.updates else epoch / settings.epochs
        write_text(folder / PROGRESS_FILE, f"{share:.3f}")

    outcome = train(settings, data, folder / CHECKPOINTS, progress=False, observer=tell)
    predictor = predictor_of(load_net(folder / CHECKPOINTS))
    try:
        test = replace(data, recitals=[r for r in data.recitals if r.detected is not None])
        tested = recital_errors(test, predict_recitals(predictor, test))
    finally:
        predictor.close()
    names = ("train", "valid", "test", "epochs", "seconds", "lanes", "chunks", "updates", "valid_slope")
    chosen = outcome.best_epoch if settings.choice == BEST else outcome.epochs
    fields = {name: getattr(outcome, name) for name in names}
    return {**fields, "choice": settings.choice, "chosen_epoch": chosen}, tested


def _baseline(task: RowTask, data: TrainingData) -> tuple[dict[str, Any], list[RecitalError]]:
    """Score a baseline; the fields of its result, and its errors on test recitals."""
    from audio_to_body.models import baselines
    from audio_to_body.models.evaluation import recital_errors

    score = {MEAN_POSE: baselines.mean_pose, RIDGE: baselines.ridge_regression}[task.kind](data)
    fields = {name: getattr(score, name) for name in ("train", "valid", "test", "epochs", "seconds")}
    return fields, recital_errors(data, score.predictions)


def table_tasks(
    table: Table, rows: Sequence[Row], dataset: Dataset, budget: Budget, seeds: Sequence[int], run_name: str
) -> list[RowTask]:
    """The trainings of a table: every row with every seed; a baseline has no seed and stands once."""
    return [
        RowTask(
            row=row.name,
            kind=row.kind,
            dataset=str(dataset.folder.resolve()),
            settings=table.settings(row, budget, seed),
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
    # of as many updates those of long chunks are long; of as many epochs those of many steps a frame
    steps = s.sequence if s.updates else s.upsample * s.training_share
    return s.layers * steps * (1.1 if s.components is None else 1.0)


def run_table(
    tasks: Sequence[RowTask], scheduler: str, workers: int | None = None
) -> tuple[list[RowOutcome], dict[str, str]]:
    """Train every task and return the outcomes in the tasks' order, and what failed with the reason.

    Raises
    ------
    BadInput
        If the scheduler does not answer, or another run trains in the same folder.
    """
    with contextlib.ExitStack() as held:
        for folder in sorted({Path(task.folder).parent for task in tasks}):
            held.enter_context(own_folder(folder))
        return _run_table(tasks, scheduler, workers)


def _run_table(
    tasks: Sequence[RowTask], scheduler: str, workers: int | None
) -> tuple[list[RowOutcome], dict[str, str]]:
    order = sorted(range(len(tasks)), key=lambda i: -cost(tasks[i]))
    queue = [tasks[i] for i in order]
    outcomes: dict[int, RowOutcome] = {}
    failures: dict[str, str] = {}
    nets = [task for task in tasks if task.kind == NET]
    form = "{l_bar}{bar}| {elapsed}<{remaining}"
    with progress_bar(total=len(nets), desc="training", bar_format=form, dynamic_ncols=True) as bar:

        def show() -> None:
            bar.n = sum(map(_share_done, nets))
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


def _share_done(task: RowTask) -> float:
    folder = Path(task.folder)
    if (folder / RESULT_FILE).exists():
        return 1.0
    try:
        return float((folder / PROGRESS_FILE).read_text())
    except (OSError, ValueError):
        return 0.0
