"""What the expressive violin's planner remembers between two steps, and how a saved stream keeps it."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from audio_to_body.musician.fingering import FIRST_POSITION, Stop

MEMORY_BYTES = 16384  # the lists hold what lies ahead: at most one stroke and note in CHORD steps
CHECKSUM = 8  # characters before it
FINGERS = 4
HORIZON = 256  # steps; what is remembered to be played lies no further back than the longest look-ahead
LONGEST = 2**40  # steps
MOST = 100.0  # of any place, share or number of semitones
AT_REST = (0.0, 2.0, 3.5, 5.5)  # semitones above the hand's place over which idle fingers hover


@dataclass
class Note:
    """A note that was heard and how it will be stopped; its step is that of its beginning."""

    step: int
    string: int
    stop: int
    finger: int
    place: int


@dataclass
class Memory:
    """Everything that the planner remembers between two steps."""

    step: int = 0  # steps heard
    sounding: bool = False
    run: int = 0  # steps in a row that spoke against `sounding`
    sound: list[tuple[int, bool]] = field(default_factory=list)  # changes: from which step, sounding or not
    last_stroke: int = -1000  # last stroke heard
    strokes: list[int] = field(default_factory=list)  # heard, not played yet
    pending: list[int] = field(default_factory=list)  # notes heard, whose pitch is not read yet
    last_note: int = -1000
    notes: list[Note] = field(default_factory=list)  # heard; the first is the one that is played
    stopped: Stop = field(default_factory=lambda: Stop(2, 0, 0, FIRST_POSITION))
    # what is played
    on: bool = False
    since: int = -1000  # step of the last change between sound and silence
    played: int = -1000  # step of the last stroke
    direction: int = -1
    position: float = 0.3
    travel: float = 1.0  # share of the way to the next beginning that the lifted bow has gone
    left_at: float = 0.3  # where on the bow the last stroke ended
    retake: bool = True
    height: float = 1.0
    string: float = 1.5
    level: float = 1.5
    place: float = float(FIRST_POSITION)
    loud: float = 0.0
    breath: float = 0.0
    leaning: float = 0.0  # the bow's place, smoothed, from its middle
    # half-way smoothed, so that body and elbow neither start nor stop with a jerk
    toward_level: float = 1.5
    toward_loud: float = 0.0
    toward_breath: float = 0.0
    toward_leaning: float = 0.0
    fingers: list[list[float]] = field(
        default_factory=lambda: [[0.0, 1.5, FIRST_POSITION + rest] for rest in AT_REST]
    )  # of each: how far down in time, string, semitones

    def copy(self) -> Memory:
        """One that changes by itself; notes that were heard never change."""
        copy = Memory.__new__(Memory)
        copy.__dict__.update(self.__dict__)
        copy.sound, copy.strokes, copy.pending = self.sound[:], self.strokes[:], self.pending[:]
        copy.notes, copy.fingers = self.notes[:], [finger[:] for finger in self.fingers]
        return copy

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Packed when a stream is saved, and not at every step."""
        return self.packed() if dtype is None else self.packed().astype(dtype)

    def packed(self) -> np.ndarray:
        """As bytes, uint8 [MEMORY_BYTES]: what a stream saves. Numbers come back exactly."""
        return sealed(asdict(self))

    @classmethod
    def unpacked(cls, data: np.ndarray) -> Memory:
        """From :meth:`packed`.

        Raises
        ------
        ValueError
            If it is damaged.
        """
        values = opened(data)
        try:
            values["notes"] = [Note(**note) for note in values["notes"]]
            values["stopped"] = Stop(**values["stopped"])
            values["sound"] = [(step, on) for step, on in values["sound"]]
            memory = cls(**values)
            possible = memory._is_possible()
        except (KeyError, TypeError, AttributeError):
            possible = False
        if not possible:
            raise ValueError("the planner's memory is damaged")
        return memory

    def _is_possible(self) -> bool:
        """Whether every value is one that playing can bring about."""
        fresh = Memory()
        for name, value in fresh.__dict__.items():
            own = getattr(self, name)
            if type(own) is not type(value) or (type(value) is float and not abs(own) < MOST):
                return False
        lately = (self.step - HORIZON, self.step)
        stops: list[Note | Stop] = [*self.notes, self.stopped]
        return (
            0 <= self.step < LONGEST
            and self.run >= 0
            and self.direction in (-1, 1)
            and all(_rise(steps, *lately) for steps in (self.strokes, self.pending))
            and _rise([step for step, _ in self.sound], *lately)
            and all(type(on) is bool for _, on in self.sound)
            and _rise([note.step for note in self.notes], -LONGEST, self.step)
            and all(
                -LONGEST < step <= self.step for step in (self.last_stroke, self.last_note, self.since, self.played)
            )
            and all(_is_stop(stop) for stop in stops)
            and len(self.fingers) == FINGERS
            and all(len(finger) == 3 and all(_is_moderate(value) for value in finger) for finger in self.fingers)
        )


def _rise(steps: list[int], first: int, last: int) -> bool:
    """Whether these are rising whole numbers of a range."""
    return all(type(step) is int and first <= step <= last for step in steps) and steps == sorted(steps)


def _is_stop(stop: Note | Stop) -> bool:
    numbers = (stop.string, stop.stop, stop.finger, stop.place)
    whole = all(type(number) is int and 0 <= number < MOST for number in numbers)
    return whole and stop.string <= 3 and stop.finger <= FINGERS


def _is_moderate(value: object) -> bool:
    return type(value) in (int, float) and abs(value) < MOST  # type: ignore[arg-type]


def sealed(values: dict[str, Any]) -> np.ndarray:
    """Values and their checksum as bytes, uint8 [MEMORY_BYTES]."""
    text = json.dumps(values).encode()
    text = (b"%08x" % zlib.crc32(text) + text).ljust(MEMORY_BYTES)
    assert len(text) == MEMORY_BYTES
    return np.frombuffer(text, np.uint8)


def opened(data: np.ndarray) -> dict[str, Any]:
    """From :func:`sealed`.

    Raises
    ------
    ValueError
        If it is damaged.
    """
    text = data.astype(np.uint8).tobytes().rstrip()
    if b"%08x" % zlib.crc32(text[CHECKSUM:]) != text[:CHECKSUM]:
        raise ValueError("the planner's memory is damaged")
    return dict(json.loads(text[CHECKSUM:]))
