"""Which part of a piece an instrument plays, and which instrument a piece is for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from audio_to_body.musician.score import LEFT, RIGHT, Score
from audio_to_body.scores.piece import LEFT_HAND, NOT_WRITTEN, RIGHT_HAND, Marks, Part, Piece
from audio_to_body.skeleton.instruments import INSTRUMENTS, Instrument, instrument_named
from audio_to_body.skeleton.notes import joined
from audio_to_body.skeleton.refusal import BadInput

ALL = "all"
NAMED, SUITS, SIMILAR = 3, 2, 1  # how well a part fits an instrument; 0 where nothing tells
# what parts are called, in the languages of scores; an instrument that is not listed goes by its own name
NAMES = {
    "violin": r"violin|violon(?!c)|geige|fiddle|\bvln|\bvl\b|\bvn\b",
    "piano": r"piano|klavier|clavi|keyb|harpsi|cembalo|tastatur|\bpno|\b[rl]\.?h\b|\b(right|left)\b|"
    r"(rechte|linke) hand|main (droite|gauche)",
}
RIGHT_NAMES = re.compile(r"\b(right|rechte|droite|upper|treble|r\.?h)\b", re.I)
LEFT_NAMES = re.compile(r"\b(left|linke|gauche|lower|l\.?h)\b", re.I)
KEYED_PROGRAMS, OTHER_KEYED = range(0, 8), range(16, 24)  # General MIDI: pianos; organs
BOWED_PROGRAMS = range(40, 50)  # solo strings and string ensembles
NAMES_SHOWN = 6
ONE_LINE = 0.9  # share of notes that sound alone in a melody


@dataclass(frozen=True)
class Choice:
    """What is played by whom.

    Attributes
    ----------
    instrument : str
    part : Part
        Of several parts, one with all their notes.
    remarks : tuple of str
        What was guessed and what was left.
    """

    instrument: str
    part: Part
    remarks: tuple[str, ...]


def choose(piece: Piece, instrument: str | None = None, wanted: Sequence[str] = ()) -> Choice:
    """The part that an instrument plays.

    Parameters
    ----------
    piece : Piece
    instrument : str, optional
        Its name; the piece decides when not given.
    wanted : sequence of str
        Names or numbers (from 1) of the parts to play, ``"all"`` for all but drums.

    Raises
    ------
    BadInput
        If there is no such part or no such instrument.
    """
    remarks = []
    parts = _wanted(piece, wanted) if wanted else [part for part in piece.parts if not part.drums]
    if instrument is None:
        instrument, why = _instrument_for(parts)
        remarks.append(f"{why}, so the {instrument} plays it; --instrument chooses")
    record = instrument_named(instrument)
    chosen = parts if wanted else _suiting(parts, record)
    left = [part for part in piece.parts if not any(part is own for own in chosen)]
    if left and not wanted:
        names = ", ".join(f"'{part.name}'" for part in left[:NAMES_SHOWN])
        more = f" and {len(left) - NAMES_SHOWN} more" if len(left) > NAMES_SHOWN else ""
        own = ", ".join(f"'{part.name}'" for part in chosen[:NAMES_SHOWN])
        remarks.append(f"{own} is played, not {names}{more}; --part NAME, NUMBER or all chooses")
    return Choice(instrument, merged(chosen, by_hands=record.keyed), tuple(remarks))


def _wanted(piece: Piece, wanted: Sequence[str]) -> list[Part]:
    chosen: list[Part] = []
    for name in wanted:
        found = _named(piece, name.strip())
        chosen += [part for part in found if not any(part is own for own in chosen)]
    return chosen


def _named(piece: Piece, name: str) -> list[Part]:
    if name.lower() == ALL:
        return [part for part in piece.parts if not part.drums]
    if name.isdigit() and 1 <= int(name) <= len(piece.parts):
        found = [piece.parts[int(name) - 1]]
    else:
        found = [part for part in piece.parts if part.name.lower() == name.lower()][:1]
        found = found or [part for part in piece.parts if name and name.lower() in part.name.lower()]
    listed = ", ".join(f"{i} '{part.name}'" for i, part in enumerate(piece.parts[: 2 * NAMES_SHOWN], start=1))
    listed += ", ..." if len(piece.parts) > 2 * NAMES_SHOWN else ""
    if len(found) != 1:
        what = "several parts" if found else "no part"
        raise BadInput(f"{piece.name} has {what} '{name}'; it has {listed}")
    if found[0].drums:
        raise BadInput(f"part '{found[0].name}' of {piece.name} is for drums; choose another of {listed}")
    return found


def fit(part: Part, instrument: Instrument) -> int:
    """How well a part's name and program fit an instrument."""
    names = NAMES.get(instrument.name, re.escape(instrument.name))
    if re.search(names, part.name, re.I):
        return NAMED
    for name, other in NAMES.items():
        if name != instrument.name and re.search(other, part.name, re.I):
            return 0
    if part.program in instrument.programmes or (instrument.keyed and part.program in KEYED_PROGRAMS):
        return SUITS
    if instrument.keyed and (part.staves > 1 or part.program in OTHER_KEYED):
        return SIMILAR
    return SIMILAR if instrument.bowed and part.program in BOWED_PROGRAMS else 0


def _instrument_for(parts: Sequence[Part]) -> tuple[str, str]:
    """The instrument whose part a piece has, and why it is thought so."""
    pairs = [(record, part) for record in INSTRUMENTS.values() for part in parts]
    record, part = max(pairs, key=lambda pair: fit(pair[1], pair[0]))  # the first of the best
    level = fit(part, record)
    if level:
        return record.name, f"part '{part.name}' looks like one for the {record.name}"
    violin, first = instrument_named("violin"), parts[0]
    pitch = first.notes.pitch
    if (
        len(parts) == 1
        and alone(first) >= ONE_LINE
        and pitch.min() >= violin.lowest
        and pitch.max() <= violin.highest
    ):
        return "violin", "it is one line of notes that a violin has"
    return "piano", "no part is named after an instrument and there are several notes at once"


def alone(part: Part) -> float:
    """Share of notes that begin when no other of the part begins or sounds on."""
    onset, end = part.notes.onset, part.notes.end
    before = np.concatenate([[-np.inf], np.maximum.accumulate(end)[:-1]])
    single = before <= onset + 0.05
    single[1:] &= np.diff(onset) > 0.01
    return float(single.mean())


def _suiting(parts: Sequence[Part], instrument: Instrument) -> list[Part]:
    """The part that suits an instrument best; on keys, all that are written for keys."""
    levels = [fit(part, instrument) for part in parts]
    best = max(levels)
    if best == 0:
        inside = [
            ((p.notes.pitch >= instrument.lowest) & (p.notes.pitch <= instrument.highest)).mean() for p in parts
        ]
        lines = [1.0 if instrument.keyed else alone(part) for part in parts]
        quality = [round(float(i) * float(a), 1) for i, a in zip(inside, lines)]
        return [parts[int(np.argmax(quality))]]
    found = [part for part, level in zip(parts, levels) if level == best]
    return found if instrument.keyed else found[:1]


def merged(parts: Sequence[Part], by_hands: bool = False) -> Part:
    """Several parts as one; where they are two of one keyboard, one hand each."""
    if len(parts) == 1:
        return parts[0]
    hands = _hands(parts) if by_hands else [NOT_WRITTEN] * len(parts)
    marks = [
        replace(part.marks, hand=np.where(part.marks.hand == NOT_WRITTEN, hand, part.marks.hand))
        for part, hand in zip(parts, hands)
    ]
    return Part(
        name=" + ".join(part.name for part in parts[:NAMES_SHOWN]),
        program=parts[0].program,
        notes=joined([part.notes for part in parts]),
        marks=Marks(**{name: np.concatenate([getattr(m, name) for m in marks]) for name in vars(marks[0])}),
        staves=sum(part.staves for part in parts),
        written=_written(parts, hands),
        level=np.concatenate([part.level for part in parts]),
    ).ordered()


def _written(parts: Sequence[Part], hands: Sequence[int]) -> Score | None:
    """What is written of all parts together; None of a piece that is played."""
    scores = []
    for part, hand in zip(parts, hands):
        if part.written is None:
            return None
        told = np.full(len(part), RIGHT if hand == RIGHT_HAND else LEFT)
        scores.append(part.written if hand == NOT_WRITTEN else replace(part.written, hand=told))
    arrays = {f.name: np.concatenate([getattr(s, f.name) for s in scores]) for f in fields(Score) if f.name != "name"}
    return Score(**arrays, name=scores[0].name)


def _hands(parts: Sequence[Part]) -> list[int]:
    """The hand of each of two tracks of one keyboard: by their names, else the higher one is the right."""
    if len(parts) != 2 or any((part.marks.hand != NOT_WRITTEN).any() for part in parts):
        return [NOT_WRITTEN] * len(parts)
    for first, second in ((0, 1), (1, 0)):
        if RIGHT_NAMES.search(parts[first].name) and LEFT_NAMES.search(parts[second].name):
            return [RIGHT_HAND, LEFT_HAND] if first == 0 else [LEFT_HAND, RIGHT_HAND]
    numbered = [re.sub(r"\W*(track|channel)?\W*\d+", "", part.name.lower()) for part in parts]
    if numbered[0] != numbered[1]:  # primo and secondo, or two instruments
        return [NOT_WRITTEN] * 2
    higher = parts[0].notes.pitch.mean() >= parts[1].notes.pitch.mean()
    return [RIGHT_HAND, LEFT_HAND] if higher else [LEFT_HAND, RIGHT_HAND]
