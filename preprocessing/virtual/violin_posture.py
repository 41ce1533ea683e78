"""A violinist's posture and what follows from it: joints in 3-D, frame by frame, nothing of the past or future.

Room directions: x to the player's left, y up, z to the front. The violin lies on the left shoulder and points to the
front left; the right hand draws the bow at a right angle to the strings, in a plane that tilts with the string.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.virtual.body import Body, Torso, pose_torso
from preprocessing.virtual.bowing import BOW_LENGTH
from preprocessing.virtual.fingering import STRING_LENGTH, distance_from_nut
from preprocessing.virtual.hands import ROOTS, hand_points
from preprocessing.virtual.kinematics import across, smoothstep, two_bones, unit

BRIDGE = 0.195  # m from the end button along the violin
BOWED_POINT = 0.030  # m from the bridge towards the fingerboard, where the hair meets the string
STRING_HEIGHT = 0.048  # m of the strings above the violin's middle plane at the bridge
STRING_GAPS = (0.0055, 0.0115)  # m between strings at the nut and at the bridge
STRING_TILT = np.radians([24.0, 8.0, -8.0, -24.0])  # angle of the bow on G, D, A, E against the violin's own plane
VIBRATO_SWAY = 0.0035  # m of fingertip travel along the string
REST_DETOUR = np.array([-0.04, 0.0, 0.14])  # m that the hand swings out on its way to rest, at the frog
REST_DROP = np.array([-0.05, -0.30, -0.10])  # m the bow hand hangs lower, farther right and back, when at rest


@dataclass(frozen=True)
class Posture:
    """Everything that decides how a violinist stands and plays at each frame; arrays ``[frames]`` unless said.

    Attributes
    ----------
    yaw, pitch, roll : np.ndarray
        Torso: turned to the left, leaning to the front, leaning to the side; radians.
    rise : np.ndarray
        Metres that breathing lifts the shoulders.
    slope, heading, tilt : np.ndarray
        The violin: scroll above the horizontal, left of straight ahead, leaning down to the player's right; radians.
    turn, nod, lean : np.ndarray
        The head: to the left, to the front, onto the violin; radians.
    position, lift : np.ndarray
        Where the hair touches the string, 0 frog to 1 tip; 0 on the string to 1 at rest.
    string, level : np.ndarray
        0 G to 3 E under the bow, and the level that the slower elbow has reached.
    place, left_string : np.ndarray
        Semitones above the nut at which the left hand stands; the string it leans to.
    vibrato : np.ndarray
        -1 to 1.
    down, over, reach : np.ndarray [frames, 4]
        Fingers 1 to 4: how far down (0 to 1), over which string, metres from the nut.
    """

    yaw: np.ndarray
    pitch: np.ndarray
    roll: np.ndarray
    rise: np.ndarray
    slope: np.ndarray
    heading: np.ndarray
    tilt: np.ndarray
    turn: np.ndarray
    nod: np.ndarray
    lean: np.ndarray
    position: np.ndarray
    lift: np.ndarray
    string: np.ndarray
    level: np.ndarray
    place: np.ndarray
    left_string: np.ndarray
    vibrato: np.ndarray
    down: np.ndarray
    over: np.ndarray
    reach: np.ndarray


@dataclass(frozen=True)
class Pose:
    """Where everything is, metres in the room.

    Attributes
    ----------
    joints : np.ndarray [frames, 50, 3]
        In the order of the violin layout.
    contact, frog, tip : np.ndarray [frames, 3]
        Where the hair meets the string, and both ends of the hair.
    scroll, button : np.ndarray [frames, 3]
        Both ends of the violin.
    """

    joints: np.ndarray
    contact: np.ndarray
    frog: np.ndarray
    tip: np.ndarray
    scroll: np.ndarray
    button: np.ndarray


def pose_violinist(body: Body, posture: Posture) -> Pose:
    """Joints, bow and violin of a posture."""
    torso = pose_torso(body, posture.yaw, posture.pitch, posture.roll, posture.rise)
    axes = _violin_axes(torso, posture)
    button = torso.place(np.array([0.30 * body.shoulders, 0.035, 0.055]))
    contact, hair, frog = _bow(button, axes, posture)
    right_elbow, right_wrist, right_hand = _bow_arm(body, torso, frog, hair, axes[0], posture)
    left_elbow, left_wrist, left_hand = _left_arm(body, torso, button, axes, posture)
    upper = [
        torso.place(_nose(body, posture)),
        torso.neck,
        torso.right_shoulder,
        right_elbow,
        right_wrist,
        torso.left_shoulder,
        left_elbow,
        left_wrist,
    ]
    joints = np.concatenate([np.stack(upper, axis=1), left_hand, right_hand], axis=1)
    return Pose(joints, contact, frog, frog - BOW_LENGTH * hair, button + 0.59 * axes[0], button)


Axes = tuple[np.ndarray, np.ndarray, np.ndarray]


def _violin_axes(torso: Torso, posture: Posture) -> Axes:
    """Directions of the violin: towards the scroll, up from its top, and to the right from the G to the E string."""
    slope, heading = posture.slope, posture.heading
    local = np.stack([np.sin(heading) * np.cos(slope), np.sin(slope), np.cos(heading) * np.cos(slope)], axis=1)
    along = torso.along(local)
    up = across(np.einsum("fij,j->fi", torso.rotation, np.array([0.0, 1.0, 0.0])), along)
    flat_right = np.cross(along, up)  # to the player's right
    normal = np.cos(posture.tilt)[:, None] * up + np.sin(posture.tilt)[:, None] * flat_right
    return along, normal, np.cross(along, normal)


def _bow(button: np.ndarray, axes: Axes, posture: Posture) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Contact point, direction of the hair from tip to frog, and the frog's end of the hair."""
    (along, normal, right), string = axes, posture.string
    side = (string - 1.5) * STRING_GAPS[1]
    arch = STRING_HEIGHT - 0.004 * (string - 1.5) ** 2 / 2.25
    contact = button + (BRIDGE + BOWED_POINT) * along + side[:, None] * right + arch[:, None] * normal
    tilt = np.interp(string, np.arange(4), STRING_TILT)
    hair = np.cos(tilt)[:, None] * right + np.sin(tilt)[:, None] * normal
    raised = contact + (0.05 * np.minimum(posture.lift, 0.5))[:, None] * normal
    return contact, hair, raised + (posture.position * BOW_LENGTH)[:, None] * hair


def _bow_arm(
    body: Body, torso: Torso, frog: np.ndarray, hair: np.ndarray, along: np.ndarray, posture: Posture
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Right elbow, wrist and hand. The bow hand hangs over the stick, bent at the frog, flat at the tip."""
    scale = body.hand
    over = across(np.cross(hair, along), hair)  # up from the stick
    over = over * np.sign(np.sum(over * torso.rotation[:, :, 1], axis=1))[:, None]
    grip = frog + 0.035 * hair + 0.022 * over  # the thumb's place on the stick
    relaxed = np.clip(posture.lift * 1.6 - 0.5, 0.0, 1.0)
    grip = grip + smoothstep(relaxed)[:, None] * torso.along(REST_DROP)
    # on its way the hand keeps away from the shoulder, where a folded arm would flip
    away = 4 * relaxed * (1 - relaxed) * (1 - posture.position)
    grip = grip + away[:, None] * torso.along(REST_DETOUR)
    dip = 0.62 - 0.42 * posture.position
    palm_forward = unit(along * 0.75 - hair * 0.30 - dip[:, None] * over)
    thumb_side = across(-hair, palm_forward)
    back = np.cross(palm_forward, thumb_side)
    back = back * np.sign(np.sum(back * over, axis=1))[:, None]
    palm = np.stack([palm_forward, thumb_side, back], axis=1)
    middle_root = np.einsum("j,fji->fi", ROOTS[2] * scale, palm)
    wrist = grip + 0.030 * over - 0.012 * palm_forward - middle_root
    height = np.interp(posture.level, [0, 3], [0.60, 0.0])
    pole = torso.along(np.array([-0.62, -0.62, -0.45])) + height[:, None] * torso.along(np.array([-0.25, 0.9, 0.0]))
    elbow, wrist = two_bones(torso.right_shoulder, wrist, body.upper_arm, body.forearm, pole)
    grip = (
        wrist - 0.030 * over + 0.012 * palm_forward + middle_root
    )  # where the arm did not reach, the bow follows it
    offsets = ((-0.006, -0.016), (-0.050, -0.004), (-0.016, -0.012), (0.008, -0.012), (0.030, 0.004))
    tips = np.stack([grip + a * hair + b * over + 0.012 * palm_forward for a, b in offsets], axis=1)
    return elbow, wrist, hand_points(wrist, palm, tips, scale, thumb_back=back)


def _left_arm(
    body: Body, torso: Torso, button: np.ndarray, axes: Axes, posture: Posture
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Left elbow, wrist and hand."""
    scale = body.hand
    along, normal, right = axes
    string, down = posture.left_string, posture.down
    nut = BRIDGE + STRING_LENGTH
    sway = posture.vibrato * VIBRATO_SWAY

    def on_string(which: np.ndarray, from_nut: np.ndarray, height: np.ndarray) -> np.ndarray:
        gap = np.interp(from_nut, [0, STRING_LENGTH], STRING_GAPS)
        level = STRING_HEIGHT - 0.012 * (1 - from_nut / STRING_LENGTH)
        return (
            button
            + (nut - from_nut)[:, None] * along
            + ((which - 1.5) * gap)[:, None] * right
            + (level + height)[:, None] * normal
        )

    hand_at = distance_from_nut(posture.place)
    # high positions bring the hand around the violin's shoulder: higher and farther to the right
    high = np.clip((hand_at - 0.11) / 0.12, 0, 1)
    upward = unit(normal * 0.9 + right * (0.18 - 0.1 * (string - 1.5) / 1.5)[:, None] - along * 0.10)
    thumb_side = across(along, upward)
    back = np.cross(thumb_side, upward)
    palm = np.stack([upward, thumb_side, back], axis=1)
    reach_over = 0.030 - 0.006 * (1.5 - string)
    index_root = (
        on_string(np.full_like(string, 3.0), hand_at, -0.020 + 0.018 * high)
        + (reach_over * scale + 0.01 * high)[:, None] * right
        + (sway * 0.8)[:, None] * along
    )
    wrist = index_root - scale * np.einsum("j,fji->fi", ROOTS[1], palm)
    pole = torso.along(np.array([0.15, -1.0, 0.1])) + (0.25 * (string - 1.5) / 1.5)[:, None] * torso.along(
        np.array([1.0, 0.0, 0.0])
    )
    elbow, wrist = two_bones(torso.left_shoulder, wrist, body.upper_arm, body.forearm, pole)
    tips = np.empty((len(string), 5, 3))
    for f in range(4):
        height = 0.018 * (1 - down[:, f])
        tips[:, f + 1] = (
            on_string(posture.over[:, f], posture.reach[:, f], height) + (sway * down[:, f])[:, None] * along
        )
    tips[:, 0] = on_string(
        np.full_like(string, -0.6), np.maximum(hand_at - 0.005, 0.01), np.full_like(string, -0.012)
    )
    tips[:, 0] -= 0.012 * right
    return elbow, wrist, hand_points(wrist, palm, tips, scale, thumb_back=-right)


def _nose(body: Body, posture: Posture) -> np.ndarray:
    """The nose from the neck, in the chest's directions: head turned left, chin on the violin."""
    height, depth = body.nose[1], body.nose[2]
    forward = depth * np.cos(posture.nod) + height * np.sin(posture.nod) * 0.5
    up = height * np.cos(posture.nod) - depth * np.sin(posture.nod)
    return np.stack(
        [
            forward * np.sin(posture.turn) + up * np.sin(posture.lean),
            up * np.cos(posture.lean),
            forward * np.cos(posture.turn),
        ],
        axis=1,
    )
