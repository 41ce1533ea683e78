"""An LSTM layer in Caffe2 operators with a faster step and backward pass than ``caffe2.python.rnn_cell.LSTM``.

Same parameters, same blob names, same numbers up to rounding. What differs:

- input, bias and recurrent weights stand side by side in one matrix ``[4 H, in + 1 + H]``, and every step multiplies
  ``[x, 1, h]`` by it: one product, no addition of input gates, no separate input layer;
- the gates' arithmetic uses Caffe2's vectorised ``Sigmoid``, ``Tanh``, ``Mul`` and ``Add`` in place of ``LSTMUnit``,
  whose loop this Caffe2 was compiled without vector instructions for;
- a step of the backward pass computes the gates' gradient and what goes back to the step before, nothing else. The
  weights' gradient is one product over all steps and lanes afterwards, where the plain step net multiplies and
  accumulates a ``[4 H, H]`` matrix at every step.
"""

from __future__ import annotations

from typing import Any

from audio_to_body.models.caffe2_environment import Initializer, core


class FastLstm:
    """One layer; its blobs are ``<scope>/...``.

    Parameters
    ----------
    scope : str
    width, hidden : int
        Inputs and memory of the layer.
    """

    def __init__(self, scope: str, width: int, hidden: int) -> None:
        self.scope, self.width, self.hidden = scope, width, hidden

    def _s(self, name: str) -> str:
        return f"{self.scope}/{name}"

    def add(
        self, model: Any, sequence: Any, states: list[Any], size: tuple[int, int], input_gradient: bool
    ) -> tuple[Any, Any, Any]:
        """Add the layer to a model that will be trained.

        Parameters
        ----------
        model : ModelHelper
        sequence : blob [steps, batch, width]
        states : list of two blobs [1, batch, hidden]
            Hidden state and cell before the first step.
        size : (int, int)
            Steps and batch, fixed for the net's life.
        input_gradient : bool
            Whether something before this layer is trained too.

        Returns
        -------
        all hidden states ``[steps, batch, hidden]``, the last hidden state and the last cell ``[1, batch, hidden]``
        """
        s, fill = self._s, model.param_init_net.ConstantFill
        # every step writes its row of these through a link; they never move
        fill([], s("joined_all"), shape=[*size, self.width + 1 + self.hidden], value=0.0)
        fill([], s("gates_grad_all"), shape=[*size, 4 * self.hidden], value=0.0)
        links = [*self._links(sequence), ("joined_t", s("joined_all"), 0)]
        back_links = [
            ("hidden_t_grad", s("hidden_states_grad"), 1),
            ("hidden_t_prev_grad", s("hidden_states_grad"), 0),
            ("cell_t_grad", s("cell_states_grad"), 1),
            ("cell_t_prev_grad", s("cell_states_grad"), 0),
            ("gates_t_grad", s("gates_grad_all"), 0),
        ]
        if input_gradient:
            back_links.append(("input_t_grad", f"{sequence}_grad", 0))
        backward = {
            **_link_arguments("backward_link", back_links),
            "backward_step_net": self._backward_net(input_gradient).Proto(),
            "outputs_with_grads": [0],
            "param": [],
            "param_grads": [],
            # what the backward pass does not read need not be kept for every step: one buffer serves all
            "recompute_blobs_on_backward": ["gates_t", "remembered", "learned", "joined_split"],
        }
        references = [s("joined_all"), s("gates_grad_all")]
        return self._recurrent_network(model, sequence, states, links, references, backward)

    def add_forward(self, model: Any, sequence: Any, states: list[Any]) -> tuple[Any, Any, Any]:
        """Add the layer to a model that only runs forward, over sequences of any size; see :meth:`add`."""
        return self._recurrent_network(model, sequence, states, self._links(sequence), [], {})

    def _links(self, sequence: Any) -> list[tuple[str, str, int]]:
        """What a step sees of the blobs over all steps."""
        return [
            ("input_t", str(sequence), 0),
            ("hidden_t_prev", self._s("hidden_states"), 0),
            ("hidden_t", self._s("hidden_states"), 1),
            ("cell_t_prev", self._s("cell_states"), 0),
            ("cell_t", self._s("cell_states"), 1),
        ]

    def _weights(self, model: Any) -> Any:
        """Create the parameters and lay them side by side."""
        s, net, gates = self._s, model.net, 4 * self.hidden
        weight, bias = Initializer("XavierFill"), Initializer("ConstantFill")
        self.parameters = {
            "i2h_w": model.create_param(s("i2h_w"), [gates, self.width], weight),
            "i2h_b": model.create_param(s("i2h_b"), [gates], bias),
            "gates_t_w": model.create_param(s("gates_t_w"), [gates, self.hidden], weight),
            "gates_t_b": model.create_param(s("gates_t_b"), [gates], bias),
        }
        bias_sum = net.Add([self.parameters["i2h_b"], self.parameters["gates_t_b"]], s("bias"))
        column = net.ExpandDims(bias_sum, s("bias_column"), dims=[1])
        matrix, _ = net.Concat(
            [self.parameters["i2h_w"], column, self.parameters["gates_t_w"]],
            [s("weights"), s("weights_split")],
            axis=1,
        )
        for blob in (bias_sum, column, matrix):  # their gradients come from add_weight_gradients
            net.StopGradient(blob, blob)
        return matrix

    def _recurrent_network(
        self,
        model: Any,
        sequence: Any,
        states: list[Any],
        links: list[tuple[str, str, int]],
        references: list[str],
        backward: dict[str, Any],
    ) -> tuple[Any, Any, Any]:
        s, net = self._s, model.net
        matrix = self._weights(model)
        one = net.ConstantFill(
            [net.Slice(states[0], s("one_shape"), starts=[0, 0, 0], ends=[1, -1, 1])],
            s("one"),
            input_as_shape=0,
            value=1.0,
        )
        net.StopGradient(one, one)
        aliases = [
            (s("hidden_states"), s("hidden_all"), 1),
            (s("hidden_states"), s("hidden_last"), -1),
            (s("cell_states"), s("cell_last"), -1),
        ]
        outputs = net.RecurrentNetwork(
            [sequence, *states, matrix, self.parameters["gates_t_w"], one, *references],
            [s("hidden_all"), s("hidden_last"), s("cell_last"), s("step_workspaces")],
            recurrent_states=[s("hidden_states"), s("cell_states")],
            initial_recurrent_state_ids=[1, 2],
            **_link_arguments("link", links),
            alias_src=[a for a, _, _ in aliases],
            alias_dst=[b for _, b, _ in aliases],
            alias_offset=[c for _, _, c in aliases],
            step_net=self._step_net().Proto(),
            timestep=s("timestep"),
            enable_rnn_executor=0,
            **backward,
        )
        return outputs[0], outputs[1], outputs[2]

    def _step_net(self) -> Any:
        """``[x, 1, h]`` times the weights, gates, new cell and hidden state."""
        net = core.Net(self._s("step"))
        net.Proto().type = "simple"
        net.Concat(["input_t", self._s("one"), "hidden_t_prev"], ["joined_t", "joined_split"], axis=2)
        net.MatMul(["joined_t", self._s("weights")], "gates_t", axis_a=2, trans_b=1)
        net.ExpandDims("gates_t", "gates_t", dims=[0])
        net.Split("gates_t", ["input_gate", "forget_gate", "output_gate", "proposal"], axis=2)
        for gate in ("input_gate", "forget_gate", "output_gate"):
            net.Sigmoid(gate, gate)
        net.Tanh("proposal", "proposal")
        net.Mul(["forget_gate", "cell_t_prev"], "remembered")
        net.Mul(["input_gate", "proposal"], "learned")
        net.Add(["remembered", "learned"], "cell_t")
        net.Tanh("cell_t", "cell_tanh")
        net.Mul(["output_gate", "cell_tanh"], "hidden_t")
        return net

    def _backward_net(self, input_gradient: bool) -> Any:
        """From the gradients of this step's hidden state and cell to those of the step before, and to the gates'."""
        net = core.Net(self._s("backward_step"))
        net.Proto().type = "simple"
        net.Mul(["hidden_t_grad", "cell_tanh"], "output_grad")
        net.SigmoidGradient(["output_gate", "output_grad"], "output_grad")
        net.Mul(["hidden_t_grad", "output_gate"], "cell_inner")
        net.TanhGradient(["cell_tanh", "cell_inner"], "cell_inner")
        net.Add(["cell_inner", "cell_t_grad"], "cell_inner")
        net.Mul(["cell_inner", "forget_gate"], "cell_t_prev_grad")
        net.Mul(["cell_inner", "cell_t_prev"], "forget_grad")
        net.SigmoidGradient(["forget_gate", "forget_grad"], "forget_grad")
        net.Mul(["cell_inner", "proposal"], "input_grad")
        net.SigmoidGradient(["input_gate", "input_grad"], "input_grad")
        net.Mul(["cell_inner", "input_gate"], "proposal_grad")
        net.TanhGradient(["proposal", "proposal_grad"], "proposal_grad")
        net.Concat(
            ["input_grad", "forget_grad", "output_grad", "proposal_grad"], ["gates_t_grad", "gates_split"], axis=2
        )
        net.MatMul(["gates_t_grad", self._s("gates_t_w")], "hidden_t_prev_grad", axis_a=2)
        if input_gradient:
            net.MatMul(["gates_t_grad", self._s("i2h_w")], "input_t_grad", axis_a=2)
        return net

    def add_weight_gradients(self, model: Any) -> None:
        """After the model's gradient operators: one product over all steps gives all of the layer's gradients."""
        s, net = self._s, model.net
        net.MatMul([s("gates_grad_all"), s("joined_all")], s("weights_grad"), axis_a=2, axis_b=2, trans_a=1)
        net.Split(
            s("weights_grad"),
            [s("i2h_w_grad"), s("bias_grad"), s("gates_t_w_grad")],
            axis=1,
            split=[self.width, 1, self.hidden],
        )
        net.Squeeze(s("bias_grad"), s("bias_grad"), dims=[1])
        # the two biases are added, so one gradient serves both
        gradients = {
            "i2h_w": "i2h_w_grad",
            "i2h_b": "bias_grad",
            "gates_t_w": "gates_t_w_grad",
            "gates_t_b": "bias_grad",
        }
        for name, gradient in gradients.items():
            parameter = self.parameters[name]
            model.param_to_grad[parameter] = core.BlobReference(s(gradient))
            model.get_param_info(parameter).grad = core.BlobReference(s(gradient))


def _link_arguments(kind: str, links: list[tuple[str, str, int]]) -> dict[str, list[Any]]:
    """Arguments that tie a step's blob to one row of a blob over all steps."""
    return {
        f"{kind}_internal": [internal for internal, _, _ in links],
        f"{kind}_external": [external for _, external, _ in links],
        f"{kind}_offset": [offset for _, _, offset in links],
    }
