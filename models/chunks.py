"""Truncated back-propagation's chunks: training runs cut into equal lengths and laid out in parallel lanes (Sec. 4).

Every run of consecutive training steps is cut into chunks of ``sequence`` steps; the last is padded with steps of
weight 0. The chunks of all runs, runs in random order, form a tape that is divided evenly among the lanes of a batch,
so that a lane goes through consecutive chunks and carries the LSTM's state from one to the next. The state is zero
where a run or a lane begins. (The paper says "truncated back propagation" and leaves the state open.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from audio_to_body.models.trainable import Segment

# A dataset too small to give every lane of the batch this many chunks gets fewer lanes where a training is counted in
# epochs: otherwise an epoch of a few minutes of music would be a single update. Trainings that are counted in updates
# keep their lanes.
FEWEST_UPDATES = 8


@dataclass(frozen=True)
class Batch:
    """One chunk of every lane."""

    features: np.ndarray  # float32 [steps, lanes, features]
    targets: np.ndarray  # float32 [steps, lanes, k]
    weights: np.ndarray  # float32 [steps, lanes, k]; sums to 1 over the batch
    continues: np.ndarray  # float32 [lanes]: 1 where the lane goes on from the batch before
    seen: float  # sum of the steps' own weights


class Chunks:
    """All training chunks of a dataset.

    Parameters
    ----------
    segments : iterable of Segment
    steps : int
        Length of a chunk.
    batch : int
        Lanes, at most.
    least : int
        Chunks that every lane gets in an epoch; where there are too few, there are fewer lanes.
    """

    def __init__(self, segments: Iterable[Segment], steps: int, batch: int, least: int = FEWEST_UPDATES) -> None:
        parts = [s for s in segments if len(s)]
        counts = [-(-len(s) // steps) for s in parts]
        self.steps, self.count = steps, sum(counts)
        self.lanes = min(batch, max(1, self.count // least))
        width, outputs = parts[0].inputs.shape[1], parts[0].targets.shape[1]
        # step first, so that a batch is gathered in the net's own order; one empty chunk at the end fills up lanes
        self._features = np.zeros((steps, self.count + 1, width), np.float32)
        self._targets = np.zeros((steps, self.count + 1, outputs), np.float32)
        self._weights = np.zeros((steps, self.count + 1), np.float32)
        self._runs: list[np.ndarray] = []
        at = 0
        for segment, count in zip(parts, counts):
            self._runs.append(np.arange(at, at + count))
            for values, store in (
                (segment.inputs, self._features),
                (segment.targets, self._targets),
                (segment.weights, self._weights),
            ):
                padded = np.zeros((count * steps, *values.shape[1:]), np.float32)
                padded[: len(values)] = values
                store[:, at : at + count] = padded.reshape(count, steps, *values.shape[1:]).swapaxes(0, 1)
            at += count
        self._begins = np.zeros(self.count + 1, bool)
        self._begins[[*(run[0] for run in self._runs), self.count]] = True  # what fills a lane up begins anew

    @property
    def updates(self) -> int:
        """Batches in an epoch."""
        return -(-self.count // self.lanes)

    def epoch(self, rng: np.random.Generator) -> Iterator[Batch]:
        """The batches of one epoch; what they hold is valid until the next is taken."""
        order = rng.permutation(len(self._runs))
        tape = np.roll(np.concatenate([self._runs[i] for i in order]), int(rng.integers(self.count)))
        lanes = np.full(self.lanes * self.updates, self.count)
        lanes[: self.count] = tape
        lanes = lanes.reshape(self.lanes, self.updates)
        features = np.empty((self.steps, self.lanes, self._features.shape[2]), np.float32)
        targets = np.empty((self.steps, self.lanes, self._targets.shape[2]), np.float32)
        for turn in range(self.updates):
            chosen = lanes[:, turn]
            np.take(self._features, chosen, axis=1, out=features, mode="clip")
            np.take(self._targets, chosen, axis=1, out=targets, mode="clip")
            weights = self._weights[:, chosen]
            seen = float(weights.sum())
            share = weights / max(seen * targets.shape[2], 1e-12)
            continues = np.zeros(self.lanes, np.float32)
            if turn:  # consecutive on the tape, and within one run
                follows = chosen == lanes[:, turn - 1] + 1
                continues[:] = follows & ~self._begins[chosen]
            yield Batch(features, targets, np.repeat(share[:, :, None], targets.shape[2], axis=2), continues, seen)


def dropout_mask(rng: np.random.Generator, dropout: float, size: tuple[int, ...]) -> np.ndarray:
    """Dropout's mask: 0 with probability ``dropout`` (to 1/65536), else ``1 / (1 - dropout)``; float32."""
    draws = np.frombuffer(rng.bytes(2 * int(np.prod(size))), np.uint16)
    kept = draws >= round(dropout * 65536)
    return np.multiply(kept, np.float32(1.0 / (1.0 - dropout)), dtype=np.float32).reshape(size)
