"""Splits, weights, delay, PCA and statistics of training data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from audio_to_body.models.data_split import GUARD_SECONDS, Part
from audio_to_body.models.recital_data import TrainingData, prepare
from audio_to_body.models.settings import Settings
from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.preprocessing.pca import fit_pca
from audio_to_body.preprocessing.recital_file import Reason
from audio_to_body.preprocessing.recording import alignment
from audio_to_body.skeleton.refusal import BadInput
from tests.models.conftest import QUICK
from tests.models.small_recitals import make_recital, small_dataset, write_dataset


def test_shares_of_the_parts(data: TrainingData) -> None:
    training = [r for r in data.recitals if not (r.part == Part.TEST).any()]
    for recital in training:
        valid = (recital.part == Part.VALID).mean()
        assert valid == pytest.approx(0.20, abs=0.01)
    (test,) = [r for r in data.recitals if (r.part == Part.TEST).any()]
    assert (test.part == Part.TEST).all()


def test_no_neighbours_on_both_sides(data: TrainingData) -> None:
    guard = round(GUARD_SECONDS * 24)
    for recital in data.recitals:
        trained = np.flatnonzero(recital.part == Part.TRAIN)
        for first, end in recital.runs(Part.VALID):
            before, after = trained[trained < first], trained[trained >= end]
            assert not len(before) or first - before[-1] > guard
            assert not len(after) or after[0] - end >= guard


def test_split_follows_the_seed(dataset: Dataset, data: TrainingData) -> None:
    again, other = prepare(dataset, QUICK), prepare(dataset, replace(QUICK, seed=1))
    assert all((a.part == b.part).all() for a, b in zip(data.recitals, again.recitals))
    assert any((a.part != b.part).any() for a, b in zip(data.recitals, other.recitals))
    assert data.fingerprint() == again.fingerprint() != other.fingerprint()


def test_weights_are_the_share_of_kept_frames(dataset: Dataset, data: TrainingData) -> None:
    for recital, source in zip(data.recitals, dataset):
        kept = (source.reason == Reason.KEPT).astype(float)
        assert (recital.weights[::4] == kept).all()
        between = recital.weights[: 4 * (len(kept) - 1)].reshape(-1, 4)
        for step in range(4):  # linear between neighbours
            np.testing.assert_allclose(between[:, step], kept[:-1] * (1 - step / 4) + kept[1:] * step / 4, atol=1e-6)


def test_everything_is_finite(data: TrainingData) -> None:
    for recital in data.recitals:
        for array in (recital.features, recital.targets, recital.weights, recital.truth, data.inputs(recital)):
            assert np.isfinite(array).all()


def test_pca_and_statistics_know_training_frames_only(tmp_path: Path) -> None:
    """Moving what is not trained on (test recital, validation blocks, dropped frames) changes neither."""
    recitals = [make_recital(f"r{i}", 30, i) for i in range(2)] + [make_recital("t", 20, 5, split="test")]
    before = prepare(write_dataset(tmp_path / "a", recitals), QUICK)
    moved = []
    for recital, steps in zip(recitals, before.recitals):
        points = recital.keypoints.copy()
        bent = np.zeros(len(points), bool)
        for first, end in [*steps.runs(Part.VALID), *steps.runs(Part.TEST)]:
            bent[first:end] = True
        if recital.split == "train":
            bent |= recital.reason != Reason.KEPT
        hands = points[:, 20:]  # not the stable points: the alignment belongs to the whole recital
        hands[bent] += 100.0
        moved.append(replace(recital, keypoints=points))
    after = prepare(write_dataset(tmp_path / "b", moved), QUICK)
    np.testing.assert_array_equal(before.pca.components, after.pca.components)
    np.testing.assert_array_equal(before.pca.mean, after.pca.mean)
    np.testing.assert_array_equal(before.feature_scale.mean, after.feature_scale.mean)
    assert np.abs(after.recitals[-1].truth - before.recitals[-1].truth).max() > 50


def test_training_steps_are_normalised(data: TrainingData) -> None:
    segments = list(data.segments())
    features = np.concatenate([s.inputs[: len(s) - data.settings.delay] for s in segments])
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(features.std(axis=0), 1, atol=1e-3)
    targets = np.concatenate([s.targets for s in segments])
    weights = np.concatenate([s.weights for s in segments])
    mean = np.average(targets, axis=0, weights=weights)
    np.testing.assert_allclose(mean, 0, atol=1e-3)
    np.testing.assert_allclose(np.average((targets - mean) ** 2, axis=0, weights=weights), 1, atol=2e-3)


def test_targets_are_delayed_within_a_run(dataset: Dataset) -> None:
    plain = prepare(dataset, replace(QUICK, delay_ms=0.0))
    delayed = prepare(dataset, replace(QUICK, delay_ms=52.1))  # 5 steps at 96/s, Section 4's "5"
    assert delayed.output_delay == 5
    for a, b in zip(plain.segments(), delayed.segments()):
        assert len(b) == len(a) + 5
        np.testing.assert_array_equal(b.targets[5:], a.targets)
        np.testing.assert_array_equal(b.weights[5:], a.weights)
        assert (b.weights[:5] == 0).all()
        np.testing.assert_array_equal(b.inputs[: len(a)], a.inputs)


def test_global_delay_holds_the_sound_back(dataset: Dataset) -> None:
    plain = prepare(dataset, replace(QUICK, delay_ms=0.0))
    held = prepare(dataset, replace(QUICK, global_delay=True))
    delay = held.settings.delay
    assert delay == 2
    assert held.output_delay == 0
    for a, b, recital in zip(plain.segments(), held.segments(), plain.recitals):
        np.testing.assert_array_equal(a.targets, b.targets)
        heard, plainly = held.inputs(recital), plain.inputs(recital)
        np.testing.assert_allclose(heard[delay:], plainly[:-delay], atol=1e-6)


def test_interpolated_frames_count_and_are_linear(tmp_path: Path) -> None:
    recital = make_recital("r", 20, 0, dropped=0.0)
    reason = recital.reason.copy()
    points = recital.keypoints.copy()
    gaps = range(10, 470, 15)
    for first in gaps:
        reason[first : first + 3] = Reason.MISSING_PART
        points[first : first + 3] = np.nan
    other = make_recital("t", 20, 1, split="test")
    recital = replace(recital, reason=reason, keypoints=points)
    data = prepare(write_dataset(tmp_path, [recital, other]), replace(QUICK, frames="interpolated"))
    steps = data.recitals[0]
    assert (steps.weights == 1).all()
    for first in gaps:
        before, after = steps.targets[4 * (first - 1)], steps.targets[4 * (first + 3)]
        np.testing.assert_allclose(steps.targets[4 * (first + 1)], (before + after) / 2, atol=1e-2)
    assert not steps.kept[10:13].any()  # but they are not scored


def test_interpolation_keeps_what_was_found_and_leaves_wrong_frames_out(tmp_path: Path) -> None:
    recital = make_recital("r", 20, 0, dropped=0.0)
    reason, points = recital.reason.copy(), recital.keypoints.copy()
    lacking, wrong, low = slice(30, 33), slice(60, 63), slice(90, 92)
    confidence = recital.confidence.copy()
    points[lacking, -5:], reason[lacking] = np.nan, Reason.MISSING_PART
    points[wrong], reason[wrong] = points[wrong] + 70, Reason.JUMP
    confidence[low, 3], reason[low] = 0.01, Reason.MISSING_PART
    recital = replace(recital, reason=reason, keypoints=points, confidence=confidence)
    other = make_recital("t", 20, 1, split="test")
    settings = replace(QUICK, frames="interpolated", components=None)  # targets are coordinates
    data = prepare(write_dataset(tmp_path, [recital, other]), settings)
    steps = data.recitals[0]
    targets = (steps.targets[:: settings.upsample] + data.pca.mean).reshape(len(reason), -1, 2)
    aligned = alignment.apply(next(iter(Dataset(tmp_path))).transform, points)
    np.testing.assert_allclose(targets[lacking, :-5], aligned[lacking, :-5], atol=1e-2)  # found: kept
    middle = (aligned[29, -5:] + aligned[33, -5:]) / 2
    np.testing.assert_allclose(targets[31, -5:], middle, atol=1e-2)  # missing: filled
    assert np.abs(targets[90, 3] - (aligned[89, 3] * 2 + aligned[92, 3]) / 3).max() < 1e-2  # hardly seen: filled
    learnt = steps.weights[:: settings.upsample]
    assert (learnt[lacking] == 1).all()
    assert (learnt[low] == 1).all()
    assert (learnt[wrong] == 0).all()  # nothing is missing there


def test_frames_not_dropped_are_used_as_detected(dataset: Dataset, data: TrainingData) -> None:
    everything = prepare(dataset, replace(QUICK, frames="all"))
    assert all((r.weights == 1).all() for r in everything.recitals)
    # detector faults of 60 px take part in the basis and its variance
    assert everything.pca.variance.sum() > 1.2 * data.pca.variance.sum()
    # but the error is measured on the same frames
    for a, b in zip(everything.recitals, data.recitals):
        np.testing.assert_array_equal(a.kept, b.kept)


def test_half_of_the_training_frames(dataset: Dataset, data: TrainingData) -> None:
    half = prepare(dataset, replace(QUICK, training_share=0.5))

    def count(d: TrainingData) -> int:
        return sum(int((r.part == Part.TRAIN).sum()) for r in d.recitals)

    assert count(half) == pytest.approx(0.5 * count(data), abs=1)
    for a, b in zip(half.recitals, data.recitals):  # the other parts stay what they were
        assert ((a.part == Part.VALID) == (b.part == Part.VALID)).all()


def test_one_recital_is_divided_three_ways(tmp_path: Path) -> None:
    data = prepare(write_dataset(tmp_path, [make_recital("only", 10, 0)]), QUICK)
    part = data.recitals[0].part
    assert (part[-48:] == Part.TEST).all()
    assert part[-49] == Part.GUARD
    assert all(data.frames(p) > 20 for p in (Part.TRAIN, Part.VALID, Part.TEST))
    assert any("only recital" in note for note in data.notes)


def test_without_a_test_recital_the_last_is_taken(tmp_path: Path) -> None:
    recitals = [make_recital(f"r{i}", 15, i) for i in range(3)]
    data = prepare(write_dataset(tmp_path, recitals), QUICK)
    assert [(r.part == Part.TEST).all() for r in data.recitals] == [False, False, True]
    assert any("r2" in note for note in data.notes)


def test_features_at_the_video_rate_are_upsampled(tmp_path: Path) -> None:
    data = prepare(small_dataset(tmp_path, rates=(24,), seconds=15), replace(QUICK, upsample=2))
    recital = data.recitals[0]
    assert len(recital.features) == 2 * recital.frames
    middle = (recital.features[0:-2:2] + recital.features[2::2]) / 2
    np.testing.assert_allclose(recital.features[1:-1:2], middle, atol=1e-4)


@pytest.mark.parametrize("layout", ["piano49", "hands12"])
def test_other_layouts(tmp_path: Path, layout: str) -> None:
    data = prepare(small_dataset(tmp_path, layout=layout, seconds=15), replace(QUICK, components=30))
    width = data.recitals[0].truth.shape[1] * 2
    assert data.target_count == min(30, width)
    assert bool(data.notes) == (width < 30)


def test_no_pca_means_coordinates(dataset: Dataset) -> None:
    data = prepare(dataset, replace(QUICK, components=None))
    recital = data.recitals[0]
    np.testing.assert_allclose(
        data.to_keypoints(data.target_scale.apply(recital.targets[::4]))[recital.kept],
        recital.truth[recital.kept],
        atol=1e-2,
    )
    assert data.target_count == 100


def test_components_for_90_is_counted(dataset: Dataset, data: TrainingData) -> None:
    frames = np.concatenate([r.truth[r.kept & (r.part == Part.TRAIN)] for r in data.recitals])
    variance = fit_pca(frames, None).variance
    share = np.cumsum(variance) / variance.sum()
    assert share[data.components_for_90 - 1] >= 0.9
    assert data.components_for_90 == 1 or share[data.components_for_90 - 2] < 0.9


def test_missing_rate_is_refused(dataset: Dataset) -> None:
    with pytest.raises(BadInput, match="144"):
        prepare(dataset, replace(QUICK, upsample=6))


def test_nothing_kept_is_refused(tmp_path: Path) -> None:
    good = make_recital("r", 15, 0)
    write_dataset(tmp_path, [good])
    bad = replace(good, reason=np.full(len(good), Reason.NO_PERSON, np.uint8))
    from audio_to_body.preprocessing.recital_file import write_recital

    write_recital(tmp_path, bad)
    with pytest.raises(BadInput, match="no recital"):
        prepare(Dataset(tmp_path), QUICK)


def test_nan_in_the_sound_is_refused(tmp_path: Path) -> None:
    good = make_recital("r", 15, 0)
    features = good.features[96].copy()
    features[100, 3] = np.nan
    write_dataset(tmp_path, [replace(good, features={96: features})])
    with pytest.raises(BadInput, match="non-finite"):
        prepare(Dataset(tmp_path), QUICK)


def test_default_settings_are_the_captions() -> None:
    s = Settings()
    assert (s.components, s.hidden, s.sequence, s.batch, s.learning_rate) == (15, 200, 60, 100, 2e-3)
    assert (s.dropout, s.upsample, s.rate, s.delay) == (0.15, 4, 96, 2)
