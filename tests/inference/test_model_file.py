"""Model files: ours are read, everything else is refused with its reason."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import helper

from audio_to_body.inference.model_card import METADATA_KEY, ModelCard
from audio_to_body.inference.model_file import CHECKSUM_KEY, check_model, pretrained_path, read_model, with_checksum
from audio_to_body.skeleton.protobuf_reader import outline
from audio_to_body.skeleton.refusal import BadInput
from tests.inference.conftest import build_model, card_for, serialised


def test_reads_its_card(violin_model, violin_bytes):
    model = read_model(violin_model)
    assert model.card == card_for("violin")
    assert model.sha256 == hashlib.sha256(violin_bytes).hexdigest()


def test_outline_agrees_with_onnx(violin_bytes):
    model = onnx.load_from_string(violin_bytes)
    found = outline(violin_bytes)
    assert found.metadata == {p.key: p.value for p in model.metadata_props}
    assert found.operators == {(node.domain, node.op_type) for node in model.graph.node}
    assert onnx.GraphProto.FromString(violin_bytes[slice(*found.graph)]) == model.graph
    assert not found.external
    assert found.functions == 0


def test_checksum_finds_a_changed_weight(violin_bytes):
    signed = with_checksum(violin_bytes)
    assert check_model(signed, "m") == card_for("violin")
    assert onnx.load_from_string(signed).graph == onnx.load_from_string(violin_bytes).graph
    weight = onnx.load_from_string(violin_bytes).graph.initializer[2].raw_data
    at = signed.index(weight) + 10
    damaged = signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :]
    assert CHECKSUM_KEY in onnx.load_from_string(damaged).metadata_props[1].key
    with pytest.raises(BadInput, match="does not match its checksum"):
        check_model(damaged, "m")


def refusal(model, card) -> str:
    with pytest.raises(BadInput) as refused:
        check_model(serialised(model, card), "m.onnx")
    return str(refused.value)


def test_a_graph_from_elsewhere_is_refused():
    assert "not made by this project" in refusal(build_model(card_for("violin")), None)


def test_external_data_is_refused():
    model = build_model(card_for("violin"))
    tensor = model.graph.initializer[2]
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    tensor.ClearField("raw_data")
    assert "another file" in refusal(model, card_for("violin"))


def test_external_data_inside_a_branch_is_refused():
    model = build_model(card_for("violin"))
    hidden = onnx.TensorProto(dims=[1], data_type=1, data_location=onnx.TensorProto.EXTERNAL, name="x")
    branch = helper.make_graph([], "branch", [], [], [hidden])
    model.graph.node.append(helper.make_node("If", ["c"], ["d"], then_branch=branch, else_branch=branch))
    assert "another file" in refusal(model, card_for("violin"))


def test_foreign_operators_are_refused():
    model = build_model(card_for("violin"))
    model.graph.node.append(helper.make_node("Shell", ["c"], ["d"], domain="com.example"))
    assert "com.example.Shell" in refusal(model, card_for("violin"))


@pytest.mark.parametrize(
    "change",
    [
        {"layout": "cello"},
        {"point_names": ["a"]},
        {"frame_size": [0, 480]},
        {"frame_size": [10**9, 480]},
        {"frame_size": 3},
        {"video_fps": float("nan")},
        {"upsample": 0},
        {"upsample": 10**6},
        {"delay_steps": -1},
        {"delay_steps": 1.5},
        {"feature_count": "28"},
        {"hidden_size": True},
        {"version": 99},
        {"extra": 3},
        {"frame_size": []},
        {"frame_size": [2**70, 480]},
        {"target_names": True},
        {"target_names": [1]},
        {"target_names": ["x"] * 5000},
        {"edges": [[0, 99]]},
        {"edges": [[0, True]]},
        {"edges": 7},
        {"data": {}},
    ],
)
def test_impossible_cards_are_refused(change):
    values = {**asdict(card_for("violin")), **change}
    model = build_model(card_for("violin"))
    model.metadata_props.add(key=METADATA_KEY, value=json.dumps(values))
    with pytest.raises(BadInput, match="does not describe itself"):
        check_model(model.SerializeToString(), "m")


def test_a_card_survives_json():
    card = card_for("piano", extra={"a": [1, 2]}, errors={"test": 3.5})
    assert ModelCard.from_json(card.to_json()) == card


@pytest.mark.parametrize("share", [0.0005, 0.1, 0.5, 0.999])
def test_truncated_files_are_refused(violin_bytes, tmp_path, share):
    path = tmp_path / "m.onnx"
    path.write_bytes(violin_bytes[: max(1, int(len(violin_bytes) * share))])
    with pytest.raises(BadInput):
        read_model(path)


def test_missing_empty_and_giant_files_are_refused(tmp_path):
    with pytest.raises(BadInput, match="does not exist"):
        read_model(tmp_path / "none.onnx")
    (tmp_path / "empty.onnx").touch()
    with pytest.raises(BadInput, match="empty"):
        read_model(tmp_path / "empty.onnx")
    with open(tmp_path / "giant.onnx", "wb") as file:
        file.truncate(2**30)
    with pytest.raises(BadInput, match="larger than 64 MB"):
        read_model(tmp_path / "giant.onnx")


def test_unknown_instruments_are_refused():
    with pytest.raises(BadInput, match="unknown instrument 'viola'; known: violin, piano"):
        pretrained_path("viola")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_refused_calmly(data):
    with pytest.raises(BadInput):
        check_model(data, "m")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_damage_is_refused_or_harmless(violin_bytes, data):
    """Changed bytes are refused, or change nothing that the checks vouch for."""
    damaged = bytearray(violin_bytes)
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        card = check_model(bytes(damaged), "m")
    except BadInput:
        return
    assert np.all(np.isfinite(card.frame_size))
    assert card.layout == "violin"
