import json
from pathlib import Path

import numpy as np
import pytest

from audio_to_body.preprocessing.dataset import Dataset, align_recitals, survey
from audio_to_body.preprocessing.manifest import MANIFEST, Manifest, write_manifest
from audio_to_body.preprocessing.recital_file import Reason, Recital, read_recital, write_recital
from audio_to_body.preprocessing.recording import alignment
from audio_to_body.skeleton.refusal import BadInput


def recital(name: str, scale: float = 1.0, split: str = "train", dropped: int = 2) -> Recital:
    rng = np.random.default_rng(len(name))
    keypoints = (np.linspace(50, 300, 100).reshape(1, 50, 2) + rng.normal(size=(20, 50, 2))) * scale
    reason = np.zeros(20, np.uint8)
    reason[:dropped] = Reason.JUMP
    keypoints[:dropped, 3] = np.nan
    return Recital(
        name=name,
        keypoints=keypoints.astype(np.float32),
        confidence=np.ones((20, 50), np.float32),
        reason=reason,
        features={24: rng.normal(size=(20, 28)).astype(np.float32), 96: np.zeros((80, 28), np.float32)},
        frame_size=(int(400 * scale), int(300 * scale)),
        source=f"{name}.mp4",
        split=split,
        tracks={"notes": np.array([[0.0, 0.5, 69.0, 0.7]])},
    )


def dataset(folder) -> Dataset:
    folder.mkdir()
    manifest = Manifest("violin", "violin", "recitals", 24.0, (0, 0), [24, 96])
    for made in (recital("a"), recital("bb", 2.0), recital("ccc", 0.5, "test")):
        manifest.recitals.append(write_recital(folder, made))
    write_manifest(folder, manifest)
    align_recitals(folder, manifest)
    return Dataset(folder)


def test_recital_round_trip(tmp_path):
    first = recital("a")
    entry = write_recital(tmp_path, first)
    again = read_recital(tmp_path / "a.npz")
    for field in ("keypoints", "confidence", "reason", "transform"):
        np.testing.assert_array_equal(getattr(again, field), getattr(first, field))
    assert set(again.features) == {24, 96}
    np.testing.assert_array_equal(again.features[24], first.features[24])
    np.testing.assert_array_equal(again.tracks["notes"], first.tracks["notes"])
    assert (entry.frames, entry.kept, entry.dropped) == (20, 18, {"jump": 2})


def test_alignment_brings_other_sizes_to_the_first(tmp_path):
    opened = dataset(tmp_path / "d")
    assert opened.manifest.frame_size == (400, 300)
    reference = np.array(opened.manifest.reference)
    for one in opened:
        own = alignment.reference_configuration(one.aligned(), one.kept, opened.layout)
        np.testing.assert_allclose(own, reference, atol=0.5)  # least squares over three noisy means
        assert np.isnan(one.aligned()[0, 3]).all()


def test_alignment_writes_the_manifest_alone(tmp_path, monkeypatch):
    folder = tmp_path / "d"
    dataset(folder)
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.glob("*.npz")}
    opened = Dataset(folder)
    align_recitals(folder, opened.manifest)
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.glob("*.npz")} == before
    np.testing.assert_array_equal(read_recital(folder / "bb.npz").transform, alignment.IDENTITY)
    aligned = {r.name: r.transform for r in Dataset(folder)}
    assert not np.allclose(aligned["bb"], alignment.IDENTITY)
    # a recital is a number of the manifest: read exactly as it was computed
    assert [entry.transform for entry in Dataset(folder).manifest.recitals] == [
        aligned[name].tolist() for name in ("a", "bb", "ccc")
    ]


def test_datasets_of_format_1_are_read(tmp_path):
    """There the transforms stood in the recitals' files, and the manifest knew no rates of a recital."""
    opened = dataset(tmp_path / "d")
    expected = {recital.name: recital.aligned() for recital in opened}
    text = json.loads((opened.folder / MANIFEST).read_text())
    for recital in list(opened):
        write_recital(opened.folder, recital)
    for entry in text["recitals"]:
        del entry["transform"], entry["rates"]
    (opened.folder / MANIFEST).write_text(json.dumps({**text, "version": 1}))
    for recital in Dataset(opened.folder):
        np.testing.assert_array_equal(recital.aligned(), expected[recital.name])


def test_one_rate_is_read(tmp_path):
    opened = dataset(tmp_path / "d")
    assert [set(r.features) for r in opened.recitals("train", rates=(24,))] == [{24}, {24}]
    assert [set(r.features) for r in opened] == [{24, 96}] * 3


def test_a_dataset_is_surveyed_in_one_reading(tmp_path, monkeypatch):
    opened = dataset(tmp_path / "d")
    opens: list[str] = []
    load = np.load

    def counted(path, **given):
        opens.append(Path(path).name)
        return load(path, **given)

    monkeypatch.setattr(np, "load", counted)
    entries, recitals = survey(opened.folder, ["a", "bb", "ccc"])
    align_recitals(opened.folder, opened.manifest, recitals)
    assert opens == ["a.npz", "bb.npz", "ccc.npz"]
    assert entries["bb"].rates == [24, 96]


def test_splits(tmp_path):
    opened = dataset(tmp_path / "d")
    assert [r.name for r in opened.split("train")] == ["a", "bb"]
    assert [r.name for r in opened.split("test")] == ["ccc"]
    assert len(opened) == 3


def test_unusable_datasets_are_refused(tmp_path):
    with pytest.raises(BadInput, match=r"is not a dataset \(no manifest.json\)"):
        Dataset(tmp_path)
    opened = dataset(tmp_path / "d")
    (opened.folder / "bb.npz").write_bytes((opened.folder / "bb.npz").read_bytes()[:500])
    with pytest.raises(BadInput, match=r"bb\.npz is damaged"):
        list(opened)
    (opened.folder / "bb.npz").unlink()
    with pytest.raises(BadInput, match=r"bb\.npz is missing"):
        list(opened)
    text = json.loads((opened.folder / MANIFEST).read_text())
    (opened.folder / MANIFEST).write_text(json.dumps({**text, "version": 99}))
    with pytest.raises(BadInput, match="format 99"):
        Dataset(opened.folder)
    (opened.folder / MANIFEST).write_text("{")
    with pytest.raises(BadInput, match="cannot be read"):
        Dataset(opened.folder)


def test_nothing_kept_is_told(tmp_path):
    manifest = Manifest("violin", "violin", "recitals", 24.0, (0, 0), [24, 96])
    manifest.recitals.append(write_recital(tmp_path, recital("a", dropped=20)))
    with pytest.raises(BadInput, match="no frame with all points"):
        align_recitals(tmp_path, manifest)


def dataset_of(folder):
    entry = write_recital(folder, recital("one"))
    write_manifest(folder, Manifest("violin", "violin", "recitals", 24.0, (640, 480), [24], recitals=[entry]))
    return json.loads((folder / "manifest.json").read_text())


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..", "a/b", "a\\b", "", "C:x", None, 7])
def test_a_manifests_names_are_no_paths(name, tmp_path):
    manifest = dataset_of(tmp_path)
    manifest["recitals"][0]["name"] = name
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BadInput, match="which is no plain file name"):
        Dataset(tmp_path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("instrument", "<script>alert(1)</script>"),
        ("fps", 0),
        ("fps", "24"),
        ("rates", [0]),
        ("frame_size", []),
        ("frame_size", [1e400, 1]),
        ("settings", []),
        ("reference", [[1, 2, 3]]),
        ("recitals", [{"name": "one"}]),
        ("layout", "kazoo"),
    ],
)
def test_a_manifest_that_cannot_be(key, value, tmp_path):
    manifest = dataset_of(tmp_path)
    manifest[key] = value
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BadInput, match="cannot be read"):
        Dataset(tmp_path)


def test_a_manifest_nested_without_end(tmp_path):
    (tmp_path / "manifest.json").write_text("[" * 100_000)
    with pytest.raises(BadInput, match="cannot be read"):
        Dataset(tmp_path)


def test_a_recital_is_written_again_where_it_was_read(tmp_path):
    """Its file may call itself anything: aligning a dataset writes it again under the name of its file."""
    dataset_of(tmp_path)
    with np.load(tmp_path / "one.npz") as file:
        arrays = dict(file)
    meta = json.loads(str(arrays["meta"]))
    arrays["meta"] = np.array(json.dumps({**meta, "name": "../../elsewhere"}))
    np.savez(tmp_path / "one.npz", **arrays)
    assert read_recital(tmp_path / "one.npz").name == "one"
