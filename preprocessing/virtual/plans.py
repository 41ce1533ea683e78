"""Which virtual recitals a dataset consists of: players, pieces and lengths follow from a seed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from audio_to_body.preprocessing.virtual.detector_faults import FAULT_RATE
from audio_to_body.preprocessing.virtual.human_timing import movement_seconds, movements, split_of_movement
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.rates import AUDIO_RATE, VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.room import Room

RATES = (24, 48, 96, 144)  # features/s: one, two, four and six steps per video frame
RECITAL_SECONDS = 180.0  # about how long a recital is
TEST_SHARE = 0.15  # of the minutes, where no number of test recitals is asked for
LEAD_IN, LEAD_OUT = 1.2, 1.5  # s of silence at a recital's beginning and end
VERSION = 7  # of everything that decides what a seed gives
SHORTEST_RECITAL = 8.0  # s
STREAMS = 3  # of the random numbers: a better musician plays the same programmes
_SPLITS = {"train": 0, "test": 1}


@dataclass(frozen=True)
class Division:
    """How minutes of music are divided into recitals; every recital has a player of its own.

    Attributes
    ----------
    recital_seconds : float
        About how long a recital is.
    test_recitals : int, optional
        Beside the minutes; None takes 15 % of the minutes.
    test_seconds : float
        How long each of them is, where their number is given.
    """

    recital_seconds: float = RECITAL_SECONDS
    test_recitals: int | None = None
    test_seconds: float = RECITAL_SECONDS


WHOLE = Division()


@dataclass(frozen=True)
class RecitalPlan:
    """One recital to make: everything follows from these fields.

    Attributes
    ----------
    name, instrument, split : str
    seconds : float
    seed, number : int
    rates : tuple of int
    fault_rate : float
    bach : str
        Folder of the Bach Violin Dataset, for a recital with real human timing.
    movement : str
        Which movement of it.
    begin : float
        Seconds into the movement.
    """

    name: str
    instrument: str
    split: str
    seconds: float
    seed: int
    number: int
    rates: tuple[int, ...] = RATES
    fault_rate: float = FAULT_RATE
    bach: str = ""
    movement: str = ""
    begin: float = 0.0

    @property
    def samples(self) -> int:
        """Length of the sound."""
        return round(self.seconds * VIDEO_FPS) * AUDIO_RATE // VIDEO_FPS

    def generator(self, stage: str) -> np.random.Generator:
        """Random numbers of one stage; a change in one stage leaves the others as they are."""
        word = int.from_bytes(hashlib.sha256(stage.encode()).digest()[:4], "big")
        return np.random.default_rng(
            [STREAMS, self.seed, instrument_named(self.instrument).number, _SPLITS[self.split], self.number, word]
        )


@dataclass(frozen=True)
class Playing:
    """What a virtual musician makes of the music of a plan: ``play(plan, music, times, sound) -> Playing``.

    ``times`` [frames] are seconds; ``sound`` is a recording to which the musician plays, or None.

    Attributes
    ----------
    joints : np.ndarray [frames, points, 3]
        In the room, metres.
    sound : np.ndarray, float32 [2, samples]
        The recording, or the sound that was made.
    tracks : dict of str to np.ndarray [frames, ...]
        What was decided.
    room : Room
        The joints on the floor, and the instrument.
    """

    joints: np.ndarray
    sound: np.ndarray
    tracks: dict[str, np.ndarray]
    room: Room


def plan_recitals(
    instrument: str,
    minutes: float,
    seed: int = 0,
    rates: Sequence[int] = RATES,
    fault_rate: float = FAULT_RATE,
    division: Division = WHOLE,
) -> list[RecitalPlan]:
    """Divide minutes into recitals; those of the test have other players and other pieces.

    Raises
    ------
    BadInput
        If the instrument is unknown, there are too few minutes for two recitals, or recitals too short.
    """
    instrument_named(instrument)
    if not minutes >= 0.5:
        raise BadInput(f"{minutes} minutes are too short for a training and a test recital; ask for 0.5 or more")
    if not 0 <= fault_rate < 0.8:
        raise BadInput(f"a fault rate of {fault_rate} leaves too little to learn from; choose 0 to 0.8")
    if not all(seconds >= SHORTEST_RECITAL for seconds in (division.recital_seconds, division.test_seconds)):
        raise BadInput(f"recitals of less than {SHORTEST_RECITAL:g} s hold no music; ask for longer ones")
    if division.test_recitals is not None and division.test_recitals < 1:
        raise BadInput(f"{division.test_recitals} test recitals cannot test a net; ask for 1 or more")
    plans = []
    for split, (count, seconds) in _counts(minutes, division).items():
        frames = round(seconds * VIDEO_FPS)
        for number in range(count):
            name = f"{split}-{number:03d}"
            plans.append(
                RecitalPlan(
                    name, instrument, split, frames / VIDEO_FPS, seed, number, tuple(rates), float(fault_rate)
                )
            )
    return plans


def _counts(minutes: float, division: Division) -> dict[str, tuple[int, float]]:
    """How many recitals of how many seconds each split has."""
    test_share = TEST_SHARE if division.test_recitals is None else 0.0
    counts = {}
    for split, share in (("train", 1 - test_share), ("test", test_share)):
        seconds = max(60.0 * minutes * share, SHORTEST_RECITAL)
        count = max(1, round(seconds / division.recital_seconds))
        counts[split] = (count, seconds / count)
    if division.test_recitals is not None:
        counts["test"] = (division.test_recitals, division.test_seconds)
    return counts


def plan_movements(bach: str | os.PathLike[str], minutes: float, plans: list[RecitalPlan]) -> list[RecitalPlan]:
    """Recitals of the Bach Violin Dataset in the place of invented ones, as far as its movements and ``minutes`` go.

    Long movements are cut into recitals of about three minutes. Movements of the test are in no training recital,
    whoever plays them.

    Parameters
    ----------
    bach : path
    minutes : float
        In all.
    plans : list of RecitalPlan
        What :func:`plan_recitals` planned; what is left of the minutes is filled from it.
    """
    folder = Path(bach)
    like = plans[0]
    found: list[RecitalPlan] = []
    budget = {"train": 60.0 * minutes * (1 - TEST_SHARE), "test": 60.0 * minutes * TEST_SHARE}
    names = movements(folder)
    for place in np.random.default_rng([STREAMS, like.seed]).permutation(len(names)):
        name = names[place]
        split = split_of_movement(name)
        length = movement_seconds(folder, name)
        count = max(1, round(length / RECITAL_SECONDS))
        for part in range(count):
            seconds = round(length / count * VIDEO_FPS) / VIDEO_FPS + LEAD_IN + LEAD_OUT
            seconds = round(seconds * VIDEO_FPS) / VIDEO_FPS
            if budget[split] < seconds:
                continue
            budget[split] -= seconds
            number = 10_000 + 100 * int(place) + part
            title = f"{split}-{name}" + (f"-{part}" if count > 1 else "")
            found.append(
                replace(
                    like,
                    name=title,
                    split=split,
                    seconds=seconds,
                    number=number,
                    bach=str(folder),
                    movement=name,
                    begin=part * length / count,
                )
            )
    for plan in plans:
        if budget[plan.split] >= plan.seconds:
            budget[plan.split] -= plan.seconds
            found.append(plan)
    for split in ("train", "test"):  # a movement is seldom as short as a small budget
        if not any(plan.split == split for plan in found):
            found.append(next(plan for plan in plans if plan.split == split))
    return found
