"""Is it the same piece? How well a score's notes, once aligned, agree with what is heard in a recording.

Any score can be stretched over any recording so that some of its notes fall on notes that are heard: half of them do
where the other piece is in the same key. What tells the right piece is that most notes agree at a tempo that is even.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.note_alignment import Played, Section, expected_steps
from audio_to_body.sound.peaks import REACH, greatest
from audio_to_body.sound.score_course import Observation

HEARD_FROM = 0.4  # probability of an onset that counts as heard
NEAR = 0.06  # s between a heard and an aligned onset that agree
USUAL_UNEVENNESS = 0.06  # of a soloist's tempo
JUMP_HITS = 4.0  # notes that a jump must bring before it says anything: it goes where chance is kind
LUCK = 0.25  # standard deviations of chance that are taken off, of a share of few notes
LEAST_FIT = 0.48  # between the right pieces and the wrong ones; docs/scores.md tells how it was chosen
LEAST_COVERED = 0.1  # share of the heard notes that lie in what is aligned
FEWEST = 4  # heard notes that tell one piece from another
SHORT_SECTION = 4  # events from which a tempo can be told


@dataclass(frozen=True)
class Fit:
    """How well a score and a recording agree.

    Attributes
    ----------
    heard : float
        Share of the aligned notes that are heard when they should be.
    explained : float
        Share of the heard notes, within what is aligned, that the score has.
    unevenness : float
        Median of the logarithm of durations against those at the tempo round about; 0.06 of a soloist.
    covered : float
        Share of the recording's heard notes that lie within what is aligned.
    notes, played, hits : int
        Of the score; how many of them the recording has; how often one is heard where it should be.
    sections : int
        Stretches that are played without a jump: one more than there are repeats, cuts and false starts.
    """

    heard: float
    explained: float
    unevenness: float
    covered: float
    notes: int
    played: int
    hits: int
    sections: int

    @property
    def agreement(self) -> float:
        """Harmonic mean of the two shares, 0 to 1."""
        return 2 * self.heard * self.explained / max(self.heard + self.explained, 1e-9)

    @property
    def evidence(self) -> float:
        """What the agreement is worth, less what an uneven tempo, jumps and few notes take off."""
        uneven = max(self.unevenness - USUAL_UNEVENNESS, 0.0)
        jumps = JUMP_HITS * (self.sections - 1) / max(self.hits, 1)
        return self.agreement - uneven - jumps - LUCK / np.sqrt(max(self.hits, 1))

    @property
    def same_piece(self) -> bool:
        """Whether the recording is of this score."""
        return self.covered >= LEAST_COVERED and self.evidence >= LEAST_FIT

    def told(self) -> str:
        """A sentence about it."""
        jumps = self.sections - 1
        jumped = f", with {jumps} jump{'s' * (jumps > 1)} (repeats, cuts)" if jumps else ""
        return (
            f"{self.played} of the score's {self.notes} notes are played{jumped}; "
            f"{self.heard:.0%} of them are heard where the score has them, and the score has {self.explained:.0%} of "
            "what is heard"
        )


def fit_of(observed: Observation, played: Played, pitch: np.ndarray) -> Fit:
    """Measure the fit of aligned notes.

    Parameters
    ----------
    observed : Observation
    played : Played
    pitch : np.ndarray of int [notes]
        MIDI, of the whole score.
    """
    seconds, keys = _heard(observed)
    claimed, hits = np.zeros(len(seconds), bool), 0
    of_key = {key: np.flatnonzero(keys == key) for key in np.unique(keys).tolist()}
    for onset, key in zip(played.onset.tolist(), (np.asarray(pitch)[played.note] - observed.lowest).tolist()):
        own = of_key.get(key, np.zeros(0, np.int64))
        own = own[(np.abs(seconds[own] - onset) < NEAR) & ~claimed[own]]
        if len(own):
            claimed[own[0]] = True
            hits += 1
    inside = np.zeros(len(seconds), bool)
    for section in played.sections:
        inside |= (seconds >= section.begins[0] - NEAR) & (seconds <= section.end + NEAR)
    return Fit(
        heard=hits / max(len(played.note), 1),
        explained=float(claimed[inside].mean()) if inside.any() else 0.0,
        unevenness=_unevenness(played),
        covered=float(inside.mean()) if len(inside) >= FEWEST else 0.0,
        notes=len(pitch),
        played=len(np.unique(played.note)),
        hits=hits,
        sections=len(played.sections),
    )


def check_fit(fit: Fit, recording: str, score: str) -> None:
    """Refuse a score of another piece.

    Raises
    ------
    BadInput
    """
    if fit.same_piece:
        return
    if fit.played == 0 or fit.covered < LEAST_COVERED:
        found = "nothing of the score is heard"
    else:
        found = f"{fit.heard:.0%} of its notes are heard where they should be, as by chance"
    raise BadInput(f"{recording} is not a recording of {score} ({found}); hand in its own score, or leave it out")


def _heard(observed: Observation) -> tuple[np.ndarray, np.ndarray]:
    """Seconds and keys of the onsets that are heard, by time."""
    steps, keys = np.nonzero(greatest(observed.onset, HEARD_FROM * 255.0))
    return (steps + REACH) / observed.rate + observed.lag, keys


def _unevenness(played: Played) -> float:
    """Median over all durations of sections long enough to have a tempo; infinite where none is."""
    away = [_away(section) for section in played.sections if len(section.begins) > SHORT_SECTION]
    return float(np.median(np.concatenate(away))) if away else float("inf")


def _away(section: Section) -> np.ndarray:
    lasts = np.maximum(np.diff(section.begins), 1e-3)
    return np.abs(np.log(lasts / expected_steps(section.begins, section.written, 1e-3)))
