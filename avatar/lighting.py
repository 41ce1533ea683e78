"""Light on vertices: a warm key light with shadow, sky and floor light, a rim from behind, gloss and open shade.

The software renderer only fills triangles between vertex colours; what a shader would do happens here, in numpy,
for a few ten thousand vertices a frame.
"""

from __future__ import annotations

import cv2
import numpy as np

from avatar.materials import Material

KEY_DIRECTION = np.array([-0.42, 0.78, 0.62]) / np.linalg.norm([-0.42, 0.78, 0.62])
KEY_COLOUR = np.array([1.0, 0.94, 0.85], np.float32) * 2.15
RIM_DIRECTION = np.array([0.62, 0.42, -0.75]) / np.linalg.norm([0.62, 0.42, -0.75])
RIM_COLOUR = np.array([0.72, 0.82, 1.0], np.float32) * 1.0
SKY_COLOUR = np.array([0.80, 0.88, 1.0], np.float32) * 0.62
FLOOR_COLOUR = np.array([0.85, 0.74, 0.64], np.float32) * 0.32
SHADOW_CELLS = 160
SHADOW_BIAS = 0.035  # m; between skin and its own shadow
SOFTNESS = 0.03  # m over which a shadow fades


class ShadowMap:
    """Depth seen from the key light, splatted from vertices (dense meshes leave no holes after one closing).

    Parameters
    ----------
    centre : np.ndarray [3]
        Middle of the scene.
    size : float
        Side of the square the light covers, metres.
    """

    def __init__(self, centre: np.ndarray, size: float):
        self.centre, self.size = centre, size
        side = np.cross([0.0, 1.0, 0.0], KEY_DIRECTION)
        side /= np.linalg.norm(side)
        self.axes = np.stack([side, np.cross(KEY_DIRECTION, side), KEY_DIRECTION]).astype(np.float32)
        self.depth = np.full((SHADOW_CELLS, SHADOW_CELLS), -np.inf, np.float32)

    def _place(self, vertices: np.ndarray) -> np.ndarray:
        local = (vertices - self.centre.astype(np.float32)) @ self.axes.T
        local[:, :2] = (local[:, :2] / self.size + 0.5) * SHADOW_CELLS - 0.5
        return local

    def draw(self, vertex_sets: list[np.ndarray]) -> None:
        """Renew the map from the vertices of everything that throws a shadow."""
        local = self._place(np.concatenate(vertex_sets))
        cell = np.rint(local[:, :2]).astype(np.int32)
        keep = ((cell >= 0) & (cell < SHADOW_CELLS)).all(axis=1)
        flat = cell[keep, 1] * SHADOW_CELLS + cell[keep, 0]
        depth = local[keep, 2]
        order = np.argsort(depth)  # the last writer wins: the one nearest the light
        grid = np.full(SHADOW_CELLS * SHADOW_CELLS, -9.0, np.float32)
        grid[flat[order]] = depth[order]
        grid = grid.reshape(SHADOW_CELLS, SHADOW_CELLS)
        self.depth = cv2.morphologyEx(grid, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))

    def lit(self, vertices: np.ndarray, softness: float = SOFTNESS) -> np.ndarray:
        """Share of the key light that reaches vertices ``[n, 3]``, 0 to 1."""
        local = self._place(vertices)
        hidden = np.zeros(len(vertices), np.float32)
        x, y = local[:, 0].astype(np.float32), local[:, 1].astype(np.float32)
        spread = max(softness / self.size * SHADOW_CELLS, 0.7)
        for dx, dy in ((-1, -0.4), (0.4, -1), (1, 0.4), (-0.4, 1), (0, 0)):
            behind = cv2.remap(
                self.depth,
                x + np.float32(dx * spread),
                y + np.float32(dy * spread),
                cv2.INTER_NEAREST,
                borderMode=cv2.BORDER_CONSTANT,
                borderValue=-9.0,
            )[:, 0]
            hidden += np.clip((behind - local[:, 2] - SHADOW_BIAS) / SOFTNESS, 0, 1)
        return 1.0 - hidden / 5.0


def shade(
    vertices: np.ndarray,
    normals: np.ndarray,
    albedo: np.ndarray,
    gloss: np.ndarray,
    openness: np.ndarray,
    eye: np.ndarray,
    lit: np.ndarray,
) -> np.ndarray:
    """Display colours of vertices.

    Parameters
    ----------
    vertices, normals : np.ndarray, float32 [n, 3]
    albedo : np.ndarray, float32 [n, 3]
        Linear base colours.
    gloss : np.ndarray, float32 [n, 2]
        Strength and exponent of the highlight.
    openness : np.ndarray, float32 [n]
        Ambient occlusion, 0 to 1.
    eye : np.ndarray [3]
        Where the camera is.
    lit : np.ndarray, float32 [n]
        Share of the key light that arrives.

    Returns
    -------
    np.ndarray, uint8 [n, 3]
        sRGB.
    """
    view = eye.astype(np.float32) - vertices
    view /= np.sqrt(np.einsum("ni,ni->n", view, view))[:, None]
    facing = np.abs(np.einsum("ni,ni->n", normals, view))
    key = np.clip((normals @ KEY_DIRECTION.astype(np.float32) + 0.12) / 1.12, 0, None) * lit
    rim = np.clip(normals @ RIM_DIRECTION.astype(np.float32), 0, None)
    sky = (0.5 + 0.5 * normals[:, 1])[:, None]
    around = (sky * SKY_COLOUR + (1 - sky) * FLOOR_COLOUR) * openness[:, None]
    light = key[:, None] * KEY_COLOUR * (0.35 + 0.65 * openness[:, None]) + around
    light += (rim * openness)[:, None] * RIM_COLOUR * 0.5
    half = view + KEY_DIRECTION.astype(np.float32)
    half /= np.sqrt(np.einsum("ni,ni->n", half, half))[:, None]
    shine = gloss[:, 0] * lit * np.clip(np.einsum("ni,ni->n", normals, half), 0, 1) ** gloss[:, 1]
    fresnel = (1 - facing) ** 4 * (0.04 + 0.25 * gloss[:, 0]) * openness
    colour = albedo * light + shine[:, None] * KEY_COLOUR + fresnel[:, None] * (sky * SKY_COLOUR + rim[:, None])
    return to_display(colour)


_CURVE_STEPS = 2048
_CURVE_TOP = 4.0
_linear = np.linspace(0, _CURVE_TOP, _CURVE_STEPS)
_filmic = (_linear * (2.51 * _linear + 0.03)) / (_linear * (2.43 * _linear + 0.59) + 0.14)  # ACES fit by Narkowicz
_CURVE = (np.clip(_filmic, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)


def to_display(colour: np.ndarray) -> np.ndarray:
    """Linear light as sRGB bytes, highlights rolled off."""
    return _CURVE[np.clip(colour * (0.72 * (_CURVE_STEPS - 1) / _CURVE_TOP), 0, _CURVE_STEPS - 1).astype(np.int32)]


def gloss_of(material: Material) -> tuple[float, float]:
    """Strength and exponent of a material's highlight from its roughness."""
    smooth = 1.0 - material.roughness
    return (0.04 + 0.5 * material.metallic) * (0.3 + 9.0 * smooth**3), 4.0 + 220.0 * smooth**3
