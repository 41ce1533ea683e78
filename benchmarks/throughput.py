"""Training in throughput, as tables are trained: one row a core, all cores at once, in steps a second of a core.

Every process takes turns: our training step, torch's, the step's matrix products alone; all processes do the same at
the same time, so that what they share, caches and memory, is shared alike.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from audio_to_body.models.settings import VIOLIN_FINAL
from audio_to_body.skeleton.workers import SPAWN, started_worker

PAPER_FRAMES = 324_000  # Sec. 6: of the violin set
ROUNDS, RUNS = 9, 4  # turns, and steps in each
OURS, TORCH, PRODUCTS = "ours", "torch nn.LSTM", "products alone"


def _cases() -> dict[str, Callable[[], object]]:
    from audio_to_body.benchmarks.training import our_step, products, torch_step

    return {OURS: our_step(VIOLIN_FINAL), TORCH: torch_step(), PRODUCTS: products()}


def _take_turns(barrier: Any, answers: Any) -> None:
    """One process: seconds of its core for a step of each case, round by round."""
    cases = _cases()
    for case in cases.values():
        case()
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(ROUNDS):
        for name, case in cases.items():
            barrier.wait()
            started = time.process_time()
            for _ in range(RUNS):
                case()
            seconds[name].append((time.process_time() - started) / RUNS)
    answers.put(seconds)


def measured(processes: int) -> dict[str, np.ndarray]:
    """Seconds of a core for one step of each case, ``[processes, rounds]``."""
    barrier, answers = SPAWN.Barrier(processes), SPAWN.Queue()
    workers = [started_worker(_take_turns, barrier, answers) for _ in range(processes)]
    found = [answers.get(timeout=1800) for _ in workers]
    for worker in workers:
        worker.join()
    return {name: np.array([one[name] for one in found]) for name in found[0]}


def run() -> None:
    """Measure and print."""
    from audio_to_body.preprocessing.schedulers import cores

    os.environ.setdefault("OMP_NUM_THREADS", "1")
    processes = cores()
    seconds = measured(processes)
    medians = {name: float(np.median(values)) for name, values in seconds.items()}
    frames = VIOLIN_FINAL.sequence * VIOLIN_FINAL.batch / VIOLIN_FINAL.upsample
    print(
        f"{processes} trainings side by side, T {VIOLIN_FINAL.sequence}, batch {VIOLIN_FINAL.batch}, a thread each;"
    )
    print("an epoch is one of the paper's violin set (324,000 frames x 4)")
    print(f"{'':20}{'ms of a core a step':>20}{'frames a core-second':>22}{'core-seconds an epoch':>23}")
    for name, median in medians.items():
        rate = frames / median
        print(f"{name:20}{1e3 * median:20.1f}{rate:22,.0f}{PAPER_FRAMES / rate:23.1f}")
    share = float(np.median(seconds[PRODUCTS] / seconds[OURS]))
    gain = float(np.median(seconds[TORCH] / seconds[OURS]))
    print(f"ours reaches {share:.0%} of the rate of its products (aim: 80 %) and {gain:.2f} x torch's (aim: 1.4)")
    print("where the rest goes: python -m audio_to_body.benchmarks.step_parts")


if __name__ == "__main__":
    run()
