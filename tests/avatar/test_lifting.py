"""Motions known in pixels put into the room."""

from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.avatar import measures
from audio_to_body.avatar.lifting import lifted
from audio_to_body.avatar.retargeting import retarget
from audio_to_body.skeleton.motion import load_motion, save_motion
from audio_to_body.skeleton.room import INFERRED
from tests.avatar.motions import piano_joints, piano_motion, violin_joints, violin_motion


def known_joints(motion):
    """The truth about the hips, on the floor as the lifted motion has it."""
    joints = violin_joints()[0] if motion.layout == "violin" else piano_joints()[0]
    return joints + [0.0, 0.945 if motion.layout == "violin" else 0.575, 0.0]


@pytest.mark.parametrize("motion", [violin_motion(), piano_motion()], ids=["violin", "piano"])
def test_lifted_joints_are_near_the_truth_and_say_that_they_are_inferred(motion, tmp_path):
    deep = lifted(motion)
    assert (deep.room.kinds == INFERRED).all()
    truth = known_joints(motion)
    layout = motion.skeleton
    for point, most in (("left_shoulder", 0.05), ("right_wrist", 0.08), ("right_elbow", 0.12), ("left_wrist", 0.08)):
        away = np.linalg.norm(deep.room.joints[:, layout.index(point)] - truth[:, layout.index(point)], axis=1)
        assert np.median(away) < most, point
    np.testing.assert_array_equal(deep.points, motion.points)
    save_motion(deep, tmp_path / "deep.npz")
    again = load_motion(tmp_path / "deep.npz").room
    assert set(again.props) == ({"violin", "bow"} if motion.layout == "violin" else {"keyboard"})


@pytest.mark.parametrize("motion", [violin_motion(), piano_motion()], ids=["violin", "piano"])
def test_bones_of_a_lifted_motion_are_constant(motion):
    joints, layout = lifted(motion).room.joints.astype(float), motion.skeleton
    neck = layout.index("neck")
    for a, b in layout.edges:
        if neck not in (a, b) and "nose" not in (layout.points[a], layout.points[b]):
            assert np.ptp(np.linalg.norm(joints[:, a] - joints[:, b], axis=1)) < 1e-5


@pytest.mark.parametrize("motion", [violin_motion(), piano_motion()], ids=["violin", "piano"])
def test_the_avatar_plays_a_lifted_motion_as_it_plays_the_motion(motion):
    """What was inferred is followed: the same hands, and hair and fingers where they were."""
    deep = lifted(motion)
    before, after = retarget(motion), retarget(deep)
    for side in ("left", "right"):
        away = before.joint(f"{side}Hand") - after.joint(f"{side}Hand")
        assert np.linalg.norm(away, axis=1).max() < 0.01
    assert measures.limit_violations(after) == 0
    if motion.layout == "violin":
        assert measures.bow_to_string(after).largest < 1e-4


@pytest.mark.parametrize("layout", ["piano49", "hands12"])
def test_other_layouts_are_lifted_too(layout):
    deep = lifted(piano_motion(layout=layout))
    assert deep.room.joints.shape[1] == deep.skeleton.size
    assert np.isfinite(deep.room.joints).all()
    assert np.isfinite(retarget(deep).rotations).all()


def test_a_motion_in_metres_stays_as_it_is():
    deep = lifted(violin_motion())
    assert lifted(deep) is deep
