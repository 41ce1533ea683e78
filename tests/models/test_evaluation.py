"""The error in pixels and the running of recitals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_to_body.models.data_split import Part
from audio_to_body.models.evaluation import (
    CHUNK_STEPS,
    mean_error,
    part_errors,
    predict_recitals,
    recital_errors,
    run_lanes,
)
from audio_to_body.models.network import Predictor, Shape, initial_parameters
from audio_to_body.models.recital_data import TrainingData, prepare
from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.preprocessing.recording import alignment
from tests.models.conftest import QUICK
from tests.models.small_recitals import make_recital, write_dataset


@given(
    dx=st.floats(-500, 500, allow_subnormal=False),
    dy=st.floats(-500, 500, allow_subnormal=False),
    frames=st.integers(1, 20),
)
def test_a_shift_is_its_own_error(dx: float, dy: float, frames: int) -> None:
    truth = np.random.default_rng(0).uniform(0, 400, (frames, 5, 2))
    moved = truth + [dx, dy]
    assert mean_error(moved, truth, np.ones(frames, bool)) == pytest.approx(np.hypot(dx, dy), abs=1e-9)


def test_only_counted_frames_count() -> None:
    truth = np.zeros((4, 2, 2))
    predicted = truth + np.array([0.0, 3.0, 0.0, 100.0])[:, None, None]
    counted = np.array([True, True, False, False])
    assert mean_error(predicted, truth, counted) == pytest.approx(3 * 2**0.5 / 2)
    assert np.isnan(mean_error(predicted, truth, np.zeros(4, bool)))


def dataset_transform(folder: Path, name: str) -> np.ndarray:
    """Original pixels to the reference frame of one recital."""
    return next(r for r in Dataset(folder) if r.name == name).transform


def test_test_recitals_are_scored_one_by_one_and_on_every_frame(tmp_path: Path) -> None:
    recitals = [make_recital("r0", 20, 0), *(make_recital(f"t{i}", 20, 5 + i, split="test") for i in range(2))]
    data = prepare(write_dataset(tmp_path, recitals), QUICK)
    shifts = (0.0, 3.0, 4.0)
    predicted = [r.truth + np.array([shift, 0.0], np.float32) for r, shift in zip(data.recitals, shifts)]
    first, second = recital_errors(data, predicted)
    assert (first.name, second.name) == ("t0", "t1")
    assert (first.error, second.error) == (pytest.approx(3.0, abs=1e-4), pytest.approx(4.0, abs=1e-4))
    kept = data.recitals[1].kept
    assert first.frames == kept.sum() < first.frames_all == len(kept)
    # in dropped frames the detector was elsewhere; points that it did not find do not count
    seen = np.linalg.norm(predicted[1] - data.recitals[1].detected, axis=-1)
    assert first.error_all == pytest.approx(np.nanmean(seen, axis=1).mean(), rel=1e-5)
    assert first.error_all > first.error + 1
    # the overall error is that of all frames alike
    total = (first.error * first.frames + second.error * second.frames) / (first.frames + second.frames)
    assert part_errors(data, predicted)["test"] == pytest.approx(total)


def test_alignment_by_training_recitals_knows_nothing_of_the_test(tmp_path: Path) -> None:
    train, test = make_recital("r0", 20, 0), make_recital("t0", 20, 5, split="test")
    near = replace(test, keypoints=test.keypoints + np.float32(40.0))  # the camera stands elsewhere in the test
    errors = []
    for name, tested in (("a", test), ("b", near)):
        data = prepare(write_dataset(tmp_path / name, [train, tested]), QUICK)
        exact = [r.truth for r in data.recitals]
        (error,) = recital_errors(data, exact)
        assert error.error == 0.0  # aligned by itself, wherever the camera stands
        # one training recital: its own transform serves the test
        stable = tested.keypoints[data.recitals[1].kept]
        moved = alignment.apply(dataset_transform(tmp_path / name, "r0"), stable)
        distance = np.linalg.norm(moved - data.recitals[1].truth[data.recitals[1].kept], axis=-1).mean()
        assert error.by_training == pytest.approx(distance, rel=1e-3)
        errors.append(error.by_training)
    assert abs(errors[1] - errors[0]) > 5


def test_truth_has_no_error_and_parts_are_told_apart(data: TrainingData) -> None:
    exact = [r.truth for r in data.recitals]
    assert part_errors(data, exact) == {"train": 0.0, "valid": 0.0, "test": 0.0}
    bent = []
    for recital in data.recitals:
        points = recital.truth.copy()
        points[recital.part == Part.VALID] += [3.0, 4.0]
        points[~recital.kept] += 1000  # dropped frames are not scored
        bent.append(points)
    errors = part_errors(data, bent)
    assert (errors["train"], errors["test"]) == (0.0, 0.0)
    assert errors["valid"] == pytest.approx(5.0, rel=1e-5)


def test_lanes_side_by_side_equal_one_by_one() -> None:
    shape = Shape(28, 16, 1, 3)
    rng = np.random.default_rng(0)
    predictor = Predictor(shape, initial_parameters(shape, rng))
    lengths = (700, CHUNK_STEPS, 3, 600, CHUNK_STEPS + 1)
    lanes = [rng.standard_normal((n, 28)).astype(np.float32) for n in lengths]
    together = run_lanes(predictor, lanes)
    for lane, output in zip(lanes, together):
        alone, _ = predictor.run(lane[:, None])
        np.testing.assert_allclose(output, alone[:, 0], atol=1e-5)
    predictor.close()


def test_delay_is_undone(data: TrainingData) -> None:
    """A net that merely repeats its input: the keypoints of a frame are those made from its step plus the delay."""

    class Echo:
        shape = Shape(28, 1, 1, data.target_count)

        def run(self, features: np.ndarray, state: list[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
            return features[:, :, : data.target_count], state

    predictions = predict_recitals(Echo(), data)  # type: ignore[arg-type]
    for recital, predicted in zip(data.recitals, predictions):
        heard = data.inputs(recital)
        steps = np.arange(recital.frames) * data.settings.upsample + data.output_delay
        assert data.output_delay == 2
        np.testing.assert_allclose(predicted, data.to_keypoints(heard[steps][:, : data.target_count]), atol=1e-4)
