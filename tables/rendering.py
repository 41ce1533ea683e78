"""A table of results beside the paper's, as Markdown that reads well in a terminal too."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from audio_to_body.tables.paper import paper_row
from audio_to_body.tables.results import Result

HEADINGS = ("Method", "Train", "Valid", "Test", "Paper train", "Paper valid", "Paper test")


@dataclass(frozen=True)
class Heading:
    """What stands above and below a table: everything a reader needs to judge its numbers."""

    title: str
    data: str
    profile: str
    seeds: Sequence[int]
    epochs: int
    notes: Sequence[str] = ()


def mean_and_deviation(values: Sequence[float]) -> str:
    """Mean, with ± the standard deviation over seeds where there is more than one."""
    mean = f"{statistics.fmean(values):.2f}"
    return mean if len(values) < 2 else f"{mean} ± {statistics.stdev(values):.2f}"


def _line(table: str, row: str, results: Sequence[Result]) -> list[str]:
    runs = [r for r in results if r.row == row]
    ours = [mean_and_deviation([getattr(r, part) for r in runs]) for part in ("train", "valid", "test")]
    paper = paper_row(table, row)
    return [row, *ours, *([f"{v:.2f}" for v in paper[1:]] if paper else ["", "", ""])]


def render(table: str, results: Sequence[Result], heading: Heading) -> str:
    """Results as a Markdown table; rows of ours stand below a line.

    Parameters
    ----------
    table : str
        ``"table1"`` or ``"table2"``.
    results : sequence of Result
        Several seeds of a row are joined to mean ± standard deviation.
    heading : Heading
    """
    names = list(dict.fromkeys(r.row for r in results))
    lines = [_line(table, name, results) for name in names]
    first_extra = next((i for i, name in enumerate(names) if paper_row(table, name) is None), len(names))
    if 0 < first_extra < len(lines):
        lines.insert(first_extra, ["*ours, not in the paper*"] + [""] * (len(HEADINGS) - 1))
    widths = [max(len(line[i]) for line in [list(HEADINGS), *lines]) for i in range(len(HEADINGS))]

    def written(cells: Sequence[str]) -> str:
        first = cells[0].ljust(widths[0])
        return "| " + " | ".join([first, *(c.rjust(w) for c, w in zip(cells[1:], widths[1:]))]) + " |"

    rule = "|" + "|".join(["-" * (widths[0] + 2), *("-" * (w + 1) + ":" for w in widths[1:])]) + "|"
    seeds = ", ".join(str(s) for s in heading.seeds)
    about = (
        f"Mean error in pixels, low is better. Data: {heading.data}. Profile: {heading.profile}, "
        f"{heading.epochs} epochs, seed{'s' if len(heading.seeds) > 1 else ''} {seeds}. "
        "The paper's columns are its own numbers on its own videos: beside ours, not reproduced by them."
    )
    notes = [f"- {note}" for note in heading.notes]
    body = [f"**{heading.title}**", "", about, "", written(HEADINGS), rule, *map(written, lines)]
    return "\n".join([*body, *([""] + notes if notes else [])]) + "\n"
