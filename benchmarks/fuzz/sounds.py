"""Damaged sound files, and arrays that a program may push by mistake."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from audio_to_body.benchmarks.fuzz.attack import mutated
from audio_to_body.inference.live.warm_up import warm_up_sound
from audio_to_body.inference.session import Session
from audio_to_body.inference.stream import Stream
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.sound.audio import decode_sound


def audio_files(rng: np.random.Generator) -> Iterator[bytes]:
    """Damaged WAV, FLAC, MP3 and Ogg files."""
    import subprocess

    from audio_to_body.sound.ffmpeg import ffmpeg_path

    whole = io.BytesIO()
    with wave.open(whole, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(AUDIO_RATE)
        file.writeframes((warm_up_sound(1.0) * 32767).astype("<i2").tobytes())
    seeds = [whole.getvalue()]
    for kind in ("flac", "mp3", "ogg"):
        command = [ffmpeg_path(), "-v", "error", "-i", "pipe:0", "-f", kind, "pipe:1"]
        seeds.append(subprocess.run(command, input=seeds[0], capture_output=True, check=True).stdout)
    while True:
        yield mutated(seeds[int(rng.integers(len(seeds)))], rng)


def read_audio(folder: Path) -> Callable[[object], None]:
    """Decode a file of these bytes; what is accepted must be finite."""
    path = folder / "sound"

    def target(data: object) -> None:
        assert isinstance(data, bytes)
        path.write_bytes(data)
        sound = decode_sound(path)
        if not (np.isfinite(sound.samples).all() and np.isfinite(sound.gain)):
            raise AssertionError("samples that are not numbers were accepted")

    return target


def pieces_of_sound(rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Arrays that a program may push by mistake, and sound of every kind."""
    while True:
        shape = [(int(rng.integers(0, 5000)),), (int(rng.integers(0, 10)), int(rng.integers(0, 3000))), (2, 3, 4), ()]
        size = shape[int(rng.choice(4, p=[0.6, 0.3, 0.05, 0.05]))]
        scale = 10.0 ** rng.uniform(-45, 38)
        piece = rng.normal(0, 1, size) * scale + rng.choice([0, 0, 0, 1, -5])
        piece = np.asarray(piece)
        if piece.size and rng.random() < 0.2:
            piece.flat[int(rng.integers(piece.size))] = rng.choice([np.nan, np.inf, -np.inf, 1e300])
        kinds = ["float32", "float64", "int16", "int64", "bool", "complex64", "U1"]
        with np.errstate(all="ignore"):
            yield piece.astype(kinds[int(rng.choice(7, p=[0.5, 0.2, 0.1, 0.05, 0.05, 0.05, 0.05]))])


def push(session: Session) -> Callable[[object], None]:
    """Push into one long stream; frames must stay numbers, and states must restore."""
    streams = [Stream(session)]

    def target(piece: object) -> None:
        assert isinstance(piece, np.ndarray)
        frames = streams[0].push(piece)
        if not np.isfinite(frames.points).all():
            streams[0] = Stream(session)
            raise AssertionError("frames that are not numbers")

    return target
