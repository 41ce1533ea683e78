"""A violin and its bow drawn from a violinist's points: where they must be for these hands to play them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from audio_to_body.geometry.quaternion_arrays import rotate
from audio_to_body.pictures.instrument_drawing import DrawnInstrument, Extras
from audio_to_body.pictures.shapes import Colour, Sketch, direction, mixed, smooth_outline, turned
from audio_to_body.skeleton.layouts import HAND_SIZE, Layout
from audio_to_body.skeleton.room import Room

# A full-size violin, cm along its axis from the tail: body 35.5, bridge, nut, scroll
BODY_CM, BRIDGE_CM, NUT_CM, VIOLIN_CM = 35.5, 16.0, 48.5, 59.0
CONTACT_CM = 19.0  # where the bow crosses, between bridge and fingerboard
FIRST_POSITION_CM = 45.5  # where the left hand holds the neck in first position
BOW_CM = 74.0
HANGS_FROM = 0.45  # of the way from the string to rest: below it the bow waits beside the string
LEAVES_FROM, LEAVES_TO = 0.12, 0.30  # of that way, where a bow whose place in the room is known goes over to that
HANGING_ASIDE = 0.25  # of its length by which a hanging bow points to the side
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
STRING: Colour = (196, 206, 214)
BRIDGE: Colour = (150, 200, 236)
HAIR: Colour = (214, 232, 240)
STICK: Colour = (34, 62, 128)


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
    """A violin in some frames: its tail and the pixels per centimetre along and across its axis, ``[frames, 2]``."""

    tail: np.ndarray
    along: np.ndarray  # px per cm
    across: np.ndarray  # px per cm
    pixels_per_cm: float

    def at(self, x: float, y: float = 0.0) -> np.ndarray:
        """Pixels ``[frames, 2]`` of the point ``x`` cm from the tail and ``y`` cm beside the axis."""
        return self.tail + self.along * x + self.across * y

    def outline(self, points: np.ndarray) -> np.ndarray:
        """Pixels ``[frames, n, 2]`` of several points ``[n, 2]`` in cm."""
        return self.tail[:, None] + points[:, :1] * self.along[:, None] + points[:, 1:] * self.across[:, None]


@dataclass(frozen=True)
class Violin(DrawnInstrument):
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

    def moved(self, zoom: float, shift: np.ndarray) -> Violin:
        """The same in a picture that is zoomed and shifted."""
        return Violin(self.pixels_per_cm * zoom)

    def reach(self, points: np.ndarray, layout: Layout, scale: float) -> np.ndarray:
        """The bow's tip."""
        return bow_tip(points, layout, scale)

    def paint_held(self, sketch: Sketch, points: np.ndarray, layout: Layout, scale: float, extras: Extras) -> None:
        """Paint the violin."""
        place = self.place(points, layout)
        if place is not None:
            draw_violin(sketch, place)

    def paint_over(self, sketch: Sketch, points: np.ndarray, layout: Layout, scale: float, extras: Extras) -> None:
        """Paint the bow; ``bow`` above 0 while it sounds, ``lift`` as :func:`draw_bow` takes it."""
        place = self.place(points, layout)
        if place is not None:
            sounding = np.asarray(extras.get("bow", np.ones(len(points)))) > 0
            draw_bow(sketch, place, points, layout, scale, sounding, extras.get("lift"), extras.get("bow_way"))

    def place(self, points: np.ndarray, layout: Layout) -> ViolinPlace | None:
        """Lay the violin under the chin, toward the left hand, in frames ``[frames, points, 2]``.

        Returns
        -------
        ViolinPlace or None
            NaN in frames where a point it needs is unknown; None where the layout lacks one.
        """
        if not layout.has("nose") or len(layout.left_hand) != HAND_SIZE:
            return None
        tail = _tail(points, layout)
        along = direction(_left_grip(points, layout) - tail) * self.pixels_per_cm
        return ViolinPlace(tail, along, turned(along) * TILT, self.pixels_per_cm)


@lru_cache(maxsize=1)
def _body_outline() -> np.ndarray:
    other = _HALF_OUTLINE[::-1][:-1] * (1, -1)
    return smooth_outline(np.concatenate([_HALF_OUTLINE, other]), 3)


_NECK = np.array([(33.0, -1.5), (50.0, -1.2), (50.0, 1.2), (33.0, 1.5)])
_SCROLL = np.array([(48.5, -1.3), (54.0, -1.6), (57.0, -1.5), (57.0, 1.5), (54.0, 1.6), (48.5, 1.3)])
_FINGERBOARD = np.array([(22.0, -2.1), (NUT_CM, -1.25), (NUT_CM, 1.25), (22.0, 2.1)])
_TAILPIECE = np.array([(1.2, -1.2), (12.5, -2.3), (12.5, 2.3), (1.2, 1.2)])
_CHIN_REST = smooth_outline(np.array([(0.6, 1.5), (1.0, 6.5), (4.5, 8.6), (8.0, 7.0), (7.0, 3.4), (3.0, 1.6)]))
_F_HOLE = np.array([(13.4, 5.0), (14.6, 4.6), (17.0, 4.0), (19.4, 3.3), (20.4, 2.6)])
_PEGS = ((50.0, 1), (51.5, -1), (53.0, 1), (54.5, -1))


def draw_violin(sketch: Sketch, place: ViolinPlace) -> None:
    """Draw the violin: body, f-holes, fingerboard, strings, scroll."""
    cm = place.pixels_per_cm
    body = _body_outline()
    thickness = np.array([0.0, 2.6 * cm])  # ribs show below the plate
    sketch.polygon(place.outline(body) + thickness, WOOD_DARK)
    sketch.polygon(place.outline(body), WOOD)
    centre = np.array([BODY_CM / 2, 0.0])
    sketch.polygon(place.outline((body - centre) * (0.93, 0.86) + centre), mixed(WOOD, WOOD_LIGHT, 0.4))
    for side in (-1, 1):
        sketch.line(place.outline(_F_HOLE * (1, side)), EBONY, 0.45 * cm)
    sketch.polygon(place.outline(_NECK) + thickness * 0.4, WOOD_DARK, convex=True)
    sketch.polygon(place.outline(_SCROLL), WOOD, convex=True)
    sketch.disc(place.at(57.2), 1.9 * cm, WOOD)
    sketch.disc(place.at(57.4), 0.9 * cm, WOOD_DARK)
    for x, side in _PEGS:
        sketch.line(place.outline(np.array([(x, 0.0), (x, 3.4 * side)])), EBONY, 0.6 * cm)
    sketch.polygon(place.outline(_FINGERBOARD), EBONY, convex=True)
    sketch.polygon(place.outline(_TAILPIECE), EBONY, convex=True)
    sketch.polygon(place.outline(_CHIN_REST), mixed(EBONY, WOOD_DARK, 0.25))
    for string in (-1.5, -0.5, 0.5, 1.5):
        sketch.line(place.outline(np.array([(10.0, string * 0.9), (NUT_CM, string * 0.55)])), STRING, 1.0)
    sketch.line(place.outline(np.array([(BRIDGE_CM, -2.6), (BRIDGE_CM, 2.6)])), BRIDGE, 0.7 * cm)


def _bow_line(grip: np.ndarray, contact: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Direction ``[frames, 2]`` and length ``[frames, 1]`` of a bow: it always reaches over the strings."""
    distance = np.linalg.norm(contact - grip, axis=-1, keepdims=True)
    return direction(contact - grip), np.maximum(BOW_CM * scale, distance + 5.0 * scale)


def bow_tip(points: np.ndarray, layout: Layout, scale: float) -> np.ndarray:
    """Where the bow's tip is drawn, px ``[frames, 2]``; NaN where it is not."""
    place = Violin.fit(points, layout, scale).place(points, layout)
    if place is None or len(layout.right_hand) != HAND_SIZE:
        return np.full((len(points), 2), np.nan)
    grip = _bow_grip(points, layout)
    along, length = _bow_line(grip, place.at(CONTACT_CM), scale)
    return grip + along * length


def _lowered(along: np.ndarray, lift: np.ndarray) -> np.ndarray:
    """Directions ``[frames, 2]`` of a bow that hangs from the hand the more, the farther it was taken down."""
    share = np.clip((lift - HANGS_FROM) / (1 - HANGS_FROM), 0.0, 1.0)
    share = share * share * (3 - 2 * share)
    side = np.where(along[:, 0] < 0, -1.0, 1.0)
    upright = np.arctan2(along[:, 1], along[:, 0] * side)  # y points down in a picture
    turned_down = upright + share * (np.arctan2(1.0, HANGING_ASIDE) - upright)
    return np.stack([side * np.cos(turned_down), np.sin(turned_down)], axis=-1)


def bow_ways(points: np.ndarray, room: Room) -> np.ndarray:
    """Ways ``[frames, 2]`` from frog to tip in the picture, px, of a bow whose place in the room is known.

    Points in the picture (``[frames, points, 2]``) and the same in the room tell how the room is seen; where the bow
    points to or from the eye, it is seen shorter.
    """
    joints = np.asarray(room.joints, np.float64)
    known = np.isfinite(joints).all(axis=-1) & np.isfinite(points).all(axis=-1)
    view = np.linalg.lstsq(np.insert(joints[known], 3, 1.0, axis=-1), points[known], rcond=None)[0]
    along = rotate(np.asarray(room.props["bow"].rotation, np.float64), np.array([BOW_CM / 100, 0.0, 0.0]))
    return along @ view[:3]


def draw_bow(
    sketch: Sketch,
    place: ViolinPlace,
    points: np.ndarray,
    layout: Layout,
    scale: float,
    sounding: np.ndarray,
    lift: np.ndarray | None = None,
    way: np.ndarray | None = None,
) -> None:
    """Draw the bow: held in the right hand, crossing the strings (paper Sec. 5: constrained to hand and bridge).

    Parameters
    ----------
    sketch : Sketch
    place : ViolinPlace
    points : np.ndarray [frames, points, 2]
    layout : Layout
    scale : float
        px per cm.
    sounding : np.ndarray of bool [frames]
        Whether the hair glows where it touches the string.
    lift : np.ndarray [frames], optional
        0 on the string to 1 at rest, where it is known: a bow at rest hangs from the hand.
    way : np.ndarray [frames, 2], optional
        px from its frog to its tip, where its place in the room is known; else it hangs down at rest.
    """
    if len(layout.right_hand) != HAND_SIZE:
        return
    grip, contact = _bow_grip(points, layout), place.at(CONTACT_CM)
    along, length = _bow_line(grip, contact, scale)
    if lift is not None and way is not None:
        share = np.clip((np.asarray(lift, np.float64) - LEAVES_FROM) / (LEAVES_TO - LEAVES_FROM), 0.0, 1.0)[:, None]
        seen = (1 - share) * along * length + share * way
        along, length = direction(seen), np.linalg.norm(seen, axis=-1, keepdims=True)
    elif lift is not None:
        along = _lowered(along, np.asarray(lift, np.float64))
    above = turned(along)
    above = np.where(above[:, 1:] > 0, -above, above) * scale
    forward = along * scale
    tip = grip + along * length - forward * 3.0
    frog = grip + forward * 2.5
    sketch.line(np.stack([frog - above, tip], axis=1), HAIR, 0.5 * scale)
    shares = np.linspace(0.1, 1.0, 7)  # the stick curves toward the hair in its middle
    stick = [grip - forward * 3.0 + above * 0.9]
    stick += [grip + along * length * s + above * (1.9 - 3.2 * s * (1 - s)) for s in shares]
    curve = np.stack([*stick, tip], axis=1)
    sketch.line(curve, STICK, max(2.0, 0.9 * scale))
    sketch.line(curve + above[:, None] * 0.2, mixed(STICK, WOOD_LIGHT, 0.5), 1.0)
    back, front = frog - forward * 3.0, frog + forward * 1.6
    block = [back + above, front + above, front - above * 1.2, back - above * 1.2]
    sketch.polygon(np.stack(block, axis=1), EBONY, convex=True)
    sketch.disc(contact, 0.9 * scale, (190, 240, 255), where=sounding)
