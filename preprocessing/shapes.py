"""Antialiased shapes with positions between pixels, drawn by OpenCV into a BGR picture."""

from __future__ import annotations

import cv2
import numpy as np

Colour = tuple[int, int, int]  # BGR, 0 to 255

_BITS = 4  # fractional bits of a coordinate: sixteenths of a pixel
_ONE = 1 << _BITS
_FARTHEST = 20_000.0  # px; OpenCV's fixed-point coordinates overflow far outside the picture


def mixed(a: Colour, b: Colour, share: float) -> Colour:
    """Colour ``a`` with a share (0 to 1) of ``b``."""
    return tuple(round(x + (y - x) * share) for x, y in zip(a, b))  # type: ignore[return-value]


def _fixed(points: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(points, -_FARTHEST, _FARTHEST) * _ONE).astype(np.int32)


def polygon(image: np.ndarray, outline: np.ndarray, colour: Colour) -> None:
    """Fill a closed outline ``[n, 2]`` in px."""
    cv2.fillPoly(image, [_fixed(outline)], colour, cv2.LINE_AA, _BITS)


def line(image: np.ndarray, a: np.ndarray, b: np.ndarray, colour: Colour, width: float = 1.0) -> None:
    """Draw a line with round ends; ``width`` in px is rounded to whole pixels."""
    p, q = _fixed(np.stack([a, b])).tolist()
    cv2.line(image, p, q, colour, max(1, round(width)), cv2.LINE_AA, _BITS)


def disc(image: np.ndarray, centre: np.ndarray, radius: float, colour: Colour) -> None:
    """Fill a circle; ``radius`` in px."""
    cv2.circle(image, _fixed(centre).tolist(), max(1, round(radius * _ONE)), colour, -1, cv2.LINE_AA, _BITS)


def ellipse(
    image: np.ndarray, centre: np.ndarray, half_x: float, half_y: float, angle: float, colour: Colour
) -> None:
    """Fill an ellipse; half axes in px, ``angle`` in degrees clockwise."""
    axes = (max(1, round(half_x * _ONE)), max(1, round(half_y * _ONE)))
    cv2.ellipse(image, _fixed(centre).tolist(), axes, angle, 0, 360, colour, -1, cv2.LINE_AA, _BITS)


_ARC = np.linspace(-np.pi / 2, np.pi / 2, 9)


def capsule(
    image: np.ndarray, a: np.ndarray, b: np.ndarray, radius_a: float, radius_b: float, colour: Colour
) -> None:
    """Fill a limb: two circles of different radius in px and what lies between them, as one outline."""
    along = np.asarray(b) - np.asarray(a)
    length = float(np.hypot(along[0], along[1]))
    if length <= abs(radius_a - radius_b):
        disc(image, a if radius_a > radius_b else b, max(radius_a, radius_b), colour)
        return
    heading = float(np.arctan2(along[1], along[0]))
    lean = float(np.arcsin((radius_a - radius_b) / length))
    # the common tangents touch both circles at heading ± (90° - lean)
    near = heading + np.pi + _ARC * (1 + 2 * lean / np.pi)
    far = heading + _ARC * (1 - 2 * lean / np.pi)
    outline = np.concatenate(
        [
            np.asarray(a) + radius_a * np.column_stack([np.cos(near), np.sin(near)]),
            np.asarray(b) + radius_b * np.column_stack([np.cos(far), np.sin(far)]),
        ]
    )
    cv2.fillConvexPoly(image, _fixed(outline), colour, cv2.LINE_AA, _BITS)


def smooth_outline(corners: np.ndarray, pieces: int = 4) -> np.ndarray:
    """A closed Catmull-Rom curve through ``corners [n, 2]``, ``pieces`` points from corner to corner."""
    t = (np.arange(pieces) / pieces)[None, :, None]
    p0, p1, p2, p3 = (np.roll(corners, shift, axis=0)[:, None] for shift in (1, 0, -1, -2))
    curve = 0.5 * (
        2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )
    return curve.reshape(-1, 2)
