"""A net that hears notes on disk: npz without pickle, from whichever machine trained it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.models.notes.parameters import constant_sizes, parameter_sizes
from audio_to_body.models.notes.settings import NoteSettings
from audio_to_body.skeleton.files import read_arrays, refused, write_arrays
from audio_to_body.skeleton.refusal import BadInput

FORMAT_VERSION = 1
ADAM_PREFIX, PARAMETER_PREFIX = "adam:", "net:"


@dataclass(frozen=True)
class NoteNet:
    """A net as trained so far.

    Attributes
    ----------
    settings : NoteSettings
    parameters : dict of str to np.ndarray
        By Caffe2's names, batch norm's running statistics and the features' means among them.
    results : dict
        ``seconds``, ``updates``, ``hours_drawn``, ``hours_seen``, ``history`` and what else training tells.
    moments : dict of str to np.ndarray
        ADAM's, to go on from; may be empty.
    """

    settings: NoteSettings
    parameters: dict[str, np.ndarray]
    results: dict[str, Any] = field(default_factory=dict)
    moments: dict[str, np.ndarray] = field(default_factory=dict)


def save(path: str | Path, net: NoteNet) -> None:
    """Write a net; the file that was there stays whole until this one is.

    Raises
    ------
    BadInput
        If it cannot be written.
    """
    path = Path(path)
    meta = {"version": FORMAT_VERSION, "settings": asdict(net.settings), "results": net.results}
    arrays = {PARAMETER_PREFIX + name: value for name, value in net.parameters.items()}
    arrays |= {ADAM_PREFIX + name: value for name, value in net.moments.items()}
    with refused(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_arrays(path, {"meta": np.array(json.dumps(meta)), **arrays})


def load(path: str | Path) -> NoteNet:
    """Read a net.

    Raises
    ------
    BadInput
        If the file is missing, damaged, of another version, or its parameters are not those of its settings.
    """
    if not Path(path).is_file():
        raise BadInput(f"{path} is missing; train a net with python -m audio_to_body.models.notes")
    with read_arrays(path, "a net that hears notes", "train one with python -m audio_to_body.models.notes") as arrays:
        meta = json.loads(str(arrays["meta"]))
        if meta["version"] != FORMAT_VERSION:
            raise ValueError(f"it has format {meta['version']}, this version reads {FORMAT_VERSION}")
        net = NoteNet(
            NoteSettings(**meta["settings"]),
            _under(PARAMETER_PREFIX, arrays),
            meta["results"],
            _under(ADAM_PREFIX, arrays),
        )
        _check(net)
    return net


def _check(net: NoteNet) -> None:
    for name, size in {**parameter_sizes(net.settings), **constant_sizes(net.settings)}.items():
        value = net.parameters.get(name)
        if value is None or value.shape != size:
            raise ValueError(f"'{name}' should be {size}")
        if not np.isfinite(value).all():
            raise ValueError(f"'{name}' holds what is not a number")


def _under(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name[len(prefix) :]: value for name, value in arrays.items() if name.startswith(prefix)}
