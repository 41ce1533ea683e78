"""The division into training, validation and test frames."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_to_body.models.data_split import Part, place_validation, reduce_training, runs_of


@given(
    seconds=st.floats(3, 400),
    seed=st.integers(0, 50),
    share=st.floats(0.2, 1.0),
)
def test_division_of_any_length(seconds: float, seed: int, share: float) -> None:
    """Whatever the length: about a fifth validates, some is left to train, and the borders are guarded."""
    frames = round(seconds * 24)
    part = np.full(frames, Part.TRAIN, np.uint8)
    rng = np.random.default_rng(seed)
    place_validation(part, frames, 24, rng)
    parts = [part]
    assert (part == Part.VALID).mean() == pytest.approx(0.2, abs=0.02)
    trained = int((part == Part.TRAIN).sum())
    assert trained > 0.5 * frames
    codes = part[:-1].astype(int) * 10 + part[1:]
    assert not np.isin(codes, (Part.TRAIN * 10 + Part.VALID, Part.VALID * 10 + Part.TRAIN)).any()
    reduce_training(parts, share, rng)
    assert (parts[0] == Part.TRAIN).sum() == (trained if share == 1.0 else round(share * trained))


@given(st.lists(st.booleans(), max_size=60))
def test_runs_are_the_true_stretches(values: list[bool]) -> None:
    mask = np.array(values, bool)
    rebuilt = np.zeros(len(mask), bool)
    runs = runs_of(mask)
    for first, end in runs:
        assert mask[first:end].all()
        rebuilt[first:end] = True
    np.testing.assert_array_equal(rebuilt, mask)
    assert all(end < first for (_, end), (first, _) in zip(runs, runs[1:]))  # maximal: something lies between
