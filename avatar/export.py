"""From a motion to the files people open: one function per format.

Retargeting a motion takes a moment; callers that write several formats retarget once and pass the performance.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Union

import numpy as np

from audio_to_body.avatar.retargeting import RetargetSettings, retarget
from audio_to_body.avatar.scene import Prop, RigMotion
from audio_to_body.geometry.quaternion_arrays import blend, continuous
from audio_to_body.pictures.sound_track import SoundTrack
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.refusal import BadInput

if TYPE_CHECKING:
    from audio_to_body.avatar.own_avatar import OwnAvatar

Source = Union[Motion, RigMotion]
VIDEO_SIZE = (854, 480)


def performed(source: Source, fps: float | None = None, settings: RetargetSettings | None = None) -> RigMotion:
    """A performance from a motion (or as it is), at another frame rate where asked for."""
    performance = source if isinstance(source, RigMotion) else retarget(source, settings)
    return performance if fps is None else resampled(performance, fps)


def resampled(performance: RigMotion, fps: float) -> RigMotion:
    """The same movement at another frame rate: places linearly, rotations along the short way.

    Raises
    ------
    BadInput
        If the rate is not between 1 and 240 frames/s.
    """
    if not 1 <= fps <= 240:
        raise BadInput(f"{fps} frames/s cannot be written; choose 1 to 240")
    if abs(fps - performance.fps) < 1e-9:
        return performance
    count = max(1, round(len(performance) / performance.fps * fps))
    place = np.minimum(np.arange(count) / fps * performance.fps, len(performance) - 1)
    low = np.minimum(place.astype(int), len(performance) - 1)
    high = np.minimum(low + 1, len(performance) - 1)
    share = place - low

    def linear(values: np.ndarray) -> np.ndarray:
        part = share.reshape(-1, *([1] * (values.ndim - 1)))
        return values[low] * (1 - part) + values[high] * part

    def turned(values: np.ndarray) -> np.ndarray:
        part = share if values.ndim == 2 else share[:, None]
        return continuous(blend(values[low], values[high], np.broadcast_to(part, values[low].shape[:-1])))

    return RigMotion(
        skeleton=performance.skeleton,
        fps=fps,
        root=linear(performance.root),
        rotations=turned(performance.rotations),
        instrument=performance.instrument,
        props={n: Prop(linear(p.translation), turned(p.rotation)) for n, p in performance.props.items()},
        keys=linear(performance.keys),
        bench_height=performance.bench_height,
        tracks={n: t[np.where(share < 0.5, low, high)] for n, t in performance.tracks.items()},
        calibration=performance.calibration,
        origin=performance.origin,
        figure=performance.figure,
    )


def write_glb(
    motion: Source,
    path: str | os.PathLike[str],
    *,
    fps: float | None = None,
    names: str = "vrm",
    avatar: str | os.PathLike[str] | None = None,
    bones: str | os.PathLike[str] | None = None,
    settings: RetargetSettings | None = None,
) -> list[str]:
    """Write a musician with instrument and animation as GLB.

    Parameters
    ----------
    motion : Motion or RigMotion
    path : path
    fps : float, optional
        Keys per second; the motion's own by default.
    names : str
        Bone names of the project's own rig, ``"vrm"`` or ``"mixamo"``.
    avatar : path, optional
        A humanoid GLB or VRM of one's own that plays instead.
    bones : path, optional
        Which of the avatar's nodes are which bones, where their names do not tell.
    settings : RetargetSettings, optional

    Returns
    -------
    list of str
        Remarks a person should read, such as bones that the avatar lacks.

    Raises
    ------
    BadInput
        If the motion or the avatar cannot be used, or the file cannot be written.
    """
    _check_folder(path)
    if avatar is None:
        from audio_to_body.avatar.glb import write_performance_glb

        write_performance_glb(performed(motion, fps, settings), path, names)
        return []
    from audio_to_body.avatar.own_avatar import write_avatar_glb

    own, performance = _performed_by(avatar, bones, motion, fps, settings)
    write_avatar_glb(own, performance, path)
    return own.remarks


def _performed_by(
    avatar: str | os.PathLike[str],
    bones: str | os.PathLike[str] | None,
    motion: Source,
    fps: float | None,
    settings: RetargetSettings | None,
) -> tuple[OwnAvatar, RigMotion]:
    """An avatar of one's own, and what it plays."""
    from audio_to_body.avatar.own_avatar import read_avatar

    if isinstance(motion, RigMotion):
        raise BadInput("an avatar of one's own has its own proportions; give the motion, not a finished performance")
    own = read_avatar(avatar, bones)
    # its bones keep their lengths: only the project's own rig takes on the performer's proportions
    settings = replace(settings or RetargetSettings(), fit_arms=False)
    performance = retarget(motion, settings, own.skeleton)
    return own, performance if fps is None else resampled(performance, fps)


def write_bvh(
    motion: Source,
    path: str | os.PathLike[str],
    *,
    fps: float | None = None,
    unit: str = "cm",
    names: str = "vrm",
    avatar: str | os.PathLike[str] | None = None,
    bones: str | os.PathLike[str] | None = None,
    settings: RetargetSettings | None = None,
) -> list[str]:
    """Write the musician's skeleton and movement as BVH (``unit`` ``"cm"`` or ``"m"``).

    With ``avatar`` (and ``bones``, as for the GLB) the skeleton is that of a figure of one's own, in its T pose and
    under the names of ``names``; returns the remarks on it.
    """
    from audio_to_body.avatar.bvh import write_performance_bvh

    _check_folder(path)
    if avatar is None:
        write_performance_bvh(performed(motion, fps, settings), path, unit, names)
        return []
    own, performance = _performed_by(avatar, bones, motion, fps, settings)
    write_performance_bvh(performance, path, unit, names)
    return own.remarks


def write_usdz(
    motion: Source,
    path: str | os.PathLike[str],
    *,
    start: float = 0.0,
    seconds: float | None = None,
    settings: RetargetSettings | None = None,
) -> list[str]:
    """Write USDZ for AR Quick Look, all of it or ``seconds`` from ``start`` on; returns remarks on its length."""
    from audio_to_body.avatar.usdz import write_performance_usdz

    _check_folder(path)
    return write_performance_usdz(performed(motion, None, settings), path, start, seconds)


def render_mp4(
    motion: Source,
    path: str | os.PathLike[str],
    audio: str | os.PathLike[str] | SoundTrack | None = None,
    size: tuple[int, int] = VIDEO_SIZE,
    *,
    view: str = "three-quarter",
    fps: float | None = None,
    progress: bool | Callable[[int, int], object] = False,
    settings: RetargetSettings | None = None,
    helped: bool = False,
    avatar: str | os.PathLike[str] | None = None,
    bones: str | os.PathLike[str] | None = None,
) -> list[str]:
    """Draw the musician, with light and shadow, and mux the sound in; no GPU, no screen.

    Parameters
    ----------
    motion : Motion or RigMotion
    path : path
    audio : path, optional
        Any file ffmpeg reads.
    size : (int, int)
        Width and height in pixels.
    view : str
        ``"front"``, ``"three-quarter"``, ``"left"`` (violin), ``"keys"`` (piano).
    fps : float, optional
    progress : bool or callable (pictures done, pictures)
        Whether to show a progress bar, or who is told.
    settings : RetargetSettings, optional
    helped : bool
        Let a second process draw half of the pictures (:func:`audio_to_body.avatar.video.write_video`).
    avatar : path, optional
        A humanoid GLB or VRM of one's own that is drawn instead, its textures as vertices show them.
    bones : path, optional
        Which of the avatar's nodes are which bones, where their names do not tell.

    Returns
    -------
    list of str
        Remarks on the avatar, as for the GLB.

    Raises
    ------
    BadInput
        If Panda3D is missing, or the motion, the avatar or the sound cannot be used.
    """
    from audio_to_body.avatar.video import write_video

    _check_folder(path)
    remarks: list[str] = []
    if avatar is None:
        performance = performed(motion, fps, settings)
    else:
        from audio_to_body.avatar.own_avatar import figure

        own, performance = _performed_by(avatar, bones, motion, fps, settings)
        performance = replace(performance, figure=figure(own))
        remarks = own.remarks
    write_video(performance, path, audio, size, view, progress, helped)
    return remarks


def _check_folder(path: str | os.PathLike[str]) -> None:
    folder = Path(path).absolute().parent
    if not folder.is_dir():
        raise BadInput(f"the folder {folder} does not exist; make it first or choose another place")
