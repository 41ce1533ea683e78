"""A net that hears notes to one ``.onnx`` file, written only when it gives the Caffe2 net's numbers.

The graph is written by hand: gathers, products and one LSTM. Batch norm with its running statistics is a factor and
an addition, so it is folded into the weights and the keys' own biases.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audio_to_body.inference.model_file import with_checksum
from audio_to_body.inference.notes import card as names
from audio_to_body.inference.notes.card import Head, NoteCard
from audio_to_body.inference.notes.session import NoteSession
from audio_to_body.onnx_export.graph import STEPS, Graph, Size, reorder_gates
from audio_to_body.skeleton.files import refused, write_bytes
from audio_to_body.skeleton.refusal import BadInput

if TYPE_CHECKING:
    from onnx import ModelProto

    from audio_to_body.models.notes.checkpoint import NoteNet

TOLERANCE = 1e-4  # of a probability
STREAM_CHUNKS = (1, 3, 24)  # steps
CHECK_SECONDS = 20.0
REACHES = {names.NORMAL: 2, names.LOW: 1}  # steps within which a beginning is the greatest


@dataclass(frozen=True)
class NoteReport:
    """What an export made.

    Attributes
    ----------
    path : str
    size : int
        Bytes.
    sha256 : str
    worst : float
        Largest distance between Caffe2's and onnxruntime's probabilities, whole and streamed.
    card : NoteCard
    """

    path: str
    size: int
    sha256: str
    worst: float
    card: NoteCard


def card_of(
    net: NoteNet,
    thresholds: dict[str, float],
    *,
    lag: float = 0.0,
    data: str = "",
    command: str = "",
    sources: list[str] | None = None,
    figures: dict[str, float] | None = None,
) -> NoteCard:
    """The card of a trained net; ``thresholds`` has one for every head."""
    from audio_to_body.models.notes.settings import DELAYS, HALVES

    settings, results = net.settings, net.results
    return NoteCard(
        instrument=settings.instrument,
        lowest=settings.keys[0],
        keys=len(settings.keys),
        parts=list(settings.parts),
        halves=HALVES,
        heads=[Head(name, delay, REACHES[name], thresholds[name]) for name, delay in DELAYS.items()],
        features=settings.front.name,
        columns=settings.columns,
        hidden=settings.hidden,
        lag=lag,
        hours_drawn=round(float(results.get("hours_drawn", 0.0)), 2),
        hours_seen=round(float(results.get("hours_seen", 0.0)), 2),
        updates=int(results.get("updates", 0)),
        data=data,
        command=command,
        sources=sources or [],
        figures=figures or {},
    )


def build(net: NoteNet, card: NoteCard) -> ModelProto:
    """The ONNX model of a net, checked by ``onnx.checker``; self-contained."""
    from audio_to_body.models.notes.settings import HALVES

    settings = net.settings
    keys = len(settings.keys)
    graph = Graph()
    _hear(graph, net)
    state: Size = [1, keys, settings.hidden]
    return graph.model(
        "audio_to_body_dynamics_notes",
        {names.FEATURES: [STEPS, HALVES * settings.columns, 2], names.HIDDEN: state, names.CELL: state},
        {
            names.PROBABILITIES: [STEPS, keys, settings.outputs],
            names.HIDDEN_OUT: state,
            names.CELL_OUT: state,
        },
        f"{settings.instrument}: which notes sound",
        {names.METADATA_KEY: card.to_json()},
    )


def _hear(graph: Graph, net: NoteNet) -> None:
    """All nodes from features to probabilities."""
    from audio_to_body.models.notes.parameters import FEATURE_SCALE
    from audio_to_body.models.notes.settings import AROUND, HALVES, gather_columns, neighbours

    settings, parameters = net.settings, net.parameters
    keys, own, around = len(settings.keys), settings.own, settings.around

    def shaped(blob: str, name: str, *shape: int) -> str:
        size = graph.constant(f"{name}_shape", np.array(shape, np.int64))
        return graph.node("Reshape", [blob, size], [name])[0]

    def plus(blob: str, kind: str, constant: str, value: np.ndarray, name: str) -> str:
        return graph.node(kind, [blob, graph.constant(constant, value.astype(np.float32))], [name])[0]

    mean = np.stack([parameters["feature_mean"], np.zeros(settings.columns)], axis=1)
    centred = plus(names.FEATURES, "Sub", "feature_mean", np.tile(mean, (HALVES, 1)), "centred")
    columns = graph.constant("columns", gather_columns(settings))
    (gathered,) = graph.node("Gather", [centred, columns], ["gathered"], axis=1)
    seen = shaped(gathered, "seen", -1, keys + 1, HALVES, settings.looked_at)
    # one product for what a key makes of its harmonics and for what it tells the others
    factor = parameters["norm_s"] / np.sqrt(parameters["norm_riv"] + _epsilon())
    weights = np.concatenate([parameters["own_w"] * factor[:, None], parameters["around_w"]]).T * FEATURE_SCALE
    shift = parameters["norm_b"] - parameters["norm_rm"] * factor
    bias = np.zeros((keys + 1, 1, own + around))
    bias[:keys, 0, :own] = parameters["key_bias"] + shift
    bias[:, 0, own:] = parameters["around_b"]
    product = plus(seen, "MatMul", "seen_w", weights, "seen_product")
    biased = plus(product, "Add", "seen_b", bias, "seen_biased")
    (rectified,) = graph.node("Relu", [biased], ["seen_rectified"])
    split = graph.constant("widths", np.array([own, around], np.int64))
    graph.node("Split", [rectified, split], ["own_of_all", "told"], axis=3)
    bounds = [graph.constant(name, np.array([value], np.int64)) for name, value in _bounds(keys)]
    (own_of_keys,) = graph.node("Slice", ["own_of_all", *bounds], ["own_of_keys"])
    own_by_key = shaped(own_of_keys, "own", -1, keys, HALVES * own)
    told = shaped("told", "told_by_key", -1, keys + 1, HALVES * around)
    others = graph.constant("others", neighbours(settings))
    (heard_of,) = graph.node("Gather", [told, others], ["told_gathered"], axis=1)
    heard_of = shaped(heard_of, "told_rows", -1, keys, len(AROUND) * HALVES * around)
    context = plus(heard_of, "MatMul", "context_w", parameters["context_w"].T, "context_product")
    context = plus(context, "Add", "context_b", parameters["context_b"], "context_biased")
    (context,) = graph.node("Relu", [context], ["context"])
    graph.node("Concat", [own_by_key, context], ["joined"], axis=2)
    remembered = _remember(graph, net, "joined")
    logits = plus(remembered, "MatMul", "fc_w", parameters["fc_w"].T, "fc_product")
    logits = plus(logits, "Add", "fc_b", parameters["fc_b"], "logits")
    graph.node("Sigmoid", [logits], [names.PROBABILITIES])


def _epsilon() -> float:
    from audio_to_body.models.notes.parameters import BATCH_NORM_EPSILON

    return BATCH_NORM_EPSILON


def _bounds(keys: int) -> list[tuple[str, int]]:
    """What ``Slice`` takes to keep the keys and drop the one that is none."""
    return [("first_key", 0), ("after_keys", keys), ("key_axis", 1)]


def _remember(graph: Graph, net: NoteNet, sequence: str) -> str:
    """The LSTM, with the keys as its batch."""
    parameters = net.parameters
    own = {name: reorder_gates(parameters[f"lstm/{name}"]) for name in ("i2h_w", "i2h_b", "gates_t_w", "gates_t_b")}
    inputs = [
        sequence,
        graph.constant("lstm_W", own["i2h_w"][None]),
        graph.constant("lstm_R", own["gates_t_w"][None]),
        graph.constant("lstm_B", np.concatenate([own["i2h_b"], own["gates_t_b"]])[None]),
        "",  # every key has the same length
        names.HIDDEN,
        names.CELL,
    ]
    outputs = ["lstm_all", names.HIDDEN_OUT, names.CELL_OUT]
    graph.node("LSTM", inputs, outputs, hidden_size=net.settings.hidden)
    axis = graph.constant("direction_axis", np.array([1], np.int64))
    return graph.node("Squeeze", ["lstm_all", axis], ["remembered"])[0]


def check_features(net: NoteNet, seconds: float = CHECK_SECONDS, seed: int = 0) -> np.ndarray:
    """Features to compare on: those of made notes, loud, soft and silent, float32 [steps of 48/s, columns, 2]."""
    from audio_to_body.sound.note_features import note_features
    from audio_to_body.sound.note_resampling import NOTE_RATE

    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * NOTE_RATE)) / NOTE_RATE
    sound = 1e-4 * rng.standard_normal(len(time))
    for onset in np.arange(0.3, 0.8 * seconds, 0.15):  # the last fifth is noise alone
        hz = 440.0 * 2.0 ** ((rng.choice(net.settings.keys) - 69) / 12)
        after = np.maximum(time - onset, 0.0)
        tone = sum(np.sin(2 * np.pi * hz * h * after) / h for h in range(1, 7) if hz * h < NOTE_RATE / 2)
        sound += rng.uniform(0.005, 0.2) * tone * np.exp(-3.0 * after) * (time >= onset)
    features = note_features(net.settings.front, sound.astype(np.float32), resampled=True)
    return features[: len(features) // 2 * 2]


def compare(net: NoteNet, model: bytes, features: np.ndarray | None = None) -> float:
    """Largest distance between both nets' probabilities, whole and in pieces; infinite where one is no number."""
    from audio_to_body.models.notes.network import Predictor
    from audio_to_body.models.notes.settings import HALVES

    features = check_features(net) if features is None else features
    predictor = Predictor(net.settings, net.parameters)
    reference, _ = predictor.run(features.reshape(len(features) // HALVES, -1, 2))
    predictor.close()
    session = NoteSession(model, "the exported model")
    worst = 0.0
    for chunk in (len(features) // HALVES, *STREAM_CHUNKS):
        state, pieces = session.initial_state(), []
        for first in range(0, len(features), HALVES * chunk):
            probabilities, state = session.run(features[first : first + HALVES * chunk], state)
            pieces.append(probabilities)
        apart = float(np.abs(np.concatenate(pieces).astype(np.float64) - reference).max())
        worst = max(worst, apart) if np.isfinite(apart) else float("inf")
    return worst


def export_notes(net: NoteNet, out: str | Path, card: NoteCard, features: np.ndarray | None = None) -> NoteReport:
    """Write a net that hears notes as ``.onnx``.

    Parameters
    ----------
    net : NoteNet
    out : path
    card : NoteCard
        :func:`card_of`.
    features : np.ndarray, float32 [steps of 48/s, columns, 2], optional
        What the parity check runs on; by default :func:`check_features`.

    Raises
    ------
    BadInput
        If the file cannot be written, or Caffe2 and onnxruntime differ by more than 1e-4.
    """
    out = Path(out)
    model = with_checksum(build(net, card).SerializeToString())
    worst = compare(net, model, features)
    if not worst <= TOLERANCE:
        raise BadInput(f"{out} was not written: Caffe2 and onnxruntime differ by {worst:.1e}, more than {TOLERANCE}")
    with refused(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(out, model)
    return NoteReport(str(out), len(model), hashlib.sha256(model).hexdigest(), worst, card)
