"""The baselines that a net must beat."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from audio_to_body.models.baselines import mean_pose, ridge_regression
from audio_to_body.models.data_split import Part
from audio_to_body.models.recital_data import TrainingData, prepare
from tests.models.conftest import QUICK
from tests.models.small_recitals import make_recital, write_dataset


def test_mean_pose_is_the_mean_training_frame(data: TrainingData) -> None:
    score = mean_pose(data)
    frames = np.concatenate([r.truth[r.kept & (r.part == Part.TRAIN)] for r in data.recitals])
    np.testing.assert_allclose(score.predictions[0][0], frames.mean(axis=0), atol=1e-2)
    apart = np.linalg.norm(frames - frames.mean(axis=0), axis=-1).mean()
    assert score.train == pytest.approx(apart, rel=1e-4)
    assert score.epochs == 0


def test_ridge_finds_a_linear_rule_a_quarter_second_ahead(tmp_path: Path) -> None:
    """Keypoints that are a linear function of the sound 6 frames later: no causal net could know."""
    recitals = []
    for index in range(3):
        recital = make_recital(f"r{index}", 40, index, dropped=0.0, split="test" if index == 2 else "train")
        ahead = np.roll(recital.features[96][::4], -6, axis=0)[:, :2]
        points = np.full_like(recital.keypoints, 200.0)
        points += np.random.default_rng(3).uniform(-50, 50, (1, *points.shape[1:]))
        points[:, 20:, 0] += 20 * ahead[:, :1]
        points[:, 20:, 1] += 10 * ahead[:, 1:]
        recitals.append(replace(recital, keypoints=points.astype(np.float32)))
    data = prepare(write_dataset(tmp_path, recitals), replace(QUICK, components=2))
    assert ridge_regression(data).test < 0.1 * mean_pose(data).test
