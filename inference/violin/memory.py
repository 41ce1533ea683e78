"""What the violinist remembers between two steps, and how a saved stream keeps it: plain arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from audio_to_body.musician.violin_ways import FIRST_POSITION, HIGHEST_STOP, OPEN_STRINGS

FINGERS = 4
AT_REST = (0.0, 2.0, 3.5, 5.5)  # semitones above the hand's place over which idle fingers hover
LONG_AGO = -(10**6)  # a step before all sound
LONGEST = 2**40  # steps
MOST = 1000.0  # of any number that is kept
NOTE_NUMBERS = 4 + 3 * FINGERS  # step, string, stop, place; then number, string and stop of fingers that are down


@dataclass(frozen=True)
class Played:
    """What sounds from a step on, a note or a chord, and how it is stopped.

    Attributes
    ----------
    step : int
    string : float
        On which the bow lies, 0 G to 3 E; between two for a double stop.
    stop : int
        Semitones above the open string, of the note on the string nearest to the bow.
    place : int
        Semitones above the nut at which the hand stands.
    fingers : tuple
        ``(finger, string, stop)`` of the fingers that are down, 1 index to 4 little finger.
    """

    step: int
    string: float
    stop: int
    place: int
    fingers: tuple[tuple[int, int, int], ...] = ()

    def down(self, finger: int) -> tuple[int, int] | None:
        """String and stop of a finger; None where it is not down."""
        return next(((string, stop) for which, string, stop in self.fingers if which == finger), None)


@dataclass
class BowMemory:
    """Everything that the violinist remembers between two steps."""

    step: int = 0  # the next to be played
    # what is known of the music to come
    sound: list[tuple[int, bool]] = field(default_factory=list)  # changes: from which step, bowed or not
    strokes: list[int] = field(default_factory=list)  # that begin, not played yet
    bowings: list[tuple[int, int]] = field(default_factory=list)  # of those whose direction is told: step, 1 or -1
    plucks: list[int] = field(default_factory=list)  # the last and those to come
    notes: list[Played] = field(default_factory=list)  # the first is the one that is played
    # what is played
    on: bool = False
    since: int = LONG_AGO  # step of the last change between sound and silence
    played: int = LONG_AGO  # step of the last stroke
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
    contact: float = 0.0  # m that the hair is nearer to the fingerboard than usual
    # half-way smoothed, so that body and elbow neither start nor stop with a jerk
    toward_level: float = 1.5
    toward_loud: float = 0.0
    toward_breath: float = 0.0
    toward_leaning: float = 0.0
    toward_contact: float = 0.0
    fingers: list[list[float]] = field(
        default_factory=lambda: [[0.0, 1.5, FIRST_POSITION + rest] for rest in AT_REST]
    )  # of each: how far down in time, string, semitones

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything as arrays; numbers come back exactly."""
        numbers = [getattr(self, name) for name in _NUMBERS]
        notes = [[n.step, n.string, n.stop, n.place, *_flat(n.fingers)] for n in self.notes]
        return {
            "numbers": np.array(numbers, np.float64),
            "sound": np.array(self.sound, np.int64).reshape(-1, 2),
            "strokes": np.array(self.strokes, np.int64),
            "bowings": np.array(self.bowings, np.int64).reshape(-1, 2),
            "plucks": np.array(self.plucks, np.int64),
            "notes": np.array(notes, np.float64).reshape(-1, NOTE_NUMBERS),
            "fingers": np.array(self.fingers, np.float64),
        }

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray]) -> BowMemory:
        """From :meth:`arrays`.

        Raises
        ------
        ValueError, KeyError
            If something is missing or cannot be what playing brings about.
        """
        memory = cls()
        numbers = np.asarray(arrays["numbers"], np.float64)
        if numbers.shape != (len(_NUMBERS),):
            raise ValueError("the violinist's memory is of another version")
        for name, value in zip(_NUMBERS, numbers.tolist()):
            kind = type(getattr(memory, name))
            if not abs(value) < (LONGEST if kind is int else MOST) or (kind is not float and value != int(value)):
                raise ValueError(f"the violinist's {name} is {value}")
            setattr(memory, name, kind(value))
        memory.sound = [(int(s), bool(on)) for s, on in _whole(arrays["sound"], (-1, 2))]
        memory.strokes = [int(s) for s in _whole(arrays["strokes"], (-1,))]
        memory.bowings = [(int(s), int(way)) for s, way in _whole(arrays["bowings"], (-1, 2))]
        memory.plucks = [int(s) for s in _whole(arrays["plucks"], (-1,))]
        memory.notes = [_note(row) for row in _moderate(arrays["notes"], (-1, NOTE_NUMBERS)).tolist()]
        memory.fingers = _moderate(arrays["fingers"], (FINGERS, 3)).tolist()
        rising = ([s for s, _ in memory.sound], memory.strokes, memory.plucks, [n.step for n in memory.notes])
        ways = {memory.direction, *(way for _, way in memory.bowings)}
        if not ways <= {-1, 1} or any(steps != sorted(steps) for steps in rising):
            raise ValueError("the violinist's memory is damaged")
        return memory


_NUMBERS = tuple(
    f.name for f in fields(BowMemory) if f.name not in ("sound", "strokes", "bowings", "plucks", "notes", "fingers")
)


def _flat(fingers: tuple[tuple[int, int, int], ...]) -> list[int]:
    """Fingers that are down, then zeros."""
    numbers = [number for finger in fingers for number in finger]
    return numbers + [0] * (3 * FINGERS - len(numbers))


def _note(row: list[float]) -> Played:
    fingers = [tuple(int(v) for v in row[i : i + 3]) for i in range(4, len(row), 3) if row[i]]
    note = Played(int(row[0]), row[1], int(row[2]), int(row[3]), tuple(fingers))  # type: ignore[arg-type]
    known = all(
        1 <= f <= FINGERS and 0 <= s < len(OPEN_STRINGS) and 0 <= p <= HIGHEST_STOP for f, s, p in note.fingers
    )
    if not (
        known and 0 <= note.string < len(OPEN_STRINGS) and 0 <= note.stop <= HIGHEST_STOP and 0 <= note.place < 99
    ):
        raise ValueError("a note of the violinist's memory cannot be stopped")
    return note


def _whole(values: np.ndarray, shape: tuple[int, ...]) -> list[Any]:
    values = np.asarray(values)
    if values.dtype.kind not in "iu" or values.ndim != len(shape) or (np.abs(values) > LONGEST).any():
        raise ValueError("the violinist's memory holds what are no steps")
    return values.reshape(shape).tolist()


def _moderate(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    values = np.asarray(values, np.float64)
    if values.ndim != len(shape) or values.shape[1:] != shape[1:] or (shape[0] >= 0 and len(values) != shape[0]):
        raise ValueError("the violinist's memory is of another version")
    limit = np.full(values.shape, MOST)
    if shape[0] < 0:
        limit[:, 0] = LONGEST  # steps
    if not (np.abs(values) < limit).all():
        raise ValueError("the violinist's memory holds impossible numbers")
    return values
