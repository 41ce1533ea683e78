"""Learn what printed fingerings think a piano fingering is worth, and say how often we agree with them.

``python -m audio_to_body.reproduce.piano_fingering FOLDER`` reads every MusicXML file of a folder that has fingerings
(such as the MuseTrainer library: eight pieces with some 1,400 marks), learns what traits are worth
(:mod:`audio_to_body.musician.piano_fingering`) with pieces left out, prints the agreement on those, and with
``--write`` learns from all and writes ``musician/piano_habits.json``. Most notes have no mark: the likelihood is
that of the marks alone, whatever the fingers between them (a conditional random field with hidden labels). What few
marks say nothing of stays as first believed (:func:`first_beliefs`).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from audio_to_body.musician.piano_fingering import (
    FINGERS,
    HABITS,
    TRAITS,
    Chord,
    Terms,
    blocks_of,
    change_terms,
    finger_piano,
    habits,
    own_terms,
    skip_terms,
)
from audio_to_body.reproduce.printed_fingerings import Hand, read_hands
from audio_to_body.skeleton.refusal import run_command

FOLDS = 4  # of pieces; each is judged by what the others taught
PENALTY, BROAD_PENALTY = (
    10.0,
    1.0,
)  # of the squared distance from first beliefs: of tables, and of traits of all notes
BROAD = ("finger on key", "chord stretched", "hand moves", "held", "hand returns")
ROUNDS = 25  # of L-BFGS
WAYS = 10  # of a chord at most
CONTEXT, LONGEST = 6, 48  # chords on either side of a mark that are looked at; and in one stretch
TYPICAL = (-14.0, -10.0, -6.0, -3.5, -2.0, -1.0, 0.0, 1.0, 2.0, 3.5, 6.0, 10.0, 14.0)  # semitones of INTERVALS


def first_beliefs() -> np.ndarray:
    """What traits are worth before anything is learnt: hands stretch and move little and do not cross.

    The costs of the dynamic programming that chose the virtual pianists' fingers before, as logarithms of chances.
    """
    worth = np.zeros(TRAITS)
    value = blocks_of(worth)
    value["finger on key"][0, 1], value["finger on key"][4, 1] = -0.6, -0.3
    value["finger on key"][3] = -0.1
    value["chord stretched"][:] = -0.6
    for first in range(FINGERS):
        for second in range(FINGERS):
            value["next finger"][first, second] = [_follows(first, second, apart) for apart in TYPICAL]
    value["next finger, colours"][1:4, 0, :, 1] = -0.4  # the thumb on a black key after another finger
    value["hand moves"][:] = (-0.25, -0.5)
    value["held"][:] = (-3.0, -2.0, -0.3)
    value["hand returns"][:] = -0.08
    return worth


def _follows(first: int, second: int, interval: float) -> float:
    if interval == 0:
        return 0.0 if first == second else -0.4
    if first == second:
        return -1.5
    if (second - first) * interval > 0:
        return 0.0
    passes = (first == 0 or second == 0) and 4 not in (first, second) and abs(interval) <= 3.5
    return -0.6 if passes else -4.0  # the thumb passes under


class Marks:
    """Stretches of music about marks side by side, for the marks' likelihood.

    Parameters
    ----------
    hands : sequence of Hand
    """

    def __init__(self, hands: Sequence[Hand]) -> None:
        self.piece: list[str] = []
        stretches = [(hand.piece, *own) for hand in hands for own in _stretches(hand)]
        self.piece = [piece for piece, _, _ in stretches]
        self._size = (LONGEST, len(stretches), WAYS)
        self.possible = np.zeros(self._size)
        self.possible[:, :, 0] = 1.0  # beyond a stretch's end there is one way
        self.marked = self.possible.copy()
        found: list[list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = [[], [], []]
        for lane, (_, chords, marks) in enumerate(stretches):
            for t, (chord, mark) in enumerate(zip(chords, marks)):
                count, at = len(chord.ways), t * len(stretches) + lane
                self.possible[t, lane], self.marked[t, lane] = 0.0, 0.0
                self.possible[t, lane, :count] = 1.0
                fits = ((mark < 0) | (chord.ways == mark)).all(axis=1)
                self.marked[t, lane, :count] = fits if fits.any() else 1.0  # marks that no hand could mean
                found[0].append(_sparse(own_terms(chord), at * WAYS + np.arange(count)))
                for back, terms in ((1, change_terms), (2, skip_terms)):
                    if t >= back:
                        rows = at * WAYS**2 + np.arange(len(chords[t - back].ways))[:, None] * WAYS
                        found[back].append(_sparse(terms(chords[t - back], chord), rows + np.arange(count)))
        self._found = [tuple(np.concatenate(column) for column in zip(*own)) for own in found]

    def loss(self, worth: np.ndarray, lanes: np.ndarray, believed: np.ndarray) -> tuple[float, np.ndarray]:
        """Negative log-likelihood of the marks of some lanes with the penalty, and its gradient."""
        tables = [np.exp(self._table(number, worth)) for number in range(3)]
        marked = np.where(lanes[None, :, None], self.marked, self.possible)
        all_chances, met = self._expected(tables[0] * self.possible, *tables[1:])
        own_chances, wanted = self._expected(tables[0] * marked, *tables[1:])
        away = worth - believed
        gradient = 2 * penalties() * away
        for (places, traits, amounts), often, own in zip(self._found, met, wanted):
            gradient += np.bincount(traits, (often - own).ravel()[places] * amounts, TRAITS)
        return float(all_chances - own_chances + penalties() @ away**2), gradient

    def _table(self, number: int, worth: np.ndarray) -> np.ndarray:
        places, traits, amounts = self._found[number]
        size = self._size if number == 0 else (*self._size, WAYS)
        return np.bincount(places, worth[traits] * amounts, int(np.prod(size))).reshape(size)

    def _expected(
        self, own: np.ndarray, change: np.ndarray, skip: np.ndarray
    ) -> tuple[float, tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Logarithm of the sum over all chains, and how often ways, changes and skips are met in them."""
        beliefs: list[np.ndarray] = [np.zeros(0)]
        scale: list[np.ndarray] = [np.ones(self._size[1])]
        for t in range(1, LONGEST):
            before = own[0][:, :, None] if t == 1 else np.matmul(beliefs[-1].transpose(0, 2, 1), skip[t])
            belief = before * change[t] * own[t][:, None, :]
            scale.append(belief.sum(axis=(1, 2)))
            beliefs.append(belief / scale[-1][:, None, None])
        met_own, met_change, met_skip = np.zeros_like(own), np.zeros_like(change), np.zeros_like(skip)
        ahead = np.ones_like(change[0])
        for t in range(LONGEST - 1, 0, -1):
            met_change[t] = beliefs[t] * ahead
            met_own[t] = met_change[t].sum(axis=1)
            if t == 1:
                met_own[0] = met_change[t].sum(axis=2)
                break
            onwards = change[t] * own[t][:, None, :] * ahead / scale[t][:, None, None]
            met_skip[t] = skip[t] * np.matmul(beliefs[t - 1], onwards)
            ahead = np.matmul(skip[t], onwards.transpose(0, 2, 1))
        return float(np.log(scale).sum()), (met_own, met_change, met_skip)


def _stretches(hand: Hand) -> list[tuple[list[Chord], list[np.ndarray]]]:
    """A hand's chords about its marks."""
    near = np.zeros(len(hand.onset), bool)
    for i in np.flatnonzero([(mark >= 0).any() for mark in hand.mark]):
        near[max(0, i - CONTEXT) : i + CONTEXT + 1] = True
    edges = np.flatnonzero(np.diff(near.astype(int), prepend=0, append=0))
    turn = slice(None, None, -1) if hand.left else slice(None)
    found = []
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist()):
        for first in range(begin, end, LONGEST):
            own = range(first, min(first + LONGEST, end))
            marks = [hand.mark[i][turn] for i in own]
            if len(own) > 1 and any((mark >= 0).any() for mark in marks):
                chords = [Chord.of(hand.pitch[i], float(hand.onset[i]), hand.end[i], hand.left) for i in own]
                found.append((chords, marks))
    return found


def _sparse(terms: Terms, places: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    there = terms.amount != 0
    return np.broadcast_to(places, terms.trait.shape)[there], terms.trait[there], terms.amount[there]


def penalties() -> np.ndarray:
    """Of every trait's squared distance from what is believed first."""
    values = np.full(TRAITS, PENALTY)
    for name in BROAD:
        blocks_of(values)[name][:] = BROAD_PENALTY
    return values


def learn(marks: Marks, pieces: Sequence[str]) -> np.ndarray:
    """What each trait is worth to the fingerings of some pieces."""
    from scipy.optimize import minimize

    believed, lanes = first_beliefs(), np.isin(marks.piece, pieces)
    found = minimize(
        marks.loss, believed, (lanes, believed), jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS}
    )
    return np.asarray(found.x)


def agreements(hand: Hand, worth: np.ndarray) -> int:
    """How many of a hand's marks are the fingers that we choose."""
    chosen = finger_piano(hand.pitch, hand.onset, hand.end, hand.left, worth=worth)
    return int(sum(((mark >= 0) & (own == mark)).sum() for own, mark in zip(chosen, hand.mark)))


def folds_of(hands: Sequence[Hand]) -> list[list[str]]:
    """Pieces in groups of about as many marks."""
    marks = {piece: sum(h.marks for h in hands if h.piece == piece) for piece in {h.piece for h in hands}}
    folds: list[list[str]] = [[] for _ in range(min(FOLDS, len(marks)))]
    for piece in sorted(marks, key=lambda name: (-marks[name], name)):
        min(folds, key=lambda own: sum(marks[p] for p in own)).append(piece)
    return folds


def main(arguments: Sequence[str]) -> int:
    """Learn with pieces left out, report, and write what all of them teach."""
    flags = argparse.ArgumentParser(prog="python -m audio_to_body.reproduce.piano_fingering")
    flags.add_argument("folder", type=Path, help="MusicXML with fingerings")
    flags.add_argument("--shipped", action="store_true", help="judge the habits that ship instead of learning any")
    flags.add_argument("--write", action="store_true", help=f"learn from all pieces and write {HABITS.name}")
    chosen = flags.parse_args(arguments)
    hands = read_hands(chosen.folder, tell=lambda text: print(text, file=sys.stderr))
    folds = folds_of(hands)
    marks = None if chosen.shipped else Marks(hands)
    taught = "as shipped" if chosen.shipped else "as learnt from other pieces"
    print(f"| Piece | Marks | as first believed | {taught} |")
    print("|---|---:|---:|---:|")
    total = np.zeros(3, np.int64)
    for fold in folds:
        others = [hand.piece for hand in hands if hand.piece not in fold]
        worth = habits() if marks is None else learn(marks, others)
        for piece in fold:
            own = [hand for hand in hands if hand.piece == piece]
            believed = sum(agreements(hand, first_beliefs()) for hand in own)
            learnt = sum(agreements(hand, worth) for hand in own)
            row = np.array([sum(hand.marks for hand in own), believed, learnt])
            total += row
            print(f"| {piece} | {row[0]} | {row[1] / row[0]:.2f} | {row[2] / row[0]:.2f} |", flush=True)
    print(f"| all marks | {total[0]} | {total[1] / total[0]:.3f} | {total[2] / total[0]:.3f} |")
    if chosen.write:
        worth = learn(marks or Marks(hands), [hand.piece for hand in hands])
        blocks = {name: np.round(value, 2).tolist() for name, value in blocks_of(worth).items()}
        about = "what a trait of a piano fingering is worth; python -m audio_to_body.reproduce.piano_fingering"
        HABITS.write_text(json.dumps({"about": about, "worth": blocks}) + "\n", encoding="utf-8")
        print(f"written: {HABITS}")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
