"""Where a bow lies on the strings, and where a hand holds it.

It is drawn about at a right angle to the strings, in a plane that tilts with the string.
"""

from __future__ import annotations

from audio_to_body.geometry.vectors import (
    Course,
    Number,
    Vector,
    across,
    at_most,
    cosine,
    cross,
    dot,
    plus,
    sign,
    sine,
    times,
    within,
)
from audio_to_body.musician.body import Trunk
from audio_to_body.musician.bowing import BOW_LENGTH
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
)
from audio_to_body.musician.violin_ways import STRING_LENGTH

GRIP_ALONG, GRIP_OVER = 0.035, 0.022  # m from the hair's frog end to the thumb: along the hair, up from it
BOW_TILT = Course(range(4), STRING_TILT)  # over the string
# Players cross strings with as little as sounds the other one: by so much of a string the bow's angle stays nearer to
# the level of the elbow
NEARER = 0.35

Bow = tuple[Vector, Vector, Vector]  # what bow_of gives


def bow_tilt(posture: Posture) -> Number:
    """Angle of the bow against the violin's own plane, radians: where strings are crossed, no more than it takes."""
    string, level = posture.string, posture.level
    return BOW_TILT.at(string + within(level - string, -NEARER, NEARER) if posture.lifelike else string)


def bow_of(button: Vector, axes: Axes, posture: Posture) -> Bow:
    """Contact point, direction of the hair from tip to frog, and the frog's end of the hair."""
    (along, normal, right), string = axes, posture.string
    share = posture.contact / (STRING_LENGTH - BOWED_POINT)  # of the way to the nut, to which strings come together
    side = (string - 1.5) * (STRING_GAPS[1] + share * (STRING_GAPS[0] - STRING_GAPS[1]))
    arch = STRING_ARCH * (string - 1.5) ** 2 / 2.25
    height = STRING_HEIGHT - arch * (1.0 - share) - share * STRING_FALL
    contact = plus(plus(plus(button, BRIDGE + BOWED_POINT + posture.contact, along), side, right), height, normal)
    tilt = bow_tilt(posture)
    square = plus(times(cosine(tilt), right), sine(tilt), normal)
    hair = plus(times(cosine(posture.skew), square), sine(posture.skew), along)
    raised = plus(contact, 0.05 * at_most(posture.lift, 0.5), normal)
    return contact, hair, plus(raised, posture.position * BOW_LENGTH, hair)


def held_at(trunk: Trunk, axes: Axes, bow: Bow) -> tuple[Vector, Vector]:
    """Up from the stick, and the thumb's place on it."""
    _, hair, frog = bow
    over = across(cross(hair, axes[0]), hair)
    over = times(sign(dot(over, trunk.up)), over)
    return over, plus(plus(frog, GRIP_ALONG, hair), GRIP_OVER, over)


def relaxation(posture: Posture) -> Number:
    """How far a lifted bow has been taken away from the strings, 0 to 1."""
    return within(posture.lift * 1.6 - 0.5, 0.0, 1.0)
