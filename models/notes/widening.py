"""A wider net that answers what a trained one answers: more room to learn in, and nothing to learn again.

What is added begins as fresh nets do, and nothing that was there listens to it: weights from it are 0 until training
moves them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from audio_to_body.models.notes.checkpoint import NoteNet
from audio_to_body.models.notes.parameters import constant_sizes, initial_parameters, parameter_sizes
from audio_to_body.models.notes.settings import HALVES, NoteSettings
from audio_to_body.skeleton.refusal import BadInput

_GATES = 4


def widened(net: NoteNet, own: int, hidden: int, rng: np.random.Generator) -> NoteNet:
    """The same answers from a net with more of its own and more memory.

    Parameters
    ----------
    net : NoteNet
    own, hidden : int
        The wider net's, at least the net's (:class:`~audio_to_body.models.notes.settings.NoteSettings`).
    rng : np.random.Generator
        Of what is added.

    Returns
    -------
    NoteNet
        Without ADAM's moments, which belong to the narrower net.

    Raises
    ------
    BadInput
        If it would be narrower.
    """
    old = net.settings
    if own < old.own or hidden < old.hidden:
        raise BadInput(
            f"a net with {old.own} of its own and a memory of {old.hidden} cannot shrink to {own} and {hidden}; "
            "train a new one"
        )
    wide = replace(old, own=own, hidden=hidden)
    fresh = initial_parameters(wide, rng)
    places = _places(old, wide)
    parameters = {}
    for name in {**parameter_sizes(wide), **constant_sizes(wide)}:
        value = fresh[name].copy()
        kept = places.get(name, [np.arange(size) for size in value.shape])
        if name in ("lstm/i2h_w", "lstm/gates_t_w", "fc_w"):  # what was there does not listen to what is added
            value[kept[0]] = 0.0
        value[np.ix_(*kept)] = net.parameters[name]
        parameters[name] = value
    return replace(net, settings=wide, parameters=parameters, moments={})


def _places(old: NoteSettings, wide: NoteSettings) -> dict[str, list[np.ndarray]]:
    """Where the numbers of the narrower net stand in the wider one's arrays, axis by axis."""
    own, hidden = np.arange(old.own), np.arange(old.hidden)
    gates = (np.arange(_GATES)[:, None] * wide.hidden + hidden).ravel()
    halves = (np.arange(HALVES)[:, None] * wide.own + own).ravel()
    heard = np.concatenate([halves, HALVES * wide.own + np.arange(old.context)])
    keys, looked_at = np.arange(len(old.keys)), np.arange(old.looked_at)
    return {
        "own_w": [own, looked_at],
        "key_bias": [keys, own],
        **{name: [own] for name in ("norm_s", "norm_b", "norm_rm", "norm_riv")},
        "lstm/i2h_w": [gates, heard],
        "lstm/gates_t_w": [gates, hidden],
        **{name: [gates] for name in ("lstm/i2h_b", "lstm/gates_t_b")},
        "fc_w": [np.arange(old.outputs), hidden],
    }
