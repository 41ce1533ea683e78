"""Chains of bones over time: rotations, two-bone arms, three-bone fingers. All arrays run over frames."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

_BEND = np.linspace(0.0, 2.1, 400)  # rad, flexion of a finger's middle joint; a human's ends near 110 degrees
END_SHARE = 0.66  # the last joint of a finger bends with the middle one (tendon coupling, about two thirds)
LONGEST_REACH = 0.998  # share of its length that an arm stretches to; a straight elbow has no plane


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors ``[..., 3]`` scaled to length 1."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


def across(vectors: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """The unit part of ``vectors`` perpendicular to the unit vectors ``axis``, both ``[..., 3]``."""
    return unit(vectors - np.sum(vectors * axis, axis=-1, keepdims=True) * axis)


def turn(yaw: np.ndarray, pitch: np.ndarray, roll: np.ndarray) -> np.ndarray:
    """Rotation matrices ``[frames, 3, 3]``: roll about z, then pitch about x, then yaw about y; radians."""
    yaw, pitch, roll = np.broadcast_arrays(yaw, pitch, roll)
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    rows = [
        [cy * cr + sy * sp * sr, -cy * sr + sy * sp * cr, sy * cp],
        [cp * sr, cp * cr, -sp],
        [-sy * cr + cy * sp * sr, sy * sr + cy * sp * cr, cy * cp],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def two_bones(
    root: np.ndarray, target: np.ndarray, upper: float, lower: float, pole: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Arm by inverse kinematics: elbow and wrist for a wrist target.

    Parameters
    ----------
    root, target : np.ndarray [frames, 3]
        Shoulder, and where the wrist should be.
    upper, lower : float
        Lengths of the bones, metres.
    pole : np.ndarray [frames, 3]
        Direction to which the elbow points.

    Returns
    -------
    elbow, wrist : np.ndarray [frames, 3]
        The wrist is the target where the arm can reach it, else the nearest point it reaches.
    """
    offset = target - root
    distance = np.linalg.norm(offset, axis=-1, keepdims=True)
    direction = offset / np.maximum(distance, 1e-9)
    distance = np.clip(distance, abs(upper - lower) * 1.05 + 1e-6, (upper + lower) * LONGEST_REACH)
    along = (upper**2 - lower**2 + distance**2) / (2 * distance)
    out = np.sqrt(np.maximum(upper**2 - along**2, 0.0))
    elbow = root + along * direction + out * across(pole, direction)
    return elbow, root + distance * direction


def _planar(lengths: tuple[float, float, float], bend: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A finger in its own plane: joints' places along and out of its straight direction, both ``[bends, 3]``."""
    end = (1 + END_SHARE) * bend
    x1, y1 = np.full_like(bend, lengths[0]), np.zeros_like(bend)
    x2, y2 = x1 + lengths[1] * np.cos(bend), y1 - lengths[1] * np.sin(bend)
    x3, y3 = x2 + lengths[2] * np.cos(end), y2 - lengths[2] * np.sin(end)
    return np.stack([x1, x2, x3], axis=1), np.stack([y1, y2, y3], axis=1)


@lru_cache(maxsize=64)
def _reach(lengths: tuple[float, float, float]) -> np.ndarray:
    """Distance of the tip from the root at each of the tabulated bends; falls as the bend grows."""
    xs, ys = _planar(lengths, _BEND)
    return np.hypot(xs[:, 2], ys[:, 2])


def finger(
    base: np.ndarray, target: np.ndarray, lengths: tuple[float, float, float], dorsal: np.ndarray
) -> np.ndarray:
    """A finger of three bones from its root joint to a target for its tip.

    Parameters
    ----------
    base, target : np.ndarray [frames, 3]
    lengths : (float, float, float)
        Metres, from the root outwards.
    dorsal : np.ndarray [frames, 3]
        Direction of the back of the hand: to that side the finger bends out.

    Returns
    -------
    np.ndarray [frames, 3, 3]
        The two middle joints and the tip; bones keep their lengths, so a target out of reach is only pointed at.
    """
    offset = target - base
    wanted = np.linalg.norm(offset, axis=-1)
    along = offset / np.maximum(wanted, 1e-9)[:, None]
    out = across(dorsal, along)
    bend = np.interp(-wanted, -_reach(lengths), _BEND)
    # the finger at exactly this bend, turned so that its tip lies on the line to the target
    xs, ys = _planar(lengths, bend)
    length = np.maximum(np.hypot(xs[:, 2], ys[:, 2]), 1e-9)
    cosine, sine = xs[:, 2] / length, ys[:, 2] / length
    flat_along = xs * cosine[:, None] + ys * sine[:, None]
    flat_out = -xs * sine[:, None] + ys * cosine[:, None]
    return base[:, None] + flat_along[..., None] * along[:, None] + flat_out[..., None] * out[:, None]


def smooth_noise(rng: np.random.Generator, times: np.ndarray, slowest: float, fastest: float) -> np.ndarray:
    """Slow random movement of standard deviation about 1 at given moments.

    Parameters
    ----------
    rng : np.random.Generator
    times : np.ndarray [n]
        Seconds.
    slowest, fastest : float
        Hz; the band in which it moves.
    """
    frequency = np.exp(rng.uniform(np.log(slowest), np.log(fastest), 7))
    phase = rng.uniform(0, 2 * np.pi, 7)
    return np.sin(2 * np.pi * np.outer(times, frequency) + phase).sum(axis=1) / np.sqrt(3.5)


def smoothstep(share: np.ndarray) -> np.ndarray:
    """0 to 1 with no speed and no acceleration at both ends (minimum jerk)."""
    share = np.clip(share, 0.0, 1.0)
    return share**3 * (10 - 15 * share + 6 * share**2)


def travel(times: np.ndarray, arrive: np.ndarray, depart: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Stay at places and move smoothly between them.

    Parameters
    ----------
    times : np.ndarray [n]
        Seconds at which the position is asked for.
    arrive, depart : np.ndarray [k]
        Seconds at which each place is reached and left, ``arrive[i] <= depart[i] <= arrive[i + 1]``.
    places : np.ndarray [k, ...]

    Returns
    -------
    np.ndarray [n, ...]
    """
    at = np.clip(np.searchsorted(arrive, times, side="right") - 1, 0, len(arrive) - 1)
    after = np.minimum(at + 1, len(arrive) - 1)
    span = np.maximum(arrive[after] - depart[at], 1e-6)
    share = np.where(after > at, smoothstep((times - depart[at]) / span), 0.0)
    share = share.reshape(share.shape + (1,) * (places.ndim - 1))
    return places[at] * (1 - share) + places[after] * share


def low_pass(values: np.ndarray, times: np.ndarray, seconds: float) -> np.ndarray:
    """Gaussian smoothing over frames ``[n, ...]`` with a standard deviation in seconds."""
    if len(values) < 2:
        return values.copy()
    sigma = seconds / (times[1] - times[0])
    half = max(1, min(int(3 * sigma), len(values) - 1))
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) / max(sigma, 1e-6)) ** 2)
    kernel /= kernel.sum()
    flat = values.reshape(len(values), -1)
    padded = np.pad(flat, ((half, half), (0, 0)), mode="edge")
    smooth = np.stack([np.convolve(padded[:, c], kernel, mode="valid") for c in range(flat.shape[1])], axis=1)
    return smooth.reshape(values.shape)
