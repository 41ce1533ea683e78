"""Figures 6, 7, 8/9 and 12 of the paper, from our nets.

``python -m audio_to_body.reproduce.figures``, or ``make figures``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audio_to_body.models.musical_measures import motion_energy
from audio_to_body.reproduce.examples import (
    MOMENTS,
    TrainedExample,
    excerpt,
    noise_prediction,
    spread_moments,
    train_example,
    worst_moments,
)
from audio_to_body.skeleton.layouts import layout_named
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import run_command

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FOLDER = Path("docs/images")
TRUTH, PREDICTED = "#9aa3b2", "#d9542b"


def figure6(example: TrainedExample) -> Figure:
    """First PCA mode, predicted against truth, after more and more epochs, and the error by epoch."""
    from matplotlib.figure import Figure

    shown = excerpt(example.recital)
    time = np.arange(shown.start, shown.stop) / VIDEO_FPS
    truth = example.data.pca.transform(example.recital.truth)[shown, 0]
    figure = Figure(figsize=(10, 2.1 * (len(example.first_mode) + 1)), layout="constrained")
    axes = figure.subplots(len(example.first_mode) + 1, 1)
    for axis, (epoch, curve) in zip(axes, sorted(example.first_mode.items())):
        axis.plot(time, truth, color=TRUTH, lw=1.5, label="truth")
        axis.plot(time, curve[shown], color=PREDICTED, lw=1.2, label="predicted")
        axis.set(ylabel="first PCA mode, px", title=f"after {epoch} epoch{'s' * (epoch > 1)}")
    axes[0].legend(loc="upper right", ncols=2)
    axes[-2].set_xlabel("time in the test recital, s")
    updates = [line["update"] for line in example.history]
    axes[-1].plot(updates, [line["valid"] for line in example.history], color=PREDICTED)
    axes[-1].set(xlabel="update", ylabel="validation error, px")
    figure.suptitle(
        f"Fig. 6: first PCA mode over epochs, {example.data.settings.instrument}\n{example.caption}", size=9
    )
    return figure


def figure7(example: TrainedExample) -> tuple[Figure, float]:
    """A random sequence through the violin net beside the music; also the share of the music's motion energy.

    The first second, in which the net's state settles, is left out of the energy.
    """
    from matplotlib.figure import Figure

    noise = noise_prediction(example)
    settled = np.arange(len(noise)) >= VIDEO_FPS
    share = motion_energy(noise, settled) / motion_energy(example.predicted, settled)
    shown = excerpt(example.recital)
    time = np.arange(shown.start, shown.stop) / VIDEO_FPS
    layout = layout_named(example.data.layout)
    wrist = layout.index("right_wrist" if layout.has("right_wrist") else "right_hand_wrist")
    figure = Figure(figsize=(10, 4.6), layout="constrained")
    axes = figure.subplots(2, 1, sharex=True)
    for axis, axis_name, column in zip(axes, "xy", (0, 1)):
        axis.plot(time, example.predicted[shown, wrist, column], color=PREDICTED, lw=1.2, label="to music")
        axis.plot(time, noise[shown, wrist, column], color="#2b6cd9", lw=1.2, label="to white noise")
        axis.set_ylabel(f"right wrist {axis_name}, px")
    axes[0].legend(loc="upper right", ncols=2)
    axes[1].set_xlabel("time, s")
    figure.suptitle(
        f"Fig. 7: white noise moves the violin net with {share:.1%} of the energy that music does\n{example.caption}",
        size=9,
    )
    return figure, share


def draw_pair(axis: Axes, example: TrainedExample, frame: int) -> None:
    """Predicted keypoints over the true ones."""
    layout = layout_named(example.data.layout)
    for points, colour, width in (
        (example.recital.truth[frame], TRUTH, 2.4),
        (example.predicted[frame], PREDICTED, 1.2),
    ):
        for a, b in layout.edges:
            axis.plot(points[[a, b], 0], points[[a, b], 1], color=colour, lw=width, solid_capstyle="round")
    error = np.linalg.norm(example.predicted[frame] - example.recital.truth[frame], axis=-1).mean()
    axis.set_title(f"{frame / VIDEO_FPS:.1f} s: {error:.1f} px", size=8)
    axis.set(aspect="equal", xticks=[], yticks=[])
    axis.invert_yaxis()
    for side in axis.spines.values():
        side.set_visible(False)


def figure_of_moments(title: str, rows: Sequence[tuple[TrainedExample, Sequence[int]]]) -> Figure:
    """A row of skeleton pairs per example."""
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    figure = Figure(figsize=(2.4 * MOMENTS, 2.6 * len(rows) + 0.5), layout="constrained")
    axes = figure.subplots(len(rows), MOMENTS, squeeze=False)
    for line, (example, moments) in zip(axes, rows):
        for axis in line[len(moments) :]:
            axis.set_axis_off()
        for axis, frame in zip(line, moments):
            draw_pair(axis, example, frame)
    handles: list[Any] = [
        Line2D([], [], color=c, lw=2, label=n) for n, c in (("truth", TRUTH), ("predicted", PREDICTED))
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False)
    captions = "\n".join(f"{e.data.settings.instrument}: {e.caption}" for e, _ in rows)
    figure.suptitle(f"{title}\n{captions}", size=9)
    return figure


def main(arguments: list[str]) -> int:
    """Train both nets where necessary and draw every figure."""
    flags = argparse.ArgumentParser(prog="python -m audio_to_body.reproduce.figures", description=__doc__)
    flags.add_argument("--data", default="virtual", help="virtual, or a folder with a dataset of each instrument")
    flags.add_argument("--profile", default="default", help="smoke, default or paper")
    flags.add_argument("--out", type=Path, default=FOLDER, help="folder of the pictures (default: docs/images)")
    chosen = flags.parse_args(arguments)
    data = {
        name: chosen.data if chosen.data == "virtual" else f"{chosen.data}/{name}" for name in ("violin", "piano")
    }
    violin = train_example("violin", data["violin"], chosen.profile)
    piano = train_example("piano", data["piano"], chosen.profile)
    seventh, share = figure7(violin)
    figures = {
        "figure6": figure6(piano),
        "figure7": seventh,
        "figure8-9": figure_of_moments(
            "Fig. 8 and 9: predicted over true keypoints", [(e, spread_moments(e)) for e in (violin, piano)]
        ),
        "figure12": figure_of_moments("Fig. 12: the worst moments", [(e, worst_moments(e)) for e in (piano, violin)]),
    }
    chosen.out.mkdir(parents=True, exist_ok=True)
    for name, figure in figures.items():
        figure.savefig(chosen.out / f"{name}.png", dpi=110)
        print(f"written: {chosen.out / name}.png")
    print(f"white noise moves the violin net with {share:.1%} of the motion energy that the test recital does")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
