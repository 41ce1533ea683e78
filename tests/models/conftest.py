"""Datasets and a trained net that the room's tests share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from audio_to_body.models.recital_data import TrainingData, prepare
from audio_to_body.models.settings import Settings
from audio_to_body.models.training import Outcome, train
from audio_to_body.preprocessing.dataset import Dataset
from tests.models.small_recitals import small_dataset

QUICK = Settings(components=4, hidden=24, batch=40, dropout=0.1, learning_rate=0.01, epochs=12)


@dataclass(frozen=True)
class TrainedRun:
    """A finished training on the small dataset."""

    data: TrainingData
    outcome: Outcome
    folder: Path


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Three recitals of 40 s to train on, one of 20 s to test on, a tenth of the frames dropped."""
    return small_dataset(tmp_path_factory.mktemp("dataset"))


@pytest.fixture(scope="session")
def data(dataset: Dataset) -> TrainingData:
    """The small dataset with quick settings."""
    return prepare(dataset, QUICK)


@pytest.fixture(scope="session")
def run(data: TrainingData, tmp_path_factory: pytest.TempPathFactory) -> TrainedRun:
    """A net trained on the small dataset."""
    folder = tmp_path_factory.mktemp("run")
    return TrainedRun(data, train(QUICK, data, folder, progress=False), folder)
