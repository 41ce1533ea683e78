"""What a detector makes of the truth: jitter, missing parts, jumps, other people; every fault with its label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.preprocessing.recital_file import Reason
from audio_to_body.skeleton.layouts import Layout

FAULT_RATE = 0.10  # share of frames, Sec. 6: "about 10 %" were dropped


@dataclass(frozen=True)
class DetectorNoise:
    """How a detector errs where it finds the person: standard deviations in pixels at 135 px between the shoulders.

    The defaults give the band deviations that ``python -m audio_to_body.preprocessing.virtual.measured_noise``
    prints for MediaPipe
    on a real violinist's video: hardly any white noise on the torso (the detector smooths), slow errors that stay for
    about a second, quicker ones in the shape of the hands.

    Attributes
    ----------
    torso_jitter, arm_jitter : float
        White noise of nose, neck and shoulders, and of elbows and wrists.
    hand_jitter, hand_share : float
        First-order noise of each hand point, and how much of it stays from frame to frame.
    slow_jitter, slow_share : float
        First-order noise of every point.
    """

    torso_jitter: float = 0.05
    arm_jitter: float = 0.60
    hand_jitter: float = 1.1
    hand_share: float = 0.6
    slow_jitter: float = 1.3
    slow_share: float = 0.96


@dataclass(frozen=True)
class Detection:
    """What the detector gave.

    Attributes
    ----------
    keypoints : np.ndarray, float32 [frames, points, 2]
        Pixels, NaN where nothing was found.
    confidence : np.ndarray, float32 [frames, points]
    fault : np.ndarray, uint8 [frames]
        The :class:`audio_to_body.preprocessing.recital_file.Reason` of the fault that was put in, 0 for none.
    """

    keypoints: np.ndarray
    confidence: np.ndarray
    fault: np.ndarray


def detect(
    truth: np.ndarray,
    layout: Layout,
    frame_size: tuple[int, int],
    rng: np.random.Generator,
    fault_rate: float = FAULT_RATE,
    noise: DetectorNoise | None = None,
) -> Detection:
    """Simulate a detector on true keypoints.

    Parameters
    ----------
    truth : np.ndarray [frames, points, 2]
        Pixels.
    layout : Layout
    frame_size : (int, int)
    rng : np.random.Generator
    fault_rate : float
        Share of frames that get a fault, 0 to below 1.
    noise : DetectorNoise, optional

    Returns
    -------
    Detection
    """
    noise = noise or DetectorNoise()
    frames, points = truth.shape[:2]
    jitter = np.zeros(points)
    jitter[list(layout.body)] = noise.torso_jitter
    jitter[[i for i in layout.body if layout.points[i].endswith(("elbow", "wrist"))]] = noise.arm_jitter
    keypoints: np.ndarray = truth + rng.normal(0, 1, truth.shape) * jitter[None, :, None]
    hands = list(layout.left_hand + layout.right_hand)
    keypoints[:, hands] += noise.hand_jitter * _slow(rng, frames, len(hands), noise.hand_share)
    keypoints += noise.slow_jitter * _slow(rng, frames, points, noise.slow_share)
    confidence = np.clip(rng.normal(0.86, 0.05, (frames, points)), 0.4, 1.0)
    fault = np.zeros(frames, np.uint8)
    for first, count, kind in _fault_plan(rng, frames, fault_rate):
        span = slice(first, min(first + count, frames))
        fault[span] = kind
        _FAULTS[kind](keypoints, confidence, span, layout, frame_size, rng)
    return Detection(keypoints.astype(np.float32), confidence.astype(np.float32), fault)


def _slow(rng: np.random.Generator, frames: int, points: int, share: float) -> np.ndarray:
    """First-order noise of standard deviation 1, [frames, points, 2]."""
    white = rng.normal(0, np.sqrt(1 - share**2), (frames, points * 2))
    out = np.empty_like(white)
    state = rng.normal(0, 1, points * 2)
    for i in range(frames):
        state = share * state + white[i]
        out[i] = state
    return out.reshape(frames, points, 2)


def _fault_plan(rng: np.random.Generator, frames: int, rate: float) -> list[tuple[int, int, Reason]]:
    """Spells of faults: (first frame, frames, kind); together about ``rate`` of all frames, good frames between.

    On the real clip only parts went missing, 4 % of the frames, one or two at a time; the paper's videos lost about
    10 % and its Fig. 4 shows wrong people and misplaced limbs, so that the other kinds and longer spells are ours.
    """
    kinds = (Reason.MISSING_PART, Reason.JUMP, Reason.WRONG_PERSON, Reason.NO_PERSON)
    share = (0.62, 0.20, 0.12, 0.06)  # of the faulty frames
    longest = {kinds[0]: 6, kinds[1]: 4, kinds[2]: 40, kinds[3]: 10}
    plan: list[tuple[int, int, Reason]] = []
    budget = rate * frames
    taken = np.zeros(frames + 80, bool)
    for kind, part in zip(kinds, share):
        left = budget * part
        while left >= 1 or (left > 0 and rng.random() < left):
            count = int(np.clip(rng.geometric(min(3.0 / longest[kind], 1.0)), 1, longest[kind]))
            if kind == Reason.WRONG_PERSON:
                count = int(rng.integers(15, longest[kind] + 1))
            count = int(min(count, np.ceil(left)))
            left -= count
            for _ in range(20):
                first = int(rng.integers(2, max(frames - count - 2, 3)))
                if not taken[max(first - 3, 0) : first + count + 3].any():
                    taken[first : first + count] = True
                    plan.append((first, count, kind))
                    break
    return plan


def _missing_part(keypoints, confidence, span, layout, frame_size, rng):  # type: ignore[no-untyped-def]
    parts = [layout.left_hand, layout.right_hand]
    weights = [0.45, 0.40]
    if layout.body:
        parts.append((layout.body[int(rng.integers(len(layout.body)))],))
        weights.append(0.15)
    part = list(parts[rng.choice(len(parts), p=np.array(weights) / sum(weights))])
    keypoints[span, part] = np.nan
    confidence[span, part] = 0.0


def _jump(keypoints, confidence, span, layout, frame_size, rng):  # type: ignore[no-untyped-def]
    """A hand found in the other's place, or in the background, or one limb at a wrong spot."""
    hand = list(layout.left_hand if rng.random() < 0.5 else layout.right_hand)
    other = list(layout.right_hand if hand[0] == layout.left_hand[0] else layout.left_hand)
    if rng.random() < 0.4:
        apart = np.nanmean(np.linalg.norm(keypoints[span, hand[0]] - keypoints[span, other[0]], axis=-1))
        if apart > 0.12 * frame_size[0]:
            keypoints[span, hand] = keypoints[span, other] + rng.normal(0, 2.0, keypoints[span, other].shape)
            return
    angle = rng.uniform(0, 2 * np.pi)
    far = rng.uniform(0.13, 0.35) * frame_size[0]
    keypoints[span, hand] += far * np.array([np.cos(angle), np.sin(angle)])
    confidence[span, hand] *= 0.7


def _wrong_person(keypoints, confidence, span, layout, frame_size, rng):  # type: ignore[no-untyped-def]
    """Somebody walks through the picture and is taken for the musician."""
    count = span.stop - span.start
    pose = np.nanmean(keypoints[max(span.start - 30, 0) : span.start + 1], axis=0)
    pose = np.where(np.isfinite(pose), pose, np.nanmean(pose, axis=0))
    centre = np.nanmean(pose, axis=0)
    size = rng.uniform(0.55, 0.85)
    direction = 1.0 if rng.random() < 0.5 else -1.0
    start = frame_size[0] * (0.5 - direction * rng.uniform(0.35, 0.48))
    speed = direction * rng.uniform(0.008, 0.018) * frame_size[0]
    walk = start + speed * np.arange(count)
    stride = 4.0 * np.sin(np.arange(count) * 2 * np.pi / 12 + rng.uniform(0, 6))
    place = np.stack([walk, np.full(count, centre[1] - rng.uniform(20, 60)) + stride], axis=1)
    keypoints[span] = (pose - centre)[None] * np.array([0.6, 1.0]) * size + place[:, None]
    keypoints[span] += rng.normal(0, 1.5, keypoints[span].shape)
    confidence[span] *= 0.85


def _nobody(keypoints, confidence, span, layout, frame_size, rng):  # type: ignore[no-untyped-def]
    keypoints[span] = np.nan
    confidence[span] = 0.0


_FAULTS = {
    Reason.MISSING_PART: _missing_part,
    Reason.JUMP: _jump,
    Reason.WRONG_PERSON: _wrong_person,
    Reason.NO_PERSON: _nobody,
}
