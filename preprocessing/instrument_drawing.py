"""Instruments drawn from a musician's points: where violin, bow and keyboard must be for these hands to play them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from preprocessing.shapes import Colour, disc, line, mixed, polygon, smooth_outline
from skeleton.layouts import FINGERTIPS, HAND_SIZE, Layout

# A full-size violin, cm along its axis from the tail: body 35.5, bridge, nut, scroll
BODY_CM, BRIDGE_CM, NUT_CM, VIOLIN_CM = 35.5, 16.0, 48.5, 59.0
CONTACT_CM = 19.0  # where the bow crosses, between bridge and fingerboard
FIRST_POSITION_CM = 45.5  # where the left hand holds the neck in first position
BOW_CM, HAIR_CM = 74.0, 65.0
TILT = 0.62  # the plate seen from the front: its width looks this much narrower
# half of the body's outline: (cm from the tail, cm from the axis)
_HALF_OUTLINE = np.array(
    [(0, 0), (0.5, 4.2), (2.6, 7.8), (6, 9.9), (9, 10.4), (12.4, 9.7), (14.9, 8.9), (15.7, 7.4), (17.2, 6.1),
     (19.6, 5.6), (22, 6.0), (23.4, 7.0), (24.3, 8.1), (27, 8.5), (29.6, 8.3), (32.6, 7.1), (34.7, 4.8), (35.5, 2.0)]
)  # fmt: skip

WOOD: Colour = (38, 88, 178)
WOOD_DARK: Colour = (20, 45, 102)
WOOD_LIGHT: Colour = (70, 132, 222)
EBONY: Colour = (30, 28, 32)
HAIR: Colour = (214, 232, 240)
STICK: Colour = (34, 62, 128)

WHITE_KEYS = 52
_BLACK_IN_OCTAVE = (1, 3, 6, 8, 10)  # semitones above C
LOWEST_KEY = 21  # MIDI number of the first of the 88 keys
KEYBOARD_CM = 122.5  # length of 88 keys
KEY_DEPTH_CM = 15.0


def _finite(point: np.ndarray) -> bool:
    return bool(np.isfinite(point).all())


def _left_grip(points: np.ndarray, layout: Layout) -> np.ndarray:
    """Where the left hand holds the violin's neck: between the index finger's root and the thumb."""
    names = ("left_hand_index_1", "left_hand_thumb_3")
    return points[..., [layout.index(n) for n in names], :].mean(axis=-2)


def _tail(points: np.ndarray, layout: Layout) -> np.ndarray:
    """Where the violin rests: on the left collar bone, under the jaw."""
    neck, shoulder, nose = (points[..., layout.index(n), :] for n in ("neck", "left_shoulder", "nose"))
    return neck + 0.32 * (shoulder - neck) + 0.30 * (nose - neck)


def _bow_grip(points: np.ndarray, layout: Layout) -> np.ndarray:
    """Where the right hand holds the bow: between thumb and the middle fingers."""
    names = ("right_hand_thumb_4", "right_hand_index_3", "right_hand_middle_3", "right_hand_ring_3")
    return points[..., [layout.index(n) for n in names], :].mean(axis=-2)


@dataclass(frozen=True)
class ViolinPlace:
    """A violin in one frame: its tail and the pixels per centimetre along and across its axis."""

    tail: np.ndarray
    along: np.ndarray  # px per cm
    across: np.ndarray  # px per cm

    def at(self, x: float, y: float = 0.0) -> np.ndarray:
        """Pixel of the point ``x`` cm from the tail and ``y`` cm beside the axis."""
        return self.tail + self.along * x + self.across * y

    def outline(self, points: np.ndarray) -> np.ndarray:
        """Pixels of several points ``[n, 2]`` in cm."""
        return self.tail + points[:, :1] * self.along + points[:, 1:] * self.across


@dataclass(frozen=True)
class Violin:
    """A violin fitted to a violinist.

    Attributes
    ----------
    pixels_per_cm : float
        Along the violin's axis as the camera sees it.
    """

    pixels_per_cm: float

    @classmethod
    def fit(cls, points: np.ndarray, layout: Layout, scale: float) -> Violin:
        """Fit to frames ``[frames, points, 2]``: the hand's farthest places are first position.

        ``scale`` (pixels per cm of the body) bounds the result, so that a hand that is nowhere near a violin does not
        make a giant one.
        """
        if not layout.has("nose") or len(layout.left_hand) != HAND_SIZE:
            return cls(scale)
        reach = np.linalg.norm(_left_grip(points, layout) - _tail(points, layout), axis=-1)
        reach = reach[np.isfinite(reach)]
        if not len(reach):
            return cls(scale)
        seen = float(np.percentile(reach, 85)) / FIRST_POSITION_CM
        return cls(float(np.clip(seen, 0.55 * scale, 1.1 * scale)))

    def place(self, points: np.ndarray, layout: Layout) -> ViolinPlace | None:
        """Lay the violin under the chin, toward the left hand; None when a point it needs is unknown."""
        if not layout.has("nose") or len(layout.left_hand) != HAND_SIZE:
            return None
        tail, grip = _tail(points, layout), _left_grip(points, layout)
        if not (_finite(tail) and _finite(grip)):
            return None
        heading = grip - tail
        length = float(np.linalg.norm(heading))
        if length < 1e-6:
            return None
        along = heading / length * self.pixels_per_cm
        across = np.array([-along[1], along[0]]) * TILT
        return ViolinPlace(tail, along, across)


@lru_cache(maxsize=1)
def _body_outline() -> np.ndarray:
    other = _HALF_OUTLINE[::-1][:-1] * (1, -1)
    return smooth_outline(np.concatenate([_HALF_OUTLINE, other]), 3)


def draw_violin(image: np.ndarray, place: ViolinPlace) -> None:
    """Draw the violin: body, f-holes, fingerboard, strings, scroll."""
    unit = float(np.linalg.norm(place.along))
    body = _body_outline()
    thickness = np.array([0.0, 2.6 * unit])  # ribs show below the plate
    polygon(image, place.outline(body) + thickness, WOOD_DARK)
    polygon(image, place.outline(body), WOOD)
    centre = np.array([BODY_CM / 2, 0.0])
    polygon(image, place.outline((body - centre) * (0.93, 0.86) + centre), mixed(WOOD, WOOD_LIGHT, 0.4))
    for side in (-1, 1):
        hole = [(13.4, 5.0), (14.6, 4.6), (17.0, 4.0), (19.4, 3.3), (20.4, 2.6)]
        for a, b in zip(hole, hole[1:]):
            line(image, place.at(a[0], a[1] * side), place.at(b[0], b[1] * side), EBONY, max(1.0, 0.45 * unit))
    neck = np.array([(33.0, -1.5), (50.0, -1.2), (50.0, 1.2), (33.0, 1.5)])
    polygon(image, place.outline(neck) + thickness * 0.4, WOOD_DARK)
    scroll = np.array([(48.5, -1.3), (54.0, -1.6), (57.0, -1.5), (57.0, 1.5), (54.0, 1.6), (48.5, 1.3)])
    polygon(image, place.outline(scroll), WOOD)
    disc(image, place.at(57.2), 1.9 * unit, WOOD)
    disc(image, place.at(57.4), 0.9 * unit, WOOD_DARK)
    for x, side in ((50.0, 1), (51.5, -1), (53.0, 1), (54.5, -1)):
        line(image, place.at(x), place.at(x, 3.4 * side), EBONY, max(1.0, 0.6 * unit))
    polygon(image, place.outline(np.array([(22.0, -2.1), (NUT_CM, -1.25), (NUT_CM, 1.25), (22.0, 2.1)])), EBONY)
    polygon(image, place.outline(np.array([(1.2, -1.2), (12.5, -2.3), (12.5, 2.3), (1.2, 1.2)])), EBONY)
    chin_rest = np.array([(0.6, 1.5), (1.0, 6.5), (4.5, 8.6), (8.0, 7.0), (7.0, 3.4), (3.0, 1.6)])
    polygon(image, smooth_outline(place.outline(chin_rest)), mixed(EBONY, WOOD_DARK, 0.25))
    for string in (-1.5, -0.5, 0.5, 1.5):
        line(image, place.at(10.0, string * 0.9), place.at(NUT_CM, string * 0.55), (196, 206, 214), 1.0)
    line(image, place.at(BRIDGE_CM, -2.6), place.at(BRIDGE_CM, 2.6), (150, 200, 236), max(1.0, 0.7 * unit))


def draw_bow(
    image: np.ndarray, place: ViolinPlace, points: np.ndarray, layout: Layout, scale: float, sounding: float = 1.0
) -> None:
    """Draw the bow: held in the right hand, crossing the strings (paper Sec. 5: constrained to hand and bridge).

    ``sounding`` (0 to 1) brightens the hair at the string.
    """
    if len(layout.right_hand) != HAND_SIZE:
        return
    grip, contact = _bow_grip(points, layout), place.at(CONTACT_CM)
    if not _finite(grip):
        return
    heading = contact - grip
    distance = float(np.linalg.norm(heading))
    if distance < 1e-6:
        return
    along = heading / distance
    length = max(BOW_CM * scale, distance + 5.0 * scale)
    above = np.array([along[1], -along[0]])
    if above[1] > 0:
        above = -above
    frog, tip = grip + along * 2.5 * scale, grip + along * (length - 3.0 * scale)
    line(image, frog - above * 1.0 * scale, tip, HAIR, max(1.0, 0.55 * scale))
    # the stick curves toward the hair in its middle
    curve = [grip - along * 3.0 * scale + above * 0.9 * scale]
    for share in np.linspace(0.1, 1.0, 7):
        camber = 1.9 - 3.2 * share * (1 - share)
        curve.append(grip + along * (length * share) + above * camber * scale)
    for a, b in zip(curve, curve[1:]):
        line(image, a, b, STICK, max(2.0, 0.85 * scale))
        line(image, a + above * 0.2 * scale, b + above * 0.2 * scale, mixed(STICK, WOOD_LIGHT, 0.5), 1.0)
    line(image, curve[-1], tip, STICK, max(2.0, 0.8 * scale))
    back, front = frog - along * 3.0 * scale, frog + along * 1.6 * scale
    block = np.array([back + above, front + above, front - above * 1.2 * scale, back - above * 1.2 * scale])
    polygon(image, block, EBONY)
    if sounding > 0:
        disc(image, contact, (0.5 + 0.5 * min(sounding, 1.0)) * scale, (190, 240, 255))


@dataclass(frozen=True)
class Keyboard:
    """A keyboard in the picture.

    Attributes
    ----------
    corners : np.ndarray, float64 [4, 2]
        Pixels of: front edge at the lowest key, front edge at the highest key, back edge at the highest key, back
        edge at the lowest key. The front edge is the player's.
    """

    corners: np.ndarray

    @classmethod
    def fit(cls, points: np.ndarray, layout: Layout, scale: float) -> Keyboard | None:
        """Fit to frames ``[frames, points, 2]``: the fingertips' line, bass on the left hand's side.

        Returns
        -------
        Keyboard or None
            None where no fingertip is known.
        """
        tips_of = FINGERTIPS if len(layout.left_hand) == HAND_SIZE else tuple(range(1, 6))
        left = points[:, [layout.left_hand[t] for t in tips_of]].reshape(-1, 2)
        right = points[:, [layout.right_hand[t] for t in tips_of]].reshape(-1, 2)
        wrists = points[:, [layout.left_hand[0], layout.right_hand[0]]].reshape(-1, 2)
        left, right, wrists = (p[np.isfinite(p).all(axis=1)] for p in (left, right, wrists))
        tips = np.concatenate([left, right])
        if not len(tips):
            return None
        middle = np.median(tips, axis=0)
        axis = np.array([1.0, 0.0])
        spread = tips - middle
        if len(tips) > 40 and np.ptp(spread[:, 0]) > 20 * scale:  # a tilted camera shows in enough fingertips
            slope = float(np.sum(spread[:, 0] * spread[:, 1]) / np.sum(spread[:, 0] ** 2))
            axis = np.array([1.0, np.clip(slope, -0.35, 0.35)])
            axis /= np.linalg.norm(axis)
        if len(left) and len(right) and np.dot(np.median(left, axis=0) - np.median(right, axis=0), axis) > 0:
            axis = -axis  # camera in front of the player: low keys on the picture's right
        normal = np.array([-axis[1], axis[0]])
        away = float(np.dot(middle - np.median(wrists, axis=0), normal)) if len(wrists) else -1.0
        back = normal * (1.0 if away > 0 else -1.0)  # fingers point from the wrists to the back of the keys
        length, depth = KEYBOARD_CM * scale, KEY_DEPTH_CM * scale * 0.8
        front = middle - back * depth * 0.55
        corners = [front - axis * length / 2, front + axis * length / 2]
        corners += [corners[1] + back * depth, corners[0] + back * depth]
        return cls(np.array(corners))

    def at(self, along: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """Pixels ``[..., 2]`` on the keys: ``along`` 0 (lowest) to 1 (highest), ``depth`` 0 (front) to 1."""
        import cv2

        unit = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32)
        matrix = cv2.getPerspectiveTransform(unit, self.corners.astype(np.float32))
        flat = np.stack([np.ravel(along), np.ravel(depth), np.ones(np.size(along))])
        x, y, w = matrix @ flat
        return np.stack([x / w, y / w], axis=-1).reshape(*np.shape(along), 2)


def _is_black(key: int) -> bool:
    return (key + LOWEST_KEY) % 12 in _BLACK_IN_OCTAVE


@lru_cache(maxsize=1)
def key_spans() -> np.ndarray:
    """Where each of the 88 keys lies along the keyboard, float ``[88, 2]``: from and to, 0 to 1."""
    spans, white = [], 0
    for key in range(88):
        if _is_black(key):
            spans.append((white - 0.3, white + 0.3))
        else:
            spans.append((white, white + 1))
            white += 1
    return np.array(spans, np.float64) / WHITE_KEYS


def draw_keyboard(image: np.ndarray, keyboard: Keyboard, pressed: np.ndarray | None = None) -> None:
    """Draw 88 keys; ``pressed`` (bool [88]) are tinted."""
    held = np.zeros(88, bool) if pressed is None else np.asarray(pressed).astype(bool)
    spans = key_spans()
    front = np.array([0.0, 1.0, 1.0, 0.0])
    shadow = keyboard.at(np.array([-0.01, 1.01, 1.01, -0.01]), np.array([-0.2, -0.2, 1.25, 1.25]))
    polygon(image, shadow, (26, 22, 24))
    polygon(image, keyboard.at(front, np.array([0.0, 0.0, 1.0, 1.0])), (226, 236, 240))
    white = [k for k in range(88) if not _is_black(k)]
    for key in (k for k in white if held[k]):
        a, b = spans[key]
        polygon(image, keyboard.at(np.array([a, b, b, a]), np.array([0.0, 0.0, 1.0, 1.0])), (120, 190, 255))
    seams = spans[white][1:, 0]
    near, far = keyboard.at(seams, np.zeros(len(seams))), keyboard.at(seams, np.ones(len(seams)))
    for a, b in zip(near, far):
        line(image, a, b, (150, 156, 160), 1.0)
    for key in (k for k in range(88) if _is_black(k)):
        a, b = spans[key]
        colour = (60, 130, 230) if held[key] else (34, 30, 32)
        polygon(image, keyboard.at(np.array([a, b, b, a]), np.array([0.38, 0.38, 1.0, 1.0])), colour)
