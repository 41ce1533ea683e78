"""Antialiased shapes with positions between pixels: laid out for many frames at once, painted one frame at a time.

Computing outlines frame by frame costs far more than painting them; a :class:`Sketch` therefore takes arrays with the
frames in front and leaves OpenCV alone to work in the loop.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from audio_to_body.geometry.vector_arrays import length, unit

Colour = tuple[int, int, int]  # BGR, 0 to 255

_BITS = 4  # fractional bits of a coordinate: sixteenths of a pixel
_ONE = 1 << _BITS
_FARTHEST = 20_000.0  # px; OpenCV's fixed-point coordinates overflow far outside the picture
_WIDEST = 2_000  # px of a line or a radius: points far apart make a huge scale, and OpenCV refuses huge lines
_SOFT_EDGE = 3.0  # px that antialiasing and rounding add around a shape
_BROAD = 3  # px; OpenCV draws broad chains piece by piece, which takes twice the time of one outline
_GENTLE = 0.3  # cosine of the sharpest bend that one outline shows well
SHORTEST = 1e-9  # px of a vector that has a direction
_ARC = np.linspace(-np.pi / 2, np.pi / 2, 12)
_CIRCLE = np.linspace(0, 2 * np.pi, 40, endpoint=False)

Paint = Callable[[np.ndarray, np.ndarray], object]  # (picture, fixed-point points of one frame)
Box = tuple[int, int, int, int]  # left, top, right, bottom in px; right and bottom outside


def mixed(a: Colour, b: Colour, share: float) -> Colour:
    """Colour ``a`` with a share (0 to 1) of ``b``."""
    return tuple(round(x + (y - x) * share) for x, y in zip(a, b))  # type: ignore[return-value]


class Sketch:
    """Shapes of several frames, in the order in which they cover each other.

    Every method takes arrays ``[frames, ..., 2]`` in px. A shape is left out of the frames where one of its points is
    NaN, or where ``where`` (bool ``[frames]``) is False.

    Parameters
    ----------
    frames : int
    """

    def __init__(self, frames: int) -> None:
        self.frames = frames
        self._shapes: list[tuple[np.ndarray, list[bool], Paint]] = []
        self._low = np.full((frames, 2), np.inf)  # corners of what is painted
        self._high = np.full((frames, 2), -np.inf)

    def paint(self, image: np.ndarray, frame: int) -> None:
        """Paint one frame's shapes into a BGR picture."""
        for points, shown, paint in self._shapes:
            if shown[frame]:
                paint(image, points[frame])

    def box(self, frame: int) -> Box:
        """What one frame's shapes lie in; empty (right not above left) when there are none."""
        low, high = self._low[frame], self._high[frame]
        if not (low < high).all():
            return 0, 0, 0, 0
        return int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1

    def polygon(
        self, outline: np.ndarray, colour: Colour, *, convex: bool = False, where: np.ndarray | None = None
    ) -> None:
        """Fill a closed outline ``[frames, n, 2]``; a convex one is filled faster."""
        self._add(outline, where, partial(_fill_convex if convex else _fill, colour=colour))

    def line(self, chain: np.ndarray, colour: Colour, width: float = 1.0, *, where: np.ndarray | None = None) -> None:
        """Draw a chain ``[frames, n, 2]`` with round ends; ``width`` in px is rounded to whole pixels."""
        whole = min(max(1, round(width)), _WIDEST)
        if whole >= _BROAD and chain.shape[1] > 2:
            outline, gentle = _ribbon(chain, whole / 2)
            self.polygon(outline, colour, where=gentle if where is None else gentle & where)
            where = ~gentle if where is None else ~gentle & where
        self._add(chain, where, partial(_stroke, colour=colour, width=whole), whole / 2)

    def disc(self, centre: np.ndarray, radius: float, colour: Colour, *, where: np.ndarray | None = None) -> None:
        """Fill a circle around ``[frames, 2]``; ``radius`` in px."""
        fixed = min(max(1, round(radius * _ONE)), _WIDEST * _ONE)
        self._add(centre, where, partial(_dot, radius=fixed, colour=colour), fixed / _ONE)

    def ellipse(self, centre: np.ndarray, half: np.ndarray, other_half: np.ndarray, colour: Colour) -> None:
        """Fill an ellipse around ``[frames, 2]``, its half axes given as vectors ``[frames, 2]``."""
        cos, sin = np.cos(_CIRCLE)[:, None], np.sin(_CIRCLE)[:, None]
        self.polygon(centre[:, None] + half[:, None] * cos + other_half[:, None] * sin, colour, convex=True)

    def capsule(self, a: np.ndarray, b: np.ndarray, radius_a: float, radius_b: float, colour: Colour) -> None:
        """Fill a limb: two circles of different radius in px and what lies between them, as one outline."""
        along = b - a
        length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-6)
        heading = np.arctan2(along[:, 1], along[:, 0])[:, None]
        lean = np.arcsin(np.clip((radius_a - radius_b) / length, -1.0, 1.0))[:, None]
        # the common tangents touch both circles at heading ± (90° - lean)
        near = heading + np.pi + _ARC * (1 + 2 * lean / np.pi)
        far = heading + _ARC * (1 - 2 * lean / np.pi)
        outline = [
            a[:, None] + radius_a * np.stack([np.cos(near), np.sin(near)], axis=-1),
            b[:, None] + radius_b * np.stack([np.cos(far), np.sin(far)], axis=-1),
        ]
        self.polygon(np.concatenate(outline, axis=1), colour, convex=True)

    def patch(self, corner: tuple[int, int], picture: np.ndarray, mask: np.ndarray) -> None:
        """Copy a fixed picture ``[h, w, 3]`` where ``mask [h, w]`` is not 0; ``corner`` is its upper left pixel."""
        ends = np.array([corner, (corner[0] + picture.shape[1], corner[1] + picture.shape[0])], np.float64)
        copy = partial(_copy, corner=corner, picture=picture, mask=mask)
        self._add(np.broadcast_to(ends, (self.frames, 2, 2)), None, copy)

    def _add(self, points: np.ndarray, where: np.ndarray | None, paint: Paint, around: float = 0.0) -> None:
        """Keep a shape that reaches ``around`` px beyond its points."""
        points = points.reshape(self.frames, -1, 2)
        shown = np.isfinite(points.sum(axis=(1, 2)))
        if where is not None:
            shown &= where
        inside = np.fmax(np.fmin(points, _FARTHEST), -_FARTHEST)  # NaN becomes a number, which is not shown
        around += _SOFT_EDGE
        for axis in range(2):  # one at a time: numpy is slow over a short last axis
            along = inside[:, :, axis]
            self._low[shown, axis] = np.minimum(self._low[shown, axis], along.min(axis=1)[shown] - around)
            self._high[shown, axis] = np.maximum(self._high[shown, axis], along.max(axis=1)[shown] + around)
        self._shapes.append((np.ascontiguousarray(np.rint(inside * _ONE), np.int32), shown.tolist(), paint))


def _fill(image: np.ndarray, points: np.ndarray, colour: Colour) -> None:
    cv2.fillPoly(image, [points], colour, cv2.LINE_AA, _BITS)


def _fill_convex(image: np.ndarray, points: np.ndarray, colour: Colour) -> None:
    cv2.fillConvexPoly(image, points, colour, cv2.LINE_AA, _BITS)


def _stroke(image: np.ndarray, points: np.ndarray, colour: Colour, width: int) -> None:
    cv2.polylines(image, [points], False, colour, width, cv2.LINE_AA, _BITS)


def _dot(image: np.ndarray, points: np.ndarray, radius: int, colour: Colour) -> None:
    cv2.circle(image, (int(points[0, 0]), int(points[0, 1])), radius, colour, -1, cv2.LINE_AA, _BITS)


def _copy(
    image: np.ndarray, points: np.ndarray, corner: tuple[int, int], picture: np.ndarray, mask: np.ndarray
) -> None:
    height, width = image.shape[:2]
    left, top = max(0, -corner[0]), max(0, -corner[1])
    right, bottom = min(picture.shape[1], width - corner[0]), min(picture.shape[0], height - corner[1])
    if right > left and bottom > top:
        part = image[corner[1] + top : corner[1] + bottom, corner[0] + left : corner[0] + right]
        cv2.copyTo(picture[top:bottom, left:right], mask[top:bottom, left:right], part)


def _ribbon(chain: np.ndarray, half: float) -> tuple[np.ndarray, np.ndarray]:
    """Outline ``[frames, m, 2]`` of a chain ``[frames, n, 2]`` with round ends, and where it is a good one.

    It is not where the chain bends sharply or within less than its width: the outline would cross itself.
    """
    steps = np.diff(chain, axis=1)
    length = np.hypot(steps[..., 0], steps[..., 1])
    with np.errstate(invalid="ignore", divide="ignore"):
        along = steps / length[..., None]
        cosine = (along[:, 1:] * along[:, :-1]).sum(axis=-1)
        inward = half * np.sqrt(np.maximum(1 - cosine, 0) / (1 + cosine))  # what a bend takes of its inner side
        taken = np.pad(inward, ((0, 0), (1, 0))) + np.pad(inward, ((0, 0), (0, 1)))
        gentle = (cosine > _GENTLE).all(axis=1) & (length > taken).all(axis=1)
        side = turned(along)
        middle = (side[:, 1:] + side[:, :-1]) / (1 + cosine)[..., None]
    right, left = chain[:, 1:-1] + half * middle, chain[:, 1:-1] - half * middle
    cos, sin = half * np.cos(_ARC[1:-1])[:, None], half * np.sin(_ARC[1:-1])[:, None]
    first, last = along[:, :1], along[:, -1:]
    begin = chain[:, :1] - cos * first - sin * turned(first)
    end = chain[:, -1:] + cos * last + sin * turned(last)
    return np.concatenate([left, end, right[:, ::-1], begin], axis=1), gentle


def smooth_outline(corners: np.ndarray, pieces: int = 4) -> np.ndarray:
    """A closed Catmull-Rom curve through ``corners [..., n, 2]``, ``pieces`` points from corner to corner."""
    t = (np.arange(pieces) / pieces)[:, None]
    p0, p1, p2, p3 = (np.roll(corners, shift, axis=-2)[..., None, :] for shift in (1, 0, -1, -2))
    curve = 0.5 * (
        2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )
    return curve.reshape(*corners.shape[:-2], -1, 2)


def direction(vector: np.ndarray) -> np.ndarray:
    """Vectors ``[..., 2]`` at length 1; NaN, and so not painted, for a vector without length."""
    return np.where(length(vector)[..., None] > SHORTEST, unit(vector), np.nan)


def turned(vector: np.ndarray) -> np.ndarray:
    """Vectors ``[..., 2]`` turned by a right angle, clockwise in a picture."""
    return np.stack([-vector[..., 1], vector[..., 0]], axis=-1)
