"""The bow on its strings and the hand that plucks them: where, at which angle, how fast from one to the other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_to_body.geometry.quaternion_arrays import to_matrix
from audio_to_body.inference.violin.bow_settings import BowSettings
from audio_to_body.inference.violin.musician import NoteViolinist
from audio_to_body.models.body_limits import LEAP
from audio_to_body.musician.violin_bow_arm import PLUCKS_AT, PLUCKS_FROM
from audio_to_body.skeleton.layouts import VIOLIN
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.rates import VIDEO_FPS
from tests.inference.violin.notes_played import at, notes_of, planned, played, scale


def contact_of(rows, level):
    """Millimetres that the hair is nearer to the fingerboard, late in the music."""
    return 1000 * planned(rows, 6.0, level=level)["contact"][at(4.0) : at(4.8)].mean()


def test_the_hair_is_nearer_to_the_bridge_where_it_is_loud_and_high():
    low = [(1.0 + 0.5 * i, 1.5 + 0.5 * i, 71, True) for i in range(8)]
    high = [(begin, end, 91, True) for begin, end, _, _ in low]
    assert contact_of(low, -15.0) > contact_of(low, 0.0) + 5.0
    assert contact_of(low, 0.0) > contact_of(low, 8.0) + 2.0
    assert contact_of(low, 0.0) > contact_of(high, 0.0) + 5.0


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), level=st.floats(-40, 20), length=st.floats(0.08, 3.0))
def test_bow_and_strings_are_about_at_right_angles(seed, level, length):
    rows = scale(max(2, int(6 / length)), length, seed=seed)
    contact = planned(rows, 8.0, level=level)["contact"]
    assert np.abs(contact).max() < 0.015
    assert np.abs(np.diff(contact)).max() < 0.0015  # m in a frame
    room = played(rows, 8.0, level=level).room
    frames = slice(at(1.1), at(6.5))
    hair, violin = (to_matrix(room.props[name].rotation[frames])[..., 0] for name in ("bow", "violin"))
    aslant = np.degrees(np.arcsin(np.einsum("fi,fi->f", hair, violin)))
    assert np.abs(aslant).max() < 4.1
    assert np.abs(np.diff(aslant)).max() < 1.5


@pytest.mark.parametrize("length", [0.2, 0.4])
def test_the_bow_keeps_a_string_until_the_next_one_sounds(length):
    pitches = [64, 71] * 12  # a fifth, of which no finger has both on one string
    notes = [(1.0 + i * length, 1.0 + (i + 1) * length, pitch, True) for i, pitch in enumerate(pitches)]
    string = np.round(played(notes, 1.5 + 24 * length).tracks["string"])
    moments = np.arange(at(1.0), at(1.0 + 24 * length))
    number = np.clip(np.floor((moments / VIDEO_FPS - 1.0) / length + 1e-9).astype(int), 0, 23)
    wanted = np.array([string[at(begin + 0.6 * length)] for begin, _, _, _ in notes])
    assert len(set(wanted)) == 2
    assert (string[moments] == wanted[number]).mean() > 0.9


def test_a_double_stop_lies_between_two_strings_and_a_big_chord_is_broken():
    double = played([(1.0, 2.0, 62, True), (1.0, 2.0, 71, True)], 3.0).tracks["string"]
    assert double[at(1.3)] == pytest.approx(1.5, abs=0.05)
    chord = played([(1.0, 2.5, p, True) for p in (55, 62, 71, 79)], 3.0).tracks["string"]
    assert chord[at(1.0) + 1] < 1.0
    assert chord[at(1.6)] == pytest.approx(2.5, abs=0.05)


@pytest.mark.parametrize("later", [0.06, 0.12])
def test_the_bow_hand_does_not_fly_when_a_chord_is_broken(later):
    rows = [(0.6, 2.0, 58, True)]  # so that the chord begins in the upper half, where the hand goes farthest
    rows += [(2.0, 3.5, pitch, True) for pitch in (55, 62)] + [(2.0 + later, 3.5, 79, True)]
    motion = played(rows, 4.0)
    assert motion.tracks["string"][at(2.6)] == pytest.approx(3.0, abs=0.05)
    wrist = motion.room.joints[at(1.9) : at(3.2), VIOLIN.points.index("right_wrist")]
    way = np.linalg.norm(np.diff(wrist, axis=0), axis=1)
    assert way.max() < LEAP  # metres in a frame; over all strings in one it was 0.18 and 0.19


def widest_way(frames) -> float:
    """Of the bow hand's wrist in a frame, metres."""
    return np.linalg.norm(np.diff(frames.room.joints[:, VIOLIN.index("right_wrist")], axis=0), axis=1).max()


@pytest.mark.parametrize("silence", [0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 3.5])
def test_the_bow_is_set_anew_as_far_as_a_hand_comes_in_that_rest(silence):
    first = 1.55  # a down-bow that ends near the tip
    rows = [(0.0, first, 69, True), (first + silence, first + silence + 1.0, 71, True)]
    assert widest_way(played(rows, first + silence + 3.0)) < LEAP


# of what is bowed and what is plucked: begin, end, pitch, plucked; a hand that knows 42 ms ahead must leap
PLUCKED_BETWEEN = [(0.5, 1.5, 62, False), (1.6, 2.4, 64, False), (2.9, 3.2, 66, True), (3.4, 3.8, 69, True)]
PLUCKED_BETWEEN += [(4.3, 5.0, 71, False), (9.0, 9.4, 62, True), (9.5, 10.4, 64, False)]


@pytest.mark.parametrize("latency", ["file", "usual"])
def test_a_hand_reaches_for_the_string_that_it_plucks(latency):
    begin, end, pitch, plucked = zip(*PLUCKED_BETWEEN)
    musician = NoteViolinist(BowSettings(), latency)
    musician.tell(Notes(np.array(begin), np.array(end), np.array(pitch), plucked=np.array(plucked)))
    assert widest_way(musician.play_to(at(14.0))) < LEAP  # metres in a frame; up from its rest it was 0.215


def test_a_plucked_note_moves_no_bow():
    rows = notes_of([(1.0 + 0.5 * i, 1.4 + 0.5 * i, 62 + i, True) for i in range(8)])
    plucked = Notes(rows.onset, rows.end, rows.pitch, plucked=np.ones(8, bool))
    musician = NoteViolinist(BowSettings())
    musician.tell(plucked)
    frames = musician.play_to(at(6.0))
    assert not frames.tracks["bow_speed"].any()
    violin = frames.room.props["violin"]
    tip = frames.room.joints[:, VIOLIN.right_hand[8]] - violin.translation
    along, over, aside = (np.einsum("fi,fi->f", tip, axis) for axis in np.moveaxis(to_matrix(violin.rotation), -1, 0))
    string = frames.tracks["string"]
    for onset in plucked.onset:  # the index finger is at its string, over the fingerboard's end, and comes down to it
        down, between = at(onset), at(onset + 0.25)
        assert along[down] == pytest.approx(PLUCKS_AT, abs=0.002)
        assert aside[down] == pytest.approx((string[down] - 1.5) * 0.010, abs=0.003)
        assert over[between] - over[down] > 0.8 * PLUCKS_FROM


def test_hands_go_between_bowing_and_plucking_in_time():
    bowed, plucked = [0.5, 1.0, 1.5, 2.0, 2.5, 4.8, 5.3, 5.8, 9.5], [3.3, 3.8, 4.3, 6.9, 7.4]
    onset = np.array(sorted(bowed + plucked))
    by_hand = np.isin(onset, plucked)
    musician = NoteViolinist(BowSettings())
    musician.tell(Notes(onset, onset + 0.4, np.full(len(onset), 69), plucked=by_hand))
    frames = musician.play_to(at(11.0))
    wrist = frames.room.joints[:, VIOLIN.points.index("right_wrist")]
    assert np.linalg.norm(np.diff(wrist, axis=0), axis=1).max() < 0.1  # metres in a frame; it leapt 0.35
    index = frames.room.joints[:, VIOLIN.right_hand[8]]
    string = [frames.room.props["violin"].translation[at(second)] for second in plucked]
    over = np.array([np.linalg.norm(index[at(second)] - place) for second, place in zip(plucked, string)])
    np.testing.assert_allclose(over, over[0], atol=0.005)  # at the same place of the same string for every pluck
    speed = frames.tracks["bow_speed"]
    assert all(np.abs(speed[at(second + 0.1) : at(second + 0.3)]).min() > 0 for second in bowed)
