import numpy as np
import pytest

from audio_to_body.preprocessing.published.download import download
from audio_to_body.skeleton.refusal import BadInput

from .web_server import serving


@pytest.fixture
def published(tmp_path):
    folder = tmp_path / "published"
    folder.mkdir()
    (folder / "file.bin").write_bytes(np.random.default_rng(0).bytes(700_000))
    return folder


def test_a_file_comes_whole_and_nothing_lies_beside_it(published, tmp_path):
    with serving(published) as (address, _):
        place = download(f"{address}/file.bin", tmp_path / "new" / "file.bin", 1_000_000, progress=False)
    assert place.read_bytes() == (published / "file.bin").read_bytes()
    assert [p.name for p in place.parent.iterdir()] == ["file.bin"]


def test_a_broken_transfer_goes_on_where_it_stopped(published, tmp_path):
    place = tmp_path / "file.bin"
    with serving(published, break_after=[300_000]) as (address, asked):
        with pytest.raises(BadInput, match="goes on where it stopped"):
            download(f"{address}/file.bin", place, 1_000_000, progress=False)
        assert not place.exists()
        download(f"{address}/file.bin", place, 1_000_000, progress=False)
        assert asked[1][1] is not None
        assert int(asked[1][1].removeprefix("bytes=").rstrip("-")) > 100_000
    assert place.read_bytes() == (published / "file.bin").read_bytes()


def test_what_has_come_of_another_file_is_given_up(published, tmp_path):
    place = tmp_path / "file.bin"
    place.with_name("file.bin.part").write_bytes(b"x" * 900_000)  # more than there is
    with serving(published) as (address, _):
        download(f"{address}/file.bin", place, 1_000_000, progress=False)
    assert place.read_bytes() == (published / "file.bin").read_bytes()


def test_refusals(published, tmp_path):
    with serving(published) as (address, _):
        with pytest.raises(BadInput, match="answers 404"):
            download(f"{address}/none.bin", tmp_path / "a", 1_000_000, progress=False)
        with pytest.raises(BadInput, match=r"more than 0 MB"):
            download(f"{address}/file.bin", tmp_path / "b", 1000, progress=False)
        assert not list(tmp_path.glob("b*"))
        with pytest.raises(BadInput, match="cannot be written"):
            download(f"{address}/file.bin", published / "file.bin" / "c", 1_000_000, progress=False)
    with pytest.raises(BadInput, match="cannot be fetched"):
        download(f"{address}/file.bin", tmp_path / "d", 1_000_000, progress=False)  # the server has gone
    with pytest.raises(BadInput, match="neither a file nor an http address"):
        download("ftp://127.0.0.1/file", tmp_path / "e", 1_000_000, progress=False)
