"""A net's error in pixels, and its predictions (paper Sec. 6): whole recitals run through the Caffe2 net.

The error is the mean Euclidean distance over points and kept frames, in the dataset's reference frame, at 24
frames/s, after inverse PCA and with the time delay undone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audio_to_body.models.checkpoint import TrainedNet, load_net
from audio_to_body.models.data_split import PARTS, Part
from audio_to_body.models.net_recitals import NetRecitals, RecitalSteps
from audio_to_body.preprocessing.recording import alignment

if TYPE_CHECKING:
    from audio_to_body.models.network import Predictor

CHUNK_STEPS = 256  # steps that are run at once: bounds memory, not the result
# Before a validation block the net hears this much, so that its state is that of someone who was listening
WARM_UP_SECONDS = 5.0


def mean_error(predicted: np.ndarray, truth: np.ndarray, counted: np.ndarray) -> float:
    """Mean Euclidean distance over points and counted frames.

    Parameters
    ----------
    predicted, truth : np.ndarray [frames, points, 2]
        Pixels.
    counted : np.ndarray, bool [frames]

    Returns
    -------
    float
        NaN where no frame counts.
    """
    if not counted.any():
        return float("nan")
    difference = predicted[counted].astype(np.float64) - truth[counted]
    return float(np.sqrt(np.square(difference).sum(axis=-1)).mean())


def part_errors(data: NetRecitals, predictions: Sequence[np.ndarray]) -> dict[str, float]:
    """Mean error on ``train``, ``valid`` and ``test``, px: every kept frame counts alike.

    Parameters
    ----------
    data : NetRecitals
    predictions : sequence of np.ndarray [frames, points, 2]
        One per recital, in their order.
    """
    errors = {}
    for name, part in PARTS.items():
        sums, frames = 0.0, 0
        for recital, predicted in zip(data.recitals, predictions):
            counted = recital.kept & (recital.part == part)
            count = int(counted.sum())
            if count:
                sums += mean_error(predicted, recital.truth, counted) * count
                frames += count
        errors[name] = sums / frames if frames else float("nan")
    return errors


@dataclass(frozen=True)
class RecitalError:
    """What a net errs on one test recital, px.

    Attributes
    ----------
    name : str
    frames : int
        Kept frames of the test.
    error : float
        Mean over points and kept frames, against the recital aligned by its own stable points.
    frames_all : int
        Frames of the test in which anything was detected.
    error_all : float
        Mean over the points that were detected in them, dropped frames included.
    by_training : float
        As ``error``, against the recital aligned by the mean of the training recitals' stable points.
    """

    name: str
    frames: int
    error: float
    frames_all: int
    error_all: float
    by_training: float


def recital_errors(data: NetRecitals, predictions: Sequence[np.ndarray]) -> list[RecitalError]:
    """Errors on every test recital by itself; ``predictions`` as for :func:`part_errors`."""
    found = []
    for recital, predicted in zip(data.recitals, predictions):
        tested = recital.part == Part.TEST
        if not tested.any():
            continue
        kept = recital.kept & tested
        assert recital.detected is not None
        distance = np.linalg.norm(predicted[tested].astype(np.float64) - recital.detected[tested], axis=-1)
        seen = distance[np.isfinite(distance).any(axis=1)]
        found.append(
            RecitalError(
                name=recital.name,
                frames=int(kept.sum()),
                error=mean_error(predicted, recital.truth, kept),
                frames_all=len(seen),
                error_all=float(np.nanmean(seen, axis=1).mean()) if len(seen) else float("nan"),
                by_training=mean_error(predicted, alignment.apply(recital.by_training, recital.truth), kept),
            )
        )
    return found


def run_lanes(predictor: Predictor, lanes: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Outputs of several sequences of any lengths, run side by side from zero state.

    Parameters
    ----------
    predictor : Predictor
    lanes : sequence of np.ndarray, float32 [steps, features]
        Normalised features.

    Returns
    -------
    list of np.ndarray, float32 [steps, k]
    """
    order = sorted(range(len(lanes)), key=lambda i: -len(lanes[i]))
    outputs: list[list[np.ndarray]] = [[] for _ in lanes]
    state = predictor.shape.zero_state(len(lanes))
    longest = len(lanes[order[0]]) if order else 0
    for first in range(0, longest, CHUNK_STEPS):
        going = [i for i in order if len(lanes[i]) > first]  # longest first: those that ended are the last
        state = [blob[:, : len(going)] for blob in state]
        steps = min(CHUNK_STEPS, longest - first)
        chunk = np.zeros((steps, len(going), predictor.shape.features), np.float32)
        for column, lane in enumerate(going):
            piece = lanes[lane][first : first + steps]
            chunk[: len(piece), column] = piece
        result, state = predictor.run(chunk, state)
        for column, lane in enumerate(going):
            outputs[lane].append(result[: len(lanes[lane]) - first, column])
    return [
        np.concatenate(pieces) if pieces else np.zeros((0, predictor.shape.outputs), np.float32) for pieces in outputs
    ]


def predict_recitals(predictor: Predictor, data: NetRecitals) -> list[np.ndarray]:
    """Keypoints of every recital from its sound, float32 [frames, points, 2] px, delay undone."""
    outputs = run_lanes(predictor, [data.inputs(recital) for recital in data.recitals])
    factor, delay = data.settings.upsample, data.output_delay
    return [
        data.to_keypoints(lane[delay : delay + recital.frames * factor : factor])
        for recital, lane in zip(data.recitals, outputs)
    ]


class Validation:
    """The validation blocks as lanes with a warm-up, for a look after every epoch."""

    def __init__(self, data: NetRecitals) -> None:
        self._data = data
        factor, delay = data.settings.upsample, data.output_delay
        warm = round(WARM_UP_SECONDS * data.settings.rate)
        self._lanes: list[np.ndarray] = []
        self._blocks: list[tuple[RecitalSteps, int, int, int]] = []
        for recital in data.recitals:
            heard = data.inputs(recital)
            for first, end in recital.runs(Part.VALID):
                begin = max(first * factor - warm, 0)
                self._lanes.append(heard[begin : end * factor + delay])
                self._blocks.append((recital, first, end, first * factor - begin))

    def error(self, predictor: Predictor) -> float:
        """Mean error on the validation blocks, px."""
        data, sums, frames = self._data, 0.0, 0
        factor, delay = data.settings.upsample, data.output_delay
        for (recital, first, end, lead), lane in zip(self._blocks, run_lanes(predictor, self._lanes)):
            counted = recital.kept[first:end]
            if not counted.any():
                continue
            start = lead + delay
            predicted = data.to_keypoints(lane[start : start + (end - first) * factor : factor])
            count = int(counted.sum())
            sums += mean_error(predicted, recital.truth[first:end], counted) * count
            frames += count
        return sums / frames if frames else float("nan")


def predictor_of(net: TrainedNet) -> Predictor:
    """The Caffe2 net of a trained net."""
    from audio_to_body.models.network import Predictor, Shape

    shape = Shape.of(net.settings, len(net.feature_scale.mean), len(net.target_scale.mean))
    return Predictor(shape, net.parameters)


def predict(net: TrainedNet | str | Path, features: np.ndarray) -> np.ndarray:
    """Keypoints that a trained net plays to features.

    Parameters
    ----------
    net : TrainedNet, or the folder of a finished run
    features : np.ndarray, float32 [steps, features]
        As the front end computes them, at the net's rate (not normalised).

    Returns
    -------
    np.ndarray, float32 [steps, points, 2]
        Pixels in the dataset's reference frame. The keypoints of step ``i`` stand at step ``i + output_delay``.
    """
    if not isinstance(net, TrainedNet):
        net = load_net(net)
    return net.pca.inverse(predict_targets(net, features))


def predict_targets(net: TrainedNet, features: np.ndarray) -> np.ndarray:
    """What a trained net itself gives, in its targets' units: float32 [steps, k]."""
    predictor = predictor_of(net)
    try:
        (outputs,) = run_lanes(predictor, [net.feature_scale.apply(features)])
    finally:
        predictor.close()
    return net.target_scale.undo(outputs)


def table_line(errors: Mapping[str, float]) -> str:
    """Errors in words: ``train 7.35, valid 6.58, test 8.31 px``."""
    return ", ".join(f"{name} {value:.2f}" for name, value in errors.items()) + " px"
