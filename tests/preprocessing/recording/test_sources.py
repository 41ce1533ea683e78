"""Lists, folders and addresses."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from audio_to_body.preprocessing.recording.sources import SHIPPED_LIST, Source, expand, read_list
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.fetching import fetch
from audio_to_body.sound.ffmpeg import probe


def listed(folder: Path, text: str) -> Path:
    path = folder / "recitals.csv"
    path.write_text(text)
    return path


def test_a_list_is_read(tmp_path):
    path = listed(
        tmp_path,
        "source,instrument,start,end,split\n"
        "a.mp4,violin,1:05,1:02:03.5,test\n"
        "\n"
        "https://example.org/watch?v=xyz,piano,,,\n"
        "/far/b.mkv,,30,,train\n",
    )
    assert read_list(path) == [
        Source(str(tmp_path / "a.mp4"), "violin", 65.0, 3723.5, "test"),
        Source("https://example.org/watch?v=xyz", "piano"),
        Source("/far/b.mkv", None, 30.0, None, "train"),
    ]
    assert [source.title for source in read_list(path)] == ["a_65s", "xyz", "b_30s"]


def test_the_shipped_list_has_the_papers_two_addresses():
    sources = read_list(SHIPPED_LIST)
    assert [(s.instrument, s.title) for s in sources] == [("violin", "BP65MiYNh50"), ("piano", "SD1nhx9qYH0")]
    assert all(source.remote for source in sources)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("source,colour\na.mp4,red\n", "unknown columns 'colour'; its columns are source, instrument"),
        ("instrument,start\nviolin,0\n", "has no column 'source'"),
        ("source,instrument\na.mp4,flute\n", "line 2: instrument is 'flute', not violin or piano"),
        ("source,split\na.mp4,valid\n", "line 2: split is 'valid', not train or test"),
        ("source,start\na.mp4,soon\n", "line 2: 'soon' is no time"),
        ("source,start\na.mp4,1:2:3:4\n", "is no time"),
        ("source,start\na.mp4,nan\n", "is no time"),
        ("source,start,end\na.mp4,20,10\n", r"the end \(10 s\) is not after the start \(20 s\)"),
        ("source,start\na.mp4,1,2\n", "line 2 has more values than columns"),
        ("source,start\n,1\n", "line 2 names no source"),
    ],
)
def test_a_wrong_list_is_told_with_its_line(tmp_path, text, sentence):
    with pytest.raises(BadInput, match=sentence):
        read_list(listed(tmp_path, text))


def test_folders_files_and_results(tmp_path, music_points):
    for name in ("b.MP4", "a.mkv", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    assert [Path(s.address).name for s in expand([str(tmp_path)])] == ["a.mkv", "b.MP4"]
    assert expand([str(music_points), "x.mp4", "http://h/y.mp4"]) == [
        Source(str(music_points)),
        Source("x.mp4"),
        Source("http://h/y.mp4"),
    ]
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="holds no video"):
        expand([str(tmp_path / "empty")])


@pytest.fixture
def server(music_video: Path) -> Iterator[str]:
    """A web server on this machine that offers the made-up video."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None: ...

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(music_video.parent)))
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()


def test_an_address_is_fetched_once(server, music_video, tmp_path):
    pytest.importorskip("yt_dlp")
    address = f"{server}/{music_video.name}"
    path = fetch(address, tmp_path, "tune")
    assert path.parent == tmp_path
    assert path.stem == "tune"
    assert path.read_bytes() == music_video.read_bytes()
    assert probe(path).has_audio
    stamp = path.stat().st_mtime_ns
    assert fetch(address, tmp_path, "tune") == path
    assert path.stat().st_mtime_ns == stamp


def test_an_address_without_a_video_is_refused(server, tmp_path):
    pytest.importorskip("yt_dlp")
    with pytest.raises(BadInput, match="could not be fetched"):
        fetch(f"{server}/absent.mp4", tmp_path, "absent")
    assert not list(tmp_path.iterdir())


def test_a_folders_videos_are_what_ffmpeg_reads_without_a_macs_litter(tmp_path, make_video):
    film = make_video("-f", "lavfi", "-i", "color=c=red:s=64x64:d=1:r=10", suffix=".mkv").read_bytes()
    for name in ("00001.MTS", "clip.m2ts", "no ending", "phone.3gp"):
        (tmp_path / name).write_bytes(film)
    (tmp_path / "._00001.MTS").write_bytes(b"\0\5\26\7Mac OS X")
    (tmp_path / ".hidden.mp4").write_bytes(film)
    (tmp_path / "notes.txt").write_text("bars 1 to 8\n" * 40)
    (tmp_path / "broken.mp4").write_bytes(b"")  # is told of when its recital is made
    (tmp_path / "__MACOSX").mkdir()
    found = [Path(source.address).name for source in expand([str(tmp_path)])]
    assert found == ["00001.MTS", "broken.mp4", "clip.m2ts", "no ending", "phone.3gp"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_lists_as_spreadsheets_write_them(tmp_path, encoding, separator):
    rows = [["Source", "Instrument", "Start"], ["Prélude.mp4", "violin", '"1:02,5"'], ["b.mp4", "", "3"]]
    text = "\r\n".join(separator.join(row) for row in rows) + "\r\n"
    (tmp_path / "list.csv").write_bytes(text.encode(encoding))
    first, second = read_list(tmp_path / "list.csv")
    assert (first.address, first.instrument, first.start) == (str(tmp_path / "Prélude.mp4"), "violin", 62.5)
    assert (second.address, second.instrument, second.start) == (str(tmp_path / "b.mp4"), None, 3.0)


def test_excels_own_line_is_no_header(tmp_path):
    (tmp_path / "list.csv").write_text("sep=;\nsource;end\na.mp4;x\n")
    with pytest.raises(BadInput, match=r"list\.csv, line 3: 'x' is no time"):
        read_list(tmp_path / "list.csv")


def test_an_address_of_a_file_is_its_path(tmp_path):
    video = tmp_path / "a b.mp4"
    video.write_bytes(b"")
    (tmp_path / "list.csv").write_text(f"source\n{video.as_uri()}\n")
    for sources in (expand([video.as_uri()]), read_list(tmp_path / "list.csv")):
        assert [source.address for source in sources] == [str(video)]
        assert not sources[0].remote
