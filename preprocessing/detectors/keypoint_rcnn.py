"""Mask R-CNN with keypoints: COCO keypoint results from a file, or torchvision's network with the user's weights."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.preprocessing.detectors.people import BODY_SIZE, NECK, SHOULDERS, Person, mirrored, no_points
from audio_to_body.preprocessing.detectors.registry import Order
from audio_to_body.skeleton.layouts import BODY_POINTS
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput

COCO_COUNT = 17
COCO_INDEX = {
    "nose": 0,
    "left_shoulder": 5,
    "right_shoulder": 6,
    "left_elbow": 7,
    "right_elbow": 8,
    "left_wrist": 9,
    "right_wrist": 10,
}
# the network's keypoint scores are heights of a heat map, not probabilities: this height counts as one half
SCORE_MIDDLE = 2.0
SHORT_SIDE = 480  # px the picture is brought to: 0.65 s a frame on a CPU
PROPOSALS = 100


def coco_person(keypoints: np.ndarray, box: np.ndarray | None, score: float) -> Person:
    """A person from COCO's 17 points.

    COCO has no neck: it is put midway between the shoulders, as sure as the less sure of them.

    Parameters
    ----------
    keypoints : np.ndarray [17, 3]
        x, y (pixels), confidence; 0 where not found.
    box : np.ndarray [4] or None
        Left, top, right, bottom.
    score : float
    """
    body = no_points(BODY_SIZE)
    keypoints = np.where(np.isfinite(keypoints).all(axis=1, keepdims=True), keypoints, 0)
    for number, point in enumerate(BODY_POINTS):
        if point in COCO_INDEX and keypoints[COCO_INDEX[point], 2] > 0:
            body[number] = keypoints[COCO_INDEX[point]]
    left, right = body[SHOULDERS["left"]], body[SHOULDERS["right"]]
    if left[2] > 0 and right[2] > 0:
        body[NECK] = (left + right) / 2
        body[NECK, 2] = min(left[2], right[2])
    return Person(body, box=None if box is None else box.astype(np.float32), score=score)


class CocoResults:
    """People from a COCO keypoint results file: a list of ``{image_id, keypoints, score, bbox}``.

    Parameters
    ----------
    path : Path
        ``image_id`` is the frame's number, as a number or as the last digits of a file name.
    fps : float
        Rate at which the frames were taken from the video, frames/s.
    mirror_width : float, optional
        Width of a picture that was mirrored and is to be turned round, pixels.

    Raises
    ------
    BadInput
        If the file is missing or is not such a list.
    """

    name = "keypoint-rcnn-json"
    needs_pictures = False

    def __init__(self, path: Path, fps: float = VIDEO_FPS, mirror_width: float | None = None):
        self.fps, self.mirror_width = fps, mirror_width
        self._people: dict[int, list[Person]] = defaultdict(list)
        try:
            for number, entry in enumerate(json.loads(path.read_bytes())):
                points = np.array(entry["keypoints"], np.float32)
                if points.shape != (3 * COCO_COUNT,):
                    raise BadInput(
                        f"{path}: result {number} has {points.size} numbers, COCO keypoints have {3 * COCO_COUNT}"
                    )
                box = _corners(entry["bbox"]) if "bbox" in entry else None
                person = coco_person(points.reshape(-1, 3), box, float(entry.get("score", 1.0)))
                self._people[_frame_number(entry["image_id"])].append(person)
        except FileNotFoundError:
            raise BadInput(f"{path} does not exist; check the path") from None
        except (OSError, ValueError, KeyError, TypeError, IndexError, OverflowError, RecursionError) as error:
            if isinstance(error, BadInput):
                raise
            raise BadInput(
                f"{path} is not a list of COCO keypoint results ({type(error).__name__}: {error})"
            ) from None

    def people(self, pictures: Iterable[np.ndarray | None], first: int = 0) -> Iterator[list[Person]]:
        """See :class:`audio_to_body.preprocessing.detectors.people.Detector`; pictures are only counted."""
        for frame, _ in enumerate(pictures, first):
            people = self._people.get(round(frame / VIDEO_FPS * self.fps), [])
            yield people if self.mirror_width is None else [mirrored(person, self.mirror_width) for person in people]


def _corners(box: list[float]) -> np.ndarray:
    left, top, width, height = (float(value) for value in box)
    return np.array([left, top, left + width, top + height], np.float32)


def _frame_number(image: Any) -> int:
    if isinstance(image, str):
        return int(re.findall(r"\d+", image)[-1])
    return int(image)


class KeypointRcnn:
    """torchvision's ``keypointrcnn_resnet50_fpn`` with the user's weights.

    Parameters
    ----------
    weights : Path
        ``keypointrcnn_resnet50_fpn_coco-fc266e95.pth`` or one's own of the same network.
    minimum_score : float
        Of a person.

    Raises
    ------
    BadInput
        If the weights are missing or belong to another network.
    """

    name = "keypoint-rcnn"
    needs_pictures = True

    def __init__(self, weights: Path, minimum_score: float = 0.5):
        import torch
        from torchvision.models.detection import keypointrcnn_resnet50_fpn

        self.minimum_score = minimum_score
        self._network = keypointrcnn_resnet50_fpn(
            pretrained=False,
            pretrained_backbone=False,
            min_size=SHORT_SIDE,
            rpn_pre_nms_top_n_test=PROPOSALS,
            rpn_post_nms_top_n_test=PROPOSALS,
        )
        try:
            # this torch unpickles: weights are to be trusted like programs, as the option's help says
            self._network.load_state_dict(torch.load(weights, map_location="cpu"))
        except FileNotFoundError:
            raise BadInput(
                f"{weights} does not exist; download the weights of torchvision's keypoint R-CNN"
            ) from None
        except Exception as error:  # torch raises a dozen kinds for a file that is not its own
            raise BadInput(
                f"{weights} does not hold keypoint R-CNN's weights ({str(error).splitlines()[0]})"
            ) from None
        self._network.eval()

    @classmethod
    def for_video(cls, order: Order) -> CocoResults | KeypointRcnn:
        """See :class:`audio_to_body.preprocessing.detectors.registry.DetectorEntry`; a ``.json`` has its results."""
        own = order.results((".json",))
        if own.suffix.lower() != ".json":
            return cls(own)
        width = float((order.shown or order.size or (0, 0))[0]) if order.mirror else None
        return CocoResults(own, order.rate, width)

    def people(self, pictures: Iterable[np.ndarray | None], first: int = 0) -> Iterator[list[Person]]:
        """See :class:`audio_to_body.preprocessing.detectors.people.Detector`."""
        import torch

        for picture in pictures:
            if picture is None:
                raise ValueError("keypoint R-CNN needs pictures")
            image = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1))).float() / 255
            with torch.no_grad():
                answer = {key: value.numpy() for key, value in self._network([image])[0].items()}
            people = []
            for number in np.flatnonzero(answer["scores"] >= self.minimum_score):
                points = answer["keypoints"][number].copy()
                points[:, 2] = 1 / (1 + np.exp(SCORE_MIDDLE - answer["keypoints_scores"][number]))
                people.append(coco_person(points, answer["boxes"][number], float(answer["scores"][number])))
            yield people
