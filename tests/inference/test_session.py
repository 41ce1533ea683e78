"""The session: the card's promises hold, state is the caller's, wrong graphs are refused."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from audio_to_body.inference.model_file import ModelFile
from audio_to_body.inference.prediction import predict
from audio_to_body.inference.runtime import cuda_card_present
from audio_to_body.inference.session import Session, load
from audio_to_body.skeleton.refusal import BadInput
from tests.inference.conftest import HIDDEN, build_model, card_for, serialised


def session_of(model, card) -> Session:
    data = serialised(model, card)
    return Session(ModelFile(Path("m.onnx"), card, data, hashlib.sha256(data).hexdigest()), "cpu")


def test_chunks_equal_the_whole(violin_session):
    features = np.random.default_rng(0).normal(0, 30, (50, 28)).astype(np.float32)
    whole = violin_session.run(features, violin_session.initial_state())
    state, parts = violin_session.initial_state(), []
    for first in range(0, 50, 7):
        step = violin_session.run(features[first : first + 7], state)
        state = step.state
        parts.append(step.keypoints)
    assert whole.keypoints.shape == (50, 50, 2)
    # float32 rounding of pixels in the hundreds: products of another shape sum in another order
    np.testing.assert_allclose(np.concatenate(parts), whole.keypoints, atol=1e-3)
    for name, value in whole.state.items():
        np.testing.assert_allclose(state[name], value, atol=1e-5)


def test_streams_do_not_touch_each_other(violin_session):
    features = np.random.default_rng(1).normal(0, 30, (2, 20, 28)).astype(np.float32)
    alone = violin_session.run(features[0], violin_session.initial_state())
    a, b = violin_session.initial_state(), violin_session.initial_state()
    got = []
    for i in range(20):
        step = violin_session.run(features[0, i : i + 1], a)
        a = step.state
        got.append(step.keypoints)
        b = violin_session.run(features[1, i : i + 1], b).state
    np.testing.assert_allclose(np.concatenate(got), alone.keypoints, atol=1e-3)


def test_state_shape_comes_from_the_graph(violin_session):
    assert {k: v.shape for k, v in violin_session.initial_state().items()} == {
        "hidden": (1, 1, HIDDEN),
        "cell": (1, 1, HIDDEN),
    }


def test_a_card_that_lies_is_refused():
    model = build_model(card_for("violin"))
    with pytest.raises(BadInput, match="not as its own metadata says"):
        session_of(model, card_for("piano49"))
    with pytest.raises(BadInput, match="not as its own metadata says"):
        session_of(build_model(card_for("violin")), card_for("violin", feature_count=30))


def test_a_state_without_its_way_out_is_refused():
    model = build_model(card_for("violin"))
    del model.graph.output[2]
    with pytest.raises(BadInput, match="cannot be streamed"):
        session_of(model, card_for("violin"))


def test_weights_that_are_not_numbers_are_refused():
    model = build_model(card_for("violin"))
    rest = next(t for t in model.graph.initializer if t.name == "rest")
    rest.raw_data = np.full(100, np.nan, np.float32).tobytes()
    with pytest.raises(BadInput, match="not numbers"):
        session_of(model, card_for("violin"))


def test_unknown_devices_are_refused(violin_model):
    from audio_to_body.inference.model_file import read_model

    with pytest.raises(BadInput, match="unknown device 'tpu'"):
        Session(read_model(violin_model), "tpu")


@pytest.mark.skipif(cuda_card_present(), reason="this machine has a CUDA card")
def test_cuda_is_refused_where_there_is_none_and_auto_falls_back(violin_model):
    from audio_to_body.inference.model_file import read_model

    with pytest.raises(BadInput, match="'cuda' is not to be had"):
        Session(read_model(violin_model), "cuda")
    assert Session(read_model(violin_model), "auto").provider == "CPUExecutionProvider"


def test_an_instrument_that_nobody_plays_is_named_with_those_that_are():
    with pytest.raises(BadInput, match=r"no net plays 'cello'; there are violin and piano"):
        load("cello")
    with pytest.raises(BadInput, match="no net plays"):
        predict(np.zeros(44_100, np.float32), "cello")
