import io
import tarfile
import zipfile

import pytest

from audio_to_body.preprocessing.published.bach_source import PLACE, bach_folder, install_bach
from audio_to_body.skeleton.refusal import BadInput

from .web_server import serving

MOVEMENT = "player_bwv1001_mov1"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """A folder in the dataset's form with one movement; its sound is an empty file, which nothing reads here."""
    folder = tmp_path_factory.mktemp("set") / "bach-violin"
    files = {
        "info.csv": "filename,collection,source_filename,start,score_filename\n"
        f"{MOVEMENT},player,{MOVEMENT}.mp3,0:00:00,bwv1001_mov1\n",
        "LICENSE": "CC BY",
        f"notes/player/{MOVEMENT}.csv": "onset,offset,pitch,velocity\n0,24,69,80\n",
        f"alignments/player/{MOVEMENT}.csv": "start,end\n0.1,0.9\n",
        "scores/bwv1001/bwv1001_mov1.mxl": "",
        f"audio/player/{MOVEMENT}.mp3": "",
        "tempos/player/other.txt": "120",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def packed(dataset, path, top="bach-violin-dataset-main/bach-violin"):
    """The folder as an archive of a repository, with other files beside it."""
    with tarfile.open(path, "w:gz") as tape:
        tape.add(dataset, arcname=top)
        entry = tarfile.TarInfo("bach-violin-dataset-main/src/run.py")
        tape.addfile(entry, io.BytesIO(b""))
        link = tarfile.TarInfo(f"{top}/notes/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tape.addfile(link)
    return path


def files_of(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_a_folder_is_copied_and_described(dataset, tmp_path):
    said = install_bach(str(dataset), tmp_path / "data" / "bach")
    assert (
        said
        == f"{tmp_path / 'data' / 'bach'}: 1 movements with notes, alignment and score, 1 of them with their sound"
    )
    assert files_of(tmp_path / "data" / "bach") == [f for f in files_of(dataset) if "tempos" not in f]
    assert [p.name for p in (tmp_path / "data").iterdir()] == ["bach"]
    assert install_bach(str(tmp_path / "data" / "bach"), tmp_path / "data" / "bach") == said


def test_archives_give_the_same_as_the_folder(dataset, tmp_path):
    install_bach(str(packed(dataset, tmp_path / "a.tar.gz")), tmp_path / "tar")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        for path in dataset.rglob("*"):
            file.write(path, path.relative_to(dataset.parent))
    install_bach(str(tmp_path / "a.zip"), tmp_path / "zip")
    wanted = [f for f in files_of(dataset) if "tempos" not in f]
    assert files_of(tmp_path / "tar") == files_of(tmp_path / "zip") == wanted


def test_it_is_fetched_whole_after_a_broken_transfer(dataset, tmp_path):
    archive = packed(dataset, tmp_path / "main.tar.gz")
    place = tmp_path / "data" / "bach"
    with serving(tmp_path, break_after=[archive.stat().st_size // 2]) as (address, asked):
        with pytest.raises(BadInput, match="goes on where it stopped"):
            install_bach(f"{address}/main.tar.gz", place, progress=False)
        assert not place.exists()
        install_bach(f"{address}/main.tar.gz", place, progress=False)
        assert asked[1][1] is not None
    assert (place / "info.csv").is_file()
    assert [p.name for p in place.parent.iterdir()] == ["bach"]


def test_refusals_leave_the_old_copy(dataset, tmp_path):
    place = tmp_path / "bach"
    install_bach(str(dataset), place)
    before = files_of(place)
    (tmp_path / "text.tar.gz").write_text("no archive")
    (tmp_path / "other").mkdir()
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as file:
        file.writestr("x/info.csv", "filename\n")
        file.writestr("x/../../escaped", "")
        file.writestr("x/notes/../../../escaped", "")
    with zipfile.ZipFile(tmp_path / "list.zip", "w") as file:
        file.writestr("info.csv", "name,where\na,b\n")
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as file:
        file.writestr("info.csv", (dataset / "info.csv").read_text())
    for source, message in (
        (tmp_path / "none", "is not there"),
        (tmp_path / "other", r"no info\.csv"),
        (tmp_path / "text.tar.gz", "not an archive that can be read"),
        (packed(dataset / "notes", tmp_path / "part.tar.gz"), r"no info\.csv in it"),
        (tmp_path / "out.zip", "lead elsewhere"),
        (tmp_path / "list.zip", "not the list"),
        (tmp_path / "empty.zip", "no movement with notes"),
    ):
        with pytest.raises(BadInput, match=message):
            install_bach(str(source), place)
        assert files_of(place) == before
    assert not list(tmp_path.rglob("escaped"))
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written"):
        install_bach(str(dataset), tmp_path / "file" / "bach")


def test_commands_find_the_copy_that_was_put_in_place(dataset, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("A2B_SHARED", raising=False)
    assert bach_folder() is None
    shared = tmp_path / "shared"
    install_bach(str(dataset), shared / "data" / "bach_violin")
    monkeypatch.setenv("A2B_SHARED", str(shared))
    assert bach_folder() == str(shared / "data" / "bach_violin")
    install_bach(str(dataset))
    assert bach_folder() == str(PLACE)
