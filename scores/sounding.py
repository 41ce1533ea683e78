"""A part's sound from the samples of a sound font, ten seconds at a time: any length needs the same memory."""

from __future__ import annotations

import os
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from audio_to_body.musician.performance import CHORD_GAP
from audio_to_body.scores.piece import Part
from audio_to_body.scores.tones import DARK, STRUCK_RELEASE, bowed_tone, samples_of, struck_tone, zone_of
from audio_to_body.skeleton.instruments import Instrument
from audio_to_body.skeleton.notes import LOUDEST, Notes
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.sound_fonts import Zone, general_midi_font, read_zones

PIZZICATO = 45  # General MIDI program
BLOCK = 10 * AUDIO_RATE  # samples made at once
LONGEST_TONE = 30.0  # s: a longer struck note has died away, a longer bowed one changes bow
ROOM_SECONDS, ROOM_LEVEL = 0.9, -18.0  # s until -60 dB, dB below the direct sound
EARLY = 0.012  # s before the first echo
PEAK = 0.45  # of full scale that the loudest chord is to reach, about
CHORD_PEAK = 0.6  # of the sum of its notes' amplitudes that a chord reaches
VIBRATO, VIBRATO_DEPTH, VIBRATO_FROM = 5.7, 0.2, 0.3  # Hz, semitones, s from which a note gets it
HISS = 0.008  # of the hair


def font_of(path: str | os.PathLike[str] | None) -> Path:
    """The sound font that is named, else the General MIDI font that comes with the installation.

    Raises
    ------
    BadInput
        If there is none.
    """
    if path is not None:
        if not Path(path).is_file():
            raise BadInput(f"there is no sound font {path}")
        return Path(path)
    font = general_midi_font()
    if font is None:
        raise BadInput("there are no samples to make sound of; name a sound font by --sound-font FILE.sf2")
    return font


def write_sound(
    part: Part, instrument: Instrument, samples: int, path: str | os.PathLike[str], font: Path, seed: int = 0
) -> None:
    """Write a part's sound as a 16-bit stereo WAV file of that many samples.

    Parameters
    ----------
    part : Part
    instrument : Instrument
    samples : int
        At 44.1 kHz.
    path : path
    font : Path
        A sound font whose bank 0 is General MIDI.
    seed : int
        Draws tuning, room and noise.

    Raises
    ------
    BadInput
        If the font cannot be read or lacks the instrument.
    """
    rng = np.random.default_rng([seed, 0x50D])
    notes = _ringing(part.notes, instrument.bowed)
    tones = Bowed(notes, font, instrument, rng) if instrument.bowed else Struck(notes, font, instrument, rng)
    gain = np.float32(PEAK / max(loudest_moment(notes), 1e-3))
    with wave.open(os.fspath(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(AUDIO_RATE)
        for block in in_a_room(mixed(tones, notes, samples), rng):
            loud = np.tanh(gain * block)  # chords beyond what was reckoned with are rounded, not cut
            file.writeframesraw(np.round(loud.T * 32767).astype("<i2").tobytes())


def _ringing(notes: Notes, bowed: bool) -> Notes:
    """The notes with ends at which they have died away: a key struck anew ends what rings on of it."""
    end = notes.end.copy() if bowed else notes.sounding_end.copy()
    latest: dict[int, int] = {}
    for i, pitch in enumerate(notes.pitch.tolist()):
        if pitch in latest:
            before = latest[pitch]
            end[before] = max(min(end[before], notes.onset[i]), notes.onset[before])
        latest[pitch] = i
    end = np.minimum(end, notes.onset + LONGEST_TONE)
    return Notes(notes.onset, end, notes.pitch, notes.velocity, end, notes.stroke, notes.plucked)


def loudest_moment(notes: Notes) -> float:
    """Amplitude of the loudest note, or of the loudest chord."""
    amplitude = 10 ** (2.0 * (notes.velocity / LOUDEST - 1.0))
    times = np.concatenate([notes.onset, notes.end])
    change = np.concatenate([amplitude, -amplitude])
    order = np.lexsort((change, times))
    return max(float(amplitude.max(initial=0.0)), CHORD_PEAK * float(np.cumsum(change[order]).max(initial=0.0)))


class Struck:
    """Tones of keys."""

    def __init__(self, notes: Notes, font: Path, instrument: Instrument, rng: np.random.Generator) -> None:
        self.notes = notes
        self._zones = read_zones(font, 0, instrument.programmes[0])
        self._tuning = float(rng.normal(0, 0.03))

    def tone(self, number: int) -> np.ndarray:
        """A note's sound, float32."""
        return _struck(self.notes, number, self._zones, self._tuning)


class Bowed:
    """Tones of a bow: a stroke sets in anew, under a slur the tone goes on; plucked notes have their own samples."""

    def __init__(self, notes: Notes, font: Path, instrument: Instrument, rng: np.random.Generator) -> None:
        self.notes = notes
        self._zones = read_zones(font, 0, instrument.programmes[0])
        self._plucked: Sequence[Zone] = read_zones(font, 0, PIZZICATO) if notes.plucked.any() else ()
        noise = rng.normal(0, 1, AUDIO_RATE).astype(np.float32)
        self._noise = noise - np.convolve(noise, DARK, mode="same")
        self._aside = rng.normal(0, 0.04, len(notes))  # semitones by which a finger misses
        self._from = rng.integers(AUDIO_RATE, size=len(notes))
        chord = np.concatenate([[False], np.diff(notes.onset) <= CHORD_GAP])
        self._goes_on = np.append(~(notes.stroke | chord)[1:], False)  # into the next note, under a slur

    def tone(self, number: int) -> np.ndarray:
        """A note's sound, float32."""
        notes = self.notes
        if notes.plucked[number]:
            return _struck(notes, number, self._plucked, 0.0)
        pitch, velocity = float(notes.pitch[number]), float(notes.velocity[number]) / LOUDEST
        begins, goes_on = bool(notes.stroke[number]), bool(self._goes_on[number])
        seconds = float((notes.onset[number + 1] if goes_on else notes.end[number]) - notes.onset[number])
        seconds = min(max(seconds, 0.03), LONGEST_TONE)
        count = samples_of(seconds) + samples_of(0.014 if goes_on else 0.045)
        zone = zone_of(self._zones, pitch, velocity * LOUDEST)
        time = np.arange(count, dtype=np.float32) / AUDIO_RATE
        depth = VIBRATO_DEPTH if seconds > VIBRATO_FROM else 0.0
        swing = depth * np.sin(2 * np.pi * VIBRATO * (time + notes.onset[number])) * np.clip(time / 0.25, 0, 1)
        step = zone.rate / AUDIO_RATE * 2.0 ** ((pitch + self._aside[number] - zone.root + swing) / 12)
        scratch = np.take(self._noise, np.arange(count) + self._from[number], mode="wrap")
        attack = 0.028 + 0.03 * (1 - velocity) if begins else 0.010
        return bowed_tone(zone, step, velocity, seconds, attack, scratch, HISS, begins)


def _struck(notes: Notes, number: int, zones: Sequence[Zone], tuning: float) -> np.ndarray:
    velocity, pitch = float(notes.velocity[number]), float(notes.pitch[number])
    held = samples_of(float(notes.end[number] - notes.onset[number]))
    zone = zone_of(zones, pitch, velocity)
    return struck_tone(zone, pitch, tuning, velocity / LOUDEST, held, held + samples_of(STRUCK_RELEASE))


def mixed(tones: Struck | Bowed, notes: Notes, samples: int) -> Iterator[np.ndarray]:
    """All tones together, block after block, float32 [block]."""
    first = np.floor(notes.onset * AUDIO_RATE).astype(np.int64)
    order = np.argsort(first, kind="stable")
    ahead = np.zeros(0, np.float32)  # what begun tones still have to sound
    next_note = 0
    for start in range(0, samples, BLOCK):
        count = min(BLOCK, samples - start)
        room = np.zeros(max(count, len(ahead)), np.float32)
        room[: len(ahead)] = ahead
        while next_note < len(order) and first[order[next_note]] < start + count:
            number = int(order[next_note])
            tone, at = tones.tone(number), int(first[number]) - start
            if at + len(tone) > len(room):
                room = np.concatenate([room, np.zeros(at + len(tone) - len(room), np.float32)])
            room[at : at + len(tone)] += tone
            next_note += 1
        yield room[:count]
        ahead = room[count:]


def in_a_room(blocks: Iterator[np.ndarray], rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Put dry blocks into a small hall: float32 [2, block], as many samples as come."""
    count = int(ROOM_SECONDS * AUDIO_RATE)
    size = 1 << (BLOCK + count - 1).bit_length()
    response = rng.normal(0, 1, (2, count)) * 10 ** (-3.0 * np.arange(count) / count)
    response[:, : int(EARLY * AUDIO_RATE)] = 0
    for channel in response:  # halls swallow the highest partials
        channel[:] = np.convolve(channel, [0.25, 0.5, 0.25], mode="same")
        channel *= 10 ** (ROOM_LEVEL / 20) / np.sqrt(np.sum(channel**2))
        channel[0] = 1.0
    turned = np.fft.rfft(response, size)
    rest = np.zeros((2, count), np.float32)
    for block in blocks:
        wet = np.fft.irfft(turned * np.fft.rfft(block, size), size)[:, : len(block) + count].astype(np.float32)
        wet[:, :count] += rest[:, : wet.shape[1]][:, :count]
        yield wet[:, : len(block)]
        rest = wet[:, len(block) :]
