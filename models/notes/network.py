"""The net that hears notes in Caffe2 operators: prediction, gradients and ADAM on a plain processor.

For every key and half a step: gather the bands of its harmonics, multiply, normalise over the batch, add the key's
own bias, rectify. Beside it a summary for the keys around, gathered by each of them. Both go into one LSTM whose
batch are the keys. All weights but the bias are shared by the keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from audio_to_body.models.caffe2_environment import Initializer, model_helper, workspace
from audio_to_body.models.fast_lstm import FastLstm
from audio_to_body.models.network import OwnWorkspace
from audio_to_body.models.notes.parameters import (
    BATCH_NORM_EPSILON,
    BATCH_NORM_MOMENTUM,
    FEATURE_SCALE,
    parameter_sizes,
)
from audio_to_body.models.notes.pool import Batch, Pool
from audio_to_body.models.notes.settings import AROUND, HALVES, NoteSettings, gather_columns, neighbours

BETA1, BETA2, ADAM_EPSILON = 0.9, 0.999, 1e-8  # ADAM's usual ones, as in torch
STATES = ("lstm/carried_hidden", "lstm/carried_cell")

State = list[np.ndarray]  # hidden and cell, float32 [1, batch * keys, hidden]


def zero_state(settings: NoteSettings, batch: int = 1) -> State:
    """The state before anything was heard."""
    return [np.zeros((1, batch * len(settings.keys), settings.hidden), np.float32) for _ in STATES]


def _feed_constants(settings: NoteSettings, parameters: Mapping[str, np.ndarray]) -> None:
    """Parameters, and what is computed of them once."""
    for name, value in parameters.items():
        workspace.FeedBlob(name, np.ascontiguousarray(value, np.float32))
    mean = np.stack([parameters["feature_mean"], np.zeros(settings.columns)], axis=1)  # rises are not centred
    workspace.FeedBlob("pair_mean", np.tile(mean, (HALVES, 1)).astype(np.float32))
    workspace.FeedBlob("columns", gather_columns(settings).astype(np.int32))
    workspace.FeedBlob("others", neighbours(settings).astype(np.int32))


class _Forward:
    """The net from ``features`` to ``logits`` in a model.

    Parameters
    ----------
    model : ModelHelper
    settings : NoteSettings
    size : (int, int) or None
        Steps and batch of a net that will be trained; None for a net that only predicts, one sound at a time.
    """

    def __init__(self, model: Any, settings: NoteSettings, size: tuple[int, int] | None) -> None:
        self.model, self.settings, self.size = model, settings, size
        trained = parameter_sizes(settings)
        fill = Initializer("ConstantFill")
        self._own = {
            name: model.create_param(name, list(trained[name]), fill)
            for name in trained
            if not name.startswith("lstm/")
        }
        self.cell = FastLstm("lstm", settings.memory_input, settings.hidden)
        self.last: list[Any] = []
        self.logits = self._build()

    def _reshaped(self, blob: Any, name: str, shape: list[int]) -> Any:
        reshaped, _ = self.model.net.Reshape(blob, [name, f"{name}_was"], shape=shape)
        return reshaped

    def _build(self) -> Any:
        net, settings = self.model.net, self.settings
        keys = len(settings.keys)
        rows = self._reshaped("features", "feature_rows", [-1, HALVES * settings.columns, 2])
        centred = net.Sub([rows, "pair_mean"], "centred")
        scaled = net.Scale(centred, "scaled", scale=FEATURE_SCALE)
        seen = self._reshaped(
            net.BatchGather([scaled, "columns"], "gathered"),
            "seen",
            [-1, keys + 1, HALVES * settings.looked_at],
        )
        joined, _ = net.Concat([self._of_its_own(seen), self._of_others(seen)], ["joined", "joined_was"], axis=2)
        steps = -1 if self.size is None else self.size[0]
        batch = 1 if self.size is None else self.size[1]
        sequence = self._reshaped(joined, "sequence", [steps, batch * keys, settings.memory_input])
        if self.size is None:
            remembered, *self.last = self.cell.add_forward(self.model, sequence, list(STATES))
        else:
            lanes = (self.size[0], batch * keys)
            remembered, *self.last = self.cell.add(self.model, sequence, list(STATES), lanes, input_gradient=True)
        return net.FC([remembered, self._own["fc_w"], self._own["fc_b"]], "logits", axis=2)

    def _of_its_own(self, seen: Any) -> Any:
        """What each key makes of its harmonics, ``[rows, keys, 2 * own]``."""
        net, settings, own = self.model.net, self.settings, self._own
        keys, width = len(settings.keys), settings.own
        looked = net.Slice(seen, "looked", starts=[0, 0, 0], ends=[-1, keys, -1])
        looked = self._reshaped(looked, "looked_rows", [-1, settings.looked_at])
        product = net.MatMul([looked, own["own_w"]], "own_product", trans_b=1)
        image = self._reshaped(product, "own_image", [-1, width, 1, 1])
        inputs = [image, own["norm_s"], own["norm_b"], "norm_rm", "norm_riv"]
        common = {"order": "NCHW", "epsilon": BATCH_NORM_EPSILON}
        if self.size is None:
            normed = net.SpatialBN(inputs, "own_normed", is_test=1, **common)
        else:
            outputs = ["own_normed", "norm_rm", "norm_riv", "norm_mean", "norm_deviation"]
            normed = net.SpatialBN(inputs, outputs, is_test=0, momentum=1.0 - BATCH_NORM_MOMENTUM, **common)[0]
        normed = self._reshaped(normed, "own_by_key", [-1, keys, HALVES, width])
        bias = net.ExpandDims(own["key_bias"], "key_bias_by_half", dims=[1])
        biased = net.Add([normed, bias], "own_biased")
        return self._reshaped(net.Relu(biased, "own_rectified"), "own", [-1, keys, HALVES * width])

    def _of_others(self, seen: Any) -> Any:
        """What each key makes of the summaries of those around, ``[rows, keys, context]``."""
        net, settings, own = self.model.net, self.settings, self._own
        keys = len(settings.keys)
        all_rows = self._reshaped(seen, "seen_rows", [-1, settings.looked_at])
        summary = net.Relu(net.FC([all_rows, own["around_w"], own["around_b"]], "told_product"), "told")
        told = self._reshaped(summary, "told_by_key", [-1, keys + 1, HALVES * settings.around])
        gathered = net.BatchGather([told, "others"], "told_gathered")
        width = len(AROUND) * HALVES * settings.around
        gathered = self._reshaped(gathered, "told_rows", [-1, width])
        context = net.Relu(net.FC([gathered, own["context_w"], own["context_b"]], "context_product"), "context")
        return self._reshaped(context, "context_by_key", [-1, keys, settings.context])


class Trainer:
    """Forward, backward and ADAM on batches of sequences that begin with nothing remembered.

    Parameters
    ----------
    settings : NoteSettings
    parameters : mapping of str to np.ndarray
    pool : Pool, optional
        Not needed; what trains on a graphics card asks it for its device.
    """

    name = "Caffe2"

    def __init__(
        self, settings: NoteSettings, parameters: Mapping[str, np.ndarray], pool: Pool | None = None
    ) -> None:
        self.settings = settings
        self.updates = 0
        self._workspace = OwnWorkspace()
        self._predictor = Predictor(settings, parameters)
        self.model = model_helper.ModelHelper(name="train_notes")
        size = (settings.steps, settings.batch)
        with self._workspace.entered():
            for name, value in zip(STATES, zero_state(settings, settings.batch)):
                workspace.FeedBlob(name, value)
            forward = _Forward(self.model, settings, size)
            self._learn(forward)
            workspace.RunNetOnce(self.model.param_init_net)
            _feed_constants(settings, parameters)
            for name, value in parameters.items():
                if name in self._moments:
                    for moment in self._moments[name]:
                        workspace.FeedBlob(moment, np.zeros_like(value, np.float32))
            lanes = (settings.steps, settings.batch * len(settings.keys), settings.outputs)
            workspace.FeedBlob("features", np.zeros((*size, HALVES * settings.columns, 2), np.float32))
            for name in ("targets", "weights"):
                workspace.FeedBlob(name, np.zeros(lanes, np.float32))
            workspace.FeedBlob("rate", np.zeros(1, np.float32))
            workspace.FeedBlob("iteration", np.zeros(1, np.int64))
            workspace.CreateNet(self.model.net)

    def _learn(self, forward: _Forward) -> None:
        net, settings = self.model.net, self.settings
        each = net.WeightedSigmoidCrossEntropyWithLogits([forward.logits, "targets", "weights"], "cross_entropy")
        # the operator averages over outputs; wanted is their sum, averaged over steps and batch
        total = net.SumElements(each, "total")
        loss = net.Scale(total, "loss", scale=settings.outputs / (settings.steps * settings.batch))
        self.model.AddGradientOperators([loss])
        forward.cell.add_weight_gradients(self.model)
        gradients = {str(name): blob for name, blob in self.model.param_to_grad.items()}
        self._gradients = {name: str(blob) for name, blob in gradients.items()}
        squares = [net.SumSqrElements(blob, f"{name}_square") for name, blob in gradients.items()]
        norm = net.Sqrt(net.Sum(squares, "square"), "gradient_norm")
        self._moments = {}
        for name, blob in gradients.items():
            first, second = f"{name}_first_moment", f"{name}_second_moment"
            self._moments[name] = (first, second)
            clipped = net.ClipTensorByScaling([blob, norm], f"{name}_clipped", threshold=settings.clip)
            inputs = [name, first, second, clipped, "rate", "iteration"]
            net.Adam(inputs, [name, first, second], beta1=BETA1, beta2=BETA2, epsilon=ADAM_EPSILON)

    def update(self, batch: Batch, rate: float) -> float:
        """Learn from a batch; give its loss before the update."""
        settings = self.settings
        lanes = (settings.steps, settings.batch * len(settings.keys), settings.outputs)
        with self._workspace.entered():
            workspace.FeedBlob("features", batch.features.cpu().numpy())
            workspace.FeedBlob("targets", batch.targets.cpu().numpy().reshape(lanes))
            workspace.FeedBlob("weights", batch.weights.cpu().numpy().reshape(lanes))
            workspace.FeedBlob("rate", np.array([-rate], np.float32))  # Caffe2's ADAM adds
            workspace.FeedBlob("iteration", np.array([self.updates], np.int64))
            workspace.RunNet(self.model.net)
            loss = float(workspace.FetchBlob("loss"))
        self.updates += 1
        return loss

    def _fetched(self, names: Mapping[str, str]) -> dict[str, np.ndarray]:
        with self._workspace.entered():
            return {name: workspace.FetchBlob(blob) for name, blob in names.items()}

    def parameters(self) -> dict[str, np.ndarray]:
        """The parameters by name, batch norm's running statistics and the features' means among them."""
        names = [*parameter_sizes(self.settings), "norm_rm", "norm_riv", "feature_mean"]
        return self._fetched({name: name for name in names})

    def gradients(self) -> dict[str, np.ndarray]:
        """The last batch's gradients by parameter name, before they were clipped."""
        return self._fetched(self._gradients)

    def logits(self) -> np.ndarray:
        """What the last batch was answered with, float32 [steps, batch * keys, outputs]."""
        return self._fetched({"logits": "logits"})["logits"]

    def answers(self, features: np.ndarray) -> np.ndarray:
        """Probabilities for a whole sound, with batch norm's running statistics."""
        self._predictor.load(self.parameters())
        return self._predictor.run(features)[0]

    def close(self) -> None:
        """Free the net's memory."""
        self._predictor.close()
        self._workspace.close()


class Predictor:
    """The forward net: one sound at a time, in pieces of any length, state in and out.

    Parameters
    ----------
    settings : NoteSettings
    parameters : mapping of str to np.ndarray
    """

    def __init__(self, settings: NoteSettings, parameters: Mapping[str, np.ndarray]) -> None:
        self.settings = settings
        self._workspace = OwnWorkspace()
        model = model_helper.ModelHelper(name="predict_notes", init_params=False)
        with self._workspace.entered():
            forward = _Forward(model, settings, None)
            model.net.Sigmoid(forward.logits, "probabilities")
            self._last = [str(blob) for blob in forward.last]
            workspace.FeedBlob("features", np.zeros((1, HALVES * settings.columns, 2), np.float32))
            for name, value in zip(STATES, zero_state(settings)):
                workspace.FeedBlob(name, value)
            _feed_constants(settings, parameters)
            self._net = model.net
            workspace.CreateNet(self._net)

    def load(self, parameters: Mapping[str, np.ndarray]) -> None:
        """Take over other parameters."""
        with self._workspace.entered():
            _feed_constants(self.settings, parameters)

    def run(self, features: np.ndarray, state: State | None = None) -> tuple[np.ndarray, State]:
        """Probabilities of a sound or of a piece of it.

        Parameters
        ----------
        features : np.ndarray, float32 [steps, 2 * columns, 2]
            As they are heard, not normalised.
        state : list of np.ndarray, optional
            As a run before returned it; zeros by default.

        Returns
        -------
        probabilities : np.ndarray, float32 [steps, keys, outputs]
        state : list of np.ndarray
        """
        with self._workspace.entered():
            workspace.FeedBlob("features", np.ascontiguousarray(features, np.float32))
            for name, value in zip(STATES, zero_state(self.settings) if state is None else state):
                workspace.FeedBlob(name, value)
            workspace.RunNet(self._net)
            return workspace.FetchBlob("probabilities"), [workspace.FetchBlob(name) for name in self._last]

    def close(self) -> None:
        """Free the net's memory."""
        self._workspace.close()
