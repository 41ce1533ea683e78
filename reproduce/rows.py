"""A table is data: a final setting, and rows that each change a field or two of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from audio_to_body.models.settings import Settings
from audio_to_body.reproduce.budget import Budget
from audio_to_body.tables.results import LAST

NET, MEAN_POSE, RIDGE = "net", "mean pose", "ridge"


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Attributes
    ----------
    name : str
        As the paper prints it, or in our words below the line.
    changes : mapping
        Fields of :class:`audio_to_body.models.settings.Settings` that differ from the table's final setting.
    kind : str
        ``"net"``, or one of the baselines ``"mean pose"`` and ``"ridge"``.
    """

    name: str
    changes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    kind: str = NET

    @property
    def slug(self) -> str:
        """The name as a folder: lower case, words joined by hyphens."""
        return re.sub(r"[^a-z0-9.%]+", "-", self.name.lower()).strip("-").replace("%", "pct")


@dataclass(frozen=True)
class Table:
    """A table of the paper.

    Attributes
    ----------
    name : str
        ``"table1"`` or ``"table2"``.
    title : str
    final : Settings
        The setting in the paper's caption.
    rows : tuple of Row
        The paper's rows in its order.
    extra : tuple of Row
        Ours, printed below a line.
    """

    name: str
    title: str
    final: Settings
    rows: tuple[Row, ...]
    extra: tuple[Row, ...]

    def settings(self, row: Row, budget: Budget, seed: int) -> Settings:
        """The settings that train a row; the net of the last update is scored, not the least of many looks."""
        own = {
            "epochs": budget.epochs,
            "updates": budget.updates,
            "batch": budget.lanes,
            "choice": LAST,
            "seed": seed,
        }
        return replace(self.final, **{**own, **row.changes})


# Below the line of both tables: the paper's other setting, the variations that Sec. 4 names without numbers, and
# the baselines a reader needs to see how much of an error is the mean pose.
EXTRA_ROWS = (
    Row("Mean pose", kind=MEAN_POSE),
    Row("Ridge regression", kind=RIDGE),
    Row(
        "Section 4's setting",
        {"sequence": 400, "delay_ms": 5 * 1000 / 96, "dropout": 0.4, "learning_rate": 5e-3, "components": 10},
    ),
    Row("Huber loss", {"loss": "huber"}),
    Row("Global time delay", {"global_delay": True}),
    Row("Two LSTM layers", {"layers": 2}),
    Row("Keypoints without PCA", {"components": None}),
)
