"""How fast a recording is played, and how soon a live frame is out: ``python -m audio_to_body.benchmarks.inference``.

Times on a busy machine say little by themselves; the ratios are taken from interleaved runs, and the load is printed.
"""

from __future__ import annotations

import argparse
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from audio_to_body.benchmarks.lstm_peers import lstm_ways
from audio_to_body.benchmarks.measure import interleaved
from audio_to_body.benchmarks.precision import smaller_numbers
from audio_to_body.inference.front_ends import front_end_of, is_told_notes
from audio_to_body.inference.live.frame import greeting, live_frames
from audio_to_body.inference.live.osc import OscSender
from audio_to_body.inference.live.warm_up import rehearse, warm_up_sound
from audio_to_body.inference.model_file import pretrained_path, read_model
from audio_to_body.inference.session import Session
from audio_to_body.inference.stream import Stream
from audio_to_body.skeleton.rates import AUDIO_RATE, VIDEO_FPS
from audio_to_body.sound.features import windows_at

REPOSITORY = Path(__file__).resolve().parent.parent
FILE_SECONDS = 180.0  # of sound
LIVE_SECONDS = 60.0
GOALS = {"npz": "2 s", "mp4": "15 x real time", "frame": "2 ms", "sent": "5 ms"}


def run(model: str | Path | None = None, cold_runs: int = 3) -> dict[str, float]:
    """Print the tables of a model file, or of both violin nets that ship; returns the first one's figures by name."""
    paths = [pretrained_path("violin"), pretrained_path("violin", faithful=True)] if model is None else [Path(model)]
    print(f"{os.cpu_count()} CPUs, load average {os.getloadavg()[0]:.1f} (others' work counts against these times)")
    figures: dict[str, float] = {}
    for path in paths:
        file = read_model(path)
        print(f"\nmodel {path.name}: {file.card.family}, {file.card.features}, hidden {file.card.hidden_size}\n")
        session = Session(file, "cpu")
        own = whole_process(path, ("npz", "mp4") if path == paths[0] else ("npz",), cold_runs)
        own |= live(session) | datagrams(session)
        figures = figures or own
    file = read_model(paths[-1])
    # what is told notes is not fed by features of the sound alone
    smaller = {} if is_told_notes(file.card) else smaller_numbers(file)
    return figures | lstm_ways(file) | smaller


def whole_process(model: Path, kinds: Sequence[str], runs: int) -> dict[str, float]:
    """Three minutes of sound through ``infer_onnx.py`` from a cold start, as an installed program starts."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "three_minutes.wav"
        _write_wave(sound, warm_up_sound(FILE_SECONDS))
        command = [sys.executable, str(REPOSITORY / "infer_onnx.py"), str(sound), "--model", str(model)]
        command += ["--out", folder, "--force", "--quiet", "--device", "cpu"]
        # modules compiled by the round that is not counted, as an installation has them
        surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        surroundings["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "compiled")
        cases: dict[str, Callable[[], object]] = {
            kind: lambda kind=kind: subprocess.run(  # type: ignore[misc]
                [*command, "--formats", kind],
                check=True,
                stdout=subprocess.DEVNULL,
                cwd=REPOSITORY,
                env=surroundings,
            )
            for kind in kinds
        }
        print(f"whole process, {FILE_SECONDS:.0f} s of sound, cold start")
        for name, timing in interleaved(cases, runs=runs, warmup=1).items():
            figures[f"{name}_seconds"], speed = timing.median, FILE_SECONDS / timing.median
            worked = _processor_seconds(cases[name])
            figures[f"{name}_processor_seconds"] = worked
            print(
                f"  to {name}: {timing.median:6.2f} s = {speed:5.1f} x real time, {worked:.2f} s of processor time"
                f"   (goal {GOALS[name]})"
            )
    print()
    return figures


def _processor_seconds(case: Callable[[], object]) -> float:
    """Processor time of a case's own processes: what is left of its time when others' work is taken away."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    case()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def live(session: Session) -> dict[str, float]:
    """One 1/24 s of sound after the other; features, net and the rest apart."""
    figures: dict[str, float] = {}
    music = warm_up_sound(LIVE_SECONDS)
    rehearse(session)  # as the live command does
    print(f"live, {LIVE_SECONDS:.0f} s in pieces of 1/24 s, milliseconds a frame   (goal p99 {GOALS['frame']})")
    for name, sound in (("music", music), ("silence", np.zeros_like(music))):
        stream = Stream(session)
        stream.push(music[:AUDIO_RATE])  # a state to fall into denormals from
        seconds, worked = [], []
        for piece in _pieces(sound):
            start, begun = time.perf_counter(), time.thread_time()
            stream.push(piece)
            seconds.append(time.perf_counter() - start)
            worked.append(time.thread_time() - begun)
        p50, p99 = 1000 * np.percentile(seconds, [50, 99])
        own50, own99 = 1000 * np.percentile(worked, [50, 99])
        figures |= {f"live_{name}_p99_ms": p99, f"live_{name}_processor_p99_ms": own99}
        print(f"  {name:8s} p50 {p50:5.2f}  p99 {p99:5.2f}; processor time p50 {own50:5.2f}  p99 {own99:5.2f}")
    if not is_told_notes(session.card):
        figures |= _stages(session, music)
    stream = Stream(session)
    print(
        f"  latency by construction {stream.latency_ms:.1f} ms: window {stream.window_ms:.1f}, "
        f"hop {stream.hop_ms:.1f},"
    )
    print(f"  trained delay {stream.delay_ms:.1f}\n")
    return figures


def _stages(session: Session, sound: np.ndarray) -> dict[str, float]:
    front, card = front_end_of(session.card), session.card
    state = session.initial_state()
    starts = front.starts(np.arange(100, 100 + card.upsample), card.rate)
    windows = windows_at(sound, starts, front.window)
    features = front.join(front.static(windows), None)
    stages = {
        "features": lambda: front.join(front.static(windows), None),
        "net": lambda: session.run(features, state),
    }
    timings = interleaved(stages, runs=400, warmup=20)
    print("  of which " + ", ".join(f"{name} p50 {1000 * t.median:.2f}" for name, t in timings.items()))
    return {f"stage_{name}_ms": 1000 * timing.median for name, timing in timings.items()}


def datagrams(session: Session) -> dict[str, float]:
    """From the last sample needed to the last datagram of the frame, heard by a socket on this machine."""
    stream, figures = Stream(session), {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(1.0)
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        sender = OscSender("127.0.0.1", receiver.getsockname()[1], vmc=False)
        sender.begin(greeting(stream))
        seconds = []
        for piece in _pieces(warm_up_sound(LIVE_SECONDS / 2)):
            start = time.perf_counter()
            frames = live_frames(stream.push(piece))
            for frame in frames:
                sender.send(frame)
            for _ in frames:
                receiver.recv(65_536)
            if frames:
                seconds.append(time.perf_counter() - start)
            _drain(receiver)
        sender.close()
    p50, p99 = 1000 * np.percentile(seconds, [50, 99])
    print(f"last sample to datagram received: p50 {p50:.2f} ms, p99 {p99:.2f} ms   (goal p99 {GOALS['sent']})\n")
    figures["datagram_p99_ms"] = p99
    return figures


def _drain(receiver: socket.socket) -> None:
    receiver.setblocking(False)
    try:
        while True:
            receiver.recv(65_536)
    except BlockingIOError:
        receiver.settimeout(1.0)


def an_hour(model: str | Path | None = None, hours: float = 1.0) -> dict[str, float]:
    """Stream hours of sound as fast as possible; print memory at the beginning and end, and the drift."""
    session = Session(read_model(model or pretrained_path("violin")), "cpu")
    minute = warm_up_sound(60.0)[: 60 * AUDIO_RATE]
    stream, frames, early = Stream(session), 0, 0.0
    seconds = []
    for turn in range(round(60 * hours)):
        for piece in _pieces(minute):
            start = time.perf_counter()
            frames += len(stream.push(piece))
            seconds.append(time.perf_counter() - start)
        if turn == 0:
            early = _resident_mb()
    late = _resident_mb()
    p99 = 1000 * float(np.percentile(seconds, 99))
    behind = stream.seconds - frames / VIDEO_FPS
    print(f"{hours:g} h streamed: {frames} frames, {1000 * behind:.1f} ms behind the sound at the end (the latency),")
    print(f"  memory {early:.1f} MB after a minute, {late:.1f} MB at the end; p99 {p99:.2f} ms a frame")
    return {"hour_memory_growth_mb": late - early, "hour_behind_ms": 1000 * behind, "hour_p99_ms": p99}


def long_file(model: str | Path | None = None, hours: float = 3.0) -> dict[str, float]:
    """Hours of sound through ``infer_onnx.py`` to npz; print processor time and the largest process's memory."""
    minute = (np.clip(warm_up_sound(60.0)[: 60 * AUDIO_RATE], -1, 1) * 32767).astype("<i2").tobytes()
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "hours.wav"
        with wave.open(str(sound), "wb") as file:
            file.setparams((1, 2, AUDIO_RATE, 0, "NONE", ""))
            for _ in range(round(60 * hours)):
                file.writeframes(minute)
        command = [sys.executable, str(REPOSITORY / "infer_onnx.py"), str(sound), "--formats", "npz", "--quiet"]
        command += ["--model", str(model or pretrained_path("violin")), "--out", folder, "--device", "cpu"]
        worked = _processor_seconds(lambda: subprocess.run(command, check=True, cwd=REPOSITORY))
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    print(f"{hours:g} h of sound to npz: {worked:.0f} s of processor time, {memory:.1f} GB")
    return {"long_file_processor_seconds": worked, "long_file_memory_gb": memory}


def _resident_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return float("nan")


def _pieces(sound: np.ndarray) -> list[np.ndarray]:
    cuts = np.round(np.arange(0, len(sound) * VIDEO_FPS / AUDIO_RATE) * AUDIO_RATE / VIDEO_FPS).astype(int)
    return np.split(sound, cuts[1:])


def _write_wave(path: Path, sound: np.ndarray) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(AUDIO_RATE)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


def main() -> None:
    """Command line."""
    parse = argparse.ArgumentParser(prog="python -m audio_to_body.benchmarks.inference", description=__doc__)
    parse.add_argument("--model", help="a model file (default: the pretrained violin net)")
    parse.add_argument("--hour", action="store_true", help="stream an hour instead: memory and drift")
    parse.add_argument("--long-file", action="store_true", help="play a file of three hours instead: time and memory")
    arguments = parse.parse_args()
    if arguments.long_file:
        long_file(arguments.model)
    elif arguments.hour:
        an_hour(arguments.model)
    else:
        run(arguments.model)


if __name__ == "__main__":
    main()
