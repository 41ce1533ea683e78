"""The parameters of a net that hears notes, by the names that Caffe2 knows them under."""

from __future__ import annotations

import numpy as np

from audio_to_body.models.notes.settings import AROUND, HALVES, NoteSettings

FEATURE_SCALE = 2.5  # brings features, centred by band, to about unit deviation
BATCH_NORM_EPSILON = 1e-5
BATCH_NORM_MOMENTUM = 0.1  # how much a batch moves the running statistics; a batch has 400,000 rows
RARE = -4.0  # the bias an onset begins with: about one step in 55, so that training does not begin by unlearning


def parameter_sizes(settings: NoteSettings) -> dict[str, tuple[int, ...]]:
    """The trained parameters and their sizes."""
    keys, gates = len(settings.keys), 4 * settings.hidden
    return {
        "own_w": (settings.own, settings.looked_at),
        "norm_s": (settings.own,),
        "norm_b": (settings.own,),
        "key_bias": (keys, settings.own),
        "around_w": (settings.around, settings.looked_at),
        "around_b": (settings.around,),
        "context_w": (settings.context, len(AROUND) * HALVES * settings.around),
        "context_b": (settings.context,),
        "lstm/i2h_w": (gates, settings.memory_input),
        "lstm/i2h_b": (gates,),
        "lstm/gates_t_w": (gates, settings.hidden),
        "lstm/gates_t_b": (gates,),
        "fc_w": (settings.outputs, settings.hidden),
        "fc_b": (settings.outputs,),
    }


def constant_sizes(settings: NoteSettings) -> dict[str, tuple[int, ...]]:
    """What is measured instead of trained: batch norm's running mean and variance, the features' means by band."""
    return {"norm_rm": (settings.own,), "norm_riv": (settings.own,), "feature_mean": (settings.columns,)}


def initial_parameters(
    settings: NoteSettings, rng: np.random.Generator, feature_mean: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Fresh parameters: Xavier's uniform weights, biases 0, nothing forgotten at first, onsets believed to be rare.

    Parameters
    ----------
    settings : NoteSettings
    rng : np.random.Generator
    feature_mean : np.ndarray [columns], optional
        Mean of every feature column's value over training sound; zeros by default.
    """
    found: dict[str, np.ndarray] = {}
    for name, size in parameter_sizes(settings).items():
        if len(size) == 2 and name != "key_bias":
            limit = np.sqrt(3.0 / size[1])
            found[name] = rng.uniform(-limit, limit, size).astype(np.float32)
        else:
            found[name] = np.zeros(size, np.float32)
    found["norm_s"][:] = 1.0
    found["lstm/i2h_b"][settings.hidden : 2 * settings.hidden] = 1.0  # the forget gate
    found["fc_b"][:] = RARE
    found["norm_rm"] = np.zeros(settings.own, np.float32)
    found["norm_riv"] = np.ones(settings.own, np.float32)
    mean = np.zeros(settings.columns) if feature_mean is None else feature_mean
    found["feature_mean"] = np.asarray(mean, np.float32)
    return found


def count(settings: NoteSettings) -> int:
    """How many numbers are trained."""
    return sum(int(np.prod(size)) for size in parameter_sizes(settings).values())
