"""A whole sound to a motion: features, net, delay undone, one frame per 1/24 s to the sound's end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import numpy as np

from inference.front_ends import FrontEnd, front_end_of
from inference.planning import planner_of
from inference.session import Session, State, Step
from preprocessing.audio import Sound, decode_sound, sound_of
from preprocessing.features import windows_at
from skeleton.motion import Motion
from skeleton.rates import AUDIO_RATE, steps_in
from skeleton.refusal import BadInput

BLOCK_STEPS = 1024  # steps computed at once: bounds the memory of hours of sound
DECIBEL_PER_NEPER = 10.0 / np.log(10.0)  # the features' energy is ln(mean square)


def predict(
    sound: str | os.PathLike[str] | np.ndarray | Sound,
    session: Session,
    *,
    progress: Callable[[int, int], object] | None = None,
) -> Motion:
    """Turn a sound into the motion of the musician who plays it.

    Parameters
    ----------
    sound : path, np.ndarray float32 [channels, samples] or [samples], or Sound
        A file of any kind ffmpeg reads, samples at 44.1 kHz, or a decoded sound.
    session : Session
    progress : callable (steps done, steps), optional

    Returns
    -------
    Motion
        ``steps_in(samples, 24)`` frames; frame ``i`` shows the moment ``i / 24`` s of the sound, the net's time
        delay is undone (paper Sec. 4). ``tracks["loudness_db"]`` is the level of each frame's window relative to the
        sound's average level.

    Raises
    ------
    BadInput
        If the sound cannot be read or is shorter than one frame.
    """
    if isinstance(sound, (str, os.PathLike)):
        decoded = decode_sound(sound)
    elif isinstance(sound, Sound):
        decoded = sound
    else:
        decoded = sound_of(np.asarray(sound, np.float32))
    card = session.card
    if decoded.seconds < 1.0 / card.video_fps:
        raise BadInput(
            f"{decoded.name} is shorter than one frame ({decoded.seconds * 1000:.1f} ms of "
            f"{1000 / card.video_fps:.1f} ms); there is nothing to play"
        )
    front_end = front_end_of(card)
    frames = steps_in(len(decoded), card.video_fps)
    steps = (frames - 1) * card.upsample + 1 + card.delay_steps
    points: list[np.ndarray] = []
    tracks: dict[str, list[np.ndarray]] = {}
    loudness: list[np.ndarray] = []
    planner = planner_of(card)
    planned = planner.initial_state() if planner is not None else {}
    for first, features, step in _blocks(decoded, front_end, session, steps):
        shown = _shown(first, len(features), card.delay_steps, card.upsample)
        keypoints, told = step.values, step.tracks
        if planner is not None:
            keypoints, decided, planned = planner.plan(step.values, planned)
            told = {**told, **decided}
        points.append(keypoints[shown])
        for name, values in told.items():
            tracks.setdefault(name, []).append(values[shown])
        heard = _shown(first, len(features), 0, card.upsample)
        loudness.append(features[heard, front_end.energy] * DECIBEL_PER_NEPER)
        if progress is not None:
            progress(first + len(features), steps)
    joined = {name: np.concatenate(values) for name, values in tracks.items()}
    joined["loudness_db"] = np.concatenate(loudness)[:frames].astype(np.float32)
    return motion_of(np.concatenate(points), joined, session)


def motion_of(points: np.ndarray, tracks: dict[str, np.ndarray], session: Session) -> Motion:
    """Frames of keypoints as a motion in the model's layout and frame; the net is sure of every point."""
    card = session.card
    confidence = np.ones(points.shape[:2], np.float32)
    size = (card.frame_size[0], card.frame_size[1])
    return Motion(points, confidence, card.video_fps, card.layout, size, tracks)


def _shown(first: int, count: int, delay: int, upsample: int) -> np.ndarray:
    """Which of the steps ``first ... first + count - 1`` are a frame's moment, ``delay`` steps later."""
    steps = np.arange(first, first + count) - delay
    return np.flatnonzero((steps >= 0) & (steps % upsample == 0))


def _blocks(
    sound: Sound, front_end: FrontEnd, session: Session, steps: int
) -> Iterator[tuple[int, np.ndarray, Step]]:
    """Run the net over a sound block by block; yields the first step, its features and what the net gave."""
    rate = session.card.rate
    state: State = session.initial_state()
    before: np.ndarray | None = None
    gain = np.float32(sound.gain)
    for first in range(0, steps, BLOCK_STEPS):
        block = np.arange(first, min(first + BLOCK_STEPS, steps))
        starts = front_end.starts(block, rate)
        windows = windows_at(sound.samples, starts, front_end.window) * gain
        static = front_end.static(windows)
        features = front_end.join(static, before)
        before = static[-1]
        step = session.run(features, state)
        state = step.state
        yield first, features, step


assert AUDIO_RATE == 44_100  # the front ends' windows are counted in its samples
