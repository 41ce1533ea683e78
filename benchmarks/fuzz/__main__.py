"""Damaged and random inputs against everything that reads a stranger's bytes.

``python -m audio_to_body.benchmarks.fuzz``.

A refusal in one sentence (BadInput) is what must happen; any other exception, a hang or a value that is not a number
is a finding. Prints how many inputs were tried and what was found; exits with 1 when there was anything.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from audio_to_body.benchmarks.fuzz.attack import attack, mutated
from audio_to_body.benchmarks.fuzz.avatars import avatar_files, play_on
from audio_to_body.benchmarks.fuzz.connections import connect, handshakes
from audio_to_body.benchmarks.fuzz.nets import load_model, model_cards, restore, states
from audio_to_body.benchmarks.fuzz.recitals import (
    datasets,
    lists,
    motions,
    openpose_files,
    read_dataset,
    read_motion,
    read_openpose,
    read_sources,
)  # fmt: skip
from audio_to_body.benchmarks.fuzz.scores import fonts, prepare, read_font, score_files
from audio_to_body.benchmarks.fuzz.sounds import audio_files, pieces_of_sound, push, read_audio
from audio_to_body.inference.live.frame import greeting
from audio_to_body.inference.live.warm_up import warm_up_sound
from audio_to_body.inference.live.websocket import WebSocketServer
from audio_to_body.inference.model_file import pretrained_path, read_model
from audio_to_body.inference.prediction import predict
from audio_to_body.inference.session import Session, load
from audio_to_body.inference.stream import Stream
from audio_to_body.skeleton.refusal import BadInput, run_command


def run(seconds: float = 30.0, model: str | Path | None = None, seed: int = 0, only: Sequence[str] = ()) -> int:
    """Attack every target, or those named, for ``seconds``; returns the number of findings."""
    rng = np.random.default_rng(seed)
    path = Path(model) if model is not None else pretrained_path("violin")
    file = read_model(path)
    session = Session(file, "cpu")
    piano = load("piano", "cpu")
    unsigned = file.data
    faithful, hearer = read_model(pretrained_path("violin", faithful=True)), read_model(pretrained_path("violin"))
    server = WebSocketServer("127.0.0.1", 0)
    server.begin(greeting(Stream(session)))
    motion = predict(warm_up_sound(0.4), session)
    models = (mutated(unsigned, rng) for _ in iter(int, 1))
    with tempfile.TemporaryDirectory() as folder:
        targets: dict[str, tuple[Iterator[object], Callable[[object], None]]] = {
            "audio reader": (audio_files(rng), read_audio(Path(folder))),
            "model loader": (models, load_model),
            "stream": (pieces_of_sound(rng), push(session)),
            "saved states": (states(session, rng), restore(session)),
            "piano's states": (states(piano, rng), restore(piano)),
            "avatars": (avatar_files(motion, Path(folder), rng), play_on(motion, Path(folder), rng)),
            "motions": (motions(motion, Path(folder), rng), read_motion(Path(folder), rng)),
            "datasets": (datasets(Path(folder), rng), read_dataset(Path(folder))),
            "OpenPose": (openpose_files(rng), read_openpose(Path(folder) / "openpose")),
            "lists": (lists(rng), read_sources(Path(folder))),
            "model cards": (model_cards(faithful.data, rng), load_model),
            "hearers' cards": (model_cards(hearer.data, rng), load_model),
            "scores": (score_files(rng), prepare(Path(folder), rng)),
            "sound fonts": (fonts(rng), read_font(Path(folder))),
            "WebSocket": (handshakes(rng), connect(server)),
        }
        unknown = sorted(set(only) - set(targets))
        if unknown:
            raise BadInput(f"there is no target '{unknown[0]}'; there are {', '.join(targets)}")
        print(f"seed {seed}, {seconds:g} s a target, model {path.name}")
        findings = 0
        for name in only or targets:
            inputs, target = targets[name]
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


def main(arguments: list[str]) -> int:
    """Command line."""
    parse = argparse.ArgumentParser(prog="python -m audio_to_body.benchmarks.fuzz", description=__doc__)
    parse.add_argument("--seconds", type=float, default=30.0, help="for each target (default: 30)")
    parse.add_argument("--seed", type=int, default=0)
    parse.add_argument("--model", help="a model file (default: the pretrained violin net)")
    parse.add_argument("--only", nargs="+", default=[], metavar="TARGET", help="these targets (default: all)")
    chosen = parse.parse_args(arguments)
    return 1 if run(chosen.seconds, chosen.model, chosen.seed, chosen.only) else 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
