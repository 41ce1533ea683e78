from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from audio_to_body.musician import vectors
from audio_to_body.musician.body import draw_body
from audio_to_body.musician.kinematics import turn, turned
from audio_to_body.musician.vectors import Course
from audio_to_body.musician.violin_posture import Posture, pose_violinist
from hypothesis import given
from hypothesis import strategies as st

FRAMES = 40
ROUNDING = 1e-12  # metres; sines of one number and of many may differ in their last bit


def of_floats(array: np.ndarray, frame: int) -> tuple[float, float, float]:
    x, y, z = array[frame].tolist()
    return x, y, z


def postures(seed: int) -> Posture:
    rng = np.random.default_rng(seed)
    values = {name: rng.uniform(-0.3, 0.3, FRAMES) for name in Posture._fields}
    for name in ("position", "lift"):
        values[name] = rng.uniform(0, 1, FRAMES)
    for name in ("string", "level", "left_string"):
        values[name] = rng.uniform(0, 3, FRAMES)
    values["place"] = rng.uniform(1, 15, FRAMES)
    values["down"], values["over"] = rng.uniform(0, 1, (4, FRAMES)), rng.uniform(0, 3, (4, FRAMES))
    values["reach"] = rng.uniform(0, 0.2, (4, FRAMES))
    return Posture(**values)


@pytest.mark.parametrize("seed", [0, 1])
def test_one_frame_in_floats_is_that_frame_of_many(seed: int) -> None:
    body, many = draw_body(np.random.default_rng(seed)), postures(seed)
    whole = pose_violinist(body, many)
    for frame in range(FRAMES):
        values = {name: values[..., frame].tolist() for name, values in many._asdict().items()}
        one = pose_violinist(body, Posture(**values))
        for part in fields(whole):
            expected = getattr(whole, part.name)[frame : frame + 1]
            np.testing.assert_allclose(getattr(one, part.name), expected, rtol=0, atol=ROUNDING)


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
    matrices = turn(*rng.normal(size=(3, FRAMES)))
    rows = (
        vectors.components(matrices[:, 0]),
        vectors.components(matrices[:, 1]),
        vectors.components(matrices[:, 2]),
    )
    turned_by_numpy = np.einsum("fij,fj->fi", matrices, a)
    np.testing.assert_allclose(np.stack(vectors.rotated(rows, one), axis=1), turned_by_numpy, atol=1e-14)
    assert vectors.stacked([of_floats(a, 0), of_floats(b, 0)]).shape == (1, 2, 3)
    np.testing.assert_array_equal(vectors.stacked([one, other]), np.stack([a, b], axis=1))


def test_rotations_of_one_frame_are_rotations() -> None:
    matrix: np.ndarray = np.array(turned(0.3, -0.7, 1.1))
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
