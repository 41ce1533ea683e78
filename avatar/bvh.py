"""A performance as BVH: one root, plain text, angles in degrees."""

from __future__ import annotations

import os

import numpy as np

from audio_to_body.avatar.bones import MIXAMO, Skeleton
from audio_to_body.avatar.scene import RigMotion
from audio_to_body.geometry.quaternion_arrays import to_matrix
from audio_to_body.skeleton.files import write_text

UNITS = {"cm": 100.0, "m": 1.0}
CHANNELS = "Zrotation Xrotation Yrotation"


def euler_zxy(rotations: np.ndarray) -> np.ndarray:
    """Angles ``[frames, ..., 3]`` in degrees about z, x, y of quaternions ``[frames, ..., 4]``; no jumps over frames.

    The matrix is Rz·Rx·Ry, as BVH reads its channels.
    """
    m = to_matrix(rotations)
    x = np.arcsin(np.clip(m[..., 2, 1], -1.0, 1.0))
    z = np.arctan2(-m[..., 0, 1], m[..., 1, 1])
    y = np.arctan2(-m[..., 2, 0], m[..., 2, 2])
    angles = np.stack([z, x, y], axis=-1)
    for frame in range(1, len(angles)):  # of the two descriptions of a rotation the one near the last frame's
        other = angles[frame] * [1, -1, 1] + np.pi
        own = _near(angles[frame], angles[frame - 1])
        other = _near(other, angles[frame - 1])
        nearer = np.abs(other - angles[frame - 1]).sum(axis=-1) < np.abs(own - angles[frame - 1]).sum(axis=-1)
        angles[frame] = np.where(nearer[..., None], other, own)
    return np.degrees(angles)


def _near(angles: np.ndarray, last: np.ndarray) -> np.ndarray:
    return angles - 2 * np.pi * np.round((angles - last) / (2 * np.pi))


def write_performance_bvh(
    performance: RigMotion, path: str | os.PathLike[str], unit: str = "cm", names: str = "vrm"
) -> None:
    """Write a performance's skeleton and movement.

    Parameters
    ----------
    performance : RigMotion
    path : path
    unit : str
        ``"cm"`` (what most BVH tools expect) or ``"m"``.
    names : str
        ``"vrm"`` or ``"mixamo"``.
    """
    scale = UNITS[unit]
    skeleton = performance.skeleton
    lines = ["HIERARCHY"]
    order: list[int] = []
    _joint(skeleton, 0, 0, scale, MIXAMO if names == "mixamo" else {}, lines, order)
    lines += ["MOTION", f"Frames: {len(performance)}", f"Frame Time: {1.0 / performance.fps:.9f}"]
    angles = euler_zxy(performance.rotations)[:, order].reshape(len(performance), -1)
    table = np.concatenate([performance.root * scale, angles], axis=1)
    lines += [" ".join(f"{value:.5f}" for value in row) for row in table]
    write_text(path, "\n".join(lines) + "\n")


def _joint(
    skeleton: Skeleton, bone: int, depth: int, scale: float, table: dict[str, str], lines: list[str], order: list[int]
) -> None:
    indent = "\t" * depth
    name = table.get(skeleton.names[bone], skeleton.names[bone])
    lines.append(f"{indent}{'ROOT' if depth == 0 else 'JOINT'} {name}")
    lines.append(indent + "{")
    offset = np.zeros(3) if depth == 0 else skeleton.offsets[bone] * scale
    lines.append(f"{indent}\tOFFSET {offset[0]:.5f} {offset[1]:.5f} {offset[2]:.5f}")
    position = "6 Xposition Yposition Zposition " if depth == 0 else "3 "
    lines.append(f"{indent}\tCHANNELS {position}{CHANNELS}")
    order.append(bone)
    children = np.flatnonzero(skeleton.parents == bone)
    for child in children:
        _joint(skeleton, int(child), depth + 1, scale, table, lines, order)
    if len(children) == 0:
        end = (skeleton.tips[bone] - skeleton.rest[bone]) * scale
        lines += [
            f"{indent}\tEnd Site",
            f"{indent}\t{{",
            f"{indent}\t\tOFFSET {end[0]:.5f} {end[1]:.5f} {end[2]:.5f}",
            f"{indent}\t}}",
        ]
    lines.append(indent + "}")
