"""Rigging the violin (Sec. 5 "Rigging the violin"): how it is held, and the left hand at its neck."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from audio_to_body.avatar.retargeting.fingers import BASES
from audio_to_body.avatar.retargeting.hands import palm_directions
from audio_to_body.avatar.violin_model import NUT, bowed_points, string_height, string_side
from audio_to_body.geometry.vector_arrays import clamp, dot, einsum, stacked, unit
from audio_to_body.geometry.vectors import (
    Number,
    Vector,
    at_least,
    hypotenuse,
    numbers,
    plus,
    rows,
    square_root,
    times,
    within,
)
from audio_to_body.geometry.vectors import across as bent_to
from audio_to_body.geometry.vectors import cross as vector_product
from audio_to_body.geometry.vectors import unit as unit_vector
from audio_to_body.musician.bowing import BOW_LENGTH
from audio_to_body.musician.violin_bow import GRIP_ALONG, GRIP_OVER
from audio_to_body.musician.violin_playing import STRING_TILT
from audio_to_body.musician.violin_ways import STRING_LENGTH
from audio_to_body.skeleton.layouts import Layout

BUTTON_FROM_NECK = np.array([0.092, 0.040, 0.052])  # m from the middle of the shoulders, in the chest's directions
FIRST_POSITION = 0.455  # m from the button to the index finger's root joint in first position
HIGHEST_POSITION = 0.29  # m, when the hand is at the violin's shoulder
SLOPE_RANGE = (np.radians(24.0), np.radians(72.0))  # of the violin out of the picture's plane
LARGEST_STEEP = np.radians(28.0)  # of the scroll above or below the horizontal


@dataclass(frozen=True)
class ViolinAxes:
    """The violin over time, all ``[frames, 3]``: its button, and its directions."""

    button: np.ndarray
    along: np.ndarray
    normal: np.ndarray
    right: np.ndarray

    def at(self, local: np.ndarray) -> np.ndarray:
        """Room places of violin coordinates ``[3]`` or ``[frames, 3]``."""
        return self.button + local[..., :1] * self.along + local[..., 1:2] * self.normal + local[..., 2:] * self.right


def violin_angles(points: np.ndarray, layout: Layout, calibration, roll: float | None) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    """Angle of the violin out of the picture's plane and its roll, constant over a recital, radians.

    One camera shows neither. Of all angles a player uses, those are taken with which the left hand is where first
    position is (most of the time it is), and the bow hand holds a bow that lies on the strings.
    """
    step = max(1, len(points) // LOOKED_AT)
    points = points[::step]
    neck = calibration.metres(
        0.5 * (points[:, layout.index("left_shoulder")] + points[:, layout.index("right_shoulder")])
    )
    button = calibration.at_depth(neck, 0.0) + BUTTON_FROM_NECK
    knuckle = calibration.metres(points[:, layout.index("left_hand_index_1")])
    grips = [layout.index(f"right_hand_{finger}_4") for finger in ("thumb", "index", "middle", "ring", "little")]
    grip = calibration.metres(points[:, grips].mean(axis=1))
    known = np.isfinite(knuckle).all(axis=1) & np.isfinite(grip).all(axis=1) & np.isfinite(neck).all(axis=1)
    usual = np.radians(25.0) if roll is None else roll
    if not known.any():
        return float(np.radians(55.0)), usual
    button, knuckle, grip = button[known], knuckle[known], grip[known]
    best, chosen = np.inf, (np.radians(55.0), usual)
    for slope in np.radians(np.arange(np.degrees(SLOPE_RANGE[0]), np.degrees(SLOPE_RANGE[1]) + 0.1, 4.0)):
        for tried in (usual,) if roll is not None else np.radians([15.0, 20.0, 25.0, 30.0, 35.0]):
            offset = hand_from_button(button, knuckle, slope, calibration)
            axes = violin_look_at(button, offset, slope, tried)
            reach = np.percentile(hand_reach(axes, offset, calibration), 70)
            place = calibration.on_plane(grip, axes.at(bowed_points().mean(axis=0)), axes.along)
            distance, tilt = hand_in_bow_plane(axes, place)
            beyond = np.maximum(np.abs(tilt) - STRING_TILT[0], 0.0)
            off = np.maximum(distance - GRIP_ALONG - BOW_LENGTH, 0.0) + np.maximum(GRIP_ALONG - distance, 0.0)
            cost = ((reach - FIRST_POSITION) / 0.03) ** 2 + ((tried - np.radians(25.0)) / np.radians(8.0)) ** 2
            cost += np.mean(np.minimum(beyond / np.radians(7.0), 3.0) ** 2) + np.mean((off / 0.04) ** 2)
            # strings are bowed around the middle ones
            cost += (np.median(tilt) / np.radians(14.0)) ** 2
            if cost < best:
                best, chosen = float(cost), (float(slope), float(tried))
    return chosen


LOOKED_AT = 240  # frames from which a recital's angles are taken
HAND_BESIDE = (0.037, 0.014)  # m of the index finger's root to the E string's side and above the ribs' middle


def hand_from_button(button: np.ndarray, knuckle: np.ndarray, slope: float, calibration) -> np.ndarray:  # type: ignore[no-untyped-def]
    """The left index finger's root from the button in the picture's plane, its perspective undone ``[frames, 2]``."""
    depth = FIRST_POSITION * np.sin(slope) + (button - calibration.anchor) @ calibration.axes[2]
    flat = (button - calibration.anchor) @ calibration.axes[:2].T
    return knuckle * (1 - depth / calibration.distance)[:, None] - flat


def hand_reach(axes: ViolinAxes, offset: np.ndarray, calibration) -> np.ndarray:  # type: ignore[no-untyped-def]
    """How far along the violin the left hand is, metres from the button ``[frames]``."""
    flat = axes.along @ calibration.axes[:2].T
    beside = (HAND_BESIDE[0] * axes.right + HAND_BESIDE[1] * axes.normal) @ calibration.axes[:2].T
    length = np.maximum(einsum("fi,fi->f", flat, flat), 0.04)
    return einsum("fi,fi->f", offset - beside, flat) / length


def violin_position(neck: np.ndarray, chest: np.ndarray) -> np.ndarray:
    """Sec. 5: "the violin's position was constrained to a point attached to the head".

    The point is where the chin rests: it moves with the joint at the foot of the neck, turned with the chest, because
    the violin lies on the collar bone and the head only holds it there.

    Parameters
    ----------
    neck : np.ndarray [frames, 3]
        Middle of the shoulders.
    chest : np.ndarray [frames, 3, 3]
        Directions of the chest.
    """
    return neck + einsum("fij,j->fi", chest, BUTTON_FROM_NECK)


def violin_look_at(button: np.ndarray, hand: np.ndarray, slope: float, roll: float) -> ViolinAxes:
    """Sec. 5: "the rotation was determined using a lookat constraint attached to the left hand".

    Parameters
    ----------
    button : np.ndarray [frames, 3]
        The violin's end at the chin.
    hand : np.ndarray [frames, 2]
        The left index finger's root from the button in the picture's plane: right, up; metres.
    slope : float
        Radians out of the picture's plane, which one camera does not show.
    roll : float
        Radians by which the violin leans to the player's right.
    """
    x, y = numbers(np.where(np.isfinite(hand), hand, np.array([0.25, 0.0])))
    along, normal, right = _level_violin(x, y, slope, roll)
    for _ in range(2):  # the hand is beside the neck, not in it: aim so that it comes to lie there
        beside = [HAND_BESIDE[0] * r + HAND_BESIDE[1] * n for r, n in zip(right[:2], normal[:2])]
        along, normal, right = _level_violin(x - beside[0], y - beside[1], slope, roll)
    directions = rows([along, normal, right], len(button))
    return ViolinAxes(button, directions[:, 0], directions[:, 1], directions[:, 2])


def _level_violin(x: Number, y: Number, slope: float, roll: float) -> tuple[Vector, Vector, Vector]:
    """Directions of a violin whose neck points to a place of the picture: along, out of its top, to its right."""
    # the scroll stays near the horizontal, whatever a detector says of the hand
    most = min(math.sin(LARGEST_STEEP) / math.cos(slope), 0.94)
    rise = within(y / at_least(hypotenuse(x, y), 1e-12), -most, most)
    level = square_root(1 - rise * rise)  # always to the player's left
    along = unit_vector((math.cos(slope) * level, math.cos(slope) * rise, math.sin(slope)))
    up = bent_to((0.0, 1.0, 0.0), along)
    normal = plus(times(math.cos(roll), up), math.sin(roll), vector_product(along, up))
    return along, normal, vector_product(along, normal)


def hand_in_bow_plane(axes: ViolinAxes, grip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The bow hand in the plane across the strings: distance from the bridge's middle (m) and angle (rad)."""
    middle = axes.at(bowed_points().mean(axis=0))
    offset = grip - middle
    right, up = dot(offset, axes.right)[:, 0], dot(offset, axes.normal)[:, 0] - GRIP_OVER
    return np.hypot(right, up), np.arctan2(up, np.maximum(right, 1e-3))


def neck_hand(axes: ViolinAxes, reach: np.ndarray, string: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The left hand at the neck: wrist ``[frames, 3]`` and palm directions ``[frames, 3, 3]``.

    Parameters
    ----------
    axes : ViolinAxes
    reach : np.ndarray [frames]
        Metres from the button to the index finger's root.
    string : np.ndarray [frames]
        The string played: the hand leans towards the low ones.
    """
    lean = (string - 1.5) / 1.5
    high = clamp((0.42 - reach) / 0.12, 0, 1)
    upward = unit(axes.normal * 0.9 + axes.right * (0.18 - 0.1 * lean)[:, None] - axes.along * 0.10)
    palm = palm_directions(upward, axes.along, 0)
    height = string_height(reach, 3) - 0.020 + 0.018 * high
    side = string_side(reach, 3) + 0.030 + 0.006 * lean + 0.01 * high
    root = axes.at(stacked([reach, height, side], axis=1))
    return root - einsum("fij,j->fi", palm, BASES[1]), palm


def stopping_fingers(
    axes: ViolinAxes, reach: np.ndarray, string: np.ndarray, spread: np.ndarray, height: np.ndarray
) -> np.ndarray:
    """Where the left fingertips are, ``[frames, 5, 3]`` thumb first.

    Parameters
    ----------
    axes : ViolinAxes
    reach : np.ndarray [frames]
        Metres from the button to the index finger's root.
    string : np.ndarray [frames]
    spread : np.ndarray [frames, 4]
        Metres of each finger's tip towards the bridge from the index finger's root.
    height : np.ndarray [frames, 4]
        Metres of the tips above the string.
    """
    x = clamp(reach[:, None] - spread, 0.24, NUT - 0.006)
    level = string_height(x, 1) + 0.0008 + height
    side = string_side(x, np.broadcast_to(string[:, None], x.shape))
    local = stacked([x, level, side], axis=-1)
    tips = np.empty((len(reach), 5, 3))
    for f in range(4):
        tips[:, f + 1] = axes.at(local[:, f])
    thumb = stacked(
        [
            np.minimum(reach + 0.026, NUT - 0.004),
            string_height(reach, 0) - 0.020,
            string_side(reach, np.full(len(reach), -0.6)) - 0.004,
        ],
        axis=1,
    )
    tips[:, 0] = axes.at(thumb)
    return tips


FINGER_SPREAD = STRING_LENGTH * (1 - 2.0 ** (-np.array([0.0, 2.0, 3.5, 5.5]) / 12)) * 0.86
HOVER = 0.012  # m of resting left fingertips above the strings
