"""A stage for a musician: background, framing and the loop that turns a motion into a video."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Union

import numpy as np

from audio_to_body.pictures.drawing import pixels_per_cm, sketch_skeleton
from audio_to_body.pictures.easel import Easel
from audio_to_body.pictures.figure import FIGURE, Style
from audio_to_body.pictures.keyboard_drawing import Keyboard
from audio_to_body.pictures.opencv_threads import one_thread
from audio_to_body.pictures.shapes import Sketch
from audio_to_body.pictures.sound_track import SoundTrack
from audio_to_body.pictures.video_writer import DRAWN, even, video_writer
from audio_to_body.pictures.violin_drawing import Violin, bow_tip
from audio_to_body.skeleton.layouts import Layout
from audio_to_body.skeleton.motion import Motion

HEIGHT = 480  # px
NARROWEST, WIDEST = 4 / 3, 16 / 9  # of the picture: width over height
FRAMES_SURVEYED = 2000  # for framing and scale, spread over the motion
EDGE_COLOUR, SPOT_COLOUR = (24, 17, 14), (74, 56, 44)  # BGR
STANDING_BOW = 0.02  # of whatever unit a bow's speed comes in, bow lengths or metres per second
FRAMES_SKETCHED = 480  # laid out at once: numpy works best on many
STRIP_SHARE = 0.035  # height of the loudness strip as a share of the picture's
QUIETEST_DB, LOUDEST_DB = -30.0, 8.0  # of the loudness strip, relative to the sound's average level
# what a picture must show around the points, cm: head, bust, and what the hands hold
ABOVE_NOSE_CM, BELOW_NECK_CM, BESIDE_CM, AROUND_HANDS_CM = 20.0, 52.0, 14.0, 12.0
AROUND_BOW_CM = 4.0


@dataclass(frozen=True)
class Stage:
    """Everything about a video that does not change from frame to frame.

    Attributes
    ----------
    size : (int, int)
        Width and height of the picture, even.
    zoom : float
        Picture pixels per motion pixel.
    shift : np.ndarray [2]
        Added after zooming.
    scale : float
        Picture pixels per centimetre of the musician.
    instrument : Violin, Keyboard or None
        In picture pixels.
    background : np.ndarray, uint8 [height, width, 3]
    strip : np.ndarray or None
        Which pixels of the picture's foot are the loudness strip's bars, bool [strip height, width].
    """

    size: tuple[int, int]
    zoom: float
    shift: np.ndarray
    scale: float
    instrument: Union[Violin, Keyboard, None]
    background: np.ndarray
    strip: np.ndarray | None

    @classmethod
    def for_motion(cls, motion: Motion, height: int = HEIGHT) -> Stage:
        """Frame a motion so that the musician fills the picture and never leaves it.

        Parameters
        ----------
        motion : Motion
        height : int
            Picture height in px; the width follows the musician, between 4:3 and 16:9.
        """
        step = max(1, len(motion) // FRAMES_SURVEYED)
        points, layout = motion.points[::step].astype(np.float64), motion.skeleton
        centimetre = pixels_per_cm(points, layout)
        low, high = _seen_box(points, layout, centimetre, motion.frame_size)
        extent = high - low
        height = even(height)
        aspect = float(np.clip(extent[0] / extent[1], NARROWEST if layout.instrument != "piano" else 1.5, WIDEST))
        size = (even(height * aspect), height)
        zoom = float(min(size[0] / extent[0], size[1] / extent[1]))
        shift = np.array(size) / 2 - (low + high) / 2 * zoom
        points, scale = points * zoom + shift, centimetre * zoom
        instrument: Union[Violin, Keyboard, None] = None
        if layout.instrument == "violin":
            instrument = Violin.fit(points, layout, scale)
        elif layout.instrument == "piano":
            instrument = Keyboard.fit(points, layout, scale)
        background = backdrop(size)
        strip = None
        if "loudness_db" in motion.tracks and len(motion) > 1:
            strip = _loudness_strip(background, np.asarray(motion.tracks["loudness_db"]))
        return cls(size, zoom, shift, scale, instrument, background, strip)

    def sketch(self, motion: Motion, frames: slice, style: Style = FIGURE) -> Sketch:
        """Lay out some frames of the motion."""
        extras = {name: track[frames] for name, track in motion.tracks.items() if name in ("keys", "bow")}
        if "bow_speed" in motion.tracks:  # a bow that stands does not sound
            extras.setdefault("bow", np.abs(motion.tracks["bow_speed"][frames]) > STANDING_BOW)
        if "bow_lift" in motion.tracks:
            extras["lift"] = motion.tracks["bow_lift"][frames]
        return sketch_skeleton(
            motion.points[frames] * self.zoom + self.shift,
            motion.skeleton,
            motion.confidence[frames],
            style=style,
            scale=self.scale,
            instrument=self.instrument,
            extras=extras,
        )


def write_skeleton_video(
    motion: Motion,
    path: str | os.PathLike[str],
    sound: str | os.PathLike[str] | SoundTrack | None = None,
    *,
    height: int = HEIGHT,
    style: Style = FIGURE,
    progress: Callable[[int, int], object] | None = None,
) -> None:
    """Write a motion as a video of a drawn musician, with the sound that it was made for.

    Parameters
    ----------
    motion : Motion
    path : path
        The ``.mp4``; it appears when it is complete.
    sound : path or SoundTrack, optional
        As :func:`audio_to_body.pictures.video_writer.video_writer`.
    height : int
        Picture height in px.
    style : Style
    progress : callable (frames done, frames), optional

    Raises
    ------
    BadInput
        If the video cannot be written.
    """
    stage = Stage.for_motion(motion, height)
    easel = Easel(stage.background, stage.strip)
    with one_thread(), video_writer(path, stage.size, motion.fps, sound, coding=DRAWN) as writer:
        for first in range(0, len(motion), FRAMES_SKETCHED):
            sketch = stage.sketch(motion, slice(first, first + FRAMES_SKETCHED), style)
            for frame in range(sketch.frames):
                changed = easel.paint(sketch, frame, (first + frame + 1) / len(motion))
                writer.write(easel.picture, changed)
            if progress is not None:
                progress(first + sketch.frames, len(motion))


def backdrop(size: tuple[int, int]) -> np.ndarray:
    """A dark hall with a soft light behind the musician, uint8 ``[height, width, 3]``."""
    width, height = size
    x = (np.arange(width) - width * 0.5) / (height * 0.75)
    y = (np.arange(height) - height * 0.42) / (height * 0.75)
    light = np.exp(-1.4 * (x[None, :] ** 2 + y[:, None] ** 2))[..., None]
    picture = np.array(EDGE_COLOUR) + light * (np.array(SPOT_COLOUR) - np.array(EDGE_COLOUR))
    # a fixed grain of half a level keeps the soft light free of visible steps
    grain = np.random.default_rng(0).uniform(-0.5, 0.5, (height, width, 1))
    return np.rint(picture + grain).clip(0, 255).astype(np.uint8)


def _seen_box(
    points: np.ndarray, layout: Layout, centimetre: float, frame_size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Corners of what the picture must show, in motion pixels."""
    flat = points.reshape(-1, 2)
    flat = flat[np.isfinite(flat).all(axis=1)]
    if not len(flat):
        return np.zeros(2), np.array(frame_size, np.float64)
    low, high = np.percentile(flat, 0.2, axis=0), np.percentile(flat, 99.8, axis=0)
    hands = points[:, [*layout.left_hand, *layout.right_hand]].reshape(-1, 2)
    hands = hands[np.isfinite(hands).all(axis=1)]
    margin = np.array([BESIDE_CM, 5.0]) * centimetre
    low, high = low - margin, high + margin
    if len(hands):
        around = AROUND_HANDS_CM * centimetre
        low = np.minimum(low, np.percentile(hands, 0.2, axis=0) - around)
        high = np.maximum(high, np.percentile(hands, 99.8, axis=0) + around)
    if layout.instrument == "violin":
        tips = bow_tip(points, layout, centimetre)
        tips = tips[np.isfinite(tips).all(axis=1)]
        if len(tips):
            around = AROUND_BOW_CM * centimetre
            low = np.minimum(low, tips.min(axis=0) - around)
            high = np.maximum(high, tips.max(axis=0) + around)
    if layout.has("nose"):
        low[1] = min(low[1], np.nanmedian(points[:, layout.index("nose"), 1]) - ABOVE_NOSE_CM * centimetre)
    if layout.has("neck"):
        high[1] = max(high[1], np.nanmedian(points[:, layout.index("neck"), 1]) + BELOW_NECK_CM * centimetre)
    return low, np.maximum(high, low + 1.0)


def _loudness_strip(background: np.ndarray, loudness: np.ndarray) -> np.ndarray:
    """Draw the whole sound's loudness dimly into the background's foot; returns where its bars are."""
    height, width = background.shape[:2]
    tall = max(8, round(height * STRIP_SHARE))
    columns = np.linspace(0, len(loudness), width + 1).astype(int)
    peaks = np.array([loudness[a : max(b, a + 1)].max() for a, b in zip(columns, columns[1:])])
    share = np.clip((peaks - QUIETEST_DB) / (LOUDEST_DB - QUIETEST_DB), 0.06, 1.0)
    rows = np.arange(tall)[::-1, None]
    inside = (rows < share * tall) & (np.arange(width) % 3 != 2)  # bars of two pixels
    foot = background[-tall:].astype(np.float64)
    background[-tall:] = np.where(inside[..., None], foot + 26, foot).astype(np.uint8)
    return inside
