import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from audio_to_body.geometry import quaternion_arrays as r
from audio_to_body.geometry.vector_arrays import cross, unit

number = st.floats(-1, 1, allow_nan=False, width=32)
quaternion = arrays(float, (4,), elements=number).filter(lambda q: np.linalg.norm(q) > 0.05).map(unit)


@given(quaternion, quaternion)
@settings(deadline=None)
def test_a_product_turns_as_its_matrices_do(a, b):
    assert np.allclose(r.to_matrix(r.multiply(a, b)), r.to_matrix(a) @ r.to_matrix(b), atol=1e-9)


@given(quaternion)
@settings(deadline=None)
def test_matrix_and_back(q):
    assert abs(abs(float(r.from_matrix(r.to_matrix(q)) @ q)) - 1) < 1e-9


@pytest.mark.parametrize("count", [3, 1500])
def test_few_and_many_give_the_same(count):
    rng = np.random.default_rng(0)
    q, v = unit(rng.normal(size=(count, 4))), rng.normal(size=(count, 3))
    assert np.allclose(np.einsum("nij,nj->ni", r.to_matrix(q), v), r.rotate(q, v))
    assert np.allclose(cross(v, v[::-1]), np.cross(v, v[::-1]))


def test_opposite_vectors_have_a_half_turn_between_them():
    q = r.between(np.array([0.0, 1.0, 0.0]), np.array([0.0, -1.0, 0.0]))
    assert np.allclose(r.rotate(q, np.array([0.0, 1.0, 0.0])), [0, -1, 0], atol=1e-9)


def test_continuous_signs_never_jump():
    angle = np.linspace(0, 6 * np.pi, 200)
    q = r.from_matrix(r.to_matrix(r.about(np.array([0.0, 0.0, 1.0]), angle)))  # w >= 0: jumps
    assert (np.einsum("fi,fi->f", q[1:], q[:-1]) < 0).any()
    smooth = r.continuous(q)
    assert (np.einsum("fi,fi->f", smooth[1:], smooth[:-1]) > 0).all()


@given(quaternion, st.floats(0, 1))
@settings(deadline=None)
def test_a_share_of_a_rotation_is_a_share_of_its_angle(q, share):
    assert float(r.angle_of(r.power(q, share))) == pytest.approx(share * float(r.angle_of(q)), abs=1e-6)
