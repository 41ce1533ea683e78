"""Live frames as bones: a page needs no retargeting of its own."""

from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.avatar import measures
from audio_to_body.avatar.bones import Skeleton
from audio_to_body.avatar.kinematics import forward
from audio_to_body.avatar.live_bones import LiveBones
from audio_to_body.inference.live.frame import LiveFrame
from audio_to_body.skeleton.motion import Motion
from tests.avatar.motions import piano_motion, violin_motion
from tests.avatar.test_following import INSTRUMENTS, followed, recital


def frames_of(motion: Motion) -> list[LiveFrame]:
    room = motion.room
    return [
        LiveFrame(i, i / motion.fps, points, {}, None if room is None else room[i : i + 1])
        for i, points in enumerate(motion.points)
    ]


def placed(told: dict, posed) -> np.ndarray:
    """Joints in the room as any receiver puts them together: parents first, offsets turned."""
    offsets = np.array(told["offsets"])
    rest = np.zeros_like(offsets)
    for i, parent in enumerate(told["parents"]):
        rest[i] = offsets[i] + (rest[parent] if parent >= 0 else 0.0)
    rig = Skeleton(tuple(told["names"]), np.array(told["parents"]), rest, rest)
    return forward(rig, posed.root[None], posed.rotations[None]).positions[0]


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_root_bones_and_offsets_make_the_joints_in_the_player_s_room(instrument):
    motion = recital(instrument)[1]
    bones = LiveBones(motion)
    told = bones.describe()
    for frame in frames_of(motion)[40:45]:
        posed = bones.pose(frame)
        joints = placed(told, posed)
        for bone, point in (("leftHand", "left_wrist"), ("rightHand", "right_wrist"), ("leftLowerArm", "left_elbow")):
            there = frame.room.joints[0, motion.skeleton.index(point)]
            assert np.linalg.norm(joints[told["names"].index(bone)] - there) < 0.005, bone
        name = "violin" if instrument == "violin" else "keyboard"
        np.testing.assert_allclose(posed.props[name][0], frame.room.props[name].translation[0], atol=0.002)


def test_the_bow_in_the_message_is_on_the_string():
    motion = recital("violin")[1]
    bones = LiveBones(motion)
    posed = [bones.pose(frame) for frame in frames_of(motion)[:60]]
    told, whole = np.array([pose.props["bow"][0] for pose in posed]), followed("violin")
    np.testing.assert_allclose(told + whole.origin, whole.props["bow"].translation[:60], atol=1e-6)
    assert measures.bow_to_string(whole).largest < 1e-4


@pytest.mark.parametrize("motion", [violin_motion(tracks=False), piano_motion()], ids=INSTRUMENTS)
def test_musicians_in_pixels_are_retargeted_into_the_same_room(motion):
    """Hips over the origin, the keyboard before them."""
    bones = LiveBones(motion)
    posed = [bones.pose(frame) for frame in frames_of(motion)][-1]
    assert np.abs(posed.root[[0, 2]]).max() < 0.15
    assert 0.4 < posed.root[1] < 1.1
    assert len(bones.describe()["names"]) == len(posed.rotations) == 52
    if motion.layout == "piano":
        assert 0.2 < posed.props["keyboard"][0][2] < 0.5
        assert posed.keys.shape == (88,)


def test_unity_has_the_pose_of_the_last_frame():
    motion = recital("violin")[1]
    bones = LiveBones(motion)
    frame = frames_of(motion)[10]
    posed = bones.pose(frame)
    told = bones.unity(frame)
    assert len(told) == 53
    spine = posed.rotations[bones.describe()["names"].index("spine")]
    np.testing.assert_allclose(told["Spine"][1], spine * [1, -1, -1, 1])
