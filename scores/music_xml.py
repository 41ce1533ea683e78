"""MusicXML (``.musicxml``, ``.xml``, ``.mxl``): what is written, for a player to perform.

Repeats are taken. Grace notes are quick notes before the beat. Trills, tremolos, arpeggio signs and hairpins are not
played out. Checked note by note against music21's reader (tests/scores).
"""

from __future__ import annotations

import math
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from audio_to_body.musician.score import LEFT, RIGHT, Score, metric_strength
from audio_to_body.scores.measures import MIDDLE, Measure, PartReader, WrittenNote
from audio_to_body.scores.music_xml_file import read_tree, tree_of
from audio_to_body.scores.piece import LEFT_HAND, MOST_NOTES, NOT_WRITTEN, RIGHT_HAND, Marks, Part, Piece, counted
from audio_to_body.scores.repeats import joined, playing_order
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.refusal import BadInput

USUAL_TEMPO = 120.0  # quarters a minute where nothing is written
DRUM_CHANNEL = 10
LONGEST_SLUR = 16  # quarters; what seems longer was closed by mistake
TOGETHER = 1e-4  # quarters


def read_music_xml(path: str | os.PathLike[str], repeats: bool = True) -> Piece:
    """Read a MusicXML file.

    Parameters
    ----------
    path : path
    repeats : bool
        Whether repeats are taken; else every measure comes once.

    Raises
    ------
    BadInput
        If it is no MusicXML file, is damaged, or holds no notes or drums alone.
    """
    return _piece(read_tree(path), str(Path(path)), repeats)


def music_xml_of(data: bytes, name: str, repeats: bool = True) -> Piece:
    """Read a MusicXML file's bytes; as :func:`read_music_xml`."""
    return _piece(tree_of(data, name), name, repeats)


@dataclass(frozen=True)
class _Row:
    """A note on the piece's own clock, quarters."""

    onset: Fraction
    length: Fraction
    note: WrittenNote
    strength: float
    bar: int
    slurred: bool = False


def _piece(root: Element, name: str, repeats: bool) -> Piece:
    listed = {part.get("id", ""): part for part in root.findall("part-list/score-part")}
    readers: list[PartReader] = []
    read: list[list[Measure]] = []
    names: list[str] = []
    for element in root.findall("part"):
        reader = PartReader(name)
        read.append([reader.read(measure, i) for i, measure in enumerate(element.findall("measure"))])
        readers.append(reader)
        names.append(element.get("id", ""))
    count = max(map(len, read), default=0)
    if not count:
        raise BadInput(f"{name} holds no notes (it has no measures)")
    columns = [[measures[i] for measures in read if i < len(measures)] for i in range(count)]
    signs = [joined([measure.signs for measure in column]) for column in columns]
    lengths = [max(measure.length for measure in column) for column in columns]
    order = playing_order(signs, name) if repeats else list(range(count))
    if sum(len(measure.notes) for number in order for measure in columns[number]) > MOST_NOTES:
        raise BadInput(f"{name} holds more than {MOST_NOTES:,} notes; nobody plays so many")
    starts = [Fraction(0)]
    for number in order:
        starts.append(starts[-1] + lengths[number])
    tempos = [(starts[i] + place, value) for i, n in enumerate(order) for place, value in signs[n].tempos]
    clock = _Clock(tempos)
    parts, between = [], 0
    for number, (reader, measures, identity) in enumerate(zip(readers, read, names)):
        rows = _rows(measures, order, starts, lengths)
        between += sum(row.note.pitch % 1 != 0 for row in rows)
        if rows:
            parts.append(_part(rows, listed.get(identity), reader.staves, number, clock))
    if not parts:
        raise BadInput(f"{name} holds no notes")
    if all(part.drums for part in parts):
        raise BadInput(f"{name} holds drums alone; there is nothing to play on a violin or a piano")
    remarks = (f"{counted(between)} written between two keys, and played on the nearest",) if between else ()
    return Piece(name, tuple(parts), remarks, tempos[0][1] if tempos else None)


class _Clock:
    """Quarters to seconds by tempo marks, strictly."""

    def __init__(self, tempos: Sequence[tuple[Fraction, float]]) -> None:
        first = tempos[0][1] if tempos else USUAL_TEMPO
        changes = [(0.0, first), *((float(at), tempo) for at, tempo in tempos)]
        changes.sort(key=lambda change: change[0])
        self._at = np.array([at for at, _ in changes])
        self._pace = np.array([60.0 / tempo for _, tempo in changes])
        self._seconds = np.concatenate([[0.0], np.cumsum(np.diff(self._at) * self._pace[:-1])])

    def __call__(self, quarters: np.ndarray) -> np.ndarray:
        last = np.searchsorted(self._at, quarters, side="right") - 1
        last = np.maximum(last, 0)
        seconds: np.ndarray = self._seconds[last] + (quarters - self._at[last]) * self._pace[last]
        return seconds


def _rows(
    measures: Sequence[Measure], order: Sequence[int], starts: Sequence[Fraction], lengths: Sequence[Fraction]
) -> list[_Row]:
    """A part's notes in the order in which they are played, ties joined, slurs known."""
    found: list[_Row] = []
    for bar, number in enumerate(order):
        if number >= len(measures):
            continue
        measure = measures[number]
        upbeat = measure.bar - lengths[number] if bar == 0 and lengths[number] < measure.bar else Fraction(0)
        for note in measure.notes:
            onset = max(starts[bar] + note.place, Fraction(0))
            place = float(note.place + upbeat)
            strength = metric_strength(max(place, 0.0), float(measure.bar)) if not note.grace else 1 / 16
            found.append(_Row(onset, note.length, note, strength, bar))
    found.sort(key=lambda row: (row.onset, not row.note.grace))
    return _untied(_slurred(found))


def _slurred(rows: list[_Row]) -> list[_Row]:
    """The rows with what slurs bind to the note before; a slur that is never closed, or too long, binds none."""
    spans: dict[str, list[tuple[Fraction, Fraction]]] = defaultdict(list)  # by voice: beginning and end
    opened: dict[tuple[str, str], Fraction] = {}  # by voice and number: beginning
    moments = [list(together) for _, together in groupby(rows, key=lambda row: row.onset)]
    for together in moments:
        for row in together:
            for number in row.note.slur_stops:
                keys = [key for key in opened if key[1] == number and opened[key] < row.onset]
                if keys:
                    own = (row.note.voice, number)
                    key = own if own in keys else keys[0]
                    spans[key[0]].append((opened.pop(key), row.onset))
        for row in together:
            opened.update({(row.note.voice, number): row.onset for number in row.note.slur_starts})
    short = {v: [(begin, end) for begin, end in s if end - begin <= LONGEST_SLUR] for v, s in spans.items()}
    begins = {voice: np.array([float(begin) for begin, _ in s]) for voice, s in short.items()}
    ends = {voice: np.array([float(end) for _, end in s]) for voice, s in short.items()}
    told = []
    for row in rows:
        voice, at = row.note.voice, float(row.onset)
        bound = voice in begins and bool(((begins[voice] < at - TOGETHER) & (at <= ends[voice] + TOGETHER)).any())
        told.append(replace(row, slurred=bound))
    return told


def _untied(rows: list[_Row]) -> list[_Row]:
    """The rows with tied notes made one."""
    kept: list[_Row] = []
    waiting: dict[tuple[float, int], int] = {}  # pitch and staff of notes that are tied on: place in kept
    for row in rows:
        key = (row.note.pitch, row.note.staff)
        before = waiting.pop(key, None) if row.note.tied_from else None
        if before is not None:
            first = kept[before]
            length = row.onset + row.length - first.onset
            kept[before] = replace(first, length=length)
        else:
            before = len(kept)
            kept.append(row)
        if row.note.tied_to:
            waiting[key] = before
    return kept


def _part(rows: list[_Row], listed: Element | None, staves: int, number: int, clock: _Clock) -> Part:
    drums = any(math.isnan(row.note.pitch) for row in rows)
    rows = [row for row in rows if row.length > 0 and not math.isnan(row.note.pitch)] or rows
    pitches = [60 if math.isnan(row.note.pitch) else math.floor(row.note.pitch + 0.5) for row in rows]
    seen: dict[tuple[Fraction, int], int] = {}
    for i, row in enumerate(rows):  # voices of one part may share a note: the longer one counts
        place = (row.onset, min(max(pitches[i], 0), 127))
        if place not in seen or rows[seen[place]].length < row.length:
            seen[place] = i
    chosen = sorted(seen.items())
    onset = np.array([float(at) for (at, _), _ in chosen])
    pitch = np.array([p for (_, p), _ in chosen], np.int64)
    own = [rows[i] for _, i in chosen]
    end = _not_overlapping(onset, onset + np.array([float(row.length) for row in own]), pitch)
    two = staves > 1
    right = np.array([row.note.staff == 1 for row in own])
    nothing = np.full(len(own), NOT_WRITTEN, np.int64)
    marks = Marks(
        hand=np.where(right, RIGHT_HAND, LEFT_HAND) if two else nothing,
        finger=np.array([row.note.finger for row in own], np.int64),
        string=np.array([row.note.string for row in own], np.int64),
        bow=np.array([row.note.bow for row in own], np.int64),
        slurred=_with_chords(onset, np.array([row.slurred for row in own])),
        staccato=np.array([row.note.staccato for row in own]),
    )
    level = np.array([row.note.level for row in own], np.float64)
    seconds, until = clock(onset), clock(end)
    velocity = 127.0 * np.where(np.isnan(level), MIDDLE, level)
    plucked = np.array([row.note.plucked for row in own])
    name, program, channel = _listed(listed, number)
    written = Score(
        onset=onset,
        duration=end - onset,
        pitch=pitch,
        hand=np.where(right, RIGHT, LEFT) if two else np.full(len(own), RIGHT),
        slurred=marks.slurred.copy(),
        strength=np.array([row.strength for row in own]),
        bar=np.array([row.bar for row in own], np.int64),
        name=name,
    )
    notes = Notes(seconds, until, pitch, velocity, until, ~marks.slurred, plucked)
    return Part(name, program, notes, marks, drums or channel == DRUM_CHANNEL, staves, written, level)


def _not_overlapping(onset: np.ndarray, end: np.ndarray, pitch: np.ndarray) -> np.ndarray:
    """Ends with every note over before the next one of its pitch begins."""
    latest: dict[int, int] = defaultdict(lambda: -1)
    ends = end.copy()
    for i, key in enumerate(pitch.tolist()):
        before = latest[key]
        if before >= 0:
            ends[before] = min(ends[before], onset[i])
        latest[key] = i
    return ends


def _with_chords(onset: np.ndarray, slurred: np.ndarray) -> np.ndarray:
    """A chord is slurred when one of its notes is."""
    heads = np.flatnonzero(np.concatenate([[True], np.diff(onset) > TOGETHER]))
    counts = np.diff(np.append(heads, len(onset)))
    return np.repeat(np.add.reduceat(slurred.astype(int), heads) > 0, counts)


def _listed(listed: Element | None, number: int) -> tuple[str, int, int]:
    """Name, program and MIDI channel of a part as the list of parts has them."""
    if listed is None:
        return f"part {number + 1}", NOT_WRITTEN, 0

    def whole(tag: str) -> int:
        text = (listed.findtext(tag) or "").strip()
        return int(text) if text.isdigit() and len(text) < 4 else 0

    name = " ".join((listed.findtext("part-name") or listed.findtext("part-abbreviation") or "").split())
    sound = listed.findtext("score-instrument/instrument-name") or ""
    if not name or name.lower().startswith("musicxml"):
        name = " ".join(sound.split()) or f"part {number + 1}"
    return name, whole("midi-instrument/midi-program") - 1, whole("midi-instrument/midi-channel")
