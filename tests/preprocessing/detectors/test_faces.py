"""A face network of the person's own goes through the same checks as every model."""

from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.preprocessing.detectors.faces import OnnxSignature
from audio_to_body.skeleton.refusal import BadInput


def network(**changes) -> bytes:
    """The mean colours of a picture [1, 8, 8, 3]: the smallest face network."""
    from onnx import TensorProto, helper

    shape = changes.get("shape", [1, 8, 8, 3])
    node = helper.make_node(
        "ReduceMean", ["face"], ["vector"], axes=[1, 2], keepdims=0, domain=changes.get("domain", "")
    )
    graph = helper.make_graph(
        [node],
        "face",
        [helper.make_tensor_value_info("face", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, None)],
        changes.get("weights", []),
    )
    opsets = [helper.make_opsetid("", 13), *([helper.make_opsetid("evil", 1)] if "domain" in changes else [])]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


def test_a_face_network_signs_faces(tmp_path):
    (tmp_path / "face.onnx").write_bytes(network())
    picture = np.zeros((60, 60, 3), np.uint8)
    picture[..., 0] = 255
    signature = OnnxSignature(tmp_path / "face.onnx").signature(picture, (10, 10, 40, 40))
    np.testing.assert_allclose(signature, [1, 0, 0], atol=1e-6)


@pytest.mark.parametrize("case", ["missing", "text", "outside", "foreign", "sound"])
def test_other_networks_are_refused(case, tmp_path):
    from onnx import TensorProto

    path = tmp_path / "face.onnx"
    words = {
        "missing": "cannot be read",
        "text": "is not an ONNX model",
        "outside": "keeps part of its weights in another file",
        "foreign": r"needs operators from elsewhere \(evil\.ReduceMean\)",
        "sound": "a face network takes one picture with three colours",
    }
    if case == "text":
        path.write_text("no network at all")
    elif case == "outside":
        tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
        tensor.external_data.add(key="location", value="../../secret")
        path.write_bytes(network(weights=[tensor]))
    elif case == "foreign":
        path.write_bytes(network(domain="evil"))
    elif case == "sound":
        path.write_bytes(network(shape=[1, 8, 8, 2]))
    with pytest.raises(BadInput, match=words[case]):
        OnnxSignature(path)
