"""Damaged and random inputs against everything that reads a stranger's bytes.

``python -m audio_to_body.benchmarks.fuzz``.

A refusal in one sentence (BadInput) is what must happen; any other exception, a hang or a value that is not a number
is a finding. Prints how many inputs were tried and what was found; exits with 1 when there was anything.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import socket
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.inference.live.frame import greeting
from audio_to_body.inference.live.warm_up import warm_up_sound
from audio_to_body.inference.live.websocket import WebSocketServer
from audio_to_body.inference.model_file import ModelFile, check_model, pretrained_path, read_model
from audio_to_body.inference.session import Session, load
from audio_to_body.inference.stream import Stream
from audio_to_body.inference.violin.bow_memory import opened, sealed
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.audio import decode_sound

SLOWEST = 60.0  # s for one input: more is a hang


@dataclass
class Tally:
    """What came of one target.

    Attributes
    ----------
    tried, refused, accepted : int
    findings : list of str
    """

    tried: int = 0
    refused: int = 0
    accepted: int = 0
    findings: list[str] = field(default_factory=list)


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """One of the usual damages: bytes changed, cut, doubled, moved, filled; or no relation at all."""
    kind = rng.integers(7)
    if kind == 0:
        return bytes(rng.bytes(int(rng.integers(0, 4096))))
    out = bytearray(data)
    at, length = int(rng.integers(len(out))), int(rng.integers(1, 1 + min(len(out), 4096)))
    if kind == 1:
        for place in rng.integers(len(out), size=int(rng.integers(1, 40))):
            out[place] = int(rng.integers(256))
    elif kind == 2:
        del out[at:]
    elif kind == 3:
        del out[at : at + length]
    elif kind == 4:
        out[at:at] = out[at : at + length]
    elif kind == 5:
        out[at : at + length] = bytes([int(rng.choice([0, 1, 127, 128, 255]))]) * length
    else:  # near the beginning, where headers are
        for place in rng.integers(min(len(out), 256), size=int(rng.integers(1, 8))):
            out[place] = int(rng.integers(256))
    return bytes(out)


def attack(inputs: Iterator[object], target: Callable[[object], None], seconds: float) -> Tally:
    """Give a target inputs for some seconds."""
    tally, end = Tally(), time.monotonic() + seconds
    for given in inputs:
        start = time.monotonic()
        if start > end:
            return tally
        tally.tried += 1
        try:
            target(given)
            tally.accepted += 1
        except BadInput:
            tally.refused += 1
        except Exception as error:
            tally.findings.append(f"{type(error).__name__}: {error}"[:200])
        if time.monotonic() - start > SLOWEST:
            tally.findings.append(f"took {time.monotonic() - start:.0f} s")
    return tally


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


def load_model(data: object) -> None:
    """Check a model's bytes and, where they pass, serve them."""
    assert isinstance(data, bytes)
    card = check_model(data, "model")
    Session(ModelFile(Path("model"), card, data, hashlib.sha256(data).hexdigest()), "cpu")


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


def states(session: Session, rng: np.random.Generator) -> Iterator[dict[str, np.ndarray]]:
    """Saved states with damage; also to what the violin's planner remembers, under a checksum that is right."""
    stream = Stream(session)
    stream.push(warm_up_sound(3.0))
    whole = {name: np.array(value) for name, value in stream.state().items()}
    names = sorted(whole)
    while True:
        state = {name: value.copy() for name, value in whole.items()}
        name = names[int(rng.integers(len(names)))]
        kind = rng.integers(6)
        if kind == 0:
            del state[name]
        elif kind == 1:
            state[name] = state[name].ravel()[: int(rng.integers(0, 1 + state[name].size))]
        elif kind == 2:
            state[name] = rng.normal(0, 10.0 ** rng.integers(0, 12), state[name].shape).astype(state[name].dtype)
        elif kind == 3 and state[name].size:
            state[name].flat[int(rng.integers(state[name].size))] = rng.integers(-(2**31), 2**31)
        elif kind == 4 and "plan_memory" in state:
            state["plan_memory"] = sealed(_damaged(opened(whole["plan_memory"]), rng))
        else:
            state[name] = np.array(["x"])
        yield state


def _damaged(memory: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """A planner's memory in which one value, at any depth, is another."""
    holder: Any = memory
    place: Any = sorted(memory)[int(rng.integers(len(memory)))]
    while isinstance(holder[place], (dict, list)) and holder[place] and rng.random() < 0.8:
        holder = holder[place]
        keys = sorted(holder) if isinstance(holder, dict) else range(len(holder))
        place = keys[int(rng.integers(len(keys)))]
    step = memory["step"]
    wild: list[Any] = [
        None,
        "x",
        -1,
        0,
        1,
        2,
        7,
        1e308,
        -1e9,
        float("nan"),
        float("inf"),
        [],
        {},
        True,
        False,
        2**70,
        0.5,
        [1, 2],
    ]
    near = [
        step + int(rng.integers(-60, 60)),
        int(rng.integers(-100, 100)),
        float(rng.normal()),
        [[step, True]],
        [step],
    ]
    wild += near
    if rng.random() < 0.1:
        del holder[place]
    else:
        holder[place] = wild[int(rng.integers(len(wild)))]
    return memory


def restore(session: Session) -> Callable[[object], None]:
    """Restore a state and go on: what comes must be numbers, and the state saved again."""
    sound = warm_up_sound(0.35)[: AUDIO_RATE // 5]

    def target(state: object) -> None:
        assert isinstance(state, dict)
        stream = Stream.restored(session, state)
        if stream.finished:
            return
        frames = stream.push(sound)
        if not np.isfinite(frames.points).all():
            raise AssertionError("frames that are not numbers")
        for value in stream.state().values():
            assert value.size >= 0

    return target


def handshakes(rng: np.random.Generator) -> Iterator[bytes]:
    """Damaged WebSocket openings, some followed by frames of noise."""
    opening = (
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    while True:
        whole = rng.random() < 0.5
        yield (opening + bytes(rng.bytes(int(rng.integers(0, 2000))))) if whole else mutated(opening, rng)


def connect(server: WebSocketServer) -> Callable[[object], None]:
    """Send bytes to the server; it must go on serving."""

    def target(data: object) -> None:
        assert isinstance(data, bytes)
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as sock:
            sock.settimeout(0.05)
            try:
                sock.sendall(data)
                sock.recv(1024)
            except OSError:  # it hung up on us: its good right
                pass

    return target


def run(seconds: float = 30.0, model: str | Path | None = None, seed: int = 0) -> int:
    """Attack every target for ``seconds``; returns the number of findings."""
    rng = np.random.default_rng(seed)
    path = Path(model) if model is not None else pretrained_path("violin")
    file = read_model(path)
    session = Session(file, "cpu")
    piano = load("piano", "cpu")
    unsigned = file.data
    server = WebSocketServer("127.0.0.1", 0)
    server.begin(greeting(Stream(session)))
    models = (mutated(unsigned, rng) for _ in iter(int, 1))
    with tempfile.TemporaryDirectory() as folder:
        targets: dict[str, tuple[Iterator[object], Callable[[object], None]]] = {
            "audio reader": (audio_files(rng), read_audio(Path(folder))),
            "model loader": (models, load_model),
            "stream": (pieces_of_sound(rng), push(session)),
            "saved states": (states(session, rng), restore(session)),
            "piano's states": (states(piano, rng), restore(piano)),
            "WebSocket": (handshakes(rng), connect(server)),
        }
        print(f"seed {seed}, {seconds:g} s a target, model {path.name}")
        findings = 0
        for name, (inputs, target) in targets.items():
            tally = attack(inputs, target, seconds)
            findings += len(tally.findings)
            print(
                f"  {name:14s} {tally.tried:7d} inputs: {tally.refused} refused, {tally.accepted} harmless, "
                f"{len(tally.findings)} findings",
                flush=True,
            )
            for text in sorted(set(tally.findings))[:5]:
                print(f"      {text}")
    alive = server._thread.is_alive()
    print(f"  the WebSocket server {'still serves' if alive else 'has died'}")
    server.close()
    return findings + (not alive)


def main() -> int:
    """Command line."""
    parse = argparse.ArgumentParser(prog="python -m audio_to_body.benchmarks.fuzz", description=__doc__)
    parse.add_argument("--seconds", type=float, default=30.0, help="for each target (default: 30)")
    parse.add_argument("--seed", type=int, default=0)
    parse.add_argument("--model", help="a model file (default: the pretrained violin net)")
    arguments = parse.parse_args()
    return 1 if run(arguments.seconds, arguments.model, arguments.seed) else 0


if __name__ == "__main__":
    sys.exit(main())
