"""What players of all instruments have in common: the points they are read from, and what comes of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from audio_to_body.avatar.bones import SIDES
from audio_to_body.avatar.retargeting.calibration import Calibration
from audio_to_body.avatar.retargeting.settings import RetargetSettings
from audio_to_body.geometry.vectors import Vector
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.layouts import FINGERS, Layout

Smooth = Callable[[str, Any, float], Any]
# the middle of the shoulders [frames, 3] in the room, and the chest's rotation [frames, 4]
Trunk = Callable[[], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Played:
    """Where an instrument puts the hands, frame by frame.

    Attributes
    ----------
    wrists : np.ndarray [frames, 2, 3]
        Left and right, metres in the room.
    palms : np.ndarray [frames, 2, 3, 3]
        Directions of the palms.
    tips : np.ndarray [frames, 2, 5, 3]
        Fingertips, thumb to little finger.
    touching : np.ndarray, bool [frames, 2, 5]
        Which fingertips are on a key or string, and have to be there in time.
    props : dict of str to (translation, rotation)
        What moves with the musician.
    keys : np.ndarray [frames, 88]
        How far each piano key is down, metres; ``[frames, 0]`` for the violin.
    tracks : dict of str to np.ndarray
        What was decided, for measures.
    """

    wrists: np.ndarray
    palms: np.ndarray
    tips: np.ndarray
    touching: np.ndarray
    props: dict[str, tuple[np.ndarray, np.ndarray]]
    keys: np.ndarray
    tracks: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Touched:
    """An instrument that is played by somebody whose place is known, put exactly where it sounds.

    Attributes
    ----------
    props : dict of str to (translation, rotation)
    right_hand : np.ndarray [frames, 3]
        Metres that the right hand goes with what it holds.
    tracks : dict of str to np.ndarray
        What was decided, for measures.
    """

    props: dict[str, tuple[np.ndarray, np.ndarray]]
    right_hand: np.ndarray
    tracks: dict[str, np.ndarray] = field(default_factory=dict)


class Player(ABC):
    """How an instrument is played: it is read from the points, and puts the hands onto the instrument.

    Parameters
    ----------
    layout : Layout
    seen : SeenPoints
    calibration : Calibration
    settings : RetargetSettings
    fps : float
    smooth : callable
        As :class:`audio_to_body.avatar.retargeting.musician.Musician`.

    Attributes
    ----------
    under_jaw : bool
        The head holds the instrument; else it follows the hands.
    one_size : bool
        The instrument is as long for whoever plays it: the performer's width tells the picture's scale.
    elbows : (Vector, Vector)
        Where elbows hang by themselves, seen from the chest; left, right.
    turned : (float, float)
        How far a palm is turned about its forearm when both rest, rad.
    thumbs_back : ((float, float, float), (float, float, float))
        Where the back of a thumb looks, in the palm's directions.
    led : tuple of tuple of bool
        By hand and finger, thumb first: whether the wrist goes where the finger lacks, of hands of another size.
    """

    under_jaw: ClassVar[bool] = False
    one_size: ClassVar[bool] = False
    elbows: ClassVar[tuple[Vector, Vector]]
    turned: ClassVar[tuple[float, float]] = (0.0, 0.0)
    thumbs_back: ClassVar[tuple[tuple[float, float, float], tuple[float, float, float]]]
    led: ClassVar[tuple[tuple[bool, ...], tuple[bool, ...]]] = ((True,) * 5, (True,) * 5)

    @abstractmethod
    def __init__(
        self,
        layout: Layout,
        seen: SeenPoints,
        calibration: Calibration,
        settings: RetargetSettings,
        fps: float,
        smooth: Smooth,
    ) -> None: ...

    @staticmethod
    @abstractmethod
    def angled(
        points: np.ndarray, layout: Layout, calibration: Calibration, settings: RetargetSettings
    ) -> Calibration:
        """The calibration with the angles at which the camera saw the performer and the instrument."""

    @staticmethod
    def in_touch(props: dict[str, tuple[np.ndarray, np.ndarray]]) -> Touched:
        """The instrument of a player who is known in metres; as it is, unless what sounds has to be brought together.

        Parameters
        ----------
        props : dict of str to (translation, rotation)
            In the avatar's room; of one frame at least.
        """
        return Touched(props, np.zeros((1, 3)))

    @abstractmethod
    def play(self, plane: np.ndarray, tracks: Mapping[str, np.ndarray], first: int, trunk: Trunk) -> Played:
        """Play consecutive frames.

        Parameters
        ----------
        plane : np.ndarray [frames, points, 2]
            Metres in the picture's plane, NaN where unknown.
        tracks : mapping of str to np.ndarray
            ``notes`` [n, 4] as a whole.
        first : int
            Number of the first of these frames.
        trunk : callable
            Where the body is.
        """


def player_of(layout: Layout) -> type[Player]:
    """Who plays the instrument of a layout."""
    player: type[Player] = instrument_named(layout.instrument).part("player")
    return player


class SeenPoints:
    """Points of a layout by name, NaN where it lacks them."""

    def __init__(self, layout: Layout) -> None:
        self._index = {name: layout.index(name) for name in layout.points}
        self._fingers: list[dict[int, list[int] | None]] = []
        for side in SIDES:
            names = {joint: [f"{side}_hand_{finger}_{joint}" for finger in FINGERS] for joint in range(1, 5)}
            self._fingers.append(
                {
                    joint: [self._index[n] for n in five] if all(n in self._index for n in five) else None
                    for joint, five in names.items()
                }
            )

    def body(self, plane: np.ndarray, name: str) -> np.ndarray:
        """A point ``[frames, 2]`` of frames ``[frames, points, 2]``."""
        if name in self._index:
            return plane[:, self._index[name]]
        return np.full((len(plane), 2), np.nan)

    def fingers(self, plane: np.ndarray, side: int, joint: int) -> np.ndarray:
        """The joints 1 (root) to 4 (tip) of a hand's five fingers ``[frames, 5, 2]``, thumb first."""
        chosen = self._fingers[side][joint]
        if chosen is None:
            return np.full((len(plane), 5, 2), np.nan)
        return plane[:, chosen]

    def number(self, name: str) -> int:
        """Which of the layout's points this is, -1 where it lacks it."""
        return self._index.get(name, -1)

    def hand(self, plane: np.ndarray, side: int, point: str) -> np.ndarray:
        """A point of the left (0) or right (1) hand."""
        return self.body(plane, f"{SIDES[side]}_hand_{point}")
