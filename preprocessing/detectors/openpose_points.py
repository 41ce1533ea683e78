"""The people of one of OpenPose's JSON files: BODY_25 or COCO, with what is no number or no place not found."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from audio_to_body.preprocessing.detectors.people import BODY_SIZE, Person, no_points
from audio_to_body.skeleton.layouts import HAND_SIZE
from audio_to_body.skeleton.refusal import BadInput

_BODY_COUNTS = (25, 18)  # BODY_25 and COCO; in both, points 0 to 7 are the layout's body points
LARGEST_COORDINATE = 32_768.0  # px; OpenPose never looks at a larger picture
LARGEST_FILE = 16 << 20  # bytes of one frame's JSON: a crowd takes a hundredth of it


def parse_people(data: bytes, name: str) -> list[Person]:
    """The people of one JSON file.

    Raises
    ------
    BadInput
        If it is not JSON, or a list of points has a length that OpenPose never writes.
    """
    try:
        if len(data) > LARGEST_FILE:
            raise ValueError(f"it is larger than {LARGEST_FILE >> 20} MB")
        found = json.loads(data)["people"]
        return [_person(person, name) for person in found]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{name} is not a result of OpenPose ({error}); was it copied completely?") from None


def _person(person: dict[str, Any], name: str) -> Person:
    def points(key: str, counts: tuple[int, ...]) -> np.ndarray | None:
        # before version 1.2 the keys had no ending
        values = person.get(f"{key}_2d", person.get(key))
        return _points(values, counts, f"{name}: {key}_2d")

    body = points("pose_keypoints", _BODY_COUNTS)
    left, right = (points(f"hand_{side}_keypoints", (HAND_SIZE,)) for side in ("left", "right"))
    body = no_points(BODY_SIZE) if body is None else body[:BODY_SIZE]
    hands = [no_points(HAND_SIZE) if hand is None else hand for hand in (left, right)]
    return Person(body, hands[0], hands[1], score=float(body[:, 2].mean()))


def _points(values: list[float] | None, counts: tuple[int, ...], where: str) -> np.ndarray | None:
    """A flat list x, y, confidence, … as points; None for an empty list (OpenPose ran without that net).

    What is no number, or lies outside any picture, was not found.
    """
    if not values:
        return None
    if len(values) not in [3 * count for count in counts]:
        wanted = " or ".join(str(3 * count) for count in counts)
        raise BadInput(f"{where} has {len(values)} numbers, OpenPose writes {wanted}; is it of another model?")
    with np.errstate(over="ignore", invalid="ignore"):
        points = np.array([np.nan if value is None else value for value in values], np.float64).reshape(-1, 3)
        found = (np.abs(points[:, :2]) <= LARGEST_COORDINATE).all(axis=1) & (points[:, 2] > 0)
        found &= points[:, 2] <= LARGEST_COORDINATE
        points[~found] = (np.nan, np.nan, 0.0)
        return points.astype(np.float32)
