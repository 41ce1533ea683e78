"""Vectors in arrays."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_to_body.geometry.vector_arrays import segment_distance

coordinates = st.lists(st.floats(-1, 1, allow_nan=False), min_size=12, max_size=12)


@settings(deadline=None, max_examples=60)
@given(coordinates)
def test_the_distance_of_segments_is_the_least_of_their_points(values):
    a, b, c, d = (np.array(values[3 * i : 3 * i + 3])[None] for i in range(4))
    found = float(segment_distance(a, b, c, d)[0])
    share = np.linspace(0, 1, 101)[:, None]
    one, other = a + share * (b - a), c + share * (d - c)
    searched = np.linalg.norm(one[:, None] - other[None], axis=2).min()
    assert found <= searched + 1e-6
    assert found >= searched - 0.02 * (np.linalg.norm(b - a) + np.linalg.norm(d - c))  # as fine as was searched
