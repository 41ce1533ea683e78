"""How fast a recording is played, and how soon a live frame is out: ``python -m benchmarks.inference``.

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
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import interleaved, ratio
from inference.front_ends import front_end_of
from inference.live.frame import greeting, live_frames
from inference.live.osc import OscSender
from inference.live.warm_up import warm_up_sound
from inference.model_file import ModelFile, pretrained_path, read_model
from inference.session import Session
from inference.stream import Stream
from preprocessing.audio import rms_gain
from preprocessing.features import windows_at
from skeleton.rates import AUDIO_RATE, VIDEO_FPS

REPOSITORY = Path(__file__).resolve().parent.parent
FILE_SECONDS = 180.0  # of sound: the three minutes
LIVE_SECONDS = 60.0
MINUTE_STEPS = 60 * 96
GOALS = {"npz": "2 s", "mp4": "15 x real time", "frame": "2 ms", "sent": "5 ms", "lstm": "1.5 x"}


def run(model: str | Path | None = None, cold_runs: int = 3) -> dict[str, float]:
    """Print the tables; returns their figures by name."""
    path = Path(model) if model is not None else pretrained_path("violin")
    file = read_model(path)
    print(f"model {path.name}: {file.card.family}, {file.card.features}, hidden {file.card.hidden_size}")
    print(f"{os.cpu_count()} CPUs, load average {os.getloadavg()[0]:.1f} (others' work counts against these times)\n")
    session = Session(file, "cpu")
    figures: dict[str, float] = {}
    figures |= whole_process(path, cold_runs)
    figures |= live(session)
    figures |= datagrams(session)
    figures |= lstm_ways(file)
    figures |= smaller_numbers(file)
    return figures


def whole_process(model: Path, runs: int) -> dict[str, float]:
    """Three minutes of sound through ``infer_onnx.py`` from a cold start."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "three_minutes.wav"
        _write_wave(sound, warm_up_sound(FILE_SECONDS))
        command = [sys.executable, str(REPOSITORY / "infer_onnx.py"), str(sound), "--model", str(model)]
        command += ["--out", folder, "--force", "--quiet", "--device", "cpu"]
        cases: dict[str, Callable[[], object]] = {
            kind: lambda kind=kind: subprocess.run(  # type: ignore[misc]
                [*command, "--formats", kind], check=True, stdout=subprocess.DEVNULL, cwd=REPOSITORY
            )
            for kind in ("npz", "mp4")
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


def lstm_weights(file: ModelFile) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """W ``[4 H, features]``, R ``[4 H, H]``, the summed bias of the first LSTM; gates input, output, forget, cell."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load_from_string(file.data).graph
    node = next(node for node in graph.node if node.op_type == "LSTM")
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    w, r, b = (values[name][0] for name in node.input[1:4])
    return w, r, b[: len(b) // 2] + b[len(b) // 2 :]


def lstm_ways(file: ModelFile) -> dict[str, float]:
    """The same LSTM over a minute of steps, in every way that this environment has; needs ``[train]``."""
    try:
        import onnx  # noqa: F401
    except ImportError:
        print("LSTM in other ways: not measured (needs the train install)\n")
        return {}
    w, r, b = lstm_weights(file)
    x = np.random.default_rng(0).normal(0, 1, (MINUTE_STEPS, w.shape[1])).astype(np.float32)
    ways: dict[str, Callable[[], np.ndarray]] = {
        "onnxruntime": _onnxruntime_lstm(w, r, b, x),
        "numpy": lambda: numpy_lstm(w, r, b, x),
    }
    ways |= _torch_lstm(w, r, b, x)
    reference = ways["numpy"]()
    worst = {name: float(np.abs(way() - reference).max()) for name, way in ways.items()}
    timings = interleaved(ways, runs=7)
    print(f"LSTM {w.shape[1]} -> {r.shape[1]}, {MINUTE_STEPS} steps (a minute), one thread   (goal {GOALS['lstm']})")
    fastest = min(timings.values(), key=lambda t: t.median)
    figures = {}
    for name, timing in timings.items():
        figures[f"lstm_{name}_ratio"] = ratio(timing, fastest)
        print(
            f"  {name:12s} {1000 * timing.median:7.1f} ms, {figures[f'lstm_{name}_ratio']:5.2f} x the fastest, "
            f"differs by {worst[name]:.1e}"
        )
    print()
    return figures


def numpy_lstm(w: np.ndarray, r: np.ndarray, b: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Hidden states ``[steps, H]``, fused by hand: inputs in one product, all sigmoids of a step in one tanh."""
    size = r.shape[1]
    # sigmoid(z) = 1/2 + 1/2 tanh(z / 2)
    half = np.ones(4 * size, np.float32)
    half[: 3 * size] = 0.5
    inputs = x @ (w * half[:, None]).T + b * half
    recurrent = np.ascontiguousarray((r * half[:, None]).T)
    h, c = np.zeros(size, np.float32), np.zeros(size, np.float32)
    out = np.empty((len(x), size), np.float32)
    gates = np.empty(4 * size, np.float32)
    for step in range(len(x)):
        np.dot(h, recurrent, out=gates)
        gates += inputs[step]
        np.tanh(gates, out=gates)
        opened = gates[: 3 * size]
        opened *= 0.5
        opened += 0.5
        c = opened[2 * size :] * c + opened[:size] * gates[3 * size :]
        h = opened[size : 2 * size] * np.tanh(c)
        out[step] = h
    return out


def _onnxruntime_lstm(w: np.ndarray, r: np.ndarray, b: np.ndarray, x: np.ndarray) -> Callable[[], np.ndarray]:
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    size = r.shape[1]
    bias = np.concatenate([b, np.zeros_like(b)])
    weights = [numpy_helper.from_array(v[None], n) for n, v in (("w", w), ("r", r), ("b", bias))]
    node = helper.make_node("LSTM", ["x", "w", "r", "b"], ["y"], hidden_size=size)
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in ("x", "y")]
    ends[0] = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["t", 1, w.shape[1]])
    ends[1] = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["t", 1, 1, size])
    graph = helper.make_graph([node], "lstm", ends[:1], ends[1:], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return lambda: np.asarray(session.run(["y"], {"x": x[:, None]})[0][:, 0, 0])


def _torch_lstm(w: np.ndarray, r: np.ndarray, b: np.ndarray, x: np.ndarray) -> dict[str, Callable[[], np.ndarray]]:
    try:
        import torch
    except ImportError:
        return {}
    size = r.shape[1]
    order = np.concatenate([np.arange(size) + k * size for k in (0, 2, 3, 1)])  # torch: input, forget, cell, output
    torch.set_num_threads(1)
    lstm: Any = torch.nn.LSTM(w.shape[1], size)
    with torch.no_grad():
        lstm.weight_ih_l0.copy_(torch.from_numpy(w[order]))
        lstm.weight_hh_l0.copy_(torch.from_numpy(r[order]))
        lstm.bias_ih_l0.copy_(torch.from_numpy(b[order]))
        lstm.bias_hh_l0.zero_()
    given = torch.from_numpy(x[:, None])

    def play() -> np.ndarray:
        with torch.no_grad():
            return np.asarray(lstm(given)[0][:, 0].numpy())

    return {"torch": play}


def smaller_numbers(file: ModelFile) -> dict[str, float]:
    """What half and quarter precision cost in pixels, and gain in time; needs ``[train]``."""
    try:
        import onnx  # noqa: F401
    except ImportError:
        return {}
    sound = warm_up_sound(30.0)
    plain = Session(file, "cpu")
    reference = _outputs(plain, sound)
    unit = "px" if not file.card.target_names else "of the targets' units"
    print(f"smaller numbers, 30 s of sound: distance from float32 ({unit})")
    figures: dict[str, float] = {}
    for name, make in (("fp16 weights", half_precision), ("int8", quarter_precision)):
        try:
            data = make(file.data)
            other = _unchecked(file, data)
            got = _outputs(other, sound)
        except Exception as error:  # what this onnxruntime cannot quantise
            print(f"  {name}: not served by this onnxruntime ({str(error).splitlines()[0][:80]})")
            continue
        away = np.abs(got - reference) if file.card.target_names else np.linalg.norm(got - reference, axis=-1)
        stages: dict[str, Callable[[], object]] = {
            "float32": lambda: _outputs(plain, sound[: 5 * AUDIO_RATE]),
            name: lambda other=other: _outputs(other, sound[: 5 * AUDIO_RATE]),  # type: ignore[misc]
        }
        timings = interleaved(stages, runs=5)
        speed = ratio(timings["float32"], timings[name])
        figures[f"{name.split()[0]}_error"] = float(away.mean())
        print(
            f"  {name:12s} mean {away.mean():.3f}, worst {away.max():.3f}; "
            f"{len(data) / 1024:.0f} KB of {len(file.data) / 1024:.0f}; features and net {speed:.2f} x as fast"
        )
    print()
    return figures


def half_precision(data: bytes) -> bytes:
    """Weights kept in fp16 and widened when the file is loaded: half the size, float32 arithmetic."""
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load_from_string(data)
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT and np.prod(tensor.dims) > 1000:
            name = tensor.name
            small = numpy_helper.to_array(tensor).astype(np.float16)
            tensor.CopyFrom(numpy_helper.from_array(small, name + "/fp16"))
            casts.append(helper.make_node("Cast", [name + "/fp16"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return bytes(model.SerializeToString())


def quarter_precision(data: bytes) -> bytes:
    """onnxruntime's dynamic int8 quantisation of the LSTM and the products."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "a.onnx", Path(folder) / "b.onnx"
        before.write_bytes(data)
        quantize_dynamic(before, after, op_types_to_quantize=["LSTM", "MatMul"], weight_type=QuantType.QInt8)
        return after.read_bytes()


def _unchecked(file: ModelFile, data: bytes) -> Session:
    return Session(ModelFile(file.path, file.card, data, ""), "cpu")


def _outputs(session: Session, sound: np.ndarray) -> np.ndarray:
    """What the net itself gives, before any planner."""
    front, rate = front_end_of(session.card), session.card.rate
    steps = np.arange(int(len(sound) * rate / AUDIO_RATE))
    windows = windows_at(sound, front.starts(steps, rate), front.window) * np.float32(rms_gain(sound))
    return session.run(front.join(front.static(windows), None), session.initial_state()).values


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
    parse = argparse.ArgumentParser(prog="python -m benchmarks.inference", description=__doc__)
    parse.add_argument("--model", help="a model file (default: the pretrained violin net)")
    parse.add_argument("--hour", action="store_true", help="stream an hour instead: memory and drift")
    arguments = parse.parse_args()
    if arguments.hour:
        an_hour(arguments.model)
    else:
        run(arguments.model)


if __name__ == "__main__":
    main()
