"""MediaPipe on the real clip, and the rules that give hands to wrists."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from audio_to_body.pictures.video import Clip, pictures
from audio_to_body.preprocessing.detectors.faces import DlibSignature, FaceFinder, OnnxSignature
from audio_to_body.preprocessing.detectors.mediapipe_pose import MediaPipeDetector, apart, take_root_as_wrist
from audio_to_body.preprocessing.detectors.people import WRISTS, crop_square
from audio_to_body.skeleton.refusal import BadInput


def body_with_wrists() -> np.ndarray:
    points = [(50, 20), (50, 40), (30, 40), (20, 60), (30, 80), (70, 40), (80, 60), (70, 80)]
    return np.column_stack([np.array(points, np.float32), np.ones(8, np.float32)])


def hand_at(x: float, y: float, seed: int = 0) -> np.ndarray:
    hand = np.random.default_rng(seed).uniform(-8, 8, (21, 3)).astype(np.float32) + (x, y, 0)
    hand[0] = (x, y, 1)
    return hand


def test_a_hand_seen_by_both_trackers_stays_with_the_nearer_wrist():
    body, hand = body_with_wrists(), hand_at(68, 80)
    left, right = apart(body, hand, hand + np.float32(0.5))
    assert np.isfinite(left).all()
    assert np.isnan(right[:, :2]).all()
    left, right = apart(body, hand_at(32, 80), hand_at(32, 80))
    assert np.isnan(left[:, :2]).all()
    crossed = hand_at(50, 80, 1), hand_at(50, 80, 2)
    assert all(np.isfinite(hand).all() for hand in apart(body, *crossed))


def test_the_hands_root_is_the_wrist_unless_it_is_another_arms():
    body, hand = body_with_wrists(), hand_at(75, 85)
    take_root_as_wrist(body, hand, "left")
    assert body[WRISTS["left"], :2].tolist() == [75, 85]
    far = hand_at(30, 80)
    take_root_as_wrist(body, far, "left")
    assert body[WRISTS["left"], :2].tolist() == [75, 85]
    assert np.isnan(far[:, :2]).all()


def test_crops_reach_beyond_the_picture():
    picture = np.arange(20 * 30 * 3, dtype=np.uint8).reshape(20, 30, 3)
    crop, left, top = crop_square(picture, 2, 3, 10)
    assert (crop.shape, left, top) == ((10, 10, 3), -3, -2)
    assert (crop[:2] == 0).all()
    np.testing.assert_array_equal(crop[2:, 3:], picture[:8, :7])
    assert not crop_square(picture, -100, 0, 10)[0].any()


def test_the_violinist_is_found_whole(violin_clip):
    frames = list(itertools.islice(pictures(Clip(violin_clip)), 24))
    people = list(MediaPipeDetector().people(frames))
    points = np.stack([found[0].points for found in people])
    assert np.isfinite(points).all(axis=(1, 2)).mean() >= 0.95
    median = np.nanmedian(points, axis=0)
    # she holds the violin to the picture's right with her left hand and bows with the right
    assert median[8:29, 0].mean() > median[29:, 0].mean() + 100
    np.testing.assert_allclose(median[7, :2], median[8, :2], atol=1)
    assert abs(median[1, 0] - (median[2, 0] + median[5, 0]) / 2) < 1


def test_the_lite_net_sees_the_same_hands(violin_clip):
    frames = list(itertools.islice(pictures(Clip(violin_clip)), 24))
    full, lite = (
        np.stack([found[0].points for found in MediaPipeDetector(hand_net=net).people(frames)])
        for net in ("full", "lite")
    )
    np.testing.assert_array_equal(full[:, :4], lite[:, :4])  # the body's net is the same
    hand = np.nanmedian(np.linalg.norm(full[:, 8, :2] - full[:, 17, :2], axis=-1))  # wrist to middle finger's root
    away = np.nanmedian(np.linalg.norm(full[:, 8:, :2] - lite[:, 8:, :2], axis=-1))
    assert 0 < away < 0.25 * hand


def test_nobody_is_found_in_black():
    black = np.zeros((120, 160, 3), np.uint8)
    assert list(MediaPipeDetector().people([black] * 3)) == [[], [], []]


def test_faces_tell_musicians_apart(violin_clip, shared_data):
    singer = shared_data / "raga_pose" / "example_1person" / "short_video.mp4"
    if not singer.is_file():
        pytest.skip(f"{singer} is absent")
    finder, dlib = FaceFinder(), DlibSignature()
    signatures = []
    for video in (violin_clip, singer):
        frames = list(itertools.islice(pictures(Clip(video)), 0, 73, 24))
        for picture, (person,) in zip(frames, MediaPipeDetector().people(frames)):
            box = finder.find(picture, person)
            assert box is not None
            signatures.append(dlib.signature(picture, box))
    between = np.linalg.norm(np.array(signatures)[:, None] - np.array(signatures)[None], axis=-1)
    half = len(signatures) // 2
    assert (
        max(between[:half, :half].max(), between[half:, half:].max()) < dlib.threshold < between[:half, half:].min()
    )


@pytest.mark.parametrize("first", [True, False])
def test_a_persons_own_face_network(tmp_path, first):
    from onnx import TensorProto, helper, save

    shape = [1, 3, 16, 16] if first else [1, 16, 16, 3]
    axes = [2, 3] if first else [1, 2]
    node = helper.make_node("ReduceMean", ["face"], ["mean"], axes=axes, keepdims=0)
    graph = helper.make_graph(
        [node],
        "mean_colour",
        [helper.make_tensor_value_info("face", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("mean", TensorProto.FLOAT, [1, 3])],
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), tmp_path / "net.onnx")
    picture = np.zeros((50, 60, 3), np.uint8)
    picture[10:30, 20:40] = (30, 40, 0)
    signature = OnnxSignature(tmp_path / "net.onnx").signature(picture, (20, 10, 40, 30))
    np.testing.assert_allclose(signature, (0.6, 0.8, 0), atol=1e-3)


def test_other_networks_are_refused(tmp_path):
    (tmp_path / "net.onnx").write_bytes(b"nothing")
    with pytest.raises(BadInput, match="is not an ONNX model or is damaged"):
        OnnxSignature(tmp_path / "net.onnx")
