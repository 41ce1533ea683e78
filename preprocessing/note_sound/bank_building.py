"""Build the bank: ``python -m audio_to_body.preprocessing.note_sound.bank_building --data DATA --out BANK``.

Every set that is at hand is decoded, brought to mono 24 kHz, trimmed to its note, and measured: where it begins, at
which pitch it really sounds, which part of a bowed note goes on evenly. A set that is not there is left out with a
word.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio_to_body.preprocessing.note_sound import additive, bank, sound_fonts
from audio_to_body.preprocessing.note_sound.sample_measures import (
    BANK_RATE,
    PREROLL,
    envelope,
    first_onset,
    measured_pitch,
    rise_seconds,
    separate_strokes,
    steady_part,
    trimmed,
)
from audio_to_body.preprocessing.note_sound.sources import FONT_PRESETS, PIZZICATO, Source, sources_of
from audio_to_body.skeleton.refusal import BadInput, run_command

LONGEST = {"piano": 8.0, "violin": 3.5}  # s of a sample that are kept
QUALITY = {"piano": 0.3, "violin": 0.4}  # of Vorbis
LEAST_CLARITY = 0.25  # bels by which partials stand out where they should be
FARTHEST_PITCH = 0.45  # semitones that a sample may be off its name
# s from a note's beginning to half of its level; slower ones begin nobody knows when (sections, swelling bows)
SLOWEST_RISE = {bank.STRUCK: 0.04, bank.BOWED: 0.14, bank.SHORT: 0.06, bank.PLUCKED: 0.02, bank.HARMONIC: 0.14}
AUDIBLE = 0.025  # of its greatest level: a note is taken to sound until there
LONGEST_ROOM = 3.0  # s of an impulse response that are kept
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
    """MIDI number of a note's name such as ``As4``; C4 is 60."""
    found = re.fullmatch(r"([A-G])(s|b)?(\d)", name)
    if found is None:
        raise BadInput(f"'{name}' is no name of a note such as A4 or Cs5")
    return NOTE_STEPS[found[1]] + {"s": 1, "b": -1, None: 0}[found[2]] + 12 * (int(found[3]) + 1)


def place_of(source: Source, data: Path) -> Path:
    """Where a source lies on this machine; it may not be there."""
    if source.place.startswith("pretty_midi/"):
        import importlib.util

        spec = importlib.util.find_spec("pretty_midi")
        if spec is not None and spec.origin is not None:
            return Path(spec.origin).parent / source.place.split("/", 1)[1]
    return data / source.place  # an absolute place stays one


def recorded_notes(source: Source, data: Path) -> Iterator[Recorded]:
    """Every usable note of a source."""
    place = place_of(source, data)
    if place.suffix in (".sf2", ".sf3"):
        yield from _of_font(source, place)
    elif (place / "index.csv").is_file():
        with open(place / "index.csv", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                middle = (float(row["velocity_from"]) + float(row["velocity_to"])) / 2
                yield Recorded(read_wave(place / row["file"]), int(row["midi"]), middle, bank.STRUCK)
    elif source.name == "philharmonia":
        yield from _of_philharmonia(place)
    else:
        for path in sorted(place.glob("*.ogg")):
            yield Recorded(read_wave(path), note_number(path.stem), 76.0, bank.BOWED, True)


def _of_font(source: Source, place: Path) -> Iterator[Recorded]:
    for program in FONT_PRESETS[source.kind]:
        kind = bank.STRUCK if source.kind == "piano" else bank.PLUCKED if program == PIZZICATO else bank.BOWED
        for sample in sound_fonts.read_preset(place, *program, LONGEST[source.kind]):
            if source.kind == "violin" and not 52 <= sample.pitch <= 112:
                continue  # a section's basses
            octaves = max(round((sample.pitch - sum(sample.keys) / 2) / 12), 0)
            # small fonts keep low keys as if they were recorded high: played where they are used
            wave = at_bank_rate(sample.wave, sample.rate // 2**octaves)
            yield Recorded(wave, sample.pitch - 12 * octaves, sum(sample.velocities) / 2, kind, False)


def _of_philharmonia(place: Path) -> Iterator[Recorded]:
    for path in sorted(place.glob("violin_*.mp3")):
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


def sample_set(source: Source, notes: list[Recorded]) -> bank.SampleSet:
    """Trim and measure notes; those that are not what they are said to be are left out."""
    rows: list[dict[str, float]] = []
    loops, waves = [], []
    place = 0
    for note in notes:
        if not len(note.wave) or np.abs(note.wave).max() < 1e-4:
            continue
        wave = trimmed(note.wave, first_onset(note.wave, source.kind), LONGEST[source.kind])
        pitch, clarity = _true_pitch(wave, note)
        if clarity < LEAST_CLARITY:
            continue
        if note.kind != bank.HARMONIC and abs(pitch - note.nominal) > FARTHEST_PITCH:
            if source.kind == "violin":
                continue
            pitch = note.nominal  # the outermost keys have hardly a partial to measure
        if rise_seconds(wave) > SLOWEST_RISE[note.kind]:
            continue
        peak = float(np.abs(wave).max())
        wave = wave * np.float32(0.9 / peak)  # the level is kept beside it
        level = float(envelope(wave[: int(0.6 * BANK_RATE)], int(0.05 * BANK_RATE)).max(initial=1e-4))
        recorded_level = level * peak / 0.9
        audible = _audible(wave)
        loops.append(steady_part(wave) if note.kind in (bank.BOWED, bank.HARMONIC) else (0, 0))
        rows.append(
            {
                "start": place,
                "length": len(wave),
                "pitch": pitch,
                "nominal": pitch if note.kind == bank.HARMONIC else note.nominal,
                "velocity": note.velocity,
                "kind": note.kind,
                "level": level,
                "recorded_level": recorded_level,
                "audible": audible,
                "vibrato": note.vibrato,
            }
        )
        waves += [wave, np.zeros(bank.GAP, np.float32)]
        place += len(wave) + bank.GAP
    if not rows:
        raise BadInput(f"{source.name} holds no usable note")
    types = {"start": np.int64, "length": np.int64, "kind": np.int64, "vibrato": bool}
    arrays = {name: np.array([row[name] for row in rows], types.get(name, np.float64)) for name in rows[0]}
    sound = np.round(np.concatenate(waves) * 32767).astype(np.int16)
    return bank.SampleSet(
        name=source.name, instrument=source.kind, loop=np.array(loops, np.int64), sound=sound, **arrays
    )


def _audible(wave: np.ndarray) -> float:
    level = envelope(wave[PREROLL:], 240)
    return float((np.flatnonzero(level > AUDIBLE * level.max(initial=0.0))[-1] + 1) * 240 / BANK_RATE)


def _true_pitch(wave: np.ndarray, note: Recorded) -> tuple[float, float]:
    body = wave[PREROLL:]
    if note.kind != bank.HARMONIC:
        return measured_pitch(body, note.nominal)
    # a harmonic is written where it is touched or where it sounds
    found = [measured_pitch(body, note.nominal + shift, 60) for shift in (0, 12, 19, 24)]
    return max(found, key=lambda pair: pair[1])


def additive_set(number: int) -> bank.SampleSet:
    """A piano that nobody has built, by its number."""
    source = Source(f"additive_{number}", "piano", "", "computed", "none needed")
    notes = [Recorded(additive.tone(number, key), float(key), 64.0, bank.STRUCK) for key in additive.KEYS]
    return sample_set(source, notes)


def room_responses(folder: Path) -> dict[str, np.ndarray]:
    """Impulse responses at 24 kHz, from the direct sound on, which is 1; float32 each."""
    rooms = {}
    for path in sorted(folder.glob("*.flac")):
        response = read_wave(path)
        first = int(np.argmax(np.abs(response)))
        early = int(np.argmax(np.abs(response) > 0.25 * np.abs(response[first])))
        response = response[early : early + int(LONGEST_ROOM * BANK_RATE)]
        alive = np.flatnonzero(np.abs(response) > 1e-3 * np.abs(response).max())
        response = response[: alive[-1] + 1]
        rooms[path.stem] = (response / np.abs(response[:48]).max()).astype(np.float32)
    return rooms


def build_bank(data: Path, out: Path, only: Sequence[str] = ()) -> list[str]:
    """Build or renew a bank.

    Parameters
    ----------
    data : path
        Folder with ``sounds/`` and ``rooms/``.
    out : path
    only : sequence of str
        Names of the sets to renew; none means everything.

    Returns
    -------
    list of str
        A line for each source: what was taken of it.
    """
    out.mkdir(parents=True, exist_ok=True)
    told = []
    for source in (*sources_of("piano"), *sources_of("violin")):
        if only and source.name not in only:
            continue
        if not place_of(source, data).exists():
            told.append(f"{source.name}: not at hand ({source.origin}), left out")
            continue
        notes = list(recorded_notes(source, data))
        samples = sample_set(source, notes)
        bank.write_set(out, samples, QUALITY[source.kind])
        seconds = len(samples.sound) / BANK_RATE
        told.append(
            f"{source.name}: {len(samples.start)} of {len(notes)} samples, {seconds:.0f} s, "
            f"{(out / (source.name + '.ogg')).stat().st_size / 1e6:.1f} MB, "
            f"median {100 * np.median(samples.pitch - samples.nominal):+.0f} cents"
        )
    if only:
        return told
    for number in range(additive.PIANOS):
        bank.write_set(out, additive_set(number), QUALITY["piano"])
    told.append(f"additive pianos: {additive.PIANOS}")
    rooms = room_responses(data / "rooms")
    if rooms:
        np.savez_compressed(out / bank.ROOMS, **{name: r.astype(np.float16) for name, r in rooms.items()})
    told.append(f"rooms: {len(rooms)}")
    return told


def _main(arguments: argparse.Namespace) -> int:
    for line in build_bank(Path(arguments.data), Path(arguments.out), arguments.only):
        print(line)
    return 0


def cli() -> int:
    """Parse, build, report."""
    parser = argparse.ArgumentParser(
        prog="python -m audio_to_body.preprocessing.note_sound.bank_building", description=__doc__
    )
    shared = os.environ.get("A2B_SHARED")
    default = Path(shared) / "data" if shared else Path("data")
    parser.add_argument("--data", default=default, help="folder with sounds/ and rooms/ (default: %(default)s)")
    parser.add_argument("--out", default=bank.bank_folder(), help="the bank (default: %(default)s)")
    parser.add_argument("--only", nargs="+", default=[], metavar="SET", help="renew these sets alone")
    return run_command(_main, parser.parse_args())


if __name__ == "__main__":
    sys.exit(cli())
