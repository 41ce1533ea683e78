from __future__ import annotations

import numpy as np
from audio_to_body.musician.fingering import (
    FIRST_POSITION,
    OPEN_STRINGS,
    STRING_LENGTH,
    distance_from_nut,
    finger_piano,
    stop_violin,
)
from audio_to_body.musician.piano_keys import is_black, key_place
from hypothesis import given, settings
from hypothesis import strategies as st


def stops_of(pitches: list[int], seconds: float = 0.3):
    count = len(pitches)
    return stop_violin(np.array(pitches), np.arange(count) * seconds, np.zeros(count, bool))


@settings(max_examples=40, deadline=None)
@given(pitches=st.lists(st.integers(55, 100), min_size=1, max_size=30))
def test_string_and_stop_give_the_pitch_and_the_finger_reaches_it(pitches: list[int]) -> None:
    stops = stops_of(pitches)
    np.testing.assert_array_equal(np.array(OPEN_STRINGS)[stops.string] + stops.stop, pitches)
    np.testing.assert_array_equal(stops.finger == 0, stops.stop == 0)
    stopped = stops.finger > 0
    reach = (stops.stop - stops.place)[stopped]
    assert np.all((reach >= -1) & (reach <= 6))


def test_a_scale_stays_in_first_position() -> None:
    stops = stops_of([55, 57, 59, 60, 62, 64, 66, 67, 69, 71, 73, 74, 76, 78, 79, 81])
    assert set(stops.place[stops.finger > 0]) == {FIRST_POSITION}
    np.testing.assert_array_equal(stops.finger[:4], [0, 1, 2, 3])


def test_high_notes_are_played_high_on_the_e_string() -> None:
    stops = stops_of([88, 90, 91, 93])
    assert set(stops.string) == {3}
    assert stops.place.min() > 5


def test_a_chord_takes_different_strings_and_fingers() -> None:
    stops = stop_violin(np.array([57, 66, 74]), np.zeros(3), np.array([False, True, True]))
    assert sorted(stops.string) == [0, 1, 2]
    fingers = stops.finger[stops.finger > 0]
    assert len(set(fingers)) == len(fingers)


def test_an_octave_halves_the_string() -> None:
    np.testing.assert_allclose(distance_from_nut(np.array([0, 12, 24])), STRING_LENGTH * np.array([0, 0.5, 0.75]))


def piano_fingers(pitches: list[int], left: bool = False) -> list[int]:
    keys = [key_place(np.array([p])) for p in pitches]
    black = [is_black(np.array([p])) for p in pitches]
    return [int(f[0]) for f in finger_piano(keys, black, np.arange(len(pitches)) * 0.2, left)]


def test_c_major_scale_passes_the_thumb_under_and_the_left_hand_mirrors() -> None:
    up = [60, 62, 64, 65, 67, 69, 71, 72]
    right = piano_fingers(up)
    assert right.count(0) >= 2  # the thumb passes under
    crossings = [(a, b) for a, b in zip(right, right[1:]) if b <= a]
    assert all(b == 0 for _, b in crossings)
    left = piano_fingers([124 - p for p in up], left=True)  # the keyboard is its own mirror image about D
    assert left == right


def test_neighbouring_notes_under_the_hand_take_neighbouring_fingers() -> None:
    fingers = piano_fingers([60, 62, 64, 65, 67])
    assert fingers == [0, 1, 2, 3, 4]


@settings(max_examples=30, deadline=None)
@given(
    chords=st.lists(st.sets(st.integers(48, 60), min_size=1, max_size=5), min_size=1, max_size=12), left=st.booleans()
)
def test_fingers_of_a_chord_never_cross(chords: list[set[int]], left: bool) -> None:
    keys = [key_place(np.array(sorted(c))) for c in chords]
    black = [is_black(np.array(sorted(c))) for c in chords]
    for fingers in finger_piano(keys, black, np.arange(len(chords)) * 0.3, left):
        assert np.all(np.diff(fingers) * (-1 if left else 1) > 0)
