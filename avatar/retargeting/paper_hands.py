"""Hands as the paper turns them (Sec. 5 "Hands/Fingers"): from the picture alone, whatever the instrument asks for.

The palm follows the order of two finger roots, each finger the angle at which the picture shows it. The project's own
hands are where bow, neck and keys need them; ``RetargetSettings(hands="paper")`` chooses these. Wrists stay where
the arms bring them. Hands of which a frame does not show all points are the project's own in that frame.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from audio_to_body.avatar.retargeting.arms import forward_offset
from audio_to_body.avatar.retargeting.calibration import Calibration
from audio_to_body.avatar.retargeting.fingers import CURVED
from audio_to_body.avatar.retargeting.hands import SIDE_COUNT, palm_directions
from audio_to_body.avatar.retargeting.playing import Played, SeenPoints
from audio_to_body.geometry.vector_arrays import einsum, unit

INDEX, LITTLE = 1, 4  # fingers, thumb first


def palm_side_up(index_root: np.ndarray, little_root: np.ndarray, side: int) -> np.ndarray:
    """Sec. 5 "Hands": whether the palm faces up, from the order of the index and little finger's roots.

    "If on the right hand the pointer joint is to stage left of the pinkie joint, then the hand must be rotated with
    the palm facing up". That is so of human hands if stage left means the picture's left, and so it is read.

    Parameters
    ----------
    index_root, little_root : np.ndarray [..., 2]
        Picture's right and up.
    side : int
        0 left, 1 right.

    Returns
    -------
    np.ndarray, bool [...]
        True where the palm faces up.
    """
    index_is_right = index_root[..., 0] > little_root[..., 0]
    # palms down, a right hand's thumb points to the performer's left: the picture's right
    return ~index_is_right if side == 1 else index_is_right


def finger_angles(roots: np.ndarray, tips: np.ndarray) -> np.ndarray:
    """Sec. 5 "for each finger, the angle between the reference point and root": direction of each tip from its root.

    Parameters
    ----------
    roots, tips : np.ndarray [..., 2]
        Picture's right and up.

    Returns
    -------
    np.ndarray [...]
        Radians from the picture's right, counter-clockwise.
    """
    offset = tips - roots
    return np.arctan2(offset[..., 1], offset[..., 0])


class PaperHands:
    """Turns palms and fingers by the picture.

    Parameters
    ----------
    seen : SeenPoints
    calibration : Calibration
    bases, lengths : np.ndarray [2, 5, 3]
        Of the rig's fingers: :class:`audio_to_body.avatar.retargeting.fingers.Fingers`.
    """

    def __init__(self, seen: SeenPoints, calibration: Calibration, bases: np.ndarray, lengths: np.ndarray):
        self._seen, self._axes, self._bases = seen, calibration.axes, bases
        self._reach = CURVED * lengths.sum(axis=2)

    def turned(self, played: Played, plane: np.ndarray) -> Played:
        """Hands where the instrument puts them, their palms and fingers as the picture shows them.

        Parameters
        ----------
        played : Played
        plane : np.ndarray [frames, points, 2]
            Metres in the picture's plane, NaN where unknown.
        """
        palms, tips, touching = played.palms.copy(), played.tips.copy(), played.touching.copy()
        for side in range(SIDE_COUNT):
            wrist = self._seen.hand(plane, side, "wrist")
            roots, ends = self._seen.fingers(plane, side, 1), self._seen.fingers(plane, side, 4)
            shown = np.isfinite(wrist).all(axis=1) & np.isfinite(roots + ends).all(axis=(1, 2))
            if not shown.any():
                continue
            palm = self._palm(wrist[shown], roots[shown], side)
            angle = finger_angles(roots[shown], ends[shown])
            flat = np.stack([np.cos(angle), np.sin(angle)], axis=-1) @ self._axes[:2]
            at = played.wrists[shown, side][:, None] + einsum("fij,nj->fni", palm, self._bases[side])
            palms[shown, side], touching[shown, side] = palm, False
            tips[shown, side] = at + self._reach[side][:, None] * flat
        return replace(played, palms=palms, tips=tips, touching=touching)

    def _palm(self, wrist: np.ndarray, roots: np.ndarray, side: int) -> np.ndarray:
        """Palm directions: as far out of the picture as the palm looks short, its back as the roots' order says."""
        knuckles = 0.5 * (roots[:, INDEX] + roots[:, LITTLE]) - wrist
        longest = float(self._bases[side, [INDEX, LITTLE], 0].mean())
        apparent = np.hypot(knuckles[:, 0], knuckles[:, 1])
        towards = forward_offset(apparent, longest)
        flat = knuckles * np.minimum(1.0, longest / np.maximum(apparent, 1e-9))[:, None]
        forward = unit(flat @ self._axes[:2] + towards[:, None] * self._axes[2])
        up = palm_side_up(roots[:, INDEX], roots[:, LITTLE], side)
        aside = np.where(up, -1.0, 1.0) * (1.0 if side == 1 else -1.0)  # in the picture, from little to index finger
        across = roots[:, INDEX] - roots[:, LITTLE]
        across = np.stack([aside * np.maximum(np.abs(across[:, 0]), 1e-3), across[:, 1]], axis=1)
        return palm_directions(forward, across @ self._axes[:2], side)
