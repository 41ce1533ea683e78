"""Fingers: three joint angles each that bring the tips to their targets, within what human fingers do.

A finger has its own directions at rest: along it, to the side it is raised to, and its hinge (across both). Its root
joint flexes about the hinge and spreads about the raised direction turned with it, in this order, so that no place a
tip can be aimed at makes the finger spin about itself: the hinge stays across the hand.
"""

from __future__ import annotations

import numpy as np

from audio_to_body.avatar.bones import (
    FINGER_BONES,
    FINGER_DIRECTIONS,
    FINGER_ROOTS,
    SIDES,
    Skeleton,
    finger_bones,
    mannequin_skeleton,
)
from audio_to_body.avatar.retargeting.hands import REST_PALMS, SIDE_COUNT
from audio_to_body.geometry.quaternion_arrays import multiply
from audio_to_body.geometry.vector_arrays import across, clamp, cross, einsum, length, unit
from audio_to_body.musician.kinematics import END_SHARE

BASES = np.array(FINGER_ROOTS)  # [finger, palm direction] m, of the project's own hand
CURVED = 0.8  # of its length that a curved finger reaches
LARGEST_BEND = 1.92  # rad, middle joint: 110 degrees
# radians of the root joint, thumb first: lowest and highest flexion (raised is positive), spread to either side
LOWEST = np.radians([-50.0, -86.0, -86.0, -86.0, -86.0])
HIGHEST = np.radians([72.0, 35.0, 35.0, 35.0, 35.0])
LARGEST_SPREAD = np.radians([50.0, 30.0, 24.0, 32.0, 42.0])
YIELDING = 3  # steps in which a wrist goes where its fingers lack
FARTHEST = 0.02  # m that it goes: what lies farther is out of reach
REACHED = 3e-3  # m, of all five together: what lacks less hardly moves the wrist
_WIDEST = np.tan(LARGEST_SPREAD)
_CUT = np.pi + 0.5 * (LOWEST + HIGHEST)  # a flexed finger may aim past the vertical; the cut lies opposite its range
_GRID = 96
_HAND, _FINGER = np.arange(SIDE_COUNT)[:, None], np.arange(5)


def reach_table(lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per finger: bend for evenly spaced reaches ``[..., grid]``, shortest and longest reach ``[...]``.

    Parameters
    ----------
    lengths : np.ndarray [..., 3]
        Of a finger's bones, metres.
    """
    bend = np.linspace(0.0, LARGEST_BEND, 600)
    flat = lengths.reshape(-1, 3)
    tables, ends = np.empty((len(flat), _GRID)), np.empty((len(flat), 2))
    for i, bones in enumerate(flat):
        reach = np.hypot(*bent_chain(bones, bend))
        turn = int(np.argmin(reach))  # beyond it the tip comes out again on the other side
        reach, bends = reach[: turn + 1][::-1], bend[: turn + 1][::-1]
        tables[i] = np.interp(np.linspace(reach[0], reach[-1], _GRID), reach, bends)
        ends[i] = reach[0], reach[-1]
    shape = lengths.shape[:-1]
    return tables.reshape(*shape, _GRID), ends[:, 0].reshape(shape), ends[:, 1].reshape(shape)


def bent_chain(lengths: np.ndarray, bend: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A bent finger's tip along its first bone and below it, metres; ``lengths`` ``[..., 3]``, ``bend`` radians."""
    end = (1 + END_SHARE) * bend
    a, b, c = lengths[..., 0], lengths[..., 1], lengths[..., 2]
    return a + b * np.cos(bend) + c * np.cos(end), b * np.sin(bend) + c * np.sin(end)


def rest_frames(thumb_back: np.ndarray) -> np.ndarray:
    """Each finger's own directions at rest, in palm directions ``[2, 5, xyz, (along, raised, hinge)]``.

    Parameters
    ----------
    thumb_back : np.ndarray [2, 3]
        To which side the thumbs' joints bend out, in palm directions.
    """
    along = np.broadcast_to(unit(FINGER_DIRECTIONS), (SIDE_COUNT, 5, 3))
    back = np.broadcast_to(np.array([0.0, 0.0, 1.0]), along.shape).copy()
    back[:, 0] = thumb_back
    raised = across(back, along)
    return np.stack([along, raised, cross(along, raised)], axis=-1)


class Fingers:
    """Both hands' fingers of a rig.

    Parameters
    ----------
    skeleton : Skeleton
        In the T pose, its fingers along the project's own rest directions.
    thumb_back : np.ndarray [2, 3]
        As :func:`rest_frames`.

    Attributes
    ----------
    bases : np.ndarray [2, 5, 3]
        Root joints from the wrist in palm directions, metres.
    lengths : np.ndarray [2, 5, 3]
        Of the bones, metres.
    """

    def __init__(self, skeleton: Skeleton, thumb_back: np.ndarray):
        self.frames = rest_frames(thumb_back)
        self.bases, self.lengths = np.empty((SIDE_COUNT, 5, 3)), np.empty((SIDE_COUNT, 5, 3))
        offsets = skeleton.offsets
        for hand, side in enumerate(SIDES):
            for finger in range(5):
                first, second, third = (skeleton.index(name) for name in finger_bones(side, finger))
                self.bases[hand, finger] = REST_PALMS[hand].T @ offsets[first]
                bones = (offsets[second], offsets[third], skeleton.tips[third] - skeleton.rest[third])
                self.lengths[hand, finger] = [np.linalg.norm(bone) for bone in bones]
        self.bends, self.shortest, self.longest = reach_table(self.lengths)
        own = REST_PALMS[:, None] @ self.frames
        # a right hand's palm directions are left-handed: rotations turn the other way
        sign = np.linalg.det(REST_PALMS)[:, None, None]
        self.raised, self.hinge = sign * own[..., 1], sign * own[..., 2]

    def aside(self, scale: float = 1.0) -> np.ndarray:
        """How far wrists of these hands are from the performer's, so that fingers come to the same places.

        Parameters
        ----------
        scale : float
            Of the performer's hands relative to the project's own.

        Returns
        -------
        np.ndarray [2, 3]
            Palm directions, metres: the knuckles stay where they are, but for what curved fingers are shorter.
        """
        moved = (scale * BASES - self.bases)[:, 1:].mean(axis=1)
        shorter = scale * np.array(FINGER_BONES)[1:].sum(axis=1) - self.lengths[:, 1:].sum(axis=2)
        moved[:, 0] += CURVED * shorter.mean(axis=1)
        return moved

    def joints(self, tips: np.ndarray) -> np.ndarray:
        """Angles that bring the tips to targets.

        Parameters
        ----------
        tips : np.ndarray [frames, 2, 5, 3]
            Targets from the wrist in palm directions, metres, thumb first.

        Returns
        -------
        np.ndarray [frames, 2, 5, 3]
            Radians: flexion of the root joint (raised is positive), its spread (towards the hinge), bend of the
            middle joint.
        """
        own = einsum("fhni,hnij->fhnj", tips - self.bases, self.frames)
        # a target farther aside than the finger spreads is reached for at its height, not through what lies under it
        most = _WIDEST * np.hypot(own[..., 0], own[..., 1])
        own[..., 2] = clamp(own[..., 2], -most, most)
        wanted = np.maximum(length(own), 1e-9)
        place = clamp((wanted - self.shortest) / (self.longest - self.shortest), 0.0, 1.0) * (_GRID - 1.001)
        low = place.astype(int)
        share = place - low
        bend = self.bends[_HAND, _FINGER, low] * (1 - share) + self.bends[_HAND, _FINGER, low + 1] * share
        # the bent finger's tip hangs below its first bone; spread and flexion lift the whole onto the target
        x, y = bent_chain(self.lengths, bend)
        droop = np.hypot(x, y)
        x, y = x / droop, y / droop
        sine = clamp(own[..., 2] / (wanted * x), -1.0, 1.0)
        spread = clamp(np.arcsin(sine), -LARGEST_SPREAD, LARGEST_SPREAD)
        flexion = np.arctan2(own[..., 1], own[..., 0])
        flexion = np.where(flexion > _CUT, flexion - 2 * np.pi, flexion) + np.arctan2(y, x * np.cos(spread))
        result = np.empty((*bend.shape, 3))
        result[..., 0] = clamp(flexion, LOWEST, HIGHEST)
        result[..., 1] = spread
        result[..., 2] = bend
        return result

    def lacking(self, tips: np.ndarray, led: np.ndarray) -> np.ndarray:
        """How far a wrist must go so that the fingers come to targets they do not reach from where it is.

        Parameters
        ----------
        tips : np.ndarray [frames, 2, 5, 3]
            Targets from the wrist in palm directions, metres.
        led : np.ndarray, bool [2, 5]
            Which fingers the wrists go along with.

        Returns
        -------
        np.ndarray [frames, 2, 3]
            Palm directions, metres: towards those that lack most; what is lacked to both sides stays between them.
        """
        shift = np.zeros((*tips.shape[:2], 3))
        for _ in range(YIELDING):
            aims = tips - shift[:, :, None]
            missed = aims - self.tips(self.joints(aims))
            weights = (length(missed) * led)[..., None]
            shift += (weights * missed).sum(axis=2) / (weights.sum(axis=2) + REACHED)
            shift *= np.minimum(1.0, FARTHEST / np.maximum(length(shift), FARTHEST))[..., None]
        return shift

    def rotations(self, joints: np.ndarray) -> np.ndarray:
        """Local rotations of the finger bones, relative to hand and rest: ``[frames, 2, 5, 3, 4]``."""
        raised, hinge = self.raised, self.hinge
        half = np.empty((*joints.shape[:-1], 4))
        half[..., :3] = joints
        half[..., 2] *= -1.0
        half[..., 3] = END_SHARE * half[..., 2]
        half *= 0.5
        sine, cosine = np.sin(half), np.cos(half)
        result = np.empty((*joints.shape[:-1], 3, 4))
        flexed, spread = np.empty((2, *joints.shape[:-1], 4))
        flexed[..., :3], flexed[..., 3] = sine[..., :1] * hinge, cosine[..., 0]
        spread[..., :3], spread[..., 3] = -sine[..., 1:2] * raised, cosine[..., 1]
        result[..., 0, :] = multiply(flexed, spread)
        result[..., 1:, :3] = sine[..., 2:, None] * hinge[:, :, None]
        result[..., 1:, 3] = cosine[..., 2:]
        return result

    def tips(self, joints: np.ndarray) -> np.ndarray:
        """Where the tips are, from the wrist in palm directions ``[frames, 2, 5, 3]``."""
        flexion, spread, bend = joints[..., 0], joints[..., 1], joints[..., 2]
        x, y = bent_chain(self.lengths, bend)
        along, out = x * np.cos(spread), -y
        own = np.stack(
            [
                along * np.cos(flexion) - out * np.sin(flexion),
                along * np.sin(flexion) + out * np.cos(flexion),
                x * np.sin(spread),
            ],
            axis=-1,
        )
        return self.bases + einsum("fhnj,hnij->fhni", own, self.frames)


RELAXED = np.array(
    [[-0.10, 0.0, 0.25], [-0.35, 0.0, 0.55], [-0.40, 0.0, 0.60], [-0.40, 0.0, 0.60], [-0.35, 0.0, 0.55]]
)


def relaxed_tips() -> np.ndarray:
    """Tips of a relaxed, slightly curved hand, from the wrist in palm directions ``[5, 3]``."""
    own = Fingers(mannequin_skeleton(), np.tile([0.0, 0.0, 1.0], (SIDE_COUNT, 1)))
    return own.tips(np.broadcast_to(RELAXED, (1, SIDE_COUNT, 5, 3)))[0, 0]
