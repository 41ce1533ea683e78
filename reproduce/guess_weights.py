"""Fits the weights of the guess which instrument plays: ``python -m audio_to_body.reproduce.guess_weights``.

Pianos and violins are drawn as for training. What is neither is drawn too: silence, noise, babble, drums, and bands
of one to four other instruments of a General MIDI font, with drums or without. Recordings may be added by folder:
``--violin``, ``--piano`` and ``--neither`` (speech).

The weights that ship were fitted on about 24 clips of 12 s of each drawn kind, 24 of speech that espeak-ng made, and
the recordings of the shared folder. In eight folds 97.6 % of the 292 clips were guessed right, and all 15 recordings
as wholes; a piano in a band is what is taken for a solo piano most often.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from audio_to_body.inference.notes.guess import CHOICES, evidence, weighed
from audio_to_body.inference.notes.session import load_notes
from audio_to_body.skeleton.program import called_as, example
from audio_to_body.skeleton.refusal import BadInput, run_command
from audio_to_body.sound.note_resampling import NOTE_RATE

NAME = "python -m audio_to_body.reproduce.guess_weights"
CLIP_SECONDS = 12.0
OTHERS = (
    11,
    16,
    19,
    24,
    25,
    29,
    33,
    48,
    52,
    56,
    57,
    60,
    65,
    68,
    71,
    73,
    75,
    80,
    105,
)  # General MIDI, no solo strings
DRUM_BANK = 128
DECAY, RATE, MOMENTUM, ROUNDS = 0.003, 0.3, 0.9, 6000  # of the fit
Weights = tuple[np.ndarray, np.ndarray]  # [numbers, choices] and [choices]


def fit(numbers: np.ndarray, choice: np.ndarray) -> Weights:
    """Logistic regression with three choices that count alike, by gradient descent with momentum.

    Parameters
    ----------
    numbers : np.ndarray [clips, numbers]
    choice : np.ndarray, int64 [clips]
        Index into :data:`CHOICES`.

    Returns
    -------
    weights [numbers, choices] and bias [choices], for numbers as they are
    """
    mean, deviation = numbers.mean(axis=0), np.maximum(numbers.std(axis=0), 1e-6)
    scaled = np.column_stack([(numbers - mean) / deviation, np.ones(len(numbers))])
    counts = np.bincount(choice, minlength=len(CHOICES))
    share = (1.0 / np.maximum(counts, 1))[choice]
    share /= share.sum()
    truth = np.eye(len(CHOICES))[choice]
    weights, speed = np.zeros((scaled.shape[1], len(CHOICES))), 0.0
    for _ in range(ROUNDS):
        score = scaled @ weights
        guess = np.exp(score - score.max(axis=1, keepdims=True))
        guess /= guess.sum(axis=1, keepdims=True)
        gradient = scaled.T @ ((guess - truth) * share[:, None])
        gradient[:-1] += DECAY * weights[:-1]
        speed = MOMENTUM * speed - RATE * gradient
        weights = weights + speed
    own = weights[:-1] / deviation[:, None]
    return own, weights[-1] - mean @ own


def right(weights: Weights, numbers: np.ndarray, choice: np.ndarray) -> float:
    """Share of the clips that are guessed right."""
    return float((np.argmax(numbers @ weights[0] + weights[1], axis=1) == choice).mean())


def band(font: Path, rng: np.random.Generator, programs: Sequence[int], drums: bool) -> np.ndarray:
    """Other instruments at random notes, float64 [samples] at 24 kHz."""
    from audio_to_body.sound.sound_fonts import read_preset

    sound = np.zeros(round(CLIP_SECONDS * NOTE_RATE))
    for bank, program in [(0, program) for program in programs] + ([(DRUM_BANK, 0)] if drums else []):
        try:
            samples = read_preset(font, bank, program, 3.0)
        except BadInput:
            continue  # the font has no such preset
        base, pace, now = int(rng.integers(45, 72)), rng.uniform(1.5, 6.0), 0.0
        while (now := now + rng.exponential(1.0 / pace)) < CLIP_SECONDS - 0.4:
            pitch = int(rng.integers(35, 60)) if bank else base + int(rng.integers(-8, 9))
            serving = [sample for sample in samples if sample.keys[0] <= pitch <= sample.keys[1]]
            if not serving:
                continue
            sample = serving[int(rng.integers(len(serving)))]
            step = sample.rate / NOTE_RATE * (1.0 if bank else 2.0 ** ((pitch - sample.pitch) / 12))
            first = round(now * NOTE_RATE)
            count = min(
                len(sound) - first, round(NOTE_RATE * rng.uniform(0.15, 1.2)), int(len(sample.wave) / step) - 2
            )
            if count > 0:
                wave = np.interp(np.arange(count) * step, np.arange(len(sample.wave)), sample.wave)
                fade = np.minimum(1.0, (count - np.arange(count)) / 800)
                sound[first : first + count] += rng.uniform(0.3, 1.0) * wave * fade
    return sound


def drawn(clips: int, font: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Choice and sound at 24 kHz, kind by kind."""
    from audio_to_body.preprocessing.note_sound.bank import read_bank
    from audio_to_body.preprocessing.note_sound.drawing import draw
    from audio_to_body.preprocessing.note_sound.recording_chain import record
    from audio_to_body.preprocessing.note_sound.silence import draw_no_notes

    rooms = read_bank().rooms
    for number in range(clips):
        rng = np.random.default_rng((77, number))
        for instrument in ("piano", "violin"):
            sound, notes = draw(instrument, rng, CLIP_SECONDS)
            if len(notes) > 4:
                yield instrument, sound
        yield "none", draw_no_notes(rng, CLIP_SECONDS, rooms)
        yield "none", record(band(font, rng, (), True), rng, rooms)
        programs = rng.choice(OTHERS, int(rng.integers(1, 5)), replace=False).tolist()
        yield "none", record(band(font, rng, programs, rng.random() < 0.6), rng, rooms)
        yield "none", record(band(font, rng, [0, 33, int(rng.choice(OTHERS))], True), rng, rooms)


def recorded(choice: str, folder: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Clips of every recording of a folder."""
    from audio_to_body.reproduce.note_recordings import RECORDED, sound_at_note_rate

    length = round(CLIP_SECONDS * NOTE_RATE)
    for path in sorted(path for path in folder.iterdir() if path.suffix in (*RECORDED, ".wav")):
        sound = sound_at_note_rate(path) / np.float32(32768)
        for first in range(0, len(sound), length):
            if len(sound) - first > length // 3:
                yield choice, sound[first : first + length]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parse = argparse.ArgumentParser(
        prog=called_as(NAME),
        description="Fit the weights of the guess which instrument plays, and print them.",
        epilog=example("--font TimGM6mb.sf2 --neither speech", NAME),
    )
    parse.add_argument("--font", type=Path, required=True, metavar="FILE", help="a General MIDI sound font")
    parse.add_argument("--clips", type=int, default=24, metavar="N", help="of every drawn kind (default: 24)")
    for choice, what in (("piano", "of solo piano"), ("violin", "of solo violin"), ("neither", "of anything else")):
        parse.add_argument(f"--{choice}", type=Path, metavar="FOLDER", help=f"recordings {what}")
    return parse


def main(argv: Sequence[str] | None = None) -> int:
    """Draw, fit, print."""
    arguments = parser().parse_args(argv)
    sounds = list(drawn(arguments.clips, arguments.font))
    for choice, folder in (("piano", arguments.piano), ("violin", arguments.violin), ("none", arguments.neither)):
        if folder is not None:
            if not folder.is_dir():
                raise BadInput(f"{folder} is no folder of recordings")
            sounds += recorded(choice, folder)
    piano, violin = load_notes("piano"), load_notes("violin")
    numbers, choices = [], []
    for choice, sound in sounds:
        whole = np.asarray(sound / max(1.0, float(np.abs(sound).max())), np.float32)
        one, other = evidence(piano, whole), evidence(violin, whole)
        if one is not None and other is not None:
            numbers.append(weighed(one, other))
            choices.append(CHOICES.index(choice))
    table, truth = np.array(numbers), np.array(choices)
    weights, bias = fit(table, truth)
    print("WEIGHTS = (\n" + "".join("    ({:.3f}, {:.3f}, {:.3f}),\n".format(*row) for row in weights) + ")")
    print("BIAS = ({:.3f}, {:.3f}, {:.3f})".format(*bias))
    print(f"right: {right((weights, bias), table, truth):.3f} of the {len(truth)} clips that were fitted")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
