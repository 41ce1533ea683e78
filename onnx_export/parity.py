"""The proof that a model file gives the Caffe2 net's numbers, whole and streamed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inference import model_card
from skeleton.refusal import BadInput

if TYPE_CHECKING:
    from models.checkpoint import TrainedNet

TOLERANCE = 1e-3  # px, on every point
STREAM_CHUNKS = (1, 4, 96)  # steps
CHECK_SECONDS = 20.0


@dataclass(frozen=True)
class Parity:
    """Largest distance between Caffe2's and onnxruntime's keypoints, px.

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
        return max([self.whole, *self.streamed.values()])


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


def session_of(model: bytes) -> object:
    """An onnxruntime session on one CPU thread, as inference uses it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def run_session(session: object, features: np.ndarray, layers: int, hidden: int, chunk: int | None) -> np.ndarray:
    """Keypoints ``[steps, points, 2]`` of features ``[steps, features]``, in chunks with the state carried over."""
    state = [np.zeros((layers, 1, hidden), np.float32) for _ in range(2)]
    names = [model_card.KEYPOINTS, model_card.HIDDEN_OUT, model_card.CELL_OUT]
    pieces = []
    for piece in _pieces(features, chunk):
        feed = {
            model_card.FEATURES: piece[:, None],
            model_card.HIDDEN_IN: state[0],
            model_card.CELL_IN: state[1],
        }
        keypoints, *state = session.run(names, feed)  # type: ignore[attr-defined]
        pieces.append(keypoints[:, 0])
    return np.concatenate(pieces)


def _pieces(features: np.ndarray, chunk: int | None) -> Iterator[np.ndarray]:
    size = chunk or len(features)
    for first in range(0, len(features), size):
        yield features[first : first + size]


def compare(net: TrainedNet, model: bytes, features: np.ndarray | None = None) -> Parity:
    """Run both nets on the same features.

    Parameters
    ----------
    net : TrainedNet
    model : bytes
        The ONNX file's content.
    features : np.ndarray, float32 [steps, features], optional
        Not normalised; by default :func:`check_features`.
    """
    from models.evaluation import predict

    if features is None:
        features = check_features(net)
    reference = predict(net, features)
    session = session_of(model)
    layers, hidden = net.settings.layers, net.settings.hidden

    def distance(chunk: int | None) -> float:
        keypoints = run_session(session, features, layers, hidden, chunk)
        worst = float(np.linalg.norm(keypoints.astype(np.float64) - reference, axis=-1).max())
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
