"""Musicians who were posed about their hips, with their instruments, in the room that motions have."""

from __future__ import annotations

import numpy as np

from audio_to_body.geometry.quaternion_arrays import from_matrix
from audio_to_body.geometry.vector_arrays import across, cross, unit
from audio_to_body.musician.body import Body
from audio_to_body.musician.piano_keys import KEY_HEIGHT
from audio_to_body.musician.violin_posture import PosedViolinist
from audio_to_body.skeleton.layouts import FINGERTIPS, Layout
from audio_to_body.skeleton.room import INFERRED, MEASURED, PREDICTED, Prop, Room


def violin_room(body: Body, posed: PosedViolinist, kinds: np.ndarray) -> Room:
    """A violinist who stands, the violin and the bow.

    Parameters
    ----------
    body : Body
    posed : PosedViolinist
        About the hips.
    kinds : np.ndarray, uint8 [points]
    """
    floor = np.array([0.0, -body.hips, 0.0])
    along = unit(posed.scroll - posed.button)
    violin = np.stack([along, posed.normal, cross(along, posed.normal)], axis=-1)
    over = across(posed.upwards, posed.way)
    bow = np.stack([posed.way, over, cross(posed.way, over)], axis=-1)
    # neither is ever turned by nearly half a turn: quaternions with w above 0 are continuous
    props = {
        "violin": Prop(posed.button - floor, from_matrix(violin)),
        "bow": Prop(posed.held - floor, from_matrix(bow)),
    }
    return Room(posed.joints - floor, kinds, props)


def piano_room(joints: np.ndarray, seat: float, surface: float, keys: np.ndarray, kinds: np.ndarray) -> Room:
    """A pianist who sits, and the keyboard.

    Parameters
    ----------
    joints : np.ndarray [frames, points, 3]
        About the hips.
    seat, surface : float
        Metres from the hips to the keys' front edge, and up to the white keys.
    keys : np.ndarray [frames, 88]
        How far keys are down, metres.
    kinds : np.ndarray, uint8 [points]
    """
    raised = joints + np.array([0.0, KEY_HEIGHT - surface, 0.0])
    place = np.tile([0.0, KEY_HEIGHT, seat], (len(joints), 1))
    keyboard = Prop(place, np.tile([0.0, 0.0, 0.0, 1.0], (len(joints), 1)))
    return Room(raised, kinds, {"keyboard": keyboard}, keys)


def all_measured(layout: Layout) -> np.ndarray:
    """Kinds of a simulation's joints, which are the truth."""
    return np.full(layout.size, MEASURED, np.uint8)


def playing_predicted(layout: Layout) -> np.ndarray:
    """Kinds of joints where the notes put wrists and fingertips, and a body model all the others."""
    kinds = np.full(layout.size, INFERRED, np.uint8)
    for hand in (layout.left_hand, layout.right_hand):
        kinds[[hand[0], *(hand[tip] for tip in FINGERTIPS)]] = PREDICTED
    kinds[[layout.index("left_wrist"), layout.index("right_wrist")]] = PREDICTED
    return kinds
