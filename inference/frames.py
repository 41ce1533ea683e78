"""Consecutive frames of a motion, as streams give them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.skeleton.room import Room, joined_rooms


@dataclass(frozen=True)
class Frames:
    """Consecutive frames.

    Attributes
    ----------
    first : int
        Number of the first frame; frame ``i`` shows the moment ``i / fps`` of the sound.
    fps : float
    points : np.ndarray, float32 [frames, points, 2]
        Pixels of the model's reference frame.
    tracks : dict of str to np.ndarray [frames, ...]
        ``loudness_db`` (level of the frame's window relative to the sound's level) and what the net tells besides.
    room : Room or None
        The same frames in metres, of musicians who think in three dimensions.
    """

    first: int
    fps: float
    points: np.ndarray
    tracks: dict[str, np.ndarray]
    room: Room | None = None

    def __len__(self) -> int:
        return len(self.points)

    @property
    def times(self) -> np.ndarray:
        """Seconds of the sound that each frame shows, float64 [frames]."""
        return (self.first + np.arange(len(self.points))) / self.fps


def joined(parts: list[Frames]) -> Frames:
    """Consecutive pieces as one."""
    parts = [part for part in parts if len(part)] or parts[:1]
    if len(parts) == 1:
        return parts[0]
    names = parts[0].tracks
    return Frames(
        parts[0].first,
        parts[0].fps,
        np.concatenate([part.points for part in parts]),
        {name: np.concatenate([part.tracks[name] for part in parts]) for name in names},
        None if parts[0].room is None else joined_rooms([part.room for part in parts if part.room is not None]),
    )
