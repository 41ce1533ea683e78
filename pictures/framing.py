"""What a picture must show of a drawn musician, and where that lies in the picture."""

from __future__ import annotations

import numpy as np

from audio_to_body.pictures.instrument_drawing import DrawnInstrument
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.layouts import Layout

# what a picture must show around the points, cm: head, bust, and what the hands hold
ABOVE_NOSE_CM, BELOW_NECK_CM, BESIDE_CM, AROUND_HANDS_CM = 20.0, 52.0, 14.0, 12.0
FLOOR_CM = 141.0  # below the shoulders of one who stands (a person of 173 cm)
UNDER_FLOOR_CM = 12.0  # of floor before the feet
OFTEN = (10.0, 90.0)  # percentiles between which a musician mostly is: what stands in the middle


def seen_box(
    points: np.ndarray, layout: Layout, centimetre: float, frame_size: tuple[int, int], drawn: DrawnInstrument
) -> tuple[np.ndarray, np.ndarray]:
    """Corners of what the picture must show, in motion pixels: figure and instrument, whole.

    Parameters
    ----------
    points : np.ndarray [frames, points, 2]
        NaN where unknown.
    layout : Layout
    centimetre : float
        In motion pixels.
    frame_size : (int, int)
        Shown where no point is known.
    drawn : DrawnInstrument
        Fitted to the points.
    """
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
    ends = np.concatenate([drawn.reach(points, layout, centimetre), drawn.rim()])
    ends = ends[np.isfinite(ends).all(axis=1)]
    if len(ends):
        around = drawn.margin_cm * centimetre
        low = np.minimum(low, ends.min(axis=0) - around)
        high = np.maximum(high, ends.max(axis=0) + around)
    if layout.has("nose"):
        low[1] = min(low[1], np.nanmedian(points[:, layout.index("nose"), 1]) - ABOVE_NOSE_CM * centimetre)
    if layout.has("neck") and not drawn.hides_lap:
        high[1] = max(high[1], np.nanmedian(points[:, layout.index("neck"), 1]) + BELOW_NECK_CM * centimetre)
    return low, np.maximum(high, low + 1.0)


def often_seen(points: np.ndarray, drawn: DrawnInstrument) -> np.ndarray:
    """Middle of where figure and instrument mostly are, in motion pixels; NaN where nothing is known."""
    flat = points.reshape(-1, 2)
    flat = flat[np.isfinite(flat).all(axis=1)]
    if not len(flat):
        return np.full(2, np.nan)
    box = np.concatenate([np.percentile(flat, OFTEN, axis=0), drawn.rim()])
    middle: np.ndarray = 0.5 * (box.min(axis=0) + box.max(axis=0))
    return middle


def floor_under(points: np.ndarray, layout: Layout, centimetre: float, drawn: DrawnInstrument) -> float:
    """Row of motion pixels where a musician stands, or the instrument; NaN if unknown."""
    foot = drawn.foot()
    if foot is not None:
        return foot
    if instrument_named(layout.instrument).seated or not layout.has("neck"):
        return float("nan")
    necks = points[:, layout.index("neck"), 1]
    necks = necks[np.isfinite(necks)]
    return float(np.median(necks)) + FLOOR_CM * centimetre if len(necks) else float("nan")


def with_floor(
    low: np.ndarray, high: np.ndarray, floor: float, centimetre: float, size: tuple[int, int]
) -> np.ndarray:
    """The box's far corner, further down towards the floor as far as a tall picture has room for it."""
    room = (high[0] - low[0]) * size[1] / size[0]  # height of a picture that is as wide as the box
    if not np.isfinite(floor) or room <= high[1] - low[1]:
        return high
    wanted = max(high[1], floor + UNDER_FLOOR_CM * centimetre)
    return np.array([high[0], min(wanted, low[1] + room)])


def placed(low: np.ndarray, high: np.ndarray, middle: np.ndarray, size: tuple[int, int]) -> tuple[float, np.ndarray]:
    """Zoom and shift that show a box whole, as large as it can be, ``middle`` in the middle if there is room beside.

    Parameters
    ----------
    low, high : np.ndarray [2]
        Corners of the box.
    middle : np.ndarray [2]
        Its x counts; NaN for the box's own middle. Up and down the box is centred.
    size : (int, int)
        Of the picture, px.
    """
    extent, wanted = high - low, np.array(size, np.float64)
    zoom = float((wanted / extent).min())
    middle = np.array([middle[0] if np.isfinite(middle[0]) else (low[0] + high[0]) / 2, (low[1] + high[1]) / 2])
    shift = wanted / 2 - middle * zoom
    # the box may not leave the picture for the middle's sake
    shift = np.clip(shift, -low * zoom, np.maximum(wanted - high * zoom, -low * zoom))
    return zoom, shift
