"""The colours of an avatar's surfaces: materials, textures, colours of vertices."""

from __future__ import annotations

from typing import Any

import numpy as np

from audio_to_body.avatar.own_avatar.extensions import undrawn
from audio_to_body.avatar.own_avatar.reading import OwnAvatar
from audio_to_body.skeleton.refusal import BadInput

TEXTURE_SIZE = 512  # pixels that a texture is brought down to: finer than vertices can show
LARGEST_TEXTURE = 16_384  # pixels a side: 16 times what avatars have
_KTX2 = b"\xabKTX 20\xbb\r\n\x1a\n"


class Colours:
    """A material's colour at places of its texture.

    Parameters
    ----------
    own : OwnAvatar
    material : int, optional
        Which of the file's; white without one.
    textures : dict
        Pictures that were decoded already, by their number; added to.
    """

    def __init__(self, own: OwnAvatar, material: int | None, textures: dict[int, np.ndarray]):
        self._factor = np.ones(4)
        self._texture: np.ndarray | None = None
        self._move = np.eye(2, 3)  # from the file's places on the texture to those that are shown
        self._clear = False
        self.set = 0  # which of the vertices' places on textures counts
        if material is None:
            return
        described = own.tree["materials"][material]
        self._clear = described.get("alphaMode", "OPAQUE") != "OPAQUE"
        gloss = described.get("extensions", {}).get("KHR_materials_pbrSpecularGlossiness")
        painted = described.get("pbrMetallicRoughness", {})
        # the older way of describing gloss stands in an extension; the plain one is its fallback, often grey
        factor, texture = (
            (painted.get("baseColorFactor"), painted.get("baseColorTexture"))
            if gloss is None
            else (gloss.get("diffuseFactor"), gloss.get("diffuseTexture"))
        )
        self._factor = np.array(factor or [1, 1, 1, 1], float)
        if texture is None:
            return
        moved = texture.get("extensions", {}).get("KHR_texture_transform", {})
        self.set = moved.get("texCoord", texture.get("texCoord", 0))
        turn = moved.get("rotation", 0.0)
        turned = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        self._move[:, :2] = turned * np.array(moved.get("scale", [1, 1]))
        self._move[:, 2] = moved.get("offset", [0, 0])
        image = _image(own, own.tree["textures"][texture["index"]])
        if image is not None:
            if image not in textures:
                textures[image] = _decoded(own, own.tree["images"][image])
            self._texture = textures[image]

    def at(self, uv: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Linear colours ``[n, 3]`` and opacity ``[n]``."""
        found = np.tile(self._factor, (len(uv), 1))
        if self._texture is not None:
            height, width = self._texture.shape[:2]
            place = (uv @ self._move[:, :2].T + self._move[:, 2]) % 1.0
            x = np.minimum((place[:, 0] * width).astype(int), width - 1)
            y = np.minimum((place[:, 1] * height).astype(int), height - 1)
            found = found * self._texture[y, x]
        return found[:, :3], found[:, 3] if self._clear else np.ones(len(uv))


def _image(own: OwnAvatar, texture: dict[str, Any]) -> int | None:
    """Which picture a texture shows: one that is read here, if it names several."""
    extensions = texture.get("extensions", {})
    if "source" in texture:
        return int(texture["source"])
    if "source" in extensions.get("EXT_texture_webp", {}):
        return int(extensions["EXT_texture_webp"]["source"])
    for name in extensions:
        raise undrawn(own.path, "a texture", name)
    return None


def _decoded(own: OwnAvatar, image: dict[str, Any]) -> np.ndarray:
    """A texture in linear light with opacity ``[height, width, 4]``, 0 to 1."""
    import cv2

    if "bufferView" not in image:
        raise BadInput(f"the avatar {own.path} has a texture without a picture; export it again")
    view = own.tree["bufferViews"][image["bufferView"]]
    start = view.get("byteOffset", 0)
    data = own.binary[start : start + view["byteLength"]]
    kind = image.get("mimeType", "unknown")
    if data.startswith(_KTX2):
        raise undrawn(own.path, "a texture", "KHR_texture_basisu")
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if data else None
    except cv2.error:
        pixels = None
    if pixels is None or max(pixels.shape[:2]) > LARGEST_TEXTURE:
        raise BadInput(f"a texture of {own.path} ({kind[:40]}) cannot be read; use PNG or JPEG")
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    elif pixels.dtype != np.uint8:  # pictures of light, which glTF does not have
        raise BadInput(f"a texture of {own.path} ({kind[:40]}) is no PNG, JPEG or WebP; export it as one of them")
    if pixels.ndim == 2:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGRA)
    elif pixels.shape[2] == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_BGR2BGRA)
    elif pixels.shape[2] == 2:
        pixels = np.dstack([pixels[..., :1]] * 3 + [pixels[..., 1:]])
    share = TEXTURE_SIZE / max(pixels.shape[:2])
    if share < 1:
        size = (max(1, round(pixels.shape[1] * share)), max(1, round(pixels.shape[0] * share)))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    values = pixels[..., [2, 1, 0, 3]] / 255.0
    values[..., :3] = np.where(
        values[..., :3] <= 0.04045, values[..., :3] / 12.92, ((values[..., :3] + 0.055) / 1.055) ** 2.4
    )
    return values
