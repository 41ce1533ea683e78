from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from audio_to_body.preprocessing.note_sound import source_fetching
from audio_to_body.preprocessing.note_sound.__main__ import _at_hand
from audio_to_body.preprocessing.note_sound.bank import STRUCK
from audio_to_body.preprocessing.note_sound.recorded_notes import place_of, recorded_notes
from audio_to_body.preprocessing.note_sound.sample_measures import BANK_RATE
from audio_to_body.preprocessing.note_sound.sfz import read_sfz
from audio_to_body.preprocessing.note_sound.source_fetching import fetch_source
from audio_to_body.preprocessing.note_sound.sources import PACKAGE, SOURCES, Source, credits_of
from audio_to_body.skeleton.refusal import BadInput

SFZ = """// an instrument
#define $EXT flac
#define $HIGH 80
<control> default_path=samples/
<global>ampeg_release=0.6
<group> hivel=$HIGH
#include "soft.txt"
<group> lovel=81
<region> key=60 sample=my C4.$EXT
<group> trigger=release
<region> key=60 sample=noise.$EXT
"""
SOFT = "<region> lokey=59 hikey=61 pitch_keycenter=c4 sample=soft.$EXT\n<region> key=72 sample=absent.$EXT\n"


@pytest.fixture
def instrument(tmp_path: Path) -> Path:
    import soundfile

    (tmp_path / "samples").mkdir()
    for name in ("my C4", "soft", "noise"):
        soundfile.write(tmp_path / "samples" / f"{name}.flac", np.zeros(2400, np.float32), BANK_RATE)
    (tmp_path / "x.sfz").write_text(SFZ)
    (tmp_path / "soft.txt").write_text(SOFT)
    return tmp_path


def test_regions_of_an_instrument(instrument: Path) -> None:
    regions = read_sfz(instrument / "x.sfz")
    assert [(r.file.name, r.key, r.velocities) for r in regions] == [
        ("soft.flac", 60, (1, 80)),
        ("my C4.flac", 60, (81, 127)),
    ]


def test_an_instrument_without_samples_is_refused(instrument: Path) -> None:
    (instrument / "empty.sfz").write_text("<region> key=60 sample=nowhere.wav")
    with pytest.raises(BadInput, match="names no sample that is there"):
        read_sfz(instrument / "empty.sfz")
    (instrument / "broken.sfz").write_text('#include "nowhere.txt"')
    with pytest.raises(BadInput, match="cannot be read"):
        read_sfz(instrument / "broken.sfz")


def test_notes_are_read_however_they_are_laid_out(instrument: Path) -> None:
    notes = list(recorded_notes(Source("x", "piano", instrument.name, "", ""), instrument.parent))
    assert [(n.nominal, n.velocity, n.kind) for n in notes] == [(60, 40.5, STRUCK), (60, 104.0, STRUCK)]


def packed(folder: Path, names: dict[str, bytes]) -> Path:
    archive = folder / "made.tar.gz"
    with tarfile.open(archive, "w:gz") as tape:
        for name, data in names.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tape.addfile(member, io.BytesIO(data))
    return archive


def fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: dict[str, bytes], sha: str | None = None
) -> Source:
    archive = packed(tmp_path, names)

    def download(address: str, place: Path, largest: int, progress: bool) -> Path:
        place.parent.mkdir(parents=True, exist_ok=True)
        return archive.rename(place)

    monkeypatch.setattr(source_fetching, "download", download)
    known = hashlib.sha256(archive.read_bytes()).hexdigest() if sha is None else sha
    return Source("x", "piano", "sounds/x", "", "", "https://example.org/x.tar.gz", known)


def test_a_source_is_fetched_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = fetched(tmp_path, monkeypatch, {"x-1/a/C4.ogg": b"sound", "x-1/run.sh": b"no"})
    place = fetch_source(source, tmp_path / "data", progress=False)
    assert [p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file()] == ["a/C4.ogg"]
    assert [p.name for p in place.parent.iterdir()] == ["x"]


@pytest.mark.parametrize(
    ("names", "sha", "said"),
    [
        ({"x/C4.ogg": b"sound"}, "0" * 64, "its checksum differs"),
        ({"x/../../C4.ogg": b"sound"}, None, "lead elsewhere"),
        ({"x/run.sh": b"no"}, None, "holds no sound"),
    ],
)
def test_a_source_that_is_not_what_it_was_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: dict[str, bytes], sha: str | None, said: str
) -> None:
    source = fetched(tmp_path, monkeypatch, names, sha)
    with pytest.raises(BadInput, match=said):
        fetch_source(source, tmp_path / "data", progress=False)
    assert not (tmp_path / "data" / "sounds" / "x").exists()
    assert list((tmp_path / "data" / "sounds").iterdir()) == []


def test_what_is_absent_is_said_in_a_word(tmp_path: Path) -> None:
    assert _at_hand(Source("x", "piano", "x", "", ""), tmp_path, fetch=True) == "not at hand"
    assert (
        _at_hand(Source("x", "notes", PACKAGE + "nobody_wrote_this", "", ""), tmp_path, fetch=True) == "not at hand"
    )
    (tmp_path / "x").write_bytes(b"other")
    assert _at_hand(Source("x", "piano", "x", "", "", sha256="0" * 64), tmp_path, False).startswith(
        "at hand, another"
    )


def test_every_source_has_a_name_an_origin_and_a_licence() -> None:
    assert len({source.name for source in SOURCES}) == len(SOURCES)
    assert all(source.origin and source.licence for source in SOURCES)
    lines = credits_of(["violin"])
    assert "vsco: github zakaton/air-violin (VSCO-2-CE), CC BY 3.0" in lines
    assert not any("splendid" in line for line in lines)


def test_known_files_are_the_ones_that_were_used() -> None:
    known = [source for source in SOURCES if source.sha256 and place_of(source, Path("nowhere")).is_file()]
    if not known:
        pytest.skip("no sound font is installed")
    assert {_at_hand(source, Path("nowhere"), False) for source in known} == {"at hand"}
