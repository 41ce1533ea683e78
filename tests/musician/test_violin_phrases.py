from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_to_body.musician.violin_phrases import (
    CHANGE_KINDS,
    KINDS,
    OWN_KINDS,
    change_kinds,
    own_kinds,
    phrases,
    surroundings,
)
from audio_to_body.musician.violin_ways import Ways, ways_of

PITCH, ONSET, ALONE = np.array([76, 78, 74, 74, 86]), np.array([0.0, 0.3, 0.9, 1.0, 1.2]), np.zeros(5, bool)


def _three(ways: Ways) -> tuple[np.ndarray, ...]:
    return ways.string, ways.finger, ways.position


def test_intervals_and_pace_are_read() -> None:
    read = surroundings(PITCH, ONSET, ALONE, before=73)
    np.testing.assert_allclose(read[0, :7], [-0.5, 0.5, 0, 1, 0, 0, 0])  # a third from below: falls backwards
    np.testing.assert_allclose(read[0, 7:14], [2 / 6, 2 / 6, 1, 0, 0, 1, 0])  # a step up follows
    np.testing.assert_allclose(read[3, 7:14], [2, 2, 1, 0, 0, 0, 1])  # an octave
    np.testing.assert_allclose(read[:, -3], [0, np.log(2), np.log(1 / 3), np.log(2 / 3), 0], atol=1e-12)


def test_what_is_not_known_is_not_read() -> None:
    whole = surroundings(PITCH, ONSET, ALONE, known=np.zeros(5, int))
    befores = [None, *PITCH[:-1].tolist()]
    each = [surroundings(PITCH[i : i + 1], ONSET[i : i + 1], ALONE[:1], last) for i, last in enumerate(befores)]
    np.testing.assert_allclose(whole, np.concatenate(each), atol=1e-12)


def test_notes_of_a_chord_wait_for_the_next_chord() -> None:
    read = surroundings(np.array([62, 70, 74]), np.array([0.0, 0.0, 0.6]), np.array([False, True, False]))
    np.testing.assert_allclose(read[:2, -3], np.log(2))


@settings(max_examples=40, deadline=None)
@given(pitches=st.tuples(st.integers(50, 110), st.integers(50, 110)))
def test_every_way_and_change_is_of_one_kind_each(pitches: tuple[int, int]) -> None:
    old, new = (_three(ways_of(p)) for p in pitches)
    borders = np.cumsum((0, *OWN_KINDS, *CHANGE_KINDS))
    found = [*own_kinds(*old), *change_kinds(old, new)]
    for kinds, low, high in zip(found, borders, borders[1:]):
        assert low <= kinds.min()
        assert kinds.max() < high


def test_the_net_fits_what_is_read() -> None:
    worth = phrases().worth(surroundings(PITCH, ONSET, ALONE))
    assert worth.shape == (5, KINDS)
    assert np.abs(worth).max() < 20  # what cannot be played costs 100
    for one, other in zip(worth, worth[1:]):
        assert not np.allclose(one, other)
