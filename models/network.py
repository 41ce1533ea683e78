"""The paper's network in Caffe2 operators (Sec. 4, Fig. 5): LSTM, dropout, fully connected layer, ADAM.

Two nets share their parameters' names: :class:`Trainer` (forward, backward, update) and :class:`Predictor` (forward).
Every instance keeps its blobs in a Caffe2 workspace of its own, so that several may live in one process.

Blobs of layer ``l``: ``<scope>/i2h_w`` ``[4 H, in]``, ``<scope>/i2h_b``, ``<scope>/gates_t_w`` ``[4 H, H]`` and
``<scope>/gates_t_b``, with scope ``lstm``, ``lstm_2``, ...; gate order input, forget, output, cell.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from audio_to_body.models.caffe2_environment import brew, model_helper, optimizer, rnn_cell, workspace
from audio_to_body.models.fast_lstm import FastLstm
from audio_to_body.models.settings import Settings

_numbers = itertools.count()

State = list[np.ndarray]  # hidden and cell of every layer in turn, float32 [1, batch, hidden]


@dataclass(frozen=True)
class Shape:
    """The sizes that make a net's parameters."""

    features: int
    hidden: int
    layers: int
    outputs: int

    @classmethod
    def of(cls, settings: Settings, features: int, outputs: int) -> Shape:
        """The shape that settings ask for."""
        return cls(features, settings.hidden, settings.layers, outputs)

    def scopes(self) -> list[str]:
        """The layers' scopes."""
        return ["lstm" if layer == 0 else f"lstm_{layer + 1}" for layer in range(self.layers)]

    def width(self, layer: int) -> int:
        """Inputs of a layer."""
        return self.features if layer == 0 else self.hidden

    def zero_state(self, batch: int) -> State:
        """The state before anything was heard."""
        return [np.zeros((1, batch, self.hidden), np.float32) for _ in range(2 * self.layers)]


def initial_parameters(shape: Shape, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Fresh parameters: Caffe2's defaults (XavierFill for weights, 0 for biases), drawn from ``rng``."""
    gates = 4 * shape.hidden
    sizes: dict[str, tuple[int, ...]] = {}
    for layer, scope in enumerate(shape.scopes()):
        sizes[f"{scope}/i2h_w"] = (gates, shape.width(layer))
        sizes[f"{scope}/i2h_b"] = (gates,)
        sizes[f"{scope}/gates_t_w"] = (gates, shape.hidden)
        sizes[f"{scope}/gates_t_b"] = (gates,)
    sizes["fc_w"] = (shape.outputs, shape.hidden)
    sizes["fc_b"] = (shape.outputs,)
    parameters = {}
    for name, size in sizes.items():
        if len(size) == 1:
            parameters[name] = np.zeros(size, np.float32)
        else:
            limit = np.sqrt(3.0 / size[1])
            parameters[name] = rng.uniform(-limit, limit, size).astype(np.float32)
    return parameters


class OwnWorkspace:
    """A Caffe2 workspace of its own; Caffe2 has one current workspace per process."""

    def __init__(self) -> None:
        self.name = f"net_{next(_numbers)}"

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Inside, this workspace is the current one."""
        before = workspace.CurrentWorkspace()
        workspace.SwitchWorkspace(self.name, True)
        try:
            yield
        finally:
            workspace.SwitchWorkspace(before)

    def close(self) -> None:
        """Free everything in it."""
        with self.entered():
            workspace.ResetWorkspace()


def _state_names(shape: Shape) -> list[str]:
    return [f"{scope}/carried_{kind}" for scope in shape.scopes() for kind in ("hidden", "cell")]


class Trainer:
    """Forward, backward and ADAM in one Caffe2 net, over chunks of consecutive steps.

    The LSTM's state is carried from one chunk to the next (truncated back-propagation, Sec. 4), lane by lane;
    ``continues`` says which lanes go on.

    Parameters
    ----------
    settings : Settings
        ``hidden``, ``layers``, ``learning_rate``, ``decay``, ``dropout``, ``loss`` and ``lstm`` matter here.
    shape : Shape
    steps, batch : int
        Size of every chunk; fixed for the net's life.
    parameters : mapping of str to np.ndarray
    """

    def __init__(
        self, settings: Settings, shape: Shape, steps: int, batch: int, parameters: Mapping[str, np.ndarray]
    ) -> None:
        self.settings, self.shape, self.steps, self.batch = settings, shape, steps, batch
        self._workspace = OwnWorkspace()
        self.model = model_helper.ModelHelper(name="train")
        with self._workspace.entered():
            self.reset_state()
            self._build()
            workspace.RunNetOnce(self.model.param_init_net)
            for name, size in self._inputs().items():
                workspace.FeedBlob(name, np.zeros(size, np.float32))
            for name, value in parameters.items():
                workspace.FeedBlob(name, value)
            workspace.CreateNet(self.model.net)

    def _inputs(self) -> dict[str, tuple[int, ...]]:
        """What every chunk brings, with its size."""
        lanes = (self.steps, self.batch)
        inputs: dict[str, tuple[int, ...]] = {
            "features": (*lanes, self.shape.features),
            "targets": (*lanes, self.shape.outputs),
            "weights": (*lanes, self.shape.outputs),
            "continues": (1, self.batch, 1),
        }
        if self.settings.dropout > 0:
            inputs["mask"] = (*lanes, self.shape.hidden)
        return inputs

    def _build(self) -> None:
        model, shape, settings = self.model, self.shape, self.settings
        sequence, fast = "features", []
        for layer, scope in enumerate(shape.scopes()):
            states = []
            for kind in ("hidden", "cell"):
                start = model.net.Mul([f"{scope}/carried_{kind}", "continues"], f"{scope}/{kind}_start")
                states.append(model.net.StopGradient(start, start))
            if settings.lstm == "fast":
                cell = FastLstm(scope, shape.width(layer), shape.hidden)
                size = (self.steps, self.batch)
                sequence, hidden, memory = cell.add(model, sequence, states, size, input_gradient=layer > 0)
                fast.append(cell)
            else:
                sequence, hidden, _, memory = rnn_cell.LSTM(
                    model, sequence, None, states, shape.width(layer), shape.hidden, scope=scope
                )
            model.net.Copy(hidden, f"{scope}/carried_hidden")
            model.net.Copy(memory, f"{scope}/carried_cell")
        if settings.dropout > 0:
            # brew.dropout draws its mask number by number (5 % of a step) from a generator that cannot be saved:
            # the mask comes in from outside, scaled already
            sequence = model.net.Mul([sequence, "mask"], "dropped")
        fc = brew.fc(model, sequence, "fc", dim_in=shape.hidden, dim_out=shape.outputs, axis=2)
        difference = model.net.Sub([fc, "targets"], "difference")
        if settings.loss == "huber":  # 2 c (d - c / 2) with c = d clipped to [-1, 1]: d^2 inside, 2 |d| - 1 outside
            clipped = model.net.Clip(difference, "clipped", min=-1.0, max=1.0)
            half = model.net.Scale(clipped, "half", scale=0.5)
            outer = model.net.Scale(model.net.Sub([difference, half], "outer"), "doubled", scale=2.0)
            error = model.net.Mul([clipped, outer], "error")
        else:
            error = model.net.Mul([difference, difference], "error")
        loss = model.net.SumElements(model.net.Mul([error, "weights"], "weighted"), "loss")
        model.AddGradientOperators([loss])
        for cell in fast:
            cell.add_weight_gradients(model)
        falling = {} if settings.decay == 1.0 else {"policy": "exp", "gamma": settings.decay}
        optimizer.build_adam(model, base_learning_rate=settings.learning_rate, **falling)

    def reset_state(self) -> None:
        """Forget what was heard."""
        with self._workspace.entered():
            for name, value in zip(_state_names(self.shape), self.shape.zero_state(self.batch)):
                workspace.FeedBlob(name, value)

    def step(
        self,
        features: np.ndarray,
        targets: np.ndarray,
        weights: np.ndarray,
        continues: np.ndarray,
        mask: np.ndarray | None = None,
    ) -> float:
        """Learn from one chunk.

        Parameters
        ----------
        features : np.ndarray, float32 [steps, batch, features]
        targets, weights : np.ndarray, float32 [steps, batch, k]
            The loss is the sum of ``weights`` times the squared (or Huber) error.
        continues : np.ndarray, float32 [batch]
            1 where a lane goes on from the chunk before, 0 where it begins anew.
        mask : np.ndarray, float32 [steps, batch, hidden], optional
            Dropout's mask, 0 or ``1 / (1 - dropout)``; needed when ``settings.dropout`` is above 0.

        Returns
        -------
        float
            The loss before the update.
        """
        with self._workspace.entered():
            feed = {"features": features, "targets": targets, "weights": weights}
            feed["continues"] = continues.reshape(1, -1, 1)
            if self.settings.dropout > 0:
                if mask is None:
                    raise ValueError("a net with dropout needs its mask")
                feed["mask"] = mask
            for name, value in feed.items():
                workspace.FeedBlob(name, value)
            workspace.RunNet(self.model.net)
            return float(workspace.FetchBlob("loss"))

    def fetch(self, name: str) -> Any:
        """A blob of the net's workspace."""
        with self._workspace.entered():
            return workspace.FetchBlob(name)

    def parameters(self) -> dict[str, np.ndarray]:
        """The parameters by name."""
        return {name: self.fetch(name) for name in parameter_names(self.shape)}

    def gradients(self) -> dict[str, np.ndarray]:
        """The last chunk's gradients by parameter name."""
        return {str(name): self.fetch(str(blob)) for name, blob in self.model.param_to_grad.items()}

    def optimizer_state(self) -> dict[str, np.ndarray]:
        """ADAM's moments and iteration by blob name."""
        return {name: self.fetch(name) for name in optimizer_names(self.shape)}

    def restore(self, blobs: Mapping[str, np.ndarray]) -> None:
        """Put saved parameters and optimizer state back."""
        with self._workspace.entered():
            for name, value in blobs.items():
                workspace.FeedBlob(name, np.asarray(value))

    def close(self) -> None:
        """Free the net's memory."""
        self._workspace.close()


def parameter_names(shape: Shape) -> list[str]:
    """Names of the parameter blobs."""
    own = ("i2h_w", "i2h_b", "gates_t_w", "gates_t_b")
    return [f"{scope}/{name}" for scope in shape.scopes() for name in own] + ["fc_w", "fc_b"]


def optimizer_names(shape: Shape) -> list[str]:
    """Names of ADAM's blobs."""
    moments = [f"{name}_{kind}_moment" for name in parameter_names(shape) for kind in ("first", "second")]
    return ["optimizer_iteration", *moments]


class Predictor:
    """The forward net: sequences of any length and batch, state in and out.

    Parameters
    ----------
    shape : Shape
    parameters : mapping of str to np.ndarray
    """

    def __init__(self, shape: Shape, parameters: Mapping[str, np.ndarray]) -> None:
        self.shape = shape
        self._workspace = OwnWorkspace()
        model = model_helper.ModelHelper(name="predict", init_params=False)
        with self._workspace.entered():
            sequence = "features"
            self._last: list[Any] = []
            for layer, scope in enumerate(shape.scopes()):
                states = [f"{scope}/carried_hidden", f"{scope}/carried_cell"]
                cell = FastLstm(scope, shape.width(layer), shape.hidden)
                sequence, hidden, memory = cell.add_forward(model, sequence, states)
                self._last += [hidden, memory]
            brew.fc(model, sequence, "fc", dim_in=shape.hidden, dim_out=shape.outputs, axis=2)
            for name, value in parameters.items():
                workspace.FeedBlob(name, value)
            workspace.FeedBlob("features", np.zeros((1, 1, shape.features), np.float32))
            for name, value in zip(_state_names(shape), shape.zero_state(1)):
                workspace.FeedBlob(name, value)
            self._net = model.net
            workspace.CreateNet(self._net)

    def load(self, parameters: Mapping[str, np.ndarray]) -> None:
        """Take over other parameters."""
        with self._workspace.entered():
            for name, value in parameters.items():
                workspace.FeedBlob(name, value)

    def run(self, features: np.ndarray, state: State | None = None) -> tuple[np.ndarray, State]:
        """Outputs of a sequence.

        Parameters
        ----------
        features : np.ndarray, float32 [steps, batch, features]
            Normalised.
        state : list of np.ndarray, optional
            As a run before returned it; zeros by default.

        Returns
        -------
        outputs : np.ndarray, float32 [steps, batch, k]
        state : list of np.ndarray
        """
        if state is None:
            state = self.shape.zero_state(features.shape[1])
        with self._workspace.entered():
            workspace.FeedBlob("features", np.ascontiguousarray(features, np.float32))
            for name, value in zip(_state_names(self.shape), state):
                workspace.FeedBlob(name, value)
            workspace.RunNet(self._net)
            return workspace.FetchBlob("fc"), [workspace.FetchBlob(name) for name in self._last]

    def close(self) -> None:
        """Free the net's memory."""
        self._workspace.close()
