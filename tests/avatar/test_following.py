"""Musicians who are known in metres: the avatar takes them as they are."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from audio_to_body.avatar import measures
from audio_to_body.avatar.bones import SIDES, Skeleton, mannequin_skeleton
from audio_to_body.avatar.retargeting import LiveFollower, RetargetSettings, fingers, retarget
from audio_to_body.avatar.retargeting.following import palms_of
from audio_to_body.avatar.rig import proportioned
from audio_to_body.avatar.scene import RigMotion
from audio_to_body.geometry.quaternion_arrays import rotate
from audio_to_body.musician.hands import ROOTS, hand_points
from audio_to_body.preprocessing.virtual.plans import plan_recitals
from audio_to_body.preprocessing.virtual.recitals import VirtualRecital, make_recital
from audio_to_body.skeleton.motion import Motion, load_motion, save_motion
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.room import Prop

INSTRUMENTS = ("violin", "piano")
RIGS = {
    "mannequin": {},
    "tall": dict.fromkeys(("body", "spine", "shoulders", "upper_arm", "forearm", "hand"), 1.1),
    "wide": {"shoulders": 1.2, "upper_arm": 0.95, "forearm": 0.95},
    "small hands": {"hand": 0.85},
}


@lru_cache(maxsize=2)
def recital(instrument: str) -> tuple[VirtualRecital, Motion]:
    made = make_recital(next(p for p in plan_recitals(instrument, 1.0, 5) if p.split == "test"))
    return made, made.motion()


@lru_cache(maxsize=8)
def followed(instrument: str, rig: str | None = None) -> RigMotion:
    """On the player's own proportions, or on a rig of other ones."""
    skeleton = None if rig is None else rig_named(rig)
    return retarget(recital(instrument)[1], RetargetSettings(fit_arms=rig is None), skeleton)


def rig_named(name: str) -> Skeleton:
    return proportioned(mannequin_skeleton(), RIGS[name])


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_joints_are_where_the_player_s_are(instrument):
    errors = measures.room_errors(followed(instrument), recital(instrument)[1])
    for group in ("wrists", "elbows", "shoulders"):
        assert errors[group].p95 < 0.01
        assert errors[group].largest < 0.03  # where an arm is stretched, its collar bone helps
    assert errors["fingertips"].mean < 0.015


@pytest.mark.parametrize("rig", RIGS)
def test_hair_and_fingers_meet_the_strings_on_every_rig(rig):
    made, performance = recital("violin")[0], followed("violin", rig)
    tracks = made.recital.tracks
    sounding = np.abs(tracks["bow_speed"]) > 0.02
    assert performance.tracks["sounding"][sounding].all()
    assert measures.bow_to_string(performance).largest < 1e-4
    stops = np.where(sounding, tracks["finger_position"], 0.0)
    assert measures.fingertip_to_string(performance, tracks["string"], stops).mean < 0.004
    assert measures.bow_in_hand(performance).largest < 0.014  # a fingertip's radius and the stick's, at rest too
    # smaller hands are nearer to the strings, by what their fingers are shorter
    wrists = measures.room_errors(performance, recital("violin")[1])["wrists"]
    assert wrists.mean < (0.1 if rig == "small hands" else 0.05)


@pytest.mark.parametrize("rig", RIGS)
def test_fingers_meet_the_keys_on_every_rig(rig):
    made, motion = recital("piano")
    performance = followed("piano", rig)
    found = measures.fingertip_to_key(performance, made.recital.tracks["notes"])
    assert found.mean < 0.0035  # this player's widest chords are out of their own reach
    # larger hands stay farther from the keys, smaller ones come nearer
    wrists = measures.room_errors(performance, motion)["wrists"]
    assert wrists.mean < (0.1 if rig in ("tall", "small hands") else 0.04)
    np.testing.assert_array_equal(performance.keys, motion.room.keys.astype(float))


@pytest.mark.parametrize(("instrument", "hand", "left_out"), [("violin", 0.75, 0.5), ("piano", 0.85, 0.6)])
def test_a_wrist_goes_where_its_fingers_lack(instrument, hand, left_out, monkeypatch):
    """Fingers of smaller hands come nearer to where the player's are than with a wrist that keeps its place."""
    made, motion = recital(instrument)
    small = proportioned(mannequin_skeleton(), {"hand": hand})
    moved = retarget(motion, RetargetSettings(fit_arms=False), small)
    monkeypatch.setattr(fingers, "YIELDING", 0)
    kept = retarget(motion, RetargetSettings(fit_arms=False), small)
    if instrument == "violin":
        tracks = made.recital.tracks
        stops = np.where(np.abs(tracks["bow_speed"]) > 0.02, tracks["finger_position"], 0.0)
        off = [measures.fingertip_to_string(one, tracks["string"], stops).p95 for one in (moved, kept)]
    else:
        off = [measures.room_errors(one, motion)["fingertips"].mean for one in (moved, kept)]
    assert off[0] < left_out * off[1]
    apart = np.linalg.norm(moved.joint("rightHand") - kept.joint("rightHand"), axis=1)
    assert apart.max() < fingers.FARTHEST + 1e-6
    if instrument == "violin":
        assert apart.max() < 1e-9  # the right hand goes with the bow


@pytest.mark.parametrize("rig", [None, *RIGS])
@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_bones_keep_their_lengths_and_joints_their_limits(instrument, rig):
    performance = followed(instrument, rig)
    assert measures.bone_length_deviation(performance) < 1e-9
    assert measures.limit_violations(performance) == 0
    q = performance.rotations
    assert (np.einsum("fbi,fbi->fb", q[1:], q[:-1]) > 0).all()


def test_the_violin_points_where_the_player_s_points():
    assert measures.violin_turned(followed("violin"), recital("violin")[1]).largest < 0.1


def test_feet_stand_on_the_floor_and_the_bench_is_under_the_pianist():
    violinist, pianist = followed("violin"), followed("piano")
    for side in SIDES:
        ankle = violinist.joint(f"{side}Foot")[:, 1]
        assert np.ptp(ankle) < 0.01
        assert 0.05 < ankle.mean() < 0.12
    assert 0.40 < pianist.bench_height < 0.60
    assert abs(pianist.bench_height + 0.095 - np.median(pianist.root[:, 1])) < 1e-9


def test_a_pianist_s_elbows_stay_beside_the_body():
    """They are the player's own: never over the keys."""
    performance = followed("piano")
    for side in SIDES:
        assert performance.joint(f"{side}LowerArm")[:, 2].max() < -0.05  # m; the keys begin at 0


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_live_is_the_whole_frame_by_frame(instrument):
    motion, whole = recital(instrument)[1], followed(instrument)
    live = LiveFollower(motion)
    for i in range(0, len(motion), 7):
        pose = live.push(motion.room[i : i + 1])
        assert np.allclose(np.abs(np.einsum("bi,bi->b", pose.rotations, whole.rotations[i])), 1, atol=1e-9)
        np.testing.assert_allclose(pose.root, whole.root[i], atol=1e-9)
        for name, (place, _) in pose.props.items():
            np.testing.assert_allclose(place, whole.props[name].translation[i], atol=1e-9)


def test_a_joint_that_is_lost_live_stays_where_it_was():
    motion = recital("violin")[1]
    live = LiveFollower(motion)
    before = live.push(motion.room[10:11])
    joints = np.array(motion.room.joints[10:11])
    joints[0, 4] = np.nan
    after = live.push(replace(motion.room[10:11], joints=joints))
    np.testing.assert_allclose(after.rotations, before.rotations, atol=1e-9)


def test_gaps_of_a_file_are_filled(tmp_path):
    motion = recital("violin")[1]
    joints = np.array(motion.room.joints)
    joints[20:24] = np.nan
    path = tmp_path / "gap.npz"
    save_motion(replace(motion, room=replace(motion.room, joints=joints)), path)
    performance = retarget(load_motion(path))
    assert np.isfinite(performance.rotations).all()
    away = performance.joint("rightHand")[20:24] - followed("violin").joint("rightHand")[20:24]
    assert np.linalg.norm(away, axis=1).max() < 0.05  # m


def test_a_room_that_cannot_be_played_is_refused_in_one_sentence():
    motion = recital("violin")[1]
    props = {"violin": motion.room.props["violin"]}
    with pytest.raises(BadInput, match="does not say where the bow is: it needs place_bow and turn_bow"):
        retarget(replace(motion, room=replace(motion.room, props=props)))
    joints = np.array(motion.room.joints)
    joints[:, 3] = np.nan
    with pytest.raises(BadInput, match="knows right_elbow in no frame"):
        retarget(replace(motion, room=replace(motion.room, joints=joints)))
    with pytest.raises(BadInput, match="known in pixels alone"):
        LiveFollower(replace(motion, room=None))


def test_a_keyboard_that_stands_elsewhere_comes_with_its_player():
    """The same music two metres aside and one above."""
    motion = recital("piano")[1]
    away = np.array([2.0, 1.0, -0.5], np.float32)
    keyboard = motion.room.props["keyboard"]
    moved = replace(
        motion.room,
        joints=motion.room.joints + away,
        props={"keyboard": Prop(keyboard.translation + away, keyboard.rotation)},
    )
    performance = retarget(replace(motion, room=moved))
    np.testing.assert_allclose(performance.joint("leftHand"), followed("piano").joint("leftHand"), atol=1e-5)


def test_the_paper_s_hands_are_still_there_for_motions_in_metres():
    motion = recital("violin")[1]
    papers = retarget(motion, RetargetSettings(hands="paper"))
    assert papers.calibration is not None
    assert followed("violin").calibration is None


@pytest.mark.parametrize("side", [0, 1])
def test_palms_are_found_from_the_knuckles(side):
    rng = np.random.default_rng(side)
    forward, thumb = np.linalg.qr(rng.normal(size=(3, 3)))[0][:2]
    back = np.cross(thumb, forward) if side == 0 else np.cross(forward, thumb)
    palm = np.stack([forward, thumb, back])
    wrist = rng.normal(size=3)
    tips = wrist + (1.8 * ROOTS) @ palm
    hand = hand_points(wrist[None], palm[None], tips[None], scale=1.07)
    roots = np.tile(hand[:, [1, 5, 9, 13, 17]][:, None], (1, 2, 1, 1))
    found = palms_of(np.tile(wrist, (1, 2, 1)), roots)[0, side]
    np.testing.assert_allclose(found, palm.T, atol=1e-9)


def test_another_rate_keeps_the_place():
    from audio_to_body.avatar.export import resampled

    performance = followed("violin")
    faster = resampled(performance, 60.0)
    assert faster.origin is performance.origin
    tip = faster.props["bow"].translation[:1] + rotate(faster.props["bow"].rotation[:1], np.array([0.65, 0.0, 0.0]))
    assert np.isfinite(tip).all()


@pytest.mark.parametrize("style", ["vrm0", "words"])
def test_figures_of_other_makers_follow_too(style, tmp_path):
    from audio_to_body.avatar.own_avatar import read_avatar
    from tests.avatar.rigs import foreign_avatar

    own = read_avatar(foreign_avatar(tmp_path / "other.glb", style, fingers=style != "words"))
    for instrument in INSTRUMENTS:
        made, motion = recital(instrument)
        performance = retarget(motion, RetargetSettings(fit_arms=False), own.skeleton)
        assert measures.bone_length_deviation(performance) < 1e-9
        assert measures.limit_violations(performance) == 0
        assert measures.room_errors(performance, motion)["wrists"].mean < 0.04
        if instrument == "violin":
            assert measures.bow_to_string(performance).largest < 1e-4
        else:
            assert measures.fingertip_to_key(performance, made.recital.tracks["notes"]).mean < 0.0035


def test_who_has_short_arms_sits_nearer_to_the_keys():
    short = retarget(
        recital("piano")[1],
        RetargetSettings(fit_arms=False),
        proportioned(mannequin_skeleton(), {"upper_arm": 0.85, "forearm": 0.85}),
    )
    nearer = np.median(short.root[:, 2]) - np.median(followed("piano", "mannequin").root[:, 2])
    assert 0.02 < nearer < 0.15
