from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest

from audio_to_body.skeleton.files import (
    read_arrays,
    replacing,
    replacing_folder,
    write_arrays,
    write_bytes,
    write_text,
)
from audio_to_body.skeleton.refusal import BadInput

WRITES = 300


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_writers_of_one_file_do_not_collide(tmp_path: Path) -> None:
    """300 writes of one file by twelve threads: none fails, and what stands there is one of them, whole."""
    path = tmp_path / "progress"
    contents = [bytes([number % 251]) * 20_000 for number in range(WRITES)]
    failures: list[BaseException] = []
    together = threading.Barrier(12)

    def write(own: list[bytes]) -> None:
        together.wait()
        for content in own:
            try:
                write_bytes(path, content)
                assert len(set(path.read_bytes())) == 1  # never a mixture of two
            except BaseException as error:
                failures.append(error)

    writers = [threading.Thread(target=write, args=(contents[start::12],)) for start in range(12)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not failures
    assert path.read_bytes() in contents
    assert names(tmp_path) == ["progress"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    write_text(path, "old")
    with pytest.raises(ZeroDivisionError), replacing(path) as aside:
        aside.write_text(f"half {1 / 0}")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["net.npz"]


def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.npz"
    write_arrays(path, {"a": np.arange(3)})

    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadInput, match=r"net\.npz cannot be written: the disk is full; free some space"):
        write_arrays(path, {"a": np.arange(4)})
    with read_arrays(path, "a net") as file:
        assert file["a"].tolist() == [0, 1, 2]
    assert names(tmp_path) == ["net.npz"]


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX")
def test_the_system_stops_a_file_half_way(tmp_path: Path) -> None:
    """The kernel itself refuses after 64 kB; the arrays' own buffers are the ones that fail."""
    code = (
        "import resource, signal, sys, numpy as np\n"
        "from audio_to_body.skeleton.files import write_arrays\n"
        "from audio_to_body.skeleton.refusal import run_command\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))\n"
        "sys.exit(run_command(write_arrays, sys.argv[1], {'a': np.zeros(100_000)}))\n"
    )
    path = tmp_path / "a.npz"
    path.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == f"error: {path} cannot be written (File too large)\n"
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.npz"]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "out.glb").mkdir()
    with pytest.raises(BadInput, match=r"out\.glb cannot be written: it is a folder"):
        write_bytes(tmp_path / "out.glb", b"x")
    assert names(tmp_path) == ["out.glb"]


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no devices in the file system")
def test_a_device_is_never_replaced() -> None:
    with pytest.raises(BadInput, match="/dev/null cannot be written: it is a device"):
        write_bytes("/dev/null", b"x")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_long_names_links_and_rights(tmp_path: Path) -> None:
    long = tmp_path / ("é" * 120 + ".csv")  # 244 bytes: a longer name beside it would not be allowed
    write_text(long, "a")
    assert long.read_text() == "a"
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(long.stat().st_mode) == 0o666 & ~umask  # as an ordinary file, not a private one
    link = tmp_path / "link.csv"
    link.symlink_to(long)
    write_text(link, "b")
    assert link.is_symlink()
    assert long.read_text() == "b"


def test_a_folder_takes_its_place_whole(tmp_path: Path) -> None:
    place = tmp_path / "song_json"
    for text in ("first", "second"):
        with replacing_folder(place) as aside:
            (aside / text).write_text(text)
    assert names(place) == ["second"]
    with pytest.raises(ZeroDivisionError), replacing_folder(place) as aside:
        (aside / "third").write_text(f"half {1 / 0}")
    assert names(place) == ["second"]
    assert names(tmp_path) == ["song_json"]


def test_arrays_come_back(tmp_path: Path) -> None:
    arrays = {"points": np.random.default_rng(0).normal(size=(40, 50, 2)), "name": np.array("bow")}
    for level in (None, 1):
        write_arrays(tmp_path / "a.npz", arrays, level)
        with read_arrays(tmp_path / "a.npz", "a motion file") as file:
            assert set(file) == {"points", "name"}
            np.testing.assert_array_equal(file["points"], arrays["points"])
            assert str(file["name"]) == "bow"


def test_pickles_are_neither_written_nor_read(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        write_arrays(tmp_path / "a.npz", {"a": np.array([object()])})
    assert names(tmp_path) == []
    np.savez(tmp_path / "b.npz", a=np.array([{}]))
    with pytest.raises(BadInput, match=r"b\.npz is damaged or is not a net .*train again"):
        _ = read(tmp_path / "b.npz", "a")


def read(path: Path, name: str) -> np.ndarray:
    with read_arrays(path, "a net", "train again") as file:
        return file[name]


def test_damaged_and_foreign_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_arrays(path, {"a": np.zeros(1000)}, level=1)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput, match="is damaged or is not a net"):
        read(path, "a")
    path.write_bytes(whole)
    with pytest.raises(BadInput, match="no array b"):
        read(path, "b")
    np.save(tmp_path / "plain.npy", np.zeros(3))
    with pytest.raises(BadInput, match="is damaged or is not a net"):
        read(tmp_path / "plain.npy", "a")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a.npy", "no array")
    with pytest.raises(BadInput, match="is damaged or is not a net"):
        read(tmp_path / "other.zip", "a")
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none.npz", "a")
