import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_to_body.preprocessing.pca import fit_pca, upsample


def frames(count: int = 200, points: int = 6, rank: int = 3) -> np.ndarray:
    rng = np.random.default_rng(5)
    moves = rng.normal(size=(count, rank)) * [30, 10, 3][:rank]
    return (moves @ rng.normal(size=(rank, 2 * points)) + 100).reshape(count, points, 2)


def test_full_basis_loses_nothing():
    data = frames()
    basis = fit_pca(data, None)
    assert basis.size == 12
    np.testing.assert_allclose(basis.inverse(basis.transform(data)), data, atol=1e-3)  # float32 of some 100 px


def test_rank_is_enough_and_less_is_not():
    data = frames(rank=3)
    three, two = fit_pca(data, 3), fit_pca(data, 2)
    np.testing.assert_allclose(three.inverse(three.transform(data)), data, atol=1e-3)
    assert np.abs(two.inverse(two.transform(data)) - data).max() > 1


def test_error_is_the_variance_left_out():
    data = frames(rank=3)
    for kept in (1, 2, 3):
        basis = fit_pca(data, kept)
        error = np.mean(np.sum((basis.inverse(basis.transform(data)) - data) ** 2, axis=(1, 2)))
        assert error == pytest.approx(basis.variance[kept:].sum(), rel=1e-3, abs=1e-3)


def test_agrees_with_numpy_svd():
    data = frames()
    flat = data.reshape(len(data), -1)
    _, singular, directions = np.linalg.svd(flat - flat.mean(0), full_matrices=False)
    basis = fit_pca(data, 3)
    np.testing.assert_allclose(basis.variance[:3], singular[:3] ** 2 / len(data), rtol=1e-4)
    overlap = np.abs(np.sum(basis.components * directions[:3], axis=1))
    np.testing.assert_allclose(overlap, 1, atol=1e-4)


def test_count_for_a_share_of_the_variance():
    basis = fit_pca(frames(rank=3), 1)
    share = np.cumsum(basis.variance) / basis.variance.sum()
    for wanted in (0.5, 0.9, 0.99):
        count = basis.count_for(wanted)
        assert share[count - 1] >= wanted - 1e-6
        assert count == 1 or share[count - 2] < wanted


def test_fit_is_reproducible_in_sign():
    data = frames()
    first, again = fit_pca(data, 3), fit_pca(data[::-1].copy(), 3)
    np.testing.assert_allclose(first.components, again.components, atol=1e-4)


def test_impossible_fits_are_refused():
    with pytest.raises(ValueError, match="at least one frame"):
        fit_pca(np.zeros((0, 6, 2)), 3)
    with pytest.raises(ValueError, match="1 to 12 components, not 13"):
        fit_pca(frames(), 13)


@given(count=st.integers(1, 30), factor=st.sampled_from([2, 4, 6]), seed=st.integers(0, 50))
def test_upsampling_is_linear_and_keeps_the_frames(count, factor, seed):
    values = np.random.default_rng(seed).normal(size=(count, 3)).astype(np.float32)
    dense = upsample(values, factor, count * factor)
    np.testing.assert_array_equal(dense[::factor], values)
    expected = np.stack(
        [np.interp(np.arange(count * factor) / factor, np.arange(count), values[:, k]) for k in range(3)], axis=1
    )
    np.testing.assert_allclose(dense, expected, atol=1e-5)
