"""How the nets that ship play what they were not trained on: ``python -m reproduce.evaluate``.

Real sound: a recording that was held back. Reversals of the bow arm are compared with the notes that begin a stroke
(alignment snapped to the sound, slurs from the score), beside a metronome that knows the recording's mean stroke
length. Virtual sound: recitals of other pieces by other players, where the truth is known.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inference.model_file import PRETRAINED, read_model
from inference.prediction import predict
from inference.session import Session
from models.expressive import HELD_BACK
from models.musical_measures import (
    SMALLEST_STROKE,
    MusicalMeasures,
    attack_f1,
    correlation,
    measure_run,
    reversals,
    shoulder_width,
    sounding_pitch,
)
from preprocessing.bach_violin import Recording, read_recording
from preprocessing.virtual.plans import RecitalPlan
from preprocessing.virtual.recitals import VirtualRecital, make_recital
from skeleton.layouts import layout_named
from skeleton.motion import Motion
from skeleton.rates import AUDIO_RATE, VIDEO_FPS
from skeleton.refusal import BadInput, run_command

NETS = {"faithful": PRETRAINED / "violin.onnx", "violin+": PRETRAINED / "violin_plus.onnx"}
NEAR, NEARER = 3, 1  # frames within which a reversal hits a note
RECITALS, SECONDS, SEED = 3, 120.0, 1  # virtual recitals that are played
SILENCE_SECONDS = 6.0  # put into the recording to see whether the arm rests
SETTLED = 0.5  # s at both ends in which the arm may still finish and prepare
BLOCK_SECONDS = 2.0  # over which speed and level are compared
AUDIBLE_DB = -35.0
CHORD = 0.05  # s


@dataclass(frozen=True)
class Hits:
    """How well moments fall on the music's, within some frames.

    Attributes
    ----------
    f1 : float
        Against the notes that begin a stroke.
    precision, chance : float
        Share of the moments within reach of any note's beginning, and of moments at random.
    """

    f1: float
    precision: float
    chance: float

    @property
    def above_chance(self) -> float:
        """(precision - chance) / (1 - chance)."""
        return (self.precision - self.chance) / (1 - self.chance) if self.chance < 1 else float("nan")


@dataclass(frozen=True)
class RealScore:
    """How a motion fits a real recording.

    Attributes
    ----------
    strokes : int
        Reversals of the bow arm.
    near, nearer : Hits
        Within 3 frames and within 1.
    loudness : float
        Correlation of the bow's speed with the sound's level in dB, over blocks of two seconds.
    in_silence : float
        Mean speed of the right wrist in inserted silence, as a share of that in the music.
    """

    strokes: int
    near: Hits
    nearer: Hits
    loudness: float
    in_silence: float

    def row(self) -> list[object]:
        """For the table."""
        hits = [value for h in (self.near, self.nearer) for value in (h.f1, h.chance, h.above_chance)]
        return [self.strokes, *hits, self.loudness, self.in_silence]


def stroke_path(motion: Motion) -> np.ndarray:
    """Distance of the right wrist from where the bridge is, in shoulder widths, float64 [frames].

    A stroke moves the hand away from the bridge and back; a string crossing turns the bow about the bridge and leaves
    the distance. The bridge lies about half way from the left shoulder to the left wrist.
    """
    points, layout = motion.points.astype(np.float64), motion.skeleton
    bridge = (points[:, layout.index("left_shoulder")] + points[:, layout.index("left_wrist")]) / 2
    apart = np.linalg.norm(points[:, layout.index("right_wrist")] - bridge, axis=-1)
    return apart / shoulder_width(points, layout)


def hits_of(frames: np.ndarray, strokes: np.ndarray, notes: np.ndarray, total: int, reach: int) -> Hits:
    """Compare moments with the music's.

    Parameters
    ----------
    frames : np.ndarray of int
        Moments of a motion.
    strokes, notes : np.ndarray of int
        Frames at which the music begins a stroke, and any note.
    total : int
        Frames of the recording.
    reach : int
        Frames.
    """
    hit = np.zeros(total, bool)
    for note in notes:
        hit[max(note - reach, 0) : note + reach + 1] = True
    precision = float(hit[np.clip(frames, 0, total - 1)].mean()) if len(frames) else 0.0
    return Hits(attack_f1(frames, strokes, reach), precision, float(hit.mean()))


def truth_of(recording: Recording) -> tuple[np.ndarray, np.ndarray]:
    """Frames of the notes that begin a stroke, and of all notes."""
    music = recording.music
    first = np.concatenate([[True], np.diff(music.onset) > CHORD])
    frames = np.round(music.onset * VIDEO_FPS).astype(int)
    return frames[first & ~music.slurred], frames[first]


def score_real(motion: Motion, recording: Recording, in_silence: float) -> RealScore:
    """Score a net's motion on a recording."""
    strokes, notes = truth_of(recording)
    path = stroke_path(motion)
    turns = reversals(path, SMALLEST_STROKE)
    near, nearer = (hits_of(turns, strokes, notes, len(motion), reach) for reach in (NEAR, NEARER))
    # a planner says how fast its bow moves; of other motions the wrist's distance from the bridge tells
    speed = np.abs(motion.tracks["bow_speed"] if "bow_speed" in motion.tracks else np.gradient(path))
    level = motion.tracks["loudness_db"].astype(np.float64)
    block = round(BLOCK_SECONDS * VIDEO_FPS)
    count = len(level) // block
    levels, speeds = (values[: count * block].reshape(count, block).mean(axis=1) for values in (level, speed))
    audible = levels > AUDIBLE_DB
    return RealScore(len(turns), near, nearer, correlation(levels[audible], speeds[audible]), in_silence)


def score_metronome(recording: Recording, frames: int) -> RealScore:
    """Strokes of equal length, as many as the music has, from its first note to its last."""
    strokes, notes = truth_of(recording)
    turns = np.round(np.linspace(strokes[0], strokes[-1], len(strokes))).astype(int)
    near, nearer = (hits_of(turns, strokes, notes, frames, reach) for reach in (NEAR, NEARER))
    return RealScore(len(turns), near, nearer, float("nan"), float("nan"))


def movement_in_silence(session: Session, sound: np.ndarray) -> float:
    """How fast the right wrist still moves while the music pauses, as a share of before; silence after a third."""
    cut = len(sound) // 3
    silence = np.zeros(int(SILENCE_SECONDS * AUDIO_RATE), np.float32)
    motion = predict(np.concatenate([sound[:cut], silence, sound[cut : cut + 5 * AUDIO_RATE]]), session)
    wrist = motion.points[:, motion.skeleton.index("right_wrist")].astype(np.float64)
    speed = np.linalg.norm(np.diff(wrist, axis=0), axis=-1)
    begin = round((cut / AUDIO_RATE + SETTLED) * VIDEO_FPS)
    end = round((cut / AUDIO_RATE + SILENCE_SECONDS - SETTLED) * VIDEO_FPS)
    return float(speed[begin:end].mean() / max(float(speed[VIDEO_FPS * 2 : begin].mean()), 1e-9))


def virtual_recitals() -> list[VirtualRecital]:
    """Recitals of pieces and players that no net was trained on."""
    return [make_recital(RecitalPlan(f"held-back-{i}", "violin", "test", SECONDS, SEED, i)) for i in range(RECITALS)]


def score_virtual(motions: Sequence[Motion], recitals: Sequence[VirtualRecital]) -> dict[str, float]:
    """Mean measures over recitals; each motion is scaled to the truth's shoulder width first."""
    rows = []
    for motion, made in zip(motions, recitals):
        truth = made.recital.tracks["truth"].astype(np.float64)
        layout = layout_named("violin")
        scale = shoulder_width(truth, layout) / shoulder_width(motion.points.astype(np.float64), layout)
        pitch = sounding_pitch(made.recital.tracks["notes"], len(truth))
        rows.append(measure_run(truth, motion.points * scale, np.ones(len(truth), bool), layout, pitch))
    wanted = ("motion_energy", "stroke_amplitude", "jerk", "attack_f1", "attack_chance", "wrist_speed", "place_pitch")
    return {name: _mean(rows, name) for name in wanted}


def _mean(rows: Sequence[MusicalMeasures], name: str) -> float:
    return float(np.mean([getattr(row, name) for row in rows]))


def still(recital: VirtualRecital) -> Motion:
    """The mean pose of a recital, held."""
    truth = recital.recital.tracks["truth"]
    points = np.repeat(truth.mean(axis=0, keepdims=True), len(truth), axis=0).astype(np.float32)
    return Motion(points, np.ones(points.shape[:2], np.float32), float(VIDEO_FPS), "violin", (640, 480))


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Markdown, numbers with two decimals."""
    lines = ["| " + " | ".join(header) + " |", "|---|" + "---:|" * (len(header) - 1)]
    for row in rows:
        cells = [f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row]
        lines.append("| " + " | ".join("–" if cell == "nan" else cell for cell in cells) + " |")
    return "\n".join(lines)


def real_table(sessions: dict[str, Session], folder: str, names: Sequence[str]) -> str:
    """Every net on every recording."""
    rows: list[list[object]] = []
    for name in names:
        recording = read_recording(folder, name)
        for net, session in sessions.items():
            motion = predict(recording.sound, session)
            score = score_real(motion, recording, movement_in_silence(session, recording.sound))
            rows.append([net, name, *score.row()])
        frames = int(np.ceil(len(recording.sound) / AUDIO_RATE * VIDEO_FPS))
        rows.append(["metronome", name, *score_metronome(recording, frames).row()])
    header = ["Net", "Recording", "Strokes"]
    for reach in (NEAR, NEARER):
        header += [f"F1 ±{reach}", f"chance ±{reach}", f"above chance ±{reach}"]
    return table([*header, "speed ~ dB, r", "movement in silence"], rows)


def virtual_table(sessions: dict[str, Session]) -> str:
    """Mean pose and every net on held-back virtual recitals."""
    recitals = virtual_recitals()
    rows = [["mean pose", *score_virtual([still(r) for r in recitals], recitals).values()]]
    for net, session in sessions.items():
        rows.append([net, *score_virtual([predict(r.sound, session) for r in recitals], recitals).values()])
    header = [
        "Net",
        "Motion energy",
        "Stroke amplitude",
        "Jerk",
        "F1 ±3",
        "Chance",
        "Wrist speed r",
        "Left hand ~ pitch r",
    ]
    return table(header, rows)


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, play, print."""
    shared = os.environ.get("A2B_SHARED")
    flags = argparse.ArgumentParser(prog="python -m reproduce.evaluate", description=str(__doc__).split("\n")[0])
    flags.add_argument("--bach", default=f"{shared}/data/bach_violin" if shared else None, help="Bach Violin Dataset")
    flags.add_argument("--recording", action="append", help=f"recordings to play (default: {HELD_BACK})")
    flags.add_argument("--net", action="append", type=Path, default=[], help="another model file (repeatable)")
    chosen = flags.parse_args(argv)
    paths = {name: path for name, path in NETS.items() if path.is_file()}
    paths.update({path.stem: path for path in chosen.net})
    if not paths:
        raise BadInput(f"no violin net is installed in {PRETRAINED}; name one with --net")
    sessions = {name: Session(read_model(path), "cpu") for name, path in paths.items()}
    if chosen.bach:
        print("Real recordings, held back; shares of 1:\n")
        print(real_table(sessions, chosen.bach, chosen.recording or [HELD_BACK]))
    else:
        print("Real recordings: left out, name a copy of the Bach Violin Dataset with --bach or A2B_SHARED.")
    print(f"\nVirtual recitals, held back ({RECITALS} x {SECONDS:g} s, seed {SEED}); shares of the truth's:\n")
    print(virtual_table(sessions))
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
