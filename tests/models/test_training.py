"""Training as a whole: it learns, it repeats bit for bit, it survives being killed."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from audio_to_body.models.baselines import mean_pose, ridge_regression
from audio_to_body.models.checkpoint import CHECKPOINT, NET, RUN, load_checkpoint, load_history, load_net
from audio_to_body.models.evaluation import part_errors, predict, predict_recitals, predictor_of
from audio_to_body.models.recital_data import TrainingData, prepare
from audio_to_body.models.settings import Settings
from audio_to_body.models.training import LOOKS, epochs_in, slope_at_the_end, train
from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.skeleton.refusal import BadInput
from tests.models.conftest import QUICK, TrainedRun
from tests.models.small_recitals import make_recital, write_dataset

SHORT = replace(QUICK, hidden=12, epochs=4)


def contents(folder: Path) -> dict[str, bytes]:
    """All arrays of a finished run that do not tell the time."""
    net, checkpoint = load_net(folder), load_checkpoint(folder)
    arrays = {**net.parameters, **{f"c:{k}": v for k, v in checkpoint.blobs.items()}}
    arrays["history"] = np.array([[h["epoch"], h["loss"], h["valid"]] for h in checkpoint.progress.history])
    arrays["errors"] = np.array([net.results[name] for name in ("train", "valid", "test")])
    return {name: np.asarray(value).tobytes() for name, value in arrays.items()}


def test_the_net_beats_the_mean_pose_by_far(run: TrainedRun) -> None:
    pose = mean_pose(run.data)
    assert run.outcome.test < 0.7 * pose.test
    assert run.outcome.valid < 0.7 * pose.valid
    assert run.outcome.train < 0.7 * pose.train
    assert 1 <= run.outcome.best_epoch <= run.outcome.epochs == QUICK.epochs


def test_ridge_regression_beats_the_mean_pose(run: TrainedRun) -> None:
    assert ridge_regression(run.data).test < 0.8 * mean_pose(run.data).test


def test_best_epoch_is_that_of_the_lowest_validation_error(run: TrainedRun) -> None:
    history = load_checkpoint(run.folder).progress.history
    assert run.outcome.best_epoch == 1 + int(np.argmin([h["valid"] for h in history]))
    assert run.outcome.valid == pytest.approx(min(h["valid"] for h in history), rel=0.02)
    assert history[-1]["loss"] < 0.6 * history[0]["loss"]


def test_saved_net_has_the_reported_errors(run: TrainedRun) -> None:
    net = load_net(run.folder)
    predictor = predictor_of(net)
    errors = part_errors(run.data, predict_recitals(predictor, run.data))
    predictor.close()
    assert errors == {"train": run.outcome.train, "valid": run.outcome.valid, "test": run.outcome.test}
    recital = run.data.recitals[-1]
    keypoints = predict(run.folder, np.concatenate([recital.features, recital.tail]))
    undelayed = keypoints[net.output_delay :: 4][: recital.frames]
    apart = np.linalg.norm(undelayed - recital.truth, axis=-1)[recital.kept].mean()
    assert apart == pytest.approx(run.outcome.test, rel=1e-4)


def test_nothing_is_pickled_and_the_run_reads_in_words(run: TrainedRun) -> None:
    for name in (CHECKPOINT, NET):
        with np.load(run.folder / name, allow_pickle=False) as file:
            assert all(file[key].dtype != object for key in file.files)
    assert '"history"' in (run.folder / RUN).read_text()
    assert not list(run.folder.glob("*.part"))


def test_same_seed_same_bits_other_seed_others(dataset: Dataset, tmp_path: Path) -> None:
    data = prepare(dataset, SHORT)
    for name in "ab":
        train(SHORT, data, tmp_path / name, progress=False)
    other = replace(SHORT, seed=1)
    train(other, prepare(dataset, other), tmp_path / "c", progress=False)
    assert contents(tmp_path / "a") == contents(tmp_path / "b") != contents(tmp_path / "c")


def test_interrupted_and_resumed_equals_uninterrupted(dataset: Dataset, tmp_path: Path) -> None:
    data = prepare(dataset, SHORT)
    train(SHORT, data, tmp_path / "whole", progress=False)

    class Stop(Exception):
        pass

    def stop(epoch: int, net: object, state: object) -> None:
        if epoch == 2:
            raise Stop

    with pytest.raises(Stop):
        train(SHORT, data, tmp_path / "cut", progress=False, observer=stop)
    assert not (tmp_path / "cut" / NET).exists()
    train(SHORT, data, tmp_path / "cut", progress=False)
    assert contents(tmp_path / "whole") == contents(tmp_path / "cut")


def test_more_epochs_go_on_from_fewer(dataset: Dataset, tmp_path: Path) -> None:
    data = prepare(dataset, SHORT)
    train(replace(SHORT, epochs=2), data, tmp_path / "grown", progress=False)
    outcome = train(SHORT, data, tmp_path / "grown", progress=False)
    train(SHORT, data, tmp_path / "whole", progress=False)
    assert outcome.epochs == 4
    assert contents(tmp_path / "grown") == contents(tmp_path / "whole")


def test_updates_end_a_training_wherever_its_epoch_is(dataset: Dataset, tmp_path: Path) -> None:
    counted = replace(SHORT, updates=20, batch=18, choice="last")
    data = prepare(dataset, counted)
    outcome = train(counted, data, tmp_path / "whole", progress=False)
    an_epoch = -(-outcome.chunks // outcome.lanes)
    assert (outcome.updates, outcome.lanes, outcome.epochs) == (20, 18, epochs_in(counted, data))
    assert 20 % an_epoch > 0  # the last epoch is broken off
    history = load_history(tmp_path / "whole")
    assert [h["update"] for h in history] == sorted({round(20 * look / LOOKS) for look in range(1, LOOKS + 1)})
    # the net of the last update is kept, not that of the least validation error
    assert outcome.valid == pytest.approx(history[-1]["valid"], rel=0.02)
    iteration = load_checkpoint(tmp_path / "whole").blobs["optimizer_iteration"]
    assert int(iteration[0]) == 20 // an_epoch * an_epoch
    # more updates go on where the last whole epoch ended, as if it had never been broken off
    longer = replace(counted, updates=30)
    train(longer, data, tmp_path / "whole", progress=False)
    train(longer, data, tmp_path / "anew", progress=False)
    one, other = load_net(tmp_path / "whole"), load_net(tmp_path / "anew")
    assert all((one.parameters[name] == other.parameters[name]).all() for name in one.parameters)
    with pytest.raises(BadInput, match="updates, more than the 8 asked for"):
        train(replace(counted, updates=8), data, tmp_path / "whole", progress=False)


def test_a_training_counted_in_updates_keeps_its_lanes(dataset: Dataset, tmp_path: Path) -> None:
    long_chunks = replace(SHORT, sequence=500, batch=10, updates=3)
    outcome = train(long_chunks, prepare(dataset, long_chunks), tmp_path / "run", progress=False)
    assert outcome.lanes == 10
    in_epochs = replace(long_chunks, updates=None, epochs=1)
    assert train(in_epochs, prepare(dataset, in_epochs), tmp_path / "epochs", progress=False).lanes < 10


def test_the_slope_is_of_the_last_fifth() -> None:
    fell = [{"update": float(u), "valid": 50.0 - min(u, 80) / 4} for u in range(5, 105, 5)]
    assert slope_at_the_end(fell) == pytest.approx(0.0, abs=1e-9)
    falling = [{"update": float(u), "valid": 40.0 - 0.1 * u} for u in range(5, 105, 5)]
    assert slope_at_the_end(falling) == pytest.approx(-2.0 / 31.0, rel=1e-6)  # 2 px of the 31 px there
    assert np.isnan(slope_at_the_end(falling[:2]))


def test_killed_at_any_moment_and_resumed_equals_uninterrupted(dataset: Dataset, tmp_path: Path) -> None:
    """kill -9 again and again, at moments that hit epochs and the writing of checkpoints alike."""
    settings = replace(SHORT, epochs=30)
    train(settings, prepare(dataset, settings), tmp_path / "whole", progress=False)
    folder = tmp_path / "killed"
    options = [f"--{name}" for name in ("hidden", "batch", "dropout", "learning-rate", "components", "epochs")]
    values = [settings.hidden, settings.batch, settings.dropout, settings.learning_rate, settings.components, 30]
    command = [sys.executable, "-m", "audio_to_body.models", str(dataset.folder), "--out", str(folder), "--quiet"]
    command += [text for pair in zip(options, map(str, values)) for text in pair]
    rng, kills = np.random.default_rng(0), 0
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for _ in range(40):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        reached = _epoch(folder)
        deadline = time.monotonic() + 60
        while process.poll() is None and _epoch(folder) <= reached and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(float(rng.uniform(0, 0.2)))
        if process.poll() is None and kills < 4:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kills += 1
            continue
        _, errors = process.communicate()
        assert process.returncode == 0, errors.decode()
        break
    assert kills >= 2
    assert contents(tmp_path / "whole") == contents(folder)


def _epoch(folder: Path) -> int:
    try:
        return load_checkpoint(folder).progress.epoch
    except FileNotFoundError:
        return 0


def test_finished_run_is_not_trained_again(run: TrainedRun) -> None:
    stamp = (run.folder / NET).stat().st_mtime_ns
    again = train(QUICK, run.data, run.folder, progress=False)
    assert again == run.outcome
    assert (run.folder / NET).stat().st_mtime_ns == stamp


def test_run_of_other_settings_is_refused_and_kept(run: TrainedRun) -> None:
    before = (run.folder / CHECKPOINT).read_bytes()
    with pytest.raises(BadInput, match=r"hidden 24 \(now 25\)"):
        train(replace(QUICK, hidden=25), run.data, run.folder, progress=False)
    with pytest.raises(BadInput, match="epochs"):
        train(replace(QUICK, epochs=3), run.data, run.folder, progress=False)
    assert (run.folder / CHECKPOINT).read_bytes() == before


def test_run_on_other_data_is_refused(run: TrainedRun, dataset: Dataset) -> None:
    other = prepare(dataset, replace(QUICK, training_share=0.9))
    with pytest.raises(BadInput, match="other data"):
        train(QUICK, other, run.folder, progress=False)


def test_start_anew(dataset: Dataset, tmp_path: Path) -> None:
    data = prepare(dataset, SHORT)
    train(replace(SHORT, epochs=2, hidden=8), data, tmp_path, progress=False)
    assert train(SHORT, data, tmp_path, progress=False, resume=False).epochs == 4


def test_damaged_checkpoint_is_refused(dataset: Dataset, tmp_path: Path) -> None:
    data = prepare(dataset, SHORT)
    train(replace(SHORT, epochs=1), data, tmp_path, progress=False)
    whole = (tmp_path / CHECKPOINT).read_bytes()
    for cut in (0, 10, len(whole) // 2, len(whole) - 5):
        (tmp_path / CHECKPOINT).write_bytes(whole[:cut])
        with pytest.raises(BadInput, match="damaged"):
            train(SHORT, data, tmp_path, progress=False)


def test_folder_that_cannot_be_made(data: TrainingData, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="file is a file; name a folder"):
        train(QUICK, data, tmp_path / "file" / "run", progress=False)


def test_divergence_is_said(dataset: Dataset, tmp_path: Path) -> None:
    settings = replace(SHORT, learning_rate=1e30)
    with pytest.raises(BadInput, match="diverged"):
        train(settings, prepare(dataset, settings), tmp_path, progress=False)


def test_checkpoint_that_cannot_be_written(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadInput, match="cannot be written"):
        train(SHORT, prepare(dataset, SHORT), tmp_path, progress=False)
    assert not (tmp_path / CHECKPOINT).exists()


VARIANTS = {
    "seq 500": {"sequence": 500},
    "seq 200": {"sequence": 200},
    "two layers": {"layers": 2},
    "no pca": {"components": None},
    "huber": {"loss": "huber"},
    "no delay": {"delay_ms": 0.0},
    "section 4": {"sequence": 400, "delay_ms": 52.1, "dropout": 0.4, "components": 10, "learning_rate": 5e-3},
    "global delay": {"global_delay": True},
    "dropout 0": {"dropout": 0.0},
    "all": {"frames": "all"},
    "interpolated": {"frames": "interpolated"},
    "half": {"training_share": 0.5},
    "plain": {"lstm": "plain"},
}


@pytest.mark.parametrize("name", list(VARIANTS))
def test_every_row_learns(name: str, dataset: Dataset, tmp_path: Path) -> None:
    settings: Settings = replace(QUICK, **{"epochs": 10, **VARIANTS[name]})  # type: ignore[arg-type]
    data = prepare(dataset, settings)
    outcome = train(settings, data, tmp_path, progress=False)
    assert outcome.test < 0.93 * mean_pose(data).test


def test_plain_and_fast_train_alike(dataset: Dataset, tmp_path: Path) -> None:
    """Rounding differs, so the paths part slowly; after two epochs they are still together."""
    outcomes = []
    for kind in ("fast", "plain"):
        settings = replace(QUICK, epochs=2, lstm=kind)
        outcomes.append(train(settings, prepare(dataset, settings), tmp_path / kind, progress=False))
    assert outcomes[0].test == pytest.approx(outcomes[1].test, rel=1e-3)


def test_one_real_clip_is_enough(tmp_path: Path) -> None:
    settings = replace(QUICK, epochs=2)
    data = prepare(write_dataset(tmp_path / "d", [make_recital("clip", 10, 0)]), settings)
    outcome = train(settings, data, tmp_path / "run", progress=False)
    assert np.isfinite([outcome.train, outcome.valid, outcome.test]).all()
    assert any("only recital" in note for note in outcome.notes)
