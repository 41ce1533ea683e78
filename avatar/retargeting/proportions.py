"""A rig and a musician who is known in metres: the player's proportions, and where the player's room lies in ours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.avatar.bones import SIDES, Skeleton
from audio_to_body.avatar.rig import proportioned
from audio_to_body.musician.hands import MIDDLE, ROOTS
from audio_to_body.musician.piano_keys import KEY_HEIGHT
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.layouts import Layout
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.room import Room

SMALLEST, LARGEST = 0.6, 1.5  # of the project's own rig: people are not smaller or larger
KEYBOARD = "keyboard"
KNEES = 0.02  # m that the hips of who stands are lower than straight legs have them: nobody sways on stiff knees
PALM = float(np.linalg.norm(ROOTS[MIDDLE]))  # m from the wrist to the middle finger's root of the project's own hand


@dataclass(frozen=True)
class Fit:
    """How a player's room lies in the avatar's.

    Attributes
    ----------
    skeleton : Skeleton
        The rig that plays.
    origin : np.ndarray [3]
        Where the origin of the player's room is in the avatar's, metres.
    hips : np.ndarray [3]
        Where the rig's hips are on average.
    hand : float
        Length of the player's hands relative to the project's own.
    closer : np.ndarray [3]
        Metres that a rig with other arms sits nearer to the keys than the player, so that they bend as the player's.
    own : bool
        Whether the rig has the player's proportions.
    """

    skeleton: Skeleton
    origin: np.ndarray
    hips: np.ndarray
    hand: float
    closer: np.ndarray
    own: bool = True


@dataclass(frozen=True)
class Measures:
    """A player's sizes and usual places in the player's room, metres.

    Attributes
    ----------
    lengths : dict of str to float
        Of ``"shoulders"`` (their width), ``"upper_arm"`` and ``"forearm"``.
    hand : float
        Length of the hands relative to the project's own.
    shoulders, hands : np.ndarray [3]
        Where the middle of the shoulders and the middle of the wrists are on average.
    keyboard : np.ndarray [3]
        Where the keyboard is; the origin where there is none.
    """

    lengths: dict[str, float]
    hand: float
    shoulders: np.ndarray
    hands: np.ndarray
    keyboard: np.ndarray


def measured(room: Room, layout: Layout) -> Measures:
    """Measure a player; every joint is known in some frame."""
    joints = room.joints.astype(float)

    def apart(a: str, b: str) -> float:
        return float(np.nanmedian(np.linalg.norm(joints[:, layout.index(a)] - joints[:, layout.index(b)], axis=1)))

    ends = joints[:, [layout.index("left_shoulder"), layout.index("right_shoulder")]]
    keyboard = room.props.get(KEYBOARD)
    return Measures(
        lengths={
            "shoulders": apart("left_shoulder", "right_shoulder"),
            "upper_arm": float(np.mean([apart(f"{s}_shoulder", f"{s}_elbow") for s in SIDES])),
            "forearm": float(np.mean([apart(f"{s}_elbow", f"{s}_wrist") for s in SIDES])),
        },
        hand=float(np.mean([apart(f"{s}_hand_wrist", f"{s}_hand_middle_1") for s in SIDES])) / PALM,
        shoulders=np.nanmedian(0.5 * (ends[:, 0] + ends[:, 1]), axis=0),
        hands=np.nanmedian(joints[:, [layout.index(f"{s}_wrist") for s in SIDES]], axis=(0, 1)),
        keyboard=np.zeros(3) if keyboard is None else np.median(keyboard.translation, axis=0),
    )


def fitted(room: Room, layout: Layout, skeleton: Skeleton, own: bool) -> Fit:
    """Fit a rig to a player.

    Parameters
    ----------
    room : Room
    layout : Layout
    skeleton : Skeleton
    own : bool
        Whether the rig takes on the player's proportions, as the project's own does; else it keeps its bones.

    Raises
    ------
    BadInput
        If joints that the avatar needs are known in no frame, or the instrument's place is not.
    """
    instrument = instrument_named(layout.instrument)
    needed = (KEYBOARD,) if instrument.seated else tuple(instrument.props)
    lacking = [name for name in needed if name not in room.props]
    if lacking:
        raise BadInput(
            f"the motion is in metres, but does not say where the {' and the '.join(lacking)} is: it needs "
            f"place_{lacking[0]} and turn_{lacking[0]}"
        )
    known = np.isfinite(room.joints).all(axis=2).any(axis=0)
    if not known.all():
        raise BadInput(
            f"the motion is in metres, but knows {layout.points[int(np.argmin(known))]} in no frame; "
            f"the avatar needs every joint of the layout '{layout.name}'"
        )
    player = measured(room, layout)
    shoulders = player.shoulders
    if own:
        skeleton = _of_proportions(
            skeleton, player.lengths, player.hand, None if instrument.seated else float(shoulders[1])
        )
    rest = 0.5 * (skeleton.at("leftUpperArm") + skeleton.at("rightUpperArm"))
    closer = np.zeros(3)
    if instrument.seated:
        arm = _lengths(skeleton)["upper_arm"] + _lengths(skeleton)["forearm"]
        theirs = player.lengths["upper_arm"] + player.lengths["forearm"]
        closer = (1 - arm / theirs) * (player.hands - shoulders) * [0.0, 1.0, 1.0]
        origin = np.array([0.0, KEY_HEIGHT, 0.0]) - player.keyboard
        hips = origin + closer + [0.0, shoulders[1] - (rest - skeleton.rest[0])[1], 0.0]
    else:
        origin, hips = np.array([0.0, rest[1] - KNEES - shoulders[1], 0.0]), skeleton.rest[0] - [0.0, KNEES, 0.0]
    return Fit(skeleton, origin, hips, player.hand, closer, own)


def _of_proportions(
    skeleton: Skeleton, lengths: dict[str, float], hand: float, shoulder_height: float | None
) -> Skeleton:
    """The rig with a player's lengths (metres); what is not measured grows with the mean of what is."""
    scales = {part: lengths[part] / length for part, length in _lengths(skeleton).items()}
    body = float(np.mean(list(scales.values())))
    trunk = skeleton.at("leftUpperArm")[1] - skeleton.rest[0, 1]
    spine = body if shoulder_height is None else (shoulder_height + KNEES - body * skeleton.rest[0, 1]) / trunk
    scales |= {"body": body, "hand": hand, "spine": float(np.clip(spine, 0.85 * body, 1.2 * body))}
    return proportioned(skeleton, {part: float(np.clip(s, SMALLEST, LARGEST)) for part, s in scales.items()})


def _lengths(skeleton: Skeleton) -> dict[str, float]:
    """Width of a rig's shoulders and lengths of its arms' bones, metres."""
    ends = {
        "shoulders": ("leftUpperArm", "rightUpperArm"),
        "upper_arm": ("leftUpperArm", "leftLowerArm"),
        "forearm": ("leftLowerArm", "leftHand"),
    }
    return {part: float(np.linalg.norm(skeleton.at(a) - skeleton.at(b))) for part, (a, b) in ends.items()}
