"""A piece as a file gives it: parts, each with its notes in seconds and what is written of how they are played.

Times of a MIDI file are those at which it was played; times of written music (MusicXML) follow its tempo marks
strictly, until :mod:`audio_to_body.scores.performing` lets a player make a performance of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

import numpy as np

from audio_to_body.musician.score import Score
from audio_to_body.skeleton.notes import Notes

NOT_WRITTEN = -1  # of a hand, finger or string
LEFT_HAND, RIGHT_HAND = 0, 1  # as audio_to_body.inference.piano.from_notes takes them
DOWN_BOW, UP_BOW, NO_BOWING = 1, -1, 0
LONGEST = 6 * 3600.0  # s that a musician plays at most
MOST_NOTES = 500_000  # of a piece; ten hours of a pianist's quickest playing


def counted(count: int) -> str:
    """``"1 note is"`` or ``"5 notes are"``."""
    return "1 note is" if count == 1 else f"{count} notes are"


@dataclass(frozen=True)
class Marks:
    """What is written about how notes are played; arrays run along with the notes of a part.

    Attributes
    ----------
    hand : np.ndarray, int64 [notes]
        0 left, 1 right, -1 not written: of staves, or of tracks named after hands.
    finger : np.ndarray, int64 [notes]
        As printed: 1 thumb to 5 of a pianist, 0 open string to 4 of a violinist, -1 not written.
    string : np.ndarray, int64 [notes]
        0 G to 3 E, -1 not written.
    bow : np.ndarray, int64 [notes]
        1 down-bow, -1 up-bow, 0 not written.
    slurred : np.ndarray, bool [notes]
        Whether a slur binds the note to the one before it.
    staccato : np.ndarray, bool [notes]
        Whether it sounds for half of its length.
    """

    hand: np.ndarray
    finger: np.ndarray
    string: np.ndarray
    bow: np.ndarray
    slurred: np.ndarray
    staccato: np.ndarray

    @classmethod
    def none(cls, count: int) -> Marks:
        """Nothing is written about any of ``count`` notes."""
        unknown = np.full(count, NOT_WRITTEN, np.int64)
        no, nowhere = np.full(count, NO_BOWING, np.int64), np.zeros(count, bool)
        return cls(unknown, unknown.copy(), unknown.copy(), no, nowhere, nowhere.copy())

    def chosen(self, which: np.ndarray) -> Marks:
        """Those of some of the notes: a mask or indices."""
        return Marks(**{f.name: getattr(self, f.name)[which] for f in fields(self)})

    @property
    def bowed(self) -> bool:
        """Whether anybody wrote how the bow goes: slurs or bowing marks."""
        return bool(self.slurred.any() or (self.bow != NO_BOWING).any())


@dataclass(frozen=True)
class Part:
    """One player's or voice's notes, by onset, lower pitches first where notes begin together.

    Attributes
    ----------
    name : str
        As the file names it; else what it is, such as ``"track 2"``.
    program : int
        General MIDI program from 0; -1 where the file does not tell.
    notes : Notes
        Seconds from the piece's beginning. ``end`` is when key or bow leave the note, ``sounding_end`` when the
        pedal lets it go; ``stroke`` is False where a slur binds a note to the one before.
    marks : Marks
    drums : bool
        Whether its pitches stand for drums.
    staves : int
        How many staves a written part has; 0 where nobody says.
    written : Score or None
        The same notes as they are written, in quarters, for a player to perform; None of a MIDI file, which is played
        already.
    level : np.ndarray, float64 [notes]
        Of a written part: loudness 0 to 1 that its dynamics ask for, NaN where nothing is written.
    """

    name: str
    program: int
    notes: Notes
    marks: Marks
    drums: bool = False
    staves: int = 0
    written: Score | None = None
    level: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        lengths = {len(self.notes), len(self.marks.hand)}
        lengths |= set() if self.written is None else {len(self.written), len(self.level)}
        if len(lengths) != 1:
            raise ValueError(f"part '{self.name}' has arrays of lengths {sorted(lengths)}; each note needs all")

    def __len__(self) -> int:
        return len(self.notes)

    def chosen(self, which: np.ndarray) -> Part:
        """Some of the notes: a mask or indices."""
        return replace(
            self,
            notes=self.notes.chosen(which),
            marks=self.marks.chosen(which),
            written=None if self.written is None else self.written.select(which),
            level=self.level if self.written is None else self.level[which],
        )

    def ordered(self) -> Part:
        """By onset, lower pitches first where notes begin together."""
        return self.chosen(np.lexsort((self.notes.pitch, self.notes.onset)))


@dataclass(frozen=True)
class Piece:
    """What a file holds.

    Attributes
    ----------
    name : str
        What messages call it.
    parts : tuple of Part
        In the file's order, those with notes alone; never empty.
    remarks : tuple of str
        What a person should know of the reading, a sentence each.
    tempo : float or None
        Quarter notes a minute that the first tempo mark asks for; None where nothing is written. Written music
        without a tempo is timed at 120.
    """

    name: str
    parts: tuple[Part, ...]
    remarks: tuple[str, ...] = ()
    tempo: float | None = None

    @property
    def as_played(self) -> bool:
        """Whether its times are a player's already."""
        return all(part.written is None for part in self.parts)

    @property
    def seconds(self) -> float:
        """When the last note has died away."""
        return max(float(part.notes.sounding_end.max()) for part in self.parts)
