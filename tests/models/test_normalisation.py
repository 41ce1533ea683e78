"""Statistics by column."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from audio_to_body.models.normalisation import measure


@given(st.integers(0, 1000))
def test_normalisation_can_be_undone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(rng.normal(0, 50), rng.uniform(0.01, 100), (50, 3)).astype(np.float32)
    values[:, 1] = 7.0  # does not vary
    scale = measure(values)
    np.testing.assert_allclose(scale.undo(scale.apply(values)), values, rtol=1e-4, atol=1e-3)
    assert np.isfinite(scale.apply(values)).all()
