"""Draw a musician's keypoints onto a BGR picture: over a real frame, or as a figure on a stage of its own.

Two styles: :data:`FIGURE` is a full musician for skeleton videos, :data:`OVERLAY` thin bones that leave the real
frame visible. Instruments (:mod:`preprocessing.instrument_drawing`) are drawn from the same points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Union

import numpy as np

from preprocessing.instrument_drawing import Keyboard, Violin, draw_bow, draw_keyboard, draw_violin
from preprocessing.shapes import Colour, capsule, disc, ellipse, line, mixed, polygon, smooth_outline
from skeleton.layouts import FINGERS, HAND_SIZE, Layout

# Lengths of an adult, cm; what a frame shows of them gives its scale
BONE_CM = {
    ("right_shoulder", "left_shoulder"): 36.0,
    ("right_shoulder", "right_elbow"): 29.0,
    ("left_shoulder", "left_elbow"): 29.0,
    ("right_elbow", "right_wrist"): 25.0,
    ("left_elbow", "left_wrist"): 25.0,
    ("left_hand_wrist", "left_hand_middle_1"): 9.0,
    ("right_hand_wrist", "right_hand_middle_1"): 9.0,
    ("left_hand_wrist", "left_hand_middle_4"): 15.0,
    ("right_hand_wrist", "right_hand_middle_4"): 15.0,
}


def _bgr(text: str) -> Colour:
    return tuple(int(text[i : i + 2], 16) for i in (4, 2, 0))  # type: ignore[return-value]


NAVY, SKIN, CORAL, CYAN, IVORY = map(_bgr, ("36405c", "e9d3bd", "ff8a5c", "35bfd6", "fff8ec"))
WARM = tuple(map(_bgr, ("ffd166", "ffb35c", "ff8f66", "fb6f84", "e85d9e")))  # thumb to little finger
COOL = tuple(map(_bgr, ("a8f0c6", "6fe3cf", "46cfe0", "5aaef2", "8490f5")))


@dataclass(frozen=True)
class Style:
    """How a musician is drawn.

    Attributes
    ----------
    filled : bool
        A body with torso, head and limbs of human width; else thin bones only.
    instrument : bool
        Draw the instrument.
    joints : bool
        Mark every point with a dot.
    least_confidence : float
        Points below it are left out.
    torso, head, left_arm, right_arm, joint : (int, int, int)
        Colours, BGR.
    left_fingers, right_fingers : tuple of (int, int, int)
        Thumb to little finger.
    """

    filled: bool = True
    instrument: bool = True
    joints: bool = True
    least_confidence: float = 0.05
    torso: Colour = NAVY
    head: Colour = SKIN
    left_arm: Colour = CORAL
    right_arm: Colour = CYAN
    joint: Colour = IVORY
    left_fingers: tuple[Colour, ...] = WARM
    right_fingers: tuple[Colour, ...] = COOL


FIGURE = Style()
OVERLAY = Style(filled=False, instrument=False)


@cache
def _measured_bones(layout: Layout) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    bones = [(a, b, cm) for (a, b), cm in BONE_CM.items() if layout.has(a) and layout.has(b)]
    first, second, cm = zip(*bones)
    return _indices(layout, first), _indices(layout, second), np.array(cm)


def _indices(layout: Layout, names: Sequence[str]) -> np.ndarray:
    return np.array([layout.index(name) for name in names])


def pixels_per_cm(points: np.ndarray, layout: Layout) -> float:
    """Scale of a musician, from the bones seen; a bone pointing at the camera looks short, so the longest ones count.

    Parameters
    ----------
    points : np.ndarray [points, 2] or [frames, points, 2]
        NaN where unknown; over several frames the median is taken.
    layout : Layout

    Returns
    -------
    float
        Pixels per centimetre; 1 when nothing is seen.
    """
    first, second, cm = _measured_bones(layout)
    scales = np.linalg.norm(points[..., first, :] - points[..., second, :], axis=-1) / cm
    scales = np.atleast_2d(scales)
    scales = np.where(np.isfinite(scales), scales, -np.inf)
    strongest = np.sort(scales, axis=-1)[:, ::-1][:, :3]  # the third longest: one wrong point spoils nothing
    per_frame = strongest[:, -1]
    seen = per_frame[np.isfinite(per_frame) & (per_frame > 0)]
    return float(np.median(seen)) if len(seen) else 1.0


def draw_skeleton(
    image: np.ndarray,
    points: np.ndarray,
    layout: Layout,
    confidence: np.ndarray | None = None,
    *,
    style: Style = FIGURE,
    scale: float | None = None,
    instrument: Union[Violin, Keyboard, None] = None,
    extras: Mapping[str, Any] | None = None,
) -> np.ndarray:
    """Draw one frame's keypoints, antialiased, in place.

    Parameters
    ----------
    image : np.ndarray, uint8 [height, width, 3]
        BGR picture; drawn into.
    points : np.ndarray [points, 2]
        Pixels of ``image``; NaN where unknown: bones to an unknown point are left out.
    layout : Layout
    confidence : np.ndarray [points], optional
    style : Style
        :data:`FIGURE` or :data:`OVERLAY`, or one's own.
    scale : float, optional
        Pixels per centimetre of the musician; by default measured on this frame (:func:`pixels_per_cm`). Give the
        value of the whole motion so that the body does not pulse.
    instrument : Violin or Keyboard, optional
        Geometry fitted to the whole motion (``Violin.fit``, ``Keyboard.fit``); by default fitted to this frame.
    extras : mapping, optional
        What else is known of this frame, by track name: ``keys`` (bool [88], keys held down), ``bow`` (float, how
        firmly the bow sounds, 0 to 1).

    Returns
    -------
    np.ndarray
        ``image`` itself.
    """
    points = np.array(points, dtype=np.float64)
    if confidence is not None:
        points[np.asarray(confidence) < style.least_confidence] = np.nan
    if not np.isfinite(points).any():
        return image
    scale = scale or pixels_per_cm(points, layout)
    extras = extras or {}
    if not style.filled:
        _draw_bones(image, points, layout, style, scale)
        return image
    violin = keyboard = None
    if style.instrument and layout.instrument == "violin":
        violin = instrument if isinstance(instrument, Violin) else Violin.fit(points[None], layout, scale)
    elif style.instrument and layout.instrument == "piano":
        keyboard = instrument if isinstance(instrument, Keyboard) else Keyboard.fit(points[None], layout, scale)

    if layout.body:
        _draw_torso(image, points, layout, style, scale)
        _draw_head(image, points, layout, style, scale)
    if keyboard is not None:
        draw_keyboard(image, keyboard, extras.get("keys"))
    _draw_arm(image, points, layout, "left", style, scale)
    place = violin.place(points, layout) if violin is not None else None
    if place is not None:
        draw_violin(image, place)
    _draw_hand(image, points, layout, "left", style, scale)
    if place is not None:
        draw_bow(image, place, points, layout, scale, float(extras.get("bow", 1.0)))
    _draw_arm(image, points, layout, "right", style, scale)
    _draw_hand(image, points, layout, "right", style, scale)
    return image


def _named(points: np.ndarray, layout: Layout, name: str) -> np.ndarray | None:
    if not layout.has(name):
        return None
    point = points[layout.index(name)]
    return point if np.isfinite(point).all() else None


# half of the torso: (share of half the shoulder width from the middle, cm below the shoulders)
_TORSO = ((0.72, -3.4), (1.05, -1.2), (1.13, 4), (1.0, 14), (0.86, 30), (0.84, 44), (0.78, 54))
# the fringe: hair over the forehead, cm beside and above the middle of the head
_FRINGE = ((-7.6, 3.0), (-6.9, 7.0), (-3.5, 10.4), (1.5, 11.0), (5.6, 8.8), (7.5, 4.0), (5, 6.2), (0, 6), (-5, 5.2))


def _draw_torso(image: np.ndarray, points: np.ndarray, layout: Layout, style: Style, scale: float) -> None:
    right, left = _named(points, layout, "right_shoulder"), _named(points, layout, "left_shoulder")
    if right is None or left is None:
        return
    across = left - right
    middle = (left + right) / 2
    down = np.array([-across[1], across[0]])
    width = float(np.linalg.norm(across)) or 1.0
    down = down / width * (1.0 if down[1] >= 0 else -1.0)
    side = across / width
    cm = scale
    half = max(width / 2, 9 * cm)

    def at(x: float, y: float) -> np.ndarray:
        return middle + side * x + down * (y * cm)

    outer = [at(-5.0 * cm, -4.6), *(at(-half * x, y) for x, y in _TORSO)]
    inner = [*(at(half * x, y) for x, y in _TORSO[::-1]), at(5.0 * cm, -4.6)]
    outline = smooth_outline(np.array([at(-2.5 * cm, -7.0), *outer, *inner, at(2.5 * cm, -7.0)]))
    polygon(image, outline, style.torso)
    # collar and a line of buttons: a body, not a sack
    dark, light = mixed(style.torso, (0, 0, 0), 0.25), mixed(style.torso, (255, 255, 255), 0.14)
    neck = _named(points, layout, "neck")
    base = middle if neck is None else neck
    line(image, base + side * 5.0 * cm + down * -4.6 * cm, base + down * 9 * cm, light, max(1.0, 0.5 * cm))
    line(image, base - side * 5.0 * cm + down * -4.6 * cm, base + down * 9 * cm, light, max(1.0, 0.5 * cm))
    line(image, base + down * 9 * cm, at(0, 53.0), dark, max(1.0, 0.35 * cm))


def _draw_head(image: np.ndarray, points: np.ndarray, layout: Layout, style: Style, scale: float) -> None:
    neck, nose = _named(points, layout, "neck"), _named(points, layout, "nose")
    if nose is None:
        return
    up = np.array([0.0, -1.0]) if neck is None else nose - neck
    up = up / (np.linalg.norm(up) or 1.0)
    up = 0.6 * up + np.array([0.0, -0.4])
    up /= np.linalg.norm(up)
    side = np.array([-up[1], up[0]])
    centre = nose + up * 3.0 * scale
    if neck is not None:
        skin = mixed(style.head, (0, 0, 0), 0.22)
        capsule(image, neck - up * 0.5 * scale, centre - up * 6 * scale, 4.6 * scale, 4.6 * scale, skin)
    angle = float(np.degrees(np.arctan2(up[1], up[0])) + 90.0)
    hair = mixed(style.torso, (0, 0, 0), 0.55)
    ellipse(image, centre + up * 2.0 * scale, 8.6 * scale, 10.8 * scale, angle, hair)
    ellipse(image, centre - up * 0.8 * scale, 7.3 * scale, 10.0 * scale, angle, style.head)
    fringe = [centre + side * x * scale + up * y * scale for x, y in _FRINGE]
    polygon(image, smooth_outline(np.array(fringe)), hair)
    shade = mixed(style.head, (60, 70, 140), 0.3)
    line(image, nose + up * 1.5 * scale, nose - up * 0.6 * scale, shade, max(1.0, 0.6 * scale))


def _draw_arm(image: np.ndarray, points: np.ndarray, layout: Layout, which: str, style: Style, scale: float) -> None:
    colour = style.left_arm if which == "left" else style.right_arm
    joints = [_named(points, layout, f"{which}_{joint}") for joint in ("shoulder", "elbow", "wrist")]
    hand = _named(points, layout, f"{which}_hand_wrist")
    if joints[2] is None:
        joints[2] = hand
    radii = (5.4, 4.1, 2.7)
    shade, light = mixed(colour, (40, 20, 10), 0.28), mixed(colour, (255, 255, 255), 0.22)
    for a, b, ra, rb in zip(joints, joints[1:], radii, radii[1:]):
        if a is None or b is None:
            continue
        capsule(image, a, b, ra * scale, rb * scale, shade)
        lift = np.array([-0.10, -0.16])  # the light comes from above, left
        capsule(image, a + lift * ra * scale, b + lift * rb * scale, ra * 0.74 * scale, rb * 0.74 * scale, colour)
        lift = np.array([-0.22, -0.36])
        capsule(image, a + lift * ra * scale, b + lift * rb * scale, ra * 0.2 * scale, rb * 0.2 * scale, light)
    if style.joints:
        for joint in joints[:2]:
            if joint is not None:
                disc(image, joint, 1.5 * scale, mixed(colour, style.joint, 0.75))


def _draw_hand(image: np.ndarray, points: np.ndarray, layout: Layout, which: str, style: Style, scale: float) -> None:
    indices = layout.left_hand if which == "left" else layout.right_hand
    if not indices:
        return
    hand = points[list(indices)]
    colour = style.left_arm if which == "left" else style.right_arm
    fingers = style.left_fingers if which == "left" else style.right_fingers
    if len(hand) != HAND_SIZE:  # wrist and fingertips alone
        for f in range(5):
            if np.isfinite(hand[[0, f + 1]]).all():
                capsule(image, hand[0], hand[f + 1], 1.2 * scale, 0.9 * scale, mixed(fingers[f], (30, 20, 10), 0.25))
                disc(image, hand[f + 1], 1.2 * scale, fingers[f])
        if np.isfinite(hand[0]).all():
            disc(image, hand[0], 2.4 * scale, colour)
        return
    palm = hand[[0, 1, 5, 9, 13, 17]]
    if np.isfinite(palm).all():
        polygon(image, _hull(palm, 0.9 * scale), mixed(colour, (40, 20, 10), 0.16))
    # far fingers first: index and thumb end up on top
    for f in reversed(range(5)):
        chain = hand[[0, *range(4 * f + 1, 4 * f + 5)]]
        shade = mixed(fingers[f], (40, 20, 10), 0.25)
        radii = np.array([1.2, 1.1, 1.0, 0.9, 0.75]) * scale
        for j in range(1, 4):
            if np.isfinite(chain[[j, j + 1]]).all():
                capsule(image, chain[j], chain[j + 1], radii[j], radii[j + 1], shade)
        for j in range(0 if f == 0 else 1, 4):
            if np.isfinite(chain[[j, j + 1]]).all():
                line(image, chain[j], chain[j + 1], fingers[f], max(1.0, 1.0 * scale))
        if style.joints and np.isfinite(chain[4]).all():
            disc(image, chain[4], max(0.8, 0.55 * scale), style.joint)


def _hull(points: np.ndarray, margin: float) -> np.ndarray:
    import cv2

    hull = cv2.convexHull(points.astype(np.float32))[:, 0].astype(np.float64)
    away = hull - hull.mean(axis=0)
    return smooth_outline(hull + away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-6) * margin, 3)


def _draw_bones(image: np.ndarray, points: np.ndarray, layout: Layout, style: Style, scale: float) -> None:
    thick = max(1.0, 0.9 * scale)
    thin = max(1.0, 0.45 * scale)
    for a, b in layout.edges:
        if not np.isfinite(points[[a, b]]).all():
            continue
        colour = _bone_colour(layout, b, style)
        width = thick if a in layout.body else thin
        line(image, points[a], points[b], mixed(colour, (0, 0, 0), 0.55), width + max(1.0, 0.5 * scale))
        line(image, points[a], points[b], colour, width)
    if style.joints:
        for index, point in enumerate(points):
            if np.isfinite(point).all():
                radius = max(1.2, (0.9 if index in layout.body else 0.4) * scale)
                disc(image, point, radius, mixed(_bone_colour(layout, index, style), style.joint, 0.6))


def _bone_colour(layout: Layout, index: int, style: Style) -> Colour:
    for part, fingers, colour in (
        (layout.left_hand, style.left_fingers, style.left_arm),
        (layout.right_hand, style.right_fingers, style.right_arm),
    ):
        if index in part:
            name = layout.points[index]
            return next((fingers[f] for f, finger in enumerate(FINGERS) if finger in name), colour)
    name = layout.points[index]
    if name.startswith("left"):
        return style.left_arm
    return style.right_arm if name.startswith("right") else style.head
