"""Lines of sight of a calibration; numbers are those of one frame or of all."""

from __future__ import annotations

from audio_to_body.avatar.retargeting.calibration import Calibration
from audio_to_body.geometry.vectors import Number, Vector, at_least, dot, minus, plus, times

Point = tuple[Number, Number]  # metres in the picture's plane: right, up
EDGE_ON = 0.15  # cosine: planes seen more nearly edge-on count as this steep


class Sight:
    """What :class:`Calibration` does for arrays of many points, for a few points of a frame.

    Parameters
    ----------
    calibration : Calibration
    """

    def __init__(self, calibration: Calibration):
        self.right, self.up, self.towards = (tuple(axis) for axis in calibration.axes.tolist())
        self.anchor: Vector = tuple(calibration.anchor.tolist())
        self._distance = float(calibration.distance)

    def _line(self, point: Point) -> tuple[Vector, Vector]:
        across = plus(times(point[0], self.right), point[1], self.up)
        return plus(across, 1.0, self.anchor), plus(self.towards, -1.0 / self._distance, across)

    def at_depth(self, point: Point, depth: Number) -> Vector:
        """The room point on a line of sight, ``depth`` metres towards the camera."""
        start, step = self._line(point)
        return plus(start, depth, step)

    def on_level(self, point: Point, place: Vector) -> Vector:
        """Where a line of sight of a camera from above meets the level of a place."""
        start, step = self._line(point)
        return plus(start, (place[1] - start[1]) / at_least(step[1], EDGE_ON), step)

    def depth(self, place: Vector) -> Number:
        """How far a place of the room lies towards the camera, metres."""
        return dot(minus(place, self.anchor), self.towards)
