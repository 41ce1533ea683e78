"""Where a training step's time goes: every operator of the LSTM's step nets by itself, as often as a step runs it.

``python -m audio_to_body.benchmarks.step_parts``. Seconds of CPU, so that other programs on the machine count little.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from audio_to_body.models.settings import VIOLIN_FINAL

STEPS, LANES, FEATURES, HIDDEN = VIOLIN_FINAL.sequence, VIOLIN_FINAL.batch, 28, VIOLIN_FINAL.hidden
RUNS = 9
PRODUCT = "MatMul"
SHAPE = "ExpandDims"  # computes nothing


def _blobs() -> dict[str, np.ndarray]:
    """What both step nets read, of a step's sizes."""
    rng = np.random.default_rng(0)
    width = FEATURES + 1 + HIDDEN
    sizes = {
        "input_t": (1, LANES, FEATURES),
        "lstm/one": (1, LANES, 1),
        "lstm/weights": (4 * HIDDEN, width),
        "lstm/gates_t_w": (4 * HIDDEN, HIDDEN),
        "hidden_t_prev": (1, LANES, HIDDEN),
        "cell_t_prev": (1, LANES, HIDDEN),
        "hidden_t_grad": (1, LANES, HIDDEN),
        "cell_t_grad": (1, LANES, HIDDEN),
        "lstm/gates_grad_all": (STEPS, LANES, 4 * HIDDEN),
        "lstm/joined_all": (STEPS, LANES, width),
    }
    return {name: (0.1 * rng.standard_normal(size)).astype(np.float32) for name, size in sizes.items()}


def _repeated(name: str, *operators: Any, first: Sequence[Any] = ()) -> Any:
    """A net that runs ``first`` once, and then operators one after the other, ``STEPS`` times over."""
    from audio_to_body.models.caffe2_environment import core

    net = core.Net(name)
    net.Proto().op.extend(first)
    for _ in range(STEPS):
        net.Proto().op.extend(operators)
    return net


def _operators(step: Any) -> dict[str, list[Any]]:
    """A step net's operators by kind; what only changes a shape follows the operator whose output it is."""
    found: dict[str, list[Any]] = defaultdict(list)
    for op in step.Proto().op:
        if op.type != SHAPE:
            found[op.type] += [op, *(o for o in step.Proto().op if o.type == SHAPE and o.input[0] == op.output[0])]
    return dict(found)


def _nets() -> dict[str, Any]:
    """Every part of a step as a net; the workspace holds what they read."""
    from audio_to_body.models.caffe2_environment import core, workspace
    from audio_to_body.models.fast_lstm import FastLstm

    for name, value in _blobs().items():
        workspace.FeedBlob(name, value)
    cell = FastLstm("lstm", FEATURES, HIDDEN)
    nets: dict[str, Any] = {}
    for way, step in (("forward", cell._step_net()), ("backward", cell._backward_net(False))):
        workspace.RunNetOnce(step)
        for kind, operators in _operators(step).items():
            nets[f"{way} {kind}"] = _repeated(f"{way} {kind}", *operators)
    gradient = core.Net("weight gradient MatMul")
    gradient.MatMul(["lstm/gates_grad_all", "lstm/joined_all"], "all_grad", axis_a=2, axis_b=2, trans_a=1)
    nets["weight gradient MatMul"] = gradient
    return nets


def _other_ways() -> dict[str, Any]:
    """What was tried in place of two of the parts."""
    from audio_to_body.models.caffe2_environment import core, workspace

    rng = np.random.default_rng(1)
    for name, size in (("features", (STEPS, LANES, FEATURES + 1)), ("i2h", (4 * HIDDEN, FEATURES + 1))):
        workspace.FeedBlob(name, rng.standard_normal(size).astype(np.float32))
    workspace.FeedBlob("input_t_gates", rng.standard_normal((1, LANES, 4 * HIDDEN)).astype(np.float32))
    workspace.FeedBlob("half", np.array([0.5], np.float32))
    once = core.Net("once")
    once.MatMul(["features", "i2h"], "gates_of_input", axis_a=2, trans_b=1)
    step = core.Net("step")
    step.MatMul(["hidden_t_prev", "lstm/gates_t_w"], "recurrent_gates", axis_a=2, trans_b=1)
    step.ExpandDims("recurrent_gates", "recurrent_gates", dims=[0])
    step.Add(["recurrent_gates", "input_t_gates"], "recurrent_gates")
    gates = core.Net("gates")
    for gate in ("input_gate", "forget_gate", "output_gate"):  # sigma(x) = 1/2 + tanh(x / 2) / 2, x halved before
        gates.Tanh(gate, f"{gate}_new")
        gates.Scale(f"{gate}_new", f"{gate}_new", scale=0.5)
        gates.Add([f"{gate}_new", "half"], f"{gate}_new", broadcast=1)
    return {
        "forward MatMul": _repeated("the chunk's inputs at once", *step.Proto().op, first=once.Proto().op),
        "forward Sigmoid": _repeated("three sigmoids as tanh", *gates.Proto().op),
    }


def _timed(nets: dict[str, Any]) -> dict[str, float]:
    """Milliseconds of CPU of each net: medians of runs that take turns."""
    from audio_to_body.models.caffe2_environment import workspace

    seconds = defaultdict(list)
    for net in nets.values():
        workspace.CreateNet(net)
    for turn in range(1 + RUNS):
        for name, net in nets.items():
            started = time.process_time()
            workspace.RunNet(net)
            if turn:
                seconds[name].append(time.process_time() - started)
    return {name: 1e3 * float(np.median(values)) for name, values in seconds.items()}


def step_parts() -> tuple[dict[str, float], dict[str, float]]:
    """Milliseconds of CPU of a step by operator: ``forward MatMul``, ``backward Mul``, ...

    Every operator runs in a net of its own, as often as a step runs it, on the blobs that the whole net left.

    Returns
    -------
    parts : dict of str to float
    others : dict of str to float
        Of other ways to do some of them.
    """
    from audio_to_body.models.caffe2_environment import workspace

    workspace.SwitchWorkspace("step_parts", True)
    try:
        return _timed(_nets()), _timed(_other_ways())
    finally:
        workspace.ResetWorkspace()
        workspace.SwitchWorkspace("default", True)


def whole_step() -> float:
    """Milliseconds of CPU of a whole step: feeding, forward, backward, ADAM, dropout's mask; median."""
    from audio_to_body.benchmarks.training import our_step

    step = our_step(VIOLIN_FINAL)
    seconds = []
    for _ in range(RUNS + 2):
        started = time.process_time()
        step()
        seconds.append(time.process_time() - started)
    return 1e3 * float(np.median(seconds[2:]))


def run() -> None:
    """Measure and print, greatest first."""
    (parts, others), whole = step_parts(), whole_step()
    print(f"One training step, T {STEPS}, batch {LANES}, one thread: {whole:.1f} ms of CPU, of which alone")
    for name, milliseconds in sorted(parts.items(), key=lambda part: -part[1]):
        print(f"  {name:28}{milliseconds:7.1f} ms {milliseconds / whole:6.1%}")
    products = sum(ms for name, ms in parts.items() if name.endswith(PRODUCT))
    gates = sum(parts.values()) - products
    print(f"  {'products':28}{products:7.1f} ms {products / whole:6.1%}")
    print(f"  {'gates and copies':28}{gates:7.1f} ms {gates / whole:6.1%}")
    rest = whole - products - gates
    print(
        f"  {'all else':28}{rest:7.1f} ms {rest / whole:6.1%}   feeding, fc, loss, ADAM, dropout, the nets' own work"
    )
    print("other ways, ms of CPU:")
    ways = {
        "forward MatMul": "the inputs' product for the whole chunk at once, added to the states'",
        "forward Sigmoid": "sigmoids from the tangent, 1/2 + tanh(x/2)/2",
    }
    for name, way in ways.items():
        print(f"  {way}: {others[name]:.1f} instead of {parts[name]:.1f}")
    print(
        f"with gates and copies for nothing a step would reach {products / (whole - gates):.0%} of its products' rate"
    )


if __name__ == "__main__":
    run()
