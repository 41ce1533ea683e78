"""Learn how professionals finger phrases, and say how often we agree with them on music that taught nothing.

``python -m audio_to_body.reproduce.violin_phrases FOLDER`` reads the fingerings that
:mod:`~audio_to_body.reproduce.violin_excerpts` reads and learns with every excerpt left out in turn: what traits are
worth and the small net of :mod:`~audio_to_body.musician.violin_phrases`, together, as a conditional random field. It
prints the agreement on the excerpt that was left out beside that of two professionals; with ``--write`` it learns
from all and writes ``musician/violin_phrases.json``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audio_to_body.musician.chains import best_chain
from audio_to_body.musician.violin_phrases import (
    AHEAD,
    KINDS,
    PHRASES,
    Phrases,
    change_kinds,
    own_kinds,
    surroundings,
)
from audio_to_body.musician.violin_ways import ways_of
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
from audio_to_body.reproduce.violin_fingering import Traits
from audio_to_body.skeleton.refusal import run_command

if TYPE_CHECKING:
    import torch

HIDDEN = 16  # units of the net
TRAIT_PENALTY, NET_PENALTY = 2.0, 3.0  # of the squared worth and weights, in notes
EPOCHS = 15
RATE = 0.01  # of learning, falling to nothing
CHUNK, CHUNKS = 100, 6  # notes learnt from in one piece, pieces in a step
DEAF, DROPPED = 0.15, 0.3  # of what is read and of the units, hidden in learning
CUT = 0.3  # share of the notes after which the music is cut off in learning, as a stream knows it
BALANCE = 0.3  # exponent by which long excerpts count less
USUAL_NOTES = 700  # length of an excerpt that counts as it is
NEVER = -1e4
Row = tuple[float, float, float, float, float, float]
COLUMNS = (
    "Strings: two professionals",
    "ours",
    "Fingers: two professionals",
    "ours",
    "Both: two professionals",
    "ours",
)


def all_ways(excerpt: Excerpt) -> np.ndarray:
    """:func:`chosen_ways` with the likeliest reading where an annotation names a way that there is not.

    The position is the nearest in which the finger reaches the note; where the string does not have the note, what
    most others do.
    """
    chosen = chosen_ways(excerpt)
    known = chosen.copy()
    for player, note in zip(*np.nonzero(chosen == UNKNOWN)):
        ways = ways_of(int(excerpt.pitch[note]))
        string, finger = excerpt.string[player, note], excerpt.finger[player, note]
        far = np.abs(ways.position - excerpt.position[player, note])
        wrong = (ways.string != string) | (ways.finger != finger)
        others = known[:, note][known[:, note] != UNKNOWN]
        if wrong.all() and len(others):
            chosen[player, note] = np.bincount(others).argmax()
        else:
            chosen[player, note] = (far + 100 * wrong).argmin()
    return chosen


@dataclass(frozen=True, eq=False)
class Piece:
    """Consecutive notes of an excerpt, as numbers of what :class:`Learner` keeps of all pitches and pairs."""

    pitch: np.ndarray  # [n]
    pair: np.ndarray  # [n], of each note with the one before
    chosen: np.ndarray  # [players, n]
    excerpt: Excerpt
    first: int


class Learner:
    """A field over the notes of some excerpts; what is learnt of one can be asked of another.

    Parameters
    ----------
    excerpts : sequence of Excerpt
        All that will be learnt from or judged.
    """

    def __init__(self, excerpts: Sequence[Excerpt]) -> None:
        import torch

        self.traits = Traits(excerpts)
        width = self.traits.width
        own = np.zeros((len(self.traits.pitches), len(own_kinds(*_three(60))), width), np.int64)
        for kinds, pitch in zip(own, self.traits.pitches):
            kinds[:, : len(ways_of(pitch).string)] = own_kinds(*_three(pitch))
        change = np.zeros((len(self.traits.pairs), len(change_kinds(_three(60), _three(60))), width, width), np.int16)
        for kinds, (a, b, _) in zip(change, self.traits.pairs):
            found = change_kinds(_three(a), _three(b))
            kinds[:, : found.shape[1], : found.shape[2]] = found
        self.own_kinds, self.change_kinds = torch.from_numpy(own), torch.from_numpy(change)
        missing = [[i >= len(ways_of(p).string) for i in range(width)] for p in self.traits.pitches]
        self.missing = NEVER * torch.tensor(missing, dtype=torch.float32)
        pitches = {p: i for i, p in enumerate(self.traits.pitches)}
        pairs = {p: i for i, p in enumerate(self.traits.pairs)}
        self.pieces = {}
        for e in excerpts:
            keys = zip(e.pitch[:-1].tolist(), e.pitch[1:].tolist(), e.chord[1:].tolist())
            pair = np.array([0] + [pairs[key] for key in keys])
            self.pieces[e.name] = Piece(np.array([pitches[int(p)] for p in e.pitch]), pair, all_ways(e), e, 0)

    def traits_worth(self, weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What ways and changes are worth by traits alone, ``[pitches, width]`` and ``[pairs, width, width]``."""
        import torch

        width, sizes = self.traits.width, (len(self.traits.pitches), len(self.traits.pairs))
        sums = []
        for (places, numbers), size in zip(self.traits.found, (sizes[0] * width, sizes[1] * width * width)):
            sums.append(torch.zeros(size).index_add(0, torch.from_numpy(places), weights[torch.from_numpy(numbers)]))
        return sums[0].view(-1, width) + self.missing, sums[1].view(-1, width, width)

    def field(
        self, piece: Piece, worth: tuple[torch.Tensor, torch.Tensor], kinds: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What every way and every change is worth, ``[n, width]`` and ``[n, width, width]``."""
        count, width = len(piece.pitch), self.traits.width
        own = worth[0][piece.pitch] + kinds.gather(1, self.own_kinds[piece.pitch].view(count, -1)).view(
            count, -1, width
        ).sum(1)
        numbers = self.change_kinds[piece.pair].long().view(count, -1)
        change = worth[1][piece.pair] + kinds.gather(1, numbers).view(count, -1, width, width).sum(1)
        return own, change


def _three(pitch: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    ways = ways_of(pitch)
    return ways.string, ways.finger, ways.position


def _surprise(own: torch.Tensor, change: torch.Tensor, chosen: np.ndarray) -> torch.Tensor:
    """Negative log-likelihood of the players' choices, their mean."""
    import torch

    belief = own[0]
    for t in range(1, len(own)):
        belief = torch.logsumexp(belief[:, None] + change[t], dim=0) + own[t]
    picked = torch.from_numpy(chosen.T)  # [n, players]
    said = own.gather(1, picked).sum()
    numbers = picked[:-1] * own.shape[1] + picked[1:]
    said = said + change[1:].reshape(len(own) - 1, -1).gather(1, numbers).sum()
    return torch.logsumexp(belief, dim=0) - said / len(chosen)


def _cut(piece: Piece, rng: np.random.Generator) -> Iterator[Piece]:
    """The pieces of an excerpt, cut at other places every time."""
    first = int(rng.integers(CHUNK // 2, CHUNK))
    borders = [0, *range(first, len(piece.pitch) - CHUNK // 2, CHUNK), len(piece.pitch)]
    for low, high in zip(borders, borders[1:]):
        yield Piece(piece.pitch[low:high], piece.pair[low:high], piece.chosen[:, low:high], piece.excerpt, low)


def _read(excerpt: Excerpt, known: np.ndarray | None = None) -> np.ndarray:
    return surroundings(excerpt.pitch, excerpt.onset, excerpt.chord, known=known)


def learn_phrases(excerpts: Sequence[Excerpt], learner: Learner) -> tuple[np.ndarray, Phrases]:
    """What each trait is worth to the professionals of some excerpts, and the net that reads phrases."""
    import torch

    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    read = np.concatenate([_read(e) for e in excerpts])
    middle, spread = read.mean(axis=0), read.std(axis=0) + 1e-6
    weights = torch.zeros(len(learner.traits.names), requires_grad=True)
    inner, outer = torch.nn.Linear(len(middle), HIDDEN), torch.nn.Linear(HIDDEN, KINDS)
    net = torch.nn.Sequential(torch.nn.Dropout(DEAF), inner, torch.nn.Tanh(), torch.nn.Dropout(DROPPED), outer)
    torch.nn.init.zeros_(outer.weight)
    torch.nn.init.zeros_(outer.bias)
    notes = sum(map(len, excerpts))
    optimiser = torch.optim.Adam([weights, *net.parameters()], lr=RATE)
    steps = 0.0
    for _epoch in range(EPOCHS):
        heard = {}
        for e in excerpts:
            known = np.where(rng.random(len(e)) < CUT, rng.integers(0, AHEAD, len(e)), AHEAD)
            heard[e.name] = torch.from_numpy((_read(e, known) - middle) / spread).float()
        pieces = [piece for e in excerpts for piece in _cut(learner.pieces[e.name], rng)]
        order = rng.permutation(len(pieces))
        for start in range(0, len(pieces), CHUNKS):
            some = [pieces[i] for i in order[start : start + CHUNKS]]
            together = sum(len(piece.pitch) for piece in some)
            optimiser.param_groups[0]["lr"] = RATE / 2 * (1 + np.cos(np.pi * min(steps, 1))) + RATE / 1000
            steps += together / (EPOCHS * notes)
            worth = learner.traits_worth(weights)
            loss = TRAIT_PENALTY * (weights**2).sum() + NET_PENALTY * sum((p**2).sum() for p in net.parameters())
            loss = loss / notes
            for piece in some:
                kinds = net(heard[piece.excerpt.name][piece.first : piece.first + len(piece.pitch)])
                share = (USUAL_NOTES / len(piece.excerpt)) ** BALANCE / together
                loss = loss + share * _surprise(*learner.field(piece, worth, kinds), piece.chosen)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    into, into_bias, out, out_bias = (p.detach().double().numpy() for p in net.parameters())
    into = into / spread
    return weights.detach().double().numpy(), Phrases(into, into_bias - into @ middle, out, out_bias)


def best_phrased(
    excerpt: Excerpt, learner: Learner, weights: np.ndarray, phrases: Phrases
) -> tuple[np.ndarray, np.ndarray]:
    """String and finger of each note, of the chain that is worth most."""
    import torch

    kinds = torch.from_numpy(phrases.worth(_read(excerpt))).float()
    worth = learner.traits_worth(torch.from_numpy(weights).float())
    own, change = (part.numpy() for part in learner.field(learner.pieces[excerpt.name], worth, kinds))
    return fingered(excerpt, best_chain(own, lambda i: change[i]))


def agreements(excerpt: Excerpt, string: np.ndarray, finger: np.ndarray) -> Row:
    """How often two professionals agree, and a choice with one of them: on strings, on fingers, on both at once."""
    both = 5 * excerpt.string + excerpt.finger
    pairs = ((excerpt.string, string), (excerpt.finger, finger), (both, 5 * string + finger))
    first, second, third = ((among_themselves(theirs), agreement(ours, theirs)) for theirs, ours in pairs)
    return (*first, *second, *third)


def left_out_phrases(excerpts: Sequence[Excerpt]) -> Iterator[tuple[Excerpt, Row]]:
    """Every excerpt as all the others teach it."""
    learner = Learner(excerpts)
    for e in excerpts:
        taught = learn_phrases([other for other in excerpts if other is not e], learner)
        yield e, agreements(e, *best_phrased(e, learner, *taught))


def as_file(learner: Learner, weights: np.ndarray, phrases: Phrases) -> dict[str, Any]:
    """What was learnt, as ``violin_phrases.json`` has it."""
    worth = {
        n: round(float(weights[i]), 3) for n, i in sorted(learner.traits.names.items()) if abs(weights[i]) > 5e-4
    }
    about = "how professionals finger phrases; python -m audio_to_body.reproduce.violin_phrases"
    net = {name: np.round(values, 4).tolist() for name, values in vars(phrases).items()}
    return {"about": about, "worth": worth, **net}


def main(arguments: Sequence[str]) -> int:
    """Learn with each excerpt left out, report, and write what all of them teach."""
    flags = argparse.ArgumentParser(prog="python -m audio_to_body.reproduce.violin_phrases")
    flags.add_argument("folder", type=Path, help="vio<player>_<excerpt>.csv of professionals' fingerings")
    flags.add_argument("--write", action="store_true", help=f"learn from all excerpts and write {PHRASES.name}")
    chosen = flags.parse_args(arguments)
    excerpts = read_excerpts(chosen.folder)
    for line in left_out_lines(left_out_phrases(excerpts), COLUMNS, digits=3):
        print(line, flush=True)
    if chosen.write:
        learner = Learner(excerpts)
        text = json.dumps(as_file(learner, *learn_phrases(excerpts, learner)))
        PHRASES.write_text(text.replace("], [", "],\n[") + "\n", encoding="utf-8")
        print(f"written: {PHRASES}")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
