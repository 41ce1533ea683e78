"""Notes in, frames out: every note is a press, whatever the pieces."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_to_body.inference.piano.from_notes import play_notes
from audio_to_body.inference.piano.planner import HandMemory, HandPlanner, HandSettings
from audio_to_body.inference.piano.player import CLOCKS, FILE, LOW, USUAL, PianoPlayer
from audio_to_body.models.key_presses import measured_presses, pressed_notes
from audio_to_body.musician.hand_model import SEAT, SURFACE, viewed_from
from audio_to_body.musician.piano_keys import KEY_HEIGHT, LOWEST
from audio_to_body.reproduce.strip_pieces import boogie
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.refusal import BadInput
from tests.inference.piano.stand_in import StandIn
from tests.inference.piano.test_presses import any_notes


@pytest.mark.parametrize("latency", [FILE, USUAL, LOW])
def test_every_note_of_a_boogie_is_pressed(latency):
    notes = boogie(4)
    motion = play_notes(notes, StandIn(), latency=latency)
    measured = measured_presses(motion.tracks["keys_pressed"], notes, motion.tracks["hands_mm"])
    assert measured.frame.f1 == 1.0
    assert measured.close.f1 == 1.0
    assert measured.wrong_a_minute == 0.0
    if latency != LOW:
        assert measured.leaving_time > 20
        assert measured.ready_share >= 0.95
    assert np.isfinite(motion.points).all()
    assert motion.points.shape[1:] == (50, 2)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**16), notes=any_notes(), latency=st.sampled_from(sorted(CLOCKS)))
def test_pieces_and_pauses_change_nothing(seed, notes, latency):
    """Steps in pieces of any number, saved and restored between them."""
    count = int(24 * notes.onset.max()) + 50
    whole = PianoPlayer(StandIn(), latency)
    whole.tell(notes)
    expected = whole.play_to(count)
    player = PianoPlayer(StandIn(), latency)
    player.tell(notes)
    parts, rng = [], np.random.default_rng(seed)
    left = count + player.clock.delay
    while left:
        steps = min(left, int(rng.integers(0, 40)))
        parts.append(player.play(steps))
        left -= steps
        if rng.random() < 0.3:
            state, player = player.state(), PianoPlayer(StandIn(), latency)
            player.restore(state)
    got = np.concatenate([part.points for part in parts])
    # a part's fingers are computed together with others: rounding
    np.testing.assert_allclose(got, expected.points, atol=1e-3)
    for name, values in expected.tracks.items():
        np.testing.assert_allclose(np.concatenate([part.tracks[name] for part in parts]), values, atol=1e-3)


@pytest.mark.parametrize("latency", [FILE, USUAL, LOW])
def test_notes_told_as_they_become_known(latency):
    """As a listener tells them, a little behind the sound and without their ends: the same frames as all at once."""
    notes = boogie(2).ordered()
    told = PianoPlayer(StandIn(), latency)
    told.tell(notes, ended=False)
    for i in np.argsort(notes.end):
        told.tell_end(int(notes.pitch[i]), float(notes.end[i]))
    expected = told.play_to(220)
    player, parts, ended = PianoPlayer(StandIn(), latency), [], 0
    ends = notes.chosen(np.argsort(notes.end))
    for until in np.arange(0.0, 12.0, 1 / 48):
        player.tell(notes.between(until - 1 / 48, until), ended=False)
        while ended < len(ends) and ends.end[ended] < until:
            player.tell_end(int(ends.pitch[ended]), float(ends.end[ended]))
            ended += 1
        parts.append(player.play_until(float(until)))
        behind = until - (player.frame - 1) / 24
        assert until < 1 or behind < player.clock.seconds + 1 / 24 + 1 / 48
    got = np.concatenate([part.points for part in parts])[:220]
    np.testing.assert_allclose(got, expected.points[: len(got)], atol=1e-3)


def test_low_latency_waits_less():
    seconds = {name: clock.seconds for name, clock in CLOCKS.items()}
    assert seconds[LOW] < 0.02 < seconds[USUAL] < 0.2 < seconds[FILE]


def test_hands_that_know_less_ahead_follow_the_net_more_gently():
    rest = np.tile(np.array([300.0, 200.0]), (12, 1))
    wanted = np.tile((rest + [60.0, 0.0]).ravel(), (12, 1))  # the net calls both hands to the right at once
    went = {}
    for name, clock in CLOCKS.items():
        memory = HandMemory.fresh()
        planner = HandPlanner(clock.calmed(HandSettings(gain=1.0)), 24.0, rest, clock.delay)
        planner.plan(np.tile(rest.ravel(), (1, 1)), 0, [], memory)
        went[name] = planner.plan(wanted, 1, [], memory).points[:, 0, 0] - 300
    assert np.all(went[FILE] > went[USUAL])
    np.testing.assert_array_equal(went[USUAL], went[LOW])
    assert went[LOW][-1] > 30, "half a second later most of the way is gone"


def test_presses_as_notes_and_their_measure():
    keys = np.zeros((48, 10), int)
    keys[10:20, 6] = 60
    keys[20:24, 6] = 62
    keys[26:30, 7] = 60
    notes = pressed_notes(keys)
    assert notes.onset.tolist() == pytest.approx([10 / 24, 20 / 24, 26 / 24])
    assert notes.pitch.tolist() == [60, 62, 60]
    assert notes.end.tolist() == pytest.approx([20 / 24, 1.0, 30 / 24])
    measured = measured_presses(keys, Notes(np.array([10.4, 28.0]) / 24, np.ones(2) * 2, np.array([60, 60])))
    assert (measured.close.right, measured.near.right, measured.frame.right) == (1, 2, 1)
    assert measured.wrong_a_minute == pytest.approx(30.0)  # one in two seconds
    both = measured + measured
    assert both.close.f1 == measured.close.f1
    assert both.seconds == 4.0


def test_another_model_is_refused():
    for change in ({"target_names": ["x"]}, {"features": "mfcc28"}, {"extra": {}}, {"upsample": 4}):
        other = StandIn()
        other.card = SimpleNamespace(**{**vars(StandIn.card), **change})
        with pytest.raises(BadInput, match=r"version|video's rate"):
            PianoPlayer(other)
    with pytest.raises(BadInput, match="unknown latency"):
        PianoPlayer(StandIn(), "soon")


def test_a_damaged_memory_is_refused():
    """Nothing that is missing, is no number or has another shape goes on; nor keys and fingers that are not there."""
    player = PianoPlayer(StandIn())
    player.tell(boogie(2), ended=False)
    player.play(60)
    state = player.state()
    for name, value in state.items():
        broken = {key: other for key, other in state.items() if key != name}
        with pytest.raises(KeyError):
            PianoPlayer(StandIn()).restore(broken)
        with pytest.raises((ValueError, TypeError)):
            PianoPlayer(StandIn()).restore(broken | {name: value[None]})
        if value.dtype.kind == "f" and value.size and name != "hands_place":  # which is none before the first frame
            with pytest.raises(ValueError, match=r"number|wait|net's"):
                PianoPlayer(StandIn()).restore(broken | {name: np.full_like(value, np.nan)})
    for name, at, wrong in (
        ("keys_presses", (0, 0), 10),  # an eleventh finger
        ("keys_presses", (0, 1), 20),  # a key below the lowest
        ("keys_groups", (0, 2), 3),
        ("keys_courses_taken", (0, 0, 0), 99),
        ("keys_courses_key", (0, 0), 200),
        ("touch_key", 0, -1),
        ("keys_held", 0, 10**6),
        ("keys_steps", 1, 0),
    ):
        broken = {key: value.copy() for key, value in state.items()}
        broken[name][at] = wrong
        with pytest.raises(ValueError, match="pianist"):
            PianoPlayer(StandIn()).restore(broken)
    with pytest.raises(ValueError, match="another latency"):
        PianoPlayer(StandIn(), LOW).restore(player.state())


def test_the_room_is_what_the_camera_sees_and_its_keys_are_those_that_are_pressed():
    motion = play_notes(boogie(2), StandIn())
    room, pressed = motion.room, motion.tracks["keys_pressed"]
    assert room is not None
    about_hips = room.joints - np.array([0.0, KEY_HEIGHT - SURFACE, 0.0])
    np.testing.assert_allclose(viewed_from().project(about_hips), motion.points, atol=0.01)
    down = {(frame, LOWEST + key) for frame, key in np.argwhere(room.keys > 0)}
    assert down == {(frame, pitch) for frame, fingers in enumerate(pressed) for pitch in fingers.tolist() if pitch}
    np.testing.assert_allclose(room.props["keyboard"].translation, np.tile([0.0, KEY_HEIGHT, SEAT], (len(room), 1)))
