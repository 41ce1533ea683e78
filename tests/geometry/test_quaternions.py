"""The same rotations in numbers of one frame, of all frames, and in arrays of many bones."""

import math

import numpy as np
import pytest

from audio_to_body.geometry import quaternion_arrays as arrays
from audio_to_body.geometry import quaternions, vectors
from audio_to_body.geometry.vector_arrays import unit

RNG = np.random.default_rng(0)
Q, P = unit(RNG.normal(size=(60, 4))), unit(RNG.normal(size=(60, 4)))
U, W = unit(RNG.normal(size=(60, 3))), unit(RNG.normal(size=(60, 3)))
ANGLES = RNG.uniform(-3, 3, 60)
M = arrays.to_matrix(Q)
# what is left of a rotation when the shortest one that takes x to where it goes is taken away turns about x
SWING = arrays.between(np.tile(np.eye(3)[0], (60, 1)), M[:, :, 0])
REST = arrays.multiply(arrays.inverse(SWING), Q)
TWIST = (2 * np.arctan2(REST[:, 0], REST[:, 3]) + np.pi) % (2 * np.pi) - np.pi

SAME = {
    "product": (arrays.multiply(Q, P), lambda f: quaternions.product(f(Q), f(P))),
    "opposite": (arrays.inverse(Q), lambda f: quaternions.opposite(f(Q))),
    "turned": (arrays.rotate(Q, U), lambda f: quaternions.turned(f(Q), f(U))),
    "about": (arrays.about(U, ANGLES), lambda f: quaternions.about(f(U), f(ANGLES[:, None])[0])),
    "between": (arrays.between(U, W), lambda f: quaternions.between(f(U), f(W))),
    "share": (arrays.power(Q, 0.3), lambda f: quaternions.share(f(Q), 0.3)),
    "of_axes": (
        arrays.from_matrix(M),
        lambda f: quaternions.of_axes(f(M[:, :, 0]), f(M[:, :, 1]), f(M[:, :, 2])),
    ),
    "twist": (TWIST[:, None], lambda f: (quaternions.twist_about_x(f(Q)),)),
}


@pytest.mark.parametrize("name", SAME)
def test_numbers_and_arrays_agree(name):
    wanted, formula = SAME[name]
    all_frames = np.stack(formula(vectors.numbers), axis=-1)
    one_by_one = [formula(lambda a, i=i: vectors.numbers(a[i : i + 1])) for i in range(60)]
    assert all(type(number) is float for number in one_by_one[0])
    for found in (all_frames, np.array(one_by_one)):
        if wanted.shape[1] == 4:  # a quaternion and its negative are one rotation
            found = found * np.sign(np.sum(found * wanted, axis=1, keepdims=True))
        assert np.allclose(found, wanted, atol=1e-12)


def test_limited_rotations():
    largest = math.radians(50)
    all_frames = np.stack(quaternions.limited(vectors.numbers(Q), largest), axis=-1)
    assert np.allclose(arrays.angle_of(all_frames), np.minimum(arrays.angle_of(Q), largest))
    for i in range(60):
        one = np.array(quaternions.limited(vectors.numbers(Q[i : i + 1]), largest))
        assert abs(one @ all_frames[i]) == pytest.approx(1, abs=1e-12)


def test_rows_put_numbers_back():
    assert np.array_equal(vectors.rows([vectors.numbers(Q)], 60)[:, 0], Q)
    assert np.array_equal(
        vectors.rows([vectors.numbers(Q[:1]), quaternions.SAME], 1), np.array([[Q[0], quaternions.SAME]])
    )
