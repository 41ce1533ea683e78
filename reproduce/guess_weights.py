"""Fits the weights of the guess which instrument plays: ``python -m audio_to_body.reproduce.guess_weights``.

The sounds are those of :mod:`audio_to_body.reproduce.guess_sounds`. Before weights are fitted to all of them, others
are fitted with instruments, rooms and recordings left out, and judged by those.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio_to_body.inference.notes import guess_table
from audio_to_body.inference.notes.evidence import numbers
from audio_to_body.inference.notes.guess import CHOICES, SEGMENT_SECONDS, scaled
from audio_to_body.inference.notes.session import load_notes
from audio_to_body.reproduce.guess_sounds import FOLDS, GuessSound, others, recorded, solos, speech
from audio_to_body.skeleton.program import called_as, example
from audio_to_body.skeleton.refusal import BadInput, run_command
from audio_to_body.sound.note_resampling import NOTE_RATE

NAME = "python -m audio_to_body.reproduce.guess_weights"
DECAY, RATE, MOMENTUM, ROUNDS = 0.003, 0.3, 0.9, 600  # of the fit
DOUBT = 0.9  # nats by which "none" must be surer: a soloist who is taken for none is the worse mistake
RECORDINGS = {"piano": ("piano_real", "piano_audio"), "violin": ("violin_real", "bach_violin/audio", "violin_clip")}


@dataclass(frozen=True)
class Weighing:
    """What :mod:`audio_to_body.inference.notes.guess_table` holds.

    Attributes
    ----------
    mean, deviation : np.ndarray [numbers]
    weights : np.ndarray [numbers, choices]
    bias : np.ndarray [choices]
    """

    mean: np.ndarray
    deviation: np.ndarray
    weights: np.ndarray
    bias: np.ndarray

    def scores(self, found: np.ndarray) -> np.ndarray:
        """How much each segment speaks for each choice, [segments, choices]."""
        return scaled(found, self.mean, self.deviation) @ self.weights + self.bias

    def text(self) -> str:
        """The module."""
        rows = np.column_stack([self.mean, self.deviation, self.weights])
        lines = "".join("    (" + ", ".join(f"{value:.4g}" for value in row) + "),\n" for row in rows)
        bias = ", ".join(f"{value:.4g}" for value in self.bias)
        return (
            '"""Weights by which the instrument is guessed, fitted and written by ``reproduce.guess_weights``."""\n\n'
            "from __future__ import annotations\n\n"
            "# of every number of ``evidence.numbers``: mean, deviation, weights for piano, violin and none\n"
            f"NUMBERS = (\n{lines})\nBIAS = ({bias})\n"
        )


@dataclass(frozen=True)
class Heard:
    """All segments of some sounds.

    Attributes
    ----------
    found : np.ndarray [segments, numbers]
    choice, sound, rooms : np.ndarray, int64 [segments]
        Index into :data:`CHOICES`; number of the sound; group of its rooms.
    made_of : np.ndarray of str [segments]
    """

    found: np.ndarray
    choice: np.ndarray
    sound: np.ndarray
    rooms: np.ndarray
    made_of: np.ndarray

    def of(self, which: np.ndarray) -> Heard:
        """Some of the segments."""
        return Heard(*(value[which] for value in vars(self).values()))


def listened(sounds: Iterable[GuessSound]) -> Heard:
    """Numbers of every segment of the sounds."""
    piano, violin = load_notes("piano"), load_notes("violin")
    length = round(SEGMENT_SECONDS * NOTE_RATE)
    rows: list[tuple[np.ndarray, int, int, int, str]] = []
    for number, given in enumerate(sounds):
        whole = np.asarray(given.sound / max(1.0, float(np.abs(given.sound).max())), np.float32)
        for first in range(0, len(whole), length):
            cut = whole[first : first + length]
            heard = numbers(piano, violin, cut) if len(cut) > length // 3 or not first else None
            if heard is not None:
                rows.append((heard, CHOICES.index(given.choice), number, given.rooms, given.made_of))
    if not rows:
        raise BadInput("nothing was heard in the sounds; build the bank (make data-sounds)")
    return Heard(*(np.array(column) for column in zip(*rows)))


def fit(found: np.ndarray, choice: np.ndarray) -> Weighing:
    """Logistic regression with three choices that count alike, by gradient descent with momentum.

    Parameters
    ----------
    found : np.ndarray [segments, numbers]
    choice : np.ndarray, int64 [segments]
    """
    mean, deviation = found.mean(axis=0), np.maximum(found.std(axis=0), 1e-6)
    ready = np.column_stack([scaled(found, mean, deviation), np.ones(len(found))])
    share = (1.0 / np.maximum(np.bincount(choice, minlength=len(CHOICES)), 1))[choice]
    share /= share.sum()
    truth = np.eye(len(CHOICES))[choice]
    weights, speed = np.zeros((ready.shape[1], len(CHOICES))), 0.0
    for _ in range(ROUNDS):
        gradient = ready.T @ ((_shares(ready @ weights) - truth) * share[:, None])
        gradient[:-1] += DECAY * weights[:-1]
        speed = MOMENTUM * speed - RATE * gradient
        weights = weights + speed
    doubt = DOUBT * (np.eye(len(CHOICES))[CHOICES.index("none")] - 1.0 / len(CHOICES))
    return Weighing(mean, deviation, weights[:-1], weights[-1] - doubt)


def _shares(score: np.ndarray) -> np.ndarray:
    share = np.exp(score - score.max(axis=1, keepdims=True))
    return share / share.sum(axis=1, keepdims=True)


def guesses(weighing: Weighing, heard: Heard) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Sound by sound: the choice that is right, the one that is guessed, what it is made of, and whether the other
    of the two instruments would play it."""
    scores = weighing.scores(heard.found)
    sounds, first, of = np.unique(heard.sound, return_index=True, return_inverse=True)
    summed = np.zeros((len(sounds), len(CHOICES)))
    np.add.at(summed, of, scores)
    choice = heard.choice[first]
    return choice, summed.argmax(axis=1), heard.made_of[first], summed[:, :2].argmax(axis=1) != choice


def left_out(heard: Heard, folds: int) -> Iterator[tuple[Heard, Heard]]:
    """Train and test parts: what the test's sounds are made of and the rooms they are in are not in training."""
    sources = [sorted(set(heard.made_of[heard.choice == choice])) for choice in range(len(CHOICES))]
    for fold in range(folds):
        held = {name for own in sources for name in own[fold % len(own) :: folds]}
        of_held, in_rooms = np.isin(heard.made_of, sorted(held)), heard.rooms == fold % FOLDS
        real = heard.rooms < 0
        yield heard.of(~of_held & (~in_rooms | real)), heard.of(of_held & (in_rooms | real))


def judged(heard: Heard, folds: int = 8) -> str:
    """How often sounds are guessed right with what they are made of left out, in words."""
    right: Counter[str] = Counter()
    all_of: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    crossed = 0  # solos that are given to the other of the two instruments
    for train, test in left_out(heard, folds):
        for truth, guess, made_of, other in zip(*guesses(fit(train.found, train.choice), test)):
            name, kind = CHOICES[truth], made_of.split(": ")[-1].split(" ")[0]
            for counted in (name, f"{name} ({kind})"):
                all_of[counted] += 1
                right[counted] += truth == guess
            if truth != guess:
                wrong[f"{made_of} taken for {CHOICES[guess]}"] += 1
            crossed += name != "none" and other
    lines = [f"{name}: {right[name]} of {all_of[name]}" for name in sorted(all_of)]
    solos = sum(all_of[name] for name in CHOICES[:2])
    share = sum(right[name] for name in CHOICES[:2]) / max(1, solos)
    lines.append(f"right: {share:.3f} of {solos} solos; of piano and violin the other is likelier in {crossed}")
    return "\n".join([*lines, *(f"  {what}: {count}" for what, count in wrong.most_common())])


def sounds_of(clips: int, fonts: Sequence[Path], shared: Path | None) -> Iterator[GuessSound]:
    """Everything that is listened to."""
    yield from solos(clips)
    yield from others(clips, fonts)
    yield from speech(max(1, clips // 8))
    for choice, folders in RECORDINGS.items():
        for folder in folders:
            if shared is not None and (shared / "data" / folder).is_dir():
                yield from recorded(choice, shared / "data" / folder)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parse = argparse.ArgumentParser(
        prog=called_as(NAME),
        description="Fit the weights of the guess which instrument plays, and say how often it is right.",
        epilog=example("--font TimGM6mb.sf2 --font FluidR3_GM.sf2 --write", NAME),
    )
    parse.add_argument(
        "--font", type=Path, action="append", required=True, metavar="FILE", help="a General MIDI sound font"
    )
    parse.add_argument("--clips", type=int, default=24, metavar="N", help="of every drawn kind (default: 24)")
    parse.add_argument("--write", action="store_true", help=f"write {Path(str(guess_table.__file__)).name}")
    return parse


def main(argv: Sequence[str] | None = None) -> int:
    """Draw, listen, judge, fit."""
    arguments = parser().parse_args(argv)
    shared = os.environ.get("A2B_SHARED")
    heard = listened(sounds_of(arguments.clips, arguments.font, Path(shared) if shared else None))
    print(judged(heard))
    text = fit(heard.found, heard.choice).text()
    if arguments.write:
        Path(str(guess_table.__file__)).write_text(text, encoding="utf-8")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
