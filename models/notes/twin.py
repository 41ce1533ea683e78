"""The same net for PyTorch, where a graphics card trains it: the weights and numbers of the Caffe2 net beside it.

Runs with torch 1.10 beside Caffe2 and with the newest on CUDA. Parameters go to and come from Caffe2's names and gate
order with :meth:`Twin.parameters_by_name` and :meth:`Twin.load`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from audio_to_body.models.notes.parameters import BATCH_NORM_EPSILON, BATCH_NORM_MOMENTUM, FEATURE_SCALE
from audio_to_body.models.notes.settings import AROUND, HALVES, NoteSettings, gather_columns, neighbours

# Caffe2's gates stand in the order input, forget, output, cell; torch's input, forget, cell, output.
# The exchange of the last two is its own inverse.
_GATES = (0, 1, 3, 2)


def _gates_exchanged(values: np.ndarray) -> np.ndarray:
    return values.reshape(4, -1, *values.shape[1:])[list(_GATES)].reshape(values.shape)


class Twin(nn.Module):
    """The net as a torch module.

    Parameters
    ----------
    settings : NoteSettings
    parameters : mapping of str to np.ndarray
        By Caffe2's names (:func:`audio_to_body.models.notes.parameters.initial_parameters`).
    """

    def __init__(self, settings: NoteSettings, parameters: Mapping[str, np.ndarray]) -> None:
        super().__init__()
        self.settings = settings
        self.lstm = nn.LSTM(settings.memory_input, settings.hidden)
        for name in ("own_w", "key_bias", "around_w", "around_b", "context_w", "context_b", "fc_w", "fc_b"):
            setattr(self, name, nn.Parameter(torch.zeros(np.shape(parameters[name]))))
        for name in ("norm_s", "norm_b"):
            setattr(self, name, nn.Parameter(torch.zeros(settings.own)))
        for name in ("norm_rm", "norm_riv", "feature_mean"):
            self.register_buffer(name, torch.zeros(np.shape(parameters[name])))
        self.register_buffer("columns", torch.from_numpy(gather_columns(settings)))
        self.register_buffer("others", torch.from_numpy(neighbours(settings)))
        self.load(parameters)

    def load(self, parameters: Mapping[str, np.ndarray]) -> None:
        """Take parameters over from Caffe2's names and order."""
        with torch.no_grad():
            for name, place in self._places().items():
                value = np.asarray(parameters[name], np.float32)
                place.copy_(torch.from_numpy(_gates_exchanged(value) if name.startswith("lstm/") else value))

    def parameters_by_name(self) -> dict[str, np.ndarray]:
        """The parameters by Caffe2's names and in its order."""
        return self._by_name(lambda place: place.detach())

    def gradients_by_name(self) -> dict[str, np.ndarray]:
        """The gradients of the last backward pass by Caffe2's names."""
        trained = {name: place for name, place in self._places().items() if place.grad is not None}
        return self._by_name(lambda place: place.grad, trained)

    def _by_name(self, read: Any, places: Mapping[str, torch.Tensor] | None = None) -> dict[str, np.ndarray]:
        found = {}
        for name, place in (self._places() if places is None else places).items():
            value = read(place).float().cpu().numpy()
            found[name] = _gates_exchanged(value) if name.startswith("lstm/") else value.copy()
        return found

    def _places(self) -> dict[str, torch.Tensor]:
        own = ("own_w", "norm_s", "norm_b", "norm_rm", "norm_riv", "key_bias", "around_w", "around_b")
        places = {name: getattr(self, name) for name in (*own, "context_w", "context_b", "fc_w", "fc_b")}
        places["feature_mean"] = self.feature_mean
        places["lstm/i2h_w"], places["lstm/i2h_b"] = self.lstm.weight_ih_l0, self.lstm.bias_ih_l0
        places["lstm/gates_t_w"], places["lstm/gates_t_b"] = self.lstm.weight_hh_l0, self.lstm.bias_hh_l0
        return places

    def forward(self, features: torch.Tensor, state: Any = None) -> tuple[torch.Tensor, Any]:
        """Logits ``[steps, batch, keys, outputs]`` and the new state.

        Parameters
        ----------
        features : torch.Tensor, float32 [steps, batch, 2 * columns, 2]
            Both halves of a step laid end to end; values and rises, not normalised.
        state : pair of torch.Tensor [1, batch * keys, hidden], optional
        """
        settings, keys = self.settings, len(self.settings.keys)
        steps, batch = features.shape[:2]
        rows = steps * batch
        mean = torch.stack([self.feature_mean, torch.zeros_like(self.feature_mean)], dim=1).repeat(HALVES, 1)
        scaled = (features.reshape(rows, *mean.shape) - mean) * FEATURE_SCALE
        seen = scaled.index_select(1, self.columns).view(rows, keys + 1, HALVES, settings.looked_at)

        own = functional.linear(seen[:, :keys].reshape(-1, settings.looked_at), self.own_w)
        own = functional.batch_norm(
            own,
            self.norm_rm,
            self.norm_riv,
            self.norm_s,
            self.norm_b,
            self.training,
            BATCH_NORM_MOMENTUM,
            BATCH_NORM_EPSILON,
        )
        own = torch.relu(own.view(rows, keys, HALVES, settings.own) + self.key_bias[:, None])

        told = torch.relu(functional.linear(seen, self.around_w, self.around_b))
        told = told.view(rows, keys + 1, HALVES * settings.around).index_select(1, self.others)
        told = told.view(rows, keys, len(AROUND) * HALVES * settings.around)
        context = torch.relu(functional.linear(told, self.context_w, self.context_b))

        joined = torch.cat([own.view(rows, keys, HALVES * settings.own), context], dim=2)
        remembered, state = self.lstm(joined.view(steps, batch * keys, settings.memory_input), state)
        logits = functional.linear(remembered, self.fc_w, self.fc_b)
        return logits.view(steps, batch, keys, settings.outputs), state


def loss(logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Weighted cross-entropy, summed over keys and outputs, averaged over steps and batch."""
    each = functional.binary_cross_entropy_with_logits(logits, targets, weights, reduction="sum")
    return each / (logits.shape[0] * logits.shape[1])
