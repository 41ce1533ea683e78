from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_to_body.musician.violin_fingering import (
    FIRST_POSITION,
    HABITS,
    OPEN_STRINGS,
    STRING_LENGTH,
    Stop,
    change_traits,
    distance_from_nut,
    own_traits,
    stop_violin,
    ways_of,
)


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
    assert np.all((reach >= -2) & (reach <= 7))  # a hand drawn back or stretched


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


@settings(max_examples=40, deadline=None)
@given(low=st.integers(59, 80), interval=st.integers(3, 12))
def test_double_stops_lie_on_neighbouring_strings_in_one_place(low: int, interval: int) -> None:
    stops = stop_violin(np.array([low, low + interval]), np.zeros(2), np.array([False, True]))
    assert stops.string[1] == stops.string[0] + 1
    np.testing.assert_array_equal(np.array(OPEN_STRINGS)[stops.string] + stops.stop, [low, low + interval])
    if (stops.finger > 0).all():
        assert stops.place[0] == stops.place[1]
        assert stops.finger[0] != stops.finger[1] or stops.stop[0] == stops.stop[1]


def test_the_hand_stays_where_it_was_for_one_note_that_it_reaches() -> None:
    pitch, onset, alone = np.array([81]), np.zeros(1), np.zeros(1, bool)
    high = stop_violin(pitch, onset, alone, before=Stop(3, 7, 2, 5))
    low = stop_violin(pitch, onset, alone, before=Stop(3, 3, 2, 2))
    assert (high.place[0], low.place[0]) == (5, 2)


def test_fast_notes_shift_no_more_than_slow_ones() -> None:
    rng = np.random.default_rng(4)
    pitches = np.clip(np.cumsum(rng.integers(-5, 6, 200)) + 76, 60, 92)
    alone = np.zeros(len(pitches), bool)
    slow, fast = (stop_violin(pitches, np.arange(200) * gap, alone) for gap in (1.0, 0.08))
    assert (np.diff(fast.place) != 0).sum() <= (np.diff(slow.place) != 0).sum()


def test_every_learnt_trait_is_one_that_is_looked_for() -> None:
    ways = [ways_of(p) for p in (55, 62, 70, 83)]
    known = {name for way in ways for name, _ in own_traits(way)}
    known |= {name for chord in (False, True) for name, _ in change_traits(ways[0], ways[1], chord)}
    assert set(json.loads(HABITS.read_text())["worth"]) <= known


def test_professionals_are_agreed_with(shared_data) -> None:
    """On excerpts that taught the habits; left out it is less (``python -m audio_to_body.reproduce...``)."""
    from audio_to_body.reproduce.violin_fingering import agreement, read_excerpts

    folder = shared_data / "violin_fingering"
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")
    shares = []
    for excerpt in read_excerpts(folder):
        onset = np.arange(len(excerpt)) * 0.4
        stops = stop_violin(excerpt.pitch, onset, excerpt.chord)
        shares.append((agreement(stops.string, excerpt.string), agreement(stops.finger, excerpt.finger)))
    string, finger = np.mean(shares, axis=0)
    assert string > 0.80
    assert finger > 0.62
