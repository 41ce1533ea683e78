"""The bow arm as players have it: the hand crosses strings first, the bow rests at the side, strings are plucked."""

from __future__ import annotations

from typing import NamedTuple

from audio_to_body.geometry.vectors import Number, Vector, minus, mixed, plus, times, within
from audio_to_body.musician.body import Body, Trunk
from audio_to_body.musician.bowing import BOW_LENGTH
from audio_to_body.musician.hands import ROOTS, hand_joints
from audio_to_body.musician.kinematics import bent_arm
from audio_to_body.musician.violin_bow import (
    BOW_TILT,
    GRIP_ALONG,
    GRIP_OVER,
    Bow,
    bow_of,
    bow_tilt,
    held_at,
    relaxation,
)
from audio_to_body.musician.violin_bow_hold import (
    BOW_GRIP,
    FINGERS_ON,
    KNUCKLE_BEHIND,
    KNUCKLE_OVER,
    elbow_pole,
    held_palm,
    hold_of,
    taken_away,
)
from audio_to_body.musician.violin_playing import BRIDGE, Axes, Posture, RightArm, on_string
from audio_to_body.musician.violin_ways import STRING_LENGTH

# A hand that plucks: where along the violin from the button, over the fingerboard's end; how high over the string its
# index finger waits; and where that finger's knuckle is from its tip, in the palm's directions; m
PLUCKS_AT, PLUCKS_FROM, KNUCKLE = 0.278, 0.014, (-0.069, -0.015, 0.050)
# The share of a string crossing that the elbow has not followed and the hand does in the wrist, within limits; m from
# the wrist to the stick
WRIST_SHARE, WRIST_MOST, PALM = 0.5, 0.4, 0.085
_INDEX_ROOT: list[float] = ROOTS[1].tolist()
_MIDDLE_ROOT: list[float] = ROOTS[2].tolist()


class BowHand(NamedTuple):
    """Where the hand holds the bow.

    Attributes
    ----------
    wrist : Vector
    palm : Axes
        Towards the middle knuckle, the thumb's side and the back of the hand.
    to_knuckle : Vector
        From the wrist to the middle finger's knuckle.
    way, over : Vector
        Where the tip points, and up from the stick.
    rest : Number
        0 to 1, how far the arm is lowered.
    """

    wrist: Vector
    palm: Axes
    to_knuckle: Vector
    way: Vector
    over: Vector
    rest: Number


def _bow_hand(body: Body, trunk: Trunk, button: Vector, axes: Axes, bow: Bow, posture: Posture) -> BowHand:
    over, grip = held_at(trunk, axes, bow)
    away = taken_away(trunk, grip, times(-1.0, bow[1]), over, relaxation(posture), posture.pluck)
    higher = (bow_tilt(posture) - BOW_TILT.at(posture.level)) * posture.position * BOW_LENGTH  # m
    raised = within(WRIST_SHARE * higher / PALM, -WRIST_MOST, WRIST_MOST)
    palm = held_palm(away.way, away.over, hold_of(posture, raised, away.up, away.rest))
    to_knuckle = times(body.hand, mixed(_MIDDLE_ROOT, palm))
    wrist = minus(plus(plus(away.grip, KNUCKLE_OVER, away.over), -KNUCKLE_BEHIND, palm[0]), to_knuckle)
    knuckle = plus(_plucked(button, axes, posture), 1.0, mixed(KNUCKLE, palm))
    plucking = plus(knuckle, -body.hand, mixed(_INDEX_ROOT, palm))
    wrist = plus(times(1.0 - posture.pluck, wrist), posture.pluck, plucking)
    return BowHand(wrist, palm, to_knuckle, away.way, away.over, away.rest)


def _plucked(button: Vector, axes: Axes, posture: Posture) -> Vector:
    """Where the string that is plucked is plucked."""
    return on_string(button, axes, posture.string, BRIDGE + STRING_LENGTH - PLUCKS_AT, 0.0)


def bow_arm(body: Body, trunk: Trunk, button: Vector, axes: Axes, bow: Bow, posture: Posture) -> RightArm:
    """Right elbow, wrist and hand, and the bow in it; the upper arm follows with the level, the hand goes first."""
    hand = _bow_hand(body, trunk, button, axes, bow, posture)
    forward, way, over = hand.palm[0], hand.way, hand.over
    shoulder, bones = trunk.right_shoulder, (body.upper_arm, body.forearm)
    slower = posture._replace(string=posture.level)
    its_hand = _bow_hand(body, trunk, button, axes, bow_of(button, axes, slower), slower)
    pole = minus(bent_arm(shoulder, its_hand.wrist, *bones, elbow_pole(trunk, posture, hand.rest))[0], shoulder)
    elbow, wrist = bent_arm(shoulder, hand.wrist, *bones, pole)
    # where the arm did not reach, the bow follows it
    grip = plus(plus(plus(wrist, -KNUCKLE_OVER, over), KNUCKLE_BEHIND, forward), 1.0, hand.to_knuckle)
    tips = [plus(plus(plus(grip, -a, way), b, over), FINGERS_ON, forward) for a, b in BOW_GRIP]
    above = plus(_plucked(button, axes, posture), PLUCKS_FROM * (1.0 - posture.dip), axes[1])
    tips[1] = plus(times(1.0 - posture.pluck, tips[1]), posture.pluck, above)
    held = plus(plus(grip, GRIP_ALONG, way), -GRIP_OVER, over)
    return RightArm(elbow, wrist, hand_joints(wrist, hand.palm, tips, body.hand, hand.palm[2]), held, way, over)
