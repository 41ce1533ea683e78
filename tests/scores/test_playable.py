"""What an instrument cannot play is left out and counted; the nearest playable chord stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_to_body.musician.violin_fingering import stop_violin
from audio_to_body.scores.piece import Marks, Part
from audio_to_body.scores.playable import WIDEST_HAND, playable, stoppable, within_reach
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.notes import Notes

VIOLIN, PIANO = instrument_named("violin"), instrument_named("piano")


def part_of(rows):
    onset, end, pitch = (np.array(column, float) for column in zip(*rows))
    return Part("part", -1, Notes(onset, end, pitch), Marks.none(len(rows))).ordered()


def chord(pitches, at=1.0):
    return [(at, at + 1, p) for p in pitches]


def test_notes_outside_the_range_are_left_out_and_counted():
    left = playable(part_of([(0, 1, 54), (1, 2, 55), (2, 3, 100), (3, 4, 101)]), VIOLIN)
    assert left.part.notes.pitch.tolist() == [55, 100]
    assert left.remarks(VIOLIN) == ["2 of 4 notes are left out: 2 lie outside the violin's range"]


def test_four_strings_sound_four_notes():
    left = playable(part_of(chord([55, 62, 69, 76, 83])), VIOLIN)
    assert len(left.part) == 4
    assert left.too_many == 1
    assert "for 1 no string or finger is left" in left.remarks(VIOLIN)[0]


def test_two_notes_of_the_lowest_string_are_not_played_together():
    assert stoppable((56, 60)) == (60,)
    assert stoppable((55, 62, 69, 76)) == (55, 62, 69, 76)
    assert stoppable((62, 69)) == (62, 69)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(55, 100), min_size=1, max_size=12))
def test_what_is_kept_of_a_chord_can_be_stopped(pitches):
    kept = stoppable(tuple(sorted(pitches)))
    assert set(kept) <= pitches
    assert max(kept) == max(pitches)
    if len(kept) > 1:
        stops = stop_violin(np.array(kept), np.zeros(len(kept)), np.arange(len(kept)) > 0)
        assert (np.diff(stops.string) == 1).all()


def test_ten_fingers_hold_ten_keys():
    eleven = [36, 40, 43, 48, 52, 60, 64, 67, 72, 76, 79]
    left = playable(part_of(chord(eleven)), PIANO)
    assert len(left.part) <= 10
    assert {36, 79} <= set(left.part.notes.pitch.tolist())
    assert left.too_many == 11 - len(left.part)


@settings(max_examples=100, deadline=None)
@given(st.sets(st.integers(21, 108), min_size=1, max_size=20))
def test_what_is_kept_is_within_two_hands(pitches):
    kept = sorted(within_reach(tuple(sorted(pitches))))
    assert {min(pitches), max(pitches)} <= set(kept) <= pitches
    hands = [
        (kept[:i], kept[i:])
        for i in range(len(kept) + 1)
        if all(len(h) <= 5 and (not h or h[-1] - h[0] <= WIDEST_HAND) for h in (kept[:i], kept[i:]))
    ]
    assert hands


def test_voices_that_meet_play_once_and_lose_nothing():
    left = playable(part_of([(1, 2, 60), (1.001, 3, 60), (1, 2, 64)]), PIANO)
    assert left.part.notes.pitch.tolist() == [60, 64] or left.part.notes.pitch.tolist() == [64, 60]
    assert left.part.notes.end.max() == 3
    assert left.remarks(PIANO) == []


def test_a_key_is_not_struck_before_it_comes_up():
    left = playable(part_of([(i / 24, i / 24 + 0.01, 60) for i in range(48)]), PIANO)
    assert 22 <= len(left.part) <= 26
    assert left.too_many == 48 - len(left.part)


@pytest.mark.parametrize("instrument", [VIOLIN, PIANO])
def test_what_can_be_played_stays_as_it_is(instrument):
    part = part_of([(i * 0.25, i * 0.25 + 0.2, 60 + i) for i in range(20)])
    assert playable(part, instrument).part.notes.pitch.tolist() == part.notes.pitch.tolist()
