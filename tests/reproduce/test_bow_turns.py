"""The measures by which musicians are judged: turns of the bow at the notes."""

from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.reproduce.bow_turns import bow_turns, slurs_kept, turn_agreement
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.rates import VIDEO_FPS


def strokes(frames: list[int], total: int) -> np.ndarray:
    """A bow that turns at these frames and stands still for a frame at each."""
    speed = np.ones(total)
    for frame in frames:
        speed[frame:] = -speed[frame:]
        speed[frame - 1] = 0.0
    return speed


def notes(seconds: np.ndarray, stroke: np.ndarray | None = None) -> Notes:
    return Notes(seconds, seconds + 0.1, np.full(len(seconds), 69), stroke=stroke)


def turn_scores(speed: np.ndarray, written: Notes) -> tuple[float, float, float]:
    found = turn_agreement(bow_turns(speed), written)
    return found.f1, found.precision, found.recall


def test_a_turn_is_where_the_bow_first_goes_the_other_way():
    np.testing.assert_array_equal(bow_turns(strokes([10, 30, 34], 50)), [10, 30, 34])
    assert len(bow_turns(np.zeros(20))) == 0


def test_turns_at_the_notes_are_right_and_others_are_not():
    onsets = np.array([0.0, 1.0, 2.0, 3.0])
    at_all = strokes([24, 48, 72], 100)
    assert turn_scores(at_all, notes(onsets)) == (1.0, 1.0, 1.0)
    f1, precision, recall = turn_scores(strokes([25, 60], 100), notes(onsets))  # one a frame late, one at no note
    assert (precision, recall) == (0.5, pytest.approx(1 / 3))
    assert f1 == pytest.approx(0.4)


def test_a_chord_is_one_beginning_and_no_note_is_hit_twice():
    onsets = np.array([0.0, 1.0, 1.02, 1.04])
    assert turn_scores(strokes([24], 60), notes(onsets)) == (1.0, 1.0, 1.0)
    _, precision, _ = turn_scores(strokes([23, 25], 60), notes(onsets))
    assert precision == 0.5
    assert round(1.0 * VIDEO_FPS) == 24


def test_a_bow_that_hardly_moves_stands():
    speed = np.array([1.0, 1.0, -0.01, 1.0, -1.0])
    np.testing.assert_array_equal(bow_turns(speed), [2, 3, 4])
    np.testing.assert_array_equal(bow_turns(speed, 0.02), [4])


def test_no_turn_is_wanted_under_a_slur():
    written = notes(np.array([0.0, 1.0, 2.0, 3.0]), np.array([True, False, True, True]))
    assert turn_agreement(np.array([48, 72]), written).f1 == 1.0
    assert turn_agreement(np.array([24, 48, 72]), written).precision == pytest.approx(2 / 3)
    assert slurs_kept(np.array([48, 72]), written) == (1, 1)
    assert slurs_kept(np.array([25, 48, 72]), written) == (0, 1)
    assert slurs_kept(np.array([24]), notes(np.array([0.0, 1.0]))) == (0, 0)


def test_a_stroke_beside_a_slurred_note_is_not_its_turn():
    written = notes(np.array([0.0, 1.0, 1.07, 3.0]), np.array([True, False, True, True]))
    assert slurs_kept(np.array([26, 72]), written) == (0, 0)
