"""How the nets that ship play what they were not trained on: ``python -m audio_to_body.reproduce.evaluate``.

Real sound: a recording that was held back (:mod:`audio_to_body.reproduce.violin_scores` says how it is scored).
Virtual sound: recitals of other pieces by other players, where the truth is known.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from audio_to_body.inference.model_file import PRETRAINED, read_model
from audio_to_body.inference.prediction import predict
from audio_to_body.inference.session import Session
from audio_to_body.models.musical_measures import MusicalMeasures, measure_run, shoulder_width, sounding_pitch
from audio_to_body.preprocessing.published.bach_source import bach_folder
from audio_to_body.preprocessing.published.bach_violin import read_recording, recordings
from audio_to_body.preprocessing.virtual.plans import RecitalPlan
from audio_to_body.preprocessing.virtual.recitals import VirtualRecital, make_recital
from audio_to_body.reproduce.note_recordings import BACH_RECORDINGS
from audio_to_body.reproduce.violin_scores import (
    NEAR,
    NEARER,
    score_metronome,
    score_notes_known,
    score_real,
    stopped_right,
)
from audio_to_body.skeleton.layouts import layout_named
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.rates import AUDIO_RATE, VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput, run_command

NETS = {"faithful": PRETRAINED / "violin.onnx", "violin+": PRETRAINED / "violin_notes.onnx"}
RECITALS, SECONDS, SEED = 10, 60.0, 1  # virtual recitals that are played: players differ in how much bow they use
SILENCE_SECONDS = 6.0  # put into the recording to see whether the arm rests
SETTLED = 0.5  # s at both ends in which the arm may still finish and prepare


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
    rows, stopped = [], []
    for motion, made in zip(motions, recitals):
        truth = made.recital.tracks["truth"].astype(np.float64)
        layout = layout_named("violin")
        scale = shoulder_width(truth, layout) / shoulder_width(motion.points.astype(np.float64), layout)
        pitch = sounding_pitch(made.recital.tracks["notes"], len(truth))
        rows.append(measure_run(truth, motion.points * scale, np.ones(len(truth), bool), layout, pitch))
        stopped.append(stopped_right(motion, made.recital.tracks["notes"]))
    wanted = ("motion_energy", "stroke_amplitude", "jerk", "attack_f1", "attack_chance", "wrist_speed")
    return {**{name: _mean(rows, name) for name in wanted}, "stopped": float(np.mean(stopped))}


def _mean(rows: Sequence[MusicalMeasures], name: str) -> float:
    return float(np.mean([getattr(row, name) for row in rows]))


def still(recital: VirtualRecital) -> Motion:
    """The mean pose of a recital, held."""
    truth = recital.recital.tracks["truth"]
    points = np.repeat(truth.mean(axis=0, keepdims=True), len(truth), axis=0).astype(np.float32)
    return Motion(points, np.ones(points.shape[:2], np.float32), float(VIDEO_FPS), "violin", (640, 480))


def true_motion(recital: VirtualRecital) -> Motion:
    """What the virtual violinist of a recital did."""
    tracks = recital.recital.tracks
    points = tracks["truth"].astype(np.float32)
    told = {name: tracks[name] for name in ("string", "finger_position")}
    return Motion(points, np.ones(points.shape[:2], np.float32), float(VIDEO_FPS), "violin", (640, 480), told)


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
            level = motion.tracks["loudness_db"].astype(np.float64)
            score = score_real(motion, recording, movement_in_silence(session, recording.sound))
            rows.append([net, name, *score.row()])
        rows.append(["metronome", name, *score_metronome(recording, len(level)).row()])
        rows.append(["notes known", name, *score_notes_known(recording, level).row()])
    header = ["Net", "Recording", "Strokes"]
    for reach in (NEAR, NEARER):
        header += [f"F1 ±{reach}", f"chance ±{reach}", f"above chance ±{reach}"]
    header += ["slurs kept", "pitch stopped", "speed ~ dB, r", "movement in silence"]
    return table(header, rows)


def held_back(folder: str) -> list[str]:
    """The recordings of a copy of the Bach Violin Dataset that are played."""
    there = recordings(folder)
    return [name for name in BACH_RECORDINGS if name in there]


def virtual_table(sessions: dict[str, Session]) -> str:
    """Mean pose and every net on held-back virtual recitals."""
    recitals = virtual_recitals()
    rows = [["mean pose", *score_virtual([still(r) for r in recitals], recitals).values()]]
    rows.append(["the truth", *score_virtual([true_motion(r) for r in recitals], recitals).values()])
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
        "Pitch stopped",
    ]
    return table(header, rows)


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, play, print."""
    flags = argparse.ArgumentParser(
        prog="python -m audio_to_body.reproduce.evaluate", description=str(__doc__).split("\n")[0]
    )
    flags.add_argument("--bach", default=bach_folder(), help="Bach Violin Dataset (make data-bach)")
    flags.add_argument(
        "--recording", action="append", help="recordings to play (default: those held back that are there)"
    )
    flags.add_argument("--net", action="append", type=Path, default=[], help="another model file (repeatable)")
    chosen = flags.parse_args(argv)
    paths = {name: path for name, path in NETS.items() if path.is_file()}
    paths.update({path.stem: path for path in chosen.net})
    if not paths:
        raise BadInput(f"no violin net is installed in {PRETRAINED}; name one with --net")
    sessions = {name: Session(read_model(path), "cpu") for name, path in paths.items()}
    if chosen.bach:
        print("Real recordings, held back; shares of 1:\n")
        print(real_table(sessions, chosen.bach, chosen.recording or held_back(chosen.bach)))
    else:
        print("Real recordings: left out, they need the Bach Violin Dataset (make data-bach, or --bach FOLDER).")
    print(f"\nVirtual recitals, held back ({RECITALS} x {SECONDS:g} s, seed {SEED}); shares of the truth's:\n")
    print(virtual_table(sessions))
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
