"""Mask R-CNN's role: COCO results and torchvision's network with weights made at random."""

from __future__ import annotations

import json

import numpy as np
import pytest

from audio_to_body.preprocessing.detectors.keypoint_rcnn import COCO_INDEX, CocoResults, KeypointRcnn
from audio_to_body.skeleton.layouts import BODY_POINTS
from audio_to_body.skeleton.refusal import BadInput


def result(image, offset: float = 0.0, score: float = 0.9) -> dict:
    points = np.column_stack([np.arange(17) * 10 + offset, np.arange(17) * 5.0, np.full(17, 2.0)])
    return {"image_id": image, "keypoints": points.ravel().tolist(), "score": score, "bbox": [5, 6, 100, 200]}


def test_coco_points_take_their_places(tmp_path):
    path = tmp_path / "coco.json"
    path.write_text(json.dumps([result(0), result("clip_0002.jpg"), result(2, 1000, 0.4)]))
    frames = list(CocoResults(path).people([None] * 4))
    assert [len(people) for people in frames] == [1, 0, 2, 0]
    (person,) = frames[0]
    for name, index in COCO_INDEX.items():
        np.testing.assert_allclose(person.body[BODY_POINTS.index(name), :2], (index * 10, index * 5))
    np.testing.assert_allclose(person.body[1, :2], (55, 27.5))  # the neck lies between the shoulders
    assert person.box.tolist() == [5, 6, 105, 206]
    assert np.isnan(person.left_hand[:, 0]).all()


def test_missing_coco_points_stay_missing(tmp_path):
    entry = result(0)
    entry["keypoints"][5 * 3 : 6 * 3] = [0, 0, 0]  # left shoulder
    (tmp_path / "c.json").write_text(json.dumps([entry]))
    ((person,),) = CocoResults(tmp_path / "c.json").people([None])
    assert np.isnan(person.body[[1, 5], 0]).all()  # and with it the neck
    assert np.isfinite(person.body[2, 0])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "not a list of COCO keypoint results"),
        ('[{"image_id": 1}]', "not a list of COCO keypoint results"),
        ('[{"image_id": 1, "keypoints": [1, 2]}]', "has 2 numbers, COCO keypoints have 51"),
    ],
)
def test_other_files_are_refused(tmp_path, text, sentence):
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(BadInput, match=sentence):
        CocoResults(tmp_path / "c.json")


def test_the_network_runs_with_the_persons_weights(tmp_path):
    torch = pytest.importorskip("torch")
    from torchvision.models.detection import keypointrcnn_resnet50_fpn

    torch.manual_seed(0)
    network = keypointrcnn_resnet50_fpn(pretrained=False, pretrained_backbone=False)
    torch.save(network.state_dict(), tmp_path / "weights.pth")
    detector = KeypointRcnn(tmp_path / "weights.pth", minimum_score=0.0)
    picture = np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)
    (people,) = detector.people([picture])
    # weights at random see people everywhere: what counts is that they are inside the picture and well formed
    assert people
    for person in people:
        assert person.body.shape == (8, 3)
        assert (person.body[:, :2] >= -1).all()
        assert (person.body[:, :2] <= 161).all()
        assert ((person.body[:, 2] > 0) & (person.body[:, 2] <= 1)).all()
        assert person.box[0] < person.box[2] <= 160


def test_weights_of_another_kind_are_refused(tmp_path):
    pytest.importorskip("torch")
    (tmp_path / "weights.pth").write_bytes(b"nothing")
    with pytest.raises(BadInput, match="does not hold keypoint R-CNN's weights"):
        KeypointRcnn(tmp_path / "weights.pth")
    with pytest.raises(BadInput, match="does not exist"):
        KeypointRcnn(tmp_path / "absent.pth")
