"""Every index, type and number of a glTF document, checked once where the file is read.

The rules are data: a table for each of the document's lists. What passes can be used without asking again: indices
lie inside their lists, numbers are finite, vectors have their length, arrays lie inside the file.
"""

from __future__ import annotations

from typing import Any, Optional

import numpy as np

from audio_to_body.avatar.document_rules import (
    Damaged,
    Rule,
    count_of,
    index_of,
    list_of,
    number,
    numbers,
    object_of,
    one_of,
    shown,
    text,
    truth,
    values_of,
)

COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
MOST_ELEMENTS = 20_000_000  # of one array; a character has some 100,000
DEEPEST = 64  # lists and objects in each other; glTF needs 10
LISTS = ("scenes", "nodes", "meshes", "skins", "accessors", "bufferViews", "buffers", "materials", "textures",
         "images", "samplers", "cameras", "animations")  # fmt: skip

_EXTENSIONS = values_of(object_of({}))
_TEXTURE_TRANSFORM = object_of(
    {"offset": numbers(2), "scale": numbers(2), "rotation": number, "texCoord": count_of(0, 7)}
)
_TEXTURE = object_of(
    {
        "index": index_of("textures"),
        "texCoord": count_of(0, 7),
        "extensions": object_of({"KHR_texture_transform": _TEXTURE_TRANSFORM}),
    },
    needed=("index",),
)
_IMAGE_SOURCE = object_of({"source": index_of("images")})
_COMPRESSED = object_of(
    {"bufferView": index_of("bufferViews"), "attributes": values_of(count_of())}, ("bufferView", "attributes")
)
_MESHOPT = object_of(
    {
        "buffer": index_of("buffers"),
        "byteOffset": count_of(),
        "byteLength": count_of(),
        "byteStride": count_of(1, 256),
        "count": count_of(0, MOST_ELEMENTS),
    },
    ("buffer", "byteLength", "byteStride", "count"),
)
_PRIMITIVE = object_of(
    {
        "attributes": values_of(index_of("accessors")),
        "indices": index_of("accessors"),
        "material": index_of("materials"),
        "mode": count_of(0, 6),
        "targets": list_of(values_of(index_of("accessors"))),
        "extensions": object_of({"KHR_draco_mesh_compression": _COMPRESSED}),
    },
    needed=("attributes",),
)
_SPARSE_PART = {"bufferView": index_of("bufferViews"), "byteOffset": count_of()}
_SPARSE = object_of(
    {
        "count": count_of(0, MOST_ELEMENTS),
        "indices": object_of(
            {**_SPARSE_PART, "componentType": one_of(5121, 5123, 5125)}, ("bufferView", "componentType")
        ),
        "values": object_of(dict(_SPARSE_PART), ("bufferView",)),
    },
    needed=("count", "indices", "values"),
)
_MATERIAL = {
    "pbrMetallicRoughness": object_of(
        {
            "baseColorFactor": numbers(4),
            "baseColorTexture": _TEXTURE,
            "metallicFactor": number,
            "roughnessFactor": number,
            "metallicRoughnessTexture": _TEXTURE,
        }
    ),
    "normalTexture": _TEXTURE,
    "occlusionTexture": _TEXTURE,
    "emissiveTexture": _TEXTURE,
    "emissiveFactor": numbers(3),
    "alphaMode": one_of("OPAQUE", "MASK", "BLEND"),
    "alphaCutoff": number,
    "doubleSided": truth,
    "extensions": object_of(
        {
            "KHR_materials_pbrSpecularGlossiness": object_of(
                {"diffuseFactor": numbers(4), "diffuseTexture": _TEXTURE, "specularGlossinessTexture": _TEXTURE}
            )
        }
    ),
}
_BONE = object_of({"node": index_of("nodes")})
_RULES: dict[str, Rule] = {
    "scenes": object_of({"nodes": list_of(index_of("nodes"))}),
    "nodes": object_of(
        {
            "name": text,
            "children": list_of(index_of("nodes")),
            "mesh": index_of("meshes"),
            "skin": index_of("skins"),
            "camera": index_of("cameras"),
            "matrix": numbers(16),
            "translation": numbers(3),
            "rotation": numbers(4),
            "scale": numbers(3),
            "weights": list_of(number),
            "extensions": _EXTENSIONS,
        }
    ),
    "meshes": object_of(
        {"name": text, "primitives": list_of(_PRIMITIVE), "weights": list_of(number)}, needed=("primitives",)
    ),
    "skins": object_of(
        {
            "joints": list_of(index_of("nodes"), 1),
            "inverseBindMatrices": index_of("accessors"),
            "skeleton": index_of("nodes"),
        },
        needed=("joints",),
    ),
    "accessors": object_of(
        {
            "bufferView": index_of("bufferViews"),
            "byteOffset": count_of(),
            "componentType": one_of(*COMPONENTS),
            "count": count_of(0, MOST_ELEMENTS),
            "type": one_of(*WIDTHS),
            "normalized": truth,
            "sparse": _SPARSE,
        },
        needed=("componentType", "count", "type"),
    ),
    "bufferViews": object_of(
        {
            "buffer": index_of("buffers"),
            "byteOffset": count_of(),
            "byteLength": count_of(),
            "byteStride": count_of(1, 255),
            "extensions": object_of({"EXT_meshopt_compression": _MESHOPT, "KHR_meshopt_compression": _MESHOPT}),
        },
        needed=("buffer", "byteLength"),
    ),
    "buffers": object_of({"byteLength": count_of(), "uri": text, "extensions": _EXTENSIONS}, needed=("byteLength",)),
    "materials": object_of(_MATERIAL),
    "textures": object_of(
        {
            "source": index_of("images"),
            "sampler": index_of("samplers"),
            "extensions": object_of({"EXT_texture_webp": _IMAGE_SOURCE, "KHR_texture_basisu": _IMAGE_SOURCE}),
        }
    ),
    "images": object_of({"bufferView": index_of("bufferViews"), "mimeType": text, "uri": text}),
    "samplers": object_of({}),
    "cameras": object_of({}),
    "animations": object_of({}),
}
_VRM0_BONE = object_of({"bone": text, "node": index_of("nodes")})
_WHOLE = object_of(
    {
        "scene": index_of("scenes"),
        "extensionsUsed": list_of(text),
        "extensionsRequired": list_of(text),
        "extensions": object_of(
            {
                "VRM": object_of({"humanoid": object_of({"humanBones": list_of(_VRM0_BONE)})}),
                "VRMC_vrm": object_of({"humanoid": object_of({"humanBones": values_of(_BONE)})}),
            }
        ),
    }
)


def check_document(tree: Any) -> dict[str, Any]:
    """Check a document's indices, types and numbers; fields that say "none" (null, an index of -1) are taken away.

    Parameters
    ----------
    tree : object
        What its JSON holds; changed in place.

    Returns
    -------
    dict
        The same document.

    Raises
    ------
    Damaged
        If anything that is read later points nowhere or has the wrong type.
    """
    if not isinstance(tree, dict):
        raise Damaged("it has no JSON object")
    _check_depth(tree)
    for kind in LISTS:
        if tree.get(kind) is None:
            tree.pop(kind, None)
        elif not isinstance(tree[kind], list):
            raise Damaged(f"{kind} is {shown(tree[kind])}, not a list")
    counts = {kind: len(tree.get(kind, [])) for kind in LISTS}
    for kind in LISTS:
        for i, item in enumerate(tree.get(kind, [])):
            _RULES[kind](counts, item, f"{kind}[{i}]")
    return dict(_WHOLE(counts, tree, "it"))


def _check_depth(tree: dict[str, Any]) -> None:
    level: list[Any] = [tree]
    for _ in range(DEEPEST):
        level = [v for item in level for v in (item.values() if isinstance(item, dict) else item)]
        level = [v for v in level if isinstance(v, (dict, list))]
        if not level:
            return
    raise Damaged("its JSON is nested too deep")


def check_arrays(tree: dict[str, Any], length: int) -> None:
    """Check that every array lies inside the file.

    Parameters
    ----------
    tree : dict
        A checked document whose first buffer is the file's binary part.
    length : int
        Bytes of that part.

    Raises
    ------
    Damaged
        If one does not.
    """
    views = tree.get("bufferViews", [])
    sizes = [length, *(buffer["byteLength"] for buffer in tree.get("buffers", [])[1:])]
    for i, view in enumerate(views):
        if view.get("byteOffset", 0) + view["byteLength"] > sizes[view["buffer"]]:
            raise Damaged(f"bufferViews[{i}] is cut off")

    def inside(part: dict[str, Any], kind: Any, width: int, count: int, where: str) -> None:
        view: Optional[dict[str, Any]] = views[part["bufferView"]]
        assert view is not None
        size = np.dtype(kind).itemsize * width
        step = view.get("byteStride", size)
        if step < size:
            raise Damaged(f"{where} is stored in steps of {step} bytes but its elements have {size}")
        if count and part.get("byteOffset", 0) + step * (count - 1) + size > view["byteLength"]:
            raise Damaged(f"{where} is cut off")

    for i, item in enumerate(tree.get("accessors", [])):
        kind, width = COMPONENTS[item["componentType"]], WIDTHS[item["type"]]
        if "bufferView" in item:
            inside(item, kind, width, item["count"], f"accessors[{i}]")
        if "sparse" in item:
            sparse = item["sparse"]
            if sparse["count"] > item["count"]:
                raise Damaged(f"accessors[{i}].sparse has more elements than the whole")
            inside(
                sparse["indices"],
                COMPONENTS[sparse["indices"]["componentType"]],
                1,
                sparse["count"],
                f"accessors[{i}].sparse.indices",
            )
            inside(sparse["values"], kind, width, sparse["count"], f"accessors[{i}].sparse.values")
