"""A performance as GLB: skinned musician, instruments, animation."""

from __future__ import annotations

import os

import numpy as np

from audio_to_body.avatar.bones import MIXAMO
from audio_to_body.avatar.gltf import Animation, Document
from audio_to_body.avatar.piano_model import KEYS, is_key_black, key_angle, key_pivot, keys
from audio_to_body.avatar.rig import rig_meshes
from audio_to_body.avatar.scene import RigMotion, prop_meshes, static_meshes
from audio_to_body.geometry.quaternion_arrays import IDENTITY, about


def write_performance_glb(
    performance: RigMotion, path: str | os.PathLike[str], names: str = "vrm", detail: float = 1.0
) -> None:
    """Write a performance as one GLB file.

    Parameters
    ----------
    performance : RigMotion
    path : path
    names : str
        ``"vrm"`` or ``"mixamo"``: what the bones are called.
    detail : float
        Of the musician's surface.
    """
    document = Document()
    roots: list[int] = document.tree["scenes"][0]["nodes"]
    animation = Animation(document, "recital", performance.fps, len(performance))
    bones = add_musician(document, performance, names, detail, roots)
    animation.translation(bones[0], performance.root)
    for i in range(len(performance.skeleton)):
        if not np.allclose(performance.rotations[:, i], IDENTITY, atol=1e-7):
            animation.rotation(bones[i], performance.rotations[:, i])
    add_instruments(document, performance, animation, roots)
    animation.finish()
    document.write(path)


def add_musician(
    document: Document, performance: RigMotion, names: str, detail: float, roots: list[int]
) -> list[int]:
    """Nodes for the bones, and the skinned mesh; returns the bones' nodes."""
    skeleton = performance.skeleton
    table = MIXAMO if names == "mixamo" else {}
    first = len(document.tree.get("nodes", []))
    bones = []
    for i, (name, offset) in enumerate(zip(skeleton.names, skeleton.offsets)):
        node = {"name": _bone_name(name, table), "translation": np.round(offset, 6).tolist()}
        children = [first + int(c) for c in np.flatnonzero(skeleton.parents == i)]
        if children:
            node["children"] = children  # type: ignore[assignment]
        bones.append(document.add("nodes", node))
    inverse_bind = np.tile(np.eye(4, dtype=np.float32), (len(skeleton), 1, 1))
    inverse_bind[:, 3, :3] = -skeleton.rest  # column-major: the last row of the array is the translation
    skin = document.add(
        "skins",
        {
            "name": "musician",
            "joints": bones,
            "skeleton": bones[0],
            "inverseBindMatrices": document.accessor(inverse_bind.reshape(-1, 16)),
        },
    )
    mesh = document.mesh("musician", list(rig_meshes(skeleton, detail)))
    body = document.add("nodes", {"name": "musician", "mesh": mesh, "skin": skin})
    roots += [bones[0], body]
    return bones


def _bone_name(name: str, table: dict[str, str]) -> str:
    return f"mixamorig:{table[name]}" if name in table else name


def add_instruments(document: Document, performance: RigMotion, animation: Animation, roots: list[int]) -> None:
    """What the musician holds and what stands in the room; a piano with its moving keys."""
    for name, prop in performance.props.items():
        node = document.add(
            "nodes",
            {
                "name": name,
                "mesh": document.mesh(name, list(prop_meshes(performance, name))),
                "translation": np.round(prop.translation[0], 6).tolist(),
                "rotation": np.round(prop.rotation[0], 7).tolist(),
            },
        )
        roots.append(node)
        animation.translation(node, prop.translation)
        animation.rotation(node, prop.rotation)
    statics = list(static_meshes(performance))
    if not performance.keys.size:
        if statics:
            roots.append(document.add("nodes", {"name": "furniture", "mesh": document.mesh("furniture", statics)}))
        return
    piano = [mesh for mesh in statics if not mesh.name.startswith("bench")]
    bench = [mesh for mesh in statics if mesh.name.startswith("bench")]
    key_meshes = keys()
    shapes = {
        black: document.mesh(
            "black key" if black else "white key",
            [next(m for k, m in enumerate(key_meshes) if is_key_black(k) == black)],
        )
        for black in (False, True)
    }
    children = []
    for key in range(KEYS):
        node = document.add(
            "nodes",
            {
                "name": f"key {key + 21}",
                "mesh": shapes[is_key_black(key)],
                "translation": np.round(key_pivot(key), 6).tolist(),
            },
        )
        children.append(node)
        if performance.keys[:, key].any():
            turn = about(np.array([-1.0, 0.0, 0.0]), key_angle(performance.keys[:, key]))
            animation.rotation(node, turn)
    roots.append(
        document.add("nodes", {"name": "piano", "mesh": document.mesh("piano", piano), "children": children})
    )
    roots.append(document.add("nodes", {"name": "bench", "mesh": document.mesh("bench", bench)}))
