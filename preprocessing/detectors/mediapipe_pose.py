"""MediaPipe: pose on the whole picture, one hand tracker per wrist on a crop around it. Its models ship with it."""

from __future__ import annotations

import itertools
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import numpy as np

from audio_to_body.preprocessing.detectors.people import (
    BODY_SIZE,
    NECK,
    SHOULDERS,
    WRISTS,
    Person,
    crop_square,
    hand_box,
    no_points,
)
from audio_to_body.preprocessing.detectors.registry import Order
from audio_to_body.skeleton.layouts import BODY_POINTS, HAND_SIZE

# MediaPipe's 33 pose points that are ours; it has no neck
_POSE_INDEX = {
    "nose": 0,
    "left_shoulder": 11,
    "right_shoulder": 12,
    "left_elbow": 13,
    "right_elbow": 14,
    "left_wrist": 15,
    "right_wrist": 16,
}
POSE_COMPLEXITY = 1  # the full model; 0 and 2 are not in the wheel
HAND_PIXELS = 384  # a crop is brought to this size: small hands are found more often when enlarged
SIDES = ("left", "right")
WRIST_SLACK = 0.75  # shoulder widths between pose's wrist and a hand's root, beyond which it is no hand of that arm
HAND_COMPLEXITY = {
    "full": 1,
    "lite": 0,
}  # both are in the wheel; the lite net takes half the time and loses more hands
SETTLING = 3  # looks at the first picture before it counts
FRAMES_AHEAD = 4  # pictures held at once, so that pose need not wait for the hands
FORGET_AFTER = 3  # frames without a hand after which its tracker starts over


class MediaPipeDetector:
    """One person per frame: MediaPipe Pose, then MediaPipe Hands on a crop per wrist.

    A hand belongs to the wrist whose crop it was found in; MediaPipe's own left and right assume a mirrored picture
    and are ignored.

    Parameters
    ----------
    minimum_confidence : float
        MediaPipe's threshold for finding and for tracking.
    hand_net : {"full", "lite"}
    """

    name = "mediapipe"
    needs_pictures = True

    def __init__(self, minimum_confidence: float = 0.5, hand_net: str = "full"):
        self.minimum_confidence = minimum_confidence
        self.hand_net = hand_net
        self._hands: dict[str, Any] = {}
        self._missed: dict[str, int] = {}

    @classmethod
    def for_video(cls, order: Order) -> MediaPipeDetector:
        """See :class:`audio_to_body.preprocessing.detectors.registry.DetectorEntry`."""
        return cls(hand_net=order.variant)

    def people(self, pictures: Iterable[np.ndarray | None], first: int = 0) -> Iterator[list[Person]]:
        """See :class:`audio_to_body.preprocessing.detectors.people.Detector`."""
        pictures = iter(pictures)
        for start in pictures:
            # trackers find hands in the second or third look: the first picture is shown some times before it counts
            shown = itertools.chain([start] * (SETTLING + 1), pictures)
            yield from itertools.islice(self._track(shown), SETTLING, None)

    def _track(self, pictures: Iterable[np.ndarray | None]) -> Iterator[list[Person]]:
        """Pose and the two hands are three rows of work, each in its own thread and in the frames' order.

        Pose runs some frames ahead, so that no core waits for the longest of the three.
        """
        os.environ.setdefault("GLOG_minloglevel", "2")  # its warnings about its own graphs
        from mediapipe.python.solutions import hands, pose

        limits = {
            "min_detection_confidence": self.minimum_confidence,
            "min_tracking_confidence": self.minimum_confidence,
        }
        self._missed = dict.fromkeys(SIDES, 0)
        with ExitStack() as stack:
            body = stack.enter_context(pose.Pose(model_complexity=POSE_COMPLEXITY, **limits))
            self._hands = {
                side: stack.enter_context(
                    hands.Hands(max_num_hands=1, model_complexity=HAND_COMPLEXITY[self.hand_net], **limits)
                )
                for side in SIDES
            }
            posing, *handling = (stack.enter_context(ThreadPoolExecutor(1)) for _ in range(3))
            under_way: deque[tuple[Future, list[Future]]] = deque()
            for picture in pictures:
                if picture is None:
                    raise ValueError("MediaPipe needs pictures")
                found = posing.submit(find_body, body, picture)
                each = [one.submit(self._hand_when, picture, found, side) for one, side in zip(handling, SIDES)]
                under_way.append((found, each))
                if len(under_way) > FRAMES_AHEAD:
                    yield self._person(*under_way.popleft())
            while under_way:
                yield self._person(*under_way.popleft())

    def _person(self, found: Future[np.ndarray | None], hands: list[Future[np.ndarray]]) -> list[Person]:
        body = found.result()
        if body is None:
            return []
        left, right = apart(body, *(hand.result() for hand in hands))
        for side, hand in zip(SIDES, (left, right)):
            take_root_as_wrist(body, hand, side)
        return [Person(body, left, right, score=float(body[:, 2].mean()))]

    def _hand_when(self, picture: np.ndarray, found: Future[np.ndarray | None], side: str) -> np.ndarray:
        """The hand of that side once the body is found."""
        body = found.result()
        return no_points(HAND_SIZE) if body is None else self._hand(picture, body, side)

    def _hand(self, picture: np.ndarray, body: np.ndarray, side: str) -> np.ndarray:
        import cv2

        box = hand_box(body, side)
        if box is None:
            return no_points(HAND_SIZE)
        crop, left, top = crop_square(picture, *box)
        size = crop.shape[0]
        enlarged = cv2.resize(crop, (HAND_PIXELS, HAND_PIXELS), interpolation=cv2.INTER_LINEAR)
        answer = self._hands[side].process(enlarged)
        if answer.multi_hand_landmarks is None:
            self._missed[side] += 1
            if self._missed[side] == FORGET_AFTER:
                self._hands[side].reset()
            return no_points(HAND_SIZE)
        self._missed[side] = 0
        # MediaPipe gives one score per hand, none per point
        score = answer.multi_handedness[0].classification[0].score
        marks = answer.multi_hand_landmarks[0].landmark
        return np.array([(left + m.x * size, top + m.y * size, score) for m in marks], np.float32)


def find_body(pose: Any, picture: np.ndarray) -> np.ndarray | None:
    """Body points of the person that MediaPipe's ``pose`` tracks, float32 [8, 3]; None when there is nobody."""
    height, width = picture.shape[:2]
    found = pose.process(picture).pose_landmarks
    if found is None:
        return None
    body = no_points(BODY_SIZE)
    for number, point in enumerate(BODY_POINTS):
        if point in _POSE_INDEX:
            mark = found.landmark[_POSE_INDEX[point]]
            body[number] = (mark.x * width, mark.y * height, mark.visibility)
    left, right = body[SHOULDERS["left"]], body[SHOULDERS["right"]]
    body[NECK] = (left + right) / 2
    body[NECK, 2] = min(left[2], right[2])
    return body


def apart(body: np.ndarray, left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keep two trackers from showing the same hand: it stays with the nearer wrist.

    Parameters
    ----------
    body : np.ndarray [8, 3]
    left, right : np.ndarray [21, 3]
    """
    if np.isnan(left).any() or np.isnan(right).any():
        return left, right
    size = max(float(np.ptp(left[:, :2], axis=0).max()), float(np.ptp(right[:, :2], axis=0).max()))
    # the same hand seen twice agrees in every point; two hands that cross do not
    if float(np.linalg.norm(left[:, :2] - right[:, :2], axis=1).mean()) > 0.25 * size:
        return left, right
    away = [np.linalg.norm(hand[0, :2] - body[WRISTS[side], :2]) for side, hand in zip(SIDES, (left, right))]
    return (left, no_points(HAND_SIZE)) if away[0] <= away[1] else (no_points(HAND_SIZE), right)


def take_root_as_wrist(body: np.ndarray, hand: np.ndarray, side: str) -> None:
    """Make a found hand's root the body's wrist, in place; a hand too far from its arm becomes no hand.

    Pose guesses wrists that are covered, by the violin's neck for instance; the hand net looks closer. OpenPose, too,
    puts wrist and root on one place.
    """
    width = float(np.linalg.norm(body[SHOULDERS["left"], :2] - body[SHOULDERS["right"], :2]))
    wrist = body[WRISTS[side]]
    if np.isnan(hand[0, :2]).any():
        return
    if np.linalg.norm(hand[0, :2] - wrist[:2]) <= WRIST_SLACK * width:
        wrist[:2] = hand[0, :2]
    else:
        hand[:] = no_points(HAND_SIZE)
