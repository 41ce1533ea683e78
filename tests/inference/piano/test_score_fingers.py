import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_to_body.inference.piano.score_fingers import fingered
from audio_to_body.scores.piece import LEFT_HAND, RIGHT_HAND, Marks, Part
from audio_to_body.skeleton.notes import Notes


def part(rows, **marks):
    onset, end, pitch = (np.array(column) for column in zip(*rows))
    written = Marks.none(len(rows))
    for name, value in marks.items():
        getattr(written, name)[:] = value
    return Part("piano", 0, Notes(onset, end, pitch), written)


def test_written_hands_and_fingers_stay_and_the_others_are_given():
    rows = [(0.3 * i, 0.3 * i + 0.3, p) for i, p in enumerate((60, 62, 64, 65, 67, 65, 64, 62))]
    made = fingered(part(rows, hand=RIGHT_HAND, finger=[-1, -1, 4, -1, -1, -1, -1, -1]))
    assert made.marks.finger[2] == 4
    assert np.all((made.marks.finger >= 1) & (made.marks.finger <= 5))
    assert np.all(made.marks.hand == RIGHT_HAND)
    assert fingered(part(rows, hand=LEFT_HAND)).marks.finger[0] > made.marks.finger[0]  # C to G: outer to inner


def test_hands_that_nobody_wrote_are_found():
    rows = sorted(
        [(0.5 * i, 0.5 * i + 0.4, p) for i, p in enumerate((72, 74, 76, 77, 79, 77))]
        + [(0.5 * i, 0.5 * i + 0.4, p) for i, p in enumerate((48, 43, 48, 43, 48, 43))]
    )
    made = fingered(part(rows))
    high = made.notes.pitch > 60
    assert np.all(made.marks.hand[high] == RIGHT_HAND)
    assert np.all(made.marks.hand[~high] == LEFT_HAND)


@settings(max_examples=25, deadline=None)
@given(
    notes=st.lists(
        st.tuples(st.integers(0, 12), st.integers(1, 8), st.integers(21, 108)), min_size=1, max_size=40, unique=True
    ),
    told=st.booleans(),
)
def test_no_hand_has_two_notes_for_a_finger_at_once(notes, told):
    rows = sorted((0.25 * begin, 0.25 * (begin + length), pitch) for begin, length, pitch in notes)
    hands = [LEFT_HAND if pitch < 60 else RIGHT_HAND for _, _, pitch in rows]
    made = fingered(part(rows, hand=hands) if told else part(rows))
    assert len(made) == len(rows)
    taken = {}
    for onset, pitch, hand, finger in zip(made.notes.onset, made.notes.pitch, made.marks.hand, made.marks.finger):
        if finger > 0:
            assert hand in (LEFT_HAND, RIGHT_HAND)
            assert taken.setdefault((onset, hand, finger), pitch) == pitch
