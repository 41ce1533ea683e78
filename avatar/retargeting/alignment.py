"""From the picture to the room: Sec. 5, "estimating average left and right shoulder points across all frames, and
calculate rigid transformation to the avatar", and the performer's proportions.
"""

from __future__ import annotations

import numpy as np

from audio_to_body.avatar.bones import Skeleton, mannequin_skeleton
from audio_to_body.avatar.retargeting.calibration import Calibration, camera_axes
from audio_to_body.avatar.retargeting.playing import player_of
from audio_to_body.avatar.retargeting.settings import RetargetSettings
from audio_to_body.avatar.rig import proportioned
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.layouts import Layout
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.refusal import BadInput

LONGEST = 97.0  # percentile taken as "maximum across all frames": one wild detection must not set a bone's length
PROPORTION_RANGE = (0.85, 1.2)  # of the rig's own bone lengths: adults differ less


def lengths(points: np.ndarray, a: int, b: int) -> np.ndarray:
    """Apparent length between two points in every frame, pixels."""
    return np.linalg.norm(points[:, a] - points[:, b], axis=1)


def longest(values: np.ndarray) -> float:
    """The longest of known values (a high percentile), NaN when none is known."""
    known = values[np.isfinite(values)]
    return float(np.percentile(known, LONGEST)) if len(known) else float("nan")


def rigid_alignment(motion: Motion, skeleton: Skeleton, settings: RetargetSettings, root: np.ndarray) -> Calibration:
    """Sec. 5: the rigid transform from the mean shoulders to the avatar.

    Parameters
    ----------
    motion : Motion
    skeleton : Skeleton
        The rig.
    settings : RetargetSettings
    root : np.ndarray [3]
        Where the rig's hips are in the room.

    Raises
    ------
    BadInput
        If the motion shows neither shoulders nor hands.
    """
    layout = motion.skeleton
    points = motion.points.astype(float)
    if not layout.body:
        return _aligned_by_hands(points, layout, skeleton, settings, root)
    left, right = layout.index("left_shoulder"), layout.index("right_shoulder")
    shoulders = (
        np.nanmedian(points[:, [left, right]], axis=0) if np.isfinite(points[:, [left, right]]).any() else None
    )
    width = np.nanmean(lengths(points, left, right)) if shoulders is not None else np.nan
    if shoulders is None or not width > 0:
        raise BadInput("the motion shows no shoulders in any frame; the avatar cannot be placed without them")
    # a keyboard is as long for whoever plays it: there the performer's width tells the scale, not an avatar's
    player = player_of(layout)
    measure = mannequin_skeleton() if player.one_size else skeleton
    scale = (measure.at("leftUpperArm")[0] - measure.at("rightUpperArm")[0]) / float(width)
    factors = arm_factors(points, layout, skeleton, scale, settings.distance) if settings.fit_arms else {}
    if not instrument_named(layout.instrument).seated:
        factors |= spine_factor(points, layout, skeleton, scale)
    rig = proportioned(skeleton, factors)
    middle = 0.5 * (rig.at("leftUpperArm") + rig.at("rightUpperArm")) - rig.rest[0] + root
    yaw = np.radians(settings.yaw or 0.0)
    pitch = np.radians(settings.pitch or 0.0)
    calibration = Calibration(
        rig, scale, shoulders.mean(axis=0), middle, camera_axes(yaw, pitch), settings.distance, factors=factors
    )
    return player.angled(points, layout, calibration, settings)


UPPER_ARM_AHEAD = 0.12  # m that a player's upper arm is before the shoulders: nearer to the camera, it looks longer


def arm_factors(
    points: np.ndarray, layout: Layout, skeleton: Skeleton, scale: float, distance: float
) -> dict[str, float]:
    """The performer's arms relative to the rig's, from the maximum apparent lengths (Sec. 5 "Arms")."""
    factors = {}
    for part, ends, bones in (
        ("upper_arm", ("shoulder", "elbow"), ("leftUpperArm", "leftLowerArm")),
        ("forearm", ("elbow", "wrist"), ("leftLowerArm", "leftHand")),
    ):
        seen = [
            longest(lengths(points, layout.index(f"{side}_{ends[0]}"), layout.index(f"{side}_{ends[1]}")))
            for side in ("left", "right")
        ]
        if not np.isfinite(seen).any():
            continue
        rig = np.linalg.norm(skeleton.at(bones[1]) - skeleton.at(bones[0]))
        factor = np.nanmax(seen) * scale / rig
        if part == "upper_arm":
            factor *= 1.0 - UPPER_ARM_AHEAD / distance
        # arms that never lie in the picture's plane look short: they say nothing about the performer
        factors[part] = float(np.clip(factor, 1.0, PROPORTION_RANGE[1]))
    return factors


def spine_factor(points: np.ndarray, layout: Layout, skeleton: Skeleton, scale: float) -> dict[str, float]:
    """Sec. 5 "Body": the mean spine length scales the avatar's spine; known only where a layout has hips."""
    if not (layout.has("left_hip") and layout.has("right_hip")):
        return {}  # the 50 points have no hips: the mean length is that of the rig
    hips = 0.5 * (points[:, layout.index("left_hip")] + points[:, layout.index("right_hip")])
    neck = 0.5 * (points[:, layout.index("left_shoulder")] + points[:, layout.index("right_shoulder")])
    length = np.nanmean(np.linalg.norm(neck - hips, axis=1)) * scale
    rig = skeleton.at("leftUpperArm")[1] - skeleton.rest[0][1]
    return {"spine": float(np.clip(length / rig, *PROPORTION_RANGE))} if np.isfinite(length) else {}


def _aligned_by_hands(
    points: np.ndarray, layout: Layout, skeleton: Skeleton, settings: RetargetSettings, root: np.ndarray
) -> Calibration:
    """Hands seen from above the keyboard (layout hands12): x along it, scale by the hands' span."""
    reach = [
        lengths(points, layout.index(f"{s}_hand_wrist"), layout.index(f"{s}_hand_middle_4"))
        for s in ("left", "right")
    ]
    known = np.concatenate(reach)
    known = known[np.isfinite(known)]
    if len(known) == 0 or not np.median(known) > 0:
        raise BadInput("the motion shows no hand in any frame; there is nothing to animate")
    scale = 0.150 / float(np.median(known))  # wrist to the tip of a curved middle finger, metres
    wrists = points[:, [layout.index("left_hand_wrist"), layout.index("right_hand_wrist")]]
    centre = np.nanmean(wrists.reshape(-1, 2), axis=0)
    low, high = np.nanpercentile(points[..., 0], [1, 99])
    centre[0] = 0.5 * (low + high)  # the keyboard's middle is unknown: that of the range played
    axes = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])  # from above, the pianist at the picture's lower edge?
    left_first = np.nanmean(wrists[:, 0, 0]) < np.nanmean(wrists[:, 1, 0])
    # low notes at the picture's left: seen over the pianist's shoulder, up in the picture is into the keys
    axes = np.array([[-1.0, 0, 0], [0, 0, 1.0], [0, 1.0, 0]]) if left_first else axes
    anchor = np.array([0.0, 0.725, -0.10])
    return Calibration(skeleton, scale, centre, anchor, axes, 50.0)
