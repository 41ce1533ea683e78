"""Build the bank of what is at hand.

Every set that is at hand is decoded, brought to mono 24 kHz, trimmed to its note, and measured: where it begins, at
which pitch it really sounds, which part of a bowed note goes on evenly. A set that is not there is left out with a
word.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from audio_to_body.preprocessing.note_sound import additive, bank
from audio_to_body.preprocessing.note_sound.recorded_notes import (
    LONGEST,
    Recorded,
    place_of,
    read_wave,
    recorded_notes,
)
from audio_to_body.preprocessing.note_sound.sample_measures import (
    BANK_RATE,
    PREROLL,
    envelope,
    first_onset,
    measured_pitch,
    rise_seconds,
    steady_part,
    trimmed,
)
from audio_to_body.preprocessing.note_sound.sources import Source, sources_of
from audio_to_body.skeleton.files import write_arrays
from audio_to_body.skeleton.refusal import BadInput

QUALITY = {"piano": 0.3, "violin": 0.4}  # of Vorbis
LEAST_CLARITY = 0.25  # bels by which partials stand out where they should be
FARTHEST_PITCH = 0.45  # semitones that a sample may be off its name
# s from a note's beginning to half of its level; slower ones begin nobody knows when (sections, swelling bows)
SLOWEST_RISE = {bank.STRUCK: 0.04, bank.BOWED: 0.14, bank.SHORT: 0.06, bank.PLUCKED: 0.02, bank.HARMONIC: 0.14}
AUDIBLE = 0.025  # of its greatest level: a note is taken to sound until there
LONGEST_ROOM = 3.0  # s of an impulse response that are kept


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
        try:
            notes = list(recorded_notes(source, data))
            samples = sample_set(source, notes)
        except BadInput as refusal:
            told.append(f"{source.name}: {refusal}; left out")
            continue
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
        halves = {name: response.astype(np.float16) for name, response in rooms.items()}
        write_arrays(out / bank.ROOMS, halves, level=bank.ZLIB_LEVEL)
    told.append(f"rooms: {len(rooms)}")
    return told
