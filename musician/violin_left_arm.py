"""The left arm: a hand that stands in its position at the neck, the forearm under it, four fingers and a thumb.

A player's wrist is nearly straight: the hand leans towards the scroll as the forearm does that comes up under the
violin. In high positions hand and wrist come around the violin's shoulder, on the low strings most of all.
"""

from __future__ import annotations

from typing import NamedTuple

from audio_to_body.geometry.vectors import (
    Number,
    Vector,
    across,
    at_least,
    cross,
    mixed,
    plus,
    times,
    unit,
    within,
)
from audio_to_body.musician.body import Body, Trunk
from audio_to_body.musician.hands import ROOTS, hand_joints
from audio_to_body.musician.kinematics import bent_arm
from audio_to_body.musician.violin_playing import Axes, Posture, on_string
from audio_to_body.musician.violin_ways import distance_from_nut

VIBRATO_SWAY = 0.0035  # m of fingertip travel along the string
HOVER = 0.018  # m over its string of a finger that is not down
HAND_UP = 0.9  # of the way from the wrist to the knuckles: up from the violin's top; :class:`Stance` has the rest
# A player's stance: on the E string in the first position; how much more on the G string; in high positions; there
# more on the G string; there in the highest. Found by search: a straight wrist, and no bone in violin or neck
LEAN = (0.82, 0.0, -0.50, 0.0, 0.20)
ASIDE = (-0.10, -0.10, -0.05, -0.25, -0.35)
KNUCKLE_UP = (-0.033, 0.0, 0.046, 0.024, 0.0)
KNUCKLE_OUT = (0.031, -0.005, 0.042, -0.022, -0.010)
ELBOW_OUT = (0.12, -0.30, 0.0, -0.45, 0.0)
# m from the nut at which the hand begins to come around the violin's shoulder, and how far on it is all around; the
# same of the highest positions
HIGH, HIGHEST = (0.080, 0.075), (0.135, 0.070)
# the thumb: m that it stands nearer to the bridge than the hand's place, at most from the nut (there the neck ends);
# m below the strings and beside the G string; how much lower and nearer it is under the neck's heel; from there
# up and out to the ribs, where it is in the highest positions
THUMB_BEHIND, THUMB_MOST, THUMB_BELOW, THUMB_BESIDE = 0.012, 0.155, 0.012, 0.008
THUMB_UNDER, THUMB_AT_RIBS = (0.050, 0.026), (0.012, 0.085)
_INDEX_ROOT: list[float] = ROOTS[1].tolist()


class Stance(NamedTuple):
    """How the hand stands at the neck.

    Attributes
    ----------
    lean, aside : Number
        Of the way from the wrist to the knuckles: towards the scroll, and to the E string's side.
    knuckle_up, knuckle_out : Number
        Metres from the E string to the index finger's root joint: up, and to the side.
    elbow_out : Number
        How far the elbow points to the player's left of straight down.
    """

    lean: Number
    aside: Number
    knuckle_up: Number
    knuckle_out: Number
    elbow_out: Number


def _heights(hand_at: Number) -> tuple[Number, Number]:
    """How far the hand has come around the violin's shoulder, 0 to 1, and how far into the highest positions."""
    return within((hand_at - HIGH[0]) / HIGH[1], 0.0, 1.0), within((hand_at - HIGHEST[0]) / HIGHEST[1], 0.0, 1.0)


def _stance(body: Body, posture: Posture, hand_at: Number) -> Stance:
    """A player's."""
    high, highest = _heights(hand_at)

    def of(shares: tuple[float, float, float, float, float], string: Number) -> Number:
        low = 1.0 - string / 3.0
        always, more, up, more_up, top = shares
        return always + more * low + high * (up + more_up * low) + top * highest * low

    string = posture.left_string
    return Stance(
        of(LEAN, string),
        of(ASIDE, string),
        of(KNUCKLE_UP, string),
        of(KNUCKLE_OUT, string) * body.hand,
        of(ELBOW_OUT, posture.level),  # upper arms are slower than hands
    )


def _upright_stance(body: Body, posture: Posture, hand_at: Number) -> Stance:
    """That of the virtual recitals' violinists (version 7): an upright hand on a bent wrist."""
    string = posture.left_string
    # high positions bring the hand around the violin's shoulder: higher and farther to the right
    high = within((hand_at - 0.11) / 0.12, 0.0, 1.0)
    reach_over = 0.030 - 0.006 * (1.5 - string)
    aside = 0.18 - 0.1 * (string - 1.5) / 1.5
    elbow_out = 0.25 * (string - 1.5) / 1.5
    return Stance(-0.10, aside, -0.020 + 0.018 * high, reach_over * body.hand + 0.01 * high, elbow_out)


def left_arm(
    body: Body, trunk: Trunk, button: Vector, axes: Axes, posture: Posture
) -> tuple[Vector, Vector, list[Vector]]:
    """Left elbow, wrist and hand."""
    along, normal, right = axes
    sway = posture.vibrato * VIBRATO_SWAY
    hand_at = distance_from_nut(posture.place)
    stance = (_stance if posture.lifelike else _upright_stance)(body, posture, hand_at)
    upward = unit(plus(plus(times(HAND_UP, normal), stance.aside, right), stance.lean, along))
    thumb_side = across(along, upward)
    palm = (upward, thumb_side, cross(thumb_side, upward))
    index_root = on_string(button, axes, 3.0, hand_at, stance.knuckle_up)
    index_root = plus(plus(index_root, stance.knuckle_out, right), sway * 0.8, along)
    wrist = plus(index_root, -body.hand, mixed(_INDEX_ROOT, palm))
    pole = plus(trunk.along((0.15, -1.0, 0.1)), stance.elbow_out, trunk.along((1.0, 0.0, 0.0)))
    elbow, wrist = bent_arm(trunk.left_shoulder, wrist, body.upper_arm, body.forearm, pole)
    thumb, thumb_back = _thumb(button, axes, posture, hand_at)
    tips = [thumb]
    for f in range(4):
        tip = on_string(button, axes, posture.over[f], posture.reach[f], HOVER * (1 - posture.down[f]))
        tips.append(plus(tip, sway * posture.down[f], along))
    return elbow, wrist, hand_joints(wrist, palm, tips, body.hand, thumb_back)


def _thumb(button: Vector, axes: Axes, posture: Posture, hand_at: Number) -> tuple[Vector, Vector]:
    """Where the thumb is, and to which side it bends out: beside the neck, in high positions under its heel."""
    _, normal, right = axes
    bent = times(-1.0, right)
    if not posture.lifelike:
        return plus(on_string(button, axes, -0.6, at_least(hand_at - 0.005, 0.01), -0.012), -0.012, right), bent
    at = within(hand_at + THUMB_BEHIND, 0.01, THUMB_MOST)
    under, highest = _heights(hand_at)
    height = THUMB_AT_RIBS[0] * highest - THUMB_UNDER[0] * under - THUMB_BELOW
    place = on_string(button, axes, -0.6, at, height)
    aside = THUMB_AT_RIBS[1] * highest + THUMB_UNDER[1] * under * under - THUMB_BESIDE
    return plus(place, aside, right), plus(bent, -2.0 * under, normal)
