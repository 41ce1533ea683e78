"""Measures whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_to_body.models.musical_measures import (
    attack_f1,
    correlation,
    hand_place,
    measure_part,
    measure_run,
    principal_axis,
    reversals,
    shoulder_width,
    sounding_pitch,
)
from audio_to_body.models.recital_data import TrainingData
from audio_to_body.skeleton.layouts import HANDS12, PIANO, VIOLIN, Layout

FRAMES = 240
WIDTH = 100.0  # px between the shoulders


def player(layout: Layout, strokes: float = 20.0, period: int = 24, seed: int = 0) -> np.ndarray:
    """A body whose right wrist strokes along (0.8, 0.6) and whose hands go with their wrists."""
    rng = np.random.default_rng(seed)
    points = np.repeat(rng.uniform(100, 300, (1, layout.size, 2)), FRAMES, axis=0)
    if layout.has("left_shoulder"):
        points[:, layout.index("left_shoulder")] = [250, 150]
        points[:, layout.index("right_shoulder")] = [250 - WIDTH, 150]
    swing = strokes * np.cos(2 * np.pi * np.arange(FRAMES) / period)
    moved = list(layout.right_hand) + ([layout.index("right_wrist")] if layout.has("right_wrist") else [])
    points[:, moved] += swing[:, None, None] * np.array([0.8, 0.6])
    return points


NO_PITCH = np.full(FRAMES, np.nan)
ALL = np.ones(FRAMES, bool)


def test_truth_against_itself() -> None:
    truth = player(VIOLIN)
    m = measure_run(truth, truth, ALL, VIOLIN, NO_PITCH)
    assert (m.pck_10, m.pck_20, m.attack_f1) == (1.0, 1.0, 1.0)
    assert m.wrist_speed == pytest.approx(1.0)
    assert (m.jerk, m.motion_energy, m.stroke_amplitude) == pytest.approx((1.0, 1.0, 1.0))
    assert np.isnan(m.place_pitch)
    assert m.attack_chance < 0.8


def test_half_the_stroke_is_half_the_amplitude_and_a_quarter_of_the_energy() -> None:
    m = measure_run(player(VIOLIN, 40.0), player(VIOLIN, 20.0), ALL, VIOLIN, NO_PITCH)
    assert m.stroke_amplitude == pytest.approx(0.5, rel=1e-3)
    assert m.motion_energy == pytest.approx(0.25, rel=1e-3)
    assert m.jerk == pytest.approx(0.5, rel=1e-3)
    assert m.attack_f1 == 1.0


def test_the_mean_pose_stands_still() -> None:
    truth = player(VIOLIN)
    still = np.repeat(truth.mean(axis=0, keepdims=True), FRAMES, axis=0)
    m = measure_run(truth, still, ALL, VIOLIN, NO_PITCH)
    assert (m.attack_f1, m.wrist_speed) == (0.0, 0.0)
    assert (m.jerk, m.motion_energy, m.stroke_amplitude) == pytest.approx((0, 0, 0), abs=1e-9)


def test_pck_by_distance() -> None:
    truth = player(VIOLIN)
    predicted = truth + [0.15 * WIDTH, 0.0]
    m = measure_run(truth, predicted, ALL, VIOLIN, NO_PITCH)
    assert (m.pck_10, m.pck_20) == (0.0, 1.0)


def test_dropped_frames_do_not_count() -> None:
    truth, seen = player(VIOLIN), ALL.copy()
    jumped = truth.copy()
    seen[100:104] = False
    jumped[100:104] += 500.0
    m = measure_run(jumped, truth, seen, VIOLIN, NO_PITCH)
    assert m.pck_10 == 1.0
    assert m.jerk == pytest.approx(1.0, rel=1e-6)
    assert m.motion_energy == pytest.approx(1.0, rel=1e-6)


@given(
    period=st.integers(10, 60),
    amplitude=st.floats(10, 200, allow_subnormal=False),
    phase=st.floats(0.0, 6.28, allow_subnormal=False),
    noise=st.floats(0.0, 0.5, allow_subnormal=False),
)
def test_reversals_of_a_swing(period: int, amplitude: float, phase: float, noise: float) -> None:
    """A swing of any size turns twice a period, at its extremes, whatever small tremble lies on it."""
    frames = np.arange(10 * period)
    place = amplitude * np.cos(2 * np.pi * frames / period + phase)
    place = place + noise * np.random.default_rng(0).standard_normal(len(frames))
    turns = reversals(place, 0.3 * amplitude)
    assert 18 <= len(turns) <= 20
    assert np.all(np.diff(turns) > 0)
    # away from the ends, whose running mean is held
    inner = turns[(turns > 2) & (turns < len(frames) - 3)]
    flat = (
        period / (2 * np.pi) * np.arccos(max(1 - 6 * noise / amplitude, -1.0))
    )  # where tremble may move the extreme
    away = np.abs((inner + phase * period / (2 * np.pi)) / (period / 2) % 1)
    assert (np.minimum(away, 1 - away) * period / 2 <= 1.5 + flat).all()


def test_swings_below_the_threshold_are_no_strokes() -> None:
    assert len(reversals(4.0 * np.sin(np.arange(200)), 10.0)) == 0
    assert len(reversals(np.zeros(50), 1.0)) == 0
    assert len(reversals(np.linspace(0, 100, 50), 1.0)) == 0


def test_attack_f1_by_hand() -> None:
    truth = np.array([10, 20, 30, 40])
    assert attack_f1(truth + 3, truth) == 1.0
    assert attack_f1(truth + 4, truth) == 0.0
    assert attack_f1(np.array([10, 11, 12]), truth) == pytest.approx(2 * 1 / 7)  # one true moment is hit once
    assert attack_f1(np.array([], int), truth) == 0.0
    assert np.isnan(attack_f1(np.array([], int), np.array([], int)))


def test_correlation() -> None:
    rng = np.random.default_rng(0)
    a = rng.standard_normal(100)
    assert correlation(a, -3 * a + 5) == pytest.approx(-1)
    assert correlation(a, np.ones(100)) == 0.0
    assert np.isnan(correlation(a[:2], a[:2]))


def test_sounding_pitch() -> None:
    notes = np.array([[0.0, 1.0, 60, 0.5], [0.5, 1.0, 64, 0.5], [2.0, 2.5, 70, 1.0]])
    pitch = sounding_pitch(notes, 72)
    assert (pitch[0], pitch[11], pitch[12], pitch[23]) == (60, 60, 62, 62)
    assert np.isnan(pitch[24:48]).all()
    assert (pitch[48], pitch[59]) == (70, 70)
    assert np.isnan(sounding_pitch(None, 5)).all()


@pytest.mark.parametrize("layout", [PIANO, HANDS12])
def test_hands_along_the_keyboard_follow_the_pitch(layout: Layout) -> None:
    pitch = 60 + 10 * np.sin(np.arange(FRAMES) / 20)
    points = np.zeros((FRAMES, layout.size, 2))
    for hand, offset in ((layout.left_hand, 100.0), (layout.right_hand, 300.0)):
        points[:, list(hand), 0] = offset + 5 * pitch[:, None]
    if layout.body:
        points[:, list(layout.body)] = 200.0
        points[:, layout.index("left_shoulder"), 0] += 50
        points[:, layout.index("left_wrist"), 0] = 100 + 5 * pitch
        points[:, layout.index("right_wrist"), 0] = 300 + 5 * pitch
    assert correlation(hand_place(points, points, layout), pitch) == pytest.approx(1.0)
    m = measure_run(points, points, ALL, layout, pitch)
    assert m.place_pitch == pytest.approx(1.0)
    assert np.isnan(m.attack_f1)
    assert np.isnan(m.pck_10) == (not layout.body)


def test_axis_and_width() -> None:
    path = np.outer(np.random.default_rng(0).standard_normal(50), [0.8, 0.6])
    assert abs(principal_axis(path) @ np.array([0.8, 0.6])) == pytest.approx(1)
    assert shoulder_width(player(VIOLIN), VIOLIN) == pytest.approx(WIDTH)
    assert np.isnan(shoulder_width(player(HANDS12), HANDS12))


def test_measures_of_a_part(data: TrainingData) -> None:
    exact = measure_part(data, [r.truth for r in data.recitals])
    assert exact.pck_10 == 1.0
    assert exact.motion_energy == pytest.approx(1.0)
    pose = [np.repeat(r.truth.mean(axis=0, keepdims=True), r.frames, axis=0) for r in data.recitals]
    assert measure_part(data, pose).motion_energy == pytest.approx(0.0, abs=1e-9)
