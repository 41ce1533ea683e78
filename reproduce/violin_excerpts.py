"""Music as professionals finger it on the violin, and how often a choice is theirs.

Read are fingerings as the repository Tsung-Ping/Violin-Fingering-Generation publishes them
(``vio<player>_<excerpt>.csv``: pitch, start, duration, string, position, finger of each note).
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio_to_body.musician.violin_ways import OPEN_STRINGS, ways_of
from audio_to_body.skeleton.refusal import BadInput

TEMPI = {  # quarter notes a minute at which an excerpt is usually played
    **{"bach1": 90, "beeth1": 112, "beeth2_1": 76, "beeth2_2": 76, "flower": 66},
    **{"mend1": 200, "mend3": 170, "mozart1": 120, "mozart2_1": 120, "wind": 66},
}
USUAL_TEMPO = 110  # of others
LOOK_ON = 8  # notes within which an open string's position is that of the next stopped one
UNKNOWN = -1  # a way that the annotation names and that no table has


@dataclass(frozen=True)
class Excerpt:
    """A piece of music as several professionals finger it.

    Attributes
    ----------
    name : str
    pitch : np.ndarray, int64 [n]
        MIDI.
    onset : np.ndarray [n]
        Seconds, at the tempo at which the music is usually played.
    chord : np.ndarray, bool [n]
        Whether a note sounds with the one before it.
    string, finger, position : np.ndarray, int64 [players, n]
        String 0 G to 3 E, or -1 where the annotation makes no sense; finger 0 is the open string.
    """

    name: str
    pitch: np.ndarray
    onset: np.ndarray
    chord: np.ndarray
    string: np.ndarray
    finger: np.ndarray
    position: np.ndarray

    def __len__(self) -> int:
        return len(self.pitch)


def read_excerpts(folder: Path) -> list[Excerpt]:
    """All excerpts of a folder, by name.

    Raises
    ------
    BadInput
        If there are none, or a file is of another form.
    """
    files: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("vio*_*.csv")):
        files.setdefault(re.sub(r"^vio\d+_", "", path.stem), []).append(path)
    if not files:
        raise BadInput(f"{folder} holds no vio<player>_<excerpt>.csv of professionals' fingerings")
    return [_excerpt(name, paths) for name, paths in files.items()]


def _excerpt(name: str, paths: Sequence[Path]) -> Excerpt:
    tables = []
    for path in paths:
        with open(path, newline="", encoding="utf-8") as file:
            try:
                columns = ("pitch", "string", "finger", "position", "duration")
                tables.append(np.array([[float(row[c]) for c in columns] for row in csv.DictReader(file)]))
            except (KeyError, ValueError, TypeError) as error:
                raise BadInput(f"{path} is not a professional's fingering ({error})") from None
    count = min(len(table) for table in tables)
    notes = np.stack([table[:count] for table in tables])
    pitch = notes[0, :, 0].astype(np.int64)
    string = notes[:, :, 1].astype(np.int64) - 1  # the file counts from 1, and writes 0 for open strings
    for which, opened in enumerate(OPEN_STRINGS):
        string[(notes[:, :, 1] == 0) & (pitch == opened)] = which
    # The files' starts begin anew in every bar, so that one start twice is two bars, not a chord: there are none.
    chord = np.zeros(count, bool)
    onset = np.r_[0.0, np.cumsum(np.maximum(notes[0, :-1, 4], 0.0))] * 60 / TEMPI.get(name, USUAL_TEMPO)
    finger, position = notes[:, :, 2].astype(np.int64), notes[:, :, 3].astype(np.int64)
    return Excerpt(name, pitch, onset, chord, string, finger, position)


def chosen_ways(excerpt: Excerpt) -> np.ndarray:
    """Which of each note's ways every professional chose, int64 [players, n]; :data:`UNKNOWN` where none fits."""
    players, count = excerpt.string.shape
    chosen = np.full((players, count), UNKNOWN)
    for player, note in itertools.product(range(players), range(count)):
        string, finger = excerpt.string[player, note], excerpt.finger[player, note]
        position = excerpt.position[player, note]
        if finger == 0:  # the hand is where the next stopped note wants it
            ahead = slice(note + 1, note + LOOK_ON)
            stopped = np.flatnonzero(excerpt.finger[player, ahead])
            position = excerpt.position[player, ahead][stopped[0]] if len(stopped) else position
        ways = ways_of(int(excerpt.pitch[note]))
        found = np.flatnonzero((ways.string == string) & (ways.finger == finger) & (ways.position == position))
        chosen[player, note] = found[0] if len(found) else UNKNOWN
    return chosen


def fingered(excerpt: Excerpt, ways: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """String and finger of each note, where a number tells which of its ways is taken."""
    taken = [(ways_of(int(p)), way) for p, way in zip(excerpt.pitch, ways)]
    return np.array([w.string[b] for w, b in taken]), np.array([w.finger[b] for w, b in taken])


def agreement(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Share of notes for which a choice is a professional's, the mean over professionals."""
    return float((ours == theirs).mean())


def among_themselves(theirs: np.ndarray) -> float:
    """The same of two professionals, the mean over all pairs."""
    return float(np.mean([(a == b).mean() for a, b in itertools.combinations(theirs, 2)]))


def left_out_lines(
    judged: Iterable[tuple[Excerpt, Sequence[float]]], columns: Sequence[str], digits: int = 2
) -> Iterator[str]:
    """A table of excerpts that taught nothing, line by line as they are judged.

    Parameters
    ----------
    judged : iterable of (Excerpt, sequence of float)
        A number for every column.
    columns : sequence of str
    digits : int
        Behind the point, of the mean over excerpts.
    """
    yield "| Excerpt, left out | Notes | " + " | ".join(columns) + " |"
    yield "|---|" + "---:|" * (1 + len(columns))
    notes, rows = 0, []
    for excerpt, row in judged:
        notes += len(excerpt)
        rows.append(row)
        yield f"| {excerpt.name} | {len(excerpt)} | " + " | ".join(f"{v:.2f}" for v in row) + " |"
    yield f"| mean | {notes} | " + " | ".join(f"{v:.{digits}f}" for v in np.mean(rows, axis=0)) + " |"
