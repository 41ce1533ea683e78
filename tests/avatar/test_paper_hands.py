"""Palms and fingers as Sec. 5 turns them: by the picture alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from audio_to_body.avatar.__main__ import main
from audio_to_body.avatar.retargeting import LiveRetargeter, RetargetSettings, retarget
from audio_to_body.avatar.retargeting.paper_hands import finger_angles, palm_side_up
from audio_to_body.avatar.scene import RigMotion
from audio_to_body.geometry.quaternion_arrays import rotate
from audio_to_body.skeleton.motion import Motion, save_motion
from audio_to_body.skeleton.refusal import BadInput
from tests.avatar.motions import piano_motion, violin_motion

PAPER = RetargetSettings(hands="paper", smoothness=0)
WRIST = 29  # of the right hand's points in the layouts of 50 points


def backs(performance: RigMotion, side: str) -> np.ndarray:
    """Where the back of a hand faces in the room, ``[frames, 3]``; in the rig's rest pose it is up."""
    turns = performance.pose.rotations[:, performance.skeleton.index(f"{side}Hand")]
    return rotate(turns, np.array([0.0, 1.0, 0.0]))


def test_palm_up_by_the_order_of_the_fingers():
    index, little = np.array([-1.0, 0.0]), np.array([1.0, 0.0])
    assert palm_side_up(index, little, side=1)  # right hand, index to the picture's left
    assert not palm_side_up(little, index, side=1)
    assert not palm_side_up(index, little, side=0)


def test_finger_angles_from_their_roots():
    roots, tips = np.zeros((5, 2)), np.array([[1.0, 0.0], [0.0, 1.0], [-2.0, 0.0], [0.0, -1.0], [1.0, 1.0]])
    assert np.degrees(finger_angles(roots, tips)) == pytest.approx([0, 90, 180, -90, 45])


def flipped_hand(motion: Motion) -> Motion:
    """The right hand's roots in the opposite order: what a camera sees of a palm that faces up."""
    points = motion.points.copy()
    hand = points[:, WRIST : WRIST + 21]
    hand[..., 0] = 2 * hand[:, :1, 0] - hand[..., 0]  # mirrored about the wrist
    return replace(motion, points=points)


def test_the_order_of_the_roots_turns_the_palm():
    down = backs(retarget(piano_motion(), PAPER), "right")[:, 1]
    up = backs(retarget(flipped_hand(piano_motion()), PAPER), "right")[:, 1]
    assert down.min() > 0.9  # pianists' palms face the keys
    assert up.max() < -0.9


def test_fingers_lie_at_the_angles_that_the_picture_shows():
    motion = piano_motion()
    seen = motion.points[:, WRIST : WRIST + 21] * [1.0, -1.0]
    wanted = finger_angles(seen[:, 5:20:4], seen[:, 8:21:4])  # index to little finger
    errors = {}
    for hands in ("paper", "instrument"):
        performance = retarget(motion, RetargetSettings(hands=hands, smoothness=0))
        rig, pose = performance.skeleton, performance.pose
        found = []
        for finger in ("Index", "Middle", "Ring", "Little"):
            root, last = rig.index(f"right{finger}Proximal"), rig.index(f"right{finger}Distal")
            tip = pose.positions[:, last] + rotate(pose.rotations[:, last], rig.tips[last] - rig.rest[last])
            plane = [performance.calibration.project(place) * [1.0, -1.0] for place in (pose.positions[:, root], tip)]
            found.append(finger_angles(plane[0], plane[1]))
        apart = np.stack(found, axis=1) - wanted
        errors[hands] = float(np.degrees(np.abs((apart + np.pi) % (2 * np.pi) - np.pi)).mean())
    assert errors["paper"] < 0.01  # degrees; no finger of this pianist is asked beyond its limits
    assert errors["instrument"] > 1.0


@pytest.mark.parametrize("motion", [violin_motion(24), piano_motion(24)], ids=["violin", "piano"])
def test_they_differ_from_the_instruments_hands_alone(motion):
    ours, paper = retarget(motion), retarget(motion, RetargetSettings(hands="paper"))
    differs = np.abs(ours.rotations - paper.rotations).max(axis=(0, 2)) > 1e-3
    names = {name for name, other in zip(ours.skeleton.names, differs) if other}
    assert {"leftHand", "rightHand", "rightIndexProximal"} <= names
    assert not names & {"hips", "spine", "chest", "neck", "head", "leftUpperLeg"}
    assert np.isfinite(paper.rotations).all()


def test_where_the_picture_lacks_fingers_hands_are_the_instruments():
    motion = piano_motion(12, layout="hands12")
    same = retarget(motion, RetargetSettings(hands="paper"))
    assert np.array_equal(same.rotations, retarget(motion).rotations)
    whole = violin_motion(12)
    points = whole.points.copy()
    points[:, 8:29] = np.nan  # the left hand
    partly = Motion(points, np.isfinite(points).all(axis=2).astype(float), 24.0, "violin", whole.frame_size)
    ours, paper = retarget(partly), retarget(partly, RetargetSettings(hands="paper"))
    left, right = (ours.skeleton.index(f"{side}IndexProximal") for side in ("left", "right"))
    assert np.array_equal(ours.rotations[:, left], paper.rotations[:, left])
    assert not np.allclose(ours.rotations[:, right], paper.rotations[:, right])


def test_live_too():
    motion = piano_motion(12)
    ours, paper = LiveRetargeter(motion), LiveRetargeter(motion, RetargetSettings(hands="paper"))
    for points in motion.points:
        assert np.isfinite(paper.push(points).rotations).all()
    assert not np.allclose(ours.push(motion.points[-1]).rotations, paper.push(motion.points[-1]).rotations)


def test_the_command_chooses_them(tmp_path):
    save_motion(violin_motion(12), tmp_path / "motion.npz")
    files = {}
    for hands in ("instrument", "paper"):
        files[hands] = tmp_path / f"{hands}.bvh"
        assert main([str(tmp_path / "motion.npz"), "-o", str(files[hands]), "--hands", hands]) == 0
    assert files["paper"].read_text() != files["instrument"].read_text()


def test_other_hands_are_refused():
    with pytest.raises(BadInput, match="no hands 'feet'; choose one of instrument, paper"):
        RetargetSettings(hands="feet")
