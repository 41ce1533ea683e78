"""What nets play to white noise, as results: the paper says that they do not move (Sec. 6, Fig. 7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio_to_body.tables.intervals import Estimate, interval
from audio_to_body.tables.results import RESULTS, csv_text, read_lines

COLUMNS = ("seed", "player", "noise_energy", "music_energy", "noise_spread", "music_spread")
ENERGY, SPREAD = "energy", "spread"
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
        Mean squared speed of the points, (px/frame)²: trembling in one place has some.
    noise_spread, music_spread : float
        How far the points lie from their own mean place, root of the mean square, px: trembling has little.
    """

    seed: int
    player: str
    noise_energy: float
    music_energy: float
    noise_spread: float
    music_spread: float


def noise_path(table: str, data: str, profile: str, folder: Path = RESULTS) -> Path:
    """``noise-<table>-<data>-<profile>.csv``."""
    return folder / f"noise-{table}-{data}-{profile}.csv"


def noise_csv(answers: Iterable[NoiseAnswer]) -> str:
    """Answers as CSV."""
    return csv_text(
        COLUMNS, ([a.seed, a.player, *(f"{getattr(a, column):.6g}" for column in COLUMNS[2:])] for a in answers)
    )


def read_noise(path: Path) -> list[NoiseAnswer]:
    """Read a CSV of answers; raises :class:`BadInput` when it is missing or of another form."""
    return [
        NoiseAnswer(int(line["seed"]), line["player"], *(float(line[column]) for column in COLUMNS[2:]))
        for line in read_lines(path, COLUMNS, FIRST)
    ]


def noise_share(answers: Sequence[NoiseAnswer], what: str = ENERGY) -> Estimate:
    """Energy (or ``"spread"``) on noise as a share of that on music, over seeds and players."""
    seeds, players = sorted({a.seed for a in answers}), sorted({a.player for a in answers})
    table = np.full((len(seeds), len(players)), np.nan)
    for answer in answers:
        noise, music = getattr(answer, f"noise_{what}"), getattr(answer, f"music_{what}")
        table[seeds.index(answer.seed), players.index(answer.player)] = noise / music if music else float("nan")
    return interval(table)
