"""Giving a target inputs for some seconds, and counting what came of them."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from audio_to_body.skeleton.refusal import BadInput

SLOWEST = 60.0  # s for one input: more is a hang


@dataclass
class Tally:
    """What came of one target.

    Attributes
    ----------
    tried, refused, accepted : int
    findings : list of str
    """

    tried: int = 0
    refused: int = 0
    accepted: int = 0
    findings: list[str] = field(default_factory=list)


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """One of the usual damages: bytes changed, cut, doubled, moved, filled; or no relation at all."""
    kind = rng.integers(7)
    if kind == 0:
        return bytes(rng.bytes(int(rng.integers(0, 4096))))
    out = bytearray(data)
    at, length = int(rng.integers(len(out))), int(rng.integers(1, 1 + min(len(out), 4096)))
    if kind == 1:
        for place in rng.integers(len(out), size=int(rng.integers(1, 40))):
            out[place] = int(rng.integers(256))
    elif kind == 2:
        del out[at:]
    elif kind == 3:
        del out[at : at + length]
    elif kind == 4:
        out[at:at] = out[at : at + length]
    elif kind == 5:
        out[at : at + length] = bytes([int(rng.choice([0, 1, 127, 128, 255]))]) * length
    else:  # near the beginning, where headers are
        for place in rng.integers(min(len(out), 256), size=int(rng.integers(1, 8))):
            out[place] = int(rng.integers(256))
    return bytes(out)


def attack(inputs: Iterator[object], target: Callable[[object], None], seconds: float) -> Tally:
    """Give a target inputs for some seconds."""
    tally, end = Tally(), time.monotonic() + seconds
    for given in inputs:
        start = time.monotonic()
        if start > end:
            return tally
        tally.tried += 1
        try:
            target(given)
            tally.accepted += 1
        except BadInput:
            tally.refused += 1
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(place.filename).name}:{place.lineno}"
            tally.findings.append(f"{type(error).__name__} at {where}: {error}"[:200])
        if time.monotonic() - start > SLOWEST:
            tally.findings.append(f"took {time.monotonic() - start:.0f} s")
    return tally
