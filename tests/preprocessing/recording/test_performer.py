"""Choosing the performer among several people, and between two detectors."""

from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.preprocessing.detectors.people import Person
from audio_to_body.preprocessing.recital_file import Reason
from audio_to_body.preprocessing.recording.cleaning import CleaningSettings, drop_reasons
from audio_to_body.preprocessing.recording.detection import Faces, Found
from audio_to_body.preprocessing.recording.performer import (
    face_distances,
    find_performer,
    looks_mirrored,
    plays,
    reference_of,
    with_second,
)
from audio_to_body.skeleton.layouts import VIOLIN
from audio_to_body.skeleton.refusal import BadInput

SETTINGS = CleaningSettings()


def found(*people: np.ndarray) -> Found:
    """Several people, [frames, 50, 3] each, NaN where absent; surest first in turn, so that places mean nothing."""
    frames = []
    for number in range(len(people[0])):
        present = [p[number] for p in people if not np.isnan(p[number, 0, 0])]
        turned = present[number % len(present) :] + present[: number % len(present)] if present else []
        frames.append([Person(q[:8], q[8:29], q[29:], score=1 - i / 10) for i, q in enumerate(turned)])
    return Found.of(frames)


def without_hands(points: np.ndarray) -> np.ndarray:
    points = points.copy()
    points[:, 8:] = (np.nan, np.nan, 0)
    return points


def test_the_player_is_followed_not_the_page_turner(player):
    # the other is there all the time too, but without an instrument
    violinist, turner = player(240), without_hands(player(240, 1, (250, 60)))
    who = find_performer(found(violinist, turner), "violin", SETTINGS)
    np.testing.assert_allclose(who.keypoints, violinist[..., :2], atol=1e-3)
    assert who.reference_box is not None


def test_a_person_who_walks_through_never_becomes_the_performer(player):
    violinist = player(480)
    walker = player(480, 2, (80, 75), 1.6)  # nearer to the camera
    walker[..., 0] += np.linspace(-400, 400, 480)[:, None]  # right through the player's place
    walker[:120] = walker[360:] = np.nan
    covered = slice(236, 244)
    seen = violinist.copy()
    seen[covered] = np.nan  # and covers the player for a moment
    who = find_performer(found(seen, walker), "violin", SETTINGS)
    settings = CleaningSettings(reference_box=who.reference_box)
    reason = drop_reasons(who.keypoints, who.confidence, VIOLIN, (300, 240), settings, who.boxes)
    kept = reason == Reason.KEPT
    np.testing.assert_allclose(who.keypoints[kept], violinist[kept][..., :2], atol=1e-3)
    assert np.flatnonzero(~kept).tolist() == list(range(236, 244))


def test_two_performers_the_one_who_plays_longer_is_kept(player):
    first, second = player(300), player(300, 3, (260, 60))
    second[100:] = np.nan
    who = find_performer(found(first, second), "violin", SETTINGS)
    np.testing.assert_allclose(who.keypoints, first[..., :2], atol=1e-3)
    # unless the person points at the other
    other = find_performer(found(first, second), "violin", CleaningSettings(reference_box=(230, 20, 300, 75)))
    np.testing.assert_allclose(other.keypoints[:100], second[:100, :, :2], atol=1e-3)


def test_a_reference_frame_names_the_performer(player):
    first, second = player(100), player(100, 3, (260, 60))
    first[50] = np.nan
    who = find_performer(found(first, second), "violin", SETTINGS, reference_frame=50)
    np.testing.assert_allclose(who.keypoints, second[..., :2], atol=1e-3)
    empty = player(10)
    empty[3] = np.nan
    with pytest.raises(BadInput, match="reference frame 3 shows nobody"):
        find_performer(found(empty), "violin", SETTINGS, reference_frame=3)


def test_nobody_at_all(player):
    empty = np.full((5, 50, 3), np.nan)
    who = find_performer(found(empty), "violin", SETTINGS)
    assert who.reference_box is None
    assert not np.isfinite(who.keypoints).any()
    assert reference_of(found(empty), "violin", SETTINGS) is None


def test_poses(player):
    points = player(1)[:, None]
    assert plays(points, "violin").all()
    lowered = points.copy()
    lowered[..., 7, 1] = 110
    assert not plays(lowered, "violin").any()
    assert plays(lowered, "piano").all()


def test_the_surer_body_is_taken_and_gaps_filled_from_the_other(player):
    first, second = player(4), player(4, 0)
    second[..., 2] = 0.5
    second[:, :, 0] += 1
    first[1, 4] = (np.nan, np.nan, 0)  # a wrist is missing: the other detector has more points
    first[2, 4] = second[2, 6] = (np.nan, np.nan, 0)  # one lacks a wrist, the other an elbow
    points, boxes = with_second(first, np.zeros((4, 4), np.float32), found(second), (45, 20, 115, 70))
    np.testing.assert_allclose(points[0, :8], first[0, :8], atol=1e-3)
    np.testing.assert_allclose(points[1, :8], second[1, :8], atol=1e-3)
    assert np.isfinite(points[2]).all()
    np.testing.assert_allclose(points[2, 4], second[2, 4], atol=1e-3)
    np.testing.assert_allclose(points[:, 8:], first[:, 8:], atol=1e-3)  # hands stay OpenPose's
    np.testing.assert_allclose(boxes, found(second).boxes[:, 0], atol=1e-3)


def test_hands_outside_the_box_are_no_hands(player):
    first, second = player(1), player(1)
    first[0, 29:, 0] += 200
    points, _ = with_second(first, np.zeros((1, 4), np.float32), found(second), (45, 20, 115, 70))
    assert np.isnan(points[0, 29:, 0]).all()
    assert np.isfinite(points[0, 8:29]).all()


def test_faces_speak_for_the_frames_around_them():
    rng = np.random.default_rng(0)
    signatures = rng.normal(0, 0.01, (10, 128))
    signatures[4] += 0.1  # another person: 1.13 away
    faces = Faces(np.arange(10) * 24, np.zeros(10, int), signatures.astype(np.float32))
    chosen = np.zeros(240, int)
    chosen[48:72] = 1  # somebody else's face was measured there
    distances = face_distances(faces, chosen)
    assert (distances[84:108] > 0.5).all()
    assert np.isnan(distances[36:60]).all()
    assert np.nanmax(np.delete(distances, np.arange(84, 108))) < 0.5


def test_a_mirrored_violinist_is_noticed(player):
    points = player(72)
    kept = np.ones(72, bool)
    assert not looks_mirrored(points[..., :2], kept)
    mirror = points[..., :2].copy()
    mirror[..., 0] = 160 - mirror[..., 0]
    sides = [0, 1, 5, 6, 7, 2, 3, 4, *range(29, 50), *range(8, 29)]  # what a detector calls left and right then
    assert looks_mirrored(mirror[:, sides], kept)
    assert not looks_mirrored(mirror[:, sides], np.zeros(72, bool))
