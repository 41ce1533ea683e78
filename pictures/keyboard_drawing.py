"""A keyboard drawn from a pianist's points: where it must be for these hands to play it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from audio_to_body.pictures.instrument_drawing import DrawnInstrument, Extras
from audio_to_body.pictures.shapes import Colour, Sketch
from audio_to_body.skeleton.layouts import FINGERTIPS, HAND_SIZE, Layout

WHITE_KEYS = 52
_BLACK_IN_OCTAVE = (1, 3, 6, 8, 10)  # semitones above C
LOWEST_KEY = 21  # MIDI number of the first of the 88 keys
KEYBOARD_CM = 122.5  # length of 88 keys
KEY_DEPTH_CM = 15.0

CASE_DEPTHS = 6.0  # how far the piano's case reaches, in depths of the keys
BED_DEPTH = 1.26  # depth to which the bed of the keys reaches
FEWEST_PRESSED = 4  # different keys that tell where all of them lie
BLACK_FRONT = 0.38  # depth at which the black keys begin


@dataclass(frozen=True)
class Keyboard(DrawnInstrument):
    """A keyboard in the picture.

    Attributes
    ----------
    corners : np.ndarray, float64 [4, 2]
        Pixels of: front edge at the lowest key, front edge at the highest key, back edge at the highest key, back
        edge at the lowest key. The front edge is the player's.
    """

    narrowest: ClassVar[float] = 1.5
    margin_cm: ClassVar[float] = 3.0
    hides_lap: ClassVar[bool] = True
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

    def told(self, points: np.ndarray, layout: Layout, tracks: Extras) -> Keyboard:
        """The keyboard under the fingertips that press its keys, where a motion tells which (``keys_pressed``)."""
        if "keys_pressed" not in tracks:
            return self
        tips_of = FINGERTIPS if len(layout.left_hand) == HAND_SIZE else tuple(range(1, 6))
        tips = points[:, [hand[tip] for hand in (layout.left_hand, layout.right_hand) for tip in tips_of]]
        pressed = np.asarray(tracks["keys_pressed"]).astype(np.int64)
        return self.under(tips[pressed > 0], pressed[pressed > 0])

    def under(self, tips: np.ndarray, pitches: np.ndarray) -> Keyboard:
        """The same keyboard, moved and stretched along its front until keys lie under the fingertips that press them.

        Parameters
        ----------
        tips : np.ndarray [presses, 2]
            Pixels.
        pitches : np.ndarray, int [presses]
            MIDI.
        """
        inside = (pitches >= LOWEST_KEY) & (pitches < LOWEST_KEY + 88) & np.isfinite(tips).all(axis=1)
        place = key_spans().mean(axis=1)[pitches[inside] - LOWEST_KEY]
        if len(np.unique(place)) < FEWEST_PRESSED:
            return self
        front = self.corners[1] - self.corners[0]
        length = float(np.linalg.norm(front))
        axis = front / length
        stretch, start = np.polyfit(place, (tips[inside] - self.corners[0]) @ axis, 1)
        if not 0.7 < stretch / length < 1.4:
            return self
        ends = np.array([start, start + stretch, start + stretch, start])
        depth = self.corners - self.corners[[0, 1, 1, 0]]
        return Keyboard(self.corners[0] + ends[:, None] * axis + depth)

    def rim(self) -> np.ndarray:
        """Pixels ``[4, 2]`` of the corners of keys and key bed, without the case behind them."""
        return self.at(np.array([-0.01, 1.01, 1.01, -0.01]), np.array([-0.2, -0.2, BED_DEPTH, BED_DEPTH]))

    @property
    def toward_camera(self) -> bool:
        """Whether the camera looks from across the piano, whose case then stands between the keys and the camera."""
        return bool(self.corners[3, 1] > self.corners[0, 1])

    def foot(self) -> float:
        """Row of pixels where the case stands on the floor; NaN where the camera looks from the player's side."""
        if not self.toward_camera:
            return float("nan")
        return float(self.at(np.array([0.0, 1.0]), np.full(2, CASE_DEPTHS))[:, 1].max())

    def moved(self, zoom: float, shift: np.ndarray) -> Keyboard:
        """The same in a picture that is zoomed and shifted."""
        return Keyboard(self.corners * zoom + shift)

    def paint_behind(self, sketch: Sketch, points: np.ndarray, layout: Layout, scale: float, extras: Extras) -> None:
        """Paint the keys; ``keys`` [frames, 88] or ``keys_pressed`` [frames, 10] say which are down."""
        pressed = extras.get("keys_pressed")
        draw_keyboard(sketch, self, extras.get("keys", None if pressed is None else keys_down(np.asarray(pressed))))

    def at(self, along: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """Pixels ``[..., 2]`` on the keys: ``along`` 0 (lowest) to 1 (highest), ``depth`` 0 (front) to 1."""
        import cv2

        unit = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32)
        matrix = cv2.getPerspectiveTransform(unit, self.corners.astype(np.float32))
        flat = np.stack([np.ravel(along), np.ravel(depth), np.ones(np.size(along))])
        x, y, w = matrix @ flat
        return np.stack([x / w, y / w], axis=-1).reshape(*np.shape(along), 2)


def keys_down(pressed: np.ndarray) -> np.ndarray:
    """Which of the 88 keys are down, bool [frames, 88], from the MIDI pitch under each finger [frames, 10]."""
    down = np.zeros((len(pressed), 128), bool)
    down[np.arange(len(pressed))[:, None], np.clip(pressed, 0, 127)] = True
    return down[:, LOWEST_KEY : LOWEST_KEY + 88]


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


def draw_keyboard(sketch: Sketch, keyboard: Keyboard, held: np.ndarray | None = None) -> None:
    """Draw 88 keys; those that are ``held`` (bool ``[frames, 88]``) are tinted."""
    corner, picture, mask = _keyboard_picture(keyboard)
    sketch.patch(corner, picture, mask)
    if held is None:
        return
    held = np.asarray(held).astype(bool)
    for key in np.flatnonzero(held.any(axis=0)):
        outline = np.broadcast_to(keyboard.at(*_visible_key(int(key))), (sketch.frames, 8, 2))
        sketch.polygon(outline, (60, 130, 230) if _is_black(int(key)) else (120, 190, 255), where=held[:, key])


def _visible_key(key: int) -> tuple[np.ndarray, np.ndarray]:
    """Outline of what black neighbours leave of a key: places along the keyboard and depths, 8 of each."""
    a, b = key_spans()[key]
    if _is_black(key):
        return np.array([a, a, a, b, b, b, b, a]), np.array([BLACK_FRONT, 0.7, 1, 1, 0.7, 0.7, *[BLACK_FRONT] * 2])
    low = a + (0.3 / WHITE_KEYS if key > 0 and _is_black(key - 1) else 0.0)
    high = b - (0.3 / WHITE_KEYS if key < 87 and _is_black(key + 1) else 0.0)
    edge = BLACK_FRONT
    return np.array([a, a, low, low, high, high, b, b]), np.array([0, edge, edge, 1, 1, edge, edge, 0.0])


def _keyboard_picture(keyboard: Keyboard) -> tuple[tuple[int, int], np.ndarray, np.ndarray]:
    """Paint the keyboard once: its upper left pixel, the picture and where it covers."""
    end = CASE_DEPTHS if keyboard.toward_camera else BED_DEPTH
    rim = keyboard.at(np.array([-0.01, 1.01, 1.01, -0.01]), np.array([-0.2, -0.2, end, end]))
    low = np.floor(np.clip(rim.min(axis=0), -4096, 8192)).astype(int) - 1
    size = np.ceil(np.clip(rim.max(axis=0), -4096, 8192)).astype(int) + 2 - low
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    mask = np.zeros((size[1], size[0], 3), np.uint8)
    keys, cover = Sketch(1), Sketch(1)
    cover.polygon((rim - low)[None], (255, 255, 255), convex=True)
    cover.paint(mask, 0)
    keys.polygon((rim - low)[None], (26, 22, 24), convex=True)

    def add(along: list[float], depth: list[float], colour: Colour) -> None:
        keys.polygon((keyboard.at(np.array(along), np.array(depth)) - low)[None], colour, convex=True)

    if keyboard.toward_camera:
        add([-0.01, 1.01, 1.01, -0.01], [1.12, 1.12, end, end], (40, 33, 36))
        add([-0.01, 1.01, 1.01, -0.01], [1.12, 1.12, BED_DEPTH, BED_DEPTH], (78, 66, 70))
    add([0, 1, 1, 0], [0, 0, 1, 1], (226, 236, 240))
    spans = key_spans()
    for key in range(1, 88):
        if not _is_black(key):
            seam = keyboard.at(np.full(2, spans[key, 0]), np.array([0.0, 1.0])) - low
            keys.line(seam[None], (150, 156, 160), 1.0)
    for key in range(88):
        if _is_black(key):
            a, b = spans[key]
            add([a, b, b, a], [BLACK_FRONT, BLACK_FRONT, 1, 1], (34, 30, 32))
    keys.paint(picture, 0)
    return (int(low[0]), int(low[1])), picture, np.where(mask[..., 0] > 127, 255, 0).astype(np.uint8)
