"""Limbs that reach: two-bone arms, three-bone fingers. Movement over time: waves, ways between places, smoothing."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from audio_to_body.geometry.vectors import (
    Course,
    Number,
    Vector,
    across,
    at_least,
    components,
    cosine,
    divided,
    hypotenuse,
    length,
    minus,
    plus,
    sine,
    square_root,
    within,
)

Bones = tuple[float, float, float]
_BEND = np.linspace(0.0, 2.1, 400)  # rad, flexion of a finger's middle joint; a human's ends near 110 degrees
END_SHARE = 0.66  # the last joint of a finger bends with the middle one (tendon coupling, about two thirds)
LONGEST_REACH = 0.998  # share of its length that an arm stretches to; a straight elbow has no plane


def bent_arm(shoulder: Vector, target: Vector, upper: Number, lower: Number, pole: Vector) -> tuple[Vector, Vector]:
    """Arm by inverse kinematics: elbow and wrist for a wrist target, as :func:`two_bones`."""
    offset = minus(target, shoulder)
    distance = length(offset)
    direction = divided(offset, at_least(distance, 1e-9))
    distance = within(distance, abs(upper - lower) * 1.05 + 1e-6, (upper + lower) * LONGEST_REACH)
    along = (upper**2 - lower**2 + distance * distance) / (2 * distance)
    out = square_root(at_least(upper**2 - along * along, 0.0))
    elbow = plus(plus(shoulder, along, direction), out, across(pole, direction))
    return elbow, plus(shoulder, distance, direction)


def two_bones(
    root: np.ndarray, target: np.ndarray, upper: float, lower: float, pole: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Arm by inverse kinematics: elbow and wrist for a wrist target.

    Parameters
    ----------
    root, target : np.ndarray [frames, 3]
        Shoulder, and where the wrist should be.
    upper, lower : float or np.ndarray [frames, 1]
        Lengths of the bones, metres.
    pole : np.ndarray [frames, 3]
        Direction to which the elbow points.

    Returns
    -------
    elbow, wrist : np.ndarray [frames, 3]
        The wrist is the target where the arm can reach it, else the nearest point it reaches.
    """
    upper, lower = (bone[..., 0] if np.ndim(bone) else bone for bone in (upper, lower))  # type: ignore[index]
    elbow, wrist = bent_arm(components(root), components(target), upper, lower, components(pole))
    return np.stack(elbow, axis=-1), np.stack(wrist, axis=-1)


def _planar(bones: Bones, bend: Number) -> tuple[tuple[Number, Number], tuple[Number, Number]]:
    """A finger in its own plane: places of the middle joint's end and of the tip, along and out of its direction."""
    end = (1 + END_SHARE) * bend
    x2, y2 = bones[0] + bones[1] * cosine(bend), 0.0 - bones[1] * sine(bend)
    return (x2, y2), (x2 + bones[2] * cosine(end), y2 - bones[2] * sine(end))


@lru_cache(maxsize=64)
def _bend_at(bones: Bones) -> Course:
    """Which bend brings the tip how near to the root: the bend over the distance's negative."""
    _, (along, out) = _planar(bones, _BEND)
    return Course(-np.hypot(along, out), _BEND)


def bent_finger(base: Vector, target: Vector, bones: Bones, dorsal: Vector) -> list[Vector]:
    """A finger of three bones from its root joint to a target for its tip.

    Parameters
    ----------
    base, target : Vector
    bones : (float, float, float)
        Metres, from the root outwards.
    dorsal : Vector
        Direction of the back of the hand: to that side the finger bends out.

    Returns
    -------
    list of Vector
        The two middle joints and the tip; bones keep their lengths, so a target out of reach is only pointed at.
    """
    (x, y, z), (u, v, w) = base, target
    u, v, w = u - x, v - y, w - z
    wanted = square_root(u * u + v * v + w * w)
    least = at_least(wanted, 1e-9)
    u, v, w = u / least, v / least, w / least
    a, b, c = across(dorsal, (u, v, w))
    # the finger at exactly this bend, turned so that its tip lies on the line to the target
    middle, tip = _planar(bones, _bend_at(bones).at(-wanted))
    reach = at_least(hypotenuse(*tip), 1e-9)
    cos, sin = tip[0] / reach, tip[1] / reach

    joints: list[Vector] = []
    for far, aside in ((bones[0], 0.0), middle, tip):
        p, q = far * cos + aside * sin, -far * sin + aside * cos
        joints.append((x + p * u + q * a, y + p * v + q * b, z + p * w + q * c))
    return joints


def noise_waves(rng: np.random.Generator, slowest: float, fastest: float) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies (Hz) and phases of the waves of :func:`smooth_noise`, both ``[waves]``."""
    return np.exp(rng.uniform(np.log(slowest), np.log(fastest), 7)), rng.uniform(0, 2 * np.pi, 7)


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
    frequency, phase = noise_waves(rng, slowest, fastest)
    return np.sin(2 * np.pi * np.outer(times, frequency) + phase).sum(axis=1) / np.sqrt(3.5)


def smoothstep(share: Number) -> Number:
    """0 to 1 with no speed and no acceleration at both ends (minimum jerk)."""
    share = within(share, 0.0, 1.0)
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
