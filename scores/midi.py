"""MIDI files as they were played: tempo map, velocities, the sustain pedal.

Source: Standard MIDI Files 1.0 (RP-001). mido reads the bytes; what they mean in seconds and for a player is told
here. A part is one channel of one track.
"""

from __future__ import annotations

import io
import os
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from audio_to_body.scores.piece import MOST_NOTES, Marks, Part, Piece, counted
from audio_to_body.skeleton.files import read_beginning
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.refusal import BadInput

if TYPE_CHECKING:
    import mido

LARGEST = 4 << 20  # bytes; two hours of piano music take less than one MB
USUAL_TEMPO = 500_000  # microseconds a quarter note, until a file says otherwise
DRUMS = 9  # the channel of drums, from 0
SUSTAIN = 64  # controller
PEDAL_DOWN = 64  # values from which a pedal is down
OVERLAP = 0.02  # s by which a note outlasts the next one's beginning where a player slurs them
CENTS_ASIDE = 1 / 6  # semitones from which a bent note is told of: nearer the next key than tuning explains


def read_midi(path: str | os.PathLike[str]) -> Piece:
    """Read a MIDI file.

    Raises
    ------
    BadInput
        If it is no MIDI file, is damaged, holds no notes or drums alone, or its tempo stands still.
    """
    data = read_beginning(path, LARGEST)
    if len(data) > LARGEST:
        raise BadInput(f"{path} has more than {LARGEST >> 20} MB; no MIDI file of a piece is so large")
    return midi_of(data, str(path))


def midi_of(data: bytes, name: str) -> Piece:
    """Read a MIDI file's bytes; as :func:`read_midi`."""
    import mido

    start = data.find(b"MThd", 0, 1 << 12)  # a RIFF file (.rmi) has it inside
    if start < 0:
        raise BadInput(f"{name} is not a MIDI file (no MThd header)")
    try:
        file = mido.MidiFile(file=io.BytesIO(data[start:]), clip=True)
    except Exception as error:  # mido raises a dozen kinds for damaged files
        raise BadInput(
            f"{name} is a damaged MIDI file ({str(error) or 'it ends too soon'}); export it again"
        ) from None
    seconds = Clock.of(file, name)
    voices = [voice for number, track in enumerate(file.tracks) for voice in _voices(track, number, seconds)]
    if sum(len(voice.rows) for voice in voices) > MOST_NOTES:
        raise BadInput(f"{name} holds more than {MOST_NOTES:,} notes; nobody plays so many")
    held = sum(voice.without_end for voice in voices)
    parts = tuple(voice.part() for voice in voices if voice.rows)
    if not parts:
        raise BadInput(f"{name} holds no notes")
    if all(part.drums for part in parts):
        raise BadInput(f"{name} holds drums alone (channel 10); there is nothing to play on a violin or a piano")
    remarks = []
    if held:
        remarks.append(f"{counted(held)} without end in the file, held until the part's last event")
    if any(voice.bent for voice in voices):
        count = sum(voice.bent for voice in voices)
        remarks.append(f"{counted(count)} bent away from the keys, and played on them")
    return Piece(name, parts, tuple(remarks))


@dataclass(frozen=True)
class Clock:
    """Ticks to seconds.

    Attributes
    ----------
    ticks : list of int
        At which a tempo begins; the first is 0.
    at : list of float
        Seconds at those ticks.
    pace : list of float
        Seconds a tick from then on.
    """

    ticks: list[int]
    at: list[float]
    pace: list[float]

    @classmethod
    def of(cls, file: mido.MidiFile, name: str) -> Clock:
        """From all tempo changes of all tracks.

        Raises
        ------
        BadInput
            If time would stand still.
        """
        division = file.ticks_per_beat
        if division < 0:  # SMPTE: frames a second, and ticks a frame in the low byte
            frames, ticks = -(division >> 8), division & 0xFF
            rate = (30000 / 1001 if frames == 29 else frames) * ticks
            if rate <= 0:
                raise BadInput(f"{name} has no ticks in a frame of its time code; export it again")
            return cls([0], [0.0], [1.0 / rate])
        if division == 0:
            raise BadInput(f"{name} has no ticks in a quarter note, so that its notes have no times; export it again")
        changes: list[tuple[int, int]] = [(0, USUAL_TEMPO)]
        for track in file.tracks:
            tick = 0
            for message in track:
                tick += message.time
                if message.type == "set_tempo":
                    if message.tempo <= 0:
                        raise BadInput(
                            f"{name} has a tempo of 0 microseconds a quarter note, at which all notes would sound at "
                            "once; export it again"
                        )
                    changes.append((tick, message.tempo))
        changes.sort(key=lambda change: change[0])
        clock = cls([0], [0.0], [USUAL_TEMPO * 1e-6 / division])
        for tick, tempo in changes:
            now = clock.seconds(tick)
            if tick == clock.ticks[-1]:
                clock.pace[-1] = tempo * 1e-6 / division
            else:
                clock.ticks.append(tick)
                clock.at.append(now)
                clock.pace.append(tempo * 1e-6 / division)
        return clock

    def seconds(self, tick: int) -> float:
        """The moment of a tick."""
        last = bisect_right(self.ticks, tick) - 1
        return self.at[last] + (tick - self.ticks[last]) * self.pace[last]


@dataclass
class _Voice:
    """One channel of one track, as it is read."""

    name: str
    channel: int
    program: int = -1
    rows: list[list[float]] = field(default_factory=list)  # onset, end, pitch, velocity, sounding end
    sounding: dict[int, int] = field(default_factory=dict)  # pitch: row whose key is down
    ringing: list[int] = field(default_factory=list)  # rows that the pedal holds
    pedal: bool = False
    bend: float = 0.0  # semitones
    bent: int = 0
    without_end: int = 0

    def press(self, pitch: int, velocity: int, seconds: float) -> None:
        """A key goes down; where it was down, it was let go first."""
        self.release(pitch, seconds)
        self.sounding[pitch] = len(self.rows)
        self.rows.append([seconds, np.inf, pitch, velocity, np.inf])
        self.bent += abs(self.bend) > CENTS_ASIDE

    def release(self, pitch: int, seconds: float) -> None:
        """A key comes up."""
        row = self.sounding.pop(pitch, None)
        if row is None:
            return
        self.rows[row][1] = seconds
        if self.pedal:
            self.ringing.append(row)
        else:
            self.rows[row][4] = seconds

    def set_pedal(self, down: bool, seconds: float) -> None:
        """The sustain pedal moves."""
        self.pedal = down
        if not down:
            for row in self.ringing:
                self.rows[row][4] = seconds
            self.ringing.clear()

    def close(self, seconds: float) -> None:
        """The track is over."""
        self.without_end = len(self.sounding)
        for pitch in list(self.sounding):
            self.release(pitch, seconds)
        self.set_pedal(False, seconds)

    def part(self) -> Part:
        """The notes; two of one pitch never overlap."""
        table = np.array(self.rows, np.float64).reshape(-1, 5)
        table = table[np.lexsort((table[:, 2], table[:, 0]))]
        onset, end, pitch, velocity, ringing = table.T
        slurred = slurred_by_overlap(onset, end)
        notes = Notes(onset, end, pitch, velocity, np.maximum(ringing, end), ~slurred)
        marks = Marks.none(len(notes))
        marks.slurred[:] = slurred
        return Part(self.name, self.program, notes, marks, self.channel == DRUMS)


def slurred_by_overlap(onset: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Whether each note begins while an earlier one sounds and goes on sounding, bool [notes].

    A player of a MIDI keyboard or wind controller slurs by overlapping notes. Notes that begin together are one chord
    and share its first note's answer.
    """
    slurred = np.zeros(len(onset), bool)
    if len(onset) < 2:
        return slurred
    heads = np.flatnonzero(np.concatenate([[True], np.diff(onset) > OVERLAP]))
    latest = np.maximum.accumulate(end)
    bound = np.zeros(len(heads), bool)
    bound[1:] = latest[heads[1:] - 1] > onset[heads[1:]] + OVERLAP
    return np.repeat(bound, np.diff(np.append(heads, len(onset))))


def _voices(track: Iterable[Any], number: int, clock: Clock) -> list[_Voice]:
    """The channels of a track that hold notes, by the order in which they begin."""
    voices: dict[int, _Voice] = {}
    name, tick, seconds = "", 0, 0.0
    programs: dict[int, int] = {}
    for message in track:
        if message.time:
            tick += message.time
            seconds = clock.seconds(tick)
        kind = message.type
        if kind == "track_name":
            name = name or str(message.name).strip()
        if kind not in ("note_on", "note_off", "control_change", "program_change", "pitchwheel"):
            continue
        channel = message.channel
        if kind == "program_change":
            programs.setdefault(channel, message.program)
            continue
        voice = voices.get(channel)
        if voice is None:
            voice = voices[channel] = _Voice("", channel)
        if kind == "note_on" and message.velocity:
            voice.press(message.note, message.velocity, seconds)
        elif kind in ("note_on", "note_off"):
            voice.release(message.note, seconds)
        elif kind == "pitchwheel":
            voice.bend = message.pitch / 4096.0  # of two semitones either way, the usual range
        elif message.control == SUSTAIN:
            voice.set_pedal(message.value >= PEDAL_DOWN, seconds)
    several = sum(bool(voice.rows) for voice in voices.values()) > 1
    for channel, voice in voices.items():
        voice.close(seconds)
        voice.program = programs.get(channel, -1)
        voice.name = name or f"track {number + 1}"
        if several:
            voice.name += f", channel {channel + 1}"
    return list(voices.values())
