"""Recordings with written notes by which nets that hear notes are judged; none of them is trained on."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from audio_to_body.models.notes.judged import JudgedSound
from audio_to_body.skeleton.notes import LOUDEST, USUAL_VELOCITY, Notes
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.audio import decode_audio, mono
from audio_to_body.sound.note_resampling import NOTE_RATE, to_note_rate

HUMAN_SECONDS = 20.0  # of each clip of human hands
HELD_OUT_CLIPS = 8  # of the sampled instrument that training leaves out
STRUCK_SECONDS = 0.3  # how long a note is taken to last where only its beginning is written
WRITTEN_LATE = {"piano": 0.0, "violin": 0.03}  # s by which written times lie behind the sound: 20 to 40 ms, measured
BACH_RECORDINGS = (  # of the Bach Violin Dataset; no net that ships has heard them
    *(f"john-garner_bwv1002_mov{movement}" for movement in (6, 7, 8)),
    *(f"oliver-colbentson_bwv1006_mov{movement}" for movement in (4, 5, 6, 7)),
)
COLUMNS = ("start", "pitch", "duration", "velocity")  # where no line names them
RECORDED = (".ogg", ".flac", ".mp3")
PIANO_RECORDINGS = {"chopin_igoshina": "chopin_igoshina.csv", "madmom_stereo_sample": "madmom_stereo_sample.notes"}


def sound_at_note_rate(path: Path) -> np.ndarray:
    """Any recording as int16 [samples] at 24 kHz, mono."""
    sound = to_note_rate(mono(decode_audio(path)))
    return np.round(sound / max(1.0, float(np.abs(sound).max(initial=0.0))) * 32767.0).astype(np.int16)


def read_notes(path: str | Path) -> Notes:
    """Notes of a text file, a line a note, parted by commas, semicolons or blanks.

    A first line may name the columns (``start``, ``pitch``, ``end``); without one they are start (s), pitch (MIDI)
    and perhaps duration and velocity. What follows a ``#`` is a remark; lines without numbers are left out.

    Raises
    ------
    BadInput
        If it cannot be read or has none.
    """
    try:
        lines = [re.split(r"[\s,;]+", line.split("#")[0].strip()) for line in Path(path).read_text().splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read as notes ({error}); lines of onset and pitch are expected") from None
    names = next((line for line in lines if "pitch" in line), COLUMNS)
    rows = [dict(zip(names, line)) for line in lines if re.match(r"\d", line[0])]
    try:
        start, pitch = (np.array([float(row[name]) for row in rows]) for name in COLUMNS[:2])
        if not len(rows):
            raise ValueError
        if all("end" in row for row in rows):
            end = np.array([float(row["end"]) for row in rows])
        else:
            end = start + np.array([float(row.get("duration", STRUCK_SECONDS)) for row in rows])
        velocity = np.array([float(row.get("velocity", USUAL_VELOCITY)) for row in rows])
        return Notes(start, end, pitch, velocity).ordered()
    except (ValueError, KeyError):
        raise BadInput(f"{path} holds no notes; lines of onset (s) and pitch (MIDI) are expected") from None


def held_out_sounds(instrument: str, clips: int = HELD_OUT_CLIPS) -> list[JudgedSound]:
    """Drawn clips of the sampled instrument that training leaves out."""
    from audio_to_body.preprocessing.note_sound.drawing import HELD_OUT, held_out

    found = []
    for number in range(clips):
        sound, notes = held_out(instrument, number)
        whole = np.round(sound / max(1.0, float(np.abs(sound).max())) * 32767.0).astype(np.int16)
        found.append(JudgedSound("left out: " + ", ".join(HELD_OUT[instrument]), whole, notes))
    return found


def human_sounds(data: Path, clips: int = HELD_OUT_CLIPS) -> list[JudgedSound]:
    """Songs of human hands that no net is trained on, played on the sampled piano that is left out, in drawn rooms.

    Parameters
    ----------
    data : path
        Folder of shared data.
    clips : int
        Of 20 s, each of another part of the songs.
    """
    from audio_to_body.musician.human_hands import notes_of, read_hands, song_of_clips
    from audio_to_body.preprocessing.note_sound.bank import read_bank
    from audio_to_body.preprocessing.note_sound.drawing import HELD_OUT
    from audio_to_body.preprocessing.note_sound.piano_rendering import draw_piano, pedal_times, play_piano
    from audio_to_body.preprocessing.note_sound.recording_chain import record
    from audio_to_body.preprocessing.published.pianomime import split_songs, with_velocities

    bank = read_bank()
    (grand,) = (s for s in bank.of("piano") if s.name in HELD_OUT["piano"])
    hands = read_hands(data / "pianomime" / "hands.npz")
    chosen = split_songs(hands, song_of_clips(hands), np.inf, 0)
    test = sorted(clip for clip, split in chosen.items() if split == "test")
    found = []
    for number in np.linspace(0, len(test) - 1, clips).round().astype(int).tolist():
        rng = np.random.default_rng([number, 0x4A4D])
        rows = with_velocities(notes_of(hands.clip(test[number])[1]), [number, 0x4A4D])
        rows = rows[rows[:, 0] < HUMAN_SECONDS]
        notes = Notes(rows[:, 0], rows[:, 1], rows[:, 2], LOUDEST * rows[:, 3]).ordered()
        pedal = pedal_times(notes, HUMAN_SECONDS, "syncopated" if number % 2 else "none", rng)
        dry, played = play_piano(draw_piano(grand, rng), notes, pedal, 0.0, round(HUMAN_SECONDS * NOTE_RATE), rng)
        sound = record(dry, rng, bank.rooms)
        whole = np.round(sound / max(1.0, float(np.abs(sound).max())) * 32767.0).astype(np.int16)
        found.append(JudgedSound("left out: human hands on " + grand.name, whole, played))
    return found


def real_sounds(instrument: str, data: Path, lag: float | None = None) -> list[JudgedSound]:
    """Real recordings below a folder of shared data; their notes are moved to where they sound."""
    late = WRITTEN_LATE[instrument] if lag is None else lag
    if instrument == "piano":
        folder = data / "piano_real"
        pairs = [(name, folder / notes) for name, notes in PIANO_RECORDINGS.items()]
    else:
        folder = data / "violin_real"
        pairs = [(path.name[: -len(".notes.csv")], path) for path in sorted(folder.glob("*.notes.csv"))]
    found = []
    for name, notes in pairs:
        recording = next(path for path in sorted(folder.glob(f"{name}.*")) if path.suffix in RECORDED)
        sound = sound_at_note_rate(recording)
        heard = read_notes(notes).shifted(-late)
        heard = heard.chosen((heard.onset >= 0) & (heard.onset < len(sound) / NOTE_RATE))
        found.append(JudgedSound(f"real: {name}", sound, heard))
    return found


def bach_sounds(folder: Path, audio: Path | None = None) -> list[JudgedSound]:
    """Movements of the Bach Violin Dataset that no net that ships has heard, with the slurs of the score.

    Parameters
    ----------
    folder : path
        A copy of the set.
    audio : path, optional
        Where the sound lies, if that is not in the folder.
    """
    from audio_to_body.preprocessing.published.bach_violin import read_recording, recordings

    there, found = recordings(folder, audio), []
    for name in (name for name in BACH_RECORDINGS if name in there):
        recording = read_recording(folder, name, audio)
        sound = to_note_rate(recording.sound)
        whole = np.round(sound / max(1.0, float(np.abs(sound).max())) * 32767.0).astype(np.int16)
        found.append(JudgedSound(f"real: {name}", whole, recording.music.notes()))
    return found
