"""Reading glTF 2.0: a GLB or VRM, or a .gltf with what lies beside it, as one checked document with one binary."""

from __future__ import annotations

import base64
import binascii
import json
import os
import struct
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from audio_to_body.avatar.document_rules import Damaged
from audio_to_body.avatar.gltf import BINARY_CHUNK, JSON_CHUNK, MAGIC
from audio_to_body.avatar.gltf_check import check_arrays, check_document
from audio_to_body.skeleton.refusal import BadInput

MESHOPT = ("EXT_meshopt_compression", "KHR_meshopt_compression")  # the draft's and the ratified name
LARGEST_FILE = 200_000_000  # bytes of an avatar that is read; a 500 MB file is a scene, not a character
# beginnings of files that people take for an avatar: what they are, and the way to a GLB
_OTHERS = {
    b"Kaydara FBX": "an FBX file; open it in Blender (File, Import, FBX) and export it as glTF binary (.glb)",
    b"; FBX": "an FBX file; open it in Blender (File, Import, FBX) and export it as glTF binary (.glb)",
    b"BLENDER": "a Blender file; open it in Blender and export it as glTF binary (.glb)",
    b"\x28\xb5\x2f\xfd": "a packed Blender file; open it in Blender and export it as glTF binary (.glb)",
    b"PK\x03\x04": "an archive (zip or USDZ); unpack it and name the .glb, .vrm or .gltf inside",
    b"PXR-USDC": "a USD file; open it in Blender (File, Import, USD) and export it as glTF binary (.glb)",
    b"#usda": "a USD file; open it in Blender (File, Import, USD) and export it as glTF binary (.glb)",
    b"<?xml": "a COLLADA or other XML file; open it in Blender and export it as glTF binary (.glb)",
    b"HIERARCHY": "a BVH movement without a figure; name the figure, as binary glTF (.glb)",
    b"version https://git-lfs": "only a pointer to a file kept elsewhere (Git LFS); fetch it with git lfs pull",
}
_PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp", b"\xabKTX": "image/ktx2"}


def read_glb(path: str | os.PathLike[str]) -> tuple[dict[str, Any], bytes]:
    """Read a GLB, VRM or glTF file.

    Data URIs and files beside a .gltf become part of the binary; the document then has one buffer (others stay only
    where they are the empty stand-ins of compressed meshes).

    Returns
    -------
    tree : dict
        Its JSON, checked: every index, type and array that is used later is sound.
    binary : bytes
        Its first buffer.

    Raises
    ------
    BadInput
        If the file is missing, too large, not glTF or damaged, or lacks files that it names.
    """
    path = Path(path)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise BadInput(f"the avatar {path} {what}; check the path")
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise BadInput(
            f"the avatar {path} has {size / 1e6:.0f} MB, more than the {LARGEST_FILE / 1e6:.0f} MB a character needs;"
            " export it alone, with smaller textures"
        )
    if not size:
        raise BadInput(f"the avatar {path} is empty; export or download it again")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"the avatar {path} cannot be read ({error.strerror or error})") from None
    try:
        text, binary = _parts(path, data)
        tree = check_document(_parsed(text))
        _check_version(path, tree)
        binary = _one_buffer(path, tree, binary)
        check_arrays(tree, len(binary))
    except (Damaged, struct.error) as error:
        raise BadInput(f"the avatar {path} is damaged ({error}); export it again") from error
    return tree, binary


def _parts(path: Path, data: bytes) -> tuple[bytes, bytes | None]:
    """The JSON text and the binary chunk."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return data, None
    if len(data) < 20 or struct.unpack("<I", data[:4])[0] != MAGIC:
        for beginning, what in _OTHERS.items():
            if data.startswith(beginning):
                raise BadInput(f"the avatar {path} is {what}")
        raise BadInput(f"the avatar {path} is not a GLB or VRM file; export it as binary glTF (.glb)")
    version, total = struct.unpack("<II", data[4:12])
    if version != 2:
        raise BadInput(f"the avatar {path} is glTF of version {version}; export it as glTF 2.0")
    if total > len(data):
        raise Damaged(f"its header promises {total} bytes, it has {len(data)}")
    text: bytes | None = None
    binary: bytes | None = None
    at = 12
    while at + 8 <= total:
        length, kind = struct.unpack("<II", data[at : at + 8])
        chunk = data[at + 8 : min(at + 8 + length, total)]
        if len(chunk) < length:
            raise Damaged("a chunk is cut off")
        if kind == JSON_CHUNK and text is None:
            text = chunk
        elif kind == BINARY_CHUNK and binary is None:
            binary = chunk
        at += 8 + length
    if text is None:
        raise Damaged("it has no JSON")
    return text, binary


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text.decode("utf-8-sig"), parse_constant=_no_number)
    except RecursionError:
        raise Damaged("its JSON is nested too deep") from None
    except Damaged:
        raise
    except ValueError as error:
        raise Damaged(f"its JSON cannot be read: {error}") from None


def _no_number(name: str) -> Any:
    raise Damaged(f"its JSON holds {name}, which is no number")


def _check_version(path: Path, tree: dict[str, Any]) -> None:
    asset = tree.get("asset")
    version = asset.get("version") if isinstance(asset, dict) else None
    if version is not None and not str(version).startswith("2"):
        raise BadInput(f"the avatar {path} is glTF {version}; export it as glTF 2.0")


def _one_buffer(path: Path, tree: dict[str, Any], binary: bytes | None) -> bytes:
    """All buffers and pictures in one; changes the document accordingly."""
    whole = bytearray()
    starts: dict[int, int] = {}  # buffers that became part of the whole
    kept = []
    for i, buffer in enumerate(tree.get("buffers", [])):
        if "uri" in buffer:
            data = _named(path, buffer["uri"], "the data")
        elif i == 0 and binary is not None:
            data = binary
        elif _stand_in(buffer):
            kept.append(i)
            continue
        else:
            raise Damaged(f"buffers[{i}] has no data")
        if len(data) < buffer["byteLength"]:
            raise Damaged(f"buffers[{i}] promises {buffer['byteLength']} bytes, it has {len(data)}")
        whole += b"\0" * (-len(whole) % 4)
        starts[i] = len(whole)
        whole += data[: buffer["byteLength"]]
    places = {old: 1 + new for new, old in enumerate(kept)}
    for view in tree.get("bufferViews", []):
        for part in (view, *(view.get("extensions", {}).get(name, {}) for name in MESHOPT)):
            if "buffer" not in part:
                continue
            if part["buffer"] in starts:
                start = starts[part["buffer"]]
                if start:
                    part["byteOffset"] = part.get("byteOffset", 0) + start
                part["buffer"] = 0
            else:
                part["buffer"] = places[part["buffer"]]
    for i, image in enumerate(tree.get("images", [])):
        uri = image.pop("uri", None)
        if uri is None:
            continue
        if "bufferView" in image:
            raise Damaged(f"images[{i}] lies in two places")
        data = _named(path, uri, "the picture")
        whole += b"\0" * (-len(whole) % 4)
        view = {"buffer": 0, "byteOffset": len(whole), "byteLength": len(data)}
        tree.setdefault("bufferViews", []).append(view)
        image["bufferView"] = len(tree["bufferViews"]) - 1
        image["mimeType"] = next((m for b, m in _PICTURES.items() if data.startswith(b)), "image/png")
        whole += data
    others = [tree["buffers"][i] for i in kept]
    tree["buffers"] = [{"byteLength": len(whole)}, *others]
    return bytes(whole)


def _stand_in(buffer: dict[str, Any]) -> bool:
    """Whether a buffer without data only stands for what a decoder would put there."""
    return any(buffer.get("extensions", {}).get(name, {}).get("fallback") is True for name in MESHOPT)


def _named(path: Path, uri: str, what: str) -> bytes:
    """The bytes behind a URI: in itself, or in a file beside the avatar."""
    if uri.startswith("data:"):
        head, comma, body = uri.partition(",")
        if not comma:
            raise Damaged(f"{what} in a data URI are cut off")
        try:
            return base64.b64decode(body, validate=True) if head.endswith(";base64") else unquote(body).encode()
        except binascii.Error:
            raise Damaged(f"{what} in a data URI cannot be decoded") from None
    folder = path.resolve().parent
    name = unquote(uri)
    if ":" in name or "\0" in name or folder not in (found := (folder / name).resolve()).parents:
        raise BadInput(f"the avatar {path} keeps {what} elsewhere ('{name[:60]}'); export it as one .glb")
    if not found.is_file():
        raise BadInput(
            f"the avatar {path} names {what} '{name[:60]}', but there is no such file beside it;"
            " put the file there or export it as one .glb"
        )
    if found.stat().st_size > LARGEST_FILE:
        raise BadInput(f"{found} has {found.stat().st_size / 1e6:.0f} MB, more than a character needs")
    return found.read_bytes()
