"""What a drawn instrument offers: it is fitted to a motion's points and painted between the musician's arms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from audio_to_body.pictures.shapes import Sketch
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.layouts import Layout

Extras = Mapping[str, np.ndarray]  # tracks of the frames that are drawn, such as ``keys`` and ``bow``


class DrawnInstrument:
    """An instrument in the picture; a painter that an instrument does not need stays empty.

    Attributes
    ----------
    narrowest : float
        Least width over height of a picture that shows it.
    margin_cm : float
        Room that a picture leaves around it.
    hides_lap : bool
        It is the picture's foot: of the musician, what lies below it need not be shown.
    """

    narrowest: ClassVar[float] = 4 / 3
    margin_cm: ClassVar[float] = 4.0
    hides_lap: ClassVar[bool] = False

    @classmethod
    def fit(cls, points: np.ndarray, layout: Layout, scale: float) -> DrawnInstrument | None:
        """Fit to frames ``[frames, points, 2]``, ``scale`` px per cm of the body; None where it cannot be."""
        raise NotImplementedError

    def moved(self, zoom: float, shift: np.ndarray) -> DrawnInstrument:
        """The same in a picture that is zoomed and shifted."""
        return self

    def reach(self, points: np.ndarray, layout: Layout, scale: float) -> np.ndarray:
        """What moves with the musician and a picture must show too, ``[n, 2]``; NaN where it is not known."""
        return np.zeros((0, 2))

    def rim(self) -> np.ndarray:
        """Corners ``[n, 2]`` of what stands still and a picture must show too."""
        return np.zeros((0, 2))

    def foot(self) -> float | None:
        """Row of pixels where it stands on the floor, NaN where that is hidden; None for what is held."""
        return None

    def told(self, points: np.ndarray, layout: Layout, tracks: Extras) -> DrawnInstrument:
        """The same instrument, placed better by what a motion knows beside its points ``[frames, points, 2]``."""
        return self

    def paint_behind(self, sketch: Sketch, points: np.ndarray, layout: Layout, scale: float, extras: Extras) -> None:
        """Paint what lies behind both arms."""

    def paint_held(self, sketch: Sketch, points: np.ndarray, layout: Layout, scale: float, extras: Extras) -> None:
        """Paint what lies before the left arm and behind the left hand's fingers."""

    def paint_over(self, sketch: Sketch, points: np.ndarray, layout: Layout, scale: float, extras: Extras) -> None:
        """Paint what lies before the left hand and behind the right arm."""


def drawing_of(layout: Layout) -> type[DrawnInstrument]:
    """How the instrument of a layout is drawn."""
    drawing: type[DrawnInstrument] = instrument_named(layout.instrument).part("drawing")
    return drawing
