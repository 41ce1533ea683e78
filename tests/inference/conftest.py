"""A tiny random net that keeps the contract of a model file, and sounds."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from audio_to_body.inference.model_card import (
    CELL_IN,
    CELL_OUT,
    FEATURES,
    HIDDEN_IN,
    HIDDEN_OUT,
    KEYPOINTS,
    METADATA_KEY,
    ModelCard,
)
from audio_to_body.skeleton.layouts import layout_named
from audio_to_body.skeleton.rates import AUDIO_RATE

HIDDEN = 16


def card_for(instrument: str, **changes: object) -> ModelCard:
    layout = layout_named(instrument)
    values: dict = {
        "instrument": instrument,
        "layout": layout.name,
        "point_names": list(layout.points),
        "edges": [list(edge) for edge in layout.edges],
        "frame_size": [640, 480],
        "video_fps": 24,
        "upsample": 4,
        "delay_steps": 2,
        "audio_rate": AUDIO_RATE,
        "features": "mfcc28",
        "feature_count": 28,
        "hidden_size": HIDDEN,
        "layers": 1,
        "pca_components": 0,
        "data": "random weights",
    }
    return ModelCard(**{**values, **changes})


def build_model(card: ModelCard, seed: int = 0):
    """An LSTM of random weights behind a fixed normalisation, in front of a musician's rest pose."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(seed)
    points, hidden, features = layout_named(card.layout).size, card.hidden_size, card.feature_count

    def constant(name, value):
        return numpy_helper.from_array(np.asarray(value, np.float32 if np.ndim(value) else None), name)

    pose = rng.uniform((200, 120), (440, 360), (points, 2))
    weights = [
        constant("mean", np.zeros(features)),
        constant("deviation", np.full(features, 40.0)),
        constant("w", rng.normal(0, 0.3, (1, 4 * hidden, features))),
        constant("r", rng.normal(0, 0.3, (1, 4 * hidden, hidden))),
        constant("b", rng.normal(0, 0.1, (1, 8 * hidden))),
        constant("fc", rng.normal(0, 8.0, (hidden, points * 2))),
        constant("rest", pose.reshape(-1)),
        numpy_helper.from_array(np.array([1], np.int64), "axis"),
        numpy_helper.from_array(np.array([0, 0, points, 2], np.int64), "shape"),
    ]
    nodes = [
        helper.make_node("Sub", [FEATURES, "mean"], ["centred"]),
        helper.make_node("Div", ["centred", "deviation"], ["normal"]),
        helper.make_node(
            "LSTM", ["normal", "w", "r", "b", "", HIDDEN_IN, CELL_IN], ["y", HIDDEN_OUT, CELL_OUT], hidden_size=hidden
        ),
        helper.make_node("Squeeze", ["y", "axis"], ["steps"]),
        helper.make_node("MatMul", ["steps", "fc"], ["moved"]),
        helper.make_node("Add", ["moved", "rest"], ["flat"]),
        helper.make_node("Reshape", ["flat", "shape"], [KEYPOINTS]),
    ]

    def value(name, shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    state = [1, "batch", hidden]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [value(FEATURES, ["steps", "batch", features]), value(HIDDEN_IN, state), value(CELL_IN, state)],
        [value(KEYPOINTS, ["steps", "batch", points, 2]), value(HIDDEN_OUT, state), value(CELL_OUT, state)],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def serialised(model, card: ModelCard | None) -> bytes:
    if card is not None:
        model.metadata_props.add(key=METADATA_KEY, value=card.to_json())
    return model.SerializeToString()


def write_wave(path: Path, audio: np.ndarray, rate: int = AUDIO_RATE) -> Path:
    """16-bit PCM of samples [channels, samples]."""
    audio = np.atleast_2d(audio)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(audio))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(audio, -1, 1) * 32767).astype("<i2").T.tobytes())
    return path


def melody(seconds: float, seed: int = 0, rate: int = AUDIO_RATE) -> np.ndarray:
    """Decaying tones with rests between them, float32 [samples]."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate)) / rate
    sound = np.zeros(len(t))
    for onset in np.arange(0, seconds, 0.31):
        since = t - onset
        tone = np.sin(2 * np.pi * rng.uniform(200, 900) * since) * np.exp(-6 * since) * rng.uniform(0.1, 0.6)
        sound += np.where((since >= 0) & (since < 0.25), tone, 0)
    return sound.astype(np.float32)


@pytest.fixture(scope="session")
def violin_bytes() -> bytes:
    card = card_for("violin")
    return serialised(build_model(card), card)


@pytest.fixture(scope="session")
def violin_model(violin_bytes, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny_violin.onnx"
    path.write_bytes(violin_bytes)
    return path


@pytest.fixture(scope="session")
def piano_model(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny_piano.onnx"
    card = card_for("piano", delay_steps=0)
    path.write_bytes(serialised(build_model(card, seed=1), card))
    return path


@pytest.fixture(scope="session")
def violin_session(violin_model):
    from audio_to_body.inference.model_file import read_model
    from audio_to_body.inference.session import Session

    return Session(read_model(violin_model), "cpu")


@pytest.fixture(scope="session")
def song(tmp_path_factory) -> Path:
    return write_wave(tmp_path_factory.mktemp("sounds") / "song.wav", np.stack([melody(2.3), melody(2.3, 1)]))
