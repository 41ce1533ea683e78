"""The same rotations in numbers of one frame, of all frames, and in arrays of many bones."""

import math

import numpy as np
import pytest
from audio_to_body.avatar import rotations, turns
from audio_to_body.avatar.rotations import unit

RNG = np.random.default_rng(0)
Q, P = unit(RNG.normal(size=(60, 4))), unit(RNG.normal(size=(60, 4)))
U, W = unit(RNG.normal(size=(60, 3))), unit(RNG.normal(size=(60, 3)))
ANGLES = RNG.uniform(-3, 3, 60)
M = rotations.to_matrix(Q)

SAME = {
    "product": (rotations.multiply(Q, P), lambda f: turns.product(f(Q), f(P))),
    "opposite": (rotations.inverse(Q), lambda f: turns.opposite(f(Q))),
    "turned": (rotations.rotate(Q, U), lambda f: turns.turned(f(Q), f(U))),
    "about": (rotations.about(U, ANGLES), lambda f: turns.about(f(U), f(ANGLES[:, None])[0])),
    "between": (rotations.between(U, W), lambda f: turns.between(f(U), f(W))),
    "share": (rotations.power(Q, 0.3), lambda f: turns.share(f(Q), 0.3)),
    "of_axes": (rotations.from_matrix(M), lambda f: turns.of_axes(f(M[:, :, 0]), f(M[:, :, 1]), f(M[:, :, 2]))),
    "twist": (rotations.twist_angle(Q, np.eye(3)[0])[:, None], lambda f: (turns.twist_about_x(f(Q)),)),
}


@pytest.mark.parametrize("name", SAME)
def test_numbers_and_arrays_agree(name):
    wanted, formula = SAME[name]
    all_frames = np.stack(formula(turns.numbers), axis=-1)
    one_by_one = [formula(lambda a, i=i: turns.numbers(a[i : i + 1])) for i in range(60)]
    assert all(type(number) is float for number in one_by_one[0])
    for found in (all_frames, np.array(one_by_one)):
        if wanted.shape[1] == 4:  # a quaternion and its negative are one rotation
            found = found * np.sign(np.sum(found * wanted, axis=1, keepdims=True))
        assert np.allclose(found, wanted, atol=1e-12)


def test_limited_rotations():
    largest = math.radians(50)
    all_frames = np.stack(turns.limited(turns.numbers(Q), largest), axis=-1)
    assert np.allclose(rotations.angle_of(all_frames), np.minimum(rotations.angle_of(Q), largest))
    for i in range(60):
        one = np.array(turns.limited(turns.numbers(Q[i : i + 1]), largest))
        assert abs(one @ all_frames[i]) == pytest.approx(1, abs=1e-12)


def test_rows_put_numbers_back():
    assert np.array_equal(turns.rows([turns.numbers(Q)], 60)[:, 0], Q)
    assert np.array_equal(turns.rows([turns.numbers(Q[:1]), turns.SAME], 1), np.array([[Q[0], turns.SAME]]))
