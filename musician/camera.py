"""A camera that sees the musician: joints in metres become pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.geometry.quaternion_arrays import matrices_of_angles
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.layouts import Layout

FRAME_SIZE = (640, 480)  # px, width and height
# Degrees. The paper chose its videos by view (Sec. 3.1) and models what is left between them as scale, rotation and
# translation in the plane (Eq. 1), which alignment undoes. A wide range of views would not be undone, and every error
# in the tables would tell how well a net guesses where the camera stood: at 25 degrees to either side, the mean pose
# of one recital lay 60 px from another's, twice what the music moves.
ROLL = 2.0  # standard deviation


@dataclass(frozen=True)
class Camera:
    """A pinhole camera.

    Attributes
    ----------
    rotation : np.ndarray [3, 3]
        Room to camera: x to the picture's right, y up, z towards the camera.
    centre : np.ndarray [3]
        The room's point at which it looks, metres.
    distance : float
        Metres from that point.
    focal : float
        Pixels.
    middle : np.ndarray [2]
        Where that point appears in the picture, pixels.
    """

    rotation: np.ndarray
    centre: np.ndarray
    distance: float
    focal: float
    middle: np.ndarray

    def seen(self, joints: np.ndarray) -> np.ndarray:
        """Joints in the camera's directions, metres from the point it looks at, ``[..., 3]``."""
        return (joints - self.centre) @ self.rotation.T

    def project(self, joints: np.ndarray) -> np.ndarray:
        """Pixels of joints ``[..., 3]``, x right and y down, ``[..., 2]``."""
        local = self.seen(joints)
        depth = np.maximum(self.distance - local[..., 2], 0.1)
        return self.middle + np.array([self.focal, -self.focal]) * local[..., :2] / depth[..., None]


def draw_camera(rng: np.random.Generator, joints: np.ndarray, layout: Layout, instrument: str) -> Camera:
    """Place a camera so that the musician fills the picture as in recital videos.

    The violinist is seen from the front. The pianist is seen from above the far edge
    of the piano: the keyboard then runs across the picture, so that the hands' travel is seen at full length, how
    far they reach into the keys shows as height, and shoulders and face stay visible; from the side (the usual
    concert view) the far hand is hidden and travel is foreshortened.

    Parameters
    ----------
    rng : np.random.Generator
    joints : np.ndarray [frames, points, 3]
        The musician in the room.
    layout : Layout
    instrument : str
    """
    centre = joints[:, list(layout.body)].mean(axis=(0, 1))
    stands = instrument_named(instrument).filmed_from
    centre = centre + np.array(stands.shift)
    yaw, pitch = np.radians(rng.uniform(*stands.yaw)), np.radians(rng.uniform(*stands.pitch))
    rotation = matrices_of_angles(
        np.array(0.0), np.array(pitch), np.array(np.radians(rng.normal(0, ROLL)))
    ) @ matrices_of_angles(np.array(-yaw), np.array(0.0), np.array(0.0))
    distance = float(rng.uniform(2.4, 4.5))
    camera = Camera(rotation, centre, distance, 1000.0, np.array([FRAME_SIZE[0] / 2, FRAME_SIZE[1] / 2]))
    pixels = camera.project(joints[:: max(1, len(joints) // 200)])
    width = np.linalg.norm(
        pixels[:, layout.index("left_shoulder")] - pixels[:, layout.index("right_shoulder")], axis=-1
    ).mean()
    focal = 1000.0 * float(rng.uniform(120, 150)) / float(width)
    spread = np.array([pixels.min(axis=(0, 1)), pixels.max(axis=(0, 1))]) - camera.middle
    room = 0.96 * np.array(FRAME_SIZE) / np.ptp(spread, axis=0) * 1000.0
    focal = min(focal, float(room.min()))  # everything stays inside the picture
    middle = np.array(FRAME_SIZE) / 2 - spread.mean(axis=0) * focal / 1000.0
    slack = np.maximum((np.array(FRAME_SIZE) * 0.97 - np.ptp(spread, axis=0) * focal / 1000.0) / 2, 0.0)
    middle = middle + np.clip(rng.normal(0, 12.0, 2), -slack, slack)
    return Camera(rotation, centre, distance, focal, middle)
