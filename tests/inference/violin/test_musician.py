"""The violinist who plays notes: bow, strings, fingers, body, whatever pieces the notes come in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_to_body.geometry.quaternion_arrays import to_matrix
from audio_to_body.inference.violin.bow_arm import FASTEST
from audio_to_body.inference.violin.bow_settings import BowSettings
from audio_to_body.inference.violin.left_hand import in_order, lifted
from audio_to_body.inference.violin.memory import BowMemory
from audio_to_body.inference.violin.musician import CLOCKS, EVERY, RATE, NoteViolinist
from audio_to_body.inference.violin.planner import PLAN, ViolinPlanner
from audio_to_body.inference.violin.posing import stage
from audio_to_body.musician.camera import FRAME_SIZE
from audio_to_body.musician.violin_bow_arm import PLUCKS_AT, PLUCKS_FROM
from audio_to_body.musician.violin_ways import OPEN_STRINGS, STRING_LENGTH
from audio_to_body.skeleton.layouts import VIOLIN
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.room import joined_rooms


def notes_of(rows):
    """Notes of (begin s, end s, pitch, begins a stroke)."""
    begin, end, pitch, stroke = (np.array(column) for column in zip(*rows))
    return Notes(begin, end, pitch, stroke=stroke)


def scale(count=24, length=0.4, start=1.0, seed=0):
    rng = np.random.default_rng(seed)
    return [(start + i * length, start + (i + 1) * length, int(rng.integers(55, 85)), True) for i in range(count)]


def at(seconds):
    return round(seconds * VIDEO_FPS)


def played(rows, seconds, habits=None, latency="file", level=0.0):
    musician = NoteViolinist(habits or BowSettings(), latency)
    musician.tell(notes_of(rows))
    levels = np.full(at(seconds), -60.0)
    for begin, end, _, _ in rows:
        levels[at(begin) : at(end) + 1] = level
    musician.tell_levels(levels)
    return musician.play_to(at(seconds))


@pytest.mark.parametrize("latency", CLOCKS)
def test_strokes_alternate_at_the_notes_and_begin_down_bow(latency):
    notes = scale()
    speed = played(notes, 12.0, latency=latency).tracks["bow_speed"]
    for i, (begin, end, _, _) in enumerate(notes):
        middle = speed[at(begin + 0.1) : at(end - 0.1) + 1]
        assert np.all(np.sign(middle) == (1 if i % 2 == 0 else -1)), f"note {i}"


def test_a_slur_is_one_stroke():
    notes = [(1.0 + 0.3 * i, 1.3 + 0.3 * i, 70 + i, i % 3 == 0) for i in range(9)]
    speed = played(notes, 5.0).tracks["bow_speed"]
    signs = np.sign(speed[np.abs(speed) > 0.05])
    assert (np.diff(signs) != 0).sum() == 2
    assert np.all(np.sign(speed[at(1.1) : at(1.8)]) == 1)


@pytest.mark.parametrize("latency", CLOCKS)
@pytest.mark.parametrize(
    ("upper", "later", "strokes"),
    [
        ((71, 79), 0.12, 2),  # G3 D4, then B4 G5: a chord, and the note after it
        ((71,), 0.12, 2),
        ((71, 79), 0.24, 3),  # too late for a chord
        ((60,), 0.12, 3),  # not above the strings that sound
        ((64,), 0.12, 3),  # the next note of a scale, while another string still rings
    ],
)
def test_a_chord_that_is_broken_upwards_is_one_stroke(latency, upper, later, strokes):
    rows = [(1.0, 1.8, 55, True), (1.0, 1.8, 62, True)]
    rows += [(1.0 + later, 1.8, pitch, True) for pitch in upper] + [(1.8, 2.4, 74, True)]
    speed = played(rows, 3.0, latency=latency).tracks["bow_speed"]
    signs = np.sign(speed[np.abs(speed) > 0.05])
    assert 1 + (np.diff(signs) != 0).sum() == strokes


BARIOLAGE = (57, 69)  # a stopped G string and a stopped D string, as in Bach's Preludio
LEAPS = (58, 79, 65, 76)  # over all strings, two and three at a time


@pytest.mark.parametrize("latency", CLOCKS)
@pytest.mark.parametrize(("pitches", "farthest"), [(BARIOLAGE, 0.035), (LEAPS, 0.090)])
def test_fast_crossings_do_not_pump_the_elbow(latency, pitches, farthest):
    notes = [(1.0 + 0.125 * i, 1.125 + 0.125 * i, pitches[i % len(pitches)], True) for i in range(64)]
    elbow = played(notes, 10.0, latency=latency).room.joints[at(1.5) : at(8.5), VIOLIN.points.index("right_elbow")]
    way = np.linalg.norm(np.diff(elbow, axis=0), axis=1)
    # metres in a frame; the whole arm along with the bow went up to 0.057 and 0.127
    assert way.max() < farthest


def test_a_repeated_pitch_is_a_stroke_even_if_none_was_heard():
    speed = played([(1.0, 1.5, 70, True), (1.5, 2.0, 70, False)], 3.0).tracks["bow_speed"]
    assert speed[at(1.25)] > 0 > speed[at(1.75)]


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 1000),
    level=st.floats(-40, 20),
    length=st.floats(0.03, 5.0),
    amplitude=st.floats(0.2, 3.0),
    latency=st.sampled_from(sorted(CLOCKS)),
)
def test_the_bow_never_leaves_its_hair_nor_jumps(seed, level, length, amplitude, latency):
    rows = scale(count=max(2, int(8 / length)), length=length, seed=seed)
    frames = played(rows, rows[-1][1] + 2.0, BowSettings(amplitude=amplitude), latency, level)
    position, speed = frames.tracks["bow_position"], frames.tracks["bow_speed"]
    assert position.min() >= 0.0
    assert position.max() <= 1.0
    assert np.abs(speed).max() <= FASTEST + 1e-6
    # lifted and set anew it may go a little faster, but never jumps
    assert np.abs(np.diff(position)).max() * VIDEO_FPS < 6.0
    assert np.isfinite(frames.points).all()
    assert frames.points.min() >= 0
    assert np.all(frames.points.max(axis=(0, 1)) <= np.array(FRAME_SIZE))


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 1000),
    latency=st.sampled_from(sorted(CLOCKS)),
    pieces=st.lists(st.floats(0.0, 2.0), max_size=10),
    saved=st.booleans(),
)
def test_any_pieces_give_the_same_frames(seed, latency, pieces, saved):
    rng = np.random.default_rng(seed)
    rows = [(b, e, p, bool(rng.random() < 0.7)) for b, e, p, _ in scale(30, 0.21, seed=seed)]
    rows += [(b, e, p + 7, True) for b, e, p, _ in rows[::5]]  # double stops
    notes, seconds = notes_of(rows).ordered(), 8.0
    levels = rng.normal(0, 6, at(seconds) + 2)
    whole = NoteViolinist(BowSettings(), latency)
    whole.tell(notes)
    whole.tell_levels(levels)
    wanted = whole.play_to(at(seconds))
    musician, until, parts = NoteViolinist(BowSettings(), latency), 0.0, []
    told = 0  # levels
    for piece in [*pieces, seconds]:
        before, until = until, min(until + piece, seconds)
        # levels come before the notes are known, and ends when they are
        musician.tell_levels(levels[told : at(until) + 2])
        told = at(until) + 2
        musician.tell(notes.between(before, until), ended=False)
        for pitch, end in zip(notes.pitch.tolist(), notes.end.tolist()):
            if before <= end < until:
                musician.tell_end(pitch, end)
        parts.append(musician.play_until(until) if until < seconds else musician.play_to(at(seconds)))
        if saved:
            state = {name: value.copy() for name, value in musician.state().items()}
            musician = NoteViolinist(BowSettings(), latency)
            musician.restore(state)
    assert [part.first for part in parts] == np.cumsum([0, *[len(part) for part in parts[:-1]]]).tolist()
    for name, values in wanted.tracks.items():
        np.testing.assert_array_equal(np.concatenate([part.tracks[name] for part in parts]), values, err_msg=name)
    np.testing.assert_allclose(np.concatenate([part.points for part in parts]), wanted.points, atol=1e-3)


def test_rests_lift_the_bow_and_the_next_stroke_is_down_from_near_the_frog():
    again = 1.0 + 5 * 0.4 + 4.0
    tracks = played([*scale(count=5), *scale(count=3, start=again)], again + 3.0).tracks
    assert np.all(tracks["bow_speed"][at(again - 2.5) : at(again - 0.6)] == 0)
    assert tracks["bow_lift"][at(again - 1.2)] > 0.5
    entry = at(again) + 1
    assert tracks["bow_lift"][entry] == 0.0
    assert tracks["bow_position"][entry] == pytest.approx(BowSettings().start, abs=0.05)
    assert tracks["bow_speed"][entry + 3] > 0


def test_silence_moves_nothing():
    musician = NoteViolinist(BowSettings())
    tracks = musician.play_to(150).tracks
    assert not tracks["bow_speed"].any()
    assert np.ptp(tracks["bow_position"]) < 0.1
    assert tracks["bow_lift"][-1] == pytest.approx(1.0)


@pytest.mark.parametrize("latency", ["file", "usual"])
def test_strings_and_stops_are_those_of_the_notes(latency):
    notes = [(1.0, 1.5, 57, True), (1.5, 2.0, 79, True), (2.0, 2.5, 71, True), (2.5, 3.0, 62, True)]
    tracks = played(notes, 4.0, latency=latency).tracks
    for begin, _, pitch, _ in notes:
        frame = at(begin) + 2
        string = round(float(tracks["string"][frame]))
        semitones = 12 * np.log2(STRING_LENGTH / (STRING_LENGTH - tracks["finger_position"][frame]))
        assert OPEN_STRINGS[string] + semitones == pytest.approx(pitch, abs=0.01)


def planned(rows, seconds, latency="file", level=0.0):
    """The plan of every frame, by :data:`PLAN`'s names: of fingers ``[frames, 4]``."""
    planner = ViolinPlanner(BowSettings(), RATE, CLOCKS[latency].lead, CLOCKS[latency].chord)
    planner.hearing.tell(notes_of(rows), True)
    planner.hearing.tell_levels(np.full(at(seconds) + 1, level))
    table = planner.plan(at(seconds) * EVERY, BowMemory(), EVERY)
    of = {name: table[:, i] for i, name in enumerate(PLAN)}
    return of | {
        what: np.stack([of[f"{what}_{f}"] for f in range(1, 5)], axis=1) for what in ("down", "over", "reach")
    }


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), length=st.floats(0.12, 0.6), latency=st.sampled_from(sorted(CLOCKS)))
def test_fingers_keep_their_order(seed, length, latency):
    plan = planned(scale(40, length, seed=seed), 2.0 + 40 * length, latency)
    passed = np.diff(plan["reach"], axis=1) < -0.05
    # but two that are down at once, on two strings
    assert not (passed & (np.minimum(plan["down"][:, 1:], plan["down"][:, :-1]) < 0.5)).any()


def test_in_a_shift_all_fingers_go_with_the_hand():
    # on the E string from the first position an octave up, and back
    rows = [(1.0, 2.0, 78, True), (2.0, 3.0, 90, True), (3.0, 4.0, 78, True)]
    plan = planned(rows, 5.0)
    place, reach = plan["place"], plan["reach"]
    assert np.ptp(place[at(1.5) : at(2.5)]) > 6.0
    span = reach[at(1.2) : at(3.8)] - place[at(1.2) : at(3.8), None]
    assert np.abs(np.diff(span, axis=0)).max() < 1.6  # semitones in a frame; the hand goes 2.9
    for begin, stop in ((1.0, 2), (2.0, 14)):
        frames = slice(at(begin + 0.05), at(begin + 0.8))
        down = plan["down"][frames] > 0.99
        assert down.any(axis=1).all()
        assert np.abs(np.where(down, reach[frames], stop) - stop).max() < 0.01


def test_a_finger_goes_over_the_strings():
    assert lifted(1.0, 2.0) == 1.0
    assert lifted(1.0, 1.5) == pytest.approx(0.5)
    assert in_order([1.0, 0.0, 0.0, 0.0], [6.0, 4.0, 5.5, 7.5]) == pytest.approx([6.0, 6.3, 6.6, 7.5])
    assert in_order([1.0, 1.0, 0.0, 0.0], [3.0, 3.0, 5.5, 7.5]) == [3.0, 3.0, 5.5, 7.5]


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
    assert way.max() < 0.15  # metres in a frame; over all strings in one it was 0.18 and 0.19


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


def test_a_long_note_changes_the_bow_instead_of_running_out():
    speed = played([(1.0, 21.0, 69, True)], 22.0, latency="usual").tracks["bow_speed"]
    moving = speed[at(1.2) : at(20.8)]
    assert (np.abs(moving) > 0.02).mean() > 0.85
    assert (np.diff(np.sign(moving[np.abs(moving) > 0.02])) != 0).sum() >= 1


def test_the_bow_follows_the_loudness():
    notes = scale()
    soft, loud = (np.abs(played(notes, 12.0, level=db).tracks["bow_speed"]).mean() for db in (-12.0, 3.0))
    assert 1.5 < loud / soft < 5


def test_amplitude_and_smoothness_do_what_they_say():
    notes = scale()
    small, large = (
        np.abs(played(notes, 12.0, BowSettings(amplitude=a)).tracks["bow_speed"]).mean() for a in (0.5, 1.0)
    )
    assert 0.4 < small / large < 0.6
    sharp, soft = (
        np.abs(np.diff(played(notes, 12.0, BowSettings(smoothness=s)).tracks["bow_speed"])).max() for s in (0.6, 3.0)
    )
    assert soft < 0.8 * sharp


def test_the_bow_hand_goes_with_the_bow_and_bones_keep_their_lengths():
    frames = played(scale(), 12.0)
    points = frames.points[at(1.5) : at(10.0)]
    bridge = (points[:, VIOLIN.index("left_shoulder")] + points[:, VIOLIN.index("left_wrist")]) / 2
    apart = np.linalg.norm(points[:, VIOLIN.index("right_wrist")] - bridge, axis=-1)
    # the farther the contact from the frog, the farther the hand from the bridge
    assert np.corrcoef(apart, frames.tracks["bow_position"][at(1.5) : at(10.0)])[0, 1] > 0.8
    body = stage()[0].body
    elbow, right, left = (points[:, VIOLIN.index(n)] for n in ("right_elbow", "right_shoulder", "left_shoulder"))
    upper, across = np.linalg.norm(elbow - right, axis=-1), np.linalg.norm(left - right, axis=-1)
    # seen in projection a bone is never longer than it is, up to the nearness of the camera
    assert upper.max() / across.mean() < 1.25 * body.upper_arm / body.shoulders
    # 0.6 shoulder widths a frame are 5.5 m/s; hands reach about 4
    assert np.linalg.norm(np.diff(points, axis=0), axis=-1).max() < 0.6 * across.mean()


def test_a_damaged_state_is_refused():
    musician = NoteViolinist(BowSettings())
    musician.tell(notes_of(scale()))
    musician.play_until(5.0)
    state = musician.state()
    for name in state:
        broken = {key: value for key, value in state.items() if key != name}
        with pytest.raises((KeyError, ValueError)):
            NoteViolinist(BowSettings()).restore(broken)
    for name in ("memory_numbers", "memory_fingers", "heard_heard"):
        broken = dict(state) | {name: np.full_like(state[name], np.nan)}
        with pytest.raises((KeyError, ValueError)):
            NoteViolinist(BowSettings()).restore(broken)


def test_impossible_habits_and_clocks_are_refused():
    for bad in ({"amplitude": -1}, {"speed": "much"}, {"centre": float("nan")}):
        with pytest.raises(BadInput, match="impossible habits"):
            BowSettings.from_dict(bad)
    assert BowSettings.from_dict({"amplitude": "0.5", "unknown": 3}).amplitude == 0.5
    with pytest.raises(BadInput, match="unknown latency 'soon'; known: file, usual, low"):
        NoteViolinist(BowSettings(), "soon")
    assert RATE == EVERY * VIDEO_FPS


def test_the_points_are_the_room_as_the_camera_sees_it():
    player, camera = stage()
    frames = played(scale(), 6.0)
    about_hips = frames.room.joints - np.array([0.0, player.body.hips, 0.0])
    np.testing.assert_allclose(camera.project(about_hips), frames.points, atol=0.01)
    assert set(frames.room.props) == {"violin", "bow"}


def test_the_bow_of_the_room_goes_as_the_track_says():
    frames = played(scale(), 10.0)
    bow, violin = frames.room.props["bow"], frames.room.props["violin"]
    on = slice(at(1.5), at(9.0))
    to_bridge = np.linalg.norm(bow.translation - violin.translation, axis=1)
    assert np.corrcoef(to_bridge[on], frames.tracks["bow_position"][on])[0, 1] > 0.95


def test_the_room_is_the_same_in_pieces():
    def rooms(ends):
        musician = NoteViolinist(BowSettings())
        musician.tell(notes_of(scale()))
        musician.tell_levels(np.zeros(at(12.0)))
        return joined_rooms([musician.play_to(at(seconds)).room for seconds in ends])

    whole, parts = rooms([8.0]), rooms([1.0, 1.1, 3.3, 8.0])
    np.testing.assert_allclose(parts.joints, whole.joints, atol=1e-6)
    for name, prop in whole.props.items():
        np.testing.assert_allclose(parts.props[name].translation, prop.translation, atol=1e-6)
        np.testing.assert_allclose(parts.props[name].rotation, prop.rotation, atol=1e-6)
        assert np.abs(np.diff(prop.rotation, axis=0)).max() < 0.3  # signs go on
