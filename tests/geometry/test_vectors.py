from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_to_body.geometry import vectors
from audio_to_body.geometry.quaternion_arrays import matrices_of_angles
from audio_to_body.geometry.vectors import Course, matrix_of_angles

FRAMES = 40


def of_floats(array: np.ndarray, frame: int) -> tuple[float, float, float]:
    x, y, z = array[frame].tolist()
    return x, y, z


def test_vectors_are_those_of_numpy() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2, FRAMES, 3))
    one, other = vectors.components(a), vectors.components(b)
    np.testing.assert_array_equal(np.stack(vectors.cross(one, other), axis=1), np.cross(a, b))
    np.testing.assert_allclose(vectors.dot(one, other), np.sum(a * b, axis=1), atol=1e-14)
    np.testing.assert_allclose(vectors.length(one), np.linalg.norm(a, axis=1), atol=1e-14)
    direction = np.stack(vectors.across(one, vectors.unit(other)), axis=1)
    np.testing.assert_allclose(np.sum(direction * b, axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(direction, axis=1), 1, atol=1e-12)
    matrices = matrices_of_angles(*rng.normal(size=(3, FRAMES)))
    rows = (
        vectors.components(matrices[:, 0]),
        vectors.components(matrices[:, 1]),
        vectors.components(matrices[:, 2]),
    )
    turned_by_numpy = np.einsum("fij,fj->fi", matrices, a)
    np.testing.assert_allclose(np.stack(vectors.rotated(rows, one), axis=1), turned_by_numpy, atol=1e-14)
    assert vectors.rows([of_floats(a, 0), of_floats(b, 0)]).shape == (1, 2, 3)
    np.testing.assert_array_equal(vectors.rows([one, other]), np.stack([a, b], axis=1))


def test_rotations_of_one_frame_are_rotations() -> None:
    matrix: np.ndarray = np.array(matrix_of_angles(0.3, -0.7, 1.1))
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-15)
    assert np.linalg.det(matrix) == pytest.approx(1.0)


@given(place=st.floats(-10, 10), seed=st.integers(0, 100))
def test_a_course_is_numpys(place: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    places = np.cumsum(rng.uniform(0.01, 1.0, 9)) - 3
    course = Course(places, rng.normal(size=9))
    assert course.at(place) == pytest.approx(course.at(np.array([place]))[0], abs=1e-12)
    for edge in (places[0], places[-1], places[4]):
        assert course.at(float(edge)) == pytest.approx(course.at(np.array([edge]))[0], abs=1e-12)
