"""How a hand holds a bow: on the strings from frog to tip, raised, plucking, and hanging at the player's side.

A forearm lies nearly along the bow at the frog, across it in the middle and away from it at the tip. The hand goes
most of that way with it, leaning to the tip at the frog and a little back at the tip; wrist and fingers do the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from audio_to_body.geometry.vectors import (
    Number,
    Vector,
    across,
    cosine,
    cross,
    dot,
    plus,
    sine,
    times,
    unit,
)
from audio_to_body.musician.body import Trunk
from audio_to_body.musician.kinematics import smoothstep
from audio_to_body.musician.violin_playing import Axes, Posture

# How the palm lies to the bow: for 1 that the way from the wrist to the knuckles goes across the stick, how far it
# goes along it to the tip, and down to it; radians by which the thumb's side is turned up. At the frog; how much more
# at the tip; how much more on the G string. Found by search, as is where the elbow points: a wrist that is bent up by
# 20 to 40 degrees at the frog and straight at the tip, fingers side by side, the elbow about at the bow's height
AT_FROG, TO_TIP, ON_LOW = (0.96, 0.58, -0.30), (-1.45, -0.53, 0.26), (0.04, -0.35, 0.13)
# The share of an even turn that the hand turns in the middle of the bow: there a short stroke is the arm's
IN_MIDDLE = 0.5
# how much more in a hand that holds the bow upright beside the violin; of a hand that hangs; of one that plucks
RAISED, HANGING_HOLD, PLUCKING_HOLD = (-0.06, -0.40, -0.12), (1.10, 0.15, 0.0), (2.24, 2.70, -0.30)
# m from the thumb's place on the stick to the middle finger's knuckle: up from the stick, and back in the palm's way
KNUCKLE_OVER, KNUCKLE_BEHIND = 0.028, 0.009
# what the bow hand's thumb, fingers 1 to 4 hold: metres along the hair to the frog and over the stick, from the grip;
# and how much farther on in the palm's way
FINGERS_ON = 0.012
BOW_GRIP = ((-0.006, -0.016), (-0.030, -0.006), (-0.006, -0.012), (0.018, -0.012), (0.038, 0.002))
# where the right elbow points: on the E string at the frog; how much more on the G string, and at the tip; of an arm
# that hangs. Nearly along the way from the shoulder to the hand it would let a folded arm flip
ELBOW, ELBOW_ON_LOW, ELBOW_AT_TIP = (-2.0, -1.57, -0.46), (0.75, 0.97, 0.37), (-1.2, 0.80, -0.93)
ELBOW_HANGS = (-0.5, -0.4, -1.0)
# A bow that comes away from the strings is turned up, clear of violin and left arm, and then hangs at the player's
# side: where its tip points in between and in the end, and there up from the stick; how far the hand has gone out in
# between, m, and from the shoulder where it hangs in the end, and by how much it goes round the body
UPRIGHT, HANGING, HANGING_OVER = (0.10, 0.97, 0.20), (0.12, -0.50, 0.86), (-0.55, 0.0, 0.84)
OUT, HANGS, FORTH = (-0.17, 0.0, 0.12), (-0.13, -0.62, 0.08), 0.08


def _turned(vector: Vector, start: Vector, end: Vector) -> Vector:
    """A vector turned as the shortest turn takes one unit vector to another that is not its opposite."""
    both = plus(start, 1.0, end)
    share = dot(both, vector) / (1.0 + dot(start, end))
    return plus(plus(vector, -share, both), 2.0 * dot(start, vector), end)


def _between(start: Vector, share: Number, end: Vector) -> Vector:
    return unit(plus(times(1.0 - share, start), share, end))


class TakenAway(NamedTuple):
    """A bow that has been taken from the strings.

    Attributes
    ----------
    grip, way, over : Vector
        Where it is held, where its tip points, up from the stick.
    up, rest : Number
        0 to 1, how far it is turned up, and the arm is lowered.
    """

    grip: Vector
    way: Vector
    over: Vector
    up: Number
    rest: Number


def taken_away(trunk: Trunk, grip: Vector, tip: Vector, over: Vector, relaxed: Number, pluck: Number) -> TakenAway:
    """A bow that is taken from the strings: first it is turned up, then it comes down and hangs at the player's side.

    Parameters
    ----------
    trunk : Trunk
    grip, tip, over : Vector
        As it plays: where it is held, where its tip points, up from the stick.
    relaxed, pluck : Number
        0 to 1, how far it has been taken away; a hand that plucks holds it up.
    """
    rest, up = smoothstep(1.5 * relaxed - 0.5), smoothstep(1.5 * relaxed)
    up = up + (1.0 - up) * pluck
    upright = unit(trunk.along(UPRIGHT))
    raised, end = _between(tip, up, upright), _between(upright, rest, trunk.along(HANGING))
    way = _turned(_turned(tip, tip, raised), upright, end)
    above = _turned(_turned(over, tip, raised), upright, end)
    above = across(_between(above, rest, trunk.along(HANGING_OVER)), way)
    out = plus(grip, up, trunk.along(OUT))
    hangs = plus(trunk.right_shoulder, 1.0, trunk.along(HANGS))
    grip = plus(times(1.0 - rest, out), rest, hangs)
    grip = plus(grip, 4 * rest * (1 - rest) * FORTH, trunk.along((0.0, 0.0, 1.0)))
    return TakenAway(grip, way, above, up, rest)


def hold_of(posture: Posture, raised: Number, up: Number, rest: Number) -> list[Number]:
    """How the palm lies to the bow, as :data:`AT_FROG` has it.

    Parameters
    ----------
    posture : Posture
    raised : Number
        How much less the hand hangs down to the stick, where the wrist crosses the strings.
    up, rest : Number
        0 to 1, as :func:`taken_away` gives them.
    """
    low, place = 1.0 - posture.level / 3.0, 2.0 * posture.position - 1.0  # from the middle of the bow
    turned = 0.5 + 0.5 * place * (IN_MIDDLE + (1.0 - IN_MIDDLE) * place * place)
    hold = []
    for i, (frog, tip, lower) in enumerate(zip(AT_FROG, TO_TIP, ON_LOW)):
        share = frog + turned * tip + low * lower - (raised if i == 1 else 0.0)
        share = share + up * RAISED[i]
        share = share + rest * (HANGING_HOLD[i] - share)
        hold.append(share + posture.pluck * (PLUCKING_HOLD[i] - share))
    return hold


def held_palm(tip: Vector, over: Vector, hold: Sequence[Number]) -> Axes:
    """The palm's directions, as :class:`audio_to_body.musician.violin_bow_arm.BowHand` has them, at a bow."""
    lean, dip, roll = hold
    forward = unit(plus(plus(cross(tip, over), lean, tip), 0.0 - dip, over))
    level = across(over, forward)
    side, cos, sin = cross(level, forward), cosine(roll), sine(roll)
    return forward, plus(times(cos, side), sin, level), plus(times(cos, level), 0.0 - sin, side)


def elbow_pole(trunk: Trunk, posture: Posture, rest: Number) -> Vector:
    """Where the right elbow points: higher with the strings' level; an arm that rests hangs."""
    low = (1.0 - posture.level / 3.0) * (1.0 - rest)
    bowed = posture.position * (1.0 - rest) * (1.0 - posture.pluck)
    raised = plus(plus(ELBOW, low, ELBOW_ON_LOW), bowed, ELBOW_AT_TIP)
    return trunk.along(plus(times(1.0 - rest, raised), rest, ELBOW_HANGS))
