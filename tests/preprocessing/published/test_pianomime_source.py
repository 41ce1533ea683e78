import json

import numpy as np
import pytest
from numcodecs import Blosc

from audio_to_body.musician.human_hands import read_hands
from audio_to_body.preprocessing.published.pianomime_source import install_hands
from audio_to_body.preprocessing.published.pianomime_zarr import KEY_SCALE
from audio_to_body.skeleton.refusal import BadInput
from tests.musician.made_hands import made_hands

from .web_server import serving


def write_array(folder, values, chunks):
    """An array in Zarr format 2, packed as PianoMime packs its own."""
    codec = Blosc(cname="lz4", clevel=5, shuffle=1)
    folder.mkdir(parents=True)
    header = {
        "chunks": list(chunks),
        "compressor": {"blocksize": 0, "clevel": 5, "cname": "lz4", "id": "blosc", "shuffle": 1},
        "dtype": "<f4",
        "fill_value": 0.0,
        "filters": None,
        "order": "C",
        "shape": list(values.shape),
        "zarr_format": 2,
    }
    (folder / ".zarray").write_text(json.dumps(header))
    for place in np.ndindex(*(-(-s // c) for s, c in zip(values.shape, chunks))):
        block = np.zeros(chunks, np.float32)
        part = values[tuple(slice(i * c, (i + 1) * c) for i, c in zip(place, chunks))]
        block[tuple(slice(0, s) for s in part.shape)] = part
        (folder / ".".join(map(str, place))).write_bytes(codec.encode(block))


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The same hands as a hands.npz and in PianoMime's published form."""
    root = tmp_path_factory.mktemp("published")
    made_hands(root / "hands.npz")
    with np.load(root / "hands.npz") as file:
        points, roll, ends = (file[name] for name in ("keypoints_m", "pianoroll", "clip_ends"))
    frames = len(points)
    action = np.random.default_rng(0).normal(size=(frames, 4, 46)).astype(np.float32)
    action[:, 0, :36] = points.reshape(frames, 36)
    action[:, 0, 36:] = 0
    action[:, 0, 38] = np.where(roll.any(axis=1), roll.argmax(axis=1), 0) / np.float32(KEY_SCALE)
    write_array(root / "dataset_hl.zarr" / "data" / "action", action.reshape(frames, 184), (400, 23))
    write_array(root / "dataset_hl.zarr" / "meta" / "episode_ends", ends.astype(np.float32), (len(ends),))
    return root


def same(a, b):
    with np.load(a) as one, np.load(b) as two:
        return all(np.array_equal(one[name], two[name]) for name in two.files)


def test_a_file_is_checked_and_put_in_place(published, tmp_path):
    said = install_hands(str(published / "hands.npz"), tmp_path / "put" / "hands.npz")
    assert "12 clips, about 6 songs" in said
    assert same(tmp_path / "put" / "hands.npz", published / "hands.npz")
    assert install_hands(str(tmp_path / "put" / "hands.npz"), tmp_path / "put" / "hands.npz") == said


def test_the_published_form_gives_the_same_hands(published, tmp_path):
    install_hands(str(published / "dataset_hl.zarr"), tmp_path / "hands.npz")
    assert same(tmp_path / "hands.npz", published / "hands.npz")
    assert len(read_hands(tmp_path / "hands.npz")) == 12


def test_it_is_fetched_and_goes_on_where_it_stopped(published, tmp_path):
    place = tmp_path / "put" / "hands.npz"
    with serving(published) as (address, asked):
        install_hands(f"{address}/dataset_hl.zarr", place, progress=False)
        assert same(place, published / "hands.npz")
        assert not any(path.endswith("/0.2") for path, _ in asked)  # later frames' columns are not fetched
        first = len(asked)
        (tmp_path / "put" / "dataset_hl.zarr" / "data" / "action" / "1.0").unlink()
        install_hands(f"{address}/dataset_hl.zarr", place, progress=False)
        assert [path for path, _ in asked[first:] if not path.endswith(".zarray")] == [
            "/dataset_hl.zarr/data/action/1.0"
        ]


def test_refusals_leave_what_was_there(published, tmp_path):
    place = tmp_path / "hands.npz"
    place.write_bytes(b"old")
    with pytest.raises(BadInput, match="does not exist"):
        install_hands(str(tmp_path / "none.npz"), place)
    with pytest.raises(BadInput, match=r"no meta/episode_ends/\.zarray"):
        install_hands(str(tmp_path), place)
    damaged = tmp_path / "dataset_hl.zarr"
    for name in ("data/action", "meta/episode_ends"):
        (damaged / name).mkdir(parents=True)
        for file in (published / "dataset_hl.zarr" / name).iterdir():
            (damaged / name / file.name).write_bytes(file.read_bytes())
    (damaged / "data" / "action" / "1.1").write_bytes(b"not blosc")
    with pytest.raises(BadInput, match="missing or damaged"):
        install_hands(str(damaged), place)
    header = json.loads((damaged / "data" / "action" / ".zarray").read_text())
    for key, other in (("dtype", "<f8"), ("order", "F"), ("compressor", None), ("shape", [10])):
        (damaged / "data" / "action" / ".zarray").write_text(json.dumps({**header, key: other}))
        with pytest.raises(BadInput, match="another layout"):
            install_hands(str(damaged), place)
    assert place.read_bytes() == b"old"
    with serving(published) as (address, _), pytest.raises(BadInput, match="answers 404"):
        install_hands(f"{address}/elsewhere", place, progress=False)
