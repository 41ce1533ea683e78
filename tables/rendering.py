"""A table of results beside the paper's, as Markdown that reads well in a terminal too."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from audio_to_body.tables.paper import paper_row
from audio_to_body.tables.results import FLAT, Result

ERRORS = ("train", "valid", "test", "test_all")
SIZES = ("lanes", "chunks", "updates")
HEADINGS = (
    *("Method", "Train", "Valid", "Test", "All frames"),
    *("Paper train", "Paper valid", "Paper test", "Lanes", "Chunks", "Updates"),
)


@dataclass(frozen=True)
class Heading:
    """What stands above and below a table: everything a reader needs to judge its numbers.

    Attributes
    ----------
    title, data, profile : str
    seeds : sequence of int
    budget : str
        How long rows were trained.
    lanes : int
        That were asked for.
    notes : sequence of str
    """

    title: str
    data: str
    profile: str
    seeds: Sequence[int]
    budget: str
    lanes: int
    notes: Sequence[str] = ()


def mean_and_deviation(values: Sequence[float]) -> str:
    """Mean, with ± the standard deviation over seeds where there is more than one."""
    mean = f"{statistics.fmean(values):.2f}"
    return mean if len(values) < 2 else f"{mean} ± {statistics.stdev(values):.2f}"


def _line(table: str, row: str, results: Sequence[Result]) -> list[str]:
    runs = [r for r in results if r.row == row]
    ours = [mean_and_deviation([getattr(r, part) for r in runs]) for part in ERRORS]
    paper = paper_row(table, row)
    sizes = [_several([getattr(r, size) for r in runs]) if runs[0].updates else "" for size in SIZES]
    return [row, *ours, *([f"{v:.2f}" for v in paper[1:]] if paper else ["", "", ""]), *sizes]


def _several(values: Sequence[int]) -> str:
    """A number of every seed: one, or from the least to the greatest."""
    return f"{min(values)}" if min(values) == max(values) else f"{min(values)} to {max(values)}"


def training_notes(results: Sequence[Result], lanes: int) -> list[str]:
    """In which rows validation still fell at the end, and which had fewer lanes than the others."""
    nets = [r for r in results if r.updates]
    if not nets:
        return []
    seen = [r for r in nets if not math.isnan(r.valid_slope)]
    falling = list(dict.fromkeys(r.row for r in seen if not r.flat))
    notes = []
    if seen and not falling:
        notes.append(
            f"Validation was flat over the last fifth of the updates in every row (it fell by less than {FLAT:.0%})."
        )
    elif falling:
        which = "every row" if len(falling) == len({r.row for r in nets}) else ", ".join(falling)
        notes.append(
            f"Validation still fell by {FLAT:.0%} or more over the last fifth of the updates in {which}: "
            "more updates would change these numbers."
        )
    fewer = [f"{r.row} {r.lanes}" for r in nets if r.lanes < lanes and r.seed == nets[0].seed]
    if fewer:
        notes.append(f"Fewer than {lanes} lanes, as there are too few chunks: {', '.join(fewer)}.")
    return notes


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
        f"{heading.lanes} lanes, {heading.budget}, seed{'s' if len(heading.seeds) > 1 else ''} {seeds}. "
        "The paper's columns are its own numbers on its own videos: beside ours, not reproduced by them."
    )
    notes = [f"- {note}" for note in [*heading.notes, *training_notes(results, heading.lanes)]]
    body = [f"**{heading.title}**", "", about, "", written(HEADINGS), rule, *map(written, lines)]
    return "\n".join([*body, *([""] + notes if notes else [])]) + "\n"
