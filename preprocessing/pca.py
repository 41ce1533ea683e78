"""PCA of aligned keypoints (paper Sec. 3.4) and the linear change of rate of its coefficients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

KEPT_VARIANCE = 0.90  # Sec. 3.4: "reduce the dimensionality to capture 90% of the data"


@dataclass(frozen=True)
class Pca:
    """A basis of body motion.

    Attributes
    ----------
    mean : np.ndarray, float32 [2 p]
        Mean frame, points flattened as x0, y0, x1, y1, ...
    components : np.ndarray, float32 [k, 2 p]
        Orthonormal directions, most variance first.
    variance : np.ndarray, float32 [2 p]
        Variance along every direction, also of those not kept.
    """

    mean: np.ndarray
    components: np.ndarray
    variance: np.ndarray

    @property
    def size(self) -> int:
        """Number of kept components."""
        return len(self.components)

    def transform(self, points: np.ndarray) -> np.ndarray:
        """Keypoints ``[frames, p, 2]`` to coefficients, float32 ``[frames, k]``."""
        flat = points.reshape(len(points), -1)
        return ((flat - self.mean) @ self.components.T).astype(np.float32)

    def inverse(self, coefficients: np.ndarray) -> np.ndarray:
        """Coefficients ``[frames, k]`` to keypoints, float32 ``[frames, p, 2]``."""
        flat = coefficients @ self.components + self.mean
        return flat.reshape(len(coefficients), -1, 2).astype(np.float32)

    def count_for(self, share: float = KEPT_VARIANCE) -> int:
        """How many components capture at least ``share`` of the variance."""
        return components_for(captured_shares(self.variance), share)


def captured_shares(variance: np.ndarray) -> np.ndarray:
    """Share of the variance that the first 1, 2, 3, … components capture; all 1 without variance."""
    whole = float(variance.sum())
    return np.cumsum(variance) / whole if whole > 0 else np.ones(len(variance))


def components_for(captured: np.ndarray, share: float = KEPT_VARIANCE) -> int:
    """How many components capture at least ``share`` of the variance; 0 where nothing is known."""
    return int(np.searchsorted(captured, share - 1e-6) + 1) if len(captured) else 0


def fit_pca(points: np.ndarray, components: int | None) -> Pca:
    """Fit a PCA basis to frames of keypoints.

    Parameters
    ----------
    points : np.ndarray [frames, p, 2]
        Aligned keypoints of training frames only, without NaN.
    components : int or None
        How many to keep; None keeps every direction (the paper's "training on keypoints directly").

    Returns
    -------
    Pca
        The sign of each component makes its largest entry positive, so that a fit is reproducible.

    Raises
    ------
    ValueError
        If there are no frames, or more components are asked for than coordinates exist.
    """
    if len(points) == 0:
        raise ValueError("PCA needs at least one frame")
    flat = points.reshape(len(points), -1).astype(np.float64)
    width = flat.shape[1]
    if components is not None and not 1 <= components <= width:
        raise ValueError(f"PCA of {width} coordinates has 1 to {width} components, not {components}")
    mean = flat.mean(axis=0)
    centred = flat - mean
    variance, directions = np.linalg.eigh(centred.T @ centred / len(flat))
    order = np.argsort(variance)[::-1]
    variance, directions = np.maximum(variance[order], 0.0), directions[:, order].T
    largest = np.abs(directions).argmax(axis=1)
    directions = directions * np.sign(directions[np.arange(width), largest])[:, None]
    return Pca(
        mean=mean.astype(np.float32),
        components=directions[:components].astype(np.float32),
        variance=variance.astype(np.float32),
    )


def upsample(values: np.ndarray, factor: int, steps: int) -> np.ndarray:
    """Linear interpolation to ``factor`` steps per frame (Sec. 3.4); the last frame is held.

    Parameters
    ----------
    values : np.ndarray [frames, k]
    factor : int
        Step ``factor * i`` falls on frame ``i``.
    steps : int
        Length of the result.

    Returns
    -------
    np.ndarray, float32 [steps, k]
    """
    position = np.minimum(np.arange(steps) / factor, len(values) - 1)
    low = np.floor(position).astype(int)
    high = np.minimum(low + 1, len(values) - 1)
    share = (position - low)[:, None].astype(np.float32)
    return (values[low] * (1 - share) + values[high] * share).astype(np.float32)
