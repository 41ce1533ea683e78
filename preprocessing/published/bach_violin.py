"""Real violin recordings with their notes: a folder of the Bach Violin Dataset as performances.

The folder is ``bach-violin-dataset`` of Hao-Wen Dong et al. (ICASSP 2022): ``info.csv``, ``notes/``, ``alignments/``,
``scores/`` and whatever recordings of ``audio/`` a person has. The notes of a recording are aligned to its sound
anew (:mod:`audio_to_body.sound.note_alignment`); slurs and metre come from the scores.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.musician.performance import Performance
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.rates import AUDIO_RATE, NETWORK_RATE, steps_in
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.audio import decode_audio, mono, rms_normalise
from audio_to_body.sound.features import log_energy, windows_at
from audio_to_body.sound.note_alignment import Section, align_notes

TICKS_PER_QUARTER = 24  # of the dataset's note lists
WRITTEN_QUARTER = 1.0  # s; a tick is then longer than what makes notes one chord
LEVEL_SAMPLES = 1024  # of the window whose mean square is a moment's level, centred on it
AUDIO_KINDS = (".mp3", ".opus", ".wav", ".flac")
CHORD_SPREAD = 0.035  # s between the notes of a broken chord, low to high
AROUND_SECONDS = 1.0  # of a recording that are kept before and after a movement
LONGEST_EVENT = 4.0  # s that the last note of a recording is taken to sound
_BLOCK = 1024  # windows at once
SOUNDING_DB = -38.0  # dB below the recording's average: a note has ended
TYPICAL_VELOCITY = 0.62  # of a note at the recording's average level; 40 dB make the whole range


@dataclass(frozen=True)
class Recording:
    """A real recording and what is played in it.

    Attributes
    ----------
    name : str
    sound : np.ndarray, float32 [samples]
        Mono, RMS 0 dB; the movement alone.
    music : Performance
        Onsets snapped to the sound, velocities from its loudness, slurs and metric strength from the score.
    """

    name: str
    sound: np.ndarray
    music: Performance


def recordings(folder: str | os.PathLike[str], audio: str | os.PathLike[str] | None = None) -> list[str]:
    """Names of the movements whose sound, notes, alignment and score are all there, sorted.

    Parameters
    ----------
    folder : path
    audio : path, optional
        Where the sound lies, if that is not in the folder.
    """
    folder = Path(folder)
    if not (folder / "info.csv").is_file():
        raise BadInput(f"{folder} is not a copy of the Bach Violin Dataset (no info.csv)")
    return sorted(name for name, row in _info(str(folder)).items() if _complete(folder, row, audio))


def read_recording(
    folder: str | os.PathLike[str], name: str, audio: str | os.PathLike[str] | None = None
) -> Recording:
    """A movement as it really sounds, with its notes.

    Parameters
    ----------
    folder : path
    name : str
    audio : path, optional
        Where the sound lies, if that is not in the folder.

    Raises
    ------
    BadInput
        If the movement is not there, or its files do not belong together.
    """
    folder = Path(folder)
    row = _info(str(folder)).get(name)
    sound_file = None if row is None or not _complete(folder, row, audio) else _audio(folder, row, audio)
    if row is None or sound_file is None:
        raise BadInput(f"{folder} has no movement '{name}' with sound, notes, alignment and score")
    whole = decode_audio(sound_file)  # may hold a whole partita
    first = max(_seconds(row["start"]) - AROUND_SECONDS, 0.0)
    last = _seconds(row["end"]) + AROUND_SECONDS
    sound = mono(rms_normalise(whole[:, int(first * AUDIO_RATE) : int(last * AUDIO_RATE)]))
    notes, _, _ = notes_and_alignment(folder, name)
    return Recording(name, sound, _performance(sound, notes, folder, row))


def movement_rows(folder: Path) -> dict[str, dict[str, str]]:
    """The lines of ``info.csv`` by movement."""
    return _info(str(folder))


def score_path(folder: Path, score: str) -> Path:
    """Where a movement's MusicXML lies."""
    return folder / "scores" / score.rsplit("_mov")[0] / f"{score}.mxl"


def has_timing(folder: Path, row: dict[str, str]) -> bool:
    """Whether a movement's notes, alignment and score are there, with or without the recording."""
    lists = [folder / kind / row["collection"] / f"{row['filename']}.csv" for kind in ("notes", "alignments")]
    return score_path(folder, row["score_filename"]).is_file() and all(p.is_file() for p in lists)


def notes_and_alignment(folder: Path, name: str) -> tuple[np.ndarray, np.ndarray, dict[str, str]]:
    """A movement's notes (onset, offset in ticks, pitch, velocity), their start and end in seconds, its list entry.

    Raises
    ------
    BadInput
        If the movement is not there, or its files do not belong together.
    """
    row = _info(str(folder)).get(name)
    if row is None or not has_timing(folder, row):
        raise BadInput(f"{folder} has no movement '{name}' with notes, alignment and score")
    notes = _table(folder / "notes" / row["collection"] / f"{name}.csv")
    aligned = _table(folder / "alignments" / row["collection"] / f"{name}.csv")
    if len(notes) != len(aligned):
        raise BadInput(f"the notes and the alignment of '{name}' differ in length ({len(notes)} and {len(aligned)})")
    return notes, aligned, row


def score_marks(folder: Path, score: str) -> tuple[set[tuple[int, int]], dict[int, float]]:
    """Which notes (tick, pitch) of a movement continue a slur, and the metric strength of every tick."""
    return _score_marks(score_path(folder, score).parent, {"score_filename": score})


def _performance(sound: np.ndarray, notes: np.ndarray, folder: Path, row: dict[str, str]) -> Performance:
    written = notes[:, :2] / TICKS_PER_QUARTER * WRITTEN_QUARTER
    observed = instrument_named("violin").part("hearer")("violin", sound)
    played = align_notes(observed, written[:, 0], written[:, 1], notes[:, 2].astype(np.int64))
    if not len(played.note):
        raise BadInput(f"nothing of the notes of '{row['filename']}' is heard in its recording")
    level = _level(sound)
    slurred_at, strength_at = _score_marks(folder / "scores" / row["score_filename"].rsplit("_mov")[0], row)
    columns: dict[str, list[Any]] = {k: [] for k in ("onset", "end", "pitch", "velocity", "slurred", "strength")}
    for begin, end, own in _chords(played.sections, observed.lag, written[:, 0]):
        heard = level[int(begin * NETWORK_RATE) : max(int(end * NETWORK_RATE), int(begin * NETWORK_RATE) + 2)]
        end = begin + _sounding(heard, end - begin)
        loud = float(np.quantile(heard, 0.8)) if len(heard) else SOUNDING_DB
        velocity = float(np.clip(TYPICAL_VELOCITY + loud / 40.0, 0.15, 1.0))
        spread = min(CHORD_SPREAD, 0.3 * (end - begin) / len(own))
        for place, note in enumerate(sorted(own, key=lambda i: notes[i, 2])):
            onset = begin + place * spread
            key = (round(float(notes[note, 0])), int(notes[note, 2]))
            columns["onset"].append(onset)
            columns["end"].append(max(end, onset + 0.04))
            columns["pitch"].append(key[1])
            columns["velocity"].append(velocity)
            columns["slurred"].append(key in slurred_at)
            columns["strength"].append(strength_at.get(key[0], 0.0625))
    count = len(columns["onset"])
    return Performance(
        onset=np.array(columns["onset"], np.float64),
        end=np.array(columns["end"], np.float64),
        pitch=np.array(columns["pitch"], np.int64),
        velocity=np.array(columns["velocity"], np.float64),
        hand=np.zeros(count, np.int64),
        slurred=np.array(columns["slurred"], bool),
        strength=np.array(columns["strength"], np.float64),
        phrase=np.arange(count, dtype=np.int64) // 32,
    )


def _chords(sections: list[Section], lag: float, written: np.ndarray) -> Iterator[tuple[float, float, np.ndarray]]:
    """When notes that begin together begin, when the next ones do, and which they are."""
    for section in sections:
        follows = np.append(section.begins[1:], min(section.end, section.begins[-1] + LONGEST_EVENT))
        for begin, end, moment in zip(section.begins, follows, section.written):
            yield float(begin) + lag, float(end) + lag, np.flatnonzero(written == moment)


def _level(sound: np.ndarray) -> np.ndarray:
    """dB about the recording's average, float64 [steps at :data:`NETWORK_RATE`]."""
    steps = np.arange(steps_in(len(sound), NETWORK_RATE))
    starts = np.rint(steps * AUDIO_RATE / NETWORK_RATE).astype(np.int64) - LEVEL_SAMPLES // 2
    blocks = (windows_at(sound, starts[i : i + _BLOCK], LEVEL_SAMPLES) for i in range(0, len(starts), _BLOCK))
    energy = np.concatenate([log_energy(block)[:, 0] for block in blocks])
    return 10 / np.log(10) * energy.astype(np.float64)


def _sounding(level: np.ndarray, seconds: float) -> float:
    """How much of an event sounds: until its level has fallen for good."""
    loud = np.flatnonzero(level > SOUNDING_DB)
    return seconds if len(loud) == 0 else min((loud[-1] + 1) / NETWORK_RATE, seconds)


def _score_marks(folder: Path, row: dict[str, str]) -> tuple[set[tuple[int, int]], dict[int, float]]:
    """Which notes (tick, pitch) continue a slur, and the metric strength of every tick, repeats played out."""
    import warnings

    import music21

    path = folder / f"{row['score_filename']}.mxl"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        part: Any = music21.converter.parse(path).parts[0]
        played: Any = part.expandRepeats()
    slurred: set[tuple[int, float, int]] = set()  # by bar number, place in the bar, pitch
    for slur in part.recurse().getElementsByClass(music21.spanner.Slur):
        first, last = slur.getFirst(), slur.getLast()
        begin, end = (float(n.getOffsetInHierarchy(part)) for n in (first, last))
        for note in part.flatten().notes:
            if begin < float(note.offset) <= end:
                slurred |= {(note.measureNumber, round(float(note.beat), 3), int(p.midi)) for p in note.pitches}
    marks: set[tuple[int, int]] = set()
    strength: dict[int, float] = {}
    for bar in played.getElementsByClass(music21.stream.Measure):
        for note in bar.flatten().notes:
            tick = round((float(bar.offset) + float(note.offset)) * TICKS_PER_QUARTER)
            strength[tick] = float(note.beatStrength)
            for p in note.pitches:
                if (bar.number, round(float(note.beat), 3), int(p.midi)) in slurred:
                    marks.add((tick, int(p.midi)))
    return marks, strength


@lru_cache(maxsize=4)
def _info(folder: str) -> dict[str, dict[str, str]]:
    with open(Path(folder) / "info.csv", encoding="utf-8", newline="") as file:
        return {row["filename"]: row for row in csv.DictReader(file)}


def _audio(folder: Path, row: dict[str, str], elsewhere: str | os.PathLike[str] | None) -> Path | None:
    stem = Path(row["source_filename"]).stem
    places = [folder / "audio", folder / "audio" / row["collection"]]
    for place in places if elsewhere is None else [Path(elsewhere)]:
        for kind in AUDIO_KINDS:
            if (place / f"{stem}{kind}").is_file():
                return place / f"{stem}{kind}"
    return None


def _complete(folder: Path, row: dict[str, str], audio: str | os.PathLike[str] | None = None) -> bool:
    return _audio(folder, row, audio) is not None and has_timing(folder, row)


def _table(path: Path) -> np.ndarray:
    try:
        return np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} is not a table of the Bach Violin Dataset ({error})") from error


def _seconds(clock: str) -> float:
    hours, minutes, seconds = (float(part) for part in clock.split(":"))
    return 3600 * hours + 60 * minutes + seconds
