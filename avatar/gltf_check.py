"""Every index, type and number of a glTF document, checked once where the file is read.

The rules are data: a table for each of the document's lists. What passes can be used without asking again: indices
lie inside their lists, numbers are finite, vectors have their length, arrays lie inside the file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

import numpy as np

COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
LARGEST_NUMBER = 1e12  # of a place or a scale: more overflows when nodes are multiplied
MOST_ELEMENTS = 20_000_000  # of one array; a character has some 100,000
DEEPEST = 64  # lists and objects in each other; glTF needs 10
LISTS = ("scenes", "nodes", "meshes", "skins", "accessors", "bufferViews", "buffers", "materials", "textures",
         "images", "samplers", "cameras", "animations")  # fmt: skip

Counts = dict[str, int]
Rule = Callable[[Counts, Any, str], Any]
_NONE = object()  # a value that means "nothing": the field is taken away


class Damaged(ValueError):
    """What is wrong, and where in the document."""


def _whole(value: Any, where: str) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Damaged(f"{where} is {_shown(value)}, not a whole number")
    return value


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 30 else text[:27] + "…"


def _count(least: int = 0, most: int = 2**40) -> Rule:
    def rule(counts: Counts, value: Any, where: str) -> int:
        whole = _whole(value, where)
        if not least <= whole <= most:
            raise Damaged(f"{where} is {whole}, outside {least} to {most}")
        return whole

    return rule


def _index(kind: str) -> Rule:
    def rule(counts: Counts, value: Any, where: str) -> Any:
        whole = _whole(value, where)
        if whole == -1:  # what VRM 0 and older exporters write for "none"
            return _NONE
        if not 0 <= whole < counts[kind]:
            raise Damaged(f"{where} is {whole}, but there are {counts[kind]} {kind}")
        return whole

    return rule


def _list(item: Rule, least: int = 0, most: int | None = None) -> Rule:
    def rule(counts: Counts, value: Any, where: str) -> list[Any]:
        if not isinstance(value, list) or len(value) < least or (most is not None and len(value) > most):
            raise Damaged(f"{where} is {_shown(value)}, not a list" + (f" of {least}" if least and most else ""))
        found = [item(counts, v, f"{where}[{i}]") for i, v in enumerate(value)]
        return [v for v in found if v is not _NONE]

    return rule


def _number(counts: Counts, value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= LARGEST_NUMBER:
        raise Damaged(f"{where} is {_shown(value)}, not a number that can be used")
    return float(value)


def _numbers(length: int) -> Rule:
    return _list(_number, length, length)


def _text(counts: Counts, value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise Damaged(f"{where} is {_shown(value)}, not a text")
    return value


def _one_of(*known: Any) -> Rule:
    def rule(counts: Counts, value: Any, where: str) -> Any:
        if isinstance(value, (dict, list, bool)) or value not in known:
            raise Damaged(f"{where} is {_shown(value)}, which glTF does not know")
        return value

    return rule


def _truth(counts: Counts, value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise Damaged(f"{where} is {_shown(value)}, not true or false")
    return value


def _object(fields: dict[str, Rule], needed: tuple[str, ...] = ()) -> Rule:
    def rule(counts: Counts, value: Any, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Damaged(f"{where} is {_shown(value)}, not an object")
        for name, field in fields.items():
            if name not in value:
                continue
            found = _NONE if value[name] is None else field(counts, value[name], f"{where}.{name}")
            if found is _NONE:
                del value[name]
            else:
                value[name] = found
        for name in needed:
            if name not in value:
                raise Damaged(f"{where} has no {name}")
        return value

    return rule


def _values_of(item: Rule) -> Rule:
    def rule(counts: Counts, value: Any, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Damaged(f"{where} is {_shown(value)}, not an object")
        found = {name: item(counts, v, f"{where}.{name}") for name, v in value.items() if v is not None}
        return {name: v for name, v in found.items() if v is not _NONE}

    return rule


_EXTENSIONS = _values_of(_object({}))
_TEXTURE_TRANSFORM = _object(
    {"offset": _numbers(2), "scale": _numbers(2), "rotation": _number, "texCoord": _count(0, 7)}
)
_TEXTURE = _object(
    {
        "index": _index("textures"),
        "texCoord": _count(0, 7),
        "extensions": _object({"KHR_texture_transform": _TEXTURE_TRANSFORM}),
    },
    needed=("index",),
)
_IMAGE_SOURCE = _object({"source": _index("images")})
_COMPRESSED = _object(
    {"bufferView": _index("bufferViews"), "attributes": _values_of(_count())}, ("bufferView", "attributes")
)
_MESHOPT = _object(
    {
        "buffer": _index("buffers"),
        "byteOffset": _count(),
        "byteLength": _count(),
        "byteStride": _count(1, 256),
        "count": _count(0, MOST_ELEMENTS),
    },
    ("buffer", "byteLength", "byteStride", "count"),
)
_PRIMITIVE = _object(
    {
        "attributes": _values_of(_index("accessors")),
        "indices": _index("accessors"),
        "material": _index("materials"),
        "mode": _count(0, 6),
        "targets": _list(_values_of(_index("accessors"))),
        "extensions": _object({"KHR_draco_mesh_compression": _COMPRESSED}),
    },
    needed=("attributes",),
)
_SPARSE_PART = {"bufferView": _index("bufferViews"), "byteOffset": _count()}
_SPARSE = _object(
    {
        "count": _count(0, MOST_ELEMENTS),
        "indices": _object(
            {**_SPARSE_PART, "componentType": _one_of(5121, 5123, 5125)}, ("bufferView", "componentType")
        ),
        "values": _object(dict(_SPARSE_PART), ("bufferView",)),
    },
    needed=("count", "indices", "values"),
)
_MATERIAL = {
    "pbrMetallicRoughness": _object(
        {
            "baseColorFactor": _numbers(4),
            "baseColorTexture": _TEXTURE,
            "metallicFactor": _number,
            "roughnessFactor": _number,
            "metallicRoughnessTexture": _TEXTURE,
        }
    ),
    "normalTexture": _TEXTURE,
    "occlusionTexture": _TEXTURE,
    "emissiveTexture": _TEXTURE,
    "emissiveFactor": _numbers(3),
    "alphaMode": _one_of("OPAQUE", "MASK", "BLEND"),
    "alphaCutoff": _number,
    "doubleSided": _truth,
    "extensions": _object(
        {
            "KHR_materials_pbrSpecularGlossiness": _object(
                {"diffuseFactor": _numbers(4), "diffuseTexture": _TEXTURE, "specularGlossinessTexture": _TEXTURE}
            )
        }
    ),
}
_BONE = _object({"node": _index("nodes")})
_RULES: dict[str, Rule] = {
    "scenes": _object({"nodes": _list(_index("nodes"))}),
    "nodes": _object(
        {
            "name": _text,
            "children": _list(_index("nodes")),
            "mesh": _index("meshes"),
            "skin": _index("skins"),
            "camera": _index("cameras"),
            "matrix": _numbers(16),
            "translation": _numbers(3),
            "rotation": _numbers(4),
            "scale": _numbers(3),
            "weights": _list(_number),
            "extensions": _EXTENSIONS,
        }
    ),
    "meshes": _object(
        {"name": _text, "primitives": _list(_PRIMITIVE), "weights": _list(_number)}, needed=("primitives",)
    ),
    "skins": _object(
        {
            "joints": _list(_index("nodes"), 1),
            "inverseBindMatrices": _index("accessors"),
            "skeleton": _index("nodes"),
        },
        needed=("joints",),
    ),
    "accessors": _object(
        {
            "bufferView": _index("bufferViews"),
            "byteOffset": _count(),
            "componentType": _one_of(*COMPONENTS),
            "count": _count(0, MOST_ELEMENTS),
            "type": _one_of(*WIDTHS),
            "normalized": _truth,
            "sparse": _SPARSE,
        },
        needed=("componentType", "count", "type"),
    ),
    "bufferViews": _object(
        {
            "buffer": _index("buffers"),
            "byteOffset": _count(),
            "byteLength": _count(),
            "byteStride": _count(1, 255),
            "extensions": _object({"EXT_meshopt_compression": _MESHOPT, "KHR_meshopt_compression": _MESHOPT}),
        },
        needed=("buffer", "byteLength"),
    ),
    "buffers": _object({"byteLength": _count(), "uri": _text, "extensions": _EXTENSIONS}, needed=("byteLength",)),
    "materials": _object(_MATERIAL),
    "textures": _object(
        {
            "source": _index("images"),
            "sampler": _index("samplers"),
            "extensions": _object({"EXT_texture_webp": _IMAGE_SOURCE, "KHR_texture_basisu": _IMAGE_SOURCE}),
        }
    ),
    "images": _object({"bufferView": _index("bufferViews"), "mimeType": _text, "uri": _text}),
    "samplers": _object({}),
    "cameras": _object({}),
    "animations": _object({}),
}
_VRM0_BONE = _object({"bone": _text, "node": _index("nodes")})
_WHOLE = _object(
    {
        "scene": _index("scenes"),
        "extensionsUsed": _list(_text),
        "extensionsRequired": _list(_text),
        "extensions": _object(
            {
                "VRM": _object({"humanoid": _object({"humanBones": _list(_VRM0_BONE)})}),
                "VRMC_vrm": _object({"humanoid": _object({"humanBones": _values_of(_BONE)})}),
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
            raise Damaged(f"{kind} is {_shown(tree[kind])}, not a list")
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
