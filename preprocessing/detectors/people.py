"""What every detector gives: the people of a frame, with body points, hands, a box and confidences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from audio_to_body.skeleton.layouts import BODY_POINTS, HAND_SIZE

BODY_SIZE = len(BODY_POINTS)
NOSE, NECK = BODY_POINTS.index("nose"), BODY_POINTS.index("neck")
SHOULDERS = {side: BODY_POINTS.index(f"{side}_shoulder") for side in ("left", "right")}
ELBOWS = {side: BODY_POINTS.index(f"{side}_elbow") for side in ("left", "right")}
WRISTS = {side: BODY_POINTS.index(f"{side}_wrist") for side in ("left", "right")}

# OpenPose's box of a hand, seen from its arm (handDetector.cpp), a little wider: bowing hands bend far
HAND_REACH = 0.33  # centre beyond the wrist, as a share of the forearm
HAND_BOX = 1.8  # side, as a multiple of the forearm (OpenPose: 1.5)
UPPER_ARM_SHARE = 0.9  # the forearm counts as at least this share of the upper arm


def no_points(count: int) -> np.ndarray:
    """Points that were not found: x and y NaN, confidence 0; float32 ``[count, 3]``."""
    points = np.full((count, 3), np.nan, np.float32)
    points[:, 2] = 0.0
    return points


@dataclass
class Person:
    """One person in one frame.

    Attributes
    ----------
    body : np.ndarray, float32 [8, 3]
        x, y (pixels) and confidence of :data:`audio_to_body.skeleton.layouts.BODY_POINTS`; NaN, NaN, 0 where not
        found.
    left_hand, right_hand : np.ndarray, float32 [21, 3]
        The performer's own left and right.
    box : np.ndarray, float32 [4]
        Left, top, right, bottom in pixels; by default that of the body points.
    score : float
        How sure the detector is of the person, 0 to 1.
    """

    body: np.ndarray
    left_hand: np.ndarray = field(default_factory=lambda: no_points(HAND_SIZE))
    right_hand: np.ndarray = field(default_factory=lambda: no_points(HAND_SIZE))
    box: np.ndarray | None = None
    score: float = 1.0

    def __post_init__(self) -> None:
        if self.box is None:
            self.box = box_of(self.body)

    @property
    def points(self) -> np.ndarray:
        """Body, left and right hand together, float32 [50, 3], in the order of the 50-point layouts."""
        return np.concatenate([self.body, self.left_hand, self.right_hand]).astype(np.float32)


def mirrored(person: Person, width: float) -> Person:
    """The person of a mirrored picture as it really was: x from the other side, left and right exchanged.

    Parameters
    ----------
    person : Person
    width : float
        Of the picture in pixels.
    """

    def turned(points: np.ndarray) -> np.ndarray:
        points = points.copy()
        points[:, 0] = width - 1 - points[:, 0]
        return points

    order = [BODY_POINTS.index(_OTHER_SIDE.get(name, name)) for name in BODY_POINTS]
    box = person.box
    assert box is not None
    turned_box = np.array([width - 1 - box[2], box[1], width - 1 - box[0], box[3]], np.float32)
    return Person(
        turned(person.body)[order], turned(person.right_hand), turned(person.left_hand), turned_box, person.score
    )


_SIDES = {"left": "right", "right": "left"}
_OTHER_SIDE = {
    name: f"{_SIDES[side]}_{part}"
    for name in BODY_POINTS
    for side, _, part in [name.partition("_")]
    if side in _SIDES
}


class Detector(Protocol):
    """Finds the people of consecutive frames of a video."""

    name: str
    needs_pictures: bool  # False for recorded results

    def people(self, pictures: Iterable[np.ndarray | None], first: int = 0) -> Iterator[list[Person]]:
        """People of consecutive frames; what was seen before the call is forgotten.

        Parameters
        ----------
        pictures : iterable of np.ndarray, uint8 [height, width, 3]
            RGB, at 24 frames/s. Where only recorded results exist, None stands for each picture.
        first : int
            Number of the first frame.

        Yields
        ------
        list of Person
            One list a frame; empty where nobody was found.
        """
        ...


def box_of(points: np.ndarray) -> np.ndarray:
    """Box of the points that were found, float32 [4]; NaN where there is none."""
    found = points[np.isfinite(points[:, 0]) & (points[:, 2] > 0), :2]
    if len(found) == 0:
        return np.full(4, np.nan, np.float32)
    return np.concatenate([found.min(axis=0), found.max(axis=0)]).astype(np.float32)


def hand_box(body: np.ndarray, side: str) -> tuple[float, float, float] | None:
    """Square in which a hand is looked for, by OpenPose's rule from the arm: centre x, centre y, side in pixels.

    Parameters
    ----------
    body : np.ndarray [8, 3]
    side : str
        ``"left"`` or ``"right"``.

    Returns
    -------
    tuple or None
        None where elbow or wrist is missing.
    """
    shoulder, elbow, wrist = (body[part[side]] for part in (SHOULDERS, ELBOWS, WRISTS))
    if not np.isfinite([*elbow[:2], *wrist[:2]]).all() or elbow[2] <= 0 or wrist[2] <= 0:
        return None
    forearm = float(np.linalg.norm(wrist[:2] - elbow[:2]))
    upper = float(np.linalg.norm(elbow[:2] - shoulder[:2])) if np.isfinite(shoulder[:2]).all() else 0.0
    centre = wrist[:2] + HAND_REACH * (wrist[:2] - elbow[:2])
    return float(centre[0]), float(centre[1]), HAND_BOX * max(forearm, UPPER_ARM_SHARE * upper)


def crop_square(picture: np.ndarray, centre_x: float, centre_y: float, side: float) -> tuple[np.ndarray, int, int]:
    """Cut a square out of a picture; outside the picture it is black.

    Returns
    -------
    crop : np.ndarray [side, side, 3]
    left, top : int
        Where the crop's corner lies in the picture, in pixels.
    """
    size = max(2, round(side))
    left, top = round(centre_x - size / 2), round(centre_y - size / 2)
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + size, width), min(top + size, height)
    if x0 >= x1 or y0 >= y1:
        return np.zeros((size, size, 3), np.uint8), left, top
    if (x0, y0, x1, y1) == (left, top, left + size, top + size):
        return np.ascontiguousarray(picture[y0:y1, x0:x1]), left, top
    crop = np.zeros((size, size, 3), np.uint8)
    crop[y0 - top : y1 - top, x0 - left : x1 - left] = picture[y0:y1, x0:x1]
    return crop, left, top


def best_people(people: Sequence[Person], count: int) -> list[Person]:
    """At most ``count`` people, the surest first."""
    return sorted(people, key=lambda person: -person.score)[:count]
