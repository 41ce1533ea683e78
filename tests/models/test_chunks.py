"""Chunks of truncated back-propagation: every step once, state carried only within a run."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_to_body.models.chunks import FEWEST_UPDATES, Chunks, dropout_mask
from audio_to_body.models.trainable import Segment


def numbered(lengths: list[int]) -> list[Segment]:
    """Runs whose feature is (run, step), so that every step can be recognised."""
    segments = []
    for run, length in enumerate(lengths):
        steps = np.stack([np.full(length, run + 1), np.arange(length)], axis=1).astype(np.float32)
        segments.append(Segment(steps, steps[:, :1].copy(), np.ones(length, np.float32)))
    return segments


@settings(deadline=None, max_examples=60)
@given(
    lengths=st.lists(st.integers(1, 700), min_size=1, max_size=8),
    steps=st.sampled_from([5, 60, 500]),
    batch=st.integers(1, 100),
    seed=st.integers(0, 99),
)
def test_every_step_once_and_in_order(lengths: list[int], steps: int, batch: int, seed: int) -> None:
    chunks = Chunks(numbered(lengths), steps, batch)
    assert 1 <= chunks.lanes <= batch
    seen: dict[tuple[int, int], int] = {}
    before: list[np.ndarray | None] = [None] * chunks.lanes
    count = 0
    for b in chunks.epoch(np.random.default_rng(seed)):
        count += 1
        assert b.features.shape == (steps, chunks.lanes, 2)
        if b.seen:
            assert b.weights.sum() == pytest.approx(1, rel=1e-5)
        for lane in range(chunks.lanes):
            lives = b.features[:, lane, 0] > 0
            assert ((b.weights[:, lane, 0] > 0) == lives).all()
            for run, step in b.features[lives, lane].astype(int):
                seen[run, step] = seen.get((run, step), 0) + 1
            first = b.features[0, lane].copy()
            last = before[lane]
            goes_on = last is not None and lives[0] and (first == last + [0, 1]).all() and first[1] > 0
            assert b.continues[lane] == float(goes_on)
            before[lane] = b.features[-1, lane].copy() if lives[-1] else None
    assert count == chunks.updates
    assert seen == {(run + 1, step): 1 for run, length in enumerate(lengths) for step in range(length)}


def test_what_fills_up_a_lane_goes_on_from_nothing() -> None:
    """Seven chunks and one step, twice, and a run of one step: the tape ends behind the last chunk."""
    for seed in range(20):
        for b in Chunks(numbered([1, 421, 421]), 60, 2).epoch(np.random.default_rng(seed)):
            empty = b.weights.sum(axis=(0, 2)) == 0
            assert not b.continues[empty].any()


def test_small_datasets_get_fewer_lanes_and_large_ones_the_batch() -> None:
    assert Chunks(numbered([60 * 100 * FEWEST_UPDATES]), 60, 100).lanes == 100
    small = Chunks(numbered([2000]), 500, 100)
    assert small.lanes == 1
    assert small.updates == 4
    assert Chunks(numbered([2000]), 60, 100).updates >= FEWEST_UPDATES


def test_epochs_differ_and_repeat_with_their_seed() -> None:
    chunks = Chunks(numbered([300, 200, 900]), 10, 4)

    def epoch(seed: int) -> np.ndarray:
        return np.stack([b.features.copy() for b in chunks.epoch(np.random.default_rng(seed))])

    assert (epoch(1) == epoch(1)).all()
    assert (epoch(1) != epoch(2)).any()


@pytest.mark.parametrize("share", [0.1, 0.15, 0.6])
def test_dropout_mask(share: float) -> None:
    mask = dropout_mask(np.random.default_rng(0), share, (60, 100, 200))
    assert mask.dtype == np.float32
    assert set(np.unique(mask)) == {np.float32(0), np.float32(1 / (1 - share))}
    # 1.2 million draws: four standard deviations
    assert (mask == 0).mean() == pytest.approx(share, abs=4 * (share * (1 - share) / mask.size) ** 0.5)
    assert mask.mean() == pytest.approx(1, abs=0.01)
