"""How a real detector errs, measured on real recitals.

``python -m audio_to_body.preprocessing.virtual.measured_noise DATASET``.

There is no truth to compare with. A musician's points hardly move faster than 5 Hz, so that what a track holds above
is taken for the detector's; the slow part of its error hides in the motion and is bounded from points that music
hardly moves (nose, neck, shoulders), whose 3 to 12 Hz are fitted by white noise plus a first-order process.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.preprocessing.recital_file import Reason, Recital
from audio_to_body.skeleton.layouts import Layout
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput, run_command

BANDS = ((3.0, 6.0), (6.0, 9.0), (9.0, 12.0))  # Hz
SEGMENT = 48  # frames, 2 s: the length of a spectrum
SLOW_SHARES = (0.6, 0.7, 0.8, 0.9, 0.95)  # candidates for how much of a slow error stays from frame to frame
SHOULDERS_PX = 135.0  # of a virtual musician, to turn shares of the shoulder width into pixels


@dataclass(frozen=True)
class PartNoise:
    """The noise of a group of points, standard deviations in per cent of the shoulder width.

    Attributes
    ----------
    bands : tuple of float
        In each of :data:`BANDS`.
    white, slow : float
        Of the white and of the first-order part.
    slow_share : float
        How much of the slow part stays from frame to frame.
    """

    bands: tuple[float, ...]
    white: float
    slow: float
    slow_share: float


@dataclass(frozen=True)
class Measured:
    """What was measured.

    Attributes
    ----------
    frames : int
    dropped : dict of str to float
        Share of frames by reason.
    spells : dict of str to list of int
        Lengths in frames of the spells of each reason.
    parts : dict of str to PartNoise
    """

    frames: int
    dropped: dict[str, float]
    spells: dict[str, list[int]]
    parts: dict[str, PartNoise]


def spells_of(flags: np.ndarray) -> list[int]:
    """Lengths of the runs of True."""
    edges = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    return [int(b - a) for a, b in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1))]


def _segments(good: np.ndarray) -> Iterator[slice]:
    """Stretches of ``SEGMENT`` good frames, half overlapping."""
    first = 0
    while first + SEGMENT <= len(good):
        span = slice(first, first + SEGMENT)
        if good[span].all():
            yield span
            first += SEGMENT // 2
        else:
            first += int(np.flatnonzero(~good[span])[-1]) + 1


def band_deviations(tracks: np.ndarray, fps: float = VIDEO_FPS) -> np.ndarray:
    """Deviation of tracks ``[frames, n]`` in each band, ``[bands, n]`` (Hann window, linear trend removed)."""
    count = len(tracks)
    time = np.arange(count) - (count - 1) / 2
    level = tracks - tracks.mean(axis=0)
    level = level - time[:, None] * (time @ level / (time @ time))[None]
    window = np.hanning(count)
    power = np.abs(np.fft.rfft(level * window[:, None], axis=0)) ** 2 * 2 / (count * np.sum(window**2))
    frequency = np.fft.rfftfreq(count, 1 / fps)
    return np.sqrt(np.stack([power[(frequency >= a) & (frequency < b)].sum(axis=0) for a, b in BANDS]))


def model_bands(slow_share: float, fps: float = VIDEO_FPS) -> np.ndarray:
    """Variance that white noise and a first-order process, both of variance 1, have in each band, ``[bands, 2]``."""
    frequency = np.linspace(0, fps / 2, 4801)
    slow = (1 - slow_share**2) / (1 - 2 * slow_share * np.cos(2 * np.pi * frequency / fps) + slow_share**2)
    share = [[np.mean((frequency >= a) & (frequency < b)) for a, b in BANDS]]
    share.append([np.mean(slow * ((frequency >= a) & (frequency < b))) for a, b in BANDS])
    return np.array(share).T


def fit_noise(variances: np.ndarray) -> tuple[float, float, float]:
    """Deviations of the white and the slow part and the slow share that explain band variances best."""
    from scipy.optimize import nnls

    weight = 1 / np.maximum(variances, 1e-12)
    found = []
    for share in SLOW_SHARES:
        parts, residual = nnls(model_bands(share) * weight[:, None], variances * weight)
        found.append((residual, share, parts))
    _, share, parts = min(found, key=lambda f: (round(f[0], 6), f[1]))
    return float(np.sqrt(parts[0])), float(np.sqrt(parts[1])), share


def _groups(layout: Layout) -> dict[str, list[int]]:
    groups = {
        "torso": [i for i in layout.body if layout.points[i] in ("nose", "neck", "right_shoulder", "left_shoulder")]
    }
    groups["arms"] = [i for i in layout.body if layout.points[i].endswith(("elbow", "wrist"))]
    return {name: points for name, points in groups.items() if points}


def measure(recitals: Iterator[Recital] | list[Recital], layout: Layout) -> Measured:
    """Measure drops and noise over recitals.

    Parameters
    ----------
    recitals : iterable of Recital
    layout : Layout
        With a body: the shoulder width is the yardstick.

    Raises
    ------
    BadInput
        If the layout has no shoulders, or no two seconds in a row have every point.
    """
    if not layout.has("left_shoulder"):
        raise BadInput(f"layout '{layout.name}' has no shoulders to measure by; use recitals with a body")
    left, right = layout.index("left_shoulder"), layout.index("right_shoulder")
    frames, reasons, spells = 0, np.zeros(len(Reason), np.int64), {r.name.lower(): [] for r in Reason if r}  # type: ignore[var-annotated]
    bands: dict[str, list[np.ndarray]] = {}
    for recital in recitals:
        frames += len(recital)
        reasons += np.bincount(recital.reason, minlength=len(Reason))
        for reason in Reason:
            if reason != Reason.KEPT:
                spells[reason.name.lower()] += spells_of(recital.reason == reason)
        points = recital.keypoints.astype(np.float64)
        for span in _segments(recital.kept):
            own = points[span]
            width = np.linalg.norm(own[:, left] - own[:, right], axis=-1).mean()
            tracks = {name: own[:, which] for name, which in _groups(layout).items()}
            # a hand's shape: its points without the hand's own way
            for name, hand in (("left hand", layout.left_hand), ("right hand", layout.right_hand)):
                tracks[name] = own[:, list(hand)] - own[:, list(hand)].mean(axis=1, keepdims=True)
            for name, track in tracks.items():
                flat = track.reshape(len(own), -1) / width * 100
                bands.setdefault(name, []).append((band_deviations(flat) ** 2).mean(axis=1))
    if not bands:
        raise BadInput(f"no {SEGMENT / VIDEO_FPS:.0f} s in a row have every point; there is nothing to measure")
    parts = {}
    for name, found in bands.items():
        variances = np.median(found, axis=0)
        white, slow, share = fit_noise(variances)
        parts[name] = PartNoise(tuple(float(v) for v in np.sqrt(variances)), white, slow, share)
    dropped = {r.name.lower(): float(reasons[r] / max(frames, 1)) for r in Reason if r != Reason.KEPT}
    return Measured(frames, dropped, spells, parts)


def table(measured: Measured) -> str:
    """The measurements as text."""
    lines = [f"{measured.frames} frames"]
    for name, share in measured.dropped.items():
        if share:
            lengths = measured.spells[name]
            lines.append(
                f"  {name}: {100 * share:.1f} % in {len(lengths)} spells of {min(lengths)} to {max(lengths)}"
            )
    heads = "".join(f"{a:.0f}-{b:.0f} Hz".rjust(10) for a, b in BANDS)
    lines.append(f"noise, % of the shoulder width (px at {SHOULDERS_PX:.0f} px):")
    lines.append(f"{'':12}{heads}{'white':>16}{'slow':>16}{'share':>8}")
    for name, part in measured.parts.items():
        shown = "".join(f"{b:10.3f}" for b in part.bands)
        both = "".join(f"{v:8.2f} ({v * SHOULDERS_PX / 100:4.2f})" for v in (part.white, part.slow))
        lines.append(f"{name:12}{shown} {both}{part.slow_share:8.2f}")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Measure a dataset and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m audio_to_body.preprocessing.virtual.measured_noise", description=__doc__
    )
    parser.add_argument("dataset", type=Path, help="a dataset folder of real recitals")
    data = Dataset(parser.parse_args(arguments).dataset)
    print(table(measure(iter(data), data.layout)))
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
