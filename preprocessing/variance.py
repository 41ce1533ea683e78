"""How much of a dataset's motion the first principal components hold (paper Sec. 3.4)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from audio_to_body.preprocessing.pca import captured_shares
from audio_to_body.preprocessing.recital_file import Recital


def explained_variance(recitals: Iterable[Recital]) -> np.ndarray:
    """Share of the variance that the first 1, 2, 3, … principal components capture.

    Over the kept, aligned frames of the training recitals; one recital at a time.

    Parameters
    ----------
    recitals : iterable of Recital
        Of any split.

    Returns
    -------
    np.ndarray, float64 [2 * points]
        Rising to 1; all 1 for a motion without variance. Empty where no training frame was kept.
    """
    count, total, products = 0, np.zeros(0), np.zeros((0, 0))
    origin = None
    for recital in recitals:
        if recital.split != "train":
            continue
        width = 2 * recital.keypoints.shape[1]
        frames = recital.aligned()[recital.kept].reshape(-1, width).astype(np.float64)
        if len(frames) == 0:
            continue
        if origin is None:  # sums of squares around a point of the data lose no digits
            origin = frames[0].copy()
            total, products = np.zeros(frames.shape[1]), np.zeros((frames.shape[1],) * 2)
        frames -= origin
        count += len(frames)
        total += frames.sum(axis=0)
        products += frames.T @ frames
    if count == 0:
        return np.zeros(0)
    mean = total / count
    variance = np.maximum(np.linalg.eigvalsh(products / count - np.outer(mean, mean))[::-1], 0.0)
    return captured_shares(variance)
