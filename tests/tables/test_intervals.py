import math

import numpy as np
import pytest

from audio_to_body.tables.intervals import by_chance, complete, interval, ranks, spearman, standard_error


def coverage(seeds: int, players: int, by_seed: float, by_player: float, noise: float, draw) -> float:
    """How often the interval holds the true mean, 0."""
    hits = 0
    for _ in range(150):
        table = by_seed * draw((seeds, 1)) + by_player * draw((1, players)) + noise * draw((seeds, players))
        estimate = interval(table)
        hits += estimate.low <= 0 <= estimate.high
    return hits / 150


@pytest.mark.parametrize(
    ("seeds", "players", "effects"),
    [
        (1, 12, (0, 1, 0.3)),  # one seed: players alone
        (3, 1, (1, 0, 0.3)),  # three seeds alone: training and validation
        (3, 12, (1, 1, 0.5)),
        (3, 12, (0.1, 1, 0.3)),
    ],
)
def test_95_intervals_hold_the_truth_about_95_times_in_100(seeds, players, effects):
    rng = np.random.default_rng(3)
    assert 0.89 <= coverage(seeds, players, *effects, lambda size: rng.normal(size=size)) <= 0.995


def test_skewed_errors_are_covered_nearly_as_often():
    rng = np.random.default_rng(4)
    assert coverage(3, 12, 0, 1, 0.3, lambda size: rng.exponential(size=size) - 1) > 0.85


def test_a_plain_bootstrap_of_three_would_be_too_narrow():
    """The interval of three seeds is Student's, not the normal one: 4.3 standard errors instead of 2."""
    rng = np.random.default_rng(5)
    widths = []
    for _ in range(100):
        values = rng.normal(size=(3, 1))
        estimate = interval(values)
        widths.append((estimate.high - estimate.low) / (2 * values.std(ddof=1) / math.sqrt(3)))
    assert np.mean(widths) == pytest.approx(4.3, rel=0.15)


def test_exact_cases():
    same = interval(np.full((3, 12), 2.5))
    assert (same.mean, same.low, same.high, same.sign) == (2.5, 2.5, 2.5, 1)
    one = interval(np.array([[4.0]]))
    assert one.mean == 4.0
    assert not one.told
    assert one.sign == 0
    table = np.arange(12.0).reshape(3, 4)
    assert interval(table) == interval(table)  # the same numbers give the same interval
    assert interval(-table).low == pytest.approx(-interval(table).high, abs=0.4)
    shifted = interval(table + 10)
    assert shifted.mean == pytest.approx(interval(table).mean + 10)
    assert shifted.low == pytest.approx(interval(table).low + 10)


def test_standard_error_of_one_factor_is_the_textbooks():
    values = np.array([[1.0, 2.0, 4.0, 7.0]])
    error, freedom = standard_error(values)
    assert error == pytest.approx(values.std(ddof=1) / 2)
    assert freedom == 3
    # seeds that do not matter: the error of the players' means, from as many players
    error, freedom = standard_error(np.repeat(values, 3, axis=0))
    assert error == pytest.approx(values.std(ddof=1) / 2)
    assert freedom == pytest.approx(3)


def test_players_and_seeds_without_a_number_are_left_out():
    table = np.array([[1.0, np.nan, 3.0], [2.0, 5.0, 4.0], [np.nan] * 3])
    np.testing.assert_array_equal(complete(table), [[1.0, 3.0], [2.0, 4.0]])
    with pytest.raises(ValueError, match="no number is left"):
        complete(np.full((2, 2), np.nan))


def test_spearman_is_scipys_ties_included():
    scipy_stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(0)
    for _ in range(20):
        a, b = rng.integers(6, size=12).astype(float), rng.normal(size=12)
        assert spearman(a, b) == pytest.approx(scipy_stats.spearmanr(a, b)[0])
    np.testing.assert_array_equal(ranks(np.array([3.0, 1.0, 3.0, 0.0])), [3.5, 2.0, 3.5, 1.0])
    assert np.isnan(spearman(np.ones(4), np.arange(4.0)))


def test_chance_of_an_order():
    rising = np.arange(12.0)
    assert by_chance(rising, rising) < 0.001
    assert by_chance(-rising, rising) > 0.999
    assert by_chance(np.arange(3.0), np.arange(3.0)) == pytest.approx(1 / 6, abs=0.01)
