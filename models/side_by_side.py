"""Several nets as one: their mean, exactly, in a single LSTM whose parts do not hear each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from audio_to_body.models.checkpoint import TrainedNet
from audio_to_body.skeleton.refusal import BadInput

GATES = 4


def mean_net(nets: Sequence[TrainedNet]) -> TrainedNet:
    """One net that gives the mean of what several give.

    Parameters
    ----------
    nets : sequence of TrainedNet
        Of one layer each, trained on the same data.

    Returns
    -------
    TrainedNet
        The first one's in all but its size and parameters; its results are left out.

    Raises
    ------
    BadInput
        If the nets are not of one kind.
    """
    first = nets[0]
    for net in nets:
        same = all(
            np.array_equal(getattr(net, scale).mean, getattr(first, scale).mean)
            and np.array_equal(getattr(net, scale).deviation, getattr(first, scale).deviation)
            for scale in ("feature_scale", "target_scale")
        )
        if not same or net.settings.layers != 1 or net.target_names != first.target_names:
            raise BadInput("only nets of one layer that were trained on the same data have a mean")
    parameters = [net.parameters for net in nets]
    hidden = sum(net.settings.hidden for net in nets)
    merged = {
        "lstm/i2h_w": _by_gate([p["lstm/i2h_w"] for p in parameters]),
        "lstm/i2h_b": _by_gate([p["lstm/i2h_b"] for p in parameters]),
        "lstm/gates_t_w": np.zeros((GATES * hidden, hidden), np.float32),
        "lstm/gates_t_b": _by_gate([p["lstm/gates_t_b"] for p in parameters]),
        "fc_w": np.concatenate([p["fc_w"] for p in parameters], axis=1) / np.float32(len(nets)),
        "fc_b": np.mean([p["fc_b"] for p in parameters], axis=0).astype(np.float32),
    }
    at = 0
    for own, net in zip(parameters, nets):
        size = net.settings.hidden
        whole = merged["lstm/gates_t_w"].reshape(GATES, hidden, hidden)
        whole[:, at : at + size, at : at + size] = own["lstm/gates_t_w"].reshape(GATES, size, size)
        at += size
    return replace(first, settings=replace(first.settings, hidden=hidden), parameters=merged, results={})


def _by_gate(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Rows ``[4 hidden, ...]`` of several nets, gate by gate."""
    gates = [part.reshape(GATES, -1, *part.shape[1:]) for part in parts]
    whole = np.concatenate(gates, axis=1)
    return whole.reshape(-1, *whole.shape[2:])
