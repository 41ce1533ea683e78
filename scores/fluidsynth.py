"""A part's sound from FluidSynth, where it is installed: a part becomes a MIDI file, and that a WAV file."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.scores.piece import Part
from audio_to_body.scores.sounding import BLOCK, PEAK, PIZZICATO
from audio_to_body.skeleton.files import TEMPORARY, refused
from audio_to_body.skeleton.instruments import Instrument
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.skeleton.refusal import BadInput

PROGRAM = "fluidsynth"
GAIN = 0.5  # at which no chord is cut off; what comes is raised to the same peak as the project's own sound
TICKS = 960  # a quarter note; a second, as the tempo is 60


def write_sound(
    part: Part, instrument: Instrument, samples: int, path: str | os.PathLike[str], font: Path, seed: int = 0
) -> None:
    """As :func:`audio_to_body.scores.sounding.write_sound`; FluidSynth draws nothing, so the seed changes nothing.

    Raises
    ------
    BadInput
        If FluidSynth is not installed or cannot play the font.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise BadInput("FluidSynth is not installed; install it, or leave --fluidsynth out: samples sound without it")
    with refused(TEMPORARY):
        folder = tempfile.mkdtemp()
    try:
        score, played = Path(folder) / "part.mid", Path(folder) / "part.wav"
        as_midi(part, instrument).save(score)
        order = [program, "-ni", "-q", "-g", str(GAIN), "-r", str(AUDIO_RATE), "-T", "wav", "-O", "s16"]
        done = subprocess.run([*order, "-F", str(played), str(font), str(score)], capture_output=True, check=False)
        if done.returncode or not played.is_file() or played.stat().st_size < 1024:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise BadInput(f"FluidSynth cannot play {font} ({said[0] if said else 'it says nothing'})")
        _cut(played, path, samples)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def as_midi(part: Part, instrument: Instrument) -> Any:
    """A part as a MIDI file: a second a quarter, bowed or struck on channel 1, plucked on channel 2."""
    import mido

    file, track = mido.MidiFile(ticks_per_beat=TICKS), mido.MidiTrack()
    file.tracks.append(track)
    track.append(mido.MetaMessage("set_tempo", tempo=1_000_000))
    track.append(mido.Message("program_change", channel=0, program=instrument.programmes[0]))
    track.append(mido.Message("program_change", channel=1, program=PIZZICATO))
    events: list[tuple[int, int, int, int, int]] = []  # tick, on, channel, pitch, velocity; ends come first
    notes = part.notes
    ends = notes.end if instrument.bowed else notes.sounding_end
    for onset, end, pitch, velocity, plucked in zip(
        notes.onset.tolist(), ends.tolist(), notes.pitch.tolist(), notes.velocity.tolist(), notes.plucked.tolist()
    ):
        first = round(onset * TICKS)
        channel = int(plucked)
        events.append((first, 1, channel, pitch, min(max(round(velocity), 1), 127)))
        events.append((max(round(end * TICKS), first + 1), 0, channel, pitch, 0))
    at = 0
    for tick, on, channel, pitch, velocity in sorted(events):
        kind = "note_on" if on else "note_off"
        track.append(mido.Message(kind, channel=channel, note=pitch, velocity=velocity, time=tick - at))
        at = tick
    return file


def _cut(source: Path, target: str | os.PathLike[str], samples: int) -> None:
    """Copy so many samples of a 16-bit WAV file, raised to the usual peak, with silence where it has fewer."""
    loudest = max((int(np.abs(block.astype(np.int32)).max(initial=0)) for block in _blocks(source)), default=0)
    gain = PEAK * 32767 / max(loudest, 1)
    with wave.open(os.fspath(target), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(AUDIO_RATE)
        left = samples
        for block in _blocks(source):
            part = block[: 2 * left]
            out.writeframesraw(np.round(part * gain).astype("<i2").tobytes())
            left -= len(part) // 2
        for count in [BLOCK] * (left // BLOCK) + [left % BLOCK]:
            out.writeframesraw(bytes(4 * count))


def _blocks(path: Path) -> Iterator[np.ndarray]:
    """The samples of a stereo file, both channels in turn."""
    with wave.open(os.fspath(path), "rb") as file:
        while data := file.readframes(BLOCK):
            yield np.frombuffer(data, "<i2")
