"""Learn what professionals think a fingering is worth, and say how often we agree with them.

``python -m audio_to_body.reproduce.violin_fingering FOLDER`` reads their fingerings
(:mod:`~audio_to_body.reproduce.violin_excerpts`), learns what traits are worth
(:mod:`~audio_to_body.musician.violin_fingering`) with excerpts left out, prints the agreement on those beside the
agreement of two professionals, and with ``--write`` learns from all and writes ``musician/violin_habits.json``. The
chain's likelihood is maximised (a linear-chain conditional random field). Virtual recitals use those habits; version
7 of them was learnt when the beginnings of some bars were read as chords.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from audio_to_body.musician.chains import best_chain
from audio_to_body.musician.violin_fingering import HABITS
from audio_to_body.musician.violin_ways import change_traits, own_traits, ways_of
from audio_to_body.reproduce.violin_excerpts import (
    UNKNOWN,
    Excerpt,
    agreement,
    among_themselves,
    chosen_ways,
    fingered,
    left_out_lines,
    read_excerpts,
)
from audio_to_body.skeleton.refusal import run_command

FOLDS = 5  # of excerpts; each is judged by what the others taught
PENALTY = 2.0  # of the squared worth, in notes: keeps rare traits small
ROUNDS = 60  # of L-BFGS
COLUMNS = ("Strings: two professionals", "ours", "Fingers: two professionals", "ours")
Found = Iterable[tuple[str, np.ndarray]]  # of traits


class Traits:
    """The traits of everything that stands in some excerpts, as arrays.

    Parameters
    ----------
    excerpts : sequence of Excerpt
    """

    def __init__(self, excerpts: Sequence[Excerpt]) -> None:
        self.names: dict[str, int] = {}
        self.pitches = sorted({int(p) for e in excerpts for p in e.pitch})
        self.pairs = sorted(
            {(int(a), int(b), bool(c)) for e in excerpts for a, b, c in zip(e.pitch[:-1], e.pitch[1:], e.chord[1:])}
        )
        self.width = max(len(ways_of(p).string) for p in self.pitches)
        self._own = self._sparse([own_traits(ways_of(p)) for p in self.pitches], (self.width,))
        changes = [change_traits(ways_of(a), ways_of(b), chord) for a, b, chord in self.pairs]
        self._change = self._sparse(changes, (self.width, self.width))

    @property
    def found(self) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
        """Where traits of ways and of changes are found: flat places and the traits' numbers."""
        return self._own, self._change

    def _sparse(self, tables: Sequence[Found], size: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Where traits are found: flat indices into ``[tables, *size]`` and the traits' numbers."""
        places, numbers = [], []
        for i, traits in enumerate(tables):
            for name, found in traits:
                number = self.names.setdefault(name, len(self.names))
                where = np.ravel_multi_index(np.nonzero(found), size) + i * int(np.prod(size))
                places.append(where)
                numbers.append(np.full(len(where), number))
        return np.concatenate(places), np.concatenate(numbers)

    def worth(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of every pitch's ways ``[pitches, width]`` and every pair's changes ``[pairs, width, width]``."""
        count, width = len(self.pitches), self.width
        own = self._summed(self._own, weights, count * width).reshape(count, width)
        for row, pitch in zip(own, self.pitches):
            row[len(ways_of(pitch).string) :] = -np.inf
        change = self._summed(self._change, weights, len(self.pairs) * width * width)
        return own, change.reshape(-1, width, width)

    @staticmethod
    def _summed(found: tuple[np.ndarray, np.ndarray], weights: np.ndarray, size: int) -> np.ndarray:
        places, numbers = found
        return np.bincount(places, weights[numbers], size)

    def counts(self, own: np.ndarray, change: np.ndarray) -> np.ndarray:
        """How often each trait is met where ways and changes are met that often."""
        totals = np.zeros(len(self.names))
        for (places, numbers), met in ((self._own, own), (self._change, change)):
            totals += np.bincount(numbers, met.ravel()[places], len(totals))
        return totals


class Chains:
    """Excerpts side by side, for the likelihood of the professionals' choices.

    Parameters
    ----------
    excerpts : sequence of Excerpt
    traits : Traits
        Of these and maybe others.
    """

    def __init__(self, excerpts: Sequence[Excerpt], traits: Traits) -> None:
        self.traits = traits
        pitch_row = {p: i for i, p in enumerate(traits.pitches)}
        pair_row = {p: i for i, p in enumerate(traits.pairs)}
        self.order = sorted(excerpts, key=len, reverse=True)  # those that have ended are the last
        longest = len(self.order[0])
        self.pitch = np.zeros((longest, len(self.order)), np.int64)
        self.pair = np.zeros((longest, len(self.order)), np.int64)
        for lane, e in enumerate(self.order):
            self.pitch[: len(e), lane] = [pitch_row[int(p)] for p in e.pitch]
            keys = zip(e.pitch[:-1].tolist(), e.pitch[1:].tolist(), e.chord[1:].tolist())
            self.pair[1 : len(e), lane] = [pair_row[key] for key in keys]
        self.going = np.array([sum(len(e) > t for e in self.order) for t in range(longest)])
        self.notes = sum(len(e) for e in self.order)
        self.wanted = self._wanted()

    def _wanted(self) -> np.ndarray:
        """How often each trait stands in the professionals' choices, a player's mean."""
        own = np.zeros((len(self.traits.pitches), self.traits.width))
        change = np.zeros((len(self.traits.pairs), self.traits.width, self.traits.width))
        for lane, e in enumerate(self.order):
            chosen = chosen_ways(e)
            for row in chosen:
                known = row != UNKNOWN
                np.add.at(own, (self.pitch[: len(e), lane][known], row[known]), 1 / len(chosen))
                both = known[1:] & known[:-1]
                where = (self.pair[1 : len(e), lane][both], row[:-1][both], row[1:][both])
                np.add.at(change, where, 1 / len(chosen))
        return self.traits.counts(own, change)

    def loss(self, weights: np.ndarray) -> tuple[float, np.ndarray]:
        """Negative log-likelihood of the choices with its penalty, and its gradient."""
        own, change = self.traits.worth(weights)
        own_top, change_top = own.max(axis=1), change.max(axis=(1, 2))
        own, change = np.exp(own - own_top[:, None]), np.exp(change - change_top[:, None, None])
        forward, scale = self._forward(own, change)
        lanes = np.arange(self.pitch.shape[1]) < self.going[:, None]
        normal = (
            np.log(scale[lanes]).sum() + own_top[self.pitch][lanes].sum() + change_top[self.pair[1:]][lanes[1:]].sum()
        )
        met_own, met_change = self._met(own, change, forward, scale)
        value = float(normal - weights @ self.wanted + PENALTY * weights @ weights)
        return value, self.traits.counts(met_own, met_change) - self.wanted + 2 * PENALTY * weights

    def _forward(self, own: np.ndarray, change: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
        """Beliefs from the notes so far, ``[lanes, width]`` a note, and what each was divided by to sum to 1."""
        scale = np.ones(self.pitch.shape)
        forward: list[np.ndarray] = []
        for t, lanes in enumerate(self.going.tolist()):
            belief = own[self.pitch[t, :lanes]]
            if t:
                belief = belief * np.matmul(forward[-1][:lanes, None], change[self.pair[t, :lanes]])[:, 0]
            scale[t, :lanes] = belief.sum(axis=1)
            forward.append(belief / scale[t, :lanes, None])
        return forward, scale

    def _met(
        self, own: np.ndarray, change: np.ndarray, forward: list[np.ndarray], scale: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """How often each way and each change is to be expected."""
        met_own, met_change = np.zeros_like(own), np.zeros_like(change)
        backward = np.ones_like(forward[-1])
        for t in range(len(self.pitch) - 1, -1, -1):
            lanes = int(self.going[t])
            backward = np.concatenate([backward, np.ones((lanes - len(backward), self.traits.width))])
            for row, share in zip(self.pitch[t].tolist(), forward[t] * backward):
                met_own[row] += share
            if not t:
                break
            tables = change[self.pair[t, :lanes]]
            ahead = own[self.pitch[t, :lanes]] * backward / scale[t, :lanes, None]
            joint = forward[t - 1][:lanes, :, None] * tables * ahead[:, None]
            for row, table in zip(self.pair[t].tolist(), joint):
                met_change[row] += table
            backward = np.matmul(tables, ahead[:, :, None])[:, :, 0]
        return met_own, met_change


def learn(excerpts: Sequence[Excerpt], traits: Traits) -> np.ndarray:
    """What each trait is worth to the professionals of some excerpts."""
    from scipy.optimize import minimize

    chains = Chains(excerpts, traits)
    found = minimize(
        chains.loss, np.zeros(len(traits.names)), jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS}
    )
    return found.x


def best_ways(excerpt: Excerpt, traits: Traits, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """String and finger of each note, of the chain that is worth most."""
    own, change = traits.worth(weights)
    chain = Chains([excerpt], traits)
    return fingered(excerpt, best_chain(own[chain.pitch[:, 0]], lambda i: change[chain.pair[i, 0]]))


def left_out_rows(
    excerpts: Sequence[Excerpt], traits: Traits
) -> Iterator[tuple[Excerpt, tuple[float, float, float, float]]]:
    """Every excerpt as the others teach it: how often two professionals agree on strings, and we with one of them;
    the same of fingers."""
    for fold in range(FOLDS):
        left_out = excerpts[fold::FOLDS]
        weights = learn([e for e in excerpts if e not in left_out], traits)
        for e in left_out:
            string, finger = best_ways(e, traits, weights)
            strings = (among_themselves(e.string), agreement(string, e.string))
            yield e, (*strings, among_themselves(e.finger), agreement(finger, e.finger))


def main(arguments: Sequence[str]) -> int:
    """Learn with excerpts left out, report, and write what all of them teach."""
    flags = argparse.ArgumentParser(prog="python -m audio_to_body.reproduce.violin_fingering")
    flags.add_argument("folder", type=Path, help="vio<player>_<excerpt>.csv of professionals' fingerings")
    flags.add_argument("--write", action="store_true", help=f"learn from all excerpts and write {HABITS.name}")
    chosen = flags.parse_args(arguments)
    excerpts = read_excerpts(chosen.folder)
    traits = Traits(excerpts)
    for line in left_out_lines(left_out_rows(excerpts, traits), COLUMNS):
        print(line, flush=True)
    if chosen.write:
        weights = learn(excerpts, traits)
        worth = {name: round(float(weights[i]), 3) for name, i in sorted(traits.names.items()) if weights[i]}
        about = "what a trait of a violin fingering is worth; python -m audio_to_body.reproduce.violin_fingering"
        HABITS.write_text(json.dumps({"about": about, "worth": worth}, indent=1) + "\n", encoding="utf-8")
        print(f"written: {HABITS}")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
