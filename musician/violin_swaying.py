"""How a violinist's body moves about its posture: with slow waves of its own, the bow, loudness and breath.

Numbers are floats or arrays ``[frames]``; waves move slowly about 0 with a standard deviation of 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Union

import numpy as np

from audio_to_body.geometry.vectors import Number, within

Waves = Union[Sequence[Any], np.ndarray]  # three Number

TURN, LEAN = float(np.radians(28)), float(np.radians(10))  # of the head: to the left, onto the violin
NOD = 0.10  # rad to the front
STOOP = 0.03  # rad that the torso leans to the front
# rad by which a bow swings from its frog, where its tip points over the shoulder, to its tip, where the hand comes
# back around the body; by which it wanders besides; at most
SWINGS, WANDERS, MOST_SKEW = 0.12, 0.009, 0.07


def liveliness(loud: Number) -> Number:
    """Share of its movement that a body keeps at a loudness of 0 to 1."""
    return 0.35 + 0.65 * within(loud * 2, 0.0, 1.0)


def torso_angles(
    sway: Number, loud: Number, bow: Number, breath: Number, waves: Waves
) -> tuple[Number, Number, Number]:
    """Turn to the left, lean to the front, lean to the side, radians.

    Parameters
    ----------
    sway : Number
        Amplitude, 1 is typical.
    loud : Number
        0 to 1: leans into what is loud.
    bow : Number
        Where the bow is, from its middle, slower than it: the torso goes against it.
    breath : Number
        The lift before a phrase, 0 to 1.
    waves : three Number
    """
    yaw, pitch, roll = waves
    return (
        sway * 0.045 * yaw - 0.05 * bow,
        STOOP + sway * (0.022 * pitch + 0.05 * (loud - 0.5)) - 0.03 * breath,
        sway * 0.032 * roll + 0.03 * bow,
    )


def shoulder_rise(breathing: Number, breath: Number) -> Number:
    """Metres that breathing (-1 to 1) and the lift before a phrase raise the shoulders."""
    return 0.004 * breathing + 0.010 * breath


def violin_angles(
    held: tuple[float, float, float], sway: Number, loud: Number, breath: Number, waves: Waves
) -> tuple[Number, Number, Number]:
    """Slope, heading and tilt of the violin, radians; ``held`` are those about which they move."""
    slope, heading, tilt = waves
    return (
        held[0] + sway * (0.035 * slope + 0.10 * (loud - 0.5)) + 0.05 * breath,
        held[1] + sway * 0.025 * heading,
        held[2] + 0.02 * tilt,
    )


def bow_skew(position: Number, wave: Number) -> Number:
    """Radians by which the frog is nearer to the scroll than at a right angle to the strings.

    Parameters
    ----------
    position : Number
        Where the hair touches the string, 0 frog to 1 tip.
    wave : Number
    """
    return within(SWINGS * (0.5 - position) + WANDERS * wave, -MOST_SKEW, MOST_SKEW)


def head_angles(sway: Number, breath: Number, waves: Waves) -> tuple[Number, Number, Number]:
    """The head turned left, nodding a little, leaning onto the violin, radians."""
    turn, nod, lean = waves
    return TURN + sway * 0.05 * turn, NOD + sway * 0.04 * nod - 0.05 * breath, LEAN + sway * 0.02 * lean
