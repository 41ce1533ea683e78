"""A net to train on from the ``.onnx`` that ships: its weights, when the checkpoint they came from is gone.

An export folds batch norm into the weights, so that what the net answers is all there but not the statistics that
training needs. :func:`with_statistics` measures them on the sound of the training that begins, and divides them out
again: the net answers what it answered, and its first training batch sees activations of mean 0 and deviation 1.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from audio_to_body.models.notes.checkpoint import NoteNet
from audio_to_body.models.notes.parameters import (
    BATCH_NORM_EPSILON,
    FEATURE_SCALE,
    constant_sizes,
    parameter_sizes,
)
from audio_to_body.models.notes.settings import HALVES, SETTINGS, NoteSettings, gather_columns
from audio_to_body.skeleton.refusal import BadInput

_GATES = (0, 2, 1, 3)  # ONNX's LSTM orders gates input, output, forget, cell; Caffe2 input, forget, output, cell


def load_shipped(path: str | Path) -> NoteNet:
    """The parameters of an exported net; its batch norm passes everything through.

    Parameters
    ----------
    path : path
        Of a file that :func:`audio_to_body.onnx_export.notes.export_notes` wrote.

    Returns
    -------
    NoteNet
        Of the instrument's settings with the file's widths; hours and updates are those of its card.

    Raises
    ------
    BadInput
        If the file is missing, damaged, or no net of ours.
    """
    import onnx
    from onnx import numpy_helper

    from audio_to_body.inference.model_file import read_bytes
    from audio_to_body.inference.notes.session import NoteSession

    data = read_bytes(Path(path))
    card = NoteSession(data, str(path)).card
    graph = onnx.load_model_from_string(data).graph
    constants = {constant.name: numpy_helper.to_array(constant) for constant in graph.initializer}
    try:
        own, around = (int(width) for width in constants["widths"])
        context = len(constants["context_b"])
        settings = replace(SETTINGS[card.instrument], own=own, around=around, context=context, hidden=card.hidden)
        parameters = _parameters(settings, constants)
    except (KeyError, ValueError, IndexError) as error:
        raise BadInput(f"{path} is not built as our nets are ({error}); start from one that ships") from None
    for name, size in {**parameter_sizes(settings), **constant_sizes(settings)}.items():
        if parameters[name].shape != size:
            raise BadInput(f"{path}: '{name}' is {parameters[name].shape}, not {size}; start from a net that ships")
    told = {"updates": card.updates, "hours_drawn": card.hours_drawn, "hours_seen": card.hours_seen}
    return NoteNet(settings, parameters, told)


def _parameters(settings: NoteSettings, constants: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """By Caffe2's names, of the constants that :func:`audio_to_body.onnx_export.notes.build` writes."""
    own, keys = settings.own, len(settings.keys)
    seen_w, seen_b = constants["seen_w"].T / np.float32(FEATURE_SCALE), constants["seen_b"][:, 0]
    recurrent = constants["lstm_B"][0]
    lstm = {
        "i2h_w": constants["lstm_W"][0],
        "gates_t_w": constants["lstm_R"][0],
        "i2h_b": recurrent[: 4 * settings.hidden],
        "gates_t_b": recurrent[4 * settings.hidden :],
    }
    found = {
        "own_w": seen_w[:own],
        "norm_s": np.full(own, np.sqrt(1.0 + BATCH_NORM_EPSILON)),
        "norm_b": np.zeros(own),
        "norm_rm": np.zeros(own),
        "norm_riv": np.ones(own),
        "key_bias": seen_b[:keys, :own],
        "around_w": seen_w[own:],
        "around_b": seen_b[-1, own:],
        "context_w": constants["context_w"].T,
        "context_b": constants["context_b"],
        "fc_w": constants["fc_w"].T,
        "fc_b": constants["fc_b"],
        "feature_mean": constants["feature_mean"][: settings.columns, 0],
        **{f"lstm/{name}": _gates_of_caffe2(value) for name, value in lstm.items()},
    }
    return {name: np.array(value, np.float32) for name, value in found.items()}


def _gates_of_caffe2(values: np.ndarray) -> np.ndarray:
    return values.reshape(4, -1, *values.shape[1:])[list(_GATES)].reshape(values.shape)


def with_statistics(net: NoteNet, features: np.ndarray) -> NoteNet:
    """The same net, its batch norm's statistics measured on some sound; what it answers stays the same.

    Rows of ``own_w`` are given the length 1 that fresh ones have: under batch norm their length means nothing, but
    ADAM's steps do not know that.

    Parameters
    ----------
    net : NoteNet
    features : np.ndarray, float32 [steps, batch, 2 * columns, 2]
        Of training sequences.
    """
    p = net.parameters
    factor = p["norm_s"] / np.sqrt(p["norm_riv"].astype(np.float64) + BATCH_NORM_EPSILON)
    shift = p["norm_b"] - p["norm_rm"] * factor
    length = np.maximum(np.linalg.norm(p["own_w"].astype(np.float64), axis=1), 1e-12)
    unit = p["own_w"] / length[:, None]
    products = _looked_at(net, features) @ unit.T
    mean, variance = products.mean(axis=0), products.var(axis=0)
    measured = {
        "own_w": unit,
        "norm_rm": mean,
        "norm_riv": variance,
        "norm_s": factor * length * np.sqrt(variance + BATCH_NORM_EPSILON),
        "norm_b": shift + factor * length * mean,
    }
    return replace(net, parameters={**p, **{name: value.astype(np.float32) for name, value in measured.items()}})


def _looked_at(net: NoteNet, features: np.ndarray) -> np.ndarray:
    """What every key looks at in every half step, float64 [rows, looked at]."""
    settings = net.settings
    keys, mean = len(settings.keys), np.zeros((HALVES * settings.columns, 2))
    mean[:, 0] = np.tile(net.parameters["feature_mean"], HALVES)
    rows = (features.reshape(-1, HALVES * settings.columns, 2) - mean) * FEATURE_SCALE
    seen = rows[:, gather_columns(settings)].reshape(len(rows), keys + 1, HALVES, settings.looked_at)
    return seen[:, :keys].reshape(-1, settings.looked_at)
