"""How well the nets hear notes: ``python -m audio_to_body.reproduce.hearing`` prints one table.

Judged on what training did not hear: a sampled instrument that was left out, and real recordings (``A2B_SHARED``).
basic-pitch stands beside them where its ``nmp.onnx`` is named.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from audio_to_body.inference.notes.card import LOW, NORMAL
from audio_to_body.inference.notes.picking import Picker, notes_of
from audio_to_body.inference.notes.session import NoteSession, load_notes
from audio_to_body.models.notes.judged import JudgedSound
from audio_to_body.models.notes.scores import Agreement, agreement
from audio_to_body.reproduce.heard import GRID, Hear, Hearing
from audio_to_body.reproduce.note_recordings import held_out_sounds, human_sounds, real_sounds
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.program import called_as, example
from audio_to_body.skeleton.refusal import BadInput, run_command
from audio_to_body.sound.note_bands import HOP, LOOK_AHEAD, STEP_RATE
from audio_to_body.sound.note_features import note_features

NAME = "python -m audio_to_body.reproduce.hearing"
TOLERANCES = (0.05, 0.1)  # s
BORDER = 0.03  # s at a note's ends within which its pitch counts as right, but need not be heard


def hearer(session: NoteSession, head: str = NORMAL) -> Hear:
    """One head of a net as what hears."""
    card, own = session.card, session.card.head(head)

    def hear(sound: np.ndarray) -> Hearing:
        silence = np.zeros(HOP * (own.delay + own.reach + 2 * card.halves) + LOOK_AHEAD, np.float32)
        whole = np.concatenate([sound / np.float32(32768), silence])
        features = note_features(session.front, whole, resampled=True)
        features = features[: len(features) // card.halves * card.halves]
        answers = card.answers_of(session.run(features, session.initial_state())[0], head)
        picker = Picker(
            card.parts, card.lowest, own.threshold, own.delay, own.reach, card.lag, second_look=own.looks_again
        )
        notes = notes_of([picker.push(answers), picker.finish()])
        grid = np.arange(0.0, len(sound) / (HOP * STEP_RATE), GRID)
        steps = np.clip(np.round((grid - card.lag) * STEP_RATE).astype(int) + own.delay, 0, len(answers) - 1)
        held = answers[steps, :, card.parts.index("held")]
        return Hearing(notes, held.argmax(axis=1) + card.lowest)

    return hear


def pitch_right(written: Notes, sounding: np.ndarray) -> tuple[int, int]:
    """At how many grid points a written note's pitch is heard, and at how many notes are written."""
    times = np.arange(len(sounding)) * GRID
    counted, right = np.zeros(len(times), bool), np.zeros(len(times), bool)
    for onset, end, pitch in zip(written.onset, written.end, written.pitch):
        counted |= (times >= onset) & (times < end)
        right |= (times >= onset - BORDER) & (times < end + BORDER) & (sounding == pitch)
    return int((right & counted).sum()), int(counted.sum())


@dataclass
class HearingScore:
    """Sums over the sounds of one group."""

    near: Agreement = field(default_factory=Agreement)
    far: Agreement = field(default_factory=Agreement)
    right: int = 0
    counted: int = 0


def scores(hear: Hear, sounds: Sequence[JudgedSound]) -> dict[str, HearingScore]:
    """Scores by group, in the order of the sounds."""
    found: dict[str, HearingScore] = {}
    for judged in sounds:
        heard = hear(judged.sound)
        own = found.setdefault(judged.group, HearingScore())
        own.near += agreement(heard.notes, judged.notes, TOLERANCES[0])
        own.far += agreement(heard.notes, judged.notes, TOLERANCES[1])
        right, counted = pitch_right(judged.notes, heard.sounding)
        own.right, own.counted = own.right + right, own.counted + counted
    return found


def rows(net: str, found: dict[str, HearingScore], pitch: bool) -> list[list[str]]:
    """Lines of the table."""
    lines = []
    for group, own in found.items():
        line = [net, group, str(own.near.written), f"{own.near.f1:.3f}", f"{own.near.precision:.2f}"]
        line += [f"{own.near.recall:.2f}", f"{own.far.f1:.3f}"]
        line.append(f"{own.right / max(1, own.counted):.3f}" if pitch else "–")
        lines.append(line)
    return lines


HEADER = ["net", "sound", "notes", "F1 ±50 ms", "precision", "recall", "F1 ±100 ms", "pitch right"]


def table(lines: Sequence[Sequence[str]]) -> str:
    """Markdown."""
    head = ["| " + " | ".join(HEADER) + " |", "|---|---|" + "---:|" * (len(HEADER) - 2)]
    return "\n".join(head + ["| " + " | ".join(line) + " |" for line in lines])


def sounds_of(instrument: str, clips: int, shared: Path | None) -> list[JudgedSound]:
    """Everything an instrument is judged by; real recordings where the shared folder is known."""
    found = held_out_sounds(instrument, clips) if clips else []
    if shared is not None:
        if clips and instrument == "piano":
            found += human_sounds(shared / "data", clips)
        found += real_sounds(instrument, shared / "data", lag=0.0)
    return found


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parse = argparse.ArgumentParser(
        prog=called_as(NAME), description=__doc__, epilog=example("--instrument piano", NAME)
    )
    parse.add_argument("--instrument", choices=("piano", "violin"), help="default: both")
    parse.add_argument("--net", type=Path, metavar="FILE", help="a net of your own (.onnx); default: those that ship")
    parse.add_argument(
        "--clips",
        type=int,
        default=8,
        metavar="N",
        help="clips of 20 s of the instrument left out (0: none)",
    )
    parse.add_argument("--basic-pitch", type=Path, metavar="FILE", help="basic-pitch's nmp.onnx, to stand beside")
    return parse


def main(argv: Sequence[str] | None = None) -> int:
    """Judge and print."""
    arguments = parser().parse_args(argv)
    if arguments.net and not arguments.instrument:
        raise BadInput("--net needs --instrument: which one the net hears")
    shared = os.environ.get("A2B_SHARED")
    lines: list[list[str]] = []
    for instrument in [arguments.instrument] if arguments.instrument else ["piano", "violin"]:
        sounds = sounds_of(instrument, arguments.clips, Path(shared) if shared else None)
        if not sounds:
            raise BadInput("nothing to judge by: name real recordings with A2B_SHARED, or --clips above 0")
        session = load_notes(arguments.net or instrument)
        for head in (NORMAL, LOW):
            lines += rows(f"{instrument}, {head}", scores(hearer(session, head), sounds), instrument == "violin")
        if arguments.basic_pitch:
            from audio_to_body.reproduce.basic_pitch import BasicPitch

            lines += rows("basic-pitch", scores(BasicPitch(arguments.basic_pitch), sounds), instrument == "violin")
    print(table(lines))
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
