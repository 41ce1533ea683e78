"""Meshes that take seconds to build, kept in the user's cache folder until the code that builds them changes."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np

from audio_to_body.avatar.mesh import Mesh
from audio_to_body.skeleton.cache import cache_folder
from audio_to_body.skeleton.files import read_arrays, write_arrays
from audio_to_body.skeleton.refusal import BadInput

_ARRAYS = ("vertices", "normals", "triangles", "shade", "joints", "weights")


def kept(
    name: str, key: str, builders: Sequence[ModuleType], build: Callable[[], tuple[Mesh, ...]]
) -> tuple[Mesh, ...]:
    """Meshes from the cache, or built and put there; a cache that cannot be read or written is no error.

    Parameters
    ----------
    name : str
        Of the file.
    key : str
        What the meshes depend on besides the code.
    builders : sequence of module
        Their source is part of the key: another version builds anew.
    build : callable
    """
    digest = hashlib.sha256(f"{key} {np.__version__}".encode())
    for module in builders:
        digest.update(Path(str(module.__file__)).read_bytes())
    path = cache_folder("meshes") / f"{name}-{digest.hexdigest()[:16]}.npz"
    with contextlib.suppress(OSError, BadInput):
        return _read(path)
    meshes = build()
    with contextlib.suppress(OSError, BadInput):
        _write(path, meshes)
    return meshes


def _read(path: Path) -> tuple[Mesh, ...]:
    with read_arrays(path, "a file of meshes") as file:
        return tuple(
            Mesh(str(name), str(material), *(file[f"{i}_{array}"] for array in _ARRAYS))
            for i, (name, material) in enumerate(zip(file["names"], file["materials"]))
        )


def _write(path: Path, meshes: tuple[Mesh, ...]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    names = {
        "names": np.array([mesh.name for mesh in meshes]),
        "materials": np.array([mesh.material for mesh in meshes]),
    }
    arrays = {f"{i}_{array}": getattr(mesh, array) for i, mesh in enumerate(meshes) for array in _ARRAYS}
    write_arrays(path, {**names, **arrays})
    for old in path.parent.glob(f"{path.stem.rsplit('-', 1)[0]}-*.npz"):
        if old != path:  # of another version
            old.unlink(missing_ok=True)
