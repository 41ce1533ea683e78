"""A violin and how it is played at a moment: its measures, its strings, and all numbers that decide a posture.

Room directions: x to the player's left, y up, z to the front.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from audio_to_body.geometry.vectors import Course, Number, Numbers, Vector, plus
from audio_to_body.musician.violin_ways import STRING_LENGTH

BRIDGE = 0.195  # m from the end button along the violin
BOWED_POINT = 0.030  # m from the bridge towards the fingerboard, where the hair meets the string
STRING_HEIGHT = 0.048  # m of the strings above the violin's middle plane at the bridge
STRING_ARCH = 0.004  # m that the outer strings lie lower under the bow
STRING_FALL = 0.012  # m that the strings come down to the nut
STRING_GAPS = (0.0055, 0.0115)  # m between strings at the nut and at the bridge
STRING_TILT = np.radians([24.0, 8.0, -8.0, -24.0])  # angle of the bow on G, D, A, E against the violin's own plane
_STRING_GAP = Course([0, STRING_LENGTH], STRING_GAPS)

Axes = tuple[Vector, Vector, Vector]  # of the violin: to the scroll, up from its top, to the E string's side


class Posture(NamedTuple):
    """Everything that decides how a violinist stands and plays: arrays ``[frames]``, or floats for one frame.

    Attributes
    ----------
    yaw, pitch, roll : Number
        Torso: turned to the left, leaning to the front, leaning to the side; radians.
    rise : Number
        Metres that breathing lifts the shoulders.
    slope, heading, tilt : Number
        The violin: scroll above the horizontal, left of straight ahead, leaning down to the player's right; radians.
    turn, nod, lean : Number
        The head: to the left, to the front, onto the violin; radians.
    position, lift : Number
        Where the hair touches the string, 0 frog to 1 tip; 0 on the string to 1 at rest.
    string, level : Number
        0 G to 3 E under the bow, and the level that the slower elbow has reached.
    place, left_string : Number
        Semitones above the nut at which the left hand stands; the string it leans to.
    vibrato : Number
        -1 to 1.
    down, over, reach : np.ndarray [4, frames], or four floats
        Fingers 1 to 4: how far down (0 to 1), over which string, metres from the nut.
    pluck, dip : Number
        0 to 1: how near the right hand is to plucking, and how far its index finger is down on the string; as players
        do (``lifelike``).
    contact, skew : Number
        Metres that the hair meets the string nearer to the fingerboard than :data:`BOWED_POINT`; radians by which the
        frog is nearer to the scroll than at a right angle to the strings.
    lifelike : bool
        Whether the bow arm does as players do: hand and forearm cross the strings first and the upper arm follows
        with the level, and a bow that leaves the strings is turned up and comes down at the player's side. The
        virtual recitals' violinists (version 7) move the whole arm at once and lower the bow before the body.
    """

    yaw: Number
    pitch: Number
    roll: Number
    rise: Number
    slope: Number
    heading: Number
    tilt: Number
    turn: Number
    nod: Number
    lean: Number
    position: Number
    lift: Number
    string: Number
    level: Number
    place: Number
    left_string: Number
    vibrato: Number
    down: Numbers
    over: Numbers
    reach: Numbers
    pluck: Number = 0.0
    dip: Number = 0.0
    contact: Number = 0.0
    skew: Number = 0.0
    lifelike: bool = False


class RightArm(NamedTuple):
    """The arm that bows, and the bow in its hand.

    Attributes
    ----------
    elbow, wrist : Vector
    hand : list of Vector
        21 points.
    held, way, upwards : Vector
        The frog's end of the hair, where the tip is from there, and about up from the hair to the stick.
    """

    elbow: Vector
    wrist: Vector
    hand: list[Vector]
    held: Vector
    way: Vector
    upwards: Vector


def on_string(button: Vector, axes: Axes, which: Number, from_nut: Number, height: Number) -> Vector:
    """A place on or over a string, 0 G to 3 E, so far from the nut."""
    along, normal, right = axes
    level = STRING_HEIGHT - STRING_FALL * (1 - from_nut / STRING_LENGTH)
    place = plus(button, BRIDGE + STRING_LENGTH - from_nut, along)
    return plus(plus(place, (which - 1.5) * _STRING_GAP.at(from_nut), right), level + height, normal)
