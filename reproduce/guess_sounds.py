"""Sounds by which the guess of the instrument is fitted and judged: solo pianos, solo violins, and what is neither.

Drawn, each with the instrument and the rooms it was made of, so that both can be left out together: every sampled
piano and violin of the bank, and of General MIDI fonts other instruments alone, ensembles and bands with and without
drums; babble, noise and silence; speech, where a program that speaks is installed.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from audio_to_body.preprocessing.note_sound.bank import Bank, read_bank
from audio_to_body.preprocessing.note_sound.drawing import draw
from audio_to_body.preprocessing.note_sound.note_library import read_library
from audio_to_body.preprocessing.note_sound.piano_notes import draw_piano_notes
from audio_to_body.preprocessing.note_sound.recording_chain import record
from audio_to_body.preprocessing.note_sound.silence import draw_no_notes
from audio_to_body.preprocessing.note_sound.violin_notes import draw_violin_music
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.note_resampling import NOTE_RATE
from audio_to_body.sound.sound_fonts import FontSample, read_preset

CLIP_SECONDS = 20.0
FOLDS = 4  # groups of rooms
SEED = 77
DRUM_BANK, DRUMS = 128, {"bass drum": 36, "snare": 38, "closed hat": 42, "open hat": 46, "tom": 45}
LOOPED_SECONDS = 3.0  # to which a font's looped samples are played
FADE = 800  # samples at a note's end
# General MIDI programmes; bowed strings but the violin are left out: a viola is a violin to most ears
MELODIES = (56, 57, 60, 64, 65, 66, 68, 70, 71, 72, 73, 74, 75, 22, 11, 80, 81)  # winds, harmonica, vibraphone, leads
CHORDS = (16, 19, 21, 24, 25, 26, 27, 29, 46, 48, 52, 61, 89)  # organs, accordion, guitars, harp, sections, pads
BASSES = (32, 33, 35, 38)
PIANO, VIOLIN = 0, 40
SPEAKERS = {
    "espeak-ng": ["en-us+m1", "en-gb+f2", "de+m3", "fr+f4", "es+m5", "ru+f1", "cmn+f3", "it+m7", "sv+f5", "hi+m2"],
    "flite": ["awb", "rms", "slt", "kal16"],
}
SENTENCES = (
    "The sound of the room was warm, and nobody in the audience had expected the second movement to begin so softly.",
    "Good evening. Before we begin, a few words about the composer, who wrote this work in the winter of his life.",
    "One, two, three, four! No, wait; let us take it again from the upbeat, a little slower, and watch the bass.",
    "Where is the station? It is not far: go straight on, turn left at the church, and you will see it.",
    "Yesterday the weather was fine; tomorrow, they say, it will rain in the north and snow above a thousand metres.",
    "I do not know what you mean by that, but I am willing to listen, if you explain it to me once more, slowly.",
)


@dataclass(frozen=True)
class GuessSound:
    """A sound and what plays in it.

    Attributes
    ----------
    choice : str
        ``piano``, ``violin`` or ``none``.
    made_of : str
        Sample set, font, speaker or recording: what is left out together.
    rooms : int
        Group of rooms that it was recorded in; -1 for a recording.
    sound : np.ndarray, float32 [samples]
        24 kHz.
    """

    choice: str
    made_of: str
    rooms: int
    sound: np.ndarray


def with_rooms(bank: Bank, group: int) -> Bank:
    """The bank with one group of its rooms."""
    return replace(bank, rooms={name: bank.rooms[name] for name in sorted(bank.rooms)[group::FOLDS]})


def solos(clips: int) -> Iterator[GuessSound]:
    """Every sampled piano and violin in every group of rooms; pianos that nobody has built count as one."""
    bank = read_bank()
    for instrument in ("piano", "violin"):
        everyone = [s.name for s in bank.of(instrument)]
        for set_name in sorted({name.split("_")[0] if "additive" in name else name for name in everyone}):
            others = [name for name in everyone if not name.startswith(set_name)]
            for number in range(clips):
                rng = np.random.default_rng([SEED, number, *set_name.encode()])
                group = number % FOLDS
                sound, notes = draw(instrument, rng, CLIP_SECONDS, others, with_rooms(bank, group))
                if len(notes) > 4:
                    yield GuessSound(instrument, set_name, group, sound)


def others(clips: int, fonts: Sequence[Path]) -> Iterator[GuessSound]:
    """What is neither: without notes, drums, another instrument alone, ensembles, bands; a kind at a time."""
    bank = read_bank()
    for number in range(clips):
        group = number % FOLDS
        rooms = with_rooms(bank, group).rooms
        rng = np.random.default_rng([SEED, number, 0x0F])
        yield GuessSound("none", "babble and noise", group, draw_no_notes(rng, CLIP_SECONDS, rooms))
        yield GuessSound("none", "noise", group, steady_noise(np.random.default_rng([SEED, number, 0x401])))
        for font in fonts:
            for kind in ("drums", "solo", "ensemble", "band"):
                rng = np.random.default_rng([SEED, number, *f"{font.stem} {kind}".encode()])
                dry = playing(font, kind, rng)
                if dry.any():
                    sound = record(dry.astype(np.float32), rng, rooms)
                    yield GuessSound("none", f"{font.stem}: {kind}", group, sound)


def steady_noise(rng: np.random.Generator) -> np.ndarray:
    """Noise between white and brown, even or in bursts that die away, float32 [samples], without a room."""
    count = round(CLIP_SECONDS * NOTE_RATE)
    hertz = np.maximum(np.fft.rfftfreq(count, 1 / NOTE_RATE), 20.0)
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(count)) * hertz ** -rng.uniform(0.0, 1.0), count)
    if rng.random() < 0.5:
        since = np.mod(np.arange(count), round(NOTE_RATE * rng.uniform(0.15, 1.0))) / NOTE_RATE
        noise *= np.exp(-since / rng.uniform(0.01, 0.2))
    return (noise * rng.uniform(0.01, 0.3) / np.sqrt(np.square(noise).mean())).astype(np.float32)


def playing(font: Path, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Others' music, float64 [samples], dry."""
    sound = np.zeros(round(CLIP_SECONDS * NOTE_RATE))
    if kind in ("drums", "band"):
        sound += 0.8 * drum_beat(font, rng)
    if kind == "solo":
        melody = rng.random() < 0.6
        return played(font, int(rng.choice(MELODIES if melody else CHORDS)), _melody(rng) if melody else _chords(rng))
    if kind in ("ensemble", "band"):
        # sometimes with the very instruments that must not be taken for a solo
        leads = [*MELODIES, *([PIANO, VIOLIN] * 4 if kind == "band" else [])]
        sound += rng.uniform(0.5, 1.2) * played(font, int(rng.choice(leads)), _melody(rng))
        sound += rng.uniform(0.4, 1.0) * played(font, int(rng.choice([*CHORDS, *[PIANO] * 4])), _chords(rng))
        if kind == "band" or rng.random() < 0.5:
            low = _melody(rng)
            sound += rng.uniform(0.5, 1.0) * played(
                font, int(rng.choice(BASSES)), replace(low, pitch=low.pitch % 12 + 36)
            )
    return sound


def _melody(rng: np.random.Generator) -> Notes:
    library = read_library("violin")
    if library is None:
        music = draw_violin_music(rng, CLIP_SECONDS, None)
        return music if isinstance(music, Notes) else music.notes
    part = library.excerpt(rng, CLIP_SECONDS)
    shift = int(rng.integers(-14, 6))
    return Notes(part.onset, part.end, np.clip(part.pitch + shift, 36, 96))


def _chords(rng: np.random.Generator) -> Notes:
    library = read_library("piano")
    if library is None or rng.random() < 0.3:
        return draw_piano_notes(rng, CLIP_SECONDS)
    part = library.excerpt(rng, CLIP_SECONDS)
    return Notes(part.onset, part.end, part.pitch)


def drum_beat(font: Path, rng: np.random.Generator) -> np.ndarray:
    """A drum kit at a beat that repeats, with fills and slips, float64 [samples]."""
    step, bar = 60.0 / rng.uniform(70, 170) / 2, int(rng.choice([6, 8, 8, 8, 16]))
    names = list(DRUMS)
    pattern = {name: rng.random(bar) < share for name, share in zip(names, (0.3, 0.25, 0.7, 0.1, 0.06))}
    rows = []
    for number in range(int(CLIP_SECONDS / step)):
        for name in names:
            if pattern[name][number % bar] != (rng.random() < 0.06):
                onset = max(0.0, number * step + rng.normal(0, 0.008))
                rows.append((onset, onset + 0.6, DRUMS[name], rng.uniform(40, 120)))
    onset, end, pitch, velocity = np.array(rows).T
    return played(font, 0, Notes(onset, end, pitch, velocity), DRUM_BANK)


@lru_cache(maxsize=64)
def _preset(font: Path, bank: int, programme: int) -> tuple[FontSample, ...]:
    try:
        return tuple(read_preset(font, bank, programme, LOOPED_SECONDS))
    except BadInput:
        return ()  # the font has no such preset


def played(font: Path, programme: int, notes: Notes, bank: int = 0) -> np.ndarray:
    """Notes on a preset of a font, float64 [samples], at an RMS of 0.1; silence where the font lacks it."""
    sound = np.zeros(round(CLIP_SECONDS * NOTE_RATE))
    samples = _preset(font, bank, programme)
    for onset, end, pitch, velocity in zip(notes.onset, notes.end, notes.pitch.tolist(), notes.velocity):
        serving = [s for s in samples if s.keys[0] <= pitch <= s.keys[1] and s.velocities[1] >= velocity]
        if not serving or onset >= CLIP_SECONDS:
            continue
        sample = serving[0]
        step = sample.rate / NOTE_RATE * (1.0 if bank else 2.0 ** ((pitch - sample.pitch) / 12))
        first = round(onset * NOTE_RATE)
        wanted = round((end - onset) * NOTE_RATE) + FADE
        count = min(len(sound) - first, wanted, int(len(sample.wave) / step) - 2)
        if count > 0:
            wave = np.interp(np.arange(count) * step, np.arange(len(sample.wave)), sample.wave)
            fade = np.minimum(1.0, (count - np.arange(count)) / FADE)
            sound[first : first + count] += velocity / 127 * wave * fade
    level = float(np.sqrt(np.square(sound).mean()))
    return sound * (0.1 / level) if level > 0 else sound


def speech(clips: int) -> Iterator[GuessSound]:
    """Sentences said by every voice of the programs that are installed, in drawn rooms."""
    from audio_to_body.sound.audio import decode_audio, mono
    from audio_to_body.sound.note_resampling import to_note_rate

    bank = read_bank()
    there = [(program, voice) for program in SPEAKERS if shutil.which(program) for voice in SPEAKERS[program]]
    for place, (program, voice) in enumerate(there):
        for number in range(clips):
            rng = np.random.default_rng([SEED, number, place])
            text = " ".join(rng.permutation(SENTENCES).tolist())
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "speech.wav"
                said = {
                    "espeak-ng": [
                        "espeak-ng",
                        "-v",
                        voice,
                        "-s",
                        str(int(rng.integers(120, 190))),
                        "-w",
                        str(path),
                        text,
                    ],
                    "flite": ["flite", "-voice", voice, "-t", text, "-o", str(path)],
                }[program]
                subprocess.run(said, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                dry = to_note_rate(mono(decode_audio(path)))[: round(CLIP_SECONDS * NOTE_RATE)]
            group = number % FOLDS
            yield GuessSound("none", f"{program} {voice}", group, record(dry, rng, with_rooms(bank, group).rooms))


def recorded(choice: str, folder: Path) -> Iterator[GuessSound]:
    """Clips of every recording in a folder; what is left out together is a recording."""
    from audio_to_body.reproduce.note_recordings import RECORDED, sound_at_note_rate

    length = round(CLIP_SECONDS * NOTE_RATE)
    for path in sorted(path for path in folder.iterdir() if path.suffix in (*RECORDED, ".wav", ".mp4")):
        sound = sound_at_note_rate(path) / np.float32(32768)
        for first in range(0, len(sound), length):
            if first == 0 or len(sound) - first > length // 3:
                yield GuessSound(choice, path.stem.split("_bwv")[0], -1, sound[first : first + length])
