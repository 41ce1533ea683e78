"""What things are made of: metallic-roughness values as glTF understands them, linear colours."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Material:
    """A surface.

    Attributes
    ----------
    colour : (float, float, float)
        Base colour, linear light.
    roughness, metallic : float
        0 to 1.
    """

    colour: tuple[float, float, float]
    roughness: float
    metallic: float = 0.0


def _srgb(code: str) -> tuple[float, float, float]:
    values = [int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]
    return linear[0], linear[1], linear[2]


MATERIALS: dict[str, Material] = {
    "skin": Material(_srgb("#d9a98c"), 0.55),
    "lips": Material(_srgb("#b9776a"), 0.5),
    "hair": Material(_srgb("#3a2a22"), 0.45),
    "eye": Material(_srgb("#2a1d18"), 0.2),
    "cloth": Material(_srgb("#2f3a4f"), 0.85),
    "trousers": Material(_srgb("#23252c"), 0.9),
    "linen": Material(_srgb("#e9e4da"), 0.8),
    "leather": Material(_srgb("#1b1715"), 0.35),
    "spruce": Material(_srgb("#9c5222"), 0.28),
    "maple": Material(_srgb("#7a3d1b"), 0.28),
    "ebony": Material(_srgb("#1a1614"), 0.4),
    "purfling": Material(_srgb("#2d1a10"), 0.5),
    "string": Material(_srgb("#cfcfcf"), 0.3, 0.9),
    "horsehair": Material(_srgb("#efe7d2"), 0.7),
    "pernambuco": Material(_srgb("#6b2f17"), 0.3),
    "silver": Material(_srgb("#d5d5d8"), 0.25, 1.0),
    "lacquer": Material(_srgb("#101012"), 0.12),
    "ivory": Material(_srgb("#f4f0e4"), 0.3),
    "black_key": Material(_srgb("#17171a"), 0.3),
    "felt": Material(_srgb("#7a1e26"), 0.9),
    "brass": Material(_srgb("#a37a35"), 0.35, 0.85),
    "seat": Material(_srgb("#2a1f1c"), 0.5),
}
