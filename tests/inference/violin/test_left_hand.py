"""The left hand: fingers keep their order, go along in shifts and over strings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_to_body.inference.violin.left_hand import in_order, lifted
from audio_to_body.inference.violin.musician import CLOCKS
from tests.inference.violin.notes_played import at, planned, scale


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), length=st.floats(0.12, 0.6), latency=st.sampled_from(sorted(CLOCKS)))
def test_fingers_keep_their_order(seed, length, latency):
    plan = planned(scale(40, length, seed=seed), 2.0 + 40 * length, latency)
    passed = np.diff(plan["reach"], axis=1) < -0.05
    # but two that are down at once, on two strings
    assert not (passed & (np.minimum(plan["down"][:, 1:], plan["down"][:, :-1]) < 0.5)).any()


def test_in_a_shift_all_fingers_go_with_the_hand():
    # on the E string from the first position an octave up, and back
    rows = [(1.0, 2.0, 78, True), (2.0, 3.0, 90, True), (3.0, 4.0, 78, True)]
    plan = planned(rows, 5.0)
    place, reach = plan["place"], plan["reach"]
    assert np.ptp(place[at(1.5) : at(2.5)]) > 6.0
    span = reach[at(1.2) : at(3.8)] - place[at(1.2) : at(3.8), None]
    assert np.abs(np.diff(span, axis=0)).max() < 1.6  # semitones in a frame; the hand goes 2.9
    for begin, stop in ((1.0, 2), (2.0, 14)):
        frames = slice(at(begin + 0.05), at(begin + 0.8))
        down = plan["down"][frames] > 0.99
        assert down.any(axis=1).all()
        assert np.abs(np.where(down, reach[frames], stop) - stop).max() < 0.01


def test_a_finger_goes_over_the_strings():
    assert lifted(1.0, 2.0) == 1.0
    assert lifted(1.0, 1.5) == pytest.approx(0.5)
    assert in_order([1.0, 0.0, 0.0, 0.0], [6.0, 4.0, 5.5, 7.5]) == pytest.approx([6.0, 6.3, 6.6, 7.5])
    assert in_order([1.0, 1.0, 0.0, 0.0], [3.0, 3.0, 5.5, 7.5]) == [3.0, 3.0, 5.5, 7.5]
