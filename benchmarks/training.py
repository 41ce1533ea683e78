"""One training step of the paper's net: ours, plain ``rnn_cell.LSTM``, torch's ``nn.LSTM``, and the machine's limit.

T 60, batch 100, 28 -> LSTM 200 -> dropout -> fc 15, ADAM; one thread each; forward, backward and update, with feeding
and dropout's mask. The limit is the step's own matrix products and nothing else, in the same run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from audio_to_body.benchmarks.measure import Timing, interleaved, ratio
from audio_to_body.models.settings import VIOLIN_FINAL, Settings

STEPS, LANES, FEATURES = VIOLIN_FINAL.sequence, VIOLIN_FINAL.batch, 28
HIDDEN, OUTPUTS, DROPOUT = VIOLIN_FINAL.hidden, VIOLIN_FINAL.components or 0, VIOLIN_FINAL.dropout
RUNS = 15
# forward and backward; each product of [m, k] by [k, n] is 2 m k n operations
STEP_OPERATIONS = 3 * 2 * STEPS * LANES * (4 * HIDDEN * (FEATURES + HIDDEN) + HIDDEN * OUTPUTS)
WITHOUT_SETTING = "--without-mkl-setting"

Case = Callable[[], object]


def _batch() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    weights = np.full((STEPS, LANES, OUTPUTS), 1 / (STEPS * LANES * OUTPUTS))
    return {
        "features": rng.standard_normal((STEPS, LANES, FEATURES)).astype(np.float32),
        "targets": rng.standard_normal((STEPS, LANES, OUTPUTS)).astype(np.float32),
        "weights": weights.astype(np.float32),
        "continues": np.ones(LANES, np.float32),
    }


def our_step(settings: Settings) -> Case:
    """One step of our net on a made batch, dropout's mask drawn anew."""
    from audio_to_body.models.chunks import dropout_mask
    from audio_to_body.models.network import Shape, Trainer, initial_parameters

    rng, batch = np.random.default_rng(0), _batch()
    shape = Shape.of(settings, FEATURES, OUTPUTS)
    trainer = Trainer(settings, shape, STEPS, LANES, initial_parameters(shape, rng))
    size = (STEPS, LANES, HIDDEN)
    return lambda: trainer.step(**batch, mask=dropout_mask(rng, settings.dropout, size))


def _plain_step() -> Case:
    """Caffe2 as its examples use it: ``rnn_cell.LSTM``, ``brew.dropout``, ``build_adam``."""
    from audio_to_body.models.caffe2_environment import brew, model_helper, optimizer, rnn_cell, workspace

    batch = _batch()
    workspace.SwitchWorkspace("plain", True)
    model = model_helper.ModelHelper(name="plain")
    for name in ("features", "targets"):
        workspace.FeedBlob(name, batch[name])
    for name in ("hidden", "cell"):
        workspace.FeedBlob(name, np.zeros((1, LANES, HIDDEN), np.float32))
    hidden, _, _, _ = rnn_cell.LSTM(model, "features", None, ("hidden", "cell"), FEATURES, HIDDEN, scope="lstm")
    dropped = brew.dropout(model, hidden, "dropped", ratio=DROPOUT, is_test=0)
    fc = brew.fc(model, dropped, "fc", dim_in=HIDDEN, dim_out=OUTPUTS, axis=2)
    difference = model.net.Sub([fc, "targets"], "difference")
    loss = model.net.AveragedLoss(model.net.Mul([difference, difference], "squared"), "loss")
    model.AddGradientOperators([loss])
    optimizer.build_adam(model, base_learning_rate=VIOLIN_FINAL.learning_rate)
    workspace.RunNetOnce(model.param_init_net)
    workspace.CreateNet(model.net)
    workspace.SwitchWorkspace("default", True)

    def step() -> None:
        workspace.SwitchWorkspace("plain")
        for name in ("features", "targets"):
            workspace.FeedBlob(name, batch[name])
        workspace.RunNet(model.net)
        workspace.FetchBlob("loss")
        workspace.SwitchWorkspace("default")

    return step


def torch_step() -> Case:
    """One step of torch's ``nn.LSTM`` with the same layers, on the same batch."""
    import torch

    torch.set_num_threads(1)
    batch = {name: torch.from_numpy(value) for name, value in _batch().items()}
    lstm, dropout, fc = torch.nn.LSTM(FEATURES, HIDDEN), torch.nn.Dropout(DROPOUT), torch.nn.Linear(HIDDEN, OUTPUTS)
    adam = torch.optim.Adam([*lstm.parameters(), *fc.parameters()], lr=VIOLIN_FINAL.learning_rate)

    def step() -> float:
        adam.zero_grad()
        hidden, _ = lstm(batch["features"])
        loss = ((fc(dropout(hidden)) - batch["targets"]) ** 2).mean()
        loss.backward()
        adam.step()
        return float(loss)

    return step


def products() -> Case:
    """The step's matrix products alone, of the sizes and in the order in which the net makes them."""
    import torch

    torch.set_num_threads(1)

    def random(*size: int) -> Any:
        return torch.from_numpy(np.random.default_rng(0).standard_normal(size).astype(np.float32))

    joined, gates = random(STEPS, LANES, FEATURES + HIDDEN), random(STEPS, LANES, 4 * HIDDEN)
    weights, recurrent = random(4 * HIDDEN, FEATURES + HIDDEN), random(4 * HIDDEN, HIDDEN)
    flat, outputs, fc = random(STEPS * LANES, HIDDEN), random(STEPS * LANES, OUTPUTS), random(OUTPUTS, HIDDEN)

    def step() -> None:
        with torch.no_grad():
            for t in range(STEPS):
                joined[t] @ weights.T
            flat @ fc.T
            outputs @ fc
            outputs.T @ flat
            for t in range(STEPS):
                gates[t] @ recurrent
            gates.view(-1, 4 * HIDDEN).T @ joined.view(-1, FEATURES + HIDDEN)

    return step


def _square_products() -> Case:
    import torch

    torch.set_num_threads(1)
    square = torch.from_numpy(np.random.default_rng(0).standard_normal((512, 512)).astype(np.float32))
    return lambda: [square @ square for _ in range(20)]


def _measure() -> dict[str, Timing]:
    cases = {
        "ours": our_step(VIOLIN_FINAL),
        "rnn_cell.LSTM": _plain_step(),
        "torch nn.LSTM": torch_step(),
        "products alone": products(),
        "512 x 512 products": _square_products(),
    }
    return interleaved(cases, runs=RUNS, warmup=2)


def _without_setting() -> dict[str, float]:
    """Medians in ms of a fresh process that leaves MKL to itself."""
    from audio_to_body.models.mkl_environment import KEEP_MKL_DEFAULT, MKL_SETTING

    environment = {name: value for name, value in os.environ.items() if name != MKL_SETTING[0]}
    command = [sys.executable, "-m", "audio_to_body.benchmarks.training", WITHOUT_SETTING]
    result = subprocess.run(
        command,
        env={**environment, KEEP_MKL_DEFAULT: "1"},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(result.stdout.splitlines()[-1])


def run() -> None:
    """Measure and print."""
    from audio_to_body.models.mkl_environment import is_amd

    timings = _measure()
    bare = _without_setting() if is_amd() else {}
    ours, limit = timings["ours"], timings["products alone"]
    print(f"One training step, T {STEPS}, batch {LANES}, 1 thread, median of {RUNS} interleaved runs")
    print(f"{'':20}{'ms':>8}{'GFLOP/s':>9}{'ours is':>10}   without MKL_DEBUG_CPU_TYPE=5, ms")
    for name in ("ours", "rnn_cell.LSTM", "torch nn.LSTM", "products alone"):
        timing = timings[name]
        rate = STEP_OPERATIONS / timing.median / 1e9
        plain = f"{bare[name]:.0f}" if name in bare else "-"
        print(f"{name:20}{timing.median * 1e3:8.1f}{rate:9.1f}{ratio(timing, ours):9.2f} x   {plain}")
    square = 20 * 2 * 512**3 / timings["512 x 512 products"].median / 1e9
    print(f"512 x 512 products run at {square:.0f} GFLOP/s; the step's own products are the limit here")
    print(f"ours reaches {100 * ratio(limit, ours):.0f} % of that limit (aim: 60 %)")
    print(f"ours is {ratio(timings['torch nn.LSTM'], ours):.2f} x torch's nn.LSTM (aim: 1.2)")
    if bare:
        apart = bare["rnn_cell.LSTM"] / 1e3 / ours.median
        print(f"ours is {apart:.2f} x plain rnn_cell.LSTM without the MKL setting (aim: 2)")
        print(f"without the setting on both sides: {bare['rnn_cell.LSTM'] / bare['ours']:.2f} x")
    updates = 324_000 * VIOLIN_FINAL.upsample / (STEPS * LANES)
    print(f"an epoch of the paper's violin set (324,000 frames x 4) takes {updates * ours.median:.0f} s here")
    print("(the paper: 30 s on a server with 8 GPUs)")


def _report_without_setting() -> None:
    timings = _measure()
    print(json.dumps({name: timing.median * 1e3 for name, timing in timings.items()}))


if __name__ == "__main__":
    if sys.argv[1:] == [WITHOUT_SETTING]:
        _report_without_setting()
    else:
        run()
