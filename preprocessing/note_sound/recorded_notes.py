"""Recorded notes as their makers published them: sound fonts, ``.sfz`` instruments, folders of named files."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio_to_body.preprocessing.note_sound import bank
from audio_to_body.preprocessing.note_sound.sample_measures import BANK_RATE, separate_strokes
from audio_to_body.preprocessing.note_sound.sfz import read_sfz
from audio_to_body.preprocessing.note_sound.sources import FONT_PRESETS, PACKAGE, PIZZICATO, Source
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.sound_fonts import read_preset

LONGEST = {"piano": 8.0, "violin": 3.5}  # s of a sample that are kept
STROKES_OF_A_PHRASE = 4  # that are kept of each
DYNAMICS = {  # MIDI velocities of written dynamics
    "pianissimo": 28.0,
    "piano": 46.0,
    "mezzo-piano": 60.0,
    "mezzo-forte": 76.0,
    "forte": 95.0,
    "fortissimo": 115.0,
}
NOTE_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
ARTICULATIONS = {  # of Philharmonia's files; what is not here has no one clear pitch
    "arco-normal": (bank.BOWED, True),
    "non-vibrato": (bank.BOWED, False),
    "molto-vibrato": (bank.BOWED, True),
    "arco-au-talon": (bank.BOWED, True),
    "arco-punta-d'arco": (bank.BOWED, True),
    "arco-tenuto": (bank.BOWED, True),
    "arco-detache": (bank.BOWED, True),
    "arco-sul-tasto": (bank.BOWED, True),
    "arco-sul-ponticello": (bank.BOWED, True),
    "con-sord": (bank.BOWED, True),
    "arco-spiccato": (bank.SHORT, False),
    "arco-staccato": (bank.SHORT, False),
    "arco-martele": (bank.SHORT, False),
    "pizz-normal": (bank.PLUCKED, False),
    "snap-pizz": (bank.PLUCKED, False),
    "natural-harmonic": (bank.HARMONIC, False),
    "artificial-harmonic": (bank.HARMONIC, False),
}


@dataclass(frozen=True)
class Recorded:
    """A note as it was found: wave at 24 kHz, pitch by its name, velocity, kind, whether it has vibrato."""

    wave: np.ndarray
    nominal: float
    velocity: float
    kind: int
    vibrato: bool = False


def read_wave(path: Path) -> np.ndarray:
    """A sound file as mono float32 at 24 kHz."""
    import soundfile

    wave, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return at_bank_rate(wave.mean(axis=1), rate)


def at_bank_rate(wave: np.ndarray, rate: int) -> np.ndarray:
    """Resampled to 24 kHz, float32."""
    from math import gcd

    from scipy.signal import resample_poly

    if rate == BANK_RATE:
        return wave.astype(np.float32)
    common = gcd(rate, BANK_RATE)
    return resample_poly(wave, BANK_RATE // common, rate // common).astype(np.float32)


def note_number(name: str) -> int:
    """MIDI number of a note's name such as ``As4``, ``A#4`` or ``A4v10``; C4 is 60."""
    found = re.fullmatch(r"([A-G])(s|#|b)?(\d)(?:v\w+)?", name)
    if found is None:
        raise BadInput(f"'{name}' is no name of a note such as A4 or Cs5")
    return NOTE_STEPS[found[1]] + {"s": 1, "#": 1, "b": -1, None: 0}[found[2]] + 12 * (int(found[3]) + 1)


def place_of(source: Source, data: Path) -> Path:
    """Where a source lies on this machine; it may not be there."""
    if source.place.startswith(PACKAGE):
        import importlib.util

        package, _, inside = source.place[len(PACKAGE) :].partition("/")
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            return data / "no package" / package
        return Path(spec.origin).parent / inside
    return data / source.place  # an absolute place stays one


def recorded_notes(source: Source, data: Path) -> Iterator[Recorded]:
    """Every usable note of a source, however its makers laid it out.

    Raises
    ------
    BadInput
        If its files are not what they are said to be.
    """
    place = place_of(source, data)
    if place.suffix in (".sf2", ".sf3"):
        yield from _of_font(source, place)
    elif (place / "index.csv").is_file():
        yield from _of_index(place)
    elif source.name == "philharmonia":
        yield from _of_philharmonia(place)
    elif instruments := sorted(place.rglob("*.sfz")):
        for region in read_sfz(instruments[0]):
            yield Recorded(read_wave(region.file), region.key, sum(region.velocities) / 2, bank.STRUCK)
    else:
        kind, velocity = (bank.STRUCK, 64.0) if source.kind == "piano" else (bank.BOWED, 76.0)
        for path in sorted(place.rglob("*.ogg")):
            yield Recorded(read_wave(path), note_number(path.stem), velocity, kind, kind == bank.BOWED)


def _of_index(place: Path) -> Iterator[Recorded]:
    with open(place / "index.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            middle = (float(row["velocity_from"]) + float(row["velocity_to"])) / 2
            yield Recorded(read_wave(place / row["file"]), int(row["midi"]), middle, bank.STRUCK)


def _of_font(source: Source, place: Path) -> Iterator[Recorded]:
    for program in FONT_PRESETS[source.kind]:
        kind = bank.STRUCK if source.kind == "piano" else bank.PLUCKED if program == PIZZICATO else bank.BOWED
        for sample in read_preset(place, *program, LONGEST[source.kind]):
            if source.kind == "violin" and not 52 <= sample.pitch <= 112:
                continue  # a section's basses
            octaves = max(round((sample.pitch - sum(sample.keys) / 2) / 12), 0)
            # small fonts keep low keys as if they were recorded high: played where they are used
            wave = at_bank_rate(sample.wave, sample.rate // 2**octaves)
            yield Recorded(wave, sample.pitch - 12 * octaves, sum(sample.velocities) / 2, kind, False)


def _of_philharmonia(place: Path) -> Iterator[Recorded]:
    for path in sorted(place.rglob("violin_*.mp3")):
        _, note, _, dynamic, articulation = path.stem.split("_", 4)
        if articulation not in ARTICULATIONS or dynamic not in DYNAMICS:
            continue
        kind, vibrato = ARTICULATIONS[articulation]
        wave = read_wave(path)
        strokes = [wave]
        if "_phrase_" in path.stem:
            strokes = separate_strokes(wave)[:STROKES_OF_A_PHRASE]
        for stroke in strokes:
            yield Recorded(stroke, note_number(note), DYNAMICS[dynamic], kind, vibrato)
