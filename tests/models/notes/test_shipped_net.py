import numpy as np
import pytest

from audio_to_body.inference.model_file import PRETRAINED
from audio_to_body.inference.notes.session import load_notes
from audio_to_body.models.notes.parameters import BATCH_NORM_EPSILON
from audio_to_body.models.notes.shipped_net import load_shipped, with_statistics
from audio_to_body.models.notes.twin import Twin
from audio_to_body.onnx_export.notes import check_features, compare
from audio_to_body.skeleton.refusal import BadInput


@pytest.mark.parametrize("instrument", ["violin", "piano"])
def test_a_net_that_ships_answers_as_its_file_does(instrument):
    path = PRETRAINED / f"{instrument}_notes.onnx"
    net = load_shipped(path)
    features = check_features(net, seconds=4.0)
    assert compare(net, path.read_bytes(), features) < 1e-5
    by_sequence = features.reshape(len(features) // 2, 1, -1, 2)
    measured = with_statistics(net, by_sequence)
    assert compare(measured, path.read_bytes(), features) < 1e-5
    assert net.results["updates"] == load_notes(instrument).card.updates
    assert np.linalg.norm(measured.parameters["own_w"], axis=1) == pytest.approx(1.0, abs=1e-4)


def test_its_statistics_are_those_of_the_sound_it_trains_on():
    import torch

    net = load_shipped(PRETRAINED / "violin_notes.onnx")
    features = check_features(net, seconds=4.0)
    sequence = features.reshape(len(features) // 2, 1, -1, 2)
    measured = with_statistics(net, sequence)
    twin = Twin(measured.settings, measured.parameters)
    with torch.no_grad():  # in training a batch is standardised by itself: here that changes nothing
        twin.eval()
        settled = twin(torch.from_numpy(sequence))[0]
        twin.train()
        training = twin(torch.from_numpy(sequence))[0]
    assert torch.allclose(settled, training, atol=2e-3)
    assert (measured.parameters["norm_riv"] + BATCH_NORM_EPSILON > 0).all()


def test_only_nets_of_ours_are_started_from(tmp_path):
    with pytest.raises(BadInput):
        load_shipped(tmp_path / "none.onnx")
    with pytest.raises(BadInput):
        load_shipped(PRETRAINED / "violin.onnx")
    # its card fits, its widths do not
    import onnx

    from audio_to_body.inference.model_file import CHECKSUM_KEY, with_checksum

    model = onnx.load(str(PRETRAINED / "violin_notes.onnx"))
    for constant in model.graph.initializer:
        if constant.name == "context_b":
            constant.name = "another"
    for node in model.graph.node:
        node.input[:] = ["another" if name == "context_b" else name for name in node.input]
    kept = [p for p in model.metadata_props if p.key != CHECKSUM_KEY]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    (tmp_path / "other.onnx").write_bytes(with_checksum(model.SerializeToString()))
    with pytest.raises(BadInput, match="built"):
        load_shipped(tmp_path / "other.onnx")
