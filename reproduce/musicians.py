"""Do the musicians play what sounds? ``python -m audio_to_body.reproduce.musicians`` prints two tables.

The pianist's key presses against the notes (onsets of keys going down within 50 and 100 ms), the violinist's bow
turns against the notes' beginnings (within a frame and a half), stopped pitches, and the bow's speed against the
sound's level. Judged on a sampled instrument that training left out and on real recordings below ``A2B_SHARED``.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from audio_to_body.inference.prediction import predict
from audio_to_body.inference.session import Session, load
from audio_to_body.models.key_presses import KeyPresses, measured_presses
from audio_to_body.models.notes.judged import JudgedSound
from audio_to_body.reproduce.note_recordings import HELD_OUT_CLIPS, held_out_sounds, real_sounds
from audio_to_body.reproduce.violin_scores import loudness_of_speed, stopped_right
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.program import called_as, example
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import run_command
from audio_to_body.sound.note_resampling import NOTE_RATE

NAME = "python -m audio_to_body.reproduce.musicians"
NEAR = 1.5  # frames within which a turn is at a note's beginning
CHORD = 0.05  # s within which beginnings are one


def bow_turns(speed: np.ndarray) -> np.ndarray:
    """Frames at which the bow goes the other way than before."""
    moving = np.flatnonzero(speed)
    signs = np.sign(speed[moving])
    return moving[1:][signs[1:] != signs[:-1]]


def turn_scores(speed: np.ndarray, written: Notes) -> tuple[float, float, float]:
    """F1, precision and recall of bow turns against the notes' beginnings; each turn and each note in one pair."""
    onset = np.unique(written.onset)
    onset = onset[np.concatenate([[True], np.diff(onset) > CHORD])][1:] * VIDEO_FPS  # nothing turns into the first
    turns, free, hits = bow_turns(speed), np.ones(len(onset), bool), 0
    for turn in turns:
        near = np.flatnonzero((np.abs(onset - turn) <= NEAR) & free)
        if len(near):
            free[near[np.abs(onset[near] - turn).argmin()]] = False
            hits += 1
    return 2 * hits / max(1, len(turns) + len(onset)), hits / max(1, len(turns)), hits / max(1, len(onset))


def played(judged: JudgedSound, session: Session) -> Motion:
    """What a musician plays to a sound, decoded as any file is."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, NOTE_RATE, 0, "NONE", ""))
            file.writeframes(judged.sound.astype("<i2").tobytes())
        return predict(path, session)


def piano_table(sounds: Sequence[JudgedSound], session: Session) -> list[str]:
    """Key presses of the pianist, a line for every group of sounds."""
    groups: dict[str, KeyPresses] = {}
    for judged in sounds:
        motion = played(judged, session)
        presses = measured_presses(motion.tracks["keys_pressed"], judged.notes, motion.tracks["hands_mm"])
        groups[judged.group] = groups.get(judged.group, KeyPresses()) + presses
    lines = ["| pianist | notes | F1 ±50 ms | P | R | F1 ±100 ms | there 80 ms before | wrong keys a minute |"]
    lines.append("|---|---:|---:|---:|---:|---:|---:|---:|")
    for name, p in groups.items():
        numbers = [p.close.f1, p.close.precision, p.close.recall, p.near.f1, p.ready_share]
        cells = " | ".join(f"{value:.2f}" for value in numbers)
        lines.append(f"| {name} | {p.close.written} | {cells} | {p.wrong_a_minute:.1f} |")
    return lines


def violin_table(sounds: Sequence[JudgedSound], session: Session) -> list[str]:
    """Bow turns, pitches and loudness of the violinist, a line for every sound."""
    lines = ["| violinist | notes | turns: F1 ±1.5 frames | P | R | pitch stopped | speed~dB |"]
    lines.append("|---|---:|---:|---:|---:|---:|---:|")
    for judged in sounds:
        motion, notes = played(judged, session), judged.notes
        speed = motion.tracks["bow_speed"]
        table = np.stack([notes.onset, notes.end, notes.pitch, notes.velocity], axis=1)
        loudness = loudness_of_speed(np.abs(speed), motion.tracks["loudness_db"].astype(np.float64))
        numbers = [*turn_scores(speed, notes), stopped_right(motion, table), loudness]
        cells = " | ".join("–" if np.isnan(value) else f"{value:.2f}" for value in numbers)
        lines.append(f"| {judged.group} | {len(notes)} | {cells} |")
    return lines


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, play, print."""
    about = str(__doc__).split("\n")[0]
    flags = argparse.ArgumentParser(prog=called_as(NAME), description=about, epilog=example("--clips 4", NAME))
    flags.add_argument("--clips", type=int, default=HELD_OUT_CLIPS, help="of the instrument that was left out")
    flags.add_argument("--shared", type=Path, default=os.environ.get("A2B_SHARED"), help="folder of real recordings")
    chosen = flags.parse_args(argv)
    for instrument, table in (("piano", piano_table), ("violin", violin_table)):
        sounds = held_out_sounds(instrument, chosen.clips) if chosen.clips else []
        if chosen.shared is not None and (chosen.shared / "data" / f"{instrument}_real").is_dir():
            # as written: what the net of notes adds to its times was measured against these
            sounds += real_sounds(instrument, chosen.shared / "data", lag=0.0)
        print("\n".join(table(sounds, load(instrument, "cpu"))), flush=True)
        print()
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
