"""Small motions with known truth, made without music: a bow arm that strokes, hands that travel and strike."""

from __future__ import annotations

import numpy as np

from audio_to_body.avatar.retargeting.calibration import camera_axes
from audio_to_body.geometry.vector_arrays import unit
from audio_to_body.musician.body import Body, pose_torso
from audio_to_body.musician.hands import MIDDLE, ROOTS, hand_points
from audio_to_body.musician.kinematics import two_bones
from audio_to_body.musician.piano_keys import KEY_DIP, key_place
from audio_to_body.skeleton.motion import Motion

FPS = 24.0
FRAME_SIZE = (640, 480)
BODY = Body(0.29, 0.255, 0.356, 0.46, 1.0, np.array([0.0, 0.145, 0.105]))
PIXELS_PER_METRE = 380.0


def projected(joints: np.ndarray, yaw: float, pitch: float, distance: float = 3.4) -> np.ndarray:
    """Pixels of joints ``[frames, points, 3]`` seen by a camera (degrees), looking at the mean neck."""
    centre = joints[:, 1].mean(axis=0)
    local = (joints - centre) @ camera_axes(np.radians(yaw), np.radians(pitch)).T
    plane = local[..., :2] / (1 - local[..., 2:] / distance)
    return np.array([320.0, 200.0]) + PIXELS_PER_METRE * plane * [1, -1]


def violin_joints(frames: int = 96) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A violinist who strokes on the D string: joints ``[frames, 50, 3]`` and what was done."""
    from audio_to_body.musician.violin_playing import BOWED_POINT, BRIDGE, STRING_HEIGHT, STRING_TILT

    time = np.arange(frames) / FPS
    still = np.zeros(frames)
    torso = pose_torso(BODY, still, still + 0.03, 0.02 * np.sin(time), still)
    heading, roll = np.radians(30.0), np.radians(25.0)
    along = torso.along(np.array([np.sin(heading), 0.03, np.cos(heading)]))
    along = unit(along)
    up = unit(np.array([0.0, 1.0, 0.0]) - along * along[:, 1:2])
    normal = np.cos(roll) * up + np.sin(roll) * np.cross(along, up)
    right = np.cross(along, normal)
    button = torso.place(np.array([0.105, 0.035, 0.055]))
    position = 0.45 - 0.3 * np.cos(2 * np.pi * 0.7 * time)
    hair = np.cos(STRING_TILT[1]) * right + np.sin(STRING_TILT[1]) * normal
    frog = button + (BRIDGE + BOWED_POINT) * along - 0.006 * right + STRING_HEIGHT * normal
    frog = frog + (position * 0.65)[:, None] * hair
    over = unit(np.cross(hair, along))
    over = over * np.sign(over[:, 1:2])
    grip = frog + 0.035 * hair + 0.022 * over
    forward = unit(along * 0.75 - hair * 0.3 - (0.62 - 0.42 * position)[:, None] * over)
    palm = _palm(forward, -hair, over)
    wrist = grip + 0.03 * over - 0.012 * forward - np.einsum("j,fji->fi", ROOTS[MIDDLE], palm)
    pole = torso.along(np.array([-0.7, -0.3, -0.45]))
    elbow, wrist = two_bones(torso.right_shoulder, wrist, BODY.upper_arm, BODY.forearm, pole)
    offsets = ((-0.006, -0.016), (-0.05, -0.004), (-0.016, -0.012), (0.008, -0.012), (0.03, 0.004))
    tips = np.stack([grip + a * hair + b * over + 0.012 * forward for a, b in offsets], axis=1)
    right_hand = hand_points(wrist, palm, tips)
    upward = unit(normal * 0.9 + right * 0.18 - along * 0.1)
    left_palm = _palm(upward, along, right)
    root = button + 0.485 * along + 0.037 * right + 0.015 * normal
    left_wrist = root - np.einsum("j,fji->fi", ROOTS[1], left_palm)
    left_elbow, left_wrist = two_bones(
        torso.left_shoulder, left_wrist, BODY.upper_arm, BODY.forearm, torso.along(np.array([0.15, -1.0, 0.1]))
    )
    steps = (0.47, 0.45, 0.43, 0.42)
    left_tips = np.stack(
        [button + 0.47 * along - 0.02 * right] + [button + x * along + 0.045 * normal for x in steps], axis=1
    )
    left_hand = hand_points(left_wrist, left_palm, left_tips, thumb_back=-right)
    nose = torso.place(np.array([0.06, 0.15, 0.10]))
    body = [nose, torso.neck, torso.right_shoulder, elbow, wrist, torso.left_shoulder, left_elbow, left_wrist]
    speed = 2 * np.pi * 0.7 * 0.3 * np.sin(2 * np.pi * 0.7 * time)
    return np.concatenate([np.stack(body, axis=1), left_hand, right_hand], axis=1), {
        "bow_position": position,
        "bow_speed": speed,
        "string": np.ones(frames),
    }


def piano_joints(frames: int = 96) -> tuple[np.ndarray, np.ndarray]:
    """A pianist whose hands travel and whose index fingers strike: joints and notes [n, 4]."""
    time = np.arange(frames) / FPS
    still = np.zeros(frames)
    torso = pose_torso(BODY, still, still + 0.1, still, still)
    parts, notes = [], []
    for side, sign in ((0, 1.0), (1, -1.0)):
        shoulder = torso.left_shoulder if side == 0 else torso.right_shoulder
        pitches = (50, 52, 53, 55) if side == 0 else (72, 74, 76, 77)
        beat = np.minimum((time / 0.5).astype(int), 99)
        target = key_place(np.array(pitches))[beat % 4]
        target = np.convolve(np.pad(target, 2, mode="edge"), np.ones(5) / 5, mode="valid")
        phase = time / 0.5 - beat
        strike = np.where((phase > 0.2) & (phase < 0.75), 1.0, 0.0)
        strike = np.convolve(np.pad(strike, 1, mode="edge"), np.ones(3) / 3, mode="valid")
        for b in range(int(beat.max()) + 1):
            notes.append([0.5 * b + 0.1, 0.5 * b + 0.375, pitches[b % 4], 0.6])
        palm = _palm(unit(np.tile([0.0, -0.16, 1.0], (frames, 1))), np.tile([-sign, 0.1, 0.0], (frames, 1)), None)
        index = np.stack([-target, np.full(frames, 0.15), np.full(frames, 0.33 + 0.05)], axis=1)
        root = index + np.array([0.0, 0.055, -0.062])
        wrist = root - np.einsum("j,fji->fi", ROOTS[1], palm)
        elbow, wrist = two_bones(
            shoulder, wrist, BODY.upper_arm, BODY.forearm, np.tile([0.65 * sign, -0.75, -0.25], (frames, 1))
        )
        tips = np.stack(
            [
                index + np.array([-sign * s * -1.0, 0.01, -0.01 * abs(f - 1)])
                for f, s in enumerate((-0.028, 0.0, 0.024, 0.047, 0.070))
            ],
            axis=1,
        )
        tips[:, 1, 1] -= strike * (0.010 + KEY_DIP)
        parts.append((elbow, wrist, hand_points(wrist, palm, tips, thumb_back=0.6 * palm[:, 1] + 0.8 * palm[:, 2])))
    (le, lw, lh), (re, rw, rh) = parts
    nose = torso.place(np.array([0.0, 0.10, 0.12]))
    body = [nose, torso.neck, torso.right_shoulder, re, rw, torso.left_shoulder, le, lw]
    return np.concatenate([np.stack(body, axis=1), lh, rh], axis=1), np.array(notes)


def _palm(forward: np.ndarray, thumb: np.ndarray, back: np.ndarray | None) -> np.ndarray:
    thumb = unit(thumb - forward * np.sum(thumb * forward, axis=1, keepdims=True))
    side = np.cross(forward, thumb)
    wanted = np.array([0.0, 1.0, 0.0]) if back is None else back
    side = side * np.sign(np.sum(side * wanted, axis=1, keepdims=True))
    return np.stack([forward, thumb, side], axis=1)


def violin_motion(frames: int = 96, tracks: bool = True) -> Motion:
    """The violinist seen from the front."""
    joints, done = violin_joints(frames)
    points = projected(joints, 0.0, 3.0)
    return Motion(points, np.ones(points.shape[:2]), FPS, "violin", FRAME_SIZE, done if tracks else {})


def piano_motion(frames: int = 96, layout: str = "piano") -> Motion:
    """The pianist seen from above the far edge of the piano."""
    points = projected(piano_joints(frames)[0], 0.0, 33.0)
    if layout == "piano49":
        points = points[:, 1:]
    if layout == "hands12":
        hands = [points[:, 8 + 21 * h + np.array([0, 4, 8, 12, 16, 20])] for h in (0, 1)]
        points = np.concatenate(hands, axis=1)
    return Motion(points, np.ones(points.shape[:2]), FPS, layout, FRAME_SIZE)
