from dataclasses import replace

import numpy as np
import pytest

from audio_to_body.inference.notes.card import LOW, NORMAL, NoteCard
from audio_to_body.inference.notes.session import NoteSession, load_notes
from audio_to_body.models.notes.checkpoint import NoteNet
from audio_to_body.models.notes.parameters import initial_parameters
from audio_to_body.models.notes.settings import SETTINGS
from audio_to_body.onnx_export.notes import card_of, compare, export_notes
from audio_to_body.skeleton.refusal import BadInput

THRESHOLDS = {NORMAL: 0.5, LOW: 0.4}


def lively_net(instrument):
    """A net of the real size whose batch norm and biases are not those of a fresh one."""
    rng = np.random.default_rng(5)
    settings = SETTINGS[instrument]
    parameters = initial_parameters(settings, rng, rng.uniform(0, 1, settings.columns))
    for name in ("norm_s", "norm_b", "norm_rm", "key_bias", "around_b", "context_b", "fc_b", "lstm/gates_t_b"):
        parameters[name] = (parameters[name] + 0.3 * rng.standard_normal(parameters[name].shape)).astype(np.float32)
    parameters["norm_riv"] = rng.uniform(0.3, 3.0, settings.own).astype(np.float32)
    return NoteNet(settings, parameters, {"hours_drawn": 1.234, "updates": 7})


@pytest.mark.parametrize("instrument", ["piano", "violin"])
def test_the_file_gives_caffe2s_numbers_and_tells_what_it_is(instrument, tmp_path):
    net = lively_net(instrument)
    card = card_of(net, THRESHOLDS, lag=0.01, sources=["a piano, CC0"], figures={"left_out_f1": 0.9})
    report = export_notes(net, tmp_path / "x.onnx", card)
    assert report.worst < 2e-5  # float32 products in another order
    session = load_notes(tmp_path / "x.onnx")
    assert session.card == card
    assert NoteCard.from_json(card.to_json()) == card
    assert session.card.head(LOW).delay < session.card.head(NORMAL).delay
    assert session.card.hours_drawn == 1.23


def test_a_net_that_differs_is_not_written(tmp_path):
    net = lively_net("violin")
    model = export_notes(net, tmp_path / "x.onnx", card_of(net, THRESHOLDS))
    other = replace(net, parameters={**net.parameters, "fc_b": net.parameters["fc_b"] + 0.01})
    assert compare(other, (tmp_path / "x.onnx").read_bytes()) > 1e-4
    assert model.worst < 1e-4


def test_a_damaged_file_is_refused(tmp_path):
    net = lively_net("violin")
    export_notes(net, tmp_path / "x.onnx", card_of(net, THRESHOLDS))
    data = bytearray((tmp_path / "x.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    with pytest.raises(BadInput, match="damaged"):
        NoteSession(bytes(data), "x.onnx")
    with pytest.raises(BadInput, match="not an ONNX model"):
        NoteSession(b"no model", "x.onnx")


def test_a_net_of_another_kind_is_refused():
    from audio_to_body.inference.model_file import PRETRAINED

    with pytest.raises(BadInput, match="audio_to_body_dynamics_notes"):
        load_notes(PRETRAINED / "violin.onnx")
