"""How exactly scores are aligned to real recordings, and whether the right piece is told from the wrong one.

``python -m audio_to_body.reproduce.score_alignment FOLDER`` reads real recordings with their notes: ``violin_real``
(études, ``<clip>.notes.csv`` of start, end and pitch beside ``<clip>.ogg``), ``piano_real`` (a MIDI file that
somebody else played, a recording, and the seconds of the same notes in it) and ``bach_violin`` (the Bach Violin
Dataset). An étude's score is made of its notes by a tempo that wanders (drawn by ``--seed``). Every score is then
held against every recording.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio_to_body.inference.notes.observing import observe_as
from audio_to_body.preprocessing.published import bach_violin
from audio_to_body.scores.midi import read_midi
from audio_to_body.skeleton.program import from_zero
from audio_to_body.skeleton.refusal import BadInput, run_command
from audio_to_body.sound.audio import decode_sound
from audio_to_body.sound.note_alignment import align_notes
from audio_to_body.sound.score_course import Observation
from audio_to_body.sound.score_fit import Fit, fit_of

WAVES = (4.0, 9.0, 17.0)  # s; periods of the tempo that is put into an étude's score
DEPTH = 0.2  # standard deviation of each wave's logarithm
WRONG = (-7, -5, -3, -2, -1, 1, 2, 3, 4, 7)  # semitones of a wrong note
WRONG_SHARE = 0.1
CHOPIN = ("chopin_op10_3_bars1-8.mid", "chopin_igoshina")
QUARTER = 0.5  # s of a quarter note where a note list has ticks


@dataclass(frozen=True)
class Case:
    """A recording with its score.

    Attributes
    ----------
    name : str
    instrument : str
    sound : Path
    start, end : np.ndarray [notes]
        Written, seconds.
    pitch : np.ndarray, int64 [notes]
    truth : np.ndarray or None
        Seconds at which the notes sound; None where nobody knows to within a few hundredths.
    """

    name: str
    instrument: str
    sound: Path
    start: np.ndarray
    end: np.ndarray
    pitch: np.ndarray
    truth: np.ndarray | None


def wandering(moments: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Moments of a performance as a score of another tempo has them; the order stays.

    Parameters
    ----------
    moments : np.ndarray
        Seconds.
    rng : np.random.Generator
    """
    grid = np.arange(0.0, float(moments.max()) + 1.0, 0.05)
    waves = [rng.normal() * np.sin(2 * np.pi * (grid / period + rng.random())) for period in WAVES]
    pace = np.exp(DEPTH * np.sum(waves, axis=0) + rng.normal(0, 0.3))
    clock = np.concatenate([[0.0], np.cumsum(pace[:-1] * np.diff(grid))])
    return np.asarray(np.interp(moments, grid, clock))


def cases(folder: Path, seed: int) -> list[Case]:
    """All recordings of a folder that have their notes.

    Raises
    ------
    BadInput
        If there are none.
    """
    rng = np.random.default_rng(seed)
    found = []
    for notes in sorted((folder / "violin_real").glob("*.notes.csv")):
        start, end, pitch = np.loadtxt(notes, delimiter=",", skiprows=1, ndmin=2).T
        name = notes.name[: -len(".notes.csv")]
        both = wandering(np.concatenate([start, end]), rng)
        written = both[: len(start)], both[len(start) :]
        found.append(Case(name, "violin", notes.with_name(f"{name}.ogg"), *written, pitch.astype(np.int64), start))
    score, recording = (folder / "piano_real" / name for name in CHOPIN)
    if score.is_file():
        own = read_midi(score).parts[0].notes
        truth = np.loadtxt(recording.with_suffix(".csv"), delimiter=",", skiprows=1, ndmin=2)
        found.append(
            Case(recording.name, "piano", recording.with_suffix(".ogg"), own.onset, own.end, own.pitch, truth[:, 0])
        )
    bach = folder / "bach_violin"
    for name in bach_violin.recordings(bach) if bach.is_dir() else ():
        table, _, _ = bach_violin.notes_and_alignment(bach, name)
        start, end = table[:, :2].T / bach_violin.TICKS_PER_QUARTER * QUARTER
        sound = bach / "audio" / f"{name}.mp3"
        if sound.is_file():
            found.append(Case(name, "violin", sound, start, end, table[:, 2].astype(np.int64), None))
    if not found:
        raise BadInput(f"{folder} holds no recordings with notes (violin_real, piano_real, bach_violin)")
    return found


def matched_to_truth(case: Case) -> Case:
    """Check that a case's truth runs along with its score.

    Raises
    ------
    BadInput
    """
    if case.truth is not None and len(case.truth) != len(case.start):
        raise BadInput(f"{case.name} has {len(case.start)} written notes and {len(case.truth)} that are timed")
    return case


def fit_between(observed: Observation, case: Case, pitch: np.ndarray | None = None) -> Fit:
    """The fit of a recording and a score, with other pitches where they are given."""
    pitches = case.pitch if pitch is None else pitch
    return fit_of(observed, align_notes(observed, case.start, case.end, pitches), pitches)


def with_wrong_notes(pitch: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A score in which one note in ten is another."""
    wrong = rng.random(len(pitch)) < WRONG_SHARE
    return np.where(wrong, pitch + rng.choice(WRONG, len(pitch)), pitch)


def row(case: Case, observed: Observation, others: Sequence[Case], rng: np.random.Generator) -> list[str]:
    """A line of the table."""
    played = align_notes(observed, case.start, case.end, case.pitch)
    own = fit_of(observed, played, case.pitch)
    errors = ["–", "–", "–"]
    if case.truth is not None:
        apart = 1000 * (played.onset - case.truth[played.note])
        errors = [
            f"{np.median(np.abs(apart)):.0f}",
            f"{np.median(apart):+.0f}",
            f"{np.quantile(np.abs(apart), 0.9):.0f}",
        ]
    wrong = fit_between(observed, case, with_wrong_notes(case.pitch, rng))
    strangers = [fit_between(observed, other) for other in others]
    refused = sum(not fit.same_piece for fit in strangers)
    highest = max((fit.evidence for fit in strangers if np.isfinite(fit.evidence)), default=0.0)
    yes = {True: "yes", False: "NO"}
    return [
        case.name, str(len(case.pitch)), *errors, f"{own.heard:.2f}", f"{own.explained:.2f}",
        f"{own.evidence:.2f} ({yes[own.same_piece]})", f"{wrong.evidence:.2f} ({yes[wrong.same_piece]})",
        f"{refused} of {len(strangers)} (highest {highest:.2f})",
    ]  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Align, measure, print."""
    flags = argparse.ArgumentParser(
        prog="python -m audio_to_body.reproduce.score_alignment", description=str(__doc__).split("\n")[0]
    )
    flags.add_argument("folder", type=Path, help="with violin_real, piano_real, bach_violin")
    flags.add_argument("--seed", type=from_zero, default=1, help="of the scores' tempo and wrong notes (default: 1)")
    chosen = flags.parse_args(arguments)
    found = [matched_to_truth(case) for case in cases(chosen.folder, chosen.seed)]
    rng = np.random.default_rng(chosen.seed)
    print(
        "| Recording | Notes | Median error, ms | bias, ms | 90 %, ms | heard | explained | Evidence (taken) "
        "| one note in ten wrong | Other scores refused |"
    )
    print("|---|" + "---:|" * 9)
    for case in found:
        observed = observe_as(case.instrument, decode_sound(case.sound).samples)
        others = [other for other in found if other is not case]
        print("| " + " | ".join(row(case, observed, others, rng)) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
