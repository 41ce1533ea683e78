"""Samples as somebody hands them over: checked, and silenced where they are no sound."""

from __future__ import annotations

import numpy as np

from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.levels import LOUDEST, MOST_CHANNELS


def checked(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and mean square over the channels."""
    samples = np.asarray(samples)
    if samples.ndim not in (1, 2) or (samples.ndim == 2 and not 1 <= len(samples) <= MOST_CHANNELS):
        raise BadInput(f"sound must be [samples] or [channels, samples], got {list(samples.shape)}")
    if samples.dtype.kind not in "fiu":
        raise BadInput(f"sound must be numbers, got {samples.dtype}")
    samples = samples.astype(np.float32, copy=False)
    if not (np.abs(samples) <= LOUDEST).all():  # also when one is not a number
        raise BadInput("the sound holds samples that are not numbers or are beyond any sound")
    if samples.ndim == 1:
        return samples, np.square(samples)
    return samples.mean(axis=0, dtype=np.float32), np.square(samples).mean(axis=0, dtype=np.float32)


def silenced(samples: np.ndarray) -> np.ndarray:
    """Samples with silence where they are not numbers, or are beyond any sound."""
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(samples) <= LOUDEST, samples, np.zeros((), samples.dtype))
