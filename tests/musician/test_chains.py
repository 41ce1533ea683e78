"""The best chain is the best of all chains, by trying them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from audio_to_body.musician.chains import best_chain


@pytest.mark.parametrize("seed", range(5))
def test_no_other_chain_is_worth_more(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ways = rng.integers(1, 5, size=6).tolist()
    own = [rng.normal(size=count) for count in ways]
    change = [np.zeros(0)] + [rng.normal(size=(a, b)) for a, b in zip(ways, ways[1:])]

    def worth(chain: tuple[int, ...]) -> float:
        links = sum(change[i][chain[i - 1], chain[i]] for i in range(1, len(chain)))
        return float(sum(own[i][way] for i, way in enumerate(chain)) + links)

    every = itertools.product(*map(range, ways))
    assert tuple(best_chain(own, lambda i: change[i])) == max(every, key=worth)


def test_one_note_and_forbidden_ways() -> None:
    assert best_chain([np.array([1.0, 3.0, 2.0])], lambda i: np.zeros((3, 3))) == [1]
    closed = np.array([[-np.inf, 0.0], [-np.inf, -np.inf]])
    assert best_chain([np.array([0.0, 9.0]), np.zeros(2)], lambda i: closed) == [0, 1]


def test_of_equal_chains_the_first_is_taken() -> None:
    assert best_chain([np.zeros(3)] * 4, lambda i: np.zeros((3, 3))) == [0, 0, 0, 0]
