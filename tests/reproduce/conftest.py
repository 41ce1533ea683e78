"""A small dataset and a table of quick nets for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audio_to_body.models.settings import VIOLIN_FINAL
from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.reproduce.rows import MEAN_POSE, RIDGE, Row, Table
from tests.models.small_recitals import small_dataset


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Three recitals of 40 s to train on, one of 20 s to test on."""
    return small_dataset(tmp_path_factory.mktemp("dataset"))


@pytest.fixture(scope="session")
def quick_table() -> Table:
    """Two rows and both baselines of a net that trains in seconds."""
    return Table(
        name="table1",
        title="Table 1. Quick",
        final=replace(VIOLIN_FINAL, hidden=16, batch=40, components=4, learning_rate=0.01),
        rows=(Row("No time delay", {"delay_ms": 0.0}), Row("Final ours")),
        extra=(Row("Mean pose", kind=MEAN_POSE), Row("Ridge regression", kind=RIDGE)),
    )
