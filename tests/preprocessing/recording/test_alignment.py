import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_to_body.preprocessing.recording import alignment
from audio_to_body.skeleton.layouts import HANDS12, VIOLIN


@given(
    scale=st.floats(0.2, 5),
    angle=st.floats(-3.1, 3.1),
    shift=st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
    seed=st.integers(0, 100),
)
def test_a_similarity_is_found_exactly(scale, angle, shift, seed):
    points = np.random.default_rng(seed).normal(size=(3, 2)) * 100
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = points @ turn.T + shift
    found = alignment.similarity(points, moved)
    np.testing.assert_allclose(alignment.apply(found, points), moved, atol=1e-6)
    np.testing.assert_allclose(alignment.apply(alignment.inverse(found), moved), points, atol=1e-6)


def test_it_never_mirrors():
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    found = alignment.similarity(points, points * [-1, 1])
    assert np.linalg.det(found[:, :2]) >= 0


def test_it_is_the_least_squares_one():
    rng = np.random.default_rng(1)
    source, target = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    best = alignment.similarity(source, target)
    error = np.sum((alignment.apply(best, source) - target) ** 2)
    for _ in range(200):
        a, b = best[0, 0] + rng.normal() * 0.05, best[1, 0] + rng.normal() * 0.05
        other = np.array([[a, -b, 0], [b, a, 0]])
        other[:, 2] = target.mean(0) - other[:, :2] @ source.mean(0)
        assert np.sum((alignment.apply(other, source) - target) ** 2) >= error - 1e-9


def test_hands_alone_stay_where_they_are():
    keypoints = np.random.default_rng(0).normal(size=(4, 12, 2))
    own = alignment.reference_configuration(keypoints, np.ones(4, bool), HANDS12)
    np.testing.assert_array_equal(alignment.similarity(own, own), alignment.IDENTITY)


def test_reference_is_the_mean_of_the_kept_frames():
    keypoints = np.zeros((3, 50, 2))
    keypoints[1] = 2.0
    keypoints[2] = np.nan
    own = alignment.reference_configuration(keypoints, np.array([True, True, False]), VIOLIN)
    np.testing.assert_array_equal(own, np.ones((3, 2)))
    with pytest.raises(ValueError, match="no frame was kept"):
        alignment.reference_configuration(keypoints, np.zeros(3, bool), VIOLIN)


def test_points_that_coincide_are_only_moved():
    found = alignment.similarity(np.ones((3, 2)), np.full((3, 2), 5.0))
    np.testing.assert_allclose(found, [[1, 0, 4], [0, 1, 4]])
