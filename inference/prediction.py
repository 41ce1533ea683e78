"""A whole sound to a motion: features, net, delay undone, one frame per 1/24 s to the sound's end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from audio_to_body.inference.frames import Frames, joined
from audio_to_body.inference.model_card import ModelCard
from audio_to_body.inference.planning import FILE, NoteFrames
from audio_to_body.inference.session import Session, Step, load
from audio_to_body.inference.stream import BLOCK_SAMPLES, Heard, Stream
from audio_to_body.pictures.opencv_threads import one_thread
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.audio import Sound, decode_sound, sound_of

INFERRED = 0.5  # confidence of points that a model of the body puts between the measured ones


def predict(
    sound: str | os.PathLike[str] | np.ndarray | Sound,
    session: Session | str,
    *,
    progress: Callable[[int, int], object] | None = None,
) -> Motion:
    """Turn a sound into the motion of the musician who plays it.

    Parameters
    ----------
    sound : path, np.ndarray float32 [channels, samples] or [samples], or Sound
        A file of any kind ffmpeg reads, samples at 44.1 kHz, or a decoded sound.
    session : Session or str
        Who plays; an instrument's name opens its net for this one sound.
    progress : callable (samples done, samples), optional

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
    session = load(session) if isinstance(session, str) else session
    if isinstance(sound, (str, os.PathLike)):
        decoded = decode_sound(sound)
    elif isinstance(sound, Sound):
        decoded = sound
    else:
        decoded = sound_of(np.asarray(sound, np.float32))
    card = session.card
    check_length(decoded)
    frames = joined(_played(Stream(session, decoded.gain, FILE), decoded.samples, progress))
    return motion_of(frames, card)


def check_length(sound: Sound) -> None:
    """Refuse a sound that is shorter than a frame.

    Raises
    ------
    BadInput
    """
    if sound.seconds < 1.0 / VIDEO_FPS:
        raise BadInput(
            f"{sound.name} is shorter than one frame ({sound.seconds * 1000:.1f} ms of {1000 / VIDEO_FPS:.1f} ms); "
            "there is nothing to play"
        )


def motion_of(frames: Frames | NoteFrames, card: ModelCard) -> Motion:
    """Frames of a model, from the first one on, as a motion."""
    size = (card.frame_size[0], card.frame_size[1])
    confidence = np.tile(point_confidence(card), (len(frames), 1))
    return Motion(frames.points, confidence, card.video_fps, card.layout, size, frames.tracks, frames.room)


def _played(
    stream: Stream, samples: np.ndarray, progress: Callable[[int, int], object] | None = None
) -> list[Frames]:
    """All frames of a sound: the net thinks about a block while the one before is shown and the next one is heard.

    The net leaves the interpreter to the planner, which is all Python; two blocks at most are on their way.
    """
    frames: list[Frames] = []

    def show(heard: Heard, thought: Future[Step | None], taken: int) -> None:
        frames.append(stream.show(heard, thought.result()))
        if progress is not None:
            progress(taken, len(samples))

    # OpenCV's own threads would wait, wide awake, on the core that the net needs
    with one_thread(), ThreadPoolExecutor(1, "net") as pool:
        last: tuple[Heard, Future[Step | None], int] | None = None
        for heard, taken in _heard(stream, samples):
            block = heard, pool.submit(stream.think, heard), taken
            if last is not None:
                show(*last)
            last = block
        if last is not None:
            show(*last)
    return frames


def _heard(stream: Stream, samples: np.ndarray) -> Iterator[tuple[Heard, int]]:
    """Block after block of a whole sound, and how many samples were taken in for it."""
    for first in range(0, len(samples), BLOCK_SAMPLES):
        end = min(first + BLOCK_SAMPLES, len(samples))
        for heard in stream.hear(samples[first:end]):
            yield heard, end
    for heard in stream.hear_end():
        yield heard, len(samples)


def point_confidence(card: ModelCard) -> np.ndarray:
    """Confidence of each point, float32 [points]: less for those that nobody measured in the training data."""
    inferred = set(card.extra.get("inferred", ()))
    return np.array([INFERRED if name in inferred else 1.0 for name in card.point_names], np.float32)
