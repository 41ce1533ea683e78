"""What makes a net that hears notes: its keys, what each key looks at, sizes, delays and training.

All keys share one set of weights. A key looks at the bands of its own harmonics, and at a summary of what the keys
around it see; so what is learnt of one note holds for all, and 120,000 parameters hear 88 keys.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.inference.notes.card import LOW, NORMAL
from audio_to_body.sound.note_bands import FRONT_ENDS, STEP_RATE, NoteFrontEnd

HALVES = 2  # steps at 48/s that make one step of the net at 24/s
NET_RATE = STEP_RATE // HALVES
NEAR = 3  # fine bands of a harmonic: its middle and one to either side
PER_HARMONIC = NEAR + 1  # and its semitone band
# keys whose summary a key sees: close by, and where harmonics coincide (octave 12, twelfth 19, ...)
AROUND = tuple(sign * apart for apart in (1, 2, 3, 4, 5, 7, 9, 12, 16, 19, 24, 28, 31, 36) for sign in (-1, 1))
DELAYS = {NORMAL: 6, LOW: 3}  # steps at 48/s by which the outputs of each head run behind the sound: 125 and 62 ms
PARTS = ("onset", "sounding", "held", "velocity")  # what each head tells of every key at 48 steps/s
PARTS_OF_BOWS = ("stroke", "plucked")


@dataclass(frozen=True)
class NoteSettings:
    """One net and its training; the defaults hear the piano.

    Attributes
    ----------
    instrument : str
    own, around, context, hidden : int
        Widths: what a key makes of its own harmonics in half a step, what it tells others, what it makes of them,
        and its memory.
    steps : int
        Steps of the net (24/s) of a training sequence.
    batch : int
        Sequences in an update.
    learning_rate : float
        ADAM's, after ``warm_up`` updates and before its cosine descent to 0.
    warm_up : int
    clip : float
        Largest norm of all gradients together.
    sounding_weight, held_weight, velocity_weight, stroke_weight, plucked_weight, low_weight : float
        Of these outputs beside the onsets' 1, and of the head of low latency beside the normal one.
    seed : int
    """

    instrument: str = "piano"
    own: int = 48
    around: int = 12
    context: int = 32
    hidden: int = 64
    steps: int = 72
    batch: int = 32
    learning_rate: float = 4e-3
    warm_up: int = 60
    clip: float = 5.0
    sounding_weight: float = 0.15
    held_weight: float = 0.15
    velocity_weight: float = 1.0
    stroke_weight: float = 0.5
    plucked_weight: float = 0.5
    low_weight: float = 0.5
    seed: int = 0

    @property
    def front(self) -> NoteFrontEnd:
        """Its front end."""
        return FRONT_ENDS[self.instrument]

    @property
    def keys(self) -> range:
        """The MIDI numbers it hears."""
        return KEYS[self.instrument]

    @property
    def bowed(self) -> bool:
        """Whether it tells strokes and plucked notes."""
        return self.instrument == "violin"

    @property
    def looked_at(self) -> int:
        """Numbers that a key looks at in half a step: values and rises."""
        return len(HARMONICS[self.instrument]) * PER_HARMONIC * 2

    @property
    def columns(self) -> int:
        """Columns of the features: bands and one of zeros."""
        return self.front.bands + 1

    @property
    def memory_input(self) -> int:
        """Inputs of the LSTM."""
        return HALVES * self.own + self.context

    @property
    def parts(self) -> tuple[str, ...]:
        """What each head tells of a key at a step of 48/s."""
        return PARTS + (PARTS_OF_BOWS if self.bowed else ())

    @property
    def outputs(self) -> int:
        """Outputs for one key: head by head, half by half, part by part."""
        return len(DELAYS) * HALVES * len(self.parts)


KEYS = {"piano": range(21, 109), "violin": range(55, 104)}  # A0 to C8, G3 to G7
HARMONICS = {
    "piano": (0.5, 1, 2, 3, 4, 5, 6, 7, 8, 10),
    "violin": (0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 10),
}
# a violin's stops last as long as they are bowed: there sounding says more than on a piano
SETTINGS = {
    "piano": NoteSettings(hidden=96),
    "violin": NoteSettings("violin", own=64, hidden=96, sounding_weight=0.5, held_weight=0.3),
}


def harmonic_bands(settings: NoteSettings) -> np.ndarray:
    """Which columns of the features each key looks at, int64 [keys + 1, harmonics * 4].

    The last row belongs to no key: it looks at zeros alone and stands for "off the edge of the keyboard".
    """
    front, off = settings.front, settings.front.bands
    rows = []
    for key in settings.keys:
        row = []
        for harmonic in HARMONICS[settings.instrument]:
            pitch = key + 12.0 * np.log2(harmonic)
            fine = front.fine_band(pitch)
            for beside in range(-(NEAR // 2), NEAR // 2 + 1):
                near = None if fine is None else fine + beside
                row.append(off if near is None or not 0 <= near < front.fine else near)
            semitone = front.semitone_band(pitch)
            row.append(off if semitone is None else semitone)
        rows.append(row)
    rows.append([off] * len(rows[0]))
    return np.array(rows, np.int64)


def gather_columns(settings: NoteSettings) -> np.ndarray:
    """Places in a step's features, both halves end to end, int64 [(keys + 1) * 2 * harmonics * 4]: key by key."""
    bands = harmonic_bands(settings)
    return np.concatenate([bands + half * settings.columns for half in range(HALVES)], axis=1).ravel()


def neighbours(settings: NoteSettings) -> np.ndarray:
    """Whose summaries each key sees, int64 [keys * neighbours]; ``keys`` where there is no such key."""
    count = len(settings.keys)
    others = np.arange(count)[:, None] + np.array(AROUND)
    return np.where((others >= 0) & (others < count), others, count).ravel()
