"""A whole table: its data, its rows, its results as files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.preprocessing.schedulers import LOCAL, cores
from audio_to_body.reproduce.budget import BY_EPOCHS, EQUAL, Budget, budget_of
from audio_to_body.reproduce.data import PIANOMIME, data_name, described, open_data, run_folder
from audio_to_body.reproduce.profiles import Profile, profile_named
from audio_to_body.reproduce.rows import MEAN_POSE, NET, Row, Table
from audio_to_body.reproduce.runner import RowOutcome, RowTask, finished_row, run_table, table_tasks
from audio_to_body.reproduce.table1 import TABLE1
from audio_to_body.reproduce.table2 import TABLE2
from audio_to_body.skeleton.files import write_text
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.tables.comparison import Comparison
from audio_to_body.tables.differences import render_differences
from audio_to_body.tables.rendering import Heading, render
from audio_to_body.tables.results import RESULTS, players_csv, players_path, results_csv, results_path

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
        return [row for row in every if profile.extra_rows or row in table.rows or row.kind != NET]
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
    updates: str = EQUAL,
    epochs: int | None = None,
    lanes: int | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> TableOutcome:
    """Make or open the data, train every row, write CSVs and Markdown.

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
    updates, epochs, lanes
        How long rows are trained: see :func:`audio_to_body.reproduce.budget.budget_of`.
    say : callable
        Told what is about to happen.

    Raises
    ------
    BadInput
        For an unknown row, profile, data, budget or scheduler.
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
    budget = budget_of(size, table.final, dataset, updates, epochs, lanes)
    kind = profile + ("-epochs" if updates == BY_EPOCHS else "")
    tasks = table_tasks(table, chosen, dataset, budget, range(seeds), run_folder(name, data, kind))
    say(f"{table.title}: {len(tasks)} trainings on {described(dataset)}")
    if scheduler == LOCAL and profile != "smoke":
        say(announcement(tasks, dataset, workers or cores()))
    outcomes, failures = run_table(tasks, scheduler, workers)
    trained = [outcome.result for outcome in outcomes]
    remarks = [
        *notes(dataset),
        *distance_note(size, budget),
        *alignment_note(table, dataset, outcomes),
        *dict.fromkeys(note for outcome in outcomes for note in outcome.notes),
    ]
    heading = Heading(table.title, described(dataset), profile, range(seeds), budget.described, budget.lanes, remarks)
    players = [player for outcome in outcomes for player in outcome.players]
    differences = render_differences(Comparison(name, trained, players))
    text = "\n".join(filter(None, [render(name, trained, heading), differences]))
    written: tuple[Path, ...] = ()
    if trained:
        part = "" if rows is None else "-rows"
        csv_path = results_path(name, data_name(data), kind + part, folder)
        written = (csv_path, players_path(csv_path), csv_path.with_suffix(".md"))
        write_text(written[0], results_csv(name, trained))
        write_text(written[1], players_csv(players))
        write_text(written[2], text)
    return TableOutcome(text, written, failures)


def notes(dataset: Dataset) -> list[str]:
    """What a reader must know of how the numbers were made."""
    width, height = dataset.manifest.frame_size
    seen = (
        "Train: the net in test mode (no dropout). Valid: random blocks of consecutive frames, other ones for every "
        "seed; baselines stand once, on the first seed's. Every number is of the net of the last update. All frames: "
        "the test with dropped frames too, against what the detector gave. "
    )
    if dataset.manifest.data == PIANOMIME:
        return [
            f"A pixel is a millimetre on the keyboard; mean over the {dataset.layout.size} measured points (both "
            "wrists, ten fingertips) and kept frames, 24 fps, delay undone. No joint in between is counted.",
            seen + "Test: whole songs never seen, as far as notes and hands tell. The sound is synthesised from the "
            "notes; their loudness is drawn.",
        ]
    return [
        f"Pixels of the reference frame, {width} × {height}, that of the first training recital; mean over points "
        "and kept frames, 24 fps, delay undone.",
        seen + "Test: whole recitals of players and pieces never seen.",
    ]


def distance_note(profile: Profile, budget: Budget) -> list[str]:
    """How far a budget is from what a profile that counts epochs asks for; nothing where it is that."""
    if profile.updates or (budget.epochs, budget.lanes) == (profile.epochs, profile.lanes):
        return []
    return [
        f"Far from the whole profile: {budget.epochs} epoch{'s' * (budget.epochs != 1)} of {budget.lanes} lanes "
        f"instead of {profile.epochs} of {profile.lanes}, as the paper has them."
    ]


def alignment_note(table: Table, dataset: Dataset, outcomes: Sequence[RowOutcome]) -> list[str]:
    """What aligning test recitals by themselves does to the test error; nothing where nothing is aligned."""
    if not dataset.manifest.reference:
        return []
    shown = {table.rows[-1].name, *(row.name for row in table.extra if row.kind == MEAN_POSE)}
    told = [
        f"{o.result.row} {o.by_training:.2f} px instead of {o.result.test:.2f}"
        for o in outcomes
        if o.result.row in shown and o.result.seed == 0
    ]
    if not told:
        return []
    return [
        "Every test recital is aligned by the mean of its own neck and shoulders, which a listener does not know. "
        f"Aligned by the training recitals' mean (seed 0): {', '.join(told)}."
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
