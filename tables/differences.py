"""Every row against "Final ours" as Markdown: paired differences over players and seeds with 95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence

from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.tables.comparison import FINAL, PARTS, Comparison, written

HEADINGS = ("Against Final ours, px", "Train", "Valid", "Test", "Better for", "Test of players")
NOT_COMPARED = "–"


def _cells(compared: Comparison, row: str) -> list[str]:
    spread = compared.spread_over_players(row)
    players = NOT_COMPARED if spread is None else "{:.1f} ± {:.1f}, {:.1f} to {:.1f}".format(*spread)
    if row == FINAL:
        return [row, *([NOT_COMPARED] * 4), players]
    try:
        differences = [compared.difference(row, FINAL, part) for part in PARTS]
    except BadInput:  # trained with other seeds than "Final ours", where some trainings failed
        return [row, *([NOT_COMPARED] * 4), players]
    better, count = compared.better_for(row)
    return [row, *map(written, differences), f"{better} of {count}" if count > 1 else NOT_COMPARED, players]


def aligned(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table whose columns line up in a terminal; the first column to the left, the others to the right."""
    widths = [max(len(line[i]) for line in [headings, *lines]) for i in range(len(headings))]

    def row(cells: Sequence[str]) -> str:
        return (
            "| "
            + " | ".join([cells[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(cells[1:], widths[1:]))])
            + " |"
        )

    rule = "|" + "|".join(["-" * (widths[0] + 2), *("-" * (w + 1) + ":" for w in widths[1:])]) + "|"
    return [row(headings), rule, *map(row, lines)]


def over_what(seeds: int, players: int) -> str:
    """What an interval is over, in words."""
    people = f"{players} test players" if players > 1 else "one test player"
    return f"{people} and {seeds} seeds" if seeds > 1 else f"{people}; one seed, whose luck the intervals do not hold"


def render_differences(compared: Comparison) -> str:
    """Every row against "Final ours"; empty where there is no such row or nothing to hold against it."""
    others = [row for row in compared.rows if row != FINAL]
    if not compared.has(FINAL, "test") or not others:
        return ""
    example = compared.mean(FINAL, "test")
    lines = [_cells(compared, row) for row in compared.rows]
    about = (
        "Differences of the same seed and player, mean and 95 % interval (bootstrap over "
        f"{over_what(example.seeds, example.players)}; Train and Valid over the seeds alone, and of a baseline, "
        "which stands once, on its own seed's frames); every player counts alike. An asterisk: the interval leaves 0 "
        "out. Of twenty such marks one is luck. Better for: test players for whom the row errs less. Test of "
        "players: mean ± standard deviation, least to greatest, of the players' errors in the mean of the seeds."
    )
    return "\n".join([*aligned(HEADINGS, lines), "", about, "", *order_lines(compared)]) + "\n"


def order_lines(compared: Comparison) -> list[str]:
    """How the order of the rows agrees with the paper's, a line for each column."""
    found = []
    for part in PARTS:
        order = compared.order(part)
        if order is None or math.isnan(order.correlation.mean):
            continue
        found.append(
            f"- {part.capitalize()}: Spearman's correlation of the order of {order.rows} rows with the paper's "
            f"{written(order.correlation).rstrip('*')}; as good by chance: {order.chance:.1%}"
        )
    return found
