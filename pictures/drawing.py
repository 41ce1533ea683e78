"""Draw a musician's keypoints onto a BGR picture: over a real frame, or as a figure on a stage of its own.

Two styles: :data:`audio_to_body.pictures.figure.FIGURE` is a full musician for skeleton videos, ``OVERLAY`` thin
bones that leave the real frame visible. Instruments are drawn from the same points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from audio_to_body.pictures.figure import FIGURE, Figure, Style
from audio_to_body.pictures.instrument_drawing import DrawnInstrument, drawing_of
from audio_to_body.pictures.shapes import Sketch
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.layouts import Layout

# Lengths of an adult, cm; what a frame shows of them gives its scale
BONE_CM = {
    ("right_shoulder", "left_shoulder"): 36.0,
    ("right_shoulder", "right_elbow"): 29.0,
    ("left_shoulder", "left_elbow"): 29.0,
    ("right_elbow", "right_wrist"): 25.0,
    ("left_elbow", "left_wrist"): 25.0,
    ("left_hand_wrist", "left_hand_middle_1"): 9.0,
    ("right_hand_wrist", "right_hand_middle_1"): 9.0,
    ("left_hand_wrist", "left_hand_middle_4"): 15.0,
    ("right_hand_wrist", "right_hand_middle_4"): 15.0,
}


@cache
def _measured_bones(layout: Layout) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    bones = [(a, b, cm) for (a, b), cm in BONE_CM.items() if layout.has(a) and layout.has(b)]
    first, second, cm = zip(*bones)
    return _indices(layout, first), _indices(layout, second), np.array(cm)


def _indices(layout: Layout, names: Sequence[str]) -> np.ndarray:
    return np.array([layout.index(name) for name in names])


def pixels_per_cm(points: np.ndarray, layout: Layout) -> float:
    """Scale of a musician, from the bones seen; a bone pointing at the camera looks short, so the longest ones count.

    Parameters
    ----------
    points : np.ndarray [points, 2] or [frames, points, 2]
        NaN where unknown; over several frames the median is taken.
    layout : Layout

    Returns
    -------
    float
        Pixels per centimetre; 1 when nothing is seen.
    """
    first, second, cm = _measured_bones(layout)
    scales = np.linalg.norm(points[..., first, :] - points[..., second, :], axis=-1) / cm
    scales = np.atleast_2d(scales)
    scales = np.where(np.isfinite(scales), scales, -np.inf)
    strongest = np.sort(scales, axis=-1)[:, ::-1][:, :3]  # the third longest: one wrong point spoils nothing
    per_frame = strongest[:, -1]
    seen = per_frame[np.isfinite(per_frame) & (per_frame > 0)]
    return float(np.median(seen)) if len(seen) else 1.0


def draw_skeleton(
    image: np.ndarray,
    points: np.ndarray,
    layout: Layout,
    confidence: np.ndarray | None = None,
    *,
    style: Style = FIGURE,
    scale: float | None = None,
    instrument: DrawnInstrument | None = None,
    extras: Mapping[str, Any] | None = None,
) -> np.ndarray:
    """Draw one frame's keypoints, antialiased, in place.

    Parameters
    ----------
    image : np.ndarray, uint8 [height, width, 3]
        BGR picture; drawn into.
    points : np.ndarray [points, 2]
        Pixels of ``image``; NaN where unknown: bones to an unknown point are left out.
    layout : Layout
    confidence : np.ndarray [points], optional
    style : Style
        :data:`FIGURE` or :data:`OVERLAY`, or one's own.
    scale : float, optional
        Pixels per centimetre of the musician; by default measured on this frame (:func:`pixels_per_cm`). Give the
        value of the whole motion so that the body does not pulse.
    instrument : DrawnInstrument, optional
        Fitted to the whole motion (``drawing_of(layout).fit``); by default fitted to this frame.
    extras : mapping, optional
        What else is known of this frame, by track name: ``keys`` (bool [88], keys held down), ``bow`` (float, how
        firmly the bow sounds, 0 to 1), ``lift`` (float, 0 on the string to 1 at rest).

    Returns
    -------
    np.ndarray
        ``image`` itself.
    """
    sketch_skeleton(
        np.asarray(points)[None],
        layout,
        None if confidence is None else np.asarray(confidence)[None],
        style=style,
        scale=scale,
        instrument=instrument,
        extras={name: np.asarray(value)[None] for name, value in (extras or {}).items()},
    ).paint(image, 0)
    return image


def sketch_skeleton(
    points: np.ndarray,
    layout: Layout,
    confidence: np.ndarray | None = None,
    *,
    style: Style = FIGURE,
    scale: float | None = None,
    instrument: DrawnInstrument | None = None,
    extras: Mapping[str, np.ndarray] | None = None,
    floor: float | None = None,
) -> Sketch:
    """Lay out many frames at once, for :meth:`audio_to_body.pictures.shapes.Sketch.paint`.

    Parameters
    ----------
    points : np.ndarray [frames, points, 2]
    confidence : np.ndarray [frames, points], optional
    extras : mapping of str to np.ndarray [frames, ...], optional
    floor : float, optional
        Row of the picture where the floor is, if it is seen: who stands gets legs.
    layout, style, scale, instrument
        As :func:`draw_skeleton`.
    """
    points = np.array(points, dtype=np.float64)
    points[~np.isfinite(points)] = np.nan
    if confidence is not None:
        points[np.asarray(confidence) < style.least_confidence] = np.nan
    sketch = Sketch(len(points))
    if not np.isfinite(points).any():
        return sketch
    figure = Figure(sketch, points, layout, style, scale or pixels_per_cm(points, layout))
    extras = extras or {}
    if not style.filled:
        figure.bones()
        return sketch
    scale = figure.cm
    if layout.body:
        if floor is not None and not instrument_named(layout.instrument).seated:
            figure.legs(floor)
        figure.torso()
        figure.head()
    drawn = instrument
    if drawn is None and style.instrument:
        drawn = drawing_of(layout).fit(points, layout, scale)
    if not style.instrument or drawn is None:
        drawn = DrawnInstrument()  # paints nothing
    drawn.paint_behind(sketch, points, layout, scale, extras)
    figure.arm("left")
    drawn.paint_held(sketch, points, layout, scale, extras)
    figure.hand("left")
    drawn.paint_over(sketch, points, layout, scale, extras)
    figure.arm("right")
    figure.hand("right")
    return sketch
