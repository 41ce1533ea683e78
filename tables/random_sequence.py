"""What nets play to white noise, as results: the paper says that they do not move (Sec. 6, Fig. 7)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio_to_body.tables.intervals import Estimate, interval
from audio_to_body.tables.results import RESULTS, read_lines

COLUMNS = ("seed", "player", "noise_energy", "music_energy")
# a net that moves with less than this share of the energy that it has when it hears music stands still
STILL = 0.05
FIRST = "play noise to the table's nets first (python -m audio_to_body.reproduce.random_sequence)"


@dataclass(frozen=True)
class NoiseAnswer:
    """A "Final ours" net on noise and on music of the same length.

    Attributes
    ----------
    seed : int
        Of the net.
    player : str
        The test recital whose music it is, and that is as long as the noise.
    noise_energy, music_energy : float
        Mean squared speed of the points, (px/frame)².
    """

    seed: int
    player: str
    noise_energy: float
    music_energy: float


def noise_path(table: str, data: str, profile: str, folder: Path = RESULTS) -> Path:
    """``noise-<table>-<data>-<profile>.csv``."""
    return folder / f"noise-{table}-{data}-{profile}.csv"


def noise_csv(answers: Iterable[NoiseAnswer]) -> str:
    """Answers as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([a.seed, a.player, f"{a.noise_energy:.6g}", f"{a.music_energy:.6g}"] for a in answers)
    return text.getvalue()


def read_noise(path: Path) -> list[NoiseAnswer]:
    """Read a CSV of answers; raises :class:`BadInput` when it is missing or of another form."""
    return [
        NoiseAnswer(int(line["seed"]), line["player"], float(line["noise_energy"]), float(line["music_energy"]))
        for line in read_lines(path, COLUMNS, FIRST)
    ]


def energy_share(answers: Sequence[NoiseAnswer]) -> Estimate:
    """Energy on noise as a share of that on music, over seeds and players."""
    seeds, players = sorted({a.seed for a in answers}), sorted({a.player for a in answers})
    table = np.full((len(seeds), len(players)), np.nan)
    for answer in answers:
        share = answer.noise_energy / answer.music_energy if answer.music_energy else float("nan")
        table[seeds.index(answer.seed), players.index(answer.player)] = share
    return interval(table)
