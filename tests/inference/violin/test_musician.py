"""The violinist who plays notes: bow, strings, fingers, body, whatever pieces the notes come in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_to_body.inference.violin.bow_arm import FASTEST
from audio_to_body.inference.violin.bow_settings import BowSettings
from audio_to_body.inference.violin.musician import CLOCKS, EVERY, RATE, NoteViolinist
from audio_to_body.inference.violin.posing import stage
from audio_to_body.musician.camera import FRAME_SIZE
from audio_to_body.musician.violin_ways import OPEN_STRINGS, STRING_LENGTH
from audio_to_body.skeleton.layouts import VIOLIN
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.room import joined_rooms
from tests.inference.violin.notes_played import at, notes_of, played, scale


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
