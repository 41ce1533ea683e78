"""The bow arm of the virtual recitals' violinists (version 7), bit for bit: datasets and nets were made with it.

The whole arm crosses the strings at once, the palm's angle to the bow does not mind the forearm, and a bow at rest is
lowered before the body.
"""

from __future__ import annotations

from audio_to_body.geometry.vectors import Course, across, cross, dot, minus, mixed, plus, sign, times, unit
from audio_to_body.musician.body import Body, Trunk
from audio_to_body.musician.hands import ROOTS, hand_joints
from audio_to_body.musician.kinematics import bent_arm, smoothstep
from audio_to_body.musician.violin_bow import GRIP_ALONG, GRIP_OVER, Bow, held_at, relaxation
from audio_to_body.musician.violin_playing import Axes, Posture, RightArm

REST_DETOUR = (-0.04, 0.0, 0.14)  # m that the hand swings out on its way to rest, at the frog
REST_WAY = (0.94, 0.16, 0.30)  # where the tip of a bow at rest points
REST_DROP = (-0.05, -0.30, -0.10)  # m the bow hand hangs lower, farther right and back, when at rest
# what the bow hand's thumb, fingers 1 to 4 hold: metres along the hair to the tip and over the stick, from the grip
BOW_GRIP = ((-0.006, -0.016), (-0.050, -0.004), (-0.016, -0.012), (0.008, -0.012), (0.030, 0.004))
# where the right elbow points: to the right and down, on the lower strings to the front and less down. Nearly
# along the way from the shoulder to the hand it would let a folded arm flip
ELBOW_LOW, ELBOW_RAISED = (-0.50, -0.85, 0.0), (-0.30, 0.50, 0.40)
_ELBOW_RAISE = Course([0, 3], [1.0, 0.0])  # how far it is raised, over the string level
_MIDDLE_ROOT = ROOTS[2]


def recital_arm(body: Body, trunk: Trunk, axes: Axes, bow: Bow, posture: Posture) -> RightArm:
    """Right elbow, wrist and hand, and the bow in it; the hand hangs over the stick, flat at the tip."""
    _, hair, _ = bow
    over, grip = held_at(trunk, axes, bow)
    dip = 0.62 - 0.42 * posture.position
    palm_forward = unit(plus(plus(times(0.75, axes[0]), -0.30, hair), -dip, over))
    thumb_side = across(times(-1.0, hair), palm_forward)
    back = cross(palm_forward, thumb_side)
    palm = (palm_forward, thumb_side, times(sign(dot(back, over)), back))
    relaxed = relaxation(posture)
    rest = smoothstep(relaxed)
    grip = plus(grip, rest, trunk.along(REST_DROP))
    # on its way the hand keeps away from the shoulder, where a folded arm would flip
    away = 4 * relaxed * (1 - relaxed) * (1 - posture.position)
    grip = plus(grip, away, trunk.along(REST_DETOUR))
    way = unit(plus(times(rest - 1.0, hair), rest, trunk.along(REST_WAY)))
    middle_root = mixed((_MIDDLE_ROOT * body.hand).tolist(), palm)
    target = minus(plus(plus(grip, 0.030, over), -0.012, palm_forward), middle_root)
    pole = plus(trunk.along(ELBOW_LOW), _ELBOW_RAISE.at(posture.level), trunk.along(ELBOW_RAISED))
    elbow, wrist = bent_arm(trunk.right_shoulder, target, body.upper_arm, body.forearm, pole)
    # where the arm did not reach, the bow follows it
    grip = plus(plus(plus(wrist, -0.030, over), 0.012, palm_forward), 1.0, middle_root)
    tips = [plus(plus(plus(grip, a, hair), b, over), 0.012, palm_forward) for a, b in BOW_GRIP]
    held = plus(plus(grip, GRIP_ALONG, way), -GRIP_OVER, across(axes[1], way))
    return RightArm(elbow, wrist, hand_joints(wrist, palm, tips, body.hand, palm[2]), held, way, axes[1])
