import numpy as np
import pytest

from audio_to_body.inference.model_file import PRETRAINED
from audio_to_body.models.notes.network import Trainer
from audio_to_body.models.notes.pool import Batch
from audio_to_body.models.notes.shipped_net import load_shipped, with_statistics
from audio_to_body.models.notes.widening import widened
from audio_to_body.onnx_export.notes import check_features, compare
from audio_to_body.skeleton.refusal import BadInput


@pytest.mark.parametrize("instrument", ["violin", "piano"])
def test_a_wider_net_answers_the_same(instrument):
    path = PRETRAINED / f"{instrument}_notes.onnx"
    net = load_shipped(path)
    own, hidden = net.settings.own + 8, net.settings.hidden + 24
    wide = widened(net, own, hidden, np.random.default_rng(0))
    assert (wide.settings.own, wide.settings.hidden) == (own, hidden)
    features = check_features(net, seconds=3.0)
    assert compare(wide, path.read_bytes(), features) < 1e-5
    measured = with_statistics(wide, features.reshape(len(features) // 2, 1, -1, 2))
    assert compare(measured, path.read_bytes(), features) < 1e-5


def test_what_is_added_learns():
    import torch

    net = load_shipped(PRETRAINED / "violin_notes.onnx")
    wide = widened(net, net.settings.own + 4, net.settings.hidden + 4, np.random.default_rng(0))
    features = check_features(net, seconds=4.0)
    steps = wide.settings.steps
    sequence = np.repeat(features.reshape(len(features) // 2, 1, -1, 2)[:steps], wide.settings.batch, axis=1)
    wide = with_statistics(wide, sequence)
    lanes = (steps, wide.settings.batch, len(wide.settings.keys), wide.settings.outputs)
    batch = Batch(torch.from_numpy(sequence), torch.ones(lanes), torch.ones(lanes))
    trainer = Trainer(wide.settings, wide.parameters)
    try:
        trainer.update(batch, 1e-3)
        trainer.update(batch, 1e-3)  # what is added is listened to from the second update on
        gradients = trainer.gradients()
    finally:
        trainer.close()
    hidden = net.settings.hidden
    assert np.abs(gradients["fc_w"][:, hidden:]).max() > 0
    assert np.abs(gradients["lstm/gates_t_w"][hidden : hidden + 4]).max() > 0
    assert np.abs(gradients["own_w"][net.settings.own :]).max() > 0


def test_a_net_does_not_shrink():
    net = load_shipped(PRETRAINED / "piano_notes.onnx")
    with pytest.raises(BadInput, match="shrink"):
        widened(net, net.settings.own - 1, net.settings.hidden, np.random.default_rng(0))
