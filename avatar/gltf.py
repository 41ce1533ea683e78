"""glTF 2.0 in one binary file (GLB): a document to which meshes, nodes and animations are added."""

from __future__ import annotations

import json
import os
import struct
from typing import Any

import numpy as np

from audio_to_body.avatar.materials import MATERIALS
from audio_to_body.avatar.mesh import Mesh
from audio_to_body.skeleton.files import replacing

MAGIC, JSON_CHUNK, BINARY_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942
ARRAY_BUFFER, ELEMENT_BUFFER = 34962, 34963
_COMPONENTS = {
    np.dtype(np.uint8): 5121,
    np.dtype(np.int16): 5122,
    np.dtype(np.uint16): 5123,
    np.dtype(np.uint32): 5125,
    np.dtype(np.float32): 5126,
}
_TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}


class Document:
    """A glTF document under construction, its binary part included.

    Parameters
    ----------
    tree : dict, optional
        The JSON of an existing document, to which things are added.
    binary : bytes, optional
        Its binary chunk.
    """

    def __init__(self, tree: dict[str, Any] | None = None, binary: bytes = b""):
        self.tree: dict[str, Any] = tree or {
            "asset": {"version": "2.0", "generator": "audio-to-body-dynamics"},
            "scene": 0,
            "scenes": [{"name": "recital", "nodes": []}],
        }
        self._binary = bytearray(binary)
        self._materials: dict[str, int] = {}

    def add(self, kind: str, item: dict[str, Any]) -> int:
        """Append to one of the document's lists; returns the index."""
        items = self.tree.setdefault(kind, [])
        items.append(item)
        return len(items) - 1

    def accessor(
        self, values: np.ndarray, target: int | None = None, bounds: bool = False, normalised: bool = False
    ) -> int:
        """Store an array ``[n]`` or ``[n, components]``; returns its accessor."""
        values = np.ascontiguousarray(values)
        self._binary += b"\0" * (-len(self._binary) % 4)
        view: dict[str, Any] = {"buffer": 0, "byteOffset": len(self._binary), "byteLength": values.nbytes}
        if target is not None:
            view["target"] = target
        self._binary += values.tobytes()
        width = 1 if values.ndim == 1 else values.shape[1]
        item: dict[str, Any] = {
            "bufferView": self.add("bufferViews", view),
            "componentType": _COMPONENTS[values.dtype],
            "count": len(values),
            "type": _TYPES[width],
        }
        if normalised:
            item["normalized"] = True
        if bounds:
            rows = values.reshape(len(values), width)
            item["min"], item["max"] = rows.min(axis=0).tolist(), rows.max(axis=0).tolist()
        return self.add("accessors", item)

    def material(self, name: str) -> int:
        """A material of :data:`audio_to_body.avatar.materials.MATERIALS`, stored once."""
        if name not in self._materials:
            m = MATERIALS[name]
            self._materials[name] = self.add(
                "materials",
                {
                    "name": name,
                    "pbrMetallicRoughness": {
                        "baseColorFactor": [*np.round(m.colour, 5).tolist(), 1.0],
                        "metallicFactor": m.metallic,
                        "roughnessFactor": m.roughness,
                    },
                },
            )
        return self._materials[name]

    def mesh(self, name: str, meshes: list[Mesh]) -> int:
        """Store meshes as the primitives of one glTF mesh, one per material."""
        from audio_to_body.avatar.violin_model import by_material

        primitives = []
        for part in by_material(name, meshes):
            attributes = {
                "POSITION": self.accessor(part.vertices, ARRAY_BUFFER, bounds=True),
                "NORMAL": self.accessor(_unit(part.normals), ARRAY_BUFFER),
            }
            if part.shade.min() < 0.995:
                grey = np.repeat(np.rint(part.shade * 255).astype(np.uint8)[:, None], 4, axis=1)
                grey[:, 3] = 255
                attributes["COLOR_0"] = self.accessor(grey, ARRAY_BUFFER, normalised=True)
            if len(part.joints):
                weights = byte_weights(part.weights)
                attributes["JOINTS_0"] = self.accessor(
                    np.where(weights > 0, part.joints, 0).astype(np.uint8), ARRAY_BUFFER
                )
                attributes["WEIGHTS_0"] = self.accessor(weights, ARRAY_BUFFER, normalised=True)
            index = part.triangles.reshape(-1)
            index = index.astype(np.uint16) if len(part.vertices) < 65535 else index
            primitives.append(
                {
                    "attributes": attributes,
                    "indices": self.accessor(index, ELEMENT_BUFFER),
                    "material": self.material(part.material),
                }
            )
        return self.add("meshes", {"name": name, "primitives": primitives})

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the GLB."""
        self._binary += b"\0" * (-len(self._binary) % 4)
        # a document that was read may have stand-ins for compressed meshes behind its first buffer
        self.tree["buffers"] = [{"byteLength": len(self._binary)}, *self.tree.get("buffers", [])[1:]]
        text = json.dumps(self.tree, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        total = 12 + 8 + len(text) + 8 + len(self._binary)
        with replacing(path) as aside, open(aside, "wb") as file:
            file.write(struct.pack("<III", MAGIC, 2, total))
            file.write(struct.pack("<II", len(text), JSON_CHUNK) + text)
            file.write(struct.pack("<II", len(self._binary), BINARY_CHUNK) + self._binary)


def _unit(normals: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(normals.astype(float), axis=1, keepdims=True)
    fixed = np.where(length > 1e-6, normals / np.maximum(length, 1e-12), np.array([0.0, 1.0, 0.0]))
    return fixed.astype(np.float32)


def byte_weights(weights: np.ndarray) -> np.ndarray:
    """Weights ``[n, 4]`` as bytes whose sum is exactly 255, as glTF demands."""
    whole = np.rint(weights * 255).astype(int)
    largest = np.argmax(whole, axis=1)
    whole[np.arange(len(whole)), largest] += 255 - whole.sum(axis=1)
    return whole.astype(np.uint8)


class Animation:
    """An animation under construction: channels that share their moments.

    Parameters
    ----------
    document : Document
    name : str
    fps : float
    frames : int
    """

    def __init__(self, document: Document, name: str, fps: float, frames: int):
        self.document, self.name = document, name
        self._times = np.arange(frames) / fps
        self._inputs: dict[int, int] = {}
        self._samplers: list[dict[str, Any]] = []
        self._channels: list[dict[str, Any]] = []

    def _input(self, frames: int) -> int:
        if frames not in self._inputs:
            times = self._times[:frames].astype(np.float32)
            self._inputs[frames] = self.document.accessor(times, bounds=True)
        return self._inputs[frames]

    def rotation(self, node: int, values: np.ndarray) -> None:
        """Rotations ``[frames, 4]`` of a node, kept as 16-bit numbers; one key where nothing moves."""
        if np.abs(values - values[:1]).max() < 1e-6:
            values = values[:1]
        short = np.rint(np.clip(values, -1, 1) * 32767).astype(np.int16)
        self._add(node, "rotation", self.document.accessor(short, normalised=True), len(values))

    def translation(self, node: int, values: np.ndarray) -> None:
        """Places ``[frames, 3]`` of a node, metres."""
        if np.abs(values - values[:1]).max() < 1e-6:
            values = values[:1]
        self._add(node, "translation", self.document.accessor(values.astype(np.float32)), len(values))

    def _add(self, node: int, path: str, output: int, frames: int) -> None:
        sampler = {"input": self._input(frames), "output": output, "interpolation": "LINEAR"}
        self._samplers.append(sampler)
        self._channels.append({"sampler": len(self._samplers) - 1, "target": {"node": node, "path": path}})

    def finish(self) -> None:
        """Put the animation into the document."""
        self.document.add("animations", {"name": self.name, "samplers": self._samplers, "channels": self._channels})
