"""Tables 1 and 2 of the paper: mean error in pixels, low is better."""

from __future__ import annotations

from typing import NamedTuple


class PaperRow(NamedTuple):
    """One row as printed."""

    row: str
    train: float
    valid: float
    test: float


TABLE1 = (  # violin
    PaperRow("Frames not dropped", 12.44, 12.09, 18.31),
    PaperRow("50% training data", 7.22, 11.18, 9.38),
    PaperRow("PCA coeff = 5", 6.86, 7.04, 9.35),
    PaperRow("Dropout = 0.6", 7.25, 7.51, 9.31),
    PaperRow("Seq. length = 500", 7.40, 6.95, 9.24),
    PaperRow("No time delay", 7.32, 7.76, 9.19),
    PaperRow("Upsample 6x", 7.07, 6.95, 9.18),
    PaperRow("PCA coeff = 30", 7.39, 7.12, 9.13),
    PaperRow("Seq. length = 200", 6.88, 6.75, 9.13),
    PaperRow("Dropout = 0", 7.32, 7.71, 9.03),
    PaperRow("Upsample 2x", 7.33, 9.09, 8.66),
    PaperRow("Final ours", 7.35, 6.58, 8.31),
)

TABLE2 = (  # piano
    PaperRow("Frames not dropped", 17.15, 14.64, 9.49),
    PaperRow("50% training data", 6.94, 6.65, 8.87),
    PaperRow("Interpolated missing data", 7.05, 6.41, 8.14),
    PaperRow("Upsample 2x", 7.18, 6.95, 7.98),
    PaperRow("No time delay", 6.83, 6.04, 7.48),
    PaperRow("PCA coeff = 30", 6.66, 6.79, 7.42),
    PaperRow("Dropout = 0.6", 6.76, 5.97, 7.38),
    PaperRow("Dropout = 0", 6.77, 6.07, 7.28),
    PaperRow("Seq. length = 200", 6.76, 6.92, 7.06),
    PaperRow("PCA coeff = 5", 6.27, 7.24, 6.94),
    PaperRow("Final ours", 6.52, 6.06, 6.84),
)

PAPER = {"table1": TABLE1, "table2": TABLE2}


def paper_row(table: str, row: str) -> PaperRow | None:
    """The paper's numbers for a row, None for rows of our own."""
    return next((line for line in PAPER[table] if line.row == row), None)
