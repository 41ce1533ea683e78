"""A whole motion onto the rig, without delay."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from audio_to_body.avatar.bones import SIDES, Skeleton, mannequin_skeleton
from audio_to_body.avatar.retargeting.alignment import lengths, longest, rigid_alignment
from audio_to_body.avatar.retargeting.following import Follower
from audio_to_body.avatar.retargeting.musician import HIPS_ABOVE_BENCH, SITTING, Musician, hips_place
from audio_to_body.avatar.retargeting.pace import paced
from audio_to_body.avatar.retargeting.proportions import fitted
from audio_to_body.avatar.retargeting.settings import HANDS, RetargetSettings
from audio_to_body.avatar.retargeting.smoothing import SLOWEST_CUTOFF, filled, keep_onsets, low_pass
from audio_to_body.avatar.scene import RigMotion
from audio_to_body.geometry.quaternion_arrays import continuous
from audio_to_body.skeleton.layouts import Layout
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.room import Prop, Room


def check(motion: Motion) -> None:
    """Refuse a motion that cannot be animated.

    Raises
    ------
    BadInput
        If it has no frame, no known point, or points that are not finite and not NaN.
    """
    if len(motion) == 0:
        raise BadInput("the motion has no frames; there is nothing to animate")
    if np.isinf(motion.points).any():
        raise BadInput("the motion holds infinite coordinates; unknown points are NaN")
    if not np.isfinite(motion.points).any():
        raise BadInput("the motion holds no known point in any frame; there is nothing to animate")


def retarget(
    motion: Motion,
    settings: RetargetSettings | None = None,
    skeleton: Skeleton | None = None,
    notes: np.ndarray | None = None,
) -> RigMotion:
    """Keypoints onto the rig (paper Sec. 5); joints that are known in metres onto it as they are.

    Parameters
    ----------
    motion : Motion
        Layouts violin, piano, piano49 and hands12. Tracks that help where present: ``loudness_db``, ``bow_speed``,
        ``bow_lift``, ``string``, ``bow_position``, ``finger_position``; ``pianoroll`` [frames, 88], ``keys_pressed``
        [frames, 10].
    settings : RetargetSettings, optional
    skeleton : Skeleton, optional
        The rig; the project's own by default.
    notes : np.ndarray [n, 4], optional
        Onset and end in seconds, MIDI pitch and velocity of the piano's notes, where they are known; else the keys
        follow the fingers that strike.

    Raises
    ------
    BadInput
        If the motion shows nothing that can be animated.
    """
    settings = settings or RetargetSettings()
    if motion.room is not None and taken_as_it_is(motion, settings):
        return follow(motion, motion.room, skeleton or mannequin_skeleton(), settings.fit_arms)
    check(motion)
    skeleton = skeleton or mannequin_skeleton()
    layout = motion.skeleton
    points = filled(np.where((motion.confidence > 0)[..., None], motion.points, np.nan))
    if not np.isfinite(points).any():  # all confidences are zero: the points themselves are all there is
        points = filled(motion.points)
    motion = replace(motion, points=points)
    calibration = rigid_alignment(motion, skeleton, settings, hips_place(layout, skeleton))
    plane = calibration.metres(points)
    if settings.smoothness > 0:
        plane = keep_onsets(plane, motion.fps, SLOWEST_CUTOFF / settings.smoothness)

    def smooth(name: str, values: Any, seconds: float) -> Any:
        return values if type(values) is float else low_pass(values, motion.fps, seconds)

    def pace(name: str, values: Any, step: Any, pinned: np.ndarray) -> Any:
        return values if type(values) is float else paced(values, step, pinned)

    musician = Musician(layout, calibration, settings, motion.fps, longest_forearms(plane, layout), smooth, pace)
    tracks = dict(motion.tracks) if notes is None else {**motion.tracks, "notes": np.asarray(notes, float)}
    frames = musician.pose(plane, tracks)
    return RigMotion(
        skeleton=calibration.skeleton,
        fps=motion.fps,
        root=frames.root,
        rotations=continuous(frames.local),
        instrument=layout.instrument,
        props={name: Prop(place, continuous(turn)) for name, (place, turn) in frames.props.items()},
        keys=frames.keys,
        bench_height=SITTING[1] - HIPS_ABOVE_BENCH,
        tracks=frames.tracks,
        calibration=calibration,
    )


def taken_as_it_is(motion: Motion, settings: RetargetSettings) -> bool:
    """Whether a motion is followed in metres, not retargeted from the picture."""
    # hands alone, without arms, are placed as the picture has them
    return motion.room is not None and settings.hands == HANDS[0] and bool(motion.skeleton.body)


def follow(motion: Motion, room: Room, skeleton: Skeleton, own: bool) -> RigMotion:
    """A motion that is known in metres, as it is.

    Parameters
    ----------
    motion : Motion
    room : Room
    skeleton : Skeleton
    own : bool
        Whether the rig takes on the player's proportions.

    Raises
    ------
    BadInput
        If the room lacks a joint or the instrument.
    """
    if len(motion) == 0:
        raise BadInput("the motion has no frames; there is nothing to animate")
    fit = fitted(room, motion.skeleton, skeleton, own)
    frames = Follower(motion.skeleton, fit).pose(replace(room, joints=filled(room.joints)))
    return RigMotion(
        skeleton=fit.skeleton,
        fps=motion.fps,
        root=frames.root,
        rotations=continuous(frames.local),
        instrument=motion.skeleton.instrument,
        props={name: Prop(place, continuous(turn)) for name, (place, turn) in frames.props.items()},
        keys=frames.keys,
        bench_height=float(np.median(frames.root[:, 1])) - HIPS_ABOVE_BENCH,
        tracks=frames.tracks,
        origin=fit.origin,
    )


def longest_forearms(plane: np.ndarray, layout: Layout) -> tuple[float, float]:
    """Maximum apparent length of the left and right forearm (Sec. 5 "Arms"), in the points' unit."""
    if not layout.body:
        return 0.25, 0.25
    left, right = (longest(lengths(plane, layout.index(f"{s}_elbow"), layout.index(f"{s}_wrist"))) for s in SIDES)
    return left, right
