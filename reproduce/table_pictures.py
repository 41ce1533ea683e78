"""A table as pictures: how every row learnt, and what it errs on every test player.

``python -m audio_to_body.reproduce.table_pictures table1``; ``make figures`` draws both tables.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audio_to_body.reproduce.data import data_name, run_folder
from audio_to_body.reproduce.experiment import TABLES
from audio_to_body.reproduce.runner import CHECKPOINTS, RUNS
from audio_to_body.skeleton.refusal import BadInput, run_command
from audio_to_body.tables.comparison import FINAL, Comparison
from audio_to_body.tables.results import RESULTS, results_path

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PICTURES = Path("docs/images")
FINAL_COLOUR, DOT, MEAN = "black", "#2b6cd9", "#d9542b"
# rows that change the same thing have one colour; which end of it they take is told by the line
KINDS = (
    ("Frames", "#d9542b"),
    ("50%", "#8c564b"),
    ("Interpolated", "#e0a030"),
    ("PCA", "#2b6cd9"),
    ("Keypoints", "#2b6cd9"),
    ("Dropout", "#2a9d5c"),
    ("Seq", "#8e44ad"),
    ("No time", "#17a2b8"),
    ("Global", "#17a2b8"),
    ("Upsample", "#c2408f"),
)
OTHER = "#9aa3b2"
DASHES = ("-", "--", ":")

Curve = tuple[np.ndarray, np.ndarray]  # updates, and validation error of every seed [seeds, looks]


def learning_curves(table: str, data: str, profile: str) -> dict[str, Curve]:
    """Validation error of every row at the looks of its training, from the runs that the table left.

    Raises
    ------
    BadInput
        If the table was not trained here.
    """
    place = RUNS / run_folder(table, data, profile)
    curves: dict[str, Curve] = {}
    for row in (*TABLES[table].rows, *TABLES[table].extra):
        histories = []
        for path in sorted(place.glob(f"{row.slug}-seed*/{CHECKPOINTS}/run.json")):
            history = json.loads(path.read_text())["history"]
            histories.append([(look.get("update", look["epoch"]), look["valid"]) for look in history])
        if histories:
            length = min(map(len, histories))
            looks = np.array([history[:length] for history in histories], float)
            curves[row.name] = looks[0, :, 0], looks[:, :, 1]
    if not curves:
        raise BadInput(f"{place} holds no trained rows; train the table first (make {table})")
    return curves


def _style(rows: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Colour and dash of every row."""
    used: dict[str, int] = {}
    styles = {}
    for row in rows:
        colour = next((colour for start, colour in KINDS if row.startswith(start)), OTHER)
        if row == FINAL:
            colour = FINAL_COLOUR
        styles[row] = colour, DASHES[used.get(colour, 0) % len(DASHES)]
        used[colour] = used.get(colour, 0) + 1
    return styles


def figure_of_curves(title: str, curves: dict[str, Curve]) -> Figure:
    """The validation error of all rows over the updates, seeds' mean; the final row with its seeds' range."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.5, 5.4), layout="constrained")
    axis = figure.subplots()
    styles = _style(list(curves))
    for row, (updates, valid) in curves.items():
        colour, dash = styles[row]
        mean = valid.mean(axis=0)
        axis.plot(
            *(updates, mean),
            color=colour,
            ls=dash,
            lw=2.4 if row == FINAL else 1.3,
            zorder=3 if row == FINAL else 2,
            label=f"{row}  {mean[-1]:.1f}",
        )
        if row == FINAL and len(valid) > 1:
            axis.fill_between(updates, valid.min(axis=0), valid.max(axis=0), color=colour, alpha=0.12, lw=0)
    lasts = [valid.mean(axis=0)[-1] for _, valid in curves.values()]
    least = min(valid.mean(axis=0).min() for _, valid in curves.values())
    first = max(valid.mean(axis=0)[len(updates) // 8] for updates, valid in curves.values())
    axis.set_ylim(least - 0.05 * (first - least), first)
    axis.set(xlabel="updates", ylabel="validation error, px")
    axis.spines[["top", "right"]].set_visible(False)
    handles, labels = axis.get_legend_handles_labels()
    order = np.argsort([-last for last in lasts])
    figure.legend(
        [handles[i] for i in order],
        [labels[i] for i in order],
        loc="outside right center",
        frameon=False,
        fontsize=8,
        title="at the end, px",
        title_fontsize=8,
    )
    figure.suptitle(title, size=10)
    return figure


def by_player(compared: Comparison, row: str) -> dict[str, float]:
    """A row's test error on every player, mean of the seeds, px."""
    cells = compared.cells(row, "test")
    return {
        player: float(np.mean([value for (_, who), value in cells.items() if who == player]))
        for player in sorted({who for _, who in cells})
    }


def _errors(axis: Axes, compared: Comparison, rows: Sequence[str]) -> None:
    for height, row in enumerate(rows):
        errors = list(by_player(compared, row).values())
        axis.plot(errors, [height] * len(errors), "o", color=DOT, ms=4, alpha=0.55, mew=0)
        axis.plot([np.mean(errors)] * 2, [height - 0.34, height + 0.34], color=MEAN, lw=2)
    axis.set_yticks(range(len(rows)), rows, fontsize=8)
    axis.set(xlabel="test error, px: a dot a player, the line their mean", ylim=(-0.7, len(rows) - 0.3))


def _differences(axis: Axes, compared: Comparison, rows: Sequence[str]) -> None:
    final = by_player(compared, FINAL)
    for height, row in enumerate(rows):
        if row == FINAL:
            continue
        apart = [error - final[player] for player, error in by_player(compared, row).items() if player in final]
        axis.plot(apart, [height] * len(apart), "o", color=DOT, ms=4, alpha=0.55, mew=0)
        estimate = compared.difference(row, FINAL, "test")
        if estimate.told:
            axis.plot([estimate.low, estimate.high], [height] * 2, color=MEAN, lw=3 if estimate.sign else 1.2)
        axis.plot([estimate.mean], [height], "|", color=MEAN, ms=11, mew=2)
    axis.axvline(0, color=FINAL_COLOUR, lw=0.8)
    axis.set_xlabel(f"against {FINAL}, px: 95 % interval, thick where it leaves 0 out")


def figure_of_players(title: str, compared: Comparison) -> Figure:
    """Every row's error on every test player, and the differences from the final row with their intervals."""
    from matplotlib.figure import Figure

    rows = compared.rows[::-1]
    figure = Figure(figsize=(11, 0.27 * len(rows) + 1.6), layout="constrained")
    errors, differences = figure.subplots(1, 2, sharey=True)
    _errors(errors, compared, rows)
    _differences(differences, compared, rows)
    for axis in (errors, differences):
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(axis="y", color="#e6e8ec", lw=0.6)
        axis.set_axisbelow(True)
    figure.suptitle(title, size=10)
    return figure


def table_pictures(
    table: str, data: str, profile: str, results: Path = RESULTS
) -> tuple[dict[str, Figure], list[str]]:
    """Both pictures of a table by name, and why one of them is not there.

    Parameters
    ----------
    table, data, profile : str
        As for the table.
    results : path
        Folder of the results.
    """
    name = f"{table}-{data_name(data)}-{profile}"
    title = f"{TABLES[table].title}, {data_name(data)}, {profile} profile"
    drawn, missing = {}, []
    try:
        drawn[f"curves-{name}"] = figure_of_curves(f"{title}: learning curves", learning_curves(table, data, profile))
    except BadInput as refusal:
        missing.append(str(refusal))
    try:
        compared = Comparison.read(table, results_path(table, data_name(data), profile, results))
        drawn[f"players-{name}"] = figure_of_players(f"{title}: test error by player", compared)
    except BadInput as refusal:
        missing.append(str(refusal))
    return drawn, missing


def main(arguments: list[str]) -> int:
    """Draw what there is of a table; 1 where nothing was drawn."""
    flags = argparse.ArgumentParser(prog="python -m audio_to_body.reproduce.table_pictures", description=__doc__)
    flags.add_argument("tables", nargs="+", metavar="TABLE", choices=("table1", "table2"), help="table1, table2")
    flags.add_argument("--data", default="virtual", help="as for a table")
    flags.add_argument("--profile", default="default", help="smoke, default or paper")
    flags.add_argument("--results", type=Path, default=RESULTS, help="folder of the results")
    flags.add_argument("--out", type=Path, default=PICTURES, help="folder of the pictures (default: docs/images)")
    chosen = flags.parse_args(arguments)
    chosen.out.mkdir(parents=True, exist_ok=True)
    count = 0
    for table in chosen.tables:
        drawn, missing = table_pictures(table, chosen.data, chosen.profile, chosen.results)
        for name, figure in drawn.items():
            figure.savefig(chosen.out / f"{name}.png", dpi=110)
            print(f"written: {chosen.out / name}.png")
        for reason in missing:
            print(f"not drawn: {reason}", file=sys.stderr)
        count += len(drawn)
    return 0 if count else 1


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
