from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.preprocessing.recital_file import Reason, read_recital
from audio_to_body.preprocessing.recording import alignment
from audio_to_body.preprocessing.virtual import recitals
from audio_to_body.preprocessing.virtual.datasets import make_virtual_dataset
from audio_to_body.preprocessing.virtual.plans import Division, plan_recitals
from audio_to_body.preprocessing.virtual.preview import write_preview
from audio_to_body.preprocessing.virtual.recitals import VirtualRecital, programme
from audio_to_body.skeleton.layouts import layout_named
from audio_to_body.skeleton.rates import AUDIO_RATE, steps_in
from audio_to_body.skeleton.refusal import BadInput


@pytest.fixture(scope="session")
def small_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("virtual") / "violin"
    make_virtual_dataset(folder, "violin", 0.8, seed=2, rates=(24, 96), progress=False, workers=2)
    return folder


def same(a: Path, b: Path) -> bool:
    with np.load(a) as one, np.load(b) as other:
        return one.files == other.files and all(
            np.array_equal(one[k], other[k], equal_nan=one[k].dtype.kind == "f") for k in one.files
        )


@pytest.mark.parametrize("made", ["violin_recital", "piano_recital"])
def test_every_track_ends_with_the_sound(made: str, request: pytest.FixtureRequest) -> None:
    virtual: VirtualRecital = request.getfixturevalue(made)
    recital, frames = virtual.recital, len(virtual.recital)
    samples = virtual.sound.shape[1]
    assert steps_in(samples, 24) == frames
    for rate in (24, 48, 96, 144):
        assert recital.features[rate].shape == (steps_in(samples, rate), 28)
        assert np.isfinite(recital.features[rate]).all()
    for name, track in recital.tracks.items():
        if name != "notes":
            assert len(track) == frames, name
    assert virtual.joints.shape == (frames, 50, 3)
    assert np.sqrt(np.mean(virtual.sound.astype(np.float64) ** 2)) == pytest.approx(1.0, abs=1e-4)  # 0 dB RMS
    notes = recital.tracks["notes"]
    assert np.all(np.diff(notes[:, 0]) >= 0)
    assert notes[:, 1].max() < samples / AUDIO_RATE


@pytest.mark.parametrize("made", ["violin_recital", "piano_recital"])
def test_the_musician_fills_the_picture_as_in_a_recital_video(made: str, request: pytest.FixtureRequest) -> None:
    recital = request.getfixturevalue(made).recital
    truth = recital.tracks["truth"]
    layout = layout_named("violin")
    width = np.linalg.norm(truth[:, layout.index("left_shoulder")] - truth[:, layout.index("right_shoulder")], axis=1)
    assert 105 < width.mean() < 155
    assert truth.min() > 0
    assert np.all(truth.max(axis=(0, 1)) < recital.frame_size)
    # performer's left is on the picture's right
    assert np.all(truth[:, layout.index("left_shoulder"), 0] > truth[:, layout.index("right_shoulder"), 0])
    noise = (recital.keypoints - truth)[recital.tracks["fault"] == 0]
    assert 1.2 < np.sqrt(np.mean(noise**2)) < 2.2  # px


@pytest.mark.parametrize("made", ["violin_recital", "piano_recital"])
def test_cleaning_finds_the_faults_and_spares_the_rest(made: str, request: pytest.FixtureRequest) -> None:
    recital = request.getfixturevalue(made).recital
    faulty, dropped = recital.tracks["fault"] > 0, ~recital.kept
    assert 0.08 < faulty.mean() < 0.12
    recall = (faulty & dropped).sum() / faulty.sum()
    precision = (faulty & dropped).sum() / dropped.sum()
    assert recall > 0.9
    assert precision > 0.95
    lost = recital.tracks["fault"] == Reason.NO_PERSON
    np.testing.assert_array_equal(recital.reason[lost], Reason.NO_PERSON)


def test_bow_speed_follows_the_sound(violin_recital: VirtualRecital) -> None:
    tracks = violin_recital.recital.tracks
    energy = violin_recital.recital.features[24][:, 13]
    moving = np.abs(tracks["bow_speed"]) > 0.05
    assert energy[moving].mean() > energy[~moving].mean() + 1.0  # natural log units
    assert 0 <= tracks["bow_position"].min() < tracks["bow_position"].max() <= 1
    assert 0 <= tracks["string"].min() < tracks["string"].max() <= 3


def test_the_same_seed_gives_the_same_dataset_bit_for_bit(small_set: Path, tmp_path: Path) -> None:
    make_virtual_dataset(tmp_path / "again", "violin", 0.8, seed=2, rates=(24, 96), progress=False, workers=1)
    for path in sorted(small_set.glob("*.npz")):
        assert same(path, tmp_path / "again" / path.name)
    other = plan_recitals("violin", 0.8, seed=3)[0]
    assert not np.array_equal(
        programme(other).table()[:5], programme(plan_recitals("violin", 0.8, seed=2)[0]).table()[:5]
    )


def test_an_interrupted_dataset_goes_on(small_set: Path, tmp_path: Path) -> None:
    plan = plan_recitals("violin", 0.8, seed=2, rates=(24, 96))
    folder = tmp_path / "set"
    make_virtual_dataset(folder, "violin", 0.8, seed=2, rates=(24, 96), progress=False, workers=1)
    kept = folder / f"{plan[0].name}.npz"
    before = kept.stat().st_mtime_ns
    content = kept.read_bytes()
    (folder / f"{plan[1].name}.npz").unlink()
    (folder / "manifest.json").unlink()
    data = make_virtual_dataset(folder, "violin", 0.8, seed=2, rates=(24, 96), progress=False, workers=1)
    assert kept.read_bytes() == content
    assert before <= kept.stat().st_mtime_ns
    assert [e.name for e in data.manifest.recitals] == [p.name for p in plan]
    assert same(folder / f"{plan[1].name}.npz", small_set / f"{plan[1].name}.npz")


def test_manifest_and_alignment(small_set: Path) -> None:
    data = Dataset(small_set)
    assert data.manifest.data == "virtual"
    assert data.manifest.layout == "violin"
    assert data.manifest.rates == [24, 96]
    assert {e.split for e in data.manifest.recitals} == {"train", "test"}
    stable = [data.layout.index(n) for n in ("neck", "right_shoulder", "left_shoulder")]
    for recital in data:
        assert set(recital.features) == {24, 96}
        mean = recital.aligned()[recital.kept][:, stable].mean(axis=0)
        assert np.abs(mean - np.array(data.manifest.reference)).max() < 15  # px


def test_test_minutes_pieces_and_players_are_apart() -> None:
    plans = plan_recitals("piano", 60.0)
    seconds = {split: sum(p.seconds for p in plans if p.split == split) for split in ("train", "test")}
    assert seconds["test"] / sum(seconds.values()) == pytest.approx(0.15, abs=0.01)
    assert sum(seconds.values()) == pytest.approx(3600, abs=2)
    assert len({p.name for p in plans}) == len(plans)
    for instrument in ("violin", "piano"):
        names = recitals.piece_names(instrument)
        tests = {n.split(":")[1] for n in names if recitals.split_of(n) == "test"}
        assert not tests & {n.split(":")[1] for n in names if recitals.split_of(n) == "train"}
        assert 0.1 < len(tests) / len(names) < 0.3
    # players are drawn from streams that differ by split
    draws = [p.generator("musician").random() for p in plans]
    assert len(set(draws)) == len(draws)


def test_a_number_of_short_test_recitals_stands_beside_the_minutes(tmp_path: Path) -> None:
    division = Division(recital_seconds=20.0, test_recitals=3, test_seconds=12.0)
    plans = plan_recitals("violin", 1.0, division=division)
    lengths = {split: [p.seconds for p in plans if p.split == split] for split in ("train", "test")}
    assert lengths == {"train": [20.0] * 3, "test": [12.0] * 3}
    for wrong in (Division(test_recitals=0), Division(recital_seconds=2.0), Division(test_seconds=float("nan"))):
        with pytest.raises(BadInput, match="ask for"):
            plan_recitals("violin", 1.0, division=wrong)
    short = Division(10.0, 1, 8.0)
    data = make_virtual_dataset(tmp_path / "set", "violin", 0.5, rates=(24,), progress=False, division=short)
    assert [e.name for e in data.manifest.recitals] == ["train-000", "train-001", "train-002", "test-000"]
    # the frame of reference is a training recital's, though "test" comes before "train"
    by_name = {recital.name: recital for recital in data}
    np.testing.assert_allclose(by_name["train-000"].transform, alignment.IDENTITY, atol=1e-6)
    assert np.abs(by_name["test-000"].transform - alignment.IDENTITY).max() > 0.01
    with pytest.raises(BadInput, match="other settings"):
        make_virtual_dataset(tmp_path / "set", "violin", 0.5, rates=(24,), progress=False)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"instrument": "kazoo", "minutes": 1}, "kazoo"),
        ({"instrument": "violin", "minutes": 0}, "too short"),
        ({"instrument": "violin", "minutes": float("nan")}, "too short"),
        ({"instrument": "violin", "minutes": 1, "fault_rate": 1.0}, "fault rate"),
    ],
)
def test_arguments_that_cannot_be_used_are_refused(arguments: dict[str, object], word: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=word):
        make_virtual_dataset(tmp_path / "set", **arguments, progress=False)  # type: ignore[arg-type]
    assert not (tmp_path / "set").exists()


def test_a_folder_with_other_data_is_refused(small_set: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="other settings"):
        make_virtual_dataset(small_set, "violin", 0.8, seed=9, progress=False)
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="file is a file; name a folder"):
        make_virtual_dataset(tmp_path / "file", "violin", 0.8, progress=False)
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "mine.npz").write_bytes(b"x")
    with pytest.raises(BadInput, match="other data"):
        make_virtual_dataset(tmp_path / "set", "violin", 0.8, progress=False)


@pytest.mark.parametrize("detected", [False, True])
def test_preview_is_as_long_as_the_sound(detected: bool, tmp_path: Path) -> None:
    from audio_to_body.sound.ffmpeg import probe

    made = recitals.make_recital(recitals.RecitalPlan("r", "piano", "train", 6.0, 0, 0, (24,)))
    write_preview(tmp_path / "r.mp4", made, detected)
    media = probe(tmp_path / "r.mp4")
    assert media.has_audio
    assert media.duration == pytest.approx(6.0, abs=0.1)
    assert list(tmp_path.iterdir()) == [tmp_path / "r.mp4"]


def test_command_writes_a_dataset_or_one_sentence(tmp_path: Path, repository: Path) -> None:
    command = [sys.executable, "-m", "audio_to_body.preprocessing.virtual", "--instrument", "piano", "--minutes"]
    done = subprocess.run(
        [*command, "0.5", "--out", str(tmp_path / "p")], cwd=repository, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert len(read_recital(tmp_path / "p" / "test-000.npz")) == 192
    refused = subprocess.run(
        [*command, "0", "--out", str(tmp_path / "q")], cwd=repository, capture_output=True, text=True
    )
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert not (tmp_path / "q").exists()
