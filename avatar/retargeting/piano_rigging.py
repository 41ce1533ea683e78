"""Hands at the keyboard (Sec. 5: depth from the wrists' x, root rotation to the piano's angle), and the keys."""

from __future__ import annotations

import numpy as np

from audio_to_body.avatar.retargeting.fingers import relaxed_tips
from audio_to_body.avatar.retargeting.placement import LineFit
from audio_to_body.avatar.retargeting.settings import RetargetSettings
from audio_to_body.geometry.vector_arrays import clamp, einsum, unit
from audio_to_body.musician.pianist import HOVER
from audio_to_body.musician.piano_keys import (
    BLACK_RAISE,
    BLACK_START,
    KEY_DIP,
    KEY_FALL,
    KEY_HEIGHT,
    KEY_RISE,
    LOWEST,
    WHITE_KEY,
    is_black,
    key_place,
)
from audio_to_body.skeleton.layouts import Layout
from audio_to_body.skeleton.room import KEYS

WRIST_HEIGHT = 0.060  # m of the wrists above the keys; their depth follows from it
KNUCKLE_HEIGHT = 0.060  # m of the fingers' roots above the keys
WRIST_DEPTH = (-0.16, -0.005)  # m of the wrists before the keys' front edge
WRIST_BEFORE = -0.105  # m: where nothing tells their depth, wrists are this far before the keys' front edge,
TIP_ARC = np.array([0.020, 0.046, 0.056, 0.050, 0.032])  # and tips, thumb first, this far into the keys
TIP_DEPTH = (0.012, 0.135)  # m of fingertips into the keys
DIP_ANGLE = np.radians(9.3)  # rad by which the palm falls towards the knuckles (wrist to middle finger's root)
PALM_LENGTH = 0.0905  # m, wrist to the middle finger's root
_PLACES = -key_place(np.arange(LOWEST, LOWEST + KEYS))  # x of the keys' middles in the room
RELAXED = relaxed_tips()
_BLACK = is_black(np.arange(LOWEST, LOWEST + KEYS))


def piano_angle(points: np.ndarray, layout: Layout, calibration, settings: RetargetSettings) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    """Sec. 5 "we apply root rotation offset to match pose angle of piano": the camera's yaw and pitch, radians.

    Pitch: a level palm of known length looks as long as the sine of the camera's pitch. Yaw: the keyboard is level,
    so the line along which the wrists travel in the picture rises with the camera's yaw.
    """
    pitch = None if settings.pitch is None else float(np.radians(settings.pitch))
    yaw = None if settings.yaw is None else float(np.radians(settings.yaw))
    wrists, middles = [], []
    for side in ("left", "right"):
        wrists.append(calibration.metres(points[:, layout.index(f"{side}_hand_wrist")]))
        middles.append(calibration.metres(points[:, layout.index(f"{side}_hand_middle_1")]))
    nearer = 1.0 - 0.3 / calibration.distance  # hands are about 0.3 m nearer to the camera than the shoulders
    if pitch is None:
        fall = [-(m - w)[:, 1][np.isfinite((m - w)[:, 1])] for w, m in zip(wrists, middles)]
        values = np.concatenate(fall)
        share = float(np.median(values)) * nearer / PALM_LENGTH if len(values) else 0.65
        pitch = float(np.clip(np.arcsin(np.clip(share, -1, 1)) - DIP_ANGLE, 0.0, np.radians(75.0)))
    if yaw is None:
        both = np.concatenate(wrists)
        both = both[np.isfinite(both).all(axis=1)]
        yaw = 0.0
        if len(both) > 2 and np.ptp(both[:, 0]) > 0.1 and np.sin(pitch) > 0.2:
            slope = float(np.polyfit(both[:, 0], both[:, 1], 1)[0])
            yaw = float(clamp(-np.arctan(slope / np.sin(pitch)), -np.radians(40), np.radians(40)))
    return yaw, pitch


def wrist_depth(wrist: np.ndarray, calibration) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Sec. 5: "z depth for the piano is calculated off of the wrists x position".

    The paper's camera stands at an angle to the keyboard, so a wrist farther to one side is nearer. In general: a
    wrist is at a known height above the keys, and its line of sight meets that height at one depth, linear in x.

    Parameters
    ----------
    wrist : np.ndarray [frames, 2]
        Metres in the picture's plane.

    Returns
    -------
    np.ndarray [frames, 3]
        In the room.
    """
    level = np.array([0.0, KEY_HEIGHT + WRIST_HEIGHT, 0.0])
    if abs(calibration.axes[2, 1]) > 0.3:
        place = calibration.on_plane(wrist, level, np.array([0.0, 1.0, 0.0]))
    else:  # seen from about the keyboard's own height: height says nothing, the keys' front edge does
        edge = np.array([0.0, 0.0, WRIST_BEFORE])
        place = calibration.on_plane(wrist, edge, np.array([0.0, 0.0, 1.0]))
        place[..., 1] = KEY_HEIGHT + WRIST_HEIGHT
    place[..., 2] = clamp(place[..., 2], *WRIST_DEPTH)
    return place


def palm_at_keys(wrist: np.ndarray, index_root: np.ndarray, little_root: np.ndarray) -> np.ndarray:
    """Direction of a level palm over the keys towards its knuckles, from room points ``[frames, 3]``."""
    forward = 0.5 * (index_root + little_root) - wrist
    # a hand at the keyboard points into it, give or take 40 degrees
    side = clamp(np.arctan2(forward[:, 0], np.maximum(forward[:, 2], 1e-3)), -0.7, 0.7)
    return unit(np.stack([np.sin(side), np.full(len(side), -0.16), np.cos(side)], axis=1))


def tips_over_keys(tips: np.ndarray, calibration) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Fingertips ``[frames, n, 2]`` (picture's plane, metres) on the level just above the keys, in the room."""
    level = np.array([0.0, KEY_HEIGHT + HOVER * 0.6, 0.0])
    if abs(calibration.axes[2, 1]) > 0.3:
        place = calibration.on_plane(tips, level, np.array([0.0, 1.0, 0.0]))
    else:
        depth = TIP_ARC if tips.ndim == 3 else TIP_ARC[2:3]
        arc = np.zeros((len(depth), 3))
        arc[:, 2] = depth
        place = calibration.on_plane(tips, arc, np.array([0.0, 0.0, 1.0]))
    place[..., 2] = clamp(place[..., 2], *TIP_DEPTH)
    place[..., 1] = key_surface(place)
    return place


def key_under(place: np.ndarray) -> np.ndarray:
    """Index (0 = A0) of the key under room points ``[..., 3]``: black keys only behind their front."""
    x = place[..., 0]
    nearest = np.abs(x[..., None] - _PLACES)
    on_black = (place[..., 2] > BLACK_START)[..., None]
    nearest = np.where(_BLACK & ~on_black, np.inf, nearest)
    # where both are near, a black key counts only when the tip is really on it
    nearest = np.where(_BLACK & (nearest > 0.007), np.inf, nearest)
    return np.argmin(nearest, axis=-1)


def key_surface(place: np.ndarray) -> np.ndarray:
    """Height of the key surface under room points ``[..., 3]``, metres."""
    return KEY_HEIGHT + np.where(_BLACK[key_under(place)], BLACK_RAISE, 0.0)


STRIKE_SPEED = 0.060  # m/s: a fingertip that comes down on a key faster than this in the picture strikes it
HELD_DRIFT = 0.011  # m a tip may travel along the keyboard while it holds a key
RELEASE_SPEED = 0.035  # m/s upwards that lets a key go
LONGEST_HOLD = 1.2  # s


class Strikes:
    """Which fingers strike, from the fingertips' own movement; state is kept from call to call.

    Where a motion carries no notes, a tip strikes when it has come down, relative to its finger's root, and stops.

    Parameters
    ----------
    fps : float
    """

    def __init__(self, fps: float):
        self.fps = fps
        self._last: np.ndarray | None = None
        self._falling = np.zeros(10)
        self._held = np.full(10, -1)
        self._since = np.zeros(10)
        self._depth = np.zeros(KEYS)

    def step(self, height: np.ndarray, place: np.ndarray) -> np.ndarray:
        """One frame.

        Parameters
        ----------
        height : np.ndarray [10]
            Tips relative to their roots along the picture's up, metres.
        place : np.ndarray [10, 3]
            Tips over the keys.

        Returns
        -------
        np.ndarray, int64 [10]
            The key that each finger holds down, -1 for none.
        """
        if self._last is None:
            self._last = height
        speed = (height - self._last) * self.fps
        self._last = height
        under = key_under(place)
        struck = (self._falling < -STRIKE_SPEED) & (speed > 0.5 * self._falling)
        self._falling = np.where(np.isfinite(speed), speed, 0.0)
        drift = np.abs(_PLACES[np.maximum(self._held, 0)] - place[:, 0])
        self._since += 1.0 / self.fps
        free = (speed > RELEASE_SPEED) | (drift > HELD_DRIFT + WHITE_KEY / 2) | (self._since > LONGEST_HOLD)
        self._held = np.where((self._held >= 0) & free, -1, self._held)
        self._held = np.where(struck, under, self._held)
        self._since = np.where(struck, 0.0, self._since)
        return self._held

    def keys(self, held: np.ndarray) -> np.ndarray:
        """How far each key is down after this frame, metres ``[88]``."""
        wanted = np.zeros(KEYS)
        wanted[held[held >= 0]] = KEY_DIP
        down, up = KEY_DIP / (KEY_FALL * self.fps), KEY_DIP / (KEY_RISE * self.fps)
        self._depth = self._depth + clamp(wanted - self._depth, -up, down)
        return self._depth


def keyboard_fit() -> LineFit:
    """Nothing learnt yet of where the keyboard lies along the hands' way."""
    return LineFit(0.0, 0.3, FIT_FARTHEST, FIT_LARGEST_SCALE)


FIT_FARTHEST = 0.15  # m; more is a wrong finger
FIT_LARGEST_SCALE = 0.15


def places_held(held: np.ndarray) -> np.ndarray:
    """Where along the keyboard the keys lie that fingers hold ``[...]``, metres; NaN for -1."""
    return np.where(held >= 0, _PLACES[np.maximum(held, 0)], np.nan)


ASIDE = 0.035  # m that a fingertip goes to either side of where a relaxed hand has it
LET_GO = 0.055  # m: a key farther aside than this no finger holds
LARGEST_SHIFT = 0.09  # m of a hand


def hand_shift(held: np.ndarray, wrists: np.ndarray, palms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far hands have to move along the keyboard for their fingers to reach the keys they hold.

    Parameters
    ----------
    held : np.ndarray, int64 [frames, 2, 5]
        The key each finger holds, -1 for none.
    wrists : np.ndarray [frames, 2, 3]
    palms : np.ndarray [frames, 2, 3, 3]

    Returns
    -------
    shift : np.ndarray [frames, 2]
        Metres.
    far : np.ndarray, bool [frames, 2, 5]
        Fingers whose key stays out of reach all the same.
    """
    relaxed = wrists[..., :1] + einsum("fhj,nj->fhn", palms[:, :, 0], RELAXED)
    way = places_held(held) - relaxed
    way[held < 0] = 0.0
    beyond = way - clamp(way, -ASIDE, ASIDE)
    count = np.maximum((held >= 0).sum(axis=2), 1)
    shift = clamp(beyond.sum(axis=2) / count, -LARGEST_SHIFT, LARGEST_SHIFT)
    far = (np.abs(way - shift[..., None]) > LET_GO) & (held >= 0)
    return shift, far


def fingers_on_keys(tips: np.ndarray, depth: np.ndarray, held: np.ndarray | None) -> np.ndarray:
    """Tips ``[frames, 10, 3]`` lowered onto keys that are down: fingertips at the keyboard's height.

    Parameters
    ----------
    tips : np.ndarray [frames, 10, 3]
        Over the keys, at their surface.
    depth : np.ndarray [frames, 88]
        How far keys are down.
    held : np.ndarray [frames, 10] or None
        The key each finger holds; None gives every pressed key to the nearest fingertip.
    """
    result = tips.copy()
    if held is None:
        held = nearest_fingers(tips, depth)
    rows = np.arange(len(tips))[:, None]
    key = np.maximum(held, 0)
    down = np.where(held >= 0, depth[rows, key], 0.0)
    over = np.where(_BLACK[key], BLACK_RAISE, 0.0)
    share = clamp(down / KEY_DIP, 0, 1)
    surface = KEY_HEIGHT + over - down
    hover = HOVER * 0.9
    result[..., 1] = np.where(
        held >= 0, share * surface + (1 - share) * (result[..., 1] + hover), result[..., 1] + hover
    )
    # a holding finger stands on its key: not beside it, and on black keys behind their front
    width = np.where(_BLACK[key], 0.003, 0.006)
    x = clamp(result[..., 0], _PLACES[key] - width, _PLACES[key] + width)
    result[..., 0] = np.where(held >= 0, (1 - share) * result[..., 0] + share * x, result[..., 0])
    z = np.where(_BLACK[key], np.maximum(result[..., 2], BLACK_START + 0.012), result[..., 2])
    result[..., 2] = np.where(held >= 0, (1 - share) * result[..., 2] + share * z, result[..., 2])
    return result


FINGER_WIDTH = 0.030  # m: farther from a pressed key no finger is taken to have struck it


def nearest_fingers(tips: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """The key each finger holds, ``[frames, 10]``, -1 for none: nearest free tips, closest pairs first."""
    held = np.full(tips.shape[:2], -1)
    for frame in np.flatnonzero((depth > 1e-4).any(axis=1)):
        pressed = np.flatnonzero(depth[frame] > 1e-4)
        gap = np.abs(tips[frame, :, 0][:, None] - _PLACES[pressed][None, :])
        while np.isfinite(gap).any():
            finger, which = np.unravel_index(int(np.nanargmin(gap)), gap.shape)
            if gap[finger, which] > FINGER_WIDTH:
                break
            held[frame, finger] = pressed[which]
            gap[finger, :] = np.inf
            gap[:, which] = np.inf
    return held
