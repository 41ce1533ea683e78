"""The two sounds that can be tried on the page at once: public-domain tunes, played from a sound font's samples."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np

from audio_to_body.scores.piece import Marks, Part
from audio_to_body.scores.sounding import font_of, write_sound
from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.sound.ffmpeg import ffmpeg_environment, ffmpeg_path

LEAD_IN, AFTER = 0.6, 1.2  # s
# Petzold's minuet in G (BWV Anh. 114), the melody: MIDI pitch and quarters; three to a bar
MINUET = (
    "74:1 67:.5 69:.5 71:.5 72:.5 74:1 67:1 67:1 76:1 72:.5 74:.5 76:.5 78:.5 79:1 67:1 67:1 "
    "72:1 74:.5 72:.5 71:.5 69:.5 71:1 72:.5 71:.5 69:.5 67:.5 66:1 67:.5 69:.5 71:.5 67:.5 69:3"
)
# Bach's prelude in C (BWV 846), bars 1 to 6: the five pitches of each bar
PRELUDE = (
    (60, 64, 67, 72, 76),
    (60, 62, 69, 74, 77),
    (59, 62, 67, 74, 77),
    (60, 64, 67, 72, 76),
    (60, 64, 69, 76, 81),
    (60, 62, 66, 69, 74),
)


def minuet(quarter: float = 0.46) -> Notes:
    """The violin's tune: two slurred quavers to a bow where they come in pairs."""
    rows, at, after_quaver = [], LEAD_IN, False
    for number, word in enumerate(MINUET.split()):
        pitch, length = word.split(":")
        seconds = float(length) * quarter
        quaver = float(length) < 1
        stroke = not (quaver and after_quaver)
        after_quaver = quaver and stroke
        rows.append((at, at + 0.95 * seconds, int(pitch), 84 + 12 * np.sin(number / 5), stroke))
        at += seconds
    onset, end, pitch_, velocity, stroke_ = (np.array(column) for column in zip(*rows))
    return Notes(onset, end, pitch_, velocity, stroke=stroke_)


def prelude(sixteenth: float = 0.21) -> Notes:
    """The piano's tune: every bar's broken chord twice, its two low notes held."""
    rows = []
    for bar, chord in enumerate(PRELUDE):
        for half in (0, 1):
            begin = LEAD_IN + (16 * bar + 8 * half) * sixteenth
            for step, note in enumerate((0, 1, 2, 3, 4, 2, 3, 4)):
                held = 8 - step if note < 2 else 1
                onset = begin + step * sixteenth
                rows.append((onset, onset + 0.97 * held * sixteenth, chord[note], 62 + 10 * (step == 0) + 2 * note))
    onset, end, pitch, velocity = (np.array(column) for column in zip(*rows))
    return Notes(onset, end, pitch, velocity)


def write_page_sounds(folder: Path) -> None:
    """Write ``violin.mp3`` and ``piano.mp3``, which every browser decodes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, notes in (("violin", minuet()), ("piano", prelude())):
        instrument = instrument_named(name)
        part = Part(name, instrument.programmes[0], notes.ordered(), Marks.none(len(notes)))
        samples = round((float(notes.end.max()) + AFTER) * AUDIO_RATE)
        with tempfile.TemporaryDirectory() as made:
            wav = Path(made) / "sound.wav"
            write_sound(part, instrument, samples, wav, font_of(None))
            command = [ffmpeg_path(), "-v", "error", "-y", "-i", str(wav), "-b:a", "96k", str(folder / f"{name}.mp3")]
            subprocess.run(command, check=True, env=ffmpeg_environment())
