"""Samples of a preset of a sound font (``.sf2``, or ``.sf3`` with Ogg Vorbis inside).

Only what a note's wave needs is read: samples, loops, tuning, key and velocity ranges, the volume envelope. Source:
SoundFont technical specification 2.04, sections 6 to 8.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from audio_to_body.skeleton.refusal import BadInput

_HEADERS = {  # the hydra's records, sections 7.2 to 7.10
    "phdr": [("name", "S20"), ("preset", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("rest", "S12")],
    "pbag": [("gen", "<u2"), ("mod", "<u2")],
    "pgen": [("oper", "<u2"), ("amount", "<i2")],
    "inst": [("name", "S20"), ("bag", "<u2")],
    "ibag": [("gen", "<u2"), ("mod", "<u2")],
    "igen": [("oper", "<u2"), ("amount", "<i2")],
    "shdr": [
        ("name", "S20"),
        ("start", "<u4"),
        ("end", "<u4"),
        ("loop_start", "<u4"),
        ("loop_end", "<u4"),
        ("rate", "<u4"),
        ("pitch", "u1"),
        ("correction", "i1"),
        ("link", "<u2"),
        ("type", "<u2"),
    ],
}
# generators, section 8.1.2
_LOOP_START, _LOOP_END, _LOOP_START_COARSE, _LOOP_END_COARSE = 2, 3, 45, 50
_HOLD, _DECAY, _SUSTAIN, _KEY_TO_DECAY = 35, 36, 37, 40
_INSTRUMENT, _KEYS, _VELOCITIES, _COARSE, _FINE, _SAMPLE, _MODES, _SCALE, _ROOT = 41, 43, 44, 51, 52, 53, 54, 56, 58
_RIGHT = 2  # sample type: the right channel of a pair, whose left one is taken
_VORBIS = 0x10  # sample type bit of .sf3
_HEARD = 96.0  # dB from full scale to nothing in 16 bits
_FULL_DECAY = 100.0  # dB that the decay time is counted for, section 8.1.3


@dataclass(frozen=True)
class FontSample:
    """A sample of a preset, as it sounds on the key for which it was recorded.

    Attributes
    ----------
    pitch : float
        MIDI pitch at which the wave sounds, by the font's word.
    keys, velocities : (int, int)
        MIDI keys and velocities that the sample serves.
    rate : int
        Samples per second.
    wave : np.ndarray, float32 [samples]
    """

    pitch: float
    keys: tuple[int, int]
    velocities: tuple[int, int]
    rate: int
    wave: np.ndarray


@dataclass(frozen=True)
class Zone:
    """A recorded sample and the keys it serves.

    Attributes
    ----------
    low, high : int
        MIDI pitches.
    root : float
        MIDI pitch, with cents, at which the sample sounds when played at its own rate.
    rate : float
        Samples per second of the recording.
    loop : (int, int)
        First and end sample of the loop; (0, 0) where it does not go on.
    decay : float
        dB per second that a held note loses.
    data : np.ndarray, float32
    velocities : (int, int)
        That it serves.
    """

    low: int
    high: int
    root: float
    rate: float
    loop: tuple[int, int]
    decay: float
    data: np.ndarray
    velocities: tuple[int, int] = (0, 127)


def general_midi_font() -> Path | None:
    """The General MIDI font that pretty_midi's package carries (TimGM6mb, GPL-2); None where it is not installed."""
    import importlib.util

    spec = importlib.util.find_spec("pretty_midi")
    path = None if spec is None or spec.origin is None else Path(spec.origin).parent / "TimGM6mb.sf2"
    return path if path is not None and path.is_file() else None


def read_zones(path: str | os.PathLike[str], bank: int, preset: int) -> tuple[Zone, ...]:
    """The samples of one preset with their loops, a zone for each range of keys.

    Raises
    ------
    BadInput
        If the file is no sound font, is damaged or lacks the preset.
    """
    zones = []
    with _opened(path) as (file, tables, pool):
        for entry in _entries(tables, path, bank, preset):
            wave, rate, loop = _sample(file, pool, entry)
            generators = entry.zone
            seconds = 2.0 ** (generators.get(_DECAY, -12000) / 1200)
            falls = generators.get(_SUSTAIN, 0) > 0
            fine = generators.get(_COARSE, 0) * 100 + generators.get(_FINE, 0) + int(entry.header["correction"])
            root = generators.get(_ROOT, -1)
            root = root if root >= 0 else int(entry.header["pitch"])
            loops = bool(generators.get(_MODES, 0) & 1) and 0 <= loop[0] < loop[1] <= len(wave)
            if not len(wave) or rate <= 0:
                continue
            zones.append(
                Zone(
                    *entry.keys,
                    root - fine / 100 - entry.tuning,
                    float(rate),
                    loop if loops else (0, 0),
                    float(_HEARD / max(seconds, 0.5)) if falls else 0.0,
                    wave,
                    entry.velocities,
                )
            )
    if not zones:
        raise BadInput(f"preset {bank}:{preset} of {path} holds no samples; choose another sound font")
    return tuple(zones)


def read_preset(path: str | os.PathLike[str], bank: int, preset: int, seconds: float) -> list[FontSample]:
    """The samples of one preset, each once, loops and decay played out.

    Parameters
    ----------
    path : path
        ``.sf2`` or ``.sf3``.
    bank, preset : int
        MIDI bank and program.
    seconds : float
        Length to which looped samples are played.

    Raises
    ------
    BadInput
        If the file is no sound font, is damaged or lacks the preset.
    """
    samples: dict[int, FontSample] = {}
    with _opened(path) as (file, tables, pool):
        for entry in _entries(tables, path, bank, preset):
            if entry.number in samples:  # the same sample under another filter
                known = samples[entry.number]
                velocities = _both(known.velocities, entry.velocities)
                samples[entry.number] = replace(known, velocities=velocities, keys=_both(known.keys, entry.keys))
            else:
                samples[entry.number] = _played(file, pool, entry, seconds)
    return list(samples.values())


class _Entry(NamedTuple):
    """A sample as a preset has it."""

    number: int
    header: np.void
    zone: dict[int, int]
    keys: tuple[int, int]
    velocities: tuple[int, int]
    tuning: float  # semitones by which the preset raises it


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[tuple[BinaryIO, dict[str, np.ndarray], int]]:
    """An open font with its tables and where the samples begin; whatever a damaged one brings about is refused."""
    try:
        with open(path, "rb") as file:
            yield (file, *_chunks(file, path))
    except BadInput:
        raise
    except OSError as error:
        raise BadInput(f"the sound font {path} cannot be read ({error.strerror or error})") from None
    except Exception:  # a damaged table points anywhere
        raise BadInput(f"{path} is a damaged sound font; fetch it again") from None


def _entries(tables: dict[str, np.ndarray], path: str | os.PathLike[str], bank: int, preset: int) -> Iterator[_Entry]:
    headers = tables["phdr"]
    found = np.flatnonzero((headers["preset"][:-1] == preset) & (headers["bank"][:-1] == bank))
    if not len(found):
        raise BadInput(f"{path} has no preset {bank}:{preset}; choose another sound font")
    bags = tables["inst"]["bag"]
    for generators in _zones(tables, "p", headers["bag"][found[0]], headers["bag"][found[0] + 1]):
        if _INSTRUMENT not in generators:
            continue
        outer = _range(generators.get(_VELOCITIES))
        tuning = generators.get(_COARSE, 0) + generators.get(_FINE, 0) / 100
        number = generators[_INSTRUMENT]
        for zone in _zones(tables, "i", bags[number], bags[number + 1]):
            if _SAMPLE not in zone:
                continue
            header = tables["shdr"][zone[_SAMPLE]]
            inner = _range(zone.get(_VELOCITIES))
            velocities = max(outer[0], inner[0]), min(outer[1], inner[1])
            if int(header["type"]) & 0xF == _RIGHT or velocities[0] > velocities[1]:
                continue
            yield _Entry(int(zone[_SAMPLE]), header, zone, _range(zone.get(_KEYS)), velocities, tuning)


def _chunks(file: BinaryIO, path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], int]:
    """The hydra's tables and where the sample data begin."""
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:12] != b"sfbk":
        raise BadInput(f"{path} is not a sound font (.sf2, .sf3)")
    tables: dict[str, np.ndarray] = {}
    pool = -1
    end = struct.unpack("<I", head[4:8])[0] + 8
    while file.tell() < end and len(chunk := file.read(8)) == 8:
        name, length = chunk[:4].decode("latin-1"), struct.unpack("<I", chunk[4:])[0]
        if name == "LIST":
            file.read(4)  # go into it
        elif name in _HEADERS:
            record = np.dtype(_HEADERS[name])
            tables[name] = np.frombuffer(file.read(length // record.itemsize * record.itemsize), record)
        else:
            if name == "smpl":
                pool = file.tell()
            file.seek(length + length % 2, os.SEEK_CUR)
    if pool < 0 or set(tables) != set(_HEADERS):
        raise BadInput(f"{path} is a damaged sound font; fetch it again")
    return tables, pool


def _zones(tables: dict[str, np.ndarray], level: str, first: int, end: int) -> list[dict[int, int]]:
    """Generators of each zone between two bags; those of a global zone count for the zones after it."""
    bags, generators = tables[f"{level}bag"]["gen"], tables[f"{level}gen"]
    last = _INSTRUMENT if level == "p" else _SAMPLE
    common: dict[int, int] = {}
    zones = []
    for bag in range(int(first), int(end)):
        own = {int(g["oper"]): int(g["amount"]) for g in generators[bags[bag] : bags[bag + 1]]}
        if bag == first and last not in own:
            common = own
        else:
            zones.append({**common, **own})
    return zones


def _range(amount: int | None) -> tuple[int, int]:
    return (0, 127) if amount is None else (amount & 0xFF, (amount >> 8) & 0xFF)


def _both(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return min(one[0], other[0]), max(one[1], other[1])


def _sample(file: BinaryIO, pool: int, entry: _Entry) -> tuple[np.ndarray, int, tuple[int, int]]:
    """The wave, its rate, and the loop in it."""
    header, zone = entry.header, entry.zone
    rate = int(header["rate"])
    start, end = int(header["start"]), int(header["end"])
    loop_start, loop_end = int(header["loop_start"]), int(header["loop_end"])
    if int(header["type"]) & _VORBIS:
        import soundfile

        file.seek(pool + start)
        wave, rate = soundfile.read(io.BytesIO(file.read(max(end - start, 0))), dtype="float32")
    else:
        file.seek(pool + 2 * start)
        data = file.read(2 * max(end - start, 0))
        wave = np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.float32) / 32768
        loop_start, loop_end = loop_start - start, loop_end - start
    loop_start += zone.get(_LOOP_START, 0) + 32768 * zone.get(_LOOP_START_COARSE, 0)
    loop_end += zone.get(_LOOP_END, 0) + 32768 * zone.get(_LOOP_END_COARSE, 0)
    return wave, rate, (loop_start, loop_end)


def _played(file: BinaryIO, pool: int, entry: _Entry, seconds: float) -> FontSample:
    zone, header = entry.zone, entry.header
    wave, rate, (loop_start, loop_end) = _sample(file, pool, entry)
    root = zone.get(_ROOT, -1)
    pitch = float(root if root >= 0 else header["pitch"])
    # what the font raises the sample by, the sample is too low
    pitch -= entry.tuning + zone.get(_COARSE, 0) + (zone.get(_FINE, 0) + int(header["correction"])) / 100
    count = int(seconds * rate)
    if zone.get(_MODES, 0) & 1 and 0 <= loop_start < loop_end <= len(wave):
        places = np.arange(max(count, 1))
        places = np.where(places < loop_end, places, loop_start + (places - loop_end) % (loop_end - loop_start))
        wave = wave[places]
    wave = wave[:count] * _envelope(zone, min(count, len(wave)), rate, pitch)
    return FontSample(pitch, entry.keys, entry.velocities, rate, wave.astype(np.float32))


def _envelope(zone: dict[int, int], count: int, rate: int, pitch: float) -> np.ndarray:
    """Hold, decay to the sustain level, which stays; float32 [count]."""
    hold = 2.0 ** (zone.get(_HOLD, -12000) / 1200)
    decay = 2.0 ** ((zone.get(_DECAY, -12000) + zone.get(_KEY_TO_DECAY, 0) * (60 - pitch)) / 1200)
    floor = min(max(zone.get(_SUSTAIN, 0) / 10.0, 0.0), _FULL_DECAY)
    fallen = np.clip((np.arange(count) / rate - hold) * _FULL_DECAY / max(decay, 1e-3), 0.0, floor)
    return (10 ** (-fallen / 20)).astype(np.float32)
