"""A motion that is known in pixels, in metres: what the paper's retargeting (Sec. 5) makes of it.

One camera shows no depth. Bones of constant lengths, the forearm's foreshortening (Sec. 5 "Arms"), the hips that stay
and the instrument, whose size and strings or keys are known, leave one musician who could have been filmed so. That
is a guess, and every joint of it is marked as inferred.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from audio_to_body.avatar.bones import SIDES, finger_bones
from audio_to_body.avatar.measures import fingertips
from audio_to_body.avatar.retargeting import RetargetSettings, retarget
from audio_to_body.avatar.retargeting.musician import hips_place
from audio_to_body.avatar.retargeting.spine import NOSE
from audio_to_body.avatar.scene import RigMotion
from audio_to_body.geometry.quaternion_arrays import rotate
from audio_to_body.musician.piano_keys import KEY_HEIGHT
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.layouts import FINGERS
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.room import INFERRED, Prop, Room

BODY_BONES = {"shoulder": "UpperArm", "elbow": "LowerArm", "wrist": "Hand"}


def lifted(motion: Motion, settings: RetargetSettings | None = None) -> Motion:
    """The same motion with its room, every joint inferred; a motion that has one is given back.

    Parameters
    ----------
    motion : Motion
    settings : RetargetSettings, optional

    Raises
    ------
    BadInput
        If the motion shows nothing that can be put into the room.
    """
    if motion.room is not None:
        return motion
    performance = retarget(motion, settings)
    there = hips_place(motion.skeleton, performance.skeleton) * [1.0, 0.0, 1.0]  # below the hips in the avatar's room
    places = _places(performance)
    joints = np.stack([places[name] for name in motion.skeleton.points], axis=1) - there
    props = {name: Prop(prop.translation - there, prop.rotation) for name, prop in performance.props.items()}
    if instrument_named(motion.skeleton.instrument).keyed:
        keyboard = np.tile(np.array([0.0, KEY_HEIGHT, 0.0]) - there, (len(motion), 1))
        props["keyboard"] = Prop(keyboard, np.tile([0.0, 0.0, 0.0, 1.0], (len(motion), 1)))
    kinds = np.full(motion.skeleton.size, INFERRED, np.uint8)
    return replace(motion, room=Room(joints, kinds, props, performance.keys))


def known_already(motion: Motion) -> bool:
    """Whether a motion's source knew three dimensions by itself."""
    return motion.room is not None and bool((motion.room.kinds != INFERRED).any())


def _places(performance: RigMotion) -> dict[str, np.ndarray]:
    """Joints ``[frames, 3]`` of a performance by the names of keypoints, in the avatar's room."""
    skeleton, pose = performance.skeleton, performance.pose
    head = skeleton.index("head")
    places = {"nose": pose.positions[:, head] + rotate(pose.rotations[:, head], np.array(NOSE))}
    for side in SIDES:
        places |= {f"{side}_{point}": performance.joint(side + bone) for point, bone in BODY_BONES.items()}
        places[f"{side}_hand_wrist"] = places[f"{side}_wrist"]
        tips = fingertips(performance, side)
        for f, finger in enumerate(FINGERS):
            for joint, bone in enumerate(finger_bones(side, f), start=1):
                places[f"{side}_hand_{finger}_{joint}"] = performance.joint(bone)
            places[f"{side}_hand_{finger}_4"] = tips[:, f]
    return places | {"neck": 0.5 * (places["left_shoulder"] + places["right_shoulder"])}
