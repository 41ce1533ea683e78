"""Play white noise to a table's "Final ours" nets: do they stand still, as the paper says (Sec. 6, Fig. 7)?

``python -m audio_to_body.reproduce.random_sequence table1``. Takes the nets that ``make table1`` left in ``runs``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from audio_to_body.models.musical_measures import motion_energy
from audio_to_body.models.net_recitals import RecitalSteps
from audio_to_body.models.recital_data import TrainingData, prepare
from audio_to_body.models.settings import Settings
from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.reproduce.data import data_name, open_data, run_folder
from audio_to_body.reproduce.experiment import TABLES
from audio_to_body.reproduce.profiles import profile_named
from audio_to_body.reproduce.runner import CHECKPOINTS, RUNS, player_of
from audio_to_body.skeleton.files import write_text
from audio_to_body.skeleton.rates import AUDIO_RATE, VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput, run_command
from audio_to_body.tables.comparison import FINAL
from audio_to_body.tables.random_sequence import SPREAD, NoiseAnswer, noise_csv, noise_path, noise_share
from audio_to_body.tables.results import RESULTS

SETTLING_SECONDS = 1.0  # in which a net's state settles; no movement of them is counted


def white_noise_features(settings: Settings, frames: int, seed: int) -> np.ndarray:
    """Features of white noise that lasts as long as a recital, float32 ``[frames * upsample + delay, features]``."""
    from audio_to_body.sound.audio import rms_normalise
    from audio_to_body.sound.features import audio_features

    rng = np.random.default_rng(seed)
    noise = rms_normalise(rng.normal(size=frames * AUDIO_RATE // VIDEO_FPS).astype(np.float32))
    return audio_features(noise, settings.rate, frames * settings.upsample + settings.delay)


def noise_recital(recital: RecitalSteps, settings: Settings, seed: int) -> RecitalSteps:
    """A recital with white noise in place of its sound."""
    heard = white_noise_features(settings, recital.frames, seed)
    steps = recital.frames * settings.upsample
    return replace(recital, features=heard[:steps], tail=heard[steps:])


def settled(frames: int) -> np.ndarray:
    """Frames after a net's state has settled, bool [frames]."""
    return np.arange(frames) >= SETTLING_SECONDS * VIDEO_FPS


def spread(points: np.ndarray, counted: np.ndarray) -> float:
    """How far points ``[frames, points, 2]`` lie from their own mean place, root of the mean square, px."""
    away = points[counted] - points[counted].mean(axis=0)
    return float(np.sqrt(np.square(away).sum(axis=-1).mean()))


def answers_of(net: Path, data: TrainingData) -> list[NoiseAnswer]:
    """What a net plays to noise and to music, test recital by test recital.

    Parameters
    ----------
    net : path
        Folder of a trained net.
    data : TrainingData
        Prepared with its settings.
    """
    from audio_to_body.models.checkpoint import load_net
    from audio_to_body.models.data_split import Part
    from audio_to_body.models.evaluation import predict_recitals, predictor_of

    tested = [recital for recital in data.recitals if (recital.part == Part.TEST).all()]
    noisy = [noise_recital(recital, data.settings, seed) for seed, recital in enumerate(tested)]
    predictor = predictor_of(load_net(net))
    try:
        to_music, to_noise = (
            predict_recitals(predictor, replace(data, recitals=recitals)) for recitals in (tested, noisy)
        )
    finally:
        predictor.close()
    by_player: dict[str, list[list[float]]] = {}
    for recital, noise, music in zip(tested, to_noise, to_music):
        counted = settled(recital.frames)
        moved = [measure(points, counted) for measure in (motion_energy, spread) for points in (noise, music)]
        by_player.setdefault(player_of(recital.name, data.data), []).append(moved)
    return [
        NoiseAnswer(data.settings.seed, player, *np.mean(moved, axis=0).tolist())
        for player, moved in by_player.items()
    ]


def trained_nets(table: str, data: str, profile: str) -> list[Path]:
    """Folders of a table's "Final ours" nets, one a seed.

    Raises
    ------
    BadInput
        If the table was not trained here.
    """
    row = next(row for row in TABLES[table].rows if row.name == FINAL)
    place = RUNS / run_folder(table, data, profile)
    found = sorted(path.parent for path in place.glob(f"{row.slug}-seed*/{CHECKPOINTS}/net.npz"))
    if not found:
        raise BadInput(f"{place} holds no net of '{FINAL}'; train it first (make {table})")
    return found


def noise_answers(nets: Sequence[Path], dataset: Dataset) -> list[NoiseAnswer]:
    """What every net plays to noise; see :func:`answers_of`."""
    from audio_to_body.models.checkpoint import load_net

    return [answer for net in nets for answer in answers_of(net, prepare(dataset, load_net(net).settings))]


def main(arguments: list[str]) -> int:
    """Play noise to the nets, print and write what they do."""
    flags = argparse.ArgumentParser(prog="python -m audio_to_body.reproduce.random_sequence", description=__doc__)
    flags.add_argument("table", choices=("table1", "table2"))
    flags.add_argument("--data", default="virtual", help="as for a table")
    flags.add_argument("--profile", default="default", help="smoke, default or paper")
    flags.add_argument("--results", type=Path, default=RESULTS, help="folder of the results")
    chosen = flags.parse_args(arguments)
    nets = trained_nets(chosen.table, chosen.data, chosen.profile)
    size = profile_named(chosen.profile)
    answers = noise_answers(nets, open_data(chosen.data, TABLES[chosen.table].final.instrument, size))
    share, wander = noise_share(answers), noise_share(answers, SPREAD)
    path = noise_path(chosen.table, data_name(chosen.data), chosen.profile, chosen.results)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, noise_csv(answers))
    told = f" [{share.low:.1%}, {share.high:.1%}]" if share.told else ""
    print(
        f"white noise moves the nets of {chosen.table} with {share.mean:.1%}{told} of the energy that music does "
        f"and {wander.mean:.1%} of the distance from the mean place "
        f"({share.seeds} seeds, {share.players} test players)"
    )
    print(f"written: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
