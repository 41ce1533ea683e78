from __future__ import annotations

import numpy as np
import pytest
from audio_to_body.musician.vectors import Course, across, at_least, at_most, cosine, hypotenuse, sign, sine, within
from audio_to_body.musician.written_out import written_out
from hypothesis import given
from hypothesis import strategies as st

SLOPE = Course([0.0, 1.0, 3.0], [2.0, 0.0, 5.0])


def formula(numbers):
    """Every operation and function that the musicians' formulas use, and an expression that is read twice."""
    a, b, c = numbers
    twice = (a - 1.5) ** 2
    bent = [-a / (1 + twice), 2.0 ** (-b / 12), SLOPE.at(c), sign(b) * within(a, -0.5, 0.5)]
    x, y, z = across((a, b, at_least(c, 0.1)), (0.0, 0.6, 0.8))
    return [*bent, sine(a) + cosine(twice) - hypotenuse(a, b), at_most(b, 0.3) * 1.0, x, y, z, twice, c]


@given(st.lists(st.floats(-5, 5), min_size=3, max_size=3))
def test_it_computes_what_the_formula_computes(numbers: list[float]) -> None:
    compute = written_out(formula, 3)
    expected = [float(value[0]) for value in formula([np.array([number]) for number in numbers])]
    assert compute(numbers) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert compute(numbers) == pytest.approx([float(value) for value in formula(numbers)], rel=1e-12, abs=1e-12)


def test_deep_sums_are_written_in_pieces() -> None:
    def sums(numbers):
        total = numbers[0]
        for i in range(500):
            total = total * 0.99 + i
        return [total]

    assert written_out(sums, 1)([1.0]) == pytest.approx(sums([1.0]))


def test_a_formula_that_asks_for_the_size_of_a_number_is_not_written_out() -> None:
    with pytest.raises(TypeError):
        written_out(lambda numbers: [np.floor(numbers[0])], 1)
    with pytest.raises(TypeError):
        written_out(lambda numbers: [np.clip(numbers[0], 0, 1) if numbers[0] > 0 else 0.0], 1)
