"""A whole table: its data, its rows, its results as files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.preprocessing.schedulers import LOCAL, cores
from audio_to_body.reproduce.data import PIANOMIME, data_name, described, open_data, run_folder
from audio_to_body.reproduce.profiles import Profile, profile_named
from audio_to_body.reproduce.rows import NET, Row, Table
from audio_to_body.reproduce.runner import RowTask, finished_row, run_table, table_tasks
from audio_to_body.reproduce.table1 import TABLE1
from audio_to_body.reproduce.table2 import TABLE2
from audio_to_body.skeleton.files import write_text
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.tables.rendering import Heading, render
from audio_to_body.tables.results import RESULTS, results_csv, results_path

TABLES: dict[str, Table] = {table.name: table for table in (TABLE1, TABLE2)}


@dataclass(frozen=True)
class TableOutcome:
    """What a run of a table gave: the rendered text, the files written, the rows that failed with the reason."""

    text: str
    files: tuple[Path, ...]
    failures: dict[str, str]


def chosen_rows(table: Table, profile: Profile, names: Sequence[str] | None) -> list[Row]:
    """The rows to train, in the table's order.

    Raises
    ------
    BadInput
        If a name is not a row of the table; the message lists those that are.
    """
    every = [*table.rows, *table.extra]
    if names is None:
        return every if profile.extra_rows else list(table.rows)
    unknown = [name for name in names if name not in {row.name for row in every}]
    if unknown:
        raise BadInput(
            f"{table.name} has no row '{unknown[0]}'; its rows are: {'; '.join(row.name for row in every)}"
        )
    return [row for row in every if row.name in names]


def reproduce_table(
    name: str,
    data: str,
    profile: str,
    scheduler: str = LOCAL,
    seeds: int = 1,
    rows: Sequence[str] | None = None,
    workers: int | None = None,
    results: Path | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> TableOutcome:
    """Make or open the data, train every row, write CSV and Markdown.

    Parameters
    ----------
    name : str
        ``"table1"`` or ``"table2"``.
    data, profile, scheduler : str
        As on the command line.
    seeds : int
        Every row is trained with seeds 0 to ``seeds - 1``.
    rows : sequence of str, optional
        Only these rows; the results then go into a file of their own.
    workers : int, optional
        Rows side by side.
    results : path, optional
        Folder of the results.
    say : callable
        Told what is about to happen.

    Raises
    ------
    BadInput
        For an unknown row, profile, data or scheduler.
    """
    table, size = TABLES[name], profile_named(profile)
    chosen = chosen_rows(table, size, rows)
    folder = results or RESULTS
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(
            f"results cannot be written to {folder} ({error.strerror}); name another with --results"
        ) from error
    dataset = open_data(data, table.final.instrument, size)
    epochs = size.epochs_on(dataset.manifest.data)
    tasks = table_tasks(table, chosen, dataset, epochs, range(seeds), run_folder(name, data, profile))
    say(f"{table.title}: {len(tasks)} trainings on {described(dataset)}")
    if scheduler == LOCAL and profile != "smoke":
        say(announcement(tasks, dataset, workers or cores()))
    outcomes, failures = run_table(tasks, scheduler, workers)
    trained = [outcome.result for outcome in outcomes]
    remarks = [*notes(dataset), *dict.fromkeys(note for outcome in outcomes for note in outcome.notes)]
    heading = Heading(table.title, described(dataset), profile, range(seeds), epochs, remarks)
    text = render(name, trained, heading)
    written: tuple[Path, ...] = ()
    if trained:
        part = "" if rows is None else "-rows"
        csv_path = results_path(name, data_name(data), profile + part, folder)
        write_text(csv_path, results_csv(name, trained))
        write_text(csv_path.with_suffix(".md"), text)
        written = (csv_path, csv_path.with_suffix(".md"))
    return TableOutcome(text, written, failures)


def notes(dataset: Dataset) -> list[str]:
    """What a reader must know of how the numbers were made."""
    width, height = dataset.manifest.frame_size
    if dataset.manifest.data == PIANOMIME:
        return [
            f"A pixel is a millimetre on the keyboard; mean over the {dataset.layout.size} measured points (both "
            "wrists, ten fingertips) and kept frames, 24 fps, delay undone. No joint in between is counted.",
            "Train: the net in test mode (no dropout). Valid: random blocks of consecutive frames. "
            "Test: whole songs never seen. The sound is synthesised from the notes; their loudness is drawn.",
        ]
    return [
        f"Pixels of the reference frame, {width} × {height}; mean over points and kept frames, 24 fps, delay undone.",
        "Train: the net in test mode (no dropout). Valid: random blocks of consecutive frames. "
        "Test: whole recitals never seen.",
    ]


def announcement(tasks: Sequence[RowTask], dataset: Dataset, workers: int) -> str:
    """How long the trainings that are still to do will take on this machine, measured on a few steps."""
    from audio_to_body.reproduce.forecast import training_seconds

    waiting = [task for task in tasks if task.kind == NET and finished_row(task) is None]
    hours = training_seconds(waiting, dataset) / max(1, min(workers, len(waiting))) / 3600
    return (
        f"About {hours:.1f} hours here ({len(waiting)} trainings, {workers} side by side). "
        "It can be interrupted and goes on at the row and epoch where it stopped."
    )
