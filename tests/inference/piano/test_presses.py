"""Every note a finger, no finger on two keys, no key without a note."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_to_body.inference.piano import presses as presses_of_piano
from audio_to_body.inference.piano.fingers import Courses
from audio_to_body.inference.piano.keyboard import FINGERS, HAND_OF, KEY_X, SPREAD
from audio_to_body.inference.piano.presses import GIVES_WAY, OPEN, KeyPlanner, Press, step_of
from audio_to_body.skeleton.notes import Notes

FPS = 24


def planned(notes: Notes, ahead: int, steps: int, hand: np.ndarray | None = None) -> list[Press]:
    planner = KeyPlanner(ahead)
    planner.tell(notes, hand)
    return [press for _ in range(steps) for press in planner.next()]


def table(presses: list[Press], steps: int) -> np.ndarray:
    """MIDI pitch under each finger, [steps, 10]; fails where a finger is on two keys."""
    keys = np.zeros((steps, 10), int)
    for press in presses:
        span = slice(press.start, int(min(press.end, steps)))
        assert not keys[span, press.finger].any()
        keys[span, press.finger] = press.pitch
    return keys


def music(*notes: tuple[float, float, int]) -> Notes:
    onset, end, pitch = (np.array(column) for column in zip(*notes))
    return Notes(onset, end, pitch)


@st.composite
def any_notes(draw) -> Notes:
    """Notes as a pianist could meet them: at most ten begin within three frames, no key twice within four."""
    count = draw(st.integers(1, 60))
    rows: list[tuple[int, int, float]] = []
    step = 0
    for _ in range(count):
        step += draw(st.sampled_from([0, 0, 1, 2, 3, 6, 30]))
        pitch = draw(st.integers(21, 108))
        near = [row for row in rows if step - row[0] < 3]
        if len(near) < 10 and not any(row[1] == pitch and step - row[0] < 4 for row in rows):
            rows.append((step, pitch, draw(st.floats(0.02, 2.0))))
    shift = draw(st.floats(-0.4, 0.4))  # of a frame
    onset = np.maximum(np.array([row[0] for row in rows]) + shift, 0.0) / FPS
    return Notes(onset, onset + np.array([row[2] for row in rows]), np.array([row[1] for row in rows]))


@settings(max_examples=60, deadline=None)
@given(notes=any_notes(), ahead=st.sampled_from([0, 3, 36]), written=st.booleans())
def test_every_note_is_pressed_once_in_time(notes, ahead, written):
    """What a score gives to hands is pressed; of what is heard, what no hand can be at in time is left out."""
    steps = step_of(float(notes.onset.max())) + 40
    presses = planned(notes, ahead, steps, (notes.pitch >= 62).astype(int) if written else None)
    keys = table(presses, steps)
    if written:
        assert len(presses) == len(notes)
    for pitch in np.unique(notes.pitch):
        wanted = np.sort([step_of(t) for t in notes.onset[notes.pitch == pitch]])
        down = (keys == pitch).sum(axis=1)
        assert down.max() <= 1  # one finger
        given_at = np.flatnonzero(np.diff(down, prepend=0) == 1)
        assert len(given_at) == len([press for press in presses if press.pitch == pitch])
        assert all(np.abs(wanted - start).min() <= 1 for start in given_at)
    assert set(keys[keys > 0]) <= set(notes.pitch.tolist())


@settings(max_examples=20, deadline=None)
@given(notes=any_notes())
def test_ends_that_come_late_give_the_same_keys(notes):
    """Notes and their ends told step by step, as they are heard, or all at once.

    Where hands are depends on what they hold, and so what they can be at in time; of all else ends decide nothing.
    """
    table(heard_step_by_step(notes)[0], step_of(float(notes.onset.max())) + 60)
    with mock.patch.object(presses_of_piano, "in_time", lambda x, *_: [True] * len(x)):
        presses, steps = heard_step_by_step(notes)
        assert [(p.pitch, p.start) for p in presses] == [(p.pitch, p.start) for p in planned(notes, 0, steps)]
    table(presses, steps)


def heard_step_by_step(notes):
    """What is pressed when notes and ends are told as they are heard, and the number of steps."""
    steps = step_of(float(notes.onset.max())) + 60
    listening = KeyPlanner()
    presses = []
    notes = notes.ordered()
    for step in range(steps):
        now = np.array([step_of(t) == step for t in notes.onset])
        for i in np.flatnonzero(((step - 1) / FPS < notes.end) & (notes.end <= step / FPS)):
            later = (notes.pitch == notes.pitch[i]) & (notes.onset > notes.onset[i]) & (notes.onset <= notes.end[i])
            if not later.any():  # struck again before it ended: that end is another's
                listening.tell_end(int(notes.pitch[i]), float(notes.end[i]))
        if now.any():
            listening.tell(notes.chosen(now), ended=False)
        presses += listening.next()
    return presses, steps


def test_eleven_at_once_leave_one_out():
    notes = Notes(np.full(12, 1.0), np.full(12, 2.0), np.arange(40, 52), np.linspace(60, 100, 12))
    presses = planned(notes, 0, 40)
    assert len(presses) == 12
    assert sum(press.start == 24 for press in presses) == 10
    # the two softest follow a frame later, on fingers that let go of their keys for them
    assert sorted(press.pitch for press in presses if press.start == 25) == [40, 41]
    crowd = Notes(np.full(24, 1.0), np.full(24, 2.0), np.arange(40, 64), np.linspace(60, 100, 24))
    assert len(planned(crowd, 0, 40)) == 20


def test_a_key_comes_up_between_two_strokes():
    presses = planned(music((1.0, 1.5, 60), (1.125, 1.5, 60), (1.25, 2.0, 60)), 0, 60)
    keys = (table(presses, 60) == 60).any(axis=1)
    assert np.flatnonzero(np.diff(keys.astype(int)) == 1).tolist() == [23, 26, 29]


def test_a_stroke_one_frame_after_the_last_waits():
    """A key cannot be struck in two frames in a row: the second stroke is one frame late, a third is left out."""
    starts = [p.start for p in planned(music((1.0, 1.02, 60), (1 + 1 / 24, 1.5, 60), (1 + 2 / 24, 1.6, 60)), 0, 60)]
    assert starts == [24, 26]


def test_a_finger_that_is_crossed_lets_go():
    """Little finger on E as a score has it, ring finger on F sharp beyond it: only the thumb passes others."""
    notes, right = music((1.0, 2.0, 64), (1.5, 2.0, 66)), np.array([1, 1])
    for fingers, end in (((5, 4), 36 - GIVES_WAY), ((4, 5), 48)):
        planner = KeyPlanner(8, 8)  # a third of a second is known ahead
        planner.tell(notes, right, finger=np.array(fingers))
        presses = [press for _ in range(60) for press in planner.next()]
        assert [press.finger % FINGERS + 1 for press in presses] == list(fingers)
        assert presses[0].end == end


def test_a_finger_leaves_its_key_in_time_for_its_next_one():
    notes, right = music((1.0, 2.0, 60), (1.5, 2.0, 64)), np.array([1, 1])
    for fingers, end in (((1, 1), 36 - GIVES_WAY), ((1, 3), 48)):
        planner = KeyPlanner(0, 8)
        planner.tell(notes, right, finger=np.array(fingers))
        presses = [press for _ in range(60) for press in planner.next()]
        assert presses[0].end == end
    fast = KeyPlanner(0, 8)
    fast.tell(music((1.0, 2.0, 60), (1.0 + 4 / FPS, 2.0, 64)), right, finger=np.array([1, 1]))
    presses = [press for _ in range(60) for press in fast.next()]
    assert presses[0].end == 26  # half of the time is the note's


@pytest.mark.parametrize("ahead", [0, 28])
@pytest.mark.parametrize(("frames", "struck"), [(1, False), (12, True)])
def test_no_hand_goes_faster_than_people_do(ahead, frames, struck):
    """Both hands are at keys of two octaves; a key three octaves above is left out, or struck with time for it."""
    chord = [(1.0, 1.2, pitch) for pitch in (36, 40, 43, 48, 52, 55, 59)]
    presses = planned(music(*chord, (1.0 + frames / FPS, 2.0, 96)), ahead, 80)
    assert [p.start for p in presses if p.pitch == 96] == [24 + frames] * struck
    assert len(presses) == len(chord) + struck


def test_a_hand_takes_an_octave_and_what_lies_within_while_the_other_one_is_far_away():
    """An octave of the right hand, and a note within, a frame after the left hand's octave far below."""
    low = [(1.0, 1.2, pitch) for pitch in (34, 46)]
    presses = planned(
        music((0.5, 0.7, 80), (0.5, 0.7, 92), *low, *((1.0 + 1 / FPS, 2.0, p) for p in (80, 86, 92))), 0, 60
    )
    assert {int(HAND_OF[p.finger]) for p in presses if p.pitch >= 80} == {1}
    assert {int(HAND_OF[p.finger]) for p in presses if p.pitch < 80} == {0}


def test_what_is_out_of_reach_is_let_go():
    """The pedal's bass: the left hand leaves it for the chord above."""
    presses = planned(music((1.0, 3.0, 29), (1.5, 3.0, 53), (1.5, 3.0, 57), (1.5, 3.0, 60), (1.0, 3.0, 84)), 0, 80)
    bass = next(p for p in presses if p.pitch == 29)
    assert bass.finger < FINGERS
    assert 24 < bass.end <= 35
    treble = next(p for p in presses if p.pitch == 84)
    assert treble.finger >= FINGERS
    assert treble.end == 72


def test_a_chord_wider_than_a_hand_is_rolled_from_below():
    left_hand = np.array([29, 45, 53])  # two octaves
    notes = Notes(np.full(6, 1.0), np.full(6, 2.0), np.concatenate([left_hand, [72, 76, 84]]))
    hand = np.array([0, 0, 0, 1, 1, 1])
    presses = planned(notes, 6, 60, hand)
    start = {p.pitch: p.start for p in presses}
    assert (start[29], start[45], start[53]) == (24, 25, 25)
    assert {p.pitch: int(HAND_OF[p.finger]) for p in presses} == dict(zip(notes.pitch.tolist(), hand.tolist()))
    assert next(p for p in presses if p.pitch == 29).end == 25


def test_hands_that_a_score_gives_are_kept():
    notes = music((1.0, 1.2, 55), (1.2, 1.4, 57), (1.4, 1.6, 59), (1.6, 1.8, 60))
    for hand in (0, 1):
        presses = planned(notes, 0, 60, np.full(4, hand))
        assert {int(HAND_OF[p.finger]) for p in presses} == {hand}


def test_scales_are_fingered_in_order():
    """An octave of C major upwards in the right hand: no finger twice in a row, no crossing but with the thumb."""
    scale = [60, 62, 64, 65, 67, 69, 71, 72]
    notes = music(*((1 + 0.25 * i, 1.25 + 0.25 * i, pitch) for i, pitch in enumerate(scale)))
    fingers = [p.finger - FINGERS for p in planned(notes, 36, 100, np.ones(8, int))]
    assert min(fingers) == 0
    assert max(fingers) <= 4
    steps = np.diff(fingers)
    assert (steps != 0).all()
    assert all(step > 0 or now == 0 for step, now in zip(steps, fingers[1:]))


def test_two_voices_near_each_other_do_not_take_the_hands_through_each_other():
    """The fugue in C minor, the first book: the left hand does not reach over the right one for the upper voice."""
    onset = [0.7, 0.7, 0.9, 0.9, 1.1, 1.1, 1.3, 1.5, 1.5, 1.7, 1.9, 1.9, 2.3, 2.3, 2.5, 2.7, 2.7]
    pitch = [71, 79, 69, 78, 67, 79, 65, 63, 72, 62, 60, 75, 75, 79, 78, 74, 79]
    notes = music(*((t, t + 0.2, p) for t, p in zip(onset, pitch)))
    presses = planned(notes, 28, 100)
    assert len(presses) == len(notes)
    lower, upper = ([p for p in presses if p.finger // FINGERS == hand] for hand in (0, 1))
    assert not any(one.pitch > other.pitch and abs(one.onset - other.onset) < 0.5 for one in lower for other in upper)


def test_far_registers_are_for_their_hands():
    presses = planned(music((1.0, 1.5, 36), (1.0, 1.5, 84)), 0, 40)
    assert {p.pitch: int(HAND_OF[p.finger]) for p in presses} == {36: 0, 84: 1}
    for press in presses:  # the wrist stands where the finger reaches its key
        assert abs(KEY_X[press.pitch] - SPREAD[press.finger] - press.place) < 30


def test_notes_beyond_the_piano_are_left():
    assert planned(music((1.0, 1.5, 20), (1.0, 1.5, 109)), 0, 40) == []


def test_a_note_that_comes_late_is_struck_at_once():
    planner = KeyPlanner()
    for _ in range(30):
        planner.next()
    planner.tell(music((1.0, 1.9, 60)), ended=False)
    (press,) = planner.next()
    assert press.start == 30
    assert press.end == OPEN
    planner.tell_end(60, 1.9)
    for _ in range(20):
        planner.next()
    assert press.end == step_of(1.9)


def test_a_decision_waits_for_what_follows():
    """With the next chord known, the same note may get another finger; what is decided was the likeliest course."""
    courses = Courses.fresh()
    courses.strike(1.0, np.array([60]), np.array([1.2]))
    alone = courses.taken[0, 0].copy()
    courses.strike(1.2, np.array([62, 65, 69]), np.array([2.0] * 3))
    assert courses.undecided == 2
    taken, places = courses.decide()
    assert courses.undecided == 1
    assert (taken > 0).sum() == 1
    assert np.isfinite(places).all()
    assert (courses.cost >= 0).all()
    assert courses.cost[0] == pytest.approx(courses.cost.min())
    assert alone.max() == taken.max() == 60
