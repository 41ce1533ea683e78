import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_to_body.avatar import measures
from audio_to_body.avatar.bones import Skeleton, mannequin_skeleton
from audio_to_body.avatar.export import resampled
from audio_to_body.avatar.retargeting import LiveRetargeter, RetargetSettings, retarget
from audio_to_body.avatar.retargeting.arms import forward_offset
from audio_to_body.avatar.retargeting.fingers import (
    BASES,
    HIGHEST,
    LARGEST_BEND,
    LARGEST_SPREAD,
    LOWEST,
    Fingers,
    relaxed_tips,
)
from audio_to_body.avatar.retargeting.pace import Paced, paced
from audio_to_body.avatar.retargeting.smoothing import filled, keep_onsets
from audio_to_body.geometry.quaternion_arrays import inverse, rotate
from audio_to_body.musician.bowing import BOW_LENGTH
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.refusal import BadInput
from tests.avatar.motions import FPS, piano_joints, piano_motion, violin_joints, violin_motion
from tests.avatar.rigs import descendants

# degrees a frame, as docs/avatars.md has it: a middle joint bends by 30, a pianist's finger root flexes and spreads
LARGEST_TURN = {"violinist": 30.01, "pianist": 32.5}


def bare(motion: Motion, points: np.ndarray) -> Motion:
    return Motion(points, np.isfinite(points).all(axis=2).astype(float), motion.fps, motion.layout, motion.frame_size)


def test_hair_lies_on_the_strings_while_the_bow_sounds(violinist):
    distances = measures.bow_to_string(violinist)
    assert distances.number == len(violinist)  # the bow strokes all the time
    assert distances.largest < 0.001  # m; a string is 0.7 mm thick


def test_the_bow_stays_in_the_hand(violinist):
    assert measures.bow_in_hand(violinist).largest < 0.012  # m, a fingertip's radius and the stick's


def test_the_stroke_is_the_players_stroke(violinist):
    truth = violin_joints()[1]["bow_position"]
    place = violinist.tracks["bow_place"] / 0.65
    assert np.corrcoef(place, truth)[0, 1] > 0.99
    assert 0.85 < np.ptp(place) / np.ptp(truth) < 1.15


def test_a_known_bow_place_is_kept():
    performance = retarget(violin_motion())
    inner = slice(8, -8)
    truth = violin_joints()[1]["bow_position"]
    moving = np.abs(violin_joints()[1]["bow_speed"]) > 0.3
    error = np.abs(performance.tracks["bow_place"] / 0.65 - truth)[inner][moving[inner]]
    assert error.max() < 0.12


def test_strokes_turn_when_they_turn(violinist):
    truth = violin_joints()[1]["bow_position"]

    def turns(x):
        return np.flatnonzero(np.diff(np.sign(np.diff(x))) != 0)

    found, wanted = turns(violinist.tracks["bow_place"]), turns(truth)
    inner = wanted[(wanted > 4) & (wanted < len(truth) - 5)]
    assert all(np.abs(found - w).min() <= 1 for w in inner)  # frames


def test_fingers_that_strike_press_their_keys(pianist):
    notes = piano_joints()[1]
    pressed = np.flatnonzero((pianist.keys > 0.005).any(axis=0)) + 21
    assert set(pressed) == {int(n[2]) for n in notes}
    assert measures.fingertip_to_key(pianist, notes).p95 < 0.006  # m


def test_known_notes_move_the_keys():
    notes = piano_joints()[1]
    performance = retarget(piano_motion(), notes=notes)
    for onset, end, pitch, _ in notes[:6]:
        frames = slice(int(np.ceil(onset * FPS)), int(end * FPS))
        assert performance.keys[frames, int(pitch) - 21].min() > 0.009
    assert measures.fingertip_to_key(performance, notes).p95 < 0.006


def test_a_camera_above_the_piano_is_found(pianist):
    pitch = np.degrees(np.arcsin(pianist.calibration.axes[2, 1]))
    assert pitch == pytest.approx(33.0, abs=4.0)


@pytest.mark.parametrize("layout", ["piano", "piano49", "hands12"])
def test_every_piano_layout_is_animated(layout):
    performance = retarget(piano_motion(layout=layout))
    assert np.isfinite(performance.rotations).all()
    moved = np.ptp(performance.joint("rightHand")[:, 0])
    assert moved == pytest.approx(np.ptp(piano_joints()[0][:, 4, 0]), rel=0.2)


@pytest.mark.parametrize("name", ["violinist", "pianist"])
def test_bones_keep_their_lengths_and_joints_their_limits(name, request):
    performance = request.getfixturevalue(name)
    assert measures.bone_length_deviation(performance) < 1e-9
    assert measures.limit_violations(performance) == 0
    turns = measures.largest_turns(performance)
    assert max(turns.values()) < LARGEST_TURN[name]
    assert max(turns[group] for group in ("trunk", "head", "collar bones", "legs")) < 5
    q = performance.rotations
    assert (np.einsum("fbi,fbi->fb", q[1:], q[:-1]) > 0).all()
    assert np.allclose(np.linalg.norm(q, axis=2), 1, atol=1e-6)


def test_joints_project_back_to_the_points(violinist, pianist):
    for performance, motion in ((violinist, violin_motion()), (pianist, piano_motion())):
        errors = measures.projection_error(performance, motion)
        assert errors["wrists"] < 0.08
        assert errors["fingertips"] < 0.10
        assert errors["elbows"] < 0.12  # shares of the shoulder width


def test_elbows_do_not_flip_under_noise():
    motion = violin_motion()
    rng = np.random.default_rng(1)
    performance = retarget(bare(motion, motion.points + rng.normal(0, 2.5, motion.points.shape)))
    turns = measures.largest_turns(performance)
    assert max(turns.values()) < LARGEST_TURN["violinist"]
    assert turns["elbows"] < 10  # swivels and bends; 7.2 measured
    assert measures.limit_violations(performance) == 0


def test_gaps_are_filled_and_missing_parts_rest():
    motion = violin_motion(48)
    points = motion.points.copy()
    points[10:20] = np.nan
    points[:, 29:] = np.nan  # no right hand at all
    performance = retarget(bare(motion, points))
    assert np.isfinite(performance.rotations).all()
    assert np.isfinite(performance.props["bow"].translation).all()


@pytest.mark.parametrize("frames", [1, 2])
def test_a_frame_or_two(frames):
    for motion in (violin_motion(frames), piano_motion(frames)):
        performance = retarget(motion)
        assert len(performance) == frames
        assert np.isfinite(performance.rotations).all()


def test_motions_that_show_nothing_are_refused():
    motion = violin_motion(4)
    with pytest.raises(BadInput, match="no known point"):
        retarget(bare(motion, np.full_like(motion.points, np.nan)))
    with pytest.raises(BadInput, match="infinite"):
        retarget(bare(motion, np.full_like(motion.points, np.inf)))
    only_hands = motion.points.copy()
    only_hands[:, :8] = np.nan
    with pytest.raises(BadInput, match="shoulders"):
        retarget(bare(motion, only_hands))


def test_live_follows_the_whole_file():
    motion = violin_motion(tracks=False)
    live = LiveRetargeter(motion)
    poses = [live.push(points) for points in motion.points]
    whole = retarget(motion)
    wrists = np.stack([live.joints(pose)[live.calibration.skeleton.index("rightHand")] for pose in poses])
    ours = whole.joint("rightHand")
    # causal smoothing is late by so many frames; apart from that the hand goes the same way
    apart = [np.median(np.linalg.norm(wrists[lag:] - ours[: len(ours) - lag], axis=1)) for lag in range(5)]
    assert int(np.argmin(apart)) <= 2
    assert min(apart) < 0.02  # m
    assert len(live.unity_bones(poses[-1])) == 52


@pytest.mark.parametrize("name", ["violinist", "pianist"])
def test_live_joints_keep_their_pace(name):
    motion = violin_motion(tracks=False) if name == "violinist" else piano_motion()
    live = LiveRetargeter(motion)
    q = np.stack([live.push(points).rotations for points in motion.points])
    turn = 2 * np.arccos(np.abs(np.einsum("fbi,fbi->fb", q[1:], q[:-1])).clip(0, 1))
    assert np.degrees(turn).max() < LARGEST_TURN[name]


def test_live_starts_anew():
    motion = piano_motion(24)
    live = LiveRetargeter(motion)
    first = [live.push(p).rotations for p in motion.points]
    live.reset()
    again = [live.push(p).rotations for p in motion.points]
    assert np.array_equal(np.stack(first), np.stack(again))


def test_forward_offset_as_the_paper_says():
    offset = forward_offset(np.array([10.0, 0.0, 6.0, 12.0]), 10.0)
    assert np.allclose(offset, [0.0, 10.0, 8.0, 0.0])  # full length: in the plane; zero: perpendicular


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=40)
def test_reachable_tips_are_reached(seed):
    rng = np.random.default_rng(seed)
    tips = np.broadcast_to(relaxed_tips(), (1, 2, 5, 3)) + rng.normal(0, 0.002, (1, 2, 5, 3))
    hands = Fingers(mannequin_skeleton(), np.array([[0.0, 0.6, 0.8]] * 2))
    missed = np.linalg.norm(hands.tips(hands.joints(tips)) - tips, axis=-1)
    assert missed[..., 1:].max() < 0.004  # m


def test_unreachable_tips_stay_within_human_limits():
    rng = np.random.default_rng(0)
    tips = BASES + rng.normal(0, 0.2, (50, 2, 5, 3))
    hands = Fingers(mannequin_skeleton(), np.array([[0.0, 0.6, 0.8]] * 2))
    joints = hands.joints(tips)
    assert np.isfinite(joints).all()
    assert (joints[..., 0] <= HIGHEST).all()
    assert (joints[..., 0] >= LOWEST).all()
    assert (np.abs(joints[..., 1]) <= LARGEST_SPREAD).all()
    assert (joints[..., 2] >= 0).all()
    assert (joints[..., 2] <= LARGEST_BEND).all()
    rotations = hands.rotations(joints)
    assert np.allclose(np.linalg.norm(rotations, axis=-1), 1, atol=1e-6)


def test_smoothing_keeps_onsets_and_quiets_rest():
    time = np.arange(96) / FPS
    clean = np.where(time > 2, 0.3, 0.0)[:, None] * [1.0, 0.0]
    noisy = clean + np.random.default_rng(0).normal(0, 0.004, clean.shape)
    smooth = keep_onsets(noisy, FPS)
    assert np.abs(smooth[50:] - clean[50:]).mean() < 0.6 * np.abs(noisy[50:] - clean[50:]).mean()
    step = np.argmax(np.diff(smooth[:, 0]))
    assert abs(step - np.argmax(np.diff(clean[:, 0]))) <= 1
    assert smooth[:, 0][time > 2 + 2 / FPS][0] > 0.27  # two frames later the step is there


def test_smoothness_is_what_it_says():
    motion = violin_motion(48, tracks=False)
    noisy = bare(motion, motion.points + np.random.default_rng(0).normal(0, 2.5, motion.points.shape))
    jerks = []
    for smoothness in (0, 1, 2):
        performance = retarget(noisy, RetargetSettings(smoothness=smoothness))
        jerks.append(measures.jerk(performance.joint("rightHand"), FPS))
    assert jerks[0] > 2.5 * jerks[1] > 2.5 * jerks[2]  # the hand trembles as its points do, and less and less


def test_gaps_between_known_frames():
    values = np.array([[0.0], [np.nan], [2.0], [np.nan]])
    assert np.allclose(filled(values)[:, 0], [0, 1, 2, 2])


@pytest.mark.parametrize("fps", [12.0, 30.0, 60.0])
def test_another_frame_rate_is_the_same_movement(violinist, fps):
    other = resampled(violinist, fps)
    assert len(other) == round(len(violinist) / 24 * fps)
    at = np.arange(len(other)) / fps
    same = np.flatnonzero(np.isclose((at * 24) % 1, 0, atol=1e-6) & (at * 24 < len(violinist) - 0.5))
    ours = other.joint("rightHand")[same]
    theirs = violinist.joint("rightHand")[np.round(at[same] * 24).astype(int)]
    assert np.abs(ours - theirs).max() < 1e-6


def test_a_keyboard_that_lies_elsewhere_is_found():
    from audio_to_body.avatar.retargeting.piano_rigging import keyboard_fit, places_held

    rng = np.random.default_rng(0)
    held = rng.integers(20, 70, (200, 10))
    held[rng.random(held.shape) < 0.7] = -1
    true = places_held(held)
    seen = (true - 0.045) / 1.08 + rng.normal(0, 0.004, held.shape)
    seen[held < 0] = np.nan
    fit = keyboard_fit()
    assert fit.moved(np.array(0.1)) == pytest.approx(0.1)  # nothing learnt, nothing moved
    for row, keys in zip(seen, held):  # frame by frame, as live
        fit.add(row[None], places_held(keys[None]))
    on = held >= 0
    assert np.abs(fit.moved(seen[on]) - true[on]).mean() < 0.005


def test_joints_keep_their_pace_and_arrive_in_time():
    step = np.array(0.5)
    wanted = np.zeros(20)
    wanted[8:12] = 2.0
    held = np.zeros(20, bool)
    held[8:12] = True
    kept = paced(wanted, step, held)
    assert np.abs(np.diff(kept)).max() <= 0.5 + 1e-12
    assert np.allclose(kept[8:12], 2.0)  # there in time, because it set out earlier
    assert np.allclose(kept[:4], 0.0)
    assert np.allclose(kept[16:], 0.0)
    live = Paced()
    late = np.concatenate([live("finger", value[None], step, held[:1]) for value in wanted])
    assert np.abs(np.diff(late)).max() <= 0.5 + 1e-12
    assert late[11] == 2.0


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=30)
def test_no_course_outruns_its_pace(seed):
    rng = np.random.default_rng(seed)
    wanted = rng.normal(0, 2.0, (30, 2, 3))
    step = np.array([0.2, 0.5, 1.0])
    kept = paced(wanted, step, rng.random((30, 2, 1)) < 0.3)
    assert (np.abs(np.diff(kept, axis=0)) <= step + 1e-9).all()
    assert np.array_equal(paced(kept, step + 1e-9, np.zeros((30, 2, 1), bool)), kept)  # nothing left to do


def test_a_finger_aimed_anywhere_does_not_spin():
    """A target that circles under the knuckle, where a finger may point straight down, turns it smoothly."""
    hands = Fingers(mannequin_skeleton(), np.array([[0.0, 0.6, 0.8]] * 2))
    angle = np.linspace(0, 2 * np.pi, 240)
    around = 0.012 * np.stack([np.cos(angle), np.sin(angle), np.zeros(240)], axis=1) - [0.0, 0.0, 0.07]
    tips = np.broadcast_to(BASES, (240, 2, 5, 3)) + around[:, None, None]
    q = hands.rotations(hands.joints(tips))[:, :, 1:, 0]
    turn = 2 * np.arccos(np.abs(np.einsum("...i,...i->...", q[1:], q[:-1])).clip(0, 1))
    assert np.degrees(turn).max() < 2.0  # the aim itself turns by 0.26 degrees a step


def test_at_rest_the_bow_stands_beside_the_violin_and_lands_in_time():
    motion = violin_motion(96, tracks=False)
    frames = np.arange(96)
    sounding = (frames >= 60) & (frames < 80)
    tracks = {"bow_lift": np.where(sounding, 0.0, 1.0), "bow_speed": np.where(sounding, 0.5, 0.0)}
    performance = retarget(Motion(motion.points, motion.confidence, FPS, "violin", motion.frame_size, tracks))
    lift = performance.tracks["lift"]
    assert (lift[sounding] == 0).all()
    assert np.abs(np.diff(lift)).max() < 0.25  # of its whole way, in a frame
    violin, bow = performance.props["violin"], performance.props["bow"]
    along_hair = np.linspace(-0.05, BOW_LENGTH, 80)[:, None] * [1.0, 0.0, 0.0]
    room = bow.translation[:, None] + rotate(bow.rotation[:, None], along_hair[None])
    local = rotate(inverse(violin.rotation)[:, None], room - violin.translation[:, None])
    off = np.hypot(local[..., 1] - 0.035, local[..., 2]).min(axis=1)  # from the strings' middle, across them
    assert off[lift > 0.95].min() > 0.045  # m
    assert off[sounding].max() < 0.02  # a string is 8 mm beside the middle, and curved bridges lift it
    assert measures.bow_to_string(performance).largest < 0.001


@pytest.mark.parametrize("size", [0.88, 1.15])
def test_hands_of_other_sizes_reach_the_keys(size):
    model = mannequin_skeleton()
    rest, tips = model.rest.copy(), model.tips.copy()
    for side in ("left", "right"):
        wrist = model.at(f"{side}Hand")
        for i in descendants(model, f"{side}Hand")[1:]:
            rest[i] = wrist + size * (model.rest[i] - wrist)
            tips[i] = wrist + size * (model.tips[i] - wrist)
    other = Skeleton(model.names, model.parents, rest, tips)
    performance = retarget(piano_motion(), RetargetSettings(fit_arms=False), other)
    assert measures.fingertip_to_key(performance, piano_joints()[1]).p95 < 0.006  # m
    assert measures.limit_violations(performance) == 0
