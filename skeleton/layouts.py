"""Keypoint layouts: the names, order and bones of the points in a frame.

Points are those of the musician: "right" is the performer's right, whichever side of the picture it is on.
The 50 points of the paper (Sec. 1) are OpenPose's upper body 0-7, then 21 points of the left and 21 of the
right hand in OpenPose's order, which is MediaPipe's order too.
"""

from __future__ import annotations

from dataclasses import dataclass

Edge = tuple[int, int]

BODY_POINTS = (
    "nose",
    "neck",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
)
BODY_EDGES: tuple[Edge, ...] = ((0, 1), (1, 2), (2, 3), (3, 4), (1, 5), (5, 6), (6, 7))

FINGERS = ("thumb", "index", "middle", "ring", "little")
HAND_POINTS = ("wrist",) + tuple(f"{finger}_{joint}" for finger in FINGERS for joint in (1, 2, 3, 4))
HAND_SIZE = len(HAND_POINTS)
HAND_EDGES: tuple[Edge, ...] = tuple(
    edge for f in range(5) for edge in [(0, 4 * f + 1)] + [(4 * f + j, 4 * f + j + 1) for j in (1, 2, 3)]
)
FINGERTIPS = tuple(4 * f + 4 for f in range(5))  # within a hand: thumb ... little finger


@dataclass(frozen=True)
class Layout:
    """A named order of keypoints.

    Attributes
    ----------
    name : str
        The layout's name as it stands in datasets and models.
    instrument : str
        Whose it is (:mod:`audio_to_body.skeleton.instruments`).
    points : tuple of str
        One name per point, unique.
    edges : tuple of (int, int)
        Bones, as pairs of point indices.
    body, left_hand, right_hand : tuple of int
        Which points belong to which part; a part that the layout lacks is empty.
    """

    name: str
    instrument: str
    points: tuple[str, ...]
    edges: tuple[Edge, ...]
    body: tuple[int, ...]
    left_hand: tuple[int, ...]
    right_hand: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of points in a frame."""
        return len(self.points)

    def index(self, point: str) -> int:
        """Index of a point by its name; raises ``KeyError`` with the layout's name when absent."""
        try:
            return self.points.index(point)
        except ValueError:
            raise KeyError(f"layout '{self.name}' has no point '{point}'") from None

    def has(self, point: str) -> bool:
        """Whether the layout has a point of that name."""
        return point in self.points


def _shift(edges: tuple[Edge, ...], by: int) -> tuple[Edge, ...]:
    return tuple((a + by, b + by) for a, b in edges)


def _upper_body(name: str, instrument: str, body_points: tuple[str, ...]) -> Layout:
    skipped = len(BODY_POINTS) - len(body_points)
    count = len(body_points)
    left, right = count, count + HAND_SIZE
    body_edges = tuple((a - skipped, b - skipped) for a, b in BODY_EDGES if a >= skipped)
    return Layout(
        name=name,
        instrument=instrument,
        points=body_points
        + tuple(f"left_hand_{p}" for p in HAND_POINTS)
        + tuple(f"right_hand_{p}" for p in HAND_POINTS),
        edges=body_edges + _shift(HAND_EDGES, left) + _shift(HAND_EDGES, right),
        body=tuple(range(count)),
        left_hand=tuple(range(left, left + HAND_SIZE)),
        right_hand=tuple(range(right, right + HAND_SIZE)),
    )


def _fingertips(name: str) -> Layout:
    names = ("wrist",) + tuple(f"{finger}_4" for finger in FINGERS)
    star = tuple((0, tip) for tip in range(1, 6))
    return Layout(
        name=name,
        instrument="piano",
        points=tuple(f"{side}_hand_{p}" for side in ("left", "right") for p in names),
        edges=star + _shift(star, 6),
        body=(),
        left_hand=tuple(range(6)),
        right_hand=tuple(range(6, 12)),
    )


VIOLIN = _upper_body("violin", "violin", BODY_POINTS)
PIANO = _upper_body("piano", "piano", BODY_POINTS)
PIANO49 = _upper_body("piano49", "piano", BODY_POINTS[1:])  # the authors' released data: no nose
HANDS12 = _fingertips("hands12")  # wrist and five fingertips of each hand
assert (VIOLIN.size, PIANO.size, PIANO49.size, HANDS12.size) == (50, 50, 49, 12)

LAYOUTS: dict[str, Layout] = {layout.name: layout for layout in (VIOLIN, PIANO, PIANO49, HANDS12)}


def layout_named(name: str) -> Layout:
    """Look a layout up by name.

    Raises
    ------
    ValueError
        If no layout has that name; the message lists those that exist.
    """
    try:
        return LAYOUTS[name]
    except KeyError:
        raise ValueError(f"unknown keypoint layout '{name}'; known: {', '.join(LAYOUTS)}") from None
