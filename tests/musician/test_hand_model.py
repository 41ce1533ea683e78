from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.musician.camera import FRAME_SIZE
from audio_to_body.musician.hand_model import inferred_names, measured_points, pose, reach_of, viewed_from
from audio_to_body.musician.human_hands import ORIGIN
from audio_to_body.skeleton.layouts import FINGERTIPS, layout_named

LAYOUT = layout_named("piano")


def human_hands(frames: int = 60) -> np.ndarray:
    """Hands of the mean human shape that travel along the keyboard."""
    shape = np.array([[0, 155], [70, 40], [14, -4], [-22, -10], [-41, 4], [-62, 35]], float)
    travel = 150 * np.sin(np.linspace(0, 6, frames))
    left = shape + np.array([-228.0, 0])
    right = shape * np.array([-1.0, 1]) + np.array([64.0, 0])
    points = np.tile(np.concatenate([left, right]), (frames, 1, 1)) + ORIGIN
    points[..., 0] += travel[:, None]
    return points


def joints_of(points: np.ndarray) -> np.ndarray:
    frames = len(points)
    reach = reach_of(points, np.full((frames, 2), 0.058), np.full((frames, 2, 5), 0.008))
    return pose(reach, np.linspace(-0.2, 0.2, frames), np.zeros(frames), np.ones(frames))


def test_bones_keep_their_lengths():
    joints = joints_of(human_hands())
    edges = np.array([e for e in LAYOUT.edges if 0 not in e])  # the neck bends: nose to neck is no bone
    lengths = np.linalg.norm(joints[:, edges[:, 0]] - joints[:, edges[:, 1]], axis=-1)
    assert np.ptp(lengths, axis=0).max() < 1e-6


def test_measured_points_stay_where_they_were_measured():
    points = human_hands()
    joints = joints_of(points)
    for side, hand in enumerate((LAYOUT.left_hand, LAYOUT.right_hand)):
        measured = [hand[0], *(hand[tip] for tip in FINGERTIPS)]
        along = -joints[:, measured, 0] * 1000 + ORIGIN[0]
        assert np.abs(along - points[:, 6 * side : 6 * side + 6, 0]).max() < 5.0  # mm: out of a finger's reach


def test_fingers_bend_as_fingers_do():
    joints = joints_of(human_hands())
    for hand in (LAYOUT.left_hand, LAYOUT.right_hand):
        for finger in range(1, 5):
            chain = joints[:, [hand[4 * finger + j] for j in (1, 2, 3, 4)]]
            bones = np.diff(chain, axis=1)
            bones /= np.linalg.norm(bones, axis=-1, keepdims=True)
            bend = np.degrees(np.arccos(np.clip(np.sum(bones[:, :-1] * bones[:, 1:], axis=-1), -1, 1)))
            assert bend.max() <= 125  # human middle joints end near 110 degrees, with some play


def test_wrists_are_bent_aside_no_farther_than_people_bend_them():
    """Hands in the middle of the keyboard, where forearms come in from the sides; people stop at 35 degrees."""
    joints = joints_of(human_hands())
    middle = np.abs(150 * np.sin(np.linspace(0, 6, len(joints)))) < 75
    for side, hand in (("left", LAYOUT.left_hand), ("right", LAYOUT.right_hand)):
        wrist = joints[:, LAYOUT.index(f"{side}_wrist")]
        forearm, palm = wrist - joints[:, LAYOUT.index(f"{side}_elbow")], joints[:, hand[9]] - wrist
        bend = np.arctan2(forearm[:, 0], forearm[:, 2]) - np.arctan2(palm[:, 0], palm[:, 2])
        assert np.abs(np.degrees(bend))[middle].max() < 41  # this torso leans the other way; 58 with elbows out


def test_the_camera_sees_the_whole_pianist():
    pixels = viewed_from().project(joints_of(human_hands()))
    assert (pixels >= 0).all()
    assert (pixels <= np.array(FRAME_SIZE)).all()
    left, right = LAYOUT.index("left_wrist"), LAYOUT.index("right_wrist")
    assert (pixels[:, left, 0] > pixels[:, right, 0]).all()  # seen from the front


def test_what_is_inferred_is_named():
    assert measured_points().sum() == 2 * 6 + 2
    assert "nose" in inferred_names()
    assert "left_hand_index_4" not in inferred_names()
    assert len(inferred_names()) == pytest.approx(LAYOUT.size - 14)
