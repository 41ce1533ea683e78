"""Which frames train, validate and test a net: whole recitals for the test, random blocks for validation (Sec. 6)."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from audio_to_body.models.settings import Settings
from audio_to_body.preprocessing.recital_file import Recital
from audio_to_body.skeleton.rates import VIDEO_FPS

VALIDATION_SHARE = 0.20  # Sec. 6: "randomly selected 20%"
TEST_SHARE = 0.20  # of a single recital that has no test recital beside it
# Every cell of this length holds one validation block at a random place.
CELL_SECONDS = 50.0
# Frames on either side of a border between training and validation that belong to neither: the paper's random 20 %
# would put neighbouring frames, which hardly differ, on both sides.
GUARD_SECONDS = 1.0


class Part(IntEnum):
    """What a frame serves for."""

    TRAIN = 0
    VALID = 1
    TEST = 2
    GUARD = 3  # between two parts
    UNUSED = 4  # training frames beyond ``Settings.training_share``


PARTS = {"train": Part.TRAIN, "valid": Part.VALID, "test": Part.TEST}


def divide(
    recitals: list[Recital], settings: Settings, rng: np.random.Generator, notes: list[str]
) -> list[np.ndarray]:
    """Say of every frame what it serves for.

    Parameters
    ----------
    recitals : list of Recital
    settings : Settings
        ``training_share`` matters here.
    rng : np.random.Generator
    notes : list of str
        Told, in a sentence each, what a reader of the results should know.

    Returns
    -------
    list of np.ndarray, uint8 [frames]
        :class:`Part` codes of every recital.
    """
    guard = round(GUARD_SECONDS * VIDEO_FPS)
    tested = {r.name for r in recitals if r.split == "test"}
    parts = []
    if not tested and len(recitals) > 1:
        tested = {recitals[-1].name}
        notes.append(f"no recital is marked for testing: {recitals[-1].name} was taken")
    for recital in recitals:
        frames = len(recital)
        if recital.name in tested:
            parts.append(np.full(frames, Part.TEST, np.uint8))
            continue
        part = np.full(frames, Part.TRAIN, np.uint8)
        end = frames
        if not tested:
            start = frames - max(round(TEST_SHARE * frames), 1)
            part[start:] = Part.TEST
            end = start - min(guard, frames // 16)
            part[end:start] = Part.GUARD
            notes.append(
                f"the only recital, {recital.name}, is trained, validated and tested on: "
                f"its last {frames - start} frames are the test"
            )
        place_validation(part, end, guard, rng)
        parts.append(part)
    reduce_training(parts, settings.training_share, rng)
    return parts


def place_validation(part: np.ndarray, end: int, guard: int, rng: np.random.Generator) -> None:
    """Mark one block in every cell of the first ``end`` frames, and guards around it."""
    cells = max(1, round(end / (CELL_SECONDS * VIDEO_FPS)))
    borders = np.linspace(0, end, cells + 1).astype(int)
    for low, high in zip(borders[:-1], borders[1:]):
        length = max(round(VALIDATION_SHARE * (high - low)), 1)
        first = int(rng.integers(low, high - length + 1))
        fence = min(guard, length // 4)  # short recitals: the fence must not eat the training frames
        around = slice(max(first - fence, 0), min(first + length + fence, end))
        part[around][part[around] == Part.TRAIN] = Part.GUARD
        part[first : first + length] = Part.VALID


def reduce_training(parts: list[np.ndarray], share: float, rng: np.random.Generator) -> None:
    """Leave ``share`` of the training frames, whole runs of them in random order; the last run is cut."""
    if share >= 1.0:
        return
    runs = [(i, a, b) for i, part in enumerate(parts) for a, b in runs_of(part == Part.TRAIN)]
    left = round(share * sum(b - a for _, a, b in runs))
    for index in rng.permutation(len(runs)):
        recital, first, end = runs[index]
        taken = min(end - first, left)
        left -= taken
        parts[recital][first + taken : end] = Part.UNUSED


def runs_of(mask: np.ndarray) -> list[tuple[int, int]]:
    """Maximal runs of true values, as (first, end)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2])]
