"""Damaged model files and damaged saved states."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from audio_to_body.benchmarks.fuzz.attack import mutated
from audio_to_body.benchmarks.fuzz.recitals import changed
from audio_to_body.inference.live.warm_up import warm_up_sound
from audio_to_body.inference.model_card import METADATA_KEY
from audio_to_body.inference.model_file import ModelFile, check_model
from audio_to_body.inference.notes.card import METADATA_KEY as NOTES_KEY
from audio_to_body.inference.session import Session
from audio_to_body.inference.stream import Stream
from audio_to_body.skeleton.rates import AUDIO_RATE


def load_model(data: object) -> None:
    """Check a model's bytes and, where they pass, serve them."""
    assert isinstance(data, bytes)
    card = check_model(data, "model")
    Session(ModelFile(Path("model"), card, data, hashlib.sha256(data).hexdigest()), "cpu")


def states(session: Session, rng: np.random.Generator) -> Iterator[dict[str, np.ndarray]]:
    """Saved states with damage, large and small."""
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
        elif kind == 4 and state[name].size and state[name].dtype.kind in "fiu":  # by little
            state[name].flat[int(rng.integers(state[name].size))] += rng.integers(-60, 60)
        else:
            state[name] = np.array(["x"])
        yield state


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


def model_cards(model: bytes, rng: np.random.Generator) -> Iterator[bytes]:
    """A model's file under descriptions in which one value, at any depth, is another; without its checksum."""
    import onnx

    proto = onnx.ModelProto()
    proto.ParseFromString(model)
    (key, text), *_ = [(m.key, m.value) for m in proto.metadata_props if m.key in (METADATA_KEY, NOTES_KEY)]
    del proto.metadata_props[:]
    bare = proto.SerializeToString()
    while True:
        damaged = json.dumps(changed(json.loads(text), rng)).encode()
        if rng.random() < 0.1:
            damaged = mutated(text.encode(), rng).decode("utf-8", "replace").encode()
        described = onnx.ModelProto()
        described.metadata_props.add(key=key, value=damaged.decode())
        yield bare + described.SerializeToString()
