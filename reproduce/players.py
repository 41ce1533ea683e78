"""Who is judged: musicians by each of their latencies, nets that hear notes alone, and others' nets beside them.

Each makes of a sound with written notes a :class:`Tally` of counts, which add up over sounds and can be kept.
"""

from __future__ import annotations

import hashlib
import tempfile
import wave
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.inference.frames import Frames, joined
from audio_to_body.inference.model_file import PRETRAINED
from audio_to_body.inference.planning import FILE
from audio_to_body.inference.prediction import predict
from audio_to_body.inference.session import Session
from audio_to_body.inference.stream import Stream
from audio_to_body.models.key_presses import TOLERANCES, KeyPresses, measured_presses
from audio_to_body.models.musical_measures import SMALLEST_STROKE, reversals
from audio_to_body.models.notes.judged import JudgedSound
from audio_to_body.models.notes.scores import Agreement, agreement
from audio_to_body.reproduce.bow_turns import bow_turns, slurs_kept, turn_agreement
from audio_to_body.reproduce.heard import GRID, Hear
from audio_to_body.reproduce.hearing import pitch_right
from audio_to_body.reproduce.violin_scores import stopped_pitch, stroke_path
from audio_to_body.skeleton.notes import Notes
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.sound.audio import decode_sound
from audio_to_body.sound.note_resampling import NOTE_RATE


@dataclass(frozen=True)
class Tally:
    """Counts of what was played or heard right; they add up over sounds.

    Attributes
    ----------
    presses : KeyPresses
        Of keys that go down; of a net that hears, of the notes that it tells.
    turns : Agreement
        Of the bow's turns with the strokes that begin.
    kept, slurred : int
        Slurred notes at which the bow goes on, and all.
    right, sounding : int
        Moments at which the pitch is right, and all that sound.
    """

    presses: KeyPresses = field(default_factory=KeyPresses)
    turns: Agreement = field(default_factory=Agreement)
    kept: int = 0
    slurred: int = 0
    right: int = 0
    sounding: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, name) + getattr(other, name) for name in vars(self)))

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Tally:
        """From :meth:`to_dict`."""
        presses = dict(values["presses"])
        for name in ("close", "near", "frame"):
            presses[name] = Agreement(**presses[name])
        return cls(**{**values, "presses": KeyPresses(**presses), "turns": Agreement(**values["turns"])})


@dataclass(frozen=True)
class Player:
    """One who is judged.

    Attributes
    ----------
    name : str
    made_of : str
        Digest of the nets that it uses.
    measure : callable (JudgedSound) -> Tally
    """

    name: str
    made_of: str
    measure: Callable[[JudgedSound], Tally]


def digest_of(*paths: Path) -> str:
    """Of files' contents."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:16]


@contextmanager
def as_file(judged: JudgedSound) -> Iterator[Path]:
    """The sound as a file, which is decoded as any other."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, NOTE_RATE, 0, "NONE", ""))
            file.writeframes(judged.sound.astype("<i2").tobytes())
        yield path


def frames_of(sound: str | Path, session: Session, latency: str = FILE) -> tuple[Frames, float]:
    """What a musician plays to a sound file, and his latency in ms."""
    decoded = decode_sound(sound)
    stream = Stream(session, decoded.gain, latency)
    return joined([stream.push(decoded.samples.T), stream.finish()]), stream.latency_ms


def musician(name: str, session: Session, path: Path, latency: str) -> Player:
    """A musician who hears notes and plays them, by one latency."""
    instrument = session.card.instrument

    def measure(judged: JudgedSound) -> Tally:
        with as_file(judged) as file:
            tracks = frames_of(file, session, latency)[0].tracks
        if instrument == "piano":
            return Tally(measured_presses(tracks["keys_pressed"], judged.notes, tracks["hands_mm"]))
        turns = bow_turns(tracks["bow_speed"])
        return _bowed(turns, judged.notes, *pitch_right(judged.notes, fingered(tracks, judged)))

    ears = PRETRAINED / f"{instrument}_notes.onnx"
    return Player(name, digest_of(path, ears) + latency, measure)


def papers_violinist(session: Session, path: Path) -> Player:
    """The paper's net: its bow turns where the right wrist turns back from the bridge or to it."""

    def measure(judged: JudgedSound) -> Tally:
        with as_file(judged) as file:
            motion = predict(file, session)
        return _bowed(reversals(stroke_path(motion), SMALLEST_STROKE), judged.notes, 0, 0)

    return Player("the paper's net", digest_of(path), measure)


def fingered(tracks: Mapping[str, np.ndarray], judged: JudgedSound) -> np.ndarray:
    """The pitch under the finger every 10 ms, as a net's likeliest pitch is told; int64 [grid points]."""
    stopped = np.round(stopped_pitch(tracks)).astype(np.int64)
    seconds = np.arange(0.0, len(judged.sound) / NOTE_RATE, GRID)
    return stopped[np.clip(np.round(seconds * VIDEO_FPS).astype(int), 0, len(stopped) - 1)]


def _bowed(turns: np.ndarray, notes: Notes, right: int, sounding: int) -> Tally:
    kept, slurred = slurs_kept(turns, notes)
    return Tally(turns=turn_agreement(turns, notes), kept=kept, slurred=slurred, right=right, sounding=sounding)


def hearer(name: str, hear: Hear, made_of: str) -> Player:
    """A net that hears notes and plays none."""

    def measure(judged: JudgedSound) -> Tally:
        heard = hear(judged.sound)
        close, near = (agreement(heard.notes, judged.notes, tolerance) for tolerance in TOLERANCES)
        seconds = len(judged.sound) / NOTE_RATE
        right, sounding = pitch_right(judged.notes, heard.sounding)
        return Tally(KeyPresses(close, near, seconds=seconds), right=right, sounding=sounding)

    return Player(name, made_of, measure)
