"""Real human timing for the virtual violinist: note alignments of real performances of Bach, and their real sound.

The alignments are estimates on a grid of 32 ms (:mod:`audio_to_body.preprocessing.published.bach_violin`): good
enough to breathe
and to rush like a human, and exact by construction when the sound is sampled from the same notes. Where a folder
holds the recording too, it is the sound, and the notes are snapped to it.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from audio_to_body.musician.performance import Habits, Performance, loudness
from audio_to_body.musician.score import Score
from audio_to_body.preprocessing.published import bach_violin
from audio_to_body.skeleton.cache import cache_folder
from audio_to_body.skeleton.files import read_arrays, write_arrays
from audio_to_body.skeleton.refusal import BadInput

GRID = 0.032  # s, of the alignments
CHORD_SPREAD = 0.03  # s between the notes of a broken chord
SHORTEST_GAP = 0.06  # s between events; alignments sometimes put several on one grid point
SHORTEST = 10.0  # s of a movement that is worth a recital
LONGEST_NOTE = 6.0  # s; an alignment may stretch a last note over the applause
TEST_SHARE = 0.15  # of the movements; no performance of theirs is in training


def movements(folder: str | os.PathLike[str]) -> list[str]:
    """Names of the movements whose notes, alignment and score are there, sorted.

    Raises
    ------
    BadInput
        If the folder is not a copy of the Bach Violin Dataset.
    """
    folder = Path(folder)
    if not (folder / "info.csv").is_file():
        raise BadInput(f"{folder} is not a copy of the Bach Violin Dataset (no info.csv)")
    rows = bach_violin.movement_rows(folder)
    timed = (name for name, row in rows.items() if bach_violin.has_timing(folder, row))
    return sorted(name for name in timed if movement_seconds(folder, name) >= SHORTEST)


def movement_seconds(folder: str | os.PathLike[str], name: str) -> float:
    """How long a movement's playing takes, by its alignment."""
    _, aligned, _ = bach_violin.notes_and_alignment(Path(folder), name)
    return float(min(aligned[:, 1].max(), aligned[:, 0].max() + LONGEST_NOTE) - aligned[:, 0].min())


def split_of_movement(name: str) -> str:
    """``"test"`` or ``"train"`` by the piece, whoever plays it: ``player_bwv1002_mov6`` goes by ``bwv1002_mov6``."""
    piece = name.split("_", 1)[1]
    draw = int.from_bytes(hashlib.sha256(piece.encode()).digest()[:4], "big") / 2**32
    return "test" if draw < TEST_SHARE else "train"


@lru_cache(maxsize=64)
def _marks(folder: Path, score: str) -> tuple[frozenset[tuple[int, int]], dict[int, float]]:
    """Slurred notes and metric strengths of a score, parsed once and kept in the cache folder."""
    path = bach_violin.score_path(folder, score)
    key = hashlib.sha256(f"marks 1|{score}|".encode() + path.read_bytes()).hexdigest()[:20]
    cached = cache_folder("scores") / f"marks-{key}.npz"
    if cached.is_file():
        with suppress(OSError, BadInput), read_arrays(cached, "a score's marks") as file:
            slurred, strength = file["slurred"], file["strength"]
            return frozenset((int(t), int(p)) for t, p in slurred), {int(t): float(s) for t, s in strength}
    marks, levels = bach_violin.score_marks(folder, score)
    arrays = {
        "slurred": np.array(sorted(marks), np.int64).reshape(-1, 2),
        "strength": np.array(sorted(levels.items()), np.float64).reshape(-1, 2),
    }
    with suppress(OSError, BadInput):  # a cache that cannot be written only costs time
        cached.parent.mkdir(parents=True, exist_ok=True)
        write_arrays(cached, arrays, level=6)
    return frozenset(marks), levels


def timed_music(folder: str | os.PathLike[str], name: str, habits: Habits, rng: np.random.Generator) -> Performance:
    """A movement with a real violinist's timing; starts at 0 s.

    Parameters
    ----------
    folder : path
    name : str
    habits : Habits
        Depth of dynamics: the lists carry none, so that these are drawn as for any score.
    rng : np.random.Generator

    Raises
    ------
    BadInput
        If the movement is not there or its files do not belong together.
    """
    folder = Path(folder)
    notes, aligned, row = bach_violin.notes_and_alignment(folder, name)
    slurred, strength = _marks(folder, row["score_filename"])
    order = np.lexsort((notes[:, 2], notes[:, 0]))
    notes, aligned = notes[order], aligned[order]
    ticks = np.round(notes[:, 0]).astype(np.int64)
    pitch = notes[:, 2].astype(np.int64)
    level = np.array([strength.get(int(t), 1 / 16) for t in ticks])
    events, first, member = np.unique(ticks, return_index=True, return_inverse=True)
    begin = np.maximum.accumulate(aligned[first, 0] + rng.uniform(-GRID / 2, GRID / 2, len(events)))
    begin = np.maximum.accumulate(begin - SHORTEST_GAP * np.arange(len(events))) + SHORTEST_GAP * np.arange(
        len(events)
    )
    place = np.arange(len(ticks)) - first[member]
    onset = begin[member] + CHORD_SPREAD * place
    end = np.maximum(aligned[:, 1] - aligned[:, 0], 0.05) + onset
    end = np.minimum(end, onset + LONGEST_NOTE)
    after = np.append(begin[1:], np.inf)[member]
    end = np.maximum(np.minimum(end, after + 0.02), onset + 0.04)  # one line: a note ends where the next begins
    head = level >= 0.99
    bar = np.cumsum(np.concatenate([[0], (np.diff(ticks) > 0) & head[1:]]))
    score = Score(
        onset=ticks / bach_violin.TICKS_PER_QUARTER,
        duration=np.maximum(notes[:, 1] - notes[:, 0], 1) / bach_violin.TICKS_PER_QUARTER,
        pitch=pitch,
        hand=np.zeros(len(ticks), np.int64),
        slurred=np.array([(int(t), int(p)) in slurred for t, p in zip(ticks, pitch)], bool),
        strength=level,
        bar=bar,
        name=name,
    )
    start = float(onset[0])
    return Performance(
        onset=onset - start,
        end=end - start,
        pitch=pitch,
        velocity=loudness(score, habits, rng),
        hand=score.hand,
        slurred=score.slurred,
        strength=level,
        phrase=bar // 4,
    )


def excerpt(music: Performance, begin: float, seconds: float) -> Performance:
    """The notes that begin within a span; its start becomes 0 s and nothing sounds beyond its end."""
    inside = (music.onset >= begin) & (music.onset < begin + seconds - 0.1)
    own = music.select(inside).shifted(-begin)
    return replace(own, end=np.minimum(own.end, seconds))
