import numpy as np
import pytest

from audio_to_body.models.settings import Settings
from audio_to_body.reproduce import experiment, random_sequence, runner
from audio_to_body.reproduce.experiment import reproduce_table
from audio_to_body.reproduce.profiles import PROFILES, Profile
from audio_to_body.reproduce.random_sequence import main, settled, spread, white_noise_features
from audio_to_body.skeleton.refusal import run_command
from audio_to_body.tables.random_sequence import noise_path, read_noise


@pytest.fixture
def trained(quick_table, monkeypatch, tmp_path, dataset):
    """ "Final ours" of the quick table, two seeds."""
    monkeypatch.setitem(experiment.TABLES, "table1", quick_table)
    size = Profile("quick", {"violin": 1}, extra_rows=False, updates={"violin": 40}, lanes=16)
    monkeypatch.setitem(PROFILES, "quick", size)
    monkeypatch.setattr(runner, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(random_sequence, "RUNS", tmp_path / "runs")
    reproduce_table("table1", str(dataset.folder), "quick", seeds=2, rows=["Final ours"], results=tmp_path)
    return tmp_path


def test_nets_of_a_table_hear_noise(trained, dataset, capsys):
    flags = ["table1", "--data", str(dataset.folder), "--profile", "quick", "--results", str(trained)]
    assert run_command(main, flags) == 0
    told = capsys.readouterr().out
    answers = read_noise(noise_path("table1", dataset.folder.name, "quick", trained))
    assert [(a.seed, a.player) for a in answers] == [(0, answers[0].player), (1, answers[0].player)]
    assert all(a.noise_energy > 0 and a.music_energy > 0 for a in answers)
    share = np.mean([a.noise_energy / a.music_energy for a in answers])
    assert f"with {share:.1%} " in told
    assert all(a.noise_spread > 0 and a.music_spread > 0 for a in answers)
    assert "2 seeds, 1 test players" in told


def test_untrained_tables_are_refused(tmp_path, monkeypatch, capsys, dataset):
    monkeypatch.setattr(random_sequence, "RUNS", tmp_path)
    assert run_command(main, ["table2", "--data", str(dataset.folder)]) == 2
    assert "holds no net of 'Final ours'; train it first (make table2)" in capsys.readouterr().err


def test_noise_lasts_as_long_as_the_recital():
    heard = white_noise_features(Settings(), 48, seed=0)
    assert heard.shape == (48 * 4 + Settings().delay, 28)
    assert np.isfinite(heard).all()
    assert not np.array_equal(heard, white_noise_features(Settings(), 48, seed=1))
    assert settled(48).sum() == 24


def test_spread_is_the_distance_from_the_mean_place():
    points = np.zeros((4, 3, 2))
    points[::2, :, 0], points[1::2, :, 0] = 3.0, -3.0
    points[..., 1] = 100.0
    assert spread(points, np.ones(4, bool)) == pytest.approx(3.0)
    assert spread(points, np.array([True, False, True, False])) == 0
