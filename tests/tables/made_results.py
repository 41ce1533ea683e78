"""Results with known effects, as a table's files have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from audio_to_body.tables.results import (
    PlayerError,
    Result,
    players_csv,
    players_path,
    results_csv,
    results_path,
)


def made(
    effects: Mapping[str, float],
    seeds: Sequence[int] = (0, 1, 2),
    players: int = 12,
    noise: float = 0.1,
    rng_seed: int = 0,
) -> tuple[list[Result], list[PlayerError]]:
    """Errors of 20 px plus a row's effect, a player's own (the same in every row) and noise."""
    rng = np.random.default_rng(rng_seed)
    own = rng.normal(scale=5.0, size=players)
    results, errors = [], []
    for row, effect in effects.items():
        for seed in seeds if row != "Mean pose" else seeds[:1]:
            trained = 0 if row == "Mean pose" else 30
            values = 20 + effect + own + rng.normal(scale=noise, size=players)
            errors += [
                PlayerError(row, seed, f"test-{i:03d}", 100, v, 110, v + 1.0) for i, v in enumerate(values.tolist())
            ]
            train, valid = (15 + effect + rng.normal(scale=noise, size=2)).tolist()
            results.append(
                Result(
                    *(row, train, valid, float(values.mean()), seed, trained, 1.0),
                    test_all=float(values.mean()) + 1,
                    updates=100 * (trained > 0),
                    valid_slope=-0.001,
                )
            )
    return results, errors


def write(folder: Path, table: str, data: str, effects: Mapping[str, float], **kinds: object) -> None:
    """Write made results as a table's files of the smoke profile."""
    results, errors = made(effects, **kinds)  # type: ignore[arg-type]
    path = results_path(table, data, "smoke", folder)
    path.write_text(results_csv(table, results))
    players_path(path).write_text(players_csv(errors))
