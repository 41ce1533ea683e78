"""The bow and its arm: hand and forearm cross strings, a resting bow hangs at the side, strings are plucked.

The right hand draws the bow about at a right angle to the strings, in a plane that tilts with the string.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from audio_to_body.geometry.vectors import (
    Course,
    Number,
    Vector,
    across,
    at_most,
    cosine,
    cross,
    dot,
    minus,
    mixed,
    plus,
    sign,
    sine,
    times,
    unit,
    within,
)
from audio_to_body.musician.body import Body, Trunk
from audio_to_body.musician.bowing import BOW_LENGTH
from audio_to_body.musician.hands import ROOTS, hand_joints
from audio_to_body.musician.kinematics import bent_arm, smoothstep
from audio_to_body.musician.violin_playing import (
    BOWED_POINT,
    BRIDGE,
    STRING_ARCH,
    STRING_FALL,
    STRING_GAPS,
    STRING_HEIGHT,
    STRING_TILT,
    Axes,
    Posture,
    on_string,
)
from audio_to_body.musician.violin_ways import STRING_LENGTH

REST_DETOUR = (-0.04, 0.0, 0.14)  # m that the hand swings out on its way to rest, at the frog
REST_WAY = (0.94, 0.16, 0.30)  # where the tip of a bow at rest points
REST_DROP = (-0.05, -0.30, -0.10)  # m the bow hand hangs lower, farther right and back, when at rest
# A bow that comes away from the strings is turned up, clear of violin and left arm, and then hangs at the player's
# side: where its tip points in between and in the end; how far the hand has gone out in between, m, and from the
# shoulder where it hangs in the end, and by how much it goes round the body
UPRIGHT, HANGING = (0.10, 0.97, 0.20), (0.12, -0.35, 0.93)
OUT, HANGS, FORTH = (-0.17, 0.0, 0.12), (-0.10, -0.46, 0.17), 0.08
GRIP_ALONG, GRIP_OVER = 0.035, 0.022  # m from the hair's frog end to the thumb: along the hair, up from it
# what the bow hand's thumb, fingers 1 to 4 hold: metres along the hair to the tip and over the stick, from the grip
BOW_GRIP = ((-0.006, -0.016), (-0.050, -0.004), (-0.016, -0.012), (0.008, -0.012), (0.030, 0.004))
# A hand that plucks: where along the violin from the button, over the fingerboard's end; how high over the string its
# index finger waits; and where that finger's knuckle is from its tip, in the palm's directions; m
PLUCKS_AT, PLUCKS_FROM, KNUCKLE = 0.278, 0.014, (-0.050, 0.026, 0.052)
_BOW_TILT = Course(range(4), STRING_TILT)
# Players cross strings with as little as sounds the other one, the hand first: by so much of a string the bow's angle
# stays nearer to the level of the elbow, and such a share of what is left the hand does in the wrist, within limits
NEARER, WRIST_SHARE, WRIST_MOST = 0.35, 0.5, 0.4
PALM = 0.085  # m from the wrist to the stick
# The fingers let the hand turn on the bow, so that the wrist is never bent by more than the angle of this tangent
BENT = 0.6
# where the right elbow points: to the right and down, on the lower strings to the front and less down. Nearly
# along the way from the shoulder to the hand it would let a folded arm flip
_ELBOW_LOW, _ELBOW_RAISED = (-0.50, -0.85, 0.0), (-0.30, 0.50, 0.40)
_ELBOW_RAISE = Course([0, 3], [1.0, 0.0])  # how far it is raised, over the string level
_INDEX_ROOT, _MIDDLE_ROOT = ROOTS[1], ROOTS[2]


def _bow_tilt(posture: Posture) -> Number:
    """Angle of the bow against the violin's own plane, radians: where strings are crossed, no more than it takes."""
    string, level = posture.string, posture.level
    return _BOW_TILT.at(string + within(level - string, -NEARER, NEARER) if posture.lifelike else string)


def bow_of(button: Vector, axes: Axes, posture: Posture) -> tuple[Vector, Vector, Vector]:
    """Contact point, direction of the hair from tip to frog, and the frog's end of the hair."""
    (along, normal, right), string = axes, posture.string
    share = posture.contact / (STRING_LENGTH - BOWED_POINT)  # of the way to the nut, to which strings come together
    side = (string - 1.5) * (STRING_GAPS[1] + share * (STRING_GAPS[0] - STRING_GAPS[1]))
    arch = STRING_ARCH * (string - 1.5) ** 2 / 2.25
    height = STRING_HEIGHT - arch * (1.0 - share) - share * STRING_FALL
    contact = plus(plus(plus(button, BRIDGE + BOWED_POINT + posture.contact, along), side, right), height, normal)
    tilt = _bow_tilt(posture)
    square = plus(times(cosine(tilt), right), sine(tilt), normal)
    hair = plus(times(cosine(posture.skew), square), sine(posture.skew), along)
    raised = plus(contact, 0.05 * at_most(posture.lift, 0.5), normal)
    return contact, hair, plus(raised, posture.position * BOW_LENGTH, hair)


Bow = tuple[Vector, Vector, Vector]  # what bow_of gives


class BowHand(NamedTuple):
    """Where the hand holds the bow.

    Attributes
    ----------
    wrist : Vector
    palm : Axes
        Towards the middle knuckle, the thumb's side and the back of the hand.
    forward : Vector
        Where a palm points that does not turn on the bow.
    hair, over : Vector
        From the tip to the frog in the hand, and up from the stick.
    way : Vector
        Where the tip points: against the hair, but for a resting bow that turns in the hand.
    rest : Number
        0 to 1, how far the arm is lowered.
    """

    wrist: Vector
    palm: Axes
    forward: Vector
    hair: Vector
    over: Vector
    way: Vector
    rest: Number

    def turned(self, elbow: Vector, size: float) -> BowHand:
        """The hand as it turns on the bow about its knuckles, so that forearm and palm are nearly one line."""
        root = (_MIDDLE_ROOT * size).tolist()
        knuckle = plus(self.wrist, 1.0, mixed(root, self.palm))
        straight = unit(minus(knuckle, elbow))
        forward = unit(plus(straight, BENT, plus(self.forward, -dot(self.forward, straight), straight)))
        thumb_side = across(self.way, forward)
        palm = (forward, thumb_side, cross(forward, thumb_side))
        return self._replace(wrist=minus(knuckle, mixed(root, palm)), palm=palm)


def _turned(vector: Vector, start: Vector, end: Vector) -> Vector:
    """A vector turned as the shortest turn takes one unit vector to another that is not its opposite."""
    both = plus(start, 1.0, end)
    share = dot(both, vector) / (1.0 + dot(start, end))
    return plus(plus(vector, -share, both), 2.0 * dot(start, vector), end)


def _between(start: Vector, share: Number, end: Vector) -> Vector:
    return unit(plus(times(1.0 - share, start), share, end))


def _taken_away(
    trunk: Trunk, grip: Vector, held: Sequence[Vector], relaxed: Number, pluck: Number
) -> tuple[Vector, Vector, Vector, Axes, Number]:
    """A bow that is taken from the strings: first it is turned up, then it comes down and hangs at the player's side.

    Parameters
    ----------
    trunk : Trunk
    grip : Vector
    held : sequence of Vector
        As it plays: to the tip, up from the stick, and the palm's three directions.
    relaxed, pluck : Number
        0 to 1, how far it has been taken away; a hand that plucks holds it up.

    Returns
    -------
    grip, way, over : Vector
    palm : Axes
    rest : Number
        As :class:`BowHand` has them.
    """
    rest, up = smoothstep(1.5 * relaxed - 0.5), smoothstep(1.5 * relaxed)
    up = up + (1.0 - up) * pluck
    before, upright = held[0], unit(trunk.along(UPRIGHT))
    raised, end = _between(before, up, upright), _between(upright, rest, trunk.along(HANGING))
    way, over, *palm = (_turned(_turned(vector, before, raised), upright, end) for vector in held)
    out = plus(grip, up, trunk.along(OUT))
    hangs = plus(trunk.right_shoulder, 1.0, trunk.along(HANGS))
    grip = plus(times(1.0 - rest, out), rest, hangs)
    grip = plus(grip, 4 * rest * (1 - rest) * FORTH, trunk.along((0.0, 0.0, 1.0)))
    return grip, way, over, (palm[0], palm[1], palm[2]), rest


def _bow_hand(body: Body, trunk: Trunk, button: Vector, axes: Axes, bow: Bow, posture: Posture) -> BowHand:
    """The hand hangs over the stick, flat at the tip."""
    along, (_, hair, frog) = axes[0], bow
    over = across(cross(hair, along), hair)  # up from the stick
    over = times(sign(dot(over, trunk.up)), over)
    grip = plus(plus(frog, GRIP_ALONG, hair), GRIP_OVER, over)  # the thumb's place on the stick
    relaxed = within(posture.lift * 1.6 - 0.5, 0.0, 1.0)
    dip = 0.62 - 0.42 * posture.position
    if posture.lifelike:
        higher = (_bow_tilt(posture) - _BOW_TILT.at(posture.level)) * posture.position * BOW_LENGTH  # m
        dip = dip - within(WRIST_SHARE * higher / PALM, -WRIST_MOST, WRIST_MOST)
    palm_forward = unit(plus(plus(times(0.75, along), -0.30, hair), -dip, over))
    thumb_side = across(times(-1.0, hair), palm_forward)
    back = cross(palm_forward, thumb_side)
    back = times(sign(dot(back, over)), back)
    palm = (palm_forward, thumb_side, back)
    if posture.lifelike:
        grip, way, over, palm, rest = _taken_away(
            trunk, grip, (times(-1.0, hair), over, *palm), relaxed, posture.pluck
        )
        hair = times(-1.0, way)
    else:
        rest = smoothstep(relaxed)
        grip = plus(grip, rest, trunk.along(REST_DROP))
        # on its way the hand keeps away from the shoulder, where a folded arm would flip
        away = 4 * relaxed * (1 - relaxed) * (1 - posture.position)
        grip = plus(grip, away, trunk.along(REST_DETOUR))
        way = unit(plus(times(rest - 1.0, hair), rest, trunk.along(REST_WAY)))
    middle_root = mixed((_MIDDLE_ROOT * body.hand).tolist(), palm)
    wrist = minus(plus(plus(grip, 0.030, over), -0.012, palm[0]), middle_root)
    if posture.lifelike:
        knuckle = plus(_plucked(button, axes, posture), 1.0, mixed(KNUCKLE, palm))
        plucking = minus(knuckle, mixed((_INDEX_ROOT * body.hand).tolist(), palm))
        wrist = plus(times(1.0 - posture.pluck, wrist), posture.pluck, plucking)
    return BowHand(wrist, palm, palm[0], hair, over, way, rest)


def _plucked(button: Vector, axes: Axes, posture: Posture) -> Vector:
    """Where the string that is plucked is plucked."""
    return on_string(button, axes, posture.string, BRIDGE + STRING_LENGTH - PLUCKS_AT, 0.0)


def bow_arm(
    body: Body, trunk: Trunk, button: Vector, axes: Axes, bow: Bow, posture: Posture
) -> tuple[Vector, Vector, list[Vector], Vector, Vector, Vector]:
    """Right elbow, wrist and hand, and the bow in it: where it is held, where it points, up from it."""
    hand = _bow_hand(body, trunk, button, axes, bow, posture)
    hair, over = hand.hair, hand.over
    shoulder, bones = trunk.right_shoulder, (body.upper_arm, body.forearm)
    raised = _ELBOW_RAISE.at(posture.level)
    if posture.lifelike:
        raised = raised * (1.0 - hand.rest)
    pole = plus(trunk.along(_ELBOW_LOW), raised, trunk.along(_ELBOW_RAISED))
    if posture.lifelike:
        slower = posture._replace(string=posture.level)
        its_hand = _bow_hand(body, trunk, button, axes, bow_of(button, axes, slower), slower)
        pole = minus(bent_arm(shoulder, its_hand.wrist, *bones, pole)[0], shoulder)
        hand = hand.turned(bent_arm(shoulder, hand.wrist, *bones, pole)[0], body.hand)
    elbow, wrist = bent_arm(shoulder, hand.wrist, *bones, pole)
    # where the arm did not reach, the bow follows it
    middle_root = mixed((_MIDDLE_ROOT * body.hand).tolist(), hand.palm)
    grip = plus(plus(plus(wrist, -0.030, over), 0.012, hand.forward), 1.0, middle_root)
    tips = [plus(plus(plus(grip, a, hair), b, over), 0.012, hand.forward) for a, b in BOW_GRIP]
    if posture.lifelike:
        above = plus(_plucked(button, axes, posture), PLUCKS_FROM * (1.0 - posture.dip), axes[1])
        tips[1] = plus(times(1.0 - posture.pluck, tips[1]), posture.pluck, above)
    upwards = over if posture.lifelike else axes[1]
    held = plus(plus(grip, GRIP_ALONG, hand.way), -GRIP_OVER, across(upwards, hand.way))
    return (
        elbow,
        wrist,
        hand_joints(wrist, hand.palm, tips, body.hand, thumb_back=hand.palm[2]),
        held,
        hand.way,
        upwards,
    )
