"""Notes as they sound: when, which, how hard. Scores, renders and the nets that hear speak of them alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

SOFTEST, LOUDEST = 1.0, 127.0  # velocities of MIDI
USUAL_VELOCITY = 64.0  # where nothing is known of it: the middle


def _no_numbers() -> np.ndarray:
    return np.zeros(0)


@dataclass(frozen=True)
class Notes:
    """Notes of one instrument, in any order; :meth:`ordered` sorts them.

    What is not given is filled in: the usual velocity, sounding until the end, a new stroke for every note, no note
    plucked.

    Attributes
    ----------
    onset : np.ndarray, float64 [notes]
        Seconds at which each note begins: the hammer strikes, the bow or finger sets the string in motion.
    end : np.ndarray, float64 [notes]
        Seconds at which the key is released or the bow leaves the note; not before its onset.
    pitch : np.ndarray, int64 [notes]
        MIDI number, 0 to 127; A4 = 69 = 440 Hz.
    velocity : np.ndarray, float64 [notes]
        1 to 127, as in MIDI.
    sounding_end : np.ndarray, float64 [notes]
        Seconds until which it rings on (pedal, open string); not before its end.
    stroke : np.ndarray, bool [notes]
        Violin: whether a new bow stroke begins with it; False under a slur.
    plucked : np.ndarray, bool [notes]
        Violin: pizzicato.
    """

    onset: np.ndarray
    end: np.ndarray
    pitch: np.ndarray
    # None only until __post_init__ has filled it in
    velocity: np.ndarray = None  # type: ignore[assignment]
    sounding_end: np.ndarray = None  # type: ignore[assignment]
    stroke: np.ndarray = None  # type: ignore[assignment]
    plucked: np.ndarray = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        count = len(np.atleast_1d(self.onset))
        filled = {
            "onset": np.asarray(self.onset, np.float64),
            "end": np.asarray(self.end, np.float64),
            "pitch": np.asarray(np.round(self.pitch), np.int64),
            "velocity": _filled(self.velocity, np.full(count, USUAL_VELOCITY)),
            "sounding_end": _filled(self.sounding_end, np.asarray(self.end, np.float64)),
            "stroke": _filled(self.stroke, np.ones(count, bool)),
            "plucked": _filled(self.plucked, np.zeros(count, bool)),
        }
        for name, values in filled.items():
            if values.shape != (count,):
                raise ValueError(f"notes with {count} onsets need {name} [{count}], got {list(values.shape)}")
            object.__setattr__(self, name, values)
        if not all(np.isfinite(filled[name]).all() for name in ("onset", "end", "velocity", "sounding_end")):
            raise ValueError("notes need times and velocities that are numbers")
        if (filled["end"] < filled["onset"]).any():
            raise ValueError("a note ends before it begins")

    def __len__(self) -> int:
        return len(self.onset)

    @classmethod
    def none(cls) -> Notes:
        """No notes at all."""
        return cls(_no_numbers(), _no_numbers(), _no_numbers())

    def chosen(self, which: np.ndarray) -> Notes:
        """Some of the notes: a mask or indices, as numpy takes them."""
        return Notes(**{f.name: getattr(self, f.name)[which] for f in fields(self)})

    def ordered(self) -> Notes:
        """By onset, lower pitches first where notes begin together."""
        return self.chosen(np.lexsort((self.pitch, self.onset)))

    def between(self, start: float, stop: float) -> Notes:
        """Those that begin at ``start`` seconds or later and before ``stop``."""
        return self.chosen((self.onset >= start) & (self.onset < stop))

    def shifted(self, seconds: float) -> Notes:
        """The same notes, later by ``seconds`` (earlier when negative)."""
        return replace(
            self, onset=self.onset + seconds, end=self.end + seconds, sounding_end=self.sounding_end + seconds
        )


def joined(parts: Sequence[Notes]) -> Notes:
    """All notes of several, part after part."""
    if not parts:
        return Notes.none()
    return Notes(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Notes)})


def _filled(values: np.ndarray | None, otherwise: np.ndarray) -> np.ndarray:
    return otherwise if values is None else np.asarray(values, otherwise.dtype)
