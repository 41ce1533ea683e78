"""What the page must know to pose figures: the mannequin on a player's proportions, and one of one's own."""

from __future__ import annotations

from typing import Any

import numpy as np

from audio_to_body import load
from audio_to_body.avatar.bones import SIDES, finger_bones, mannequin_skeleton
from audio_to_body.avatar.own_avatar import bone_map, hierarchy, rest_pose, words
from audio_to_body.avatar.retargeting import bow_rigging, following, proportions, violin_rigging
from audio_to_body.avatar.retargeting.live import LiveFollower
from audio_to_body.inference.live.warm_up import example_motion
from audio_to_body.scripts.page_values import constants_of, plain
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.motion import Motion


def mannequin() -> dict[str, Any]:
    """The project's own skeleton, of nobody's proportions: figures of one's own are read against it."""
    skeleton = mannequin_skeleton()
    return {
        "names": list(skeleton.names),
        "parents": plain(skeleton.parents),
        "rest": plain(skeleton.rest),
        "tips": plain(skeleton.tips),
        "fingers": [[list(finger_bones(side, f)) for f in range(5)] for side in SIDES],
        "units": {**rest_pose.UNITS, **rest_pose.RARE_UNITS},
        "usualUnits": list(rest_pose.UNITS),
        "needed": list(bone_map.REQUIRED),
        "shape": constants_of(hierarchy),
    }


def bone_words() -> dict[str, Any]:
    """The words that names of bones are made of, in other people's files."""
    return {
        "sides": words.SIDE_WORDS,
        "fingers": words.FINGER_WORDS,
        "central": words.CENTRAL_WORDS,
        "lateral": words.LATERAL_WORDS,
        "helpers": sorted(words.HELPERS),
        "noise": sorted(words.NOISE),
        "japanese": words.JAPANESE,
        "short": words.SHORT_WORDS,
    }


def _measured(example: Motion) -> dict[str, Any]:
    assert example.room is not None
    player = proportions.measured(example.room, example.skeleton)
    return {name: plain(value) for name, value in vars(player).items() if name != "lengths"} | {
        "arm": player.lengths["upper_arm"] + player.lengths["forearm"]
    }


def follower(instrument: str) -> dict[str, Any]:
    """The figure on the proportions of who plays, as :class:`Follower` poses it."""
    session = load(instrument)
    example = example_motion(session)
    live = LiveFollower(example)
    own = live.follower
    legs, tables = own.legs, own.fingers
    names = live.skeleton.names
    return {
        "names": list(names),
        "parents": plain(live.skeleton.parents),
        "rest": plain(live.skeleton.rest),
        "tips": plain(live.skeleton.tips),
        "offsets": dict(zip(names, plain(live.skeleton.offsets))),
        "player": _measured(example),
        "seated": instrument_named(instrument).seated,
        "origin": plain(own.fit.origin),
        "closer": plain(own.fit.closer),
        "hips": plain(own.fit.hips),
        "upright": plain(own.upright),
        "arm": plain(own.arms),
        "aside": plain(own.aside),
        "largestBend": following.LARGEST_BEND,
        "leaning": following.LEANING,
        "noseUpright": following.UPRIGHT,
        "palmOfRoots": plain(following.PALM_OF_ROOTS),
        "underJaw": own.player.under_jaw,
        "turned": list(own.player.turned),
        "led": plain(own.player.led),
        "fingerBones": [[list(finger_bones(side, f)) for f in range(5)] for side in SIDES],
        "fingers": {
            "bases": plain(tables.bases),
            "lengths": plain(tables.lengths),
            "frames": plain(np.swapaxes(tables.frames, 2, 3)),
            "bends": plain(tables.bends),
            "shortest": plain(tables.shortest),
            "longest": plain(tables.longest),
            "raised": plain(tables.raised),
            "hinge": plain(tables.hinge),
        },
        "legs": {
            "joints": plain(legs.joints),
            "thigh": legs.thigh,
            "shin": legs.shin,
            "straight": plain(legs.straight),
            "ankles": plain(legs.ankles),
            "outward": legs.outward,
        },
    }


def resting_row(instrument: str) -> list[float]:
    """How who plays waits for music, as a packed frame of the page (``web/musician/packing.js``)."""
    example = example_motion(load(instrument))
    assert example.room is not None
    pose = LiveFollower(example).push(example.room[:1])
    props = [np.concatenate([*map(np.ravel, pose.props[name])]) if name in pose.props else np.zeros(7)
             for name in ("violin", "bow")]  # fmt: skip
    keys = np.zeros(88)
    parts = [pose.root, pose.rotations, *props, keys, np.zeros(1), example.room.joints[0]]
    return plain(np.concatenate([np.ravel(part) for part in parts]).round(5))


def strings() -> dict[str, Any]:
    """Where the strings are, on the violin that the figure holds."""
    bowed, nut = bow_rigging.string_ends()
    return constants_of(violin_rigging) | constants_of(bow_rigging) | {"bowed": plain(bowed), "nut": plain(nut)}
