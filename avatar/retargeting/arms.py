"""Arms: inverse kinematics with the wrist as target (Sec. 5 "Arms"); numbers are those of one frame or of all."""

from __future__ import annotations

import math

import numpy as np

from audio_to_body.avatar.retargeting.limits import SWING, forearm_and_hand
from audio_to_body.geometry.quaternions import Quaternion, between, limited, of_axes, opposite, product, turned
from audio_to_body.geometry.vectors import (
    Number,
    Vector,
    across,
    at_least,
    at_most,
    cosine,
    cross,
    dot,
    either,
    length,
    minus,
    plus,
    sine,
    square_root,
    times,
    unit,
    within,
)
from audio_to_body.musician.kinematics import bent_arm

ELBOW_ANGLES = np.radians(np.arange(-70.0, 71.0, 10.0))  # tried around the natural direction: elbows cannot flip
NATURAL_PULL = 0.0016  # m² per rad²: how much the elbow prefers its natural direction over the picture
GIRDLE_FROM = 0.90  # share of the arm's length beyond which the collar bone helps
GIRDLE_SOFT = 0.015  # m over which it begins to
LARGEST_GIRDLE = math.radians(22.0)  # of the collar bone
HALF_WIDTH, HALF_DEPTH = 0.16, 0.13  # m of the trunk with half a sleeve
IN_BODY = 0.1  # m²: an elbow within the body costs as much as one 30 cm from where the picture shows it
STRAIGHT = 0.05  # sine of a bend that tells no plane
Swing = tuple[Number, Number, Number]


def forward_offset(apparent: Number, longest: float) -> Number:
    """Sec. 5 "Arms": how far the forearm points out of the picture's plane.

    Parameters
    ----------
    apparent : float or np.ndarray [frames]
        Length of the forearm in the picture.
    longest : float
        Its maximum over all frames, the same unit.

    Returns
    -------
    float or np.ndarray [frames]
        In that unit: 0 at full length (in the plane), ``longest`` at length zero (perpendicular).
    """
    apparent = at_most(apparent, longest)
    return square_root(at_least(longest**2 - apparent * apparent, 0.0))


def girdle(
    clavicle: Vector, shoulder: Vector, target: Vector, arm: float, begins: float = GIRDLE_FROM
) -> tuple[Quaternion, Vector]:
    """The shoulder girdle follows a hand that reaches far: the elbow does not lock, and the hand arrives.

    Parameters
    ----------
    clavicle, shoulder, target : Vector
        The collar bone's inner joint, the shoulder, and where the wrist should be.
    arm : float
        Length of the arm, metres.
    begins : float
        Share of that length beyond which the girdle follows.

    Returns
    -------
    turn : Quaternion
        Of the collar bone, in the room.
    shoulder : Vector
    """
    offset = minus(target, shoulder)
    lacking = length(offset) - begins * arm
    push = 0.5 * (lacking + square_root(lacking * lacking + GIRDLE_SOFT**2))
    bone = minus(shoulder, clavicle)
    turn = limited(between(unit(bone), unit(plus(bone, push, unit(offset)))), LARGEST_GIRDLE)
    return turn, plus(clavicle, 1.0, turned(turn, bone))


def elbow_swivel(
    shoulder: Vector,
    wrist: Vector,
    upper: float,
    lower: float,
    natural: Vector,
    seen: Vector | None,
    project: tuple[Vector, Vector],
    trunk: Vector,
) -> tuple[Number, Vector, Vector]:
    """Where the elbow is: on the circle that shoulder and wrist leave it, nearest to where the picture shows it.

    Parameters
    ----------
    shoulder, wrist : Vector
    upper, lower : float
        Metres.
    natural : Vector
        Where an elbow hangs by itself; candidates lie within 70 degrees of it, so that it never flips over.
    seen : Vector or None
        A room point on the line of sight through the elbow, where it was seen.
    project : (Vector, Vector)
        The picture's right and up in the room.
    trunk : Vector
        The middle of the trunk, out of which the elbow stays.

    Returns
    -------
    angle : float or np.ndarray [frames]
        Radians about the line from shoulder to wrist, 0 where the elbow hangs by itself.
    first, second : Vector
        Directions of the angles 0 and a right angle, across that line.
    """
    offset = minus(wrist, shoulder)
    distance = within(length(offset), 1e-6, (upper + lower) * 0.998)
    direction = unit(offset)
    first = across(natural, direction)
    second = cross(direction, first)
    along = (upper**2 - lower**2 + distance * distance) / (2 * distance)
    radius = square_root(at_least(upper**2 - along * along, 0.0))
    middle = plus(shoulder, along, direction)
    a, b = times(radius, first), times(radius, second)
    if seen is None:
        miss: tuple[Swing, Swing] = (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)
    else:
        off = minus(middle, seen)
        (right, up) = project
        miss = (dot(off, right), dot(a, right), dot(b, right)), (dot(off, up), dot(a, up), dot(b, up))
    across_body = (middle[0] - trunk[0]) / HALF_WIDTH, a[0] / HALF_WIDTH, b[0] / HALF_WIDTH
    before_body = (middle[2] - trunk[2]) / HALF_DEPTH, a[2] / HALF_DEPTH, b[2] / HALF_DEPTH
    return _lowest(*miss, across_body, before_body), first, second


_TRIED = [(math.cos(a), math.sin(a), NATURAL_PULL * a * a) for a in ELBOW_ANGLES.tolist()]
_STEP = float(ELBOW_ANGLES[1] - ELBOW_ANGLES[0])


def _lowest(right: Swing, up: Swing, across_body: Swing, before_body: Swing) -> Number:
    """The angle with the smallest cost, between the tried ones by a parabola.

    ``right`` and ``up`` are the miss in the picture, ``across_body`` and ``before_body`` the place seen from the
    trunk in its half widths: what the circle's middle has, and what the cosine and the sine of the angle add.
    """
    (a, b, c), (d, e, f), (g, h, i), (j, k, m) = right, up, across_body, before_body
    costs = []
    for cos, sin, pull in _TRIED:
        inside = at_least(1.0 - (g + h * cos + i * sin) ** 2 - (j + k * cos + m * sin) ** 2, 0.0)
        costs.append((a + b * cos + c * sin) ** 2 + (d + e * cos + f * sin) ** 2 + pull + IN_BODY * inside)
    if type(g) is float:
        best = min(max(costs.index(min(costs)), 1), len(costs) - 2)
        before, at, after = costs[best - 1 : best + 2]
        bend = before - 2 * at + after
        shift = 0.5 * (before - after) / bend if bend > 1e-12 else 0.0
    else:
        cost = np.stack(costs)
        best = np.clip(np.argmin(cost, axis=0), 1, len(costs) - 2)
        columns = np.arange(cost.shape[1])
        before, at, after = cost[best - 1, columns], cost[best, columns], cost[best + 1, columns]
        bend = before - 2 * at + after
        shift = np.where(bend > 1e-12, 0.5 * (before - after) / np.where(bend > 1e-12, bend, 1.0), 0.0)
    return ELBOW_ANGLES[0].item() + _STEP * (best + within(shift, -0.5, 0.5))


def pole_at(swivel: Number, first: Vector, second: Vector) -> Vector:
    """Direction of the elbow at an angle of :func:`elbow_swivel`."""
    return plus(times(cosine(swivel), first), sine(swivel), second)


def arm_rotations(
    shoulder: Vector, target: Vector, upper: float, lower: float, pole: Vector, sign: float
) -> tuple[Quaternion, Quaternion, Vector]:
    """Sec. 5 "Arms": upper arm and forearm for a wrist target, bones of constant length.

    Parameters
    ----------
    shoulder, target : Vector
    upper, lower : float
        Metres.
    pole : Vector
        Direction of the elbow.
    sign : float
        1 for the left arm, -1 for the right.

    Returns
    -------
    arm, forearm : Quaternion
        In the room.
    wrist : Vector
        The target where the arm reaches it.
    """
    elbow, wrist = bent_arm(shoulder, target, upper, lower, pole)
    first, second = unit(minus(elbow, shoulder)), unit(minus(wrist, elbow))
    bend = cross(first, second)
    bend = either(length(bend) < STRAIGHT, cross(unit(minus(wrist, shoulder)), times(-1.0, pole)), bend)
    # an arm bends about the vertical axis of the T pose: elbow forward
    hinge = times(sign, bend)
    return limb_rotation(first, hinge, sign), limb_rotation(second, hinge, sign), wrist


def limb_rotation(direction: Vector, hinge: Vector, sign: float) -> Quaternion:
    """Rotation of an arm's bone that rests along x (left, sign 1) or -x and bends about the vertical there."""
    side = across(hinge, direction)
    return of_axes(times(sign, direction), times(-1.0, side), times(-sign, cross(direction, side)))


def arm_joints(
    name: str,
    chest: Quaternion,
    collar: Quaternion,
    bones: tuple[Quaternion, Quaternion],
    palm: Quaternion,
    middle: float,
) -> tuple[dict[str, Quaternion], Quaternion]:
    """Local rotations of an arm from turns in the room, the hand's turn shared between forearm and wrist.

    Parameters
    ----------
    name : str
        ``"left"`` or ``"right"``.
    chest, collar : Quaternion
        The chest's turn in the room, and the collar bone's relative to where the chest has it.
    bones : (Quaternion, Quaternion)
        Upper arm and forearm (:func:`arm_rotations`).
    palm : Quaternion
        The hand's turn.
    middle : float
        As :func:`audio_to_body.avatar.retargeting.limits.forearm_and_hand`.

    Returns
    -------
    joints : dict of str to Quaternion
    hand : Quaternion
        In the room, as far as the wrist allows.
    """
    forearm, hand = forearm_and_hand(bones[1], palm, middle)
    collar = product(collar, chest)
    joints = {
        f"{name}Shoulder": product(opposite(chest), collar),
        f"{name}UpperArm": limited(product(opposite(collar), bones[0]), math.radians(SWING["UpperArm"])),
        f"{name}LowerArm": limited(product(opposite(bones[0]), forearm), math.radians(SWING["LowerArm"])),
        f"{name}Hand": hand,
    }
    return joints, product(forearm, hand)
