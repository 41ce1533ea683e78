"""A stage for a musician: background, framing and the loop that turns a motion into a video."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from audio_to_body.pictures.drawing import pixels_per_cm, sketch_skeleton
from audio_to_body.pictures.easel import Easel
from audio_to_body.pictures.figure import FIGURE, Style
from audio_to_body.pictures.framing import floor_under, often_seen, placed, seen_box, with_floor
from audio_to_body.pictures.instrument_drawing import DrawnInstrument, drawing_of
from audio_to_body.pictures.opencv_threads import one_thread
from audio_to_body.pictures.shapes import Sketch
from audio_to_body.pictures.sound_track import SoundTrack
from audio_to_body.pictures.video_writer import DRAWN, even, video_writer
from audio_to_body.pictures.violin_drawing import bow_ways
from audio_to_body.skeleton.motion import Motion

HEIGHT = 480  # px
WIDEST = 16 / 9  # of the picture: width over height
FRAMES_SURVEYED = 2000  # for framing and scale, spread over the motion
EDGE_COLOUR, SPOT_COLOUR = (24, 17, 14), (74, 56, 44)  # BGR
FLOOR_COLOUR = (70, 66, 68)  # BGR
FLOOR_BEGINS = 0.035  # of the picture's height above where the musician stands
STANDING_BOW = 0.02  # of whatever unit a bow's speed comes in, bow lengths or metres per second
DRAWN_TRACKS = ("keys", "keys_pressed", "bow")  # as they are
FRAMES_SKETCHED = 480  # laid out at once: numpy works best on many
STRIP_SHARE = 0.035  # height of the loudness strip as a share of the picture's
QUIETEST_DB, LOUDEST_DB = -30.0, 8.0  # of the loudness strip, relative to the sound's average level


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
    instrument : DrawnInstrument
        In picture pixels.
    background : np.ndarray, uint8 [height, width, 3]
    strip : np.ndarray or None
        Which pixels of the picture's foot are the loudness strip's bars, bool [strip height, width].
    floor : float or None
        Row of the picture where the musician or the piano stands, where it is seen.
    """

    size: tuple[int, int]
    zoom: float
    shift: np.ndarray
    scale: float
    instrument: DrawnInstrument
    background: np.ndarray
    strip: np.ndarray | None
    floor: float | None = None

    @classmethod
    def for_motion(cls, motion: Motion, height: int = HEIGHT, size: tuple[int, int] | None = None) -> Stage:
        """Frame a motion so that musician and instrument fill the picture and never leave it.

        Parameters
        ----------
        motion : Motion
        height : int
            Picture height in px; the width follows the musician, between 4:3 and 16:9.
        size : (int, int), optional
            Width and height in px instead, wide or tall.
        """
        step = max(1, len(motion) // FRAMES_SURVEYED)
        points, layout = motion.points[::step].astype(np.float64), motion.skeleton
        centimetre = pixels_per_cm(points, layout)
        drawn = drawing_of(layout).fit(points, layout, centimetre) or DrawnInstrument()
        drawn = drawn.told(points, layout, {name: np.asarray(track)[::step] for name, track in motion.tracks.items()})
        low, high = seen_box(points, layout, centimetre, motion.frame_size, drawn)
        if size is None:
            narrowest = drawing_of(layout).narrowest
            aspect = float(np.clip((high[0] - low[0]) / (high[1] - low[1]), narrowest, WIDEST))
            size = (round(height * aspect), height)
        size = (even(size[0]), even(size[1]))
        floor = floor_under(points, layout, centimetre, drawn)
        high = with_floor(low, high, floor, centimetre, size)
        zoom, shift = placed(low, high, often_seen(points, drawn), size)
        scale = centimetre * zoom
        instrument = drawn.moved(zoom, shift)
        row = floor * zoom + shift[1]
        seen_floor = float(row) if row < size[1] - 1 else None  # NaN is not below
        background = backdrop(size, seen_floor)
        strip = None
        if "loudness_db" in motion.tracks and len(motion) > 1:
            strip = _loudness_strip(background, np.asarray(motion.tracks["loudness_db"]))
        return cls(size, zoom, shift, scale, instrument, background, strip, seen_floor)

    def sketch(self, motion: Motion, frames: slice, style: Style = FIGURE) -> Sketch:
        """Lay out some frames of the motion."""
        extras = {name: track[frames] for name, track in motion.tracks.items() if name in DRAWN_TRACKS}
        if "bow_speed" in motion.tracks:  # a bow that stands does not sound
            extras.setdefault("bow", np.abs(motion.tracks["bow_speed"][frames]) > STANDING_BOW)
        if "bow_lift" in motion.tracks:
            extras["lift"] = motion.tracks["bow_lift"][frames]
        if motion.room is not None and "bow" in motion.room.props:
            extras["bow_way"] = bow_ways(motion.points[frames], motion.room[frames]) * self.zoom
        return sketch_skeleton(
            motion.points[frames] * self.zoom + self.shift,
            motion.skeleton,
            motion.confidence[frames],
            style=style,
            scale=self.scale,
            instrument=self.instrument,
            extras=extras,
            floor=self.floor,
        )


def write_skeleton_video(
    motion: Motion,
    path: str | os.PathLike[str],
    sound: str | os.PathLike[str] | SoundTrack | None = None,
    *,
    height: int = HEIGHT,
    size: tuple[int, int] | None = None,
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
    size : (int, int), optional
        Width and height in px instead, wide or tall.
    style : Style
    progress : callable (frames done, frames), optional

    Raises
    ------
    BadInput
        If the video cannot be written.
    """
    stage = Stage.for_motion(motion, height, size)
    easel = Easel(stage.background, stage.strip)
    with one_thread(), video_writer(path, stage.size, motion.fps, sound, coding=DRAWN) as writer:
        for first in range(0, len(motion), FRAMES_SKETCHED):
            sketch = stage.sketch(motion, slice(first, first + FRAMES_SKETCHED), style)
            for frame in range(sketch.frames):
                changed = easel.paint(sketch, frame, (first + frame + 1) / len(motion))
                writer.write(easel.picture, changed)
            if progress is not None:
                progress(first + sketch.frames, len(motion))


def backdrop(size: tuple[int, int], floor: float | None = None) -> np.ndarray:
    """A dark hall with a soft light behind the musician, uint8 ``[height, width, 3]``.

    Where the row ``floor`` is given, a floor is seen that begins a little above it, with the light's pool on it.
    """
    width, height = size
    x = (np.arange(width) - width * 0.5) / (height * 0.75)
    y = (np.arange(height) - height * 0.42) / (height * 0.75)
    light = np.exp(-1.4 * (x[None, :] ** 2 + y[:, None] ** 2))[..., None]
    picture = np.array(EDGE_COLOUR) + light * (np.array(SPOT_COLOUR) - np.array(EDGE_COLOUR))
    if floor is not None:
        below = (np.arange(height) - floor) / height
        across = (np.arange(width) - width * 0.5) / width
        pool = np.exp(-(((across[None, :] / 0.45) ** 2) + (below[:, None] / 0.05) ** 2))[..., None]
        lit = np.array(EDGE_COLOUR) + (0.25 + 0.75 * pool) * (np.array(FLOOR_COLOUR) - np.array(EDGE_COLOUR))
        edge = np.clip((below + FLOOR_BEGINS) / 0.004, 0, 1)[:, None, None]
        picture = picture * (1 - edge) + lit * edge
    # a fixed grain of half a level keeps the soft light free of visible steps
    grain = np.random.default_rng(0).uniform(-0.5, 0.5, (height, width, 1))
    return np.rint(picture + grain).clip(0, 255).astype(np.uint8)


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
