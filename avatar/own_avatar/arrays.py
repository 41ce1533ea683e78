"""Arrays of an avatar's file: places, weights, triangles, plain, quantised or sparse."""

from __future__ import annotations

from typing import Any

import numpy as np

from audio_to_body.avatar.gltf_check import COMPONENTS, WIDTHS
from audio_to_body.avatar.gltf_reading import MESHOPT
from audio_to_body.avatar.own_avatar.extensions import undrawn
from audio_to_body.avatar.own_avatar.reading import OwnAvatar
from audio_to_body.skeleton.refusal import BadInput


def array(own: OwnAvatar, which: int, width: int, count: int | None = None) -> np.ndarray:
    """An array of the file ``[count, width]``, float64; normalised numbers between -1 and 1.

    Raises
    ------
    BadInput
        If it is compressed, has another width or count than it must, or holds what is no number.
    """
    item = own.tree["accessors"][which]
    _check_size(own, item["count"], WIDTHS[item["type"]], width, count)
    values = _stored(own, item, item["count"], width) if "bufferView" in item else np.zeros((item["count"], width))
    if "sparse" in item:
        sparse = item["sparse"]
        at = _stored(own, sparse["indices"], sparse["count"], 1).astype(int).ravel()
        if len(at) and at.max() >= len(values):
            raise BadInput(
                f"the avatar {own.path} is damaged: sparse values lie outside their array; export it again"
            )
        values[at] = _stored(own, {**item, **sparse["values"]}, sparse["count"], width)
    kind = np.dtype(COMPONENTS[item["componentType"]])
    if item.get("normalized") and kind.kind in "iu":
        values = np.maximum(values / np.iinfo(kind).max, -1.0)
    if kind.kind == "f" and not np.isfinite(values).all():
        raise BadInput(f"the avatar {own.path} is damaged: its meshes hold what is no number; export it again")
    return values


def sized(own: OwnAvatar, values: np.ndarray, width: int, count: int | None) -> np.ndarray:
    """The same values, if they have this width and count; refused otherwise."""
    _check_size(own, len(values), values.shape[1], width, count)
    return values


def _check_size(own: OwnAvatar, elements: int, wide: int, width: int, count: int | None) -> None:
    if wide != width or (count is not None and elements != count):
        raise BadInput(
            f"the avatar {own.path} is damaged: an array of its meshes has {elements} elements of {wide}, not"
            f" {'' if count is None else str(count) + ' '}of {width}; export it again"
        )


def inside(own: OwnAvatar, found: np.ndarray, below: int) -> np.ndarray:
    """The same whole numbers ``[n]``, if they point into something of ``below`` elements; refused otherwise."""
    if len(found) and (found.min() < 0 or found.max() >= below):
        raise BadInput(f"the avatar {own.path} is damaged: triangles of vertices it does not have; export it again")
    return found


def _stored(own: OwnAvatar, part: dict[str, Any], count: int, width: int) -> np.ndarray:
    view = own.tree["bufferViews"][part["bufferView"]]
    if view["buffer"] != 0:  # only stand-ins for compressed data lie in other buffers
        name = next((n for n in MESHOPT if n in view.get("extensions", {})), MESHOPT[0])
        raise undrawn(own.path, "the meshes", name)
    kind = np.dtype(COMPONENTS[part["componentType"]])
    step = view.get("byteStride", kind.itemsize * width)
    start = view.get("byteOffset", 0) + part.get("byteOffset", 0)
    if not count:
        return np.zeros((0, width))
    return np.ndarray((count, width), kind, own.binary, start, (step, kind.itemsize)).astype(float)
