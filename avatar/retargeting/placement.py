"""Where a performer's instrument lies under the hands, learnt from fingers whose places are known."""

from __future__ import annotations

import numpy as np

from audio_to_body.geometry.vector_arrays import clamp

BELIEF = 12.0  # fingers that count for "nothing is to be moved"


class LineFit:
    """A shift and a scale along the instrument, by least squares over all that was seen so far.

    The shoulders place the musician (Sec. 5), and nobody sits before the middle of the keys, nor does one camera show
    how far a violin points towards it: without this the hands would be keys, or positions, away from what they play.

    Parameters
    ----------
    middle, spread : float
        About where along the instrument hands are, metres, and how far from there.
    farthest : float
        Metres; more is a wrong finger.
    largest_scale : float
    """

    def __init__(self, middle: float, spread: float, farthest: float, largest_scale: float):
        self.middle, self.farthest, self.largest_scale = middle, farthest, largest_scale
        # sums of 1, x, x², d, x·d, d being the way to the known place; beliefs that nothing is to be moved
        self._sums = np.array([BELIEF, 0.0, BELIEF * spread**2, 0.0, 0.0])

    def add(self, seen: np.ndarray, known: np.ndarray) -> None:
        """Learn from places that were seen and the places where they are known to be, any shape; NaN is skipped."""
        way = known - seen
        near = np.abs(way) < self.farthest
        if not near.any():
            return
        x, way = seen[near] - self.middle, way[near]
        self._sums += [len(x), x.sum(), x @ x, way.sum(), x @ way]

    def moved(self, seen: np.ndarray) -> np.ndarray:
        """Places along the instrument ``[...]``, moved to where they belong."""
        n, sx, sxx, sd, sxd = self._sums
        scale = clamp((n * sxd - sx * sd) / (n * sxx - sx * sx), -self.largest_scale, self.largest_scale)
        return seen + (sd - scale * sx) / n + scale * (seen - self.middle)
