"""Cleaning: what is dropped, what survives, on a made-up violinist whose right arm bows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_to_body.preprocessing.recital_file import Reason
from audio_to_body.preprocessing.recording.cleaning import CleaningSettings, drop_reasons
from audio_to_body.skeleton.layouts import HANDS12, PIANO49, VIOLIN

SIZE = (640, 480)
LIMIT = 64.0  # px: 10 % of the width


def violinist(frames: int, stroke: float = 120.0, seconds: float = 1.0, seed: int = 0) -> np.ndarray:
    """A seated player; the right hand travels ``stroke`` px back and forth, once in ``seconds``."""
    rng = np.random.default_rng(seed)
    body = np.array(
        [[320, 100], [320, 160], [270, 165], [230, 240], [280, 260], [370, 165], [420, 230], [430, 180]], float
    )
    hand = rng.uniform(-25, 25, (21, 2))
    hand[0] = 0
    still = np.concatenate([body, body[7] + hand, body[4] + hand])
    points = np.repeat(still[None], frames, axis=0)
    phase = np.arange(frames) / 24 / seconds
    bow = stroke * np.abs((phase % 1) * 2 - 1)
    moving = [VIOLIN.index("right_wrist"), *VIOLIN.right_hand]
    points[:, moving, 0] -= bow[:, None]
    points[:, VIOLIN.index("right_elbow"), 0] -= 0.4 * bow
    return points + rng.normal(0, 0.7, points.shape)


def reasons(points: np.ndarray, confidence: np.ndarray | None = None, **changes: float) -> np.ndarray:
    confidence = np.ones(points.shape[:2]) if confidence is None else confidence
    return drop_reasons(points, confidence, VIOLIN, SIZE, CleaningSettings(**changes))


def test_a_clean_recital_loses_nothing():
    assert not reasons(violinist(240)).any()


def test_a_fast_bow_survives():
    # 180 px in a quarter of a second: 30 px a frame, and again over gaps of missing frames
    points = violinist(240, stroke=180, seconds=0.5)
    assert np.abs(np.diff(points[:, VIOLIN.index("right_wrist"), 0])).max() > 25
    assert not reasons(points).any()
    points[[50, 51, 52, 100], 30] = np.nan
    dropped = np.flatnonzero(reasons(points))
    assert dropped.tolist() == [50, 51, 52, 100]


def test_one_outlier_drops_itself_alone():
    points = violinist(120, stroke=180, seconds=0.5)
    points[60, VIOLIN.index("left_elbow")] += (0, 80)
    points[0, VIOLIN.index("nose")] += (90, 0)  # the first frame has nothing before it, and is still the bad one
    assert dict(enumerate(reasons(points)))[60] == Reason.JUMP
    assert np.flatnonzero(reasons(points)).tolist() == [0, 60]


@pytest.mark.parametrize("offset", [(70, 0), (100, 20), (-200, 0)])
def test_a_person_who_stands_in_for_two_seconds_is_dropped(offset: tuple[int, int]):
    points = violinist(480)
    points[200:248] = violinist(48, seed=5) + offset
    dropped = np.flatnonzero(reasons(points))
    assert dropped.tolist() == list(range(200, 248))


def test_a_stranger_who_comes_first_is_dropped():
    points = violinist(480)
    points[:48] = violinist(48, seed=5) + (100, 0)
    assert np.flatnonzero(reasons(points)).tolist() == list(range(48))


def test_a_performer_who_moves_for_good_is_kept_except_for_the_jump():
    points = violinist(600)
    points[300:] += (80, 0)
    found = reasons(points)
    assert np.flatnonzero(found).tolist() == [300]
    assert found[300] == Reason.JUMP


def test_a_hand_that_sits_on_the_other_wrist_is_missing():
    points = violinist(100)
    right = list(VIOLIN.right_hand)
    points[40:60, right] = points[40:60][:, list(VIOLIN.left_hand)]
    found = reasons(points)
    assert np.flatnonzero(found).tolist() == list(range(40, 60))
    assert (found[40:60] == Reason.MISSING_PART).all()


def test_an_arm_on_the_wrong_thing_for_a_second_is_dropped():
    points = violinist(240, stroke=60)
    arm = [VIOLIN.index("right_elbow"), VIOLIN.index("right_wrist"), *VIOLIN.right_hand]
    points[100:124, arm] += (-40, 140)
    dropped = set(np.flatnonzero(reasons(points)))
    assert set(range(100, 124)) == dropped


def test_missing_and_nobody_are_told_apart():
    points = violinist(50)
    confidence = np.ones(points.shape[:2])
    confidence[10, 33] = 0.0
    points[20] = np.nan
    found = reasons(points, confidence)
    assert found[10] == Reason.MISSING_PART
    assert found[20] == Reason.NO_PERSON
    assert np.count_nonzero(found) == 2


def test_a_far_box_and_a_wrong_size_are_dropped():
    points = violinist(600)
    points[100:260] += (250, 0)  # longer than a restart: only the box tells
    found = reasons(points)
    assert (found[100:260] == Reason.BOX_TOO_FAR).all()
    assert np.count_nonzero(found) == 160
    points = violinist(600)
    centre = points[:, list(VIOLIN.body)].mean(axis=(0, 1))
    points[100:260] = (points[100:260] - centre) * 0.4 + centre
    found = reasons(points)
    assert (found[100:260] != 0).all()
    assert not found[:100].any()


def test_faces_count_where_they_were_measured():
    points = violinist(60)
    distances = np.full(60, np.nan)
    distances[10], distances[20] = 0.2, 0.7
    found = drop_reasons(points, np.ones((60, 50)), VIOLIN, SIZE, face_distances=distances)
    assert np.flatnonzero(found).tolist() == [20]
    assert found[20] == Reason.WRONG_FACE
    strict = CleaningSettings(face_required=True)
    found = drop_reasons(points, np.ones((60, 50)), VIOLIN, SIZE, strict, face_distances=distances)
    assert np.flatnonzero(found == 0).tolist() == [10]


def test_the_reference_box_can_be_given():
    points = violinist(60)
    assert (reasons(points, reference_box=(0, 0, 100, 100)) == Reason.BOX_TOO_FAR).all()


@pytest.mark.parametrize("layout", [PIANO49, HANDS12])
def test_other_layouts(layout):
    rng = np.random.default_rng(1)
    points = np.repeat(rng.uniform(100, 200, (1, layout.size, 2)), 40, axis=0)
    points[:, list(layout.left_hand)] = 150.0
    points[:, list(layout.right_hand)] = 150.0
    if layout is PIANO49:
        for side, hand in (("left", layout.left_hand), ("right", layout.right_hand)):
            points[:, list(hand)] = points[:, [layout.index(f"{side}_wrist")]]
        points[:, layout.index("left_shoulder"), 0] = points[:, layout.index("right_shoulder"), 0] + 80
    points[7, layout.left_hand[0], 1] += 70
    found = drop_reasons(points, np.ones(points.shape[:2]), layout, SIZE)
    assert np.flatnonzero(found).tolist() == [7]


def test_nothing_in_nothing_out_and_wrong_shapes_are_told():
    assert drop_reasons(np.zeros((0, 50, 2)), np.zeros((0, 50)), VIOLIN, SIZE).shape == (0,)
    with pytest.raises(ValueError, match="needs keypoints"):
        drop_reasons(np.zeros((3, 49, 2)), np.zeros((3, 49)), VIOLIN, SIZE)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(2, 237), max_size=12, unique=True), st.integers(0, 2**31))
def test_scattered_outliers_are_found_exactly(where: list[int], seed: int):
    points = violinist(240, seed=1)
    rng = np.random.default_rng(seed)
    for frame in where:
        angle = rng.uniform(0, 2 * np.pi)
        part = rng.choice(["left_elbow", "left_shoulder", "nose"])
        points[frame, VIOLIN.index(part)] += 200 * np.array([np.cos(angle), np.sin(angle)])
    found = reasons(points)
    assert np.flatnonzero(found).tolist() == sorted(where)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_kept_frames_never_jump(seed: int):
    rng = np.random.default_rng(seed)
    points = violinist(100) + rng.choice([0, 30, 90], size=(100, 1, 1), p=[0.6, 0.3, 0.1])
    found = reasons(points)
    kept = np.flatnonzero(found == 0)
    neighbours = kept[1:][np.diff(kept) == 1]
    moved = np.linalg.norm(points[neighbours] - points[neighbours - 1], axis=-1)
    assert (moved <= LIMIT).all()
