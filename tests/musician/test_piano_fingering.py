from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_to_body.musician.piano_fingering import BLOCKS, TRAITS, blocks_of, finger_piano, habits


def piano_fingers(pitches: list[int], left: bool = False, printed: list[int] | None = None) -> list[int]:
    onset = np.arange(len(pitches)) * 0.2
    own = [np.array([p]) for p in pitches]
    marks = None if printed is None else [np.array([f]) for f in printed]
    return [int(f[0]) for f in finger_piano(own, onset, [np.array([t + 0.2]) for t in onset], left, marks)]


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
    own = [np.array(sorted(c)) for c in chords]
    onset = np.arange(len(chords)) * 0.3
    ends = [np.full(len(c), t + 0.3) for c, t in zip(own, onset)]
    for fingers in finger_piano(own, onset, ends, left):
        assert np.all(np.diff(fingers) * (-1 if left else 1) > 0)


def test_printed_fingers_are_obeyed_and_others_follow_them() -> None:
    printed = [-1, -1, 4, -1, -1, -1]
    fingers = piano_fingers([60, 62, 64, 65, 67, 69], printed=printed)
    assert fingers[2] == 4
    assert fingers != piano_fingers([60, 62, 64, 65, 67, 69])


def test_a_finger_that_holds_a_key_does_not_strike_another() -> None:
    onset = np.array([0.0, 0.4, 0.8, 1.2])
    pitch = [np.array([p]) for p in (60, 67, 65, 64)]
    ends = [np.array([2.0]), np.array([0.8]), np.array([1.2]), np.array([1.6])]
    fingers = [int(f[0]) for f in finger_piano(pitch, onset, ends, left=False)]
    assert fingers[0] == 0
    assert fingers[1] > 0


def test_what_was_learnt_has_a_worth_for_every_trait() -> None:
    worth = habits()
    assert worth.shape == (TRAITS,)
    assert np.isfinite(worth).all()
    assert set(blocks_of(worth)) == set(BLOCKS)
    crossing = blocks_of(worth)["next finger"][2, 3]  # ring finger after middle finger
    assert crossing[:6].mean() < crossing[7:].mean() - 1.0  # downwards it would cross
