"""The picture of a drawn video, painted frame after frame: only what changes is painted and encoded anew."""

from __future__ import annotations

import cv2
import numpy as np

from audio_to_body.pictures.shapes import Box, Sketch

LIT = (150, 190, 245)  # BGR, the bars of the loudness strip that have been played


class Easel:
    """A picture that keeps its background and repaints what the last frame covered.

    Parameters
    ----------
    background : np.ndarray, uint8 [height, width, 3]
    strip : np.ndarray, bool [strip height, width], optional
        Which pixels of the picture's foot light up from left to right as the music is played.

    Attributes
    ----------
    picture : np.ndarray, uint8 [height, width, 3]
        BGR; belongs to the easel.
    """

    def __init__(self, background: np.ndarray, strip: np.ndarray | None = None) -> None:
        self._dark = background
        self._ground = background.copy()  # with the bars lit so far
        self.picture = background.copy()
        self._covered: Box = (0, 0, 0, 0)  # by the figure last painted
        self._strip = None if strip is None else strip.astype(np.uint8)
        self._played = 0  # px

    def paint(self, sketch: Sketch, frame: int, played: float = 0.0) -> list[Box]:
        """Paint one frame of a sketch.

        Parameters
        ----------
        sketch : Sketch
        frame : int
        played : float
            Share of the loudness strip that is lit, 0 to 1.

        Returns
        -------
        list of (left, top, right, bottom)
            Where the picture changed.
        """
        height, width = self.picture.shape[:2]
        changed = [self._light(round(width * played))]
        left, top, right, bottom = sketch.box(frame)
        covered = (max(left, 0), max(top, 0), min(right, width), min(bottom, height))
        if covered[0] >= covered[2] or covered[1] >= covered[3]:
            covered = (0, 0, 0, 0)
        changed.append(_around(self._covered, covered))
        for box in changed:
            part = _part(box)
            self.picture[part] = self._ground[part]
        self._covered = covered
        sketch.paint(self.picture, frame)
        self._light_figure(changed[-1])
        return changed

    def _light(self, played: int) -> Box:
        """Light the background's bars up to ``played`` px; returns what changed."""
        if self._strip is None or played == self._played:
            return 0, 0, 0, 0
        top, (left, right) = len(self._ground) - len(self._strip), sorted((self._played, played))
        part = _part((left, top, right, len(self._ground)))
        if played > self._played:
            cv2.copyTo(np.full_like(self._ground[part], LIT), self._strip[:, left:right], self._ground[part])
        else:
            self._ground[part] = self._dark[part]
        self._played = played
        return left, top, right, len(self._ground)

    def _light_figure(self, box: Box) -> None:
        """The lit bars shine through the figure."""
        if self._strip is None:
            return
        top = len(self._ground) - len(self._strip)
        left, right = box[0], min(box[2], self._played)
        if box[3] > top and right > left:
            part = _part((left, top, right, len(self._ground)))
            cv2.copyTo(self._ground[part], self._strip[:, left:right], self.picture[part])


def _part(box: Box) -> tuple[slice, slice]:
    return slice(box[1], box[3]), slice(box[0], box[2])


def _around(a: Box, b: Box) -> Box:
    """The box around two boxes, either of which may be empty."""
    if a[0] >= a[2]:
        return b
    if b[0] >= b[2]:
        return a
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])
