"""Meshes that Draco compressed (KHR_draco_mesh_compression), as Ready Player Me and others write them."""

from __future__ import annotations

from typing import Any

import numpy as np

from audio_to_body.avatar.gltf_check import COMPONENTS
from audio_to_body.avatar.own_avatar.extensions import undrawn
from audio_to_body.avatar.own_avatar.reading import OwnAvatar
from audio_to_body.skeleton.refusal import BadInput

DRACO = "KHR_draco_mesh_compression"


def unpacked(own: OwnAvatar, described: dict[str, Any]) -> dict[str, np.ndarray]:
    """Arrays of a compressed primitive by attribute, ``[count, width]`` float64, and ``"indices"`` ``[n]``.

    Empty for a primitive that is not compressed.

    Raises
    ------
    BadInput
        If DracoPy is not installed or cannot read the data.
    """
    packed = described.get("extensions", {}).get(DRACO)
    if packed is None:
        return {}
    try:
        import DracoPy
    except ImportError:
        raise undrawn(own.path, "the meshes", DRACO) from None
    view = own.tree["bufferViews"][packed["bufferView"]]
    start = view.get("byteOffset", 0)
    try:
        mesh = DracoPy.decode(own.binary[start : start + view["byteLength"]])
        found = {"indices": np.asarray(mesh.faces).astype(int).ravel()}
        by_id = {item["unique_id"]: np.asarray(item["data"]) for item in mesh.attributes}
    except (DracoPy.FileTypeException, AttributeError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise BadInput(
            f"the avatar {own.path} is damaged: a Draco mesh cannot be read ({error}); export it again"
        ) from None
    for name, which in packed["attributes"].items():
        if which not in by_id or name not in described["attributes"]:
            continue
        item = own.tree["accessors"][described["attributes"][name]]
        values = by_id[which].reshape(len(by_id[which]), -1).astype(float)
        kind = np.dtype(COMPONENTS[item["componentType"]])
        if item.get("normalized") and kind.kind in "iu":
            values = np.maximum(values / np.iinfo(kind).max, -1.0)
        if not np.isfinite(values).all():
            raise BadInput(f"the avatar {own.path} is damaged: its meshes hold what is no number; export it again")
        found[name] = values
    return found
