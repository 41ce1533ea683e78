"""A bank: sampled instruments and rooms in a few small files, read with numpy and soundfile alone.

Each set is ``<set>.ogg`` (all of its samples one after the other, mono, 24 kHz) beside ``<set>.npz`` (where each
begins, at which pitch it sounds, how loud and of which kind it is); rooms are ``rooms.npz``. What is read is kept
decoded in the cache folder and mapped into memory, so that many processes share it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

import numpy as np

from audio_to_body.skeleton.cache import cache_folder
from audio_to_body.skeleton.files import read_arrays, replacing, write_arrays
from audio_to_body.skeleton.refusal import BadInput

STRUCK, BOWED, SHORT, PLUCKED, HARMONIC = range(5)  # kinds of samples
GAP = 2400  # samples of silence between two in the file, so that no codec smears one into the next
ROOMS = "rooms.npz"
ZLIB_LEVEL = 9  # banks travel


@dataclass(frozen=True)
class SampleSet:
    """The samples of one instrument.

    Attributes
    ----------
    name : str
    instrument : str
        ``piano`` or ``violin``.
    start, length : np.ndarray, int64 [samples]
        Place of each in ``sound``. The note begins ``PREROLL`` samples after the start.
    pitch : np.ndarray, float64 [samples]
        MIDI pitch at which it sounds, measured.
    nominal : np.ndarray, float64 [samples]
        MIDI pitch that it was recorded for.
    velocity : np.ndarray, float64 [samples]
        Middle of the velocities that it serves, 0 to 127.
    kind : np.ndarray, int64 [samples]
        STRUCK, BOWED, SHORT (spiccato, staccato, martelé), PLUCKED, HARMONIC.
    level : np.ndarray, float64 [samples]
        Greatest RMS over 50 ms, as it lies in ``sound``.
    recorded_level : np.ndarray, float64 [samples]
        The same as its maker left it: tells soft from loud where nobody has levelled the set.
    audible : np.ndarray, float64 [samples]
        Seconds after its beginning at which it has fallen by 32 dB.
    loop : np.ndarray, int64 [samples, 2]
        Begin and end of the even part of a bowed note, counted from its start; 0, 0 where there is none.
    vibrato : np.ndarray, bool [samples]
        Whether the player's finger swings already.
    sound : np.ndarray, int16 [total]
    """

    name: str
    instrument: str
    start: np.ndarray
    length: np.ndarray
    pitch: np.ndarray
    nominal: np.ndarray
    velocity: np.ndarray
    kind: np.ndarray
    level: np.ndarray
    recorded_level: np.ndarray
    audible: np.ndarray
    loop: np.ndarray
    vibrato: np.ndarray
    sound: np.ndarray

    def wave(self, number: int) -> np.ndarray:
        """One sample, float32."""
        first = int(self.start[number])
        return self.sound[first : first + int(self.length[number])].astype(np.float32) * np.float32(1 / 32768)


_ARRAYS = [f.name for f in fields(SampleSet) if f.name not in ("name", "instrument", "sound")]


@dataclass(frozen=True)
class Bank:
    """Everything that sound is made of.

    Attributes
    ----------
    sets : tuple of SampleSet
    rooms : dict of str to np.ndarray
        Impulse responses at 24 kHz, the direct sound first, float32.
    """

    sets: tuple[SampleSet, ...]
    rooms: dict[str, np.ndarray]

    def of(self, instrument: str, exclude: tuple[str, ...] | list[str] = ()) -> list[SampleSet]:
        """The sets of an instrument, some left out by name."""
        return [s for s in self.sets if s.instrument == instrument and s.name not in exclude]


def bank_folder() -> Path:
    """Where the bank lies: ``A2B_NOTE_BANK``, or ``data/note_bank``."""
    return Path(os.environ.get("A2B_NOTE_BANK") or "data/note_bank")


def write_set(folder: Path, samples: SampleSet, quality: float) -> None:
    """Write a set as ``.ogg`` and ``.npz``.

    Parameters
    ----------
    folder : path
    samples : SampleSet
    quality : float
        Of Vorbis, 0 to 1.
    """
    import soundfile

    from audio_to_body.preprocessing.note_sound.sample_measures import BANK_RATE

    with (
        replacing(folder / f"{samples.name}.ogg", ".ogg") as aside,
        soundfile.SoundFile(
            aside, "w", BANK_RATE, 1, format="OGG", subtype="VORBIS", compression_level=1.0 - quality
        ) as file,
    ):
        for first in range(0, len(samples.sound), 48_000):  # libsndfile cannot take long blocks of Vorbis
            file.write(samples.sound[first : first + 48_000])
    arrays = {name: getattr(samples, name) for name in _ARRAYS}
    write_arrays(
        folder / f"{samples.name}.npz", {**arrays, "instrument": np.array(samples.instrument)}, level=ZLIB_LEVEL
    )


def read_set(folder: Path, name: str) -> SampleSet:
    """Read a set of a bank.

    Raises
    ------
    BadInput
        If its files do not belong together.
    """
    packed = folder / f"{name}.ogg"
    with read_arrays(folder / f"{name}.npz", "a set of samples", "build the bank again") as file:
        arrays = {key: file[key] for key in _ARRAYS}
        instrument = str(file["instrument"])
    sound = _decoded(packed)
    if len(sound) < int((arrays["start"] + arrays["length"]).max(initial=0)):
        raise BadInput(f"{packed} is shorter than {name}.npz says; build the bank again")
    return SampleSet(name=name, instrument=instrument, sound=sound, **arrays)


def _decoded(packed: Path) -> np.ndarray:
    """The samples of an Ogg file, int16, mapped from the cache; decoded where they are not there yet."""
    stamp = packed.stat()
    cache = cache_folder("note-bank")
    kept = cache / f"{packed.stem}-{stamp.st_size}-{stamp.st_mtime_ns}.npy"
    if kept.is_file():
        return np.load(kept, mmap_mode="r")
    import soundfile

    sound, _ = soundfile.read(packed, dtype="int16")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        aside = cache / f"{kept.stem}-{os.getpid()}.part"
        with open(aside, "wb") as file:
            np.save(file, sound)
        os.replace(aside, kept)
        return np.load(kept, mmap_mode="r")
    except OSError:
        return sound  # a cache that cannot be written only costs memory


@lru_cache(maxsize=4)
def read_bank(folder: Path | None = None) -> Bank:
    """Read the bank; once in each process.

    Parameters
    ----------
    folder : path, optional
        Default :func:`bank_folder`.

    Raises
    ------
    BadInput
        If there is none.
    """
    folder = bank_folder() if folder is None else Path(folder)
    names = sorted(path.stem for path in folder.glob("*.ogg") if path.with_suffix(".npz").is_file())
    if not names:
        raise BadInput(f"{folder} holds no bank of sampled instruments; build one with make data-sounds")
    rooms: dict[str, np.ndarray] = {}
    if (folder / ROOMS).is_file():
        with read_arrays(folder / ROOMS, "a set of rooms", "build the bank again") as file:
            rooms = {name: file[name].astype(np.float32) for name in sorted(file)}
    return Bank(tuple(read_set(folder, name) for name in names), rooms)
