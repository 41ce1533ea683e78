"""What a net must beat: the mean pose, and ridge regression from half a second of sound on either side.

Both are scored by the same functions as a net (:mod:`audio_to_body.models.evaluation`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from audio_to_body.models.data_split import Part
from audio_to_body.models.evaluation import part_errors
from audio_to_body.models.net_recitals import RecitalSteps
from audio_to_body.models.recital_data import TrainingData
from audio_to_body.skeleton.rates import VIDEO_FPS

RIDGE_SECONDS = 0.5  # of features before and after a frame, one row of features per video frame
RIDGE_PENALTIES = (1e1, 1e2, 1e3, 1e4, 1e5)  # in frames; the validation error chooses


@dataclass(frozen=True)
class BaselineScore:
    """A baseline's errors in px, as :class:`audio_to_body.models.training.Outcome` gives a net's.

    Attributes
    ----------
    train, valid, test : float
    seconds : float
    epochs : int
        0: nothing is trained in epochs.
    predictions : list of np.ndarray [frames, points, 2]
        One per recital.
    detail : str
        What was chosen.
    """

    train: float
    valid: float
    test: float
    seconds: float
    epochs: int = 0
    predictions: list[np.ndarray] = field(default_factory=list, repr=False)
    detail: str = ""


def mean_pose(data: TrainingData) -> BaselineScore:
    """The mean training frame, whatever sounds."""
    started = time.perf_counter()
    pose = data.pca.inverse(np.zeros((1, data.pca.size), np.float32))
    predictions = [np.repeat(pose, recital.frames, axis=0) for recital in data.recitals]
    return _score(part_errors(data, predictions), predictions, started)


def ridge_regression(data: TrainingData) -> BaselineScore:
    """Linear regression with a squared penalty from the features within half a second to the PCA coefficients.

    It looks half a second ahead, which no net here does.
    """
    started = time.perf_counter()
    best: tuple[float, float, dict[str, float], list[np.ndarray]] | None = None
    products, sums = _normal_equations(data)
    values, vectors = np.linalg.eigh(products)
    turned = vectors.T @ sums
    for penalty in RIDGE_PENALTIES:
        weights = vectors @ (turned / (np.maximum(values, 0.0) + penalty)[:, None])
        predictions = [data.to_keypoints((_window(data, r) @ weights).astype(np.float32)) for r in data.recitals]
        errors = part_errors(data, predictions)
        if best is None or errors["valid"] < best[0]:
            best = errors["valid"], penalty, errors, predictions
    assert best is not None
    _, penalty, errors, predictions = best
    return _score(errors, predictions, started, f"penalty {penalty:g} frames")


def _score(
    errors: dict[str, float], predictions: list[np.ndarray], started: float, detail: str = ""
) -> BaselineScore:
    seconds = time.perf_counter() - started
    return BaselineScore(
        errors["train"], errors["valid"], errors["test"], seconds, predictions=predictions, detail=detail
    )


def _window(data: TrainingData, recital: RecitalSteps) -> np.ndarray:
    """Normalised features around every frame, and a constant, float32 [frames, columns]."""
    reach = round(RIDGE_SECONDS * VIDEO_FPS)
    frames = data.feature_scale.apply(recital.features[:: data.settings.upsample])[: recital.frames]
    padded = np.pad(frames, ((reach, reach), (0, 0)), mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0)
    return np.concatenate([around.reshape(len(frames), -1), np.ones((len(frames), 1), np.float32)], axis=1)


def _training_rows(data: TrainingData) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    factor = data.settings.upsample
    for recital in data.recitals:
        weights = recital.weights[::factor][: recital.frames]
        used = (recital.part == Part.TRAIN) & (weights > 0)
        if used.any():
            wanted = data.target_scale.apply(recital.targets[::factor])[: recital.frames]
            yield _window(data, recital)[used], wanted[used]


def _normal_equations(data: TrainingData) -> tuple[np.ndarray, np.ndarray]:
    """Sums of products over the training frames, float64 [columns, columns] and [columns, k]."""
    products: np.ndarray | float = 0.0
    sums: np.ndarray | float = 0.0
    for heard, wanted in _training_rows(data):
        products = products + (heard.T @ heard).astype(np.float64)
        sums = sums + (heard.T @ wanted).astype(np.float64)
    return np.asarray(products), np.asarray(sums)
