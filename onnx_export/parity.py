"""The proof that a model file gives the Caffe2 net's numbers, whole and streamed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audio_to_body.inference.model_file import ModelFile, check_model
from audio_to_body.inference.session import Session
from audio_to_body.skeleton.refusal import BadInput

if TYPE_CHECKING:
    from audio_to_body.models.checkpoint import TrainedNet

TOLERANCE = 1e-3  # px, on every point
STREAM_CHUNKS = (1, 4, 96)  # steps
CHECK_SECONDS = 20.0


@dataclass(frozen=True)
class Parity:
    """Largest distance between Caffe2's and onnxruntime's keypoints, px (or targets, in their units).

    Attributes
    ----------
    whole : float
        The whole sequence in one run.
    streamed : dict of int to float
        By chunk length in steps.
    steps : int
        How many were compared.
    """

    whole: float
    streamed: dict[int, float]
    steps: int

    @property
    def worst(self) -> float:
        """The largest of all, px."""
        return float(np.max([self.whole, *self.streamed.values()]))  # NaN stays NaN


def check_features(net: TrainedNet, seconds: float = CHECK_SECONDS, seed: int = 0) -> np.ndarray:
    """Features to compare on where none are at hand: coloured noise in the net's own range, loud, soft and silent.

    Returns
    -------
    np.ndarray, float32 [steps, features]
        Not normalised.
    """
    rng = np.random.default_rng(seed)
    steps = round(seconds * net.settings.rate)
    scale = net.feature_scale
    path = np.cumsum(rng.standard_normal((steps, len(scale.mean))), axis=0) * 0.1
    path -= np.linspace(0, 1, steps)[:, None] * path[-1]  # comes back to its start
    loudness = np.interp(np.arange(steps), np.linspace(0, steps, 6), [0.0, 1.0, 3.0, 0.3, 0.0, 0.0])[:, None]
    noise = loudness * (path + 0.5 * rng.standard_normal(path.shape))
    return (scale.mean + scale.deviation * noise).astype(np.float32)


def run_session(session: Session, features: np.ndarray, chunk: int | None) -> np.ndarray:
    """Keypoints ``[steps, points, 2]`` or targets ``[steps, k]``, computed in chunks with the state carried over."""
    state, pieces = session.initial_state(), []
    for piece in _pieces(features, chunk):
        step = session.run(piece, state)
        state = step.state
        pieces.append(step.values)
    return np.concatenate(pieces)


def _pieces(features: np.ndarray, chunk: int | None) -> Iterator[np.ndarray]:
    size = chunk or len(features)
    for first in range(0, len(features), size):
        yield features[first : first + size]


def compare(net: TrainedNet, model: bytes, features: np.ndarray | None = None) -> Parity:
    """Run both nets on the same features; the model is served as inference serves it.

    Parameters
    ----------
    net : TrainedNet
    model : bytes
        The ONNX file's content.
    features : np.ndarray, float32 [steps, features], optional
        Not normalised; by default :func:`check_features`.
    """
    from audio_to_body.models.evaluation import predict, predict_targets

    if features is None:
        features = check_features(net)
    named = bool(net.target_names)
    # targets are compared one by one, as points with a single coordinate
    reference = predict_targets(net, features)[..., None] if named else predict(net, features)
    name = "the exported model"
    card = check_model(model, name)
    session = Session(ModelFile(Path(name), card, model, hashlib.sha256(model).hexdigest()), device="cpu")

    def distance(chunk: int | None) -> float:
        given = run_session(session, features, chunk)
        given = given[..., None] if named else given
        worst = float(np.linalg.norm(given.astype(np.float64) - reference, axis=-1).max())
        return worst if np.isfinite(worst) else float("inf")

    return Parity(
        whole=distance(None), streamed={chunk: distance(chunk) for chunk in STREAM_CHUNKS}, steps=len(features)
    )


def require(parity: Parity, what: str) -> None:
    """Refuse a model that does not give the Caffe2 net's numbers.

    Raises
    ------
    BadInput
        If any point is further away than :data:`TOLERANCE`.
    """
    if not parity.worst <= TOLERANCE:
        raise BadInput(
            f"{what} was not exported: onnxruntime and Caffe2 differ by {parity.worst:.2g} px where {TOLERANCE:g} px "
            "is allowed; train the net again, and report this if it stays"
        )
