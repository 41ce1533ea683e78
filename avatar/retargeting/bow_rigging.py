"""The bow in the right hand and on the violin's strings (paper Sec. 5)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from audio_to_body.avatar.retargeting.fingers import BASES
from audio_to_body.avatar.retargeting.hands import palm_directions
from audio_to_body.avatar.retargeting.violin_rigging import ViolinAxes
from audio_to_body.avatar.violin_model import NUT, bowed_points, string_point
from audio_to_body.geometry.vector_arrays import clamp, einsum, length, stacked, unit
from audio_to_body.musician.bowing import BOW_LENGTH
from audio_to_body.musician.violin_bow import GRIP_ALONG, GRIP_OVER
from audio_to_body.musician.violin_playing import STRING_TILT

FROG_RANGE = (0.004, BOW_LENGTH - 0.012)  # m of hair between frog and string
TILT_SLACK = np.radians(14.0)  # beyond the outer strings the hand still holds a bow on the string
LIFT = 0.055  # m of the hair above the strings when the bow is off
AT_REST = 0.5  # lift from which the bow is not about to play
ASIDE = np.radians(20.0)  # by which it then stands steeper, away from the violin
CHANGE_SHARPNESS = 3.0  # how decidedly the bow is on one string when the motion does not name it


@dataclass(frozen=True)
class Bow:
    """The bow over time.

    Attributes
    ----------
    frog : np.ndarray [frames, 3]
        Frog's end of the hair.
    hair : np.ndarray [frames, 3]
        Unit vectors from the tip to the frog.
    contact : np.ndarray [frames, 3]
        The string's point under the hair.
    string : np.ndarray [frames]
        0 G to 3 E, fractional while it crosses.
    lift : np.ndarray [frames]
        0 on the string to 1 off it.
    over : np.ndarray [frames, 3]
        Unit vectors from the hair to the stick.
    """

    frog: np.ndarray
    hair: np.ndarray
    contact: np.ndarray
    string: np.ndarray
    lift: np.ndarray
    over: np.ndarray

    @property
    def grip(self) -> np.ndarray:
        """The thumb's place on the stick."""
        return self.frog + GRIP_ALONG * self.hair + GRIP_OVER * self.over


def string_from_tilt(tilt: np.ndarray) -> np.ndarray:
    """The string that a bow of this angle plays, fractional near a change: decided, as players are."""
    raw = np.interp(-tilt, -STRING_TILT, np.arange(4))
    nearest = np.round(raw)
    rest = raw - nearest
    return nearest + 0.5 * np.sign(rest) * (2 * np.abs(rest)) ** CHANGE_SHARPNESS


def _bow_directions(axes: ViolinAxes, angle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The hair, and from it to the stick, at angles (rad) across the strings."""
    cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]
    return cosine * axes.right + sine * axes.normal, cosine * axes.normal - sine * axes.right


ON_STRING, NEAR = 0.002, 0.006  # m off a string at which the hair is meant to be on it, and not to be on it


def hair_off_strings(
    button: np.ndarray, body: np.ndarray, frog: np.ndarray, to_tip: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How far the hair of a bow whose place is known misses the string that it plays, and where along it that is.

    Parameters
    ----------
    button : np.ndarray [frames, 3]
    body : np.ndarray [frames, 3, 3]
        Columns: the violin's directions in the room.
    frog : np.ndarray [frames, 3]
    to_tip : np.ndarray [frames, 3]
        Unit vectors along the hair.

    Returns
    -------
    off : np.ndarray [frames]
        Metres above (or below) the nearest string, less and less of it from :data:`ON_STRING` on, and 0 for a bow
        farther than :data:`NEAR` from all of them.
    on_string : np.ndarray, bool [frames]
        Whether it is meant to be on the string.
    along : np.ndarray [frames]
        Metres from the frog to where the hair passes that string.
    """
    bowed, nut = string_ends()
    start = einsum("fij,fi->fj", body, frog - button)
    way = einsum("fij,fi->fj", body, to_tip)
    slope, rise = ((nut - bowed)[:, i] / (nut - bowed)[:, 0] for i in (2, 1))
    # seen from above, hair and string cross at one place each
    steep = way[:, 2:] - slope * way[:, :1]
    steep = np.where(np.abs(steep) < 0.1, np.where(steep < 0, -0.1, 0.1), steep)
    along = (bowed[:, 2] + slope * (start[:, :1] - bowed[:, 0]) - start[:, 2:]) / steep
    place = start[:, :1] + along * way[:, :1]
    above = start[:, 1:2] + along * way[:, 1:2] - bowed[:, 1] - rise * (place - bowed[:, 0])
    crossing = (along > 0) & (along < BOW_LENGTH) & (place > 0) & (place < NUT)
    above = np.where(crossing, above, np.inf)
    which = np.argmin(above, axis=1)  # the lowest: the others are over which the hair passes
    rows_ = np.arange(len(above))
    lowest, along = above[rows_, which], along[rows_, which]
    share = clamp((NEAR - np.abs(lowest)) / (NEAR - ON_STRING), 0.0, 1.0)
    return np.where(share > 0, lowest, 0.0) * share, np.abs(lowest) < ON_STRING, along


@lru_cache(maxsize=1)
def string_ends() -> tuple[np.ndarray, np.ndarray]:
    """Where each string is bowed, and where it ends at the nut, in the violin's directions ``[4, 3]``."""
    return bowed_points(), np.stack([string_point(NUT, string) for string in range(4)])


def bow_look_at(
    axes: ViolinAxes, distance: np.ndarray, tilt: np.ndarray, string: np.ndarray, lift: np.ndarray
) -> Bow:
    """Sec. 5: bow constrained to the right hand, "the rotation uses a lookat constraint attached to the bridge".

    The hair passes exactly through the string's own point; lifted it points above it, towards where the hand is, and
    at rest past the violin.

    Parameters
    ----------
    axes : ViolinAxes
    distance, tilt : np.ndarray [frames]
        The hand in the bow's plane (:func:`hand_in_bow_plane`).
    string : np.ndarray [frames]
    lift : np.ndarray [frames]
    """
    points = bowed_points()
    low = clamp(np.floor(string).astype(int), 0, 2)
    share = clamp(string - low, 0, 1)[:, None]
    local = points[low] * (1 - share) + points[low + 1] * share
    on_string = axes.at(local)
    angle = np.interp(string, np.arange(4), STRING_TILT)
    angle = angle * (1 - lift) + clamp(tilt, np.radians(-55), np.radians(50)) * lift
    hair, over = _bow_directions(axes, angle)
    reach = clamp(distance - GRIP_ALONG, *FROG_RANGE)
    frog = on_string + (LIFT * lift)[:, None] * axes.normal + reach[:, None] * hair
    # at rest the bow stands beside the violin, not over its strings: turned in the hand that holds it
    rest = clamp((lift - AT_REST) / (1 - AT_REST), 0.0, 1.0)
    grip = frog + GRIP_ALONG * hair + GRIP_OVER * over
    hair, over = _bow_directions(axes, angle - ASIDE * rest * rest * (3 - 2 * rest))
    frog = grip - GRIP_ALONG * hair - GRIP_OVER * over
    return Bow(frog, hair, on_string, string, lift, over)


def bow_hand(bow: Bow, axes: ViolinAxes) -> tuple[np.ndarray, np.ndarray]:
    """The right hand on the frog: wrist ``[frames, 3]`` and palm directions ``[frames, 3, 3]``.

    The hand hangs over the stick, the wrist high at the frog and flat at the tip.
    """
    share = clamp(length(bow.frog - bow.contact) / BOW_LENGTH, 0, 1)
    dip = 0.62 - 0.42 * share
    forward = unit(axes.along * 0.75 - bow.hair * 0.30 - dip[:, None] * bow.over)
    palm = palm_directions(forward, -bow.hair, 1)
    middle = einsum("fij,j->fi", palm, BASES[2])
    return bow.grip + 0.030 * bow.over - 0.012 * forward - middle, palm


def bow_hold(bow: Bow, palm: np.ndarray) -> np.ndarray:
    """Where the right fingertips lie on the stick and frog, ``[frames, 5, 3]`` thumb first."""
    grip = bow.grip
    places = ((-0.010, -0.016), (-0.046, -0.002), (-0.016, -0.013), (0.008, -0.012), (0.032, 0.006))
    forward = palm[:, :, 0]
    return stacked([grip + a * bow.hair + b * bow.over + 0.010 * forward for a, b in places], axis=1)
