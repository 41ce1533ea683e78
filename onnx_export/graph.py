"""The trained Caffe2 net written as an ONNX graph, by hand: Caffe2's own exporter knows no ``RecurrentNetwork``.

Inputs and outputs are those of :mod:`audio_to_body.inference.model_card`: raw features and the state go in;
keypoints in pixels of
the dataset's reference frame (or the named targets of an expressive net) and the new state come out. Normalisation,
PCA inverse and the card are in the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from audio_to_body.inference import model_card
from audio_to_body.inference.model_card import ModelCard

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto

    from audio_to_body.models.checkpoint import TrainedNet

OPSET = 17
IR_VERSION = 8  # onnxruntime 1.19 reads up to 10; older ones read this too
STEPS, BATCH = "steps", "batch"  # the free dimensions
Size = list[Union[int, str]]

# Caffe2's gates stand in the order input, forget, output, cell; ONNX's LSTM wants input, output, forget, cell
_CAFFE2_GATES = ("input", "forget", "output", "cell")
_ONNX_GATES = ("input", "output", "forget", "cell")
GATE_ORDER = [_CAFFE2_GATES.index(gate) for gate in _ONNX_GATES]


def reorder_gates(values: np.ndarray) -> np.ndarray:
    """Rows ``[4 H, ...]`` in Caffe2's gate order, brought into ONNX's."""
    gates = values.reshape(4, -1, *values.shape[1:])
    return gates[GATE_ORDER].reshape(values.shape)


class Graph:
    """Nodes and constants as they are added, in order."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        """Add a constant; give its name."""
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], outputs: list[str], **attributes: Any) -> list[str]:
        """Add a node; give the names of its outputs."""
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, outputs, name=outputs[0] or outputs[1], **attributes))
        return outputs

    def model(
        self, name: str, inputs: Mapping[str, Size], outputs: Mapping[str, Size], about: str, said: Mapping[str, str]
    ) -> ModelProto:
        """All of it as a model, checked by ``onnx.checker``.

        Parameters
        ----------
        name : str
            Of the graph.
        inputs, outputs : mapping of str to list
            Sizes of what goes in and comes out, float32; a name is a free dimension.
        about : str
            What it does, in a line.
        said : mapping of str to str
            Metadata.
        """
        import onnx
        from onnx import TensorProto, helper

        taken, given = (
            [helper.make_tensor_value_info(end, TensorProto.FLOAT, size) for end, size in sizes.items()]
            for sizes in (inputs, outputs)
        )
        model = helper.make_model(
            helper.make_graph(self.nodes, name, taken, given, self.constants),
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="audio-to-body-dynamics",
            doc_string=about,
        )
        helper.set_model_props(model, dict(said))
        onnx.checker.check_model(model, full_check=True)
        return model


def build(net: TrainedNet, card: ModelCard) -> ModelProto:
    """The ONNX model of a trained net.

    Parameters
    ----------
    net : TrainedNet
    card : ModelCard
        Goes into the metadata.

    Returns
    -------
    onnx.ModelProto
        Checked by ``onnx.checker``; self-contained.
    """
    from audio_to_body.models.network import Shape

    shape = Shape.of(net.settings, len(net.feature_scale.mean), len(net.target_scale.mean))
    graph = Graph()
    sequence = _normalise(graph, net)
    sequence = _lstm_layers(graph, net, shape.scopes(), shape.hidden, sequence)
    if card.target_names:
        _to_targets(graph, net, sequence)
        given, width = model_card.TARGETS, [len(card.target_names)]
    else:
        _to_keypoints(graph, net, sequence)
        given, width = model_card.KEYPOINTS, [len(card.point_names), 2]
    state: Size = [shape.layers, BATCH, shape.hidden]
    return graph.model(
        "audio_to_body_dynamics",
        {
            model_card.FEATURES: [STEPS, BATCH, shape.features],
            model_card.HIDDEN_IN: state,
            model_card.CELL_IN: state,
        },
        {given: [STEPS, BATCH, *width], model_card.HIDDEN_OUT: state, model_card.CELL_OUT: state},
        f"{card.instrument}: audio features to {given}",
        {model_card.METADATA_KEY: card.to_json()},
    )


def _normalise(graph: Graph, net: TrainedNet) -> str:
    mean = graph.constant("feature_mean", net.feature_scale.mean)
    deviation = graph.constant("feature_deviation", net.feature_scale.deviation)
    graph.node("Sub", [model_card.FEATURES, mean], ["centred"])
    graph.node("Div", ["centred", deviation], ["normalised"])
    return "normalised"


def _lstm_layers(graph: Graph, net: TrainedNet, scopes: list[str], hidden: int, sequence: str) -> str:
    """One LSTM node per layer; the state in and out is stacked over the layers."""
    hidden_in, cell_in = [model_card.HIDDEN_IN], [model_card.CELL_IN]
    many = len(scopes) > 1
    if many:
        hidden_in = graph.node("Split", [model_card.HIDDEN_IN], [f"{s}/hidden_in" for s in scopes], axis=0)
        cell_in = graph.node("Split", [model_card.CELL_IN], [f"{s}/cell_in" for s in scopes], axis=0)
    hidden_out = [f"{s}/hidden_out" for s in scopes] if many else [model_card.HIDDEN_OUT]
    cell_out = [f"{s}/cell_out" for s in scopes] if many else [model_card.CELL_OUT]
    direction = graph.constant("direction_axis", np.array([1], np.int64))
    for layer, scope in enumerate(scopes):
        own = {name: reorder_gates(net.parameters[f"{scope}/{name}"]) for name in ("i2h_w", "gates_t_w")}
        biases = [reorder_gates(net.parameters[f"{scope}/{name}"]) for name in ("i2h_b", "gates_t_b")]
        inputs = [
            sequence,
            graph.constant(f"{scope}/W", own["i2h_w"][None]),
            graph.constant(f"{scope}/R", own["gates_t_w"][None]),
            graph.constant(f"{scope}/B", np.concatenate(biases)[None]),
            "",  # every lane has the same length
            hidden_in[layer],
            cell_in[layer],
        ]
        graph.node("LSTM", inputs, [f"{scope}/all", hidden_out[layer], cell_out[layer]], hidden_size=hidden)
        (sequence,) = graph.node("Squeeze", [f"{scope}/all", direction], [f"{scope}/sequence"])
    if many:
        graph.node("Concat", hidden_out, [model_card.HIDDEN_OUT], axis=0)
        graph.node("Concat", cell_out, [model_card.CELL_OUT], axis=0)
    return sequence


def _add_steps(graph: Graph, sequence: str, steps: list[tuple[str, str, np.ndarray, str]]) -> str:
    """Nodes with one constant each, one after the other."""
    for kind, name, constant, output in steps:
        graph.node(kind, [sequence, graph.constant(name, constant)], [output])
        sequence = output
    return sequence


def _outputs(net: TrainedNet, last: str) -> list[tuple[str, str, np.ndarray, str]]:
    """Fully connected layer and normalisation undone."""
    return [
        ("MatMul", "fc_w", net.parameters["fc_w"].T, "fc_product"),
        ("Add", "fc_b", net.parameters["fc_b"], "fc"),
        ("Mul", "target_deviation", net.target_scale.deviation, "scaled"),
        ("Add", "target_mean", net.target_scale.mean, last),
    ]


def _to_targets(graph: Graph, net: TrainedNet, sequence: str) -> None:
    """The targets of an expressive net in their own units."""
    _add_steps(graph, sequence, _outputs(net, model_card.TARGETS))


def _to_keypoints(graph: Graph, net: TrainedNet, sequence: str) -> None:
    """The paper's outputs: PCA undone, points apart."""
    steps = _outputs(net, "coefficients")
    if net.settings.components is not None:
        steps.append(("MatMul", "pca_components", net.pca.components, "motion"))
    steps.append(("Add", "pca_mean", net.pca.mean, "flat_keypoints"))
    sequence = _add_steps(graph, sequence, steps)
    size = graph.constant("keypoint_size", np.array([0, 0, len(net.pca.mean) // 2, 2], np.int64))  # 0: as it is
    graph.node("Reshape", [sequence, size], [model_card.KEYPOINTS])
