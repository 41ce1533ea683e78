"""A musician's figure: shirt, head, arms and hands laid out over many frames, or thin bones over a real picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.pictures.shapes import Colour, Sketch, direction, mixed, smooth_outline, turned
from audio_to_body.skeleton.layouts import FINGERS, HAND_SIZE, Layout


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


# half of the torso: (share of half the shoulder width from the middle, cm below the shoulders)
_TORSO = ((0.66, -3.8), (0.98, -2.2), (1.13, 2.5), (1.06, 13), (0.88, 30), (0.85, 44), (0.80, 60))
WAIST_CM = 56.0  # below the shoulders: where legs begin
# the fringe: hair over the forehead, cm beside and above the middle of the head
_FRINGE = ((-7.6, 3.0), (-6.9, 7.0), (-3.5, 10.4), (1.5, 11.0), (5.6, 8.8), (7.5, 4.0), (5, 6.2), (0, 6), (-5, 5.2))
_LIGHT = np.array([-0.10, -0.16])  # the light comes from above, left
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


class Figure:
    """One musician's parts, each laid out over all frames."""

    def __init__(self, sketch: Sketch, points: np.ndarray, layout: Layout, style: Style, scale: float) -> None:
        self.sketch, self.points, self.layout, self.style, self.cm = sketch, points, layout, style, scale

    def named(self, name: str) -> np.ndarray:
        """A point's place in every frame ``[frames, 2]``; NaN where the layout lacks it."""
        if not self.layout.has(name):
            return np.full((len(self.points), 2), np.nan)
        return self.points[:, self.layout.index(name)]

    def torso(self) -> None:
        """Shirt with collar and buttons, between the shoulders and down to the waist."""
        right, left = self.named("right_shoulder"), self.named("left_shoulder")
        cm, style, sketch = self.cm, self.style, self.sketch
        side = direction(left - right)
        middle = (left + right) / 2
        down = turned(side)
        down = np.where(down[:, 1:] < 0, -down, down) * cm
        half = side * np.maximum(np.linalg.norm(left - right, axis=-1, keepdims=True) / 2, 9 * cm)

        def at(x: float, y: float) -> np.ndarray:
            return middle + side * x * cm + down * y

        outer = [middle - half * x + down * y for x, y in _TORSO]
        inner = [middle + half * x + down * y for x, y in _TORSO[::-1]]
        corners = [at(-3.2, -8.0), at(-5.6, -6.0), *outer, *inner, at(5.6, -6.0), at(3.2, -8.0)]
        sketch.polygon(smooth_outline(np.stack(corners, axis=1)), style.torso)
        light = mixed(style.torso, WHITE, 0.16)
        sketch.line(np.stack([at(0, 6), at(0, 60)], axis=1), mixed(style.torso, BLACK, 0.25), 0.35 * cm)
        for y in (14.0, 25.0, 36.0, 47.0):
            sketch.disc(at(0, y), 0.55 * cm, light)

    def legs(self, floor: float) -> None:
        """Trousers and shoes of one who stands; ``floor`` is the picture's row where the shoes end."""
        right, left = self.named("right_shoulder"), self.named("left_shoulder")
        cm, colour = self.cm, mixed(self.style.torso, BLACK, 0.58)
        side = np.sign(left - right)[:, :1] * np.array([1.0, 0.0])
        hips = (left + right) / 2 + np.array([0.0, WAIST_CM * cm])
        for sign in (-1, 1):
            hip = hips + side * sign * 6.0 * cm
            ankle = np.column_stack([hip[:, 0] + side[:, 0] * sign * 3.5 * cm, np.full(len(hip), floor - 7.0 * cm)])
            toes = np.column_stack([ankle[:, 0] + side[:, 0] * sign * 2.5 * cm, np.full(len(hip), floor - 3.2 * cm)])
            shoe = np.tile([6.6 * cm, 0.0], (len(hip), 1)), np.tile([0.0, 3.2 * cm], (len(hip), 1))
            self.sketch.ellipse(toes, *shoe, mixed(colour, BLACK, 0.5))
            self.sketch.capsule(hip, ankle, 8.2 * cm, 5.4 * cm, colour)

    def head(self) -> None:
        """Neck, hair and face; from behind only hair."""
        neck, nose = self.named("neck"), self.named("nose")
        cm, style, sketch = self.cm, self.style, self.sketch
        up = direction(nose - neck)
        up = np.where(np.isfinite(up), up, (0.0, -1.0))
        up = direction(0.6 * up + (0.0, -0.4)) * cm
        side = turned(up)  # to the picture's right
        skin, hair = mixed(style.head, (50, 60, 120), 0.28), mixed(style.torso, BLACK, 0.55)
        collar = neck - up * 0.5
        sketch.capsule(collar + up * 4.0, nose - up * 3.0, 5.4 * cm, 4.9 * cm, skin)
        light = mixed(style.torso, WHITE, 0.16)
        for sign in (-1, 1):
            wing = [collar + up * 9.5 + side * 5.6 * sign, collar + up * 7.5 + side * 6.6 * sign,
                    collar + up * 0.0 + side * 4.6 * sign, collar - up * 5.5]  # fmt: skip
            sketch.polygon(np.stack(wing, axis=1), light)
        centre = nose + up * 3.0
        sketch.ellipse(centre + up * 2.0, side * 8.6, up * 10.8, hair)
        right, left = self.named("right_shoulder"), self.named("left_shoulder")
        behind = right[:, 0] > left[:, 0]
        face = np.where(behind[:, None], np.nan, centre)
        for sign in (-1, 1):
            sketch.ellipse(face + side * 7.4 * sign - up * 1.6, side * 1.3, up * 2.2, skin)
        sketch.ellipse(face - up * 0.8, side * 7.3, up * 10.0, style.head)
        fringe = np.stack([face + side * x + up * y for x, y in _FRINGE], axis=1)
        sketch.polygon(smooth_outline(fringe), hair)
        shade = mixed(style.head, (60, 70, 140), 0.32)
        sketch.line(
            np.stack([face - up * 0.6, face - up * 3.4, face - up * 3.8 + side * 0.9], axis=1), shade, 0.5 * cm
        )
        for sign in (-1, 1):  # eyes closed: listening
            lid = [face + side * (3.2 * sign + x) + up * y for x, y in ((-1.5, 0.35), (0, -0.25), (1.5, 0.35))]
            sketch.line(np.stack(lid, axis=1), mixed(shade, BLACK, 0.45), 0.45 * cm)

    def arm(self, which: str) -> None:
        """Upper arm and forearm."""
        style, cm = self.style, self.cm
        colour = style.left_arm if which == "left" else style.right_arm
        shoulder, elbow, wrist = (self.named(f"{which}_{joint}") for joint in ("shoulder", "elbow", "wrist"))
        wrist = np.where(np.isfinite(wrist), wrist, self.named(f"{which}_hand_wrist"))
        shade, light = mixed(colour, (40, 20, 10), 0.28), mixed(colour, WHITE, 0.22)
        for a, b, ra, rb in ((shoulder, elbow, 5.4, 4.1), (elbow, wrist, 4.1, 2.7)):
            ra, rb = ra * cm, rb * cm
            self.sketch.capsule(a, b, ra, rb, shade)
            self.sketch.capsule(a + _LIGHT * ra, b + _LIGHT * rb, ra * 0.74, rb * 0.74, colour)
            self.sketch.line(
                np.stack([a + _LIGHT * ra * 2.2, b + _LIGHT * rb * 2.2], axis=1), light, 0.3 * (ra + rb) / 2
            )
        if style.joints:
            for joint in (shoulder, elbow):
                self.sketch.disc(joint, 1.4 * cm, mixed(colour, style.joint, 0.7))

    def hand(self, which: str) -> None:
        """Palm and fingers, each finger in its own colour."""
        indices = self.layout.left_hand if which == "left" else self.layout.right_hand
        if not indices:
            return
        style, cm, sketch = self.style, self.cm, self.sketch
        hand = self.points[:, list(indices)]
        colour = style.left_arm if which == "left" else style.right_arm
        fingers = style.left_fingers if which == "left" else style.right_fingers
        if len(indices) != HAND_SIZE:  # wrist and fingertips alone
            for f in range(5):
                shade = mixed(fingers[f], (30, 20, 10), 0.25)
                sketch.capsule(hand[:, 0], hand[:, f + 1], 1.2 * cm, 0.9 * cm, shade)
                sketch.disc(hand[:, f + 1], 1.2 * cm, fingers[f])
            sketch.disc(hand[:, 0], 2.4 * cm, colour)
            return
        sketch.polygon(_palm(hand, 0.9 * cm), mixed(colour, (40, 20, 10), 0.16))
        for f in reversed(range(5)):  # far fingers first: index and thumb end up on top
            chain = hand[:, 4 * f + 1 : 4 * f + 5]
            sketch.line(chain, mixed(fingers[f], (40, 20, 10), 0.3), 2.0 * cm)
            sketch.line(chain, fingers[f], 1.15 * cm)
            if style.joints:
                sketch.disc(chain[:, 3], max(0.8, 0.55 * cm), style.joint)

    def bones(self) -> None:
        """Thin bones and dots that leave the picture behind them visible."""
        layout, style, cm = self.layout, self.style, self.cm
        for a, b in layout.edges:
            colour, width = _bone_colour(layout, b, style), max(1.0, (0.9 if a in layout.body else 0.45) * cm)
            bone = self.points[:, [a, b]]
            self.sketch.line(bone, mixed(colour, BLACK, 0.55), width + max(1.0, 0.5 * cm))
            self.sketch.line(bone, colour, width)
        if style.joints:
            for index in range(layout.size):
                radius = max(1.2, (0.9 if index in layout.body else 0.4) * cm)
                colour = mixed(_bone_colour(layout, index, style), style.joint, 0.6)
                self.sketch.disc(self.points[:, index], radius, colour)


def _palm(hand: np.ndarray, margin: float) -> np.ndarray:
    """Outline of the palm: wrist and finger roots, ``margin`` px wider."""
    corners = hand[:, [0, 1, 5, 9, 13, 17]]
    away = direction(corners - corners.mean(axis=1, keepdims=True))
    return smooth_outline(corners + away * margin, 3)


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
