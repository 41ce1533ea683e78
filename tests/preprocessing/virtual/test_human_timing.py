from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from audio_to_body.musician.performance import draw_habits
from audio_to_body.preprocessing.virtual.datasets import make_virtual_dataset
from audio_to_body.preprocessing.virtual.human_timing import (
    excerpt,
    movement_seconds,
    movements,
    split_of_movement,
    timed_music,
)
from audio_to_body.preprocessing.virtual.plans import plan_movements, plan_recitals
from audio_to_body.preprocessing.virtual.recitals import make_recital
from audio_to_body.skeleton.refusal import BadInput


@pytest.fixture(scope="session")
def bach(shared_data: Path) -> Path:
    return shared_data / "bach_violin"


def test_every_movement_is_listed_once_and_tests_share_no_piece_with_training(bach: Path) -> None:
    names = movements(bach)
    assert len(names) > 90
    assert all(movement_seconds(bach, name) >= 10 for name in names)
    pieces = {
        split: {n.split("_", 1)[1] for n in names if split_of_movement(n) == split} for split in ("train", "test")
    }
    assert pieces["test"]
    assert not pieces["test"] & pieces["train"]


def test_onsets_follow_the_alignment(bach: Path) -> None:
    name = "john-garner_bwv1002_mov7"
    music = timed_music(bach, name, draw_habits(np.random.default_rng(0)), np.random.default_rng(1))
    aligned = np.loadtxt(bach / "alignments" / "john-garner" / f"{name}.csv", delimiter=",", skiprows=1)
    assert len(music) == len(aligned)
    starts = np.sort(aligned[:, 0]) - aligned[:, 0].min()
    assert np.quantile(np.abs(np.sort(music.onset) - starts), 0.95) < 0.1  # s: chords are broken, the grid is 32 ms
    assert np.all(np.diff(music.onset) >= 0)
    assert np.all(music.end > music.onset)
    assert 0.0 < music.slurred.mean() < 1.0
    assert set(np.unique(music.strength)) > {1.0}


def test_minutes_are_filled_with_movements_then_with_tunes(bach: Path) -> None:
    few = plan_movements(bach, 20, plan_recitals("violin", 20, seed=1))
    seconds = sum(plan.seconds for plan in few)
    assert 0.6 * 1200 < seconds <= 1210
    assert any(plan.movement for plan in few)
    assert {plan.split for plan in few} == {"train", "test"}
    many = plan_movements(bach, 600, plan_recitals("violin", 600, seed=1))
    assert sum(bool(plan.movement) for plan in many) > 90
    assert sum(not plan.movement for plan in many) > 0
    assert len({plan.name for plan in many}) == len(many)


@pytest.mark.parametrize("recorded", [False, True])
def test_a_movement_becomes_a_recital(recorded: bool, bach: Path) -> None:
    plans = plan_movements(bach, 600, plan_recitals("violin", 600, seed=1, rates=(24,)))
    wanted = "john-garner_bwv1002_mov7" if recorded else "john-garner_bwv1002_mov2"
    plan = next(plan for plan in plans if plan.movement == wanted)
    made = make_recital(plan)
    assert f"{'recorded' if recorded else 'sampled'} sound" in made.recital.source
    assert made.recital.kept.mean() > 0.85
    assert len(made.recital) == round(plan.seconds * 24)
    tracks, energy = made.recital.tracks, made.recital.features[24][:, 13]
    moving = np.abs(tracks["bow_speed"]) > 0.05
    assert energy[moving].mean() > energy[~moving].mean()


def test_an_excerpt_keeps_its_own_notes(bach: Path) -> None:
    music = timed_music(
        bach, "john-garner_bwv1002_mov7", draw_habits(np.random.default_rng(0)), np.random.default_rng(1)
    )
    part = excerpt(music, 10.0, 20.0)
    inside = (music.onset >= 10.0) & (music.onset < 29.9)
    np.testing.assert_allclose(part.onset, music.onset[inside] - 10.0)
    assert part.end.max() <= 20.0


def test_other_folders_and_the_piano_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="Bach Violin Dataset"):
        make_virtual_dataset(tmp_path / "set", "violin", 1, progress=False, bach=tmp_path)
    with pytest.raises(BadInput, match="violinists"):
        make_virtual_dataset(tmp_path / "set", "piano", 1, progress=False, bach=tmp_path)
    assert not (tmp_path / "set").exists()
