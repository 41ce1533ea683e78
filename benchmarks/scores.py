"""How fast long MIDI files are played, and in how much memory: ``python -m audio_to_body.benchmarks scores``."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parent.parent
LENGTHS = (600, 7200)  # s of music
GOAL = 60.0  # s for the longer one
TICKS = 480  # a second, as the tempo is 120


def long_midi(instrument: str, seconds: float, path: Path, seed: int = 0) -> int:
    """Write a MIDI file of drawn music, a line or four voices; gives the number of its notes."""
    import mido

    rng = np.random.default_rng(seed)
    voices = (
        [(55, 84, 0.25)] if instrument == "violin" else [(36, 50, 0.8), (50, 60, 0.5), (60, 70, 0.4), (70, 84, 0.25)]
    )
    events: list[tuple[int, int, int]] = []  # tick, on, pitch
    for low, high, pace in voices:
        at = 0.0
        while at < seconds:
            length = pace * float(rng.choice([0.5, 1.0, 1.0, 2.0]))
            pitch = int(rng.integers(low, high))
            events += [(round(2 * TICKS * at), 1, pitch), (round(2 * TICKS * (at + 0.95 * length)), 0, pitch)]
            at += length
    file, track = mido.MidiFile(ticks_per_beat=TICKS), mido.MidiTrack()
    file.tracks.append(track)
    track.append(mido.Message("program_change", program=40 if instrument == "violin" else 0))
    before = 0
    for tick, on, pitch in sorted(events):
        kind = "note_on" if on else "note_off"
        track.append(mido.Message(kind, note=pitch, velocity=80 if on else 0, time=tick - before))
        before = tick
    file.save(path)
    return len(events) // 2


def run() -> dict[str, float]:
    """Print the table; gives its figures by name."""
    print(f"{os.cpu_count()} CPUs, load average {os.getloadavg()[0]:.1f} (others' work counts against these times)")
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for instrument in ("violin", "piano"):
            for seconds in LENGTHS:
                path = Path(folder) / f"{instrument}_{seconds}.mid"
                count = long_midi(instrument, seconds, path)
                command = [sys.executable, str(REPOSITORY / "infer_onnx.py"), str(path), "--formats", "npz"]
                command += ["--out", folder, "--force", "--quiet", "--device", "cpu"]
                begun = time.perf_counter()
                process = subprocess.Popen(
                    command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=REPOSITORY
                )
                _, status, used = os.wait4(process.pid, 0)
                taken = time.perf_counter() - begun
                if status:
                    raise RuntimeError(f"infer_onnx.py gave up on {path.name}")
                name, worked = f"{instrument}_{seconds}", used.ru_utime + used.ru_stime
                figures |= {
                    f"{name}_seconds": taken,
                    f"{name}_processor": worked,
                    f"{name}_mb": used.ru_maxrss / 1024,
                }
                print(
                    f"  {instrument:6s} {seconds / 60:4.0f} minutes, {count:6d} notes, to npz: {taken:6.1f} s, "
                    f"{worked:5.1f} s of processor time, {used.ru_maxrss / 1024:5.0f} MB at most"
                    + (f"   (goal {GOAL:.0f} s)" if seconds == max(LENGTHS) else "")
                )
    return figures


if __name__ == "__main__":
    run()
