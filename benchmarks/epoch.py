"""One whole epoch of a training set as large as the paper's: ``python -m audio_to_body.benchmarks.epoch``.

The paper trains an epoch of its violin set, 324,000 frames at four steps each, in 30 s on a server with 8 GPUs. Here
the set is virtual recitals, every frame of which is trained on.
"""

from __future__ import annotations

import argparse
import resource
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

PAPER_FRAMES = 324_000
FOLDER = Path("data") / "virtual"
RATES = (24, 96)


def memory() -> float:
    """The process's peak memory, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(frames: int = PAPER_FRAMES, sequence: int | None = None) -> None:
    """Make the recitals where they are not there yet, train one epoch, and print.

    Parameters
    ----------
    frames : int
        Of the whole set.
    sequence : int, optional
        Steps of a chunk; the final net's 60 by default.
    """
    from audio_to_body.models.chunks import Chunks
    from audio_to_body.models.data_split import Part
    from audio_to_body.models.network import Shape, Trainer, initial_parameters
    from audio_to_body.models.recital_data import prepare
    from audio_to_body.models.settings import VIOLIN_FINAL
    from audio_to_body.models.training import train_epoch
    from audio_to_body.preprocessing.virtual.datasets import make_virtual_dataset
    from audio_to_body.preprocessing.virtual.plans import VERSION
    from audio_to_body.skeleton.rates import VIDEO_FPS

    minutes = frames / VIDEO_FPS / 60
    folder = FOLDER / f"violin-{minutes:g}min-epoch-v{VERSION}"
    started = time.perf_counter()
    missing = not (folder / "manifest.json").exists()
    dataset = make_virtual_dataset(folder, "violin", minutes, rates=RATES)
    if missing:
        seconds = time.perf_counter() - started
        print(f"{minutes:g} minutes of virtual recitals: {seconds:.0f} s, {minutes * 60 / seconds:.0f} x real time")
    settings = replace(VIOLIN_FINAL, sequence=sequence or VIOLIN_FINAL.sequence)
    data = prepare(dataset, settings)
    # the paper's count is that of the whole set: nothing is held back
    data = replace(data, recitals=[replace(r, part=np.full(r.frames, Part.TRAIN, np.uint8)) for r in data.recitals])
    chunks = Chunks(data.segments(), settings.sequence, settings.batch)
    held = memory()
    shape = Shape.of(settings, data.feature_count, data.target_count)
    parameters = initial_parameters(shape, np.random.default_rng(0))
    trainer = Trainer(settings, shape, settings.sequence, chunks.lanes, parameters)
    started, cpu = time.perf_counter(), time.process_time()
    loss = train_epoch(trainer, chunks, settings, 0)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    trainer.close()
    total = sum(r.frames for r in data.recitals)
    print(
        f"one epoch of {total:,} frames x {settings.upsample}, T {settings.sequence}, batch {chunks.lanes},"
        f" one thread: {seconds:.1f} s ({cpu:.1f} s of CPU), {chunks.updates} updates, loss {loss:.3f}"
    )
    print("the paper: 30 s on a server with 8 GPUs")
    print(f"peak memory {memory():.0f} MB, of which {held:.0f} MB before the net was made")


if __name__ == "__main__":
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("--frames", type=int, default=PAPER_FRAMES, help="of the training set (%(default)s)")
    flags.add_argument("--sequence", type=int, help="steps of a chunk (the final net's 60)")
    chosen = flags.parse_args()
    run(chosen.frames, chosen.sequence)
