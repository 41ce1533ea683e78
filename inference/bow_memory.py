"""What the expressive violin's planner remembers between two steps, and how a saved stream keeps it."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from preprocessing.virtual.fingering import FIRST_POSITION, Stop

MEMORY_BYTES = 16384  # the lists hold what lies ahead: at most one stroke and note in CHORD steps
CHECKSUM = 8  # characters before it
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
        text = json.dumps(asdict(self)).encode()
        text = (b"%08x" % zlib.crc32(text) + text).ljust(MEMORY_BYTES)
        assert len(text) == MEMORY_BYTES
        return np.frombuffer(text, np.uint8)

    @classmethod
    def unpacked(cls, data: np.ndarray) -> Memory:
        """From :meth:`packed`.

        Raises
        ------
        ValueError
            If it is damaged.
        """
        text = data.astype(np.uint8).tobytes().rstrip()
        if b"%08x" % zlib.crc32(text[CHECKSUM:]) != text[:CHECKSUM]:
            raise ValueError("the planner's memory is damaged")
        values = json.loads(text[CHECKSUM:])
        values["notes"] = [Note(**note) for note in values["notes"]]
        values["stopped"] = Stop(**values["stopped"])
        values["sound"] = [(int(step), bool(on)) for step, on in values["sound"]]
        return cls(**values)
