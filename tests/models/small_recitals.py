"""Small datasets made on the spot: keypoints are a known causal function of the features."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from audio_to_body.preprocessing.dataset import Dataset, align_recitals
from audio_to_body.preprocessing.manifest import Manifest, write_manifest
from audio_to_body.preprocessing.recital_file import Reason, Recital, write_recital
from audio_to_body.skeleton.layouts import layout_named

FEATURES = 28
# 1/s: how fast the hidden movement follows the sound
FOLLOWING = 4.0


def smooth_noise(rng: np.random.Generator, steps: int, columns: int, rate: float) -> np.ndarray:
    """Noise with most of its power below 2 Hz, unit deviation, float64 [steps, columns]."""
    white = rng.standard_normal((steps + int(rate), columns))
    kernel = np.hanning(int(rate / 2) | 1)
    smooth = np.stack([np.convolve(white[:, c], kernel, mode="valid")[:steps] for c in range(columns)], axis=1)
    return smooth / smooth.std()


def movement(features: np.ndarray, rate: float) -> np.ndarray:
    """Two hidden movements that follow features 0 and 1 with a first-order lag, float64 [steps, 2]."""
    state, keep = np.zeros(2), np.exp(-FOLLOWING / rate)
    path = np.empty((len(features), 2))
    for step, drive in enumerate(np.tanh(features[:, :2])):
        state = keep * state + (1 - keep) * drive
        path[step] = state
    return path


def make_recital(
    name: str,
    seconds: float,
    seed: int,
    *,
    layout: str = "violin",
    rates: tuple[int, ...] = (96,),
    split: str = "train",
    dropped: float = 0.1,
    missing: bool = True,
) -> Recital:
    """One recital whose wrists and hands move with the sound.

    ``dropped`` of the frames are marked, in runs of 3; their points are wrong, and some unknown (NaN).
    """
    rng = np.random.default_rng(seed)
    shape = layout_named(layout)
    frames, fine = round(seconds * 24), max(rates)
    features = smooth_noise(rng, frames * fine // 24, FEATURES, fine)
    path = movement(features, fine)[:: fine // 24][:frames]
    base = np.random.default_rng(99).uniform(80, 320, (shape.size, 2))  # the same body in every recital
    sway = np.zeros((shape.size, 2, 2))
    for hand, column in ((shape.left_hand, 0), (shape.right_hand, 1)):
        sway[list(hand), :, column] = np.array([80.0, 40.0])
    points = base + np.einsum("fc,pdc->fpd", path, sway) + rng.normal(0, 0.3, (frames, shape.size, 2))
    reason = np.zeros(frames, np.uint8)
    for start in rng.integers(0, frames - 3, round(dropped * frames / 3)):
        reason[start : start + 3] = Reason.JUMP
        points[start : start + 3] += rng.normal(0, 60, 2)
    if missing:
        lost = np.flatnonzero(reason)[::2]
        reason[lost] = Reason.MISSING_PART
        points[lost, -5:] = np.nan
    points = points * rng.uniform(0.8, 1.25) + rng.uniform(-30, 30, 2)  # the camera
    return Recital(
        name=name,
        keypoints=points.astype(np.float32),
        confidence=np.ones((frames, shape.size), np.float32),
        reason=reason,
        features={rate: features[:: fine // rate].astype(np.float32) * 3 + 1 for rate in rates},
        frame_size=(448, 400),
        source="made for a test",
        split=split,
    )


def write_dataset(folder: Path, recitals: list[Recital], layout: str = "violin", data: str = "made") -> Dataset:
    """A finished dataset folder of recitals."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = Manifest(
        instrument=layout_named(layout).instrument,
        layout=layout,
        data=data,
        fps=24.0,
        frame_size=(448, 400),
        rates=sorted(recitals[0].features),
        recitals=[write_recital(folder, recital) for recital in recitals],
    )
    write_manifest(folder, manifest)
    align_recitals(folder, manifest)
    return Dataset(folder)


def small_dataset(
    folder: Path, *, layout: str = "violin", rates: tuple[int, ...] = (96,), seconds: float = 40.0
) -> Dataset:
    """Three recitals to train on and one to test on."""
    recitals = [make_recital(f"r{i}", seconds, i, layout=layout, rates=rates) for i in range(3)]
    recitals.append(make_recital("t0", seconds / 2, 7, layout=layout, rates=rates, split="test"))
    return write_dataset(folder, recitals, layout)
