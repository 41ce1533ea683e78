"""How a picture lies in the room: pixels to lines of sight and back."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from audio_to_body.avatar.bones import Skeleton
from audio_to_body.geometry.quaternion_arrays import matrices_of_angles
from audio_to_body.geometry.vector_arrays import einsum


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
