"""The same LSTM in every way that this environment has: onnxruntime, numpy fused by hand, torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from audio_to_body.benchmarks.measure import interleaved, ratio
from audio_to_body.inference.model_file import ModelFile

MINUTE_STEPS = 60 * 96
GOAL = "1.5 x"


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
    print(f"LSTM {w.shape[1]} -> {r.shape[1]}, {MINUTE_STEPS} steps (a minute), one thread   (goal {GOAL})")
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
