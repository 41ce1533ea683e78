"""Damaged avatars: files of characters in which indices, types, lengths or numbers are wrong."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.avatar.export import performed
from audio_to_body.avatar.glb import write_performance_glb
from audio_to_body.avatar.gltf import BINARY_CHUNK, JSON_CHUNK, MAGIC
from audio_to_body.avatar.gltf_reading import read_glb
from audio_to_body.avatar.own_avatar import figure, read_avatar, write_avatar_glb
from audio_to_body.avatar.retargeting import RetargetSettings, retarget
from audio_to_body.benchmarks.fuzz.attack import mutated
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.refusal import BadInput

DETAIL = 0.4  # of the figure that is damaged: small files are damaged faster
# shares of the avatars that were read which are also drawn and which play: both take longer than reading
DRAWN, PLAYED = 0.3, 0.15


def avatar_files(motion: Motion, folder: Path, rng: np.random.Generator) -> Iterator[bytes]:
    """A character's file, one to four things in it changed; one in five damaged as bytes."""
    path = folder / "whole.glb"
    write_performance_glb(performed(motion), path, detail=DETAIL)
    tree, binary = read_glb(path)
    tree.pop("animations")
    names = [node.get("name") for node in tree["nodes"]]
    bones = {str(n): {"node": i} for i, n in enumerate(names) if i in tree["skins"][0]["joints"]}
    tables: list[dict[str, Any]] = [
        {},
        {"VRMC_vrm": {"specVersion": "1.0", "humanoid": {"humanBones": bones}}},
        {"VRM": {"humanoid": {"humanBones": [{"bone": n, "node": b["node"]} for n, b in bones.items()]}}},
    ]
    texts = [json.dumps({**tree, "extensions": table}) for table in tables]
    while True:
        changed = json.loads(texts[int(rng.integers(3))])
        for _ in range(int(rng.integers(1, 5))):
            _damage(changed, rng)
        data = packed(changed, _other_numbers(binary, rng) if rng.random() < 0.1 else binary)
        yield mutated(data, rng) if rng.random() < 0.2 else data


def packed(tree: dict[str, Any], binary: bytes) -> bytes:
    """A GLB of these two, whatever they hold."""
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<II", len(text), JSON_CHUNK) + text + struct.pack("<II", len(binary), BINARY_CHUNK) + binary
    return struct.pack("<III", MAGIC, 2, 12 + len(body)) + body


def _damage(tree: dict[str, Any], rng: np.random.Generator) -> None:
    """Another value at one place of the tree, at any depth."""
    kinds = [kind for kind, value in tree.items() if value]
    holder: Any = tree
    place: Any = kinds[int(rng.integers(len(kinds)))]
    while isinstance(holder[place], (dict, list)) and holder[place] and rng.random() < 0.85:
        holder = holder[place]
        keys = sorted(holder) if isinstance(holder, dict) else range(len(holder))
        place = keys[int(rng.integers(len(keys)))]
    kind = rng.random()
    if kind < 0.15:
        del holder[place]
    elif kind < 0.3 and isinstance(holder, list):
        holder.insert(int(rng.integers(len(holder) + 1)), deepcopy(holder[place]))
    elif kind < 0.35 and isinstance(holder, dict):
        words = ["skin", "mesh", "matrix", "scale", "sparse", "targets", "weights", "uri", "extensions", "byteStride"]
        holder[words[int(rng.integers(len(words)))]] = _value(rng)
    elif isinstance(holder[place], (int, float)) and not isinstance(holder[place], bool) and rng.random() < 0.5:
        holder[place] += int(rng.integers(-3, 4)) if isinstance(holder[place], int) else float(rng.normal())
    else:
        holder[place] = _value(rng)


def _value(rng: np.random.Generator) -> Any:
    """Something that a file may hold where something else is expected."""
    wild: list[Any] = [
        None, "x", "", -1, 0, 1, 2, 3, 4, 5, 7, 51, 52, 255, 10**6, 2**31, 2**63, 10**30, 1e-300, 1e300, -1e12, 0.5,
        [], {}, True, False, [0], [1, 0, 0], [0, 0, 0], [0, 0, 0, 1], [1e12] * 3, [0] * 16, [-1, 1, 1], [[0]],
        [0.0, 0.0, 0.0, 0.0], "SCALAR", "VEC3", "MAT4", 5121, 5123, 5126, "data:;base64,AAAA", "other.bin",
        {"a": 1}, {"node": 1}, {"EXT_meshopt_compression": {"fallback": True}},
        {"KHR_draco_mesh_compression": {"bufferView": 0, "attributes": {}}},
        {"count": 2, "indices": {"bufferView": 0, "componentType": 5123}, "values": {"bufferView": 1}},
    ]  # fmt: skip
    return deepcopy(wild[int(rng.integers(len(wild)))])


def _other_numbers(binary: bytes, rng: np.random.Generator) -> bytes:
    """The arrays with some of their numbers changed, to what is no number among others."""
    values = np.frombuffer(binary[: len(binary) // 4 * 4], np.uint32).copy()
    kinds = np.array([0, 0xFFFFFFFF, 0x7FC00000, 0x7F800000, 0x7F7FFFFF, 1], np.uint32)
    at = rng.integers(len(values), size=int(rng.integers(1, 30)))
    values[at] = rng.choice(kinds, len(at))
    return values.tobytes()


def play_on(motion: Motion, folder: Path, rng: np.random.Generator) -> Callable[[object], None]:
    """Read the avatar; draw some of them, let some play, write those and read them again."""
    path, out = folder / "avatar.glb", folder / "out.glb"

    def target(data: object) -> None:
        assert isinstance(data, bytes)
        path.write_bytes(data)
        own = read_avatar(path)
        if rng.random() < DRAWN:
            for mesh in figure(own):
                if not (np.isfinite(mesh.vertices).all() and np.isfinite(mesh.colours).all()):
                    raise AssertionError("vertices that are not numbers")
        if rng.random() >= PLAYED:
            return
        performance = retarget(motion, RetargetSettings(fit_arms=False), own.skeleton)
        write_avatar_glb(own, performance, out)
        try:
            tree, _ = read_glb(out)
        except BadInput as refusal:
            raise AssertionError(f"what was written is broken: {refusal}") from None
        assert tree["animations"][0]["channels"]

    return target
