"""How well a performance keeps its promises: hair on strings, tips on keys, lengths, limits, jerk, projection."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from audio_to_body.avatar.bones import FINGERS as FINGER_NAMES
from audio_to_body.avatar.bones import SIDES, finger_bones
from audio_to_body.avatar.piano_model import KEY_HEIGHT, KEYS, LOWEST
from audio_to_body.avatar.retargeting.limits import violations
from audio_to_body.avatar.scene import RigMotion
from audio_to_body.avatar.violin_model import NUT, string_height, string_point, string_side
from audio_to_body.geometry.quaternion_arrays import angle_of, inverse, multiply, rotate
from audio_to_body.geometry.vector_arrays import segment_distance
from audio_to_body.musician.bowing import BOW_LENGTH
from audio_to_body.musician.piano_keys import BLACK_RAISE, WHITE_KEY, is_black, key_place
from audio_to_body.musician.violin_playing import BRIDGE
from audio_to_body.skeleton.layouts import FINGERS, FINGERTIPS
from audio_to_body.skeleton.motion import Motion

ONSET_FRAMES = 2  # a strike may be seen in the first or second frame from the onset on


class Distances(NamedTuple):
    """A distribution of distances, metres."""

    mean: float
    p95: float
    largest: float
    number: int


def _distances(values: np.ndarray) -> Distances:
    if len(values) == 0:
        return Distances(float("nan"), float("nan"), float("nan"), 0)
    return Distances(float(values.mean()), float(np.percentile(values, 95)), float(values.max()), len(values))


def bow_to_string(performance: RigMotion) -> Distances:
    """Distance between the hair and the nearest string while the bow sounds, metres (ELGAR's bow-string distance)."""
    sounding = np.asarray(performance.tracks["sounding"], bool)
    violin, bow = performance.props["violin"], performance.props["bow"]
    frog = bow.translation[sounding]
    tip = frog + rotate(bow.rotation[sounding], np.array([BOW_LENGTH, 0.0, 0.0]))
    nearest = np.full(len(frog), np.inf)
    for string in range(4):
        ends = [
            violin.translation[sounding] + rotate(violin.rotation[sounding], string_point(x, string))
            for x in (BRIDGE, NUT)
        ]
        nearest = np.minimum(nearest, segment_distance(frog, tip, ends[0], ends[1]))
    return _distances(nearest)


def bow_in_hand(performance: RigMotion) -> Distances:
    """Distance from the stick to the nearest fingertip of the right hand, metres: the bow never floats."""
    bow = performance.props["bow"]
    ends = [bow.translation + rotate(bow.rotation, np.array([x, 0.019, 0.0])) for x in (-0.055, 0.10)]
    tips = fingertips(performance, "right")
    best = np.full(len(performance), np.inf)
    for finger in range(5):
        best = np.minimum(best, segment_distance(tips[:, finger], tips[:, finger] + 1e-9, ends[0], ends[1]))
    return _distances(best)


def fingertips(performance: RigMotion, side: str) -> np.ndarray:
    """Fingertips of a hand in the room, ``[frames, 5, 3]``, thumb first."""
    skeleton, pose = performance.skeleton, performance.pose
    tips = []
    for finger in range(5):
        i = skeleton.index(finger_bones(side, finger)[2])
        tips.append(pose.positions[:, i] + rotate(pose.rotations[:, i], skeleton.tips[i] - skeleton.rest[i]))
    return np.stack(tips, axis=1)


def fingertip_to_key(performance: RigMotion, notes: np.ndarray) -> Distances:
    """Distance from each struck key's surface to the nearest fingertip at the note's onset, metres.

    Parameters
    ----------
    notes : np.ndarray [n, 4]
        Onset and end in seconds, MIDI pitch, velocity.
    """
    tips = np.concatenate([fingertips(performance, side) for side in SIDES], axis=1)
    found = []
    for onset, _, pitch, _ in notes:
        frame = int(np.ceil(onset * performance.fps - 1e-6))
        key = round(float(pitch)) - LOWEST
        if not (0 <= frame < len(performance) and 0 <= key < KEYS):
            continue
        black = bool(is_black(np.array(key + LOWEST)))
        x = -float(key_place(np.array(key + LOWEST)))
        half = 0.0055 if black else WHITE_KEY / 2
        rows = slice(frame, frame + ONSET_FRAMES)
        surface = KEY_HEIGHT + (BLACK_RAISE if black else 0.0) - performance.keys[rows, key]
        aside = np.maximum(np.abs(tips[rows, :, 0] - x) - half, 0.0)
        above = np.abs(tips[rows, :, 1] - surface[:, None])
        found.append(np.hypot(aside, above).min())
    return _distances(np.array(found))


def bone_length_deviation(performance: RigMotion) -> float:
    """Largest change of any bone's length over the performance, metres."""
    skeleton = performance.skeleton
    below = np.flatnonzero(skeleton.parents >= 0)
    place = performance.pose.positions
    length = np.linalg.norm(place[:, below] - place[:, skeleton.parents[below]], axis=2)
    rest = np.linalg.norm(skeleton.offsets[below], axis=1)
    return float(np.abs(length - rest).max())


def limit_violations(performance: RigMotion) -> int:
    """Joints beyond their limits, counted over frames."""
    return sum(violations(performance.skeleton, performance.rotations).values())


JOINTS = {  # groups of joints by how their bones' names end
    "trunk": ("hips", "spine", "chest", "upperChest"),
    "head": ("neck", "head"),
    "collar bones": ("Shoulder",),
    "shoulders": ("UpperArm",),
    "elbows": ("LowerArm",),
    "wrists": ("Hand",),
    "finger roots": ("ThumbMetacarpal", *(f"{finger}Proximal" for finger in FINGER_NAMES[1:])),
    "finger joints": ("ThumbProximal", "Intermediate", "Distal"),
    "legs": ("UpperLeg", "LowerLeg", "Foot", "Toes"),
}


def largest_turns(performance: RigMotion) -> dict[str, float]:
    """Largest rotation between neighbouring frames by group of joints, degrees; elbows hold the forearms' turn."""
    q = performance.rotations
    names = performance.skeleton.names
    if len(q) < 2:
        return dict.fromkeys(JOINTS, 0.0)
    turn = angle_of(multiply(inverse(q[:-1]), q[1:])).max(axis=0)
    return {
        group: float(np.degrees(max(turn[i] for i, name in enumerate(names) if name.endswith(ends))))
        for group, ends in JOINTS.items()
    }


def jerk(places: np.ndarray, fps: float) -> float:
    """Mean size of the third derivative of places ``[frames, ..., 3]``, m/s³."""
    return float(np.linalg.norm(np.diff(places, 3, axis=0) * fps**3, axis=-1).mean())


def projection_error(performance: RigMotion, motion: Motion) -> dict[str, float]:
    """Mean distance of joints, projected by the camera, from the keypoints, as a share of the shoulder width.

    Returns
    -------
    dict of str to float
        ``"wrists"``, ``"elbows"``, ``"fingertips"``, ``"shoulders"``.
    """
    layout = motion.skeleton
    camera = performance.calibration
    groups: dict[str, list[np.ndarray]] = {"shoulders": [], "elbows": [], "wrists": [], "fingertips": []}
    width = np.nanmean(
        np.linalg.norm(
            motion.points[:, layout.index("left_shoulder")] - motion.points[:, layout.index("right_shoulder")], axis=1
        )
    )
    for side in SIDES:
        for group, point, bone in (
            ("shoulders", "shoulder", "UpperArm"),
            ("elbows", "elbow", "LowerArm"),
            ("wrists", "wrist", "Hand"),
        ):
            seen = camera.project(performance.joint(side + bone))
            groups[group].append(np.linalg.norm(seen - motion.points[:, layout.index(f"{side}_{point}")], axis=1))
        tips = camera.project(fingertips(performance, side))
        for f, finger in enumerate(FINGERS):
            target = motion.points[:, layout.index(f"{side}_hand_{finger}_4")]
            groups["fingertips"].append(np.linalg.norm(tips[:, f] - target, axis=1))
    return {group: float(np.nanmean(np.concatenate(errors)) / width) for group, errors in groups.items()}


def room_errors(performance: RigMotion, motion: Motion) -> dict[str, Distances]:
    """Distances of a performance's joints from a motion's in the room, in shares of the shoulder width.

    Parameters
    ----------
    performance : RigMotion
        Of that motion; it has an ``origin``.
    motion : Motion
        With its room.

    Returns
    -------
    dict of str to Distances
        ``"shoulders"``, ``"elbows"``, ``"wrists"``, ``"fingertips"``.
    """
    assert motion.room is not None
    assert performance.origin is not None
    layout = motion.skeleton
    joints = motion.room.joints + performance.origin
    ends = joints[:, [layout.index("left_shoulder"), layout.index("right_shoulder")]]
    width = np.nanmedian(np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1))
    found: dict[str, Distances] = {}
    for group, point, bone in (
        ("shoulders", "shoulder", "UpperArm"),
        ("elbows", "elbow", "LowerArm"),
        ("wrists", "wrist", "Hand"),
    ):
        apart = [performance.joint(s + bone) - joints[:, layout.index(f"{s}_{point}")] for s in SIDES]
        found[group] = _distances((np.linalg.norm(np.stack(apart), axis=2) / width).ravel())
    apart = [
        fingertips(performance, side) - joints[:, [hand[tip] for tip in FINGERTIPS]]
        for side, hand in zip(SIDES, (layout.left_hand, layout.right_hand))
    ]
    found["fingertips"] = _distances((np.linalg.norm(np.stack(apart), axis=3) / width).ravel())
    return found


def violin_turned(performance: RigMotion, motion: Motion) -> Distances:
    """Angle between the direction of the avatar's violin and the motion's, degrees."""
    assert motion.room is not None
    ours = rotate(performance.props["violin"].rotation, np.array([1.0, 0.0, 0.0]))
    truth = rotate(motion.room.props["violin"].rotation.astype(float), np.array([1.0, 0.0, 0.0]))
    return _distances(np.degrees(np.arccos(np.clip(np.einsum("fi,fi->f", ours, truth), -1, 1))))


def fingertip_to_string(performance: RigMotion, string: np.ndarray, stop: np.ndarray) -> Distances:
    """Distance from where the sounding string is stopped to the nearest left fingertip, metres.

    Parameters
    ----------
    string : np.ndarray [frames]
        0 G to 3 E; frames in which the bow crosses between two do not count.
    stop : np.ndarray [frames]
        Metres from the nut; 0 for an open string, which no finger stops.
    """
    stopped = (stop > 0.001) & (np.abs(string - np.round(string)) < 0.02)
    which, x = np.round(string[stopped]).astype(int), NUT - stop[stopped]
    local = np.stack([x, [float(string_height(a, b)) for a, b in zip(x, which)], string_side(x, which)], axis=1)
    violin = performance.props["violin"]
    place = violin.translation[stopped] + rotate(violin.rotation[stopped], local)
    tips = fingertips(performance, "left")[stopped, 1:]
    return _distances(np.linalg.norm(tips - place[:, None], axis=2).min(axis=1))
