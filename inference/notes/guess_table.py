"""Weights by which the instrument is guessed; ``reproduce.guess_weights`` fits and prints them."""

from __future__ import annotations

# for piano, violin and none; one line for each number of ``weighed``
WEIGHTS = (
    (6.730, -2.174, -4.557),
    (0.111, 1.393, -1.503),
    (2.185, -1.119, -1.066),
    (-2.452, 5.024, -2.572),
    (9.333, -0.541, -8.793),
    (6.557, -0.824, -5.733),
    (-0.554, -0.748, 1.303),
    (-0.798, -0.703, 1.501),
    (1.098, -0.538, -0.560),
    (0.564, -0.285, -0.279),
    (2.129, -1.800, -0.329),
    (-0.777, 2.056, -1.279),
    (0.870, -2.688, 1.818),
)
BIAS = (-12.694, -2.422, 15.116)
