from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_to_body.musician.piano_fingering import (
    finger_piano,
)
from audio_to_body.musician.piano_keys import is_black, key_place


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
