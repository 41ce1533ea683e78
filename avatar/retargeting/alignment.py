"""From the picture to the room: Sec. 5, "estimating average left and right shoulder points across all frames, and
calculate rigid transformation to the avatar", and the performer's proportions.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from audio_to_body.avatar.bones import Skeleton, mannequin_skeleton
from audio_to_body.avatar.retargeting.settings import RetargetSettings
from audio_to_body.avatar.rig import proportioned
from audio_to_body.geometry.quaternion_arrays import matrices_of_angles
from audio_to_body.geometry.vector_arrays import einsum
from audio_to_body.skeleton.layouts import Layout
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.refusal import BadInput

LONGEST = 97.0  # percentile taken as "maximum across all frames": one wild detection must not set a bone's length
PROPORTION_RANGE = (0.85, 1.2)  # of the rig's own bone lengths: adults differ less


@dataclass(frozen=True)
class Calibration:
    """How a performer's picture lies in the avatar's room.

    Attributes
    ----------
    skeleton : Skeleton
        The rig with the performer's proportions.
    scale : float
        Metres per pixel at the shoulders.
    centre : np.ndarray [2]
        Mean middle of the shoulders, pixels.
    anchor : np.ndarray [3]
        That point in the room, metres.
    axes : np.ndarray [3, 3]
        Rows: the picture's right, the picture's up, towards the camera; in the room.
    distance : float
        Metres from the camera to the anchor.
    slope, roll : float
        Radians by which the violin points out of the picture's plane, and leans to the player's right.
    factors : dict of str to float
        The performer's proportions relative to the rig's.
    """

    skeleton: Skeleton
    scale: float
    centre: np.ndarray
    anchor: np.ndarray
    axes: np.ndarray
    distance: float
    slope: float = 1.0
    roll: float = 0.44
    factors: dict[str, float] = field(default_factory=dict)

    def metres(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels ``[..., 2]`` as metres in the picture's plane through the anchor: right, up."""
        return (pixels - self.centre) * (self.scale * np.array([1.0, -1.0]))

    def ray(self, plane: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The line of sight through points of the plane ``[..., 2]``: place at depth 0, change per metre of depth."""
        across = plane @ self.axes[:2]
        return self.anchor + across, self.axes[2] - across / self.distance

    def at_depth(self, plane: np.ndarray, depth: np.ndarray | float) -> np.ndarray:
        """Room points on the lines of sight, ``depth`` metres towards the camera."""
        start, step = self.ray(plane)
        return start + np.asarray(depth)[..., None] * step

    def on_plane(self, plane: np.ndarray, point: np.ndarray, normal: np.ndarray) -> np.ndarray:
        """Where lines of sight meet a plane of the room through ``point`` with ``normal``."""
        start, step = self.ray(plane)
        along = einsum("...i,...i->...", step, normal)
        along = np.where(np.abs(along) < 0.15, np.where(along < 0, -0.15, 0.15), along)  # nearly seen edge-on
        depth = einsum("...i,...i->...", point - start, normal) / along
        return start + depth[..., None] * step

    def project(self, room: np.ndarray) -> np.ndarray:
        """Pixels ``[..., 2]`` of room points ``[..., 3]``: the inverse of :meth:`at_depth`."""
        local = (room - self.anchor) @ self.axes.T
        plane = local[..., :2] / (1.0 - local[..., 2:] / self.distance)
        return self.centre + plane / self.scale * np.array([1.0, -1.0])


def camera_axes(yaw: float, pitch: float) -> np.ndarray:
    """Rows right, up, backwards of a camera ``yaw`` to the performer's left and ``pitch`` above (radians)."""
    level = matrices_of_angles(np.array(0.0), np.array(pitch), np.array(0.0))
    return level @ matrices_of_angles(np.array(-yaw), np.array(0.0), np.array(0.0))


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
    measure = mannequin_skeleton() if layout.instrument == "piano" else skeleton
    scale = (measure.at("leftUpperArm")[0] - measure.at("rightUpperArm")[0]) / float(width)
    factors = arm_factors(points, layout, skeleton, scale, settings.distance) if settings.fit_arms else {}
    if motion.skeleton.instrument == "violin":
        factors |= spine_factor(points, layout, skeleton, scale)
    rig = proportioned(skeleton, factors)
    middle = 0.5 * (rig.at("leftUpperArm") + rig.at("rightUpperArm")) - rig.rest[0] + root
    yaw = np.radians(settings.yaw or 0.0)
    pitch = np.radians(settings.pitch or 0.0)
    calibration = Calibration(
        rig, scale, shoulders.mean(axis=0), middle, camera_axes(yaw, pitch), settings.distance, factors=factors
    )
    if layout.instrument == "piano":
        from audio_to_body.avatar.retargeting.piano import piano_angle

        yaw, pitch = piano_angle(points, layout, calibration, settings)
        return replace(calibration, axes=camera_axes(yaw, pitch))
    from audio_to_body.avatar.retargeting.violin import violin_angles

    roll = None if settings.roll is None else float(np.radians(settings.roll))
    slope, roll = violin_angles(points, layout, calibration, roll)
    return replace(calibration, slope=slope, roll=roll)


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
