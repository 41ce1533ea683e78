"""Fingers that are printed over a piano score's notes, hand by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio_to_body.musician.piano_fingering import FINGERS
from audio_to_body.scores.endings import XML_ENDINGS
from audio_to_body.scores.piece import LEFT_HAND, RIGHT_HAND, Part
from audio_to_body.scores.reading import read_piece
from audio_to_body.skeleton.refusal import BadInput

UNMARKED = -1


@dataclass(frozen=True)
class Hand:
    """One hand of a piece.

    Attributes
    ----------
    piece : str
    left : bool
    onset : np.ndarray [chords]
    pitch, end, mark : list of np.ndarray [notes]
        A mark is a finger, 0 thumb to 4 little finger, or -1.
    """

    piece: str
    left: bool
    onset: np.ndarray
    pitch: list[np.ndarray]
    end: list[np.ndarray]
    mark: list[np.ndarray]

    @property
    def marks(self) -> int:
        """How many notes have one."""
        return int(sum((mark >= 0).sum() for mark in self.mark))


def read_hands(folder: Path, tell: Callable[[str], object] = lambda text: None) -> list[Hand]:
    """All hands of a folder's scores that have fingerings.

    Parameters
    ----------
    folder : path
    tell : callable (str)
        Told which score was left out, and why.

    Raises
    ------
    BadInput
        If there are none.
    """
    hands: list[Hand] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.suffix.lower() not in XML_ENDINGS:
            continue
        try:
            piece = read_piece(path, repeats=False)
        except BadInput as refusal:
            tell(f"left out: {refusal}")
            continue
        alone = len(piece.parts) == 2 and all(part.staves <= 1 for part in piece.parts)  # a part for each hand
        for number, part in enumerate(piece.parts):
            hand = np.full(len(part), RIGHT_HAND - number) if alone else part.marks.hand
            for which in (RIGHT_HAND, LEFT_HAND):
                hands.append(_hand(path.stem, part.chosen(hand == which), which == LEFT_HAND))
    found = [hand for hand in hands if hand.marks]
    if not found:
        raise BadInput(f"{folder} holds no MusicXML with fingerings for piano")
    return found


def _hand(piece: str, part: Part, left: bool) -> Hand:
    notes = part.notes
    heads = np.flatnonzero(np.diff(notes.onset, prepend=-1.0) > 1e-3)
    groups = [np.unique(notes.pitch[g], return_index=True)[1][:FINGERS] + g[0] for g in
              np.split(np.arange(len(part)), heads[1:]) if len(g)]  # fmt: skip
    printed = np.where((part.marks.finger >= 1) & (part.marks.finger <= FINGERS), part.marks.finger - 1, UNMARKED)
    return Hand(
        piece, left, notes.onset[[g[0] for g in groups]],
        [notes.pitch[g] for g in groups], [notes.end[g] for g in groups], [printed[g] for g in groups],
    )  # fmt: skip
