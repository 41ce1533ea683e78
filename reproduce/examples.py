"""What the figures show: a "Final ours" net with curves kept on the way, and its predictions of a test recital."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audio_to_body.models.data_split import Part
from audio_to_body.models.net_recitals import RecitalSteps
from audio_to_body.models.recital_data import TrainingData, prepare
from audio_to_body.models.settings import Settings
from audio_to_body.reproduce.budget import budget_of
from audio_to_body.reproduce.data import data_name, described, open_data
from audio_to_body.reproduce.experiment import TABLES
from audio_to_body.reproduce.profiles import profile_named
from audio_to_body.reproduce.random_sequence import white_noise_features
from audio_to_body.reproduce.runner import RUNS
from audio_to_body.skeleton.rates import VIDEO_FPS

if TYPE_CHECKING:
    from audio_to_body.models.network import Predictor
    from audio_to_body.models.training import Progress

EXCERPT_SECONDS = 20.0  # of the curves in Fig. 6 and 7
MOMENTS = 5  # columns of Fig. 8, 9 and 12
APART_SECONDS = 2.0  # between two worst moments, so that one mistake is not shown five times


@dataclass(frozen=True)
class TrainedExample:
    """A "Final ours" net with what the figures show of it.

    Attributes
    ----------
    data : TrainingData
    test : int
        Which recital of ``data`` is the first test recital.
    history : list of dict
        Epoch, update, loss and validation error of every look at the latter.
    first_mode : dict of int to np.ndarray [frames]
        The net's first PCA coefficient of the excerpt after some epochs.
    predictions : list of np.ndarray, float32 [frames, points, 2]
        The net on every recital of ``data``.
    folder : Path
    caption : str
        Data, profile, updates and seed in words.
    """

    data: TrainingData
    test: int
    history: list[dict[str, float]]
    first_mode: dict[int, np.ndarray]
    predictions: list[np.ndarray]
    folder: Path
    caption: str

    @property
    def recital(self) -> RecitalSteps:
        """The first test recital."""
        return self.data.recitals[self.test]

    @property
    def predicted(self) -> np.ndarray:
        """The net on the first test recital, float32 [frames, points, 2]."""
        return self.predictions[self.test]


def shown_epochs(epochs: int) -> list[int]:
    """Three epochs of a training: the first, one on the way, the last."""
    return sorted({1, max(1, round(epochs**0.5)), epochs})


def excerpt(recital: RecitalSteps) -> slice:
    """The middle of a recital, frames."""
    length = min(int(EXCERPT_SECONDS * VIDEO_FPS), recital.frames)
    first = (recital.frames - length) // 2
    return slice(first, first + length)


def train_example(instrument: str, data: str, profile: str, seed: int = 0) -> TrainedExample:
    """Train "Final ours" of an instrument, keeping the first PCA mode of some epochs; resumes.

    Parameters
    ----------
    instrument : str
    data, profile : str
        As on the command line of a table.
    seed : int
    """
    from audio_to_body.models.checkpoint import load_history, load_net
    from audio_to_body.models.evaluation import predict_recitals, predictor_of
    from audio_to_body.models.training import epochs_in, train

    size = profile_named(profile)
    table = next(t for t in TABLES.values() if t.final.instrument == instrument)
    dataset = open_data(data, instrument, size)
    settings: Settings = table.settings(table.rows[-1], budget_of(size, table.final, dataset), seed)
    prepared = prepare(dataset, settings)
    folder = RUNS / f"figures-{data_name(data)}-{profile}" / f"{instrument}-seed{seed}"
    index = next(i for i, r in enumerate(prepared.recitals) if (r.part == Part.TEST).any())
    wanted = shown_epochs(epochs_in(settings, prepared))

    def keep(epoch: int, predictor: Predictor, state: Progress) -> None:
        if epoch in wanted:
            folder.mkdir(parents=True, exist_ok=True)
            points = predict_recitals(predictor, prepared)[index]
            np.save(folder / f"first-mode-{epoch}.npy", prepared.pca.transform(points)[:, 0])

    run = folder / "checkpoint"
    if not all((folder / f"first-mode-{epoch}.npy").exists() for epoch in wanted):
        train(settings, prepared, run, resume=_resumable(folder, run, wanted), observer=keep)
    outcome = train(settings, prepared, run, progress=False)
    predictor = predictor_of(load_net(run))
    try:
        predictions = predict_recitals(predictor, prepared)
    finally:
        predictor.close()
    return TrainedExample(
        data=prepared,
        test=index,
        history=load_history(run),
        first_mode={epoch: np.load(folder / f"first-mode-{epoch}.npy") for epoch in wanted},
        predictions=predictions,
        folder=folder,
        caption=f"{described(dataset)}; {profile} profile, {outcome.updates} updates, seed {seed}",
    )


def _resumable(folder: Path, run: Path, wanted: Sequence[int]) -> bool:
    """Whether every epoch that is past left its curve; otherwise training starts anew."""
    from audio_to_body.models.checkpoint import load_checkpoint

    try:
        past = load_checkpoint(run).progress.epoch
    except FileNotFoundError:
        return True
    return all((folder / f"first-mode-{epoch}.npy").exists() for epoch in wanted if epoch <= past)


def noise_prediction(example: TrainedExample, seed: int = 0) -> np.ndarray:
    """What a net plays to white noise as long as the test recital, keypoints [frames, points, 2] (paper Sec. 6)."""
    from audio_to_body.models.evaluation import predict

    settings, frames = example.data.settings, example.recital.frames
    points = predict(example.folder / "checkpoint", white_noise_features(settings, frames, seed))
    return points[settings.delay :: settings.upsample][:frames]


def frame_errors(example: TrainedExample) -> np.ndarray:
    """Mean distance over points by frame, px; NaN where the frame was dropped or is no test frame."""
    distance = np.linalg.norm(example.predicted - example.recital.truth, axis=-1).mean(axis=1)
    return np.where(example.recital.kept & (example.recital.part == Part.TEST), distance, np.nan)


def spread_moments(example: TrainedExample) -> list[int]:
    """Kept test frames spread evenly over the recital (Fig. 8 and 9 show several moments)."""
    counted = np.flatnonzero(np.isfinite(frame_errors(example)))
    return [int(counted[i]) for i in np.linspace(0, len(counted) - 1, MOMENTS + 2)[1:-1].astype(int)]


def worst_moments(example: TrainedExample) -> list[int]:
    """The frames with the largest error, at least two seconds apart (Fig. 12)."""
    errors = frame_errors(example)
    chosen: list[int] = []
    while len(chosen) < MOMENTS and np.isfinite(errors).any():
        worst = int(np.nanargmax(errors))
        chosen.append(worst)
        near = round(APART_SECONDS * VIDEO_FPS)
        errors[max(worst - near, 0) : worst + near + 1] = np.nan
    return chosen
