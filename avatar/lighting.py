"""Light on vertices: a warm key light with shadow, sky and floor light, a rim from behind, gloss and open shade.

The software renderer only fills triangles between vertex colours; what a shader would do happens here, in numpy,
for a few ten thousand vertices a frame.
"""

from __future__ import annotations

import cv2
import numpy as np

from audio_to_body.avatar.materials import Material

KEY_DIRECTION = np.array([-0.42, 0.78, 0.62]) / np.linalg.norm([-0.42, 0.78, 0.62])
KEY_COLOUR = np.array([1.0, 0.94, 0.85], np.float32) * 2.15
RIM_DIRECTION = np.array([0.62, 0.42, -0.75]) / np.linalg.norm([0.62, 0.42, -0.75])
RIM_COLOUR = np.array([0.72, 0.82, 1.0], np.float32) * 1.0
SKY_COLOUR = np.array([0.80, 0.88, 1.0], np.float32) * 0.62
FLOOR_COLOUR = np.array([0.85, 0.74, 0.64], np.float32) * 0.32
SHADOW_CELLS = 192
DEEPEST = 4.0  # m from the scene's middle, along the light
EVEN = 0.008  # m: unevenness that throws no shadow of its own
SPOT = (9, 9)  # cells of the soft spot
MOST_LOOKS = 30000  # vertices that OpenCV looks up at once
BLEEDING = 0.12  # share of light that the moments let through where there is none


class ShadowMap:
    """Depth seen from the key light, splatted from vertices (dense meshes leave no holes after one closing).

    Kept over a soft spot as the share that is covered, and the mean and mean square depth there (variance shadow
    maps, Donnelly and Lauritzen 2006): one look into the map gives an even edge, wider than vertices lie apart.

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
        scale = np.array([SHADOW_CELLS / size, SHADOW_CELLS / size, 1.0], np.float32)
        shift = np.array([0.5 * SHADOW_CELLS - 0.5, 0.5 * SHADOW_CELLS - 0.5, 0.0], np.float32)
        self._turn = np.ascontiguousarray((self.axes * scale[:, None]).T)
        self._shift = shift - self.centre.astype(np.float32) @ self._turn
        self._moments = np.zeros((SHADOW_CELLS, SHADOW_CELLS, 3), np.float32)

    def place(self, vertices: np.ndarray) -> np.ndarray:
        """Vertices ``[n, 3]`` as the light sees them: cells across, metres towards it; float32 ``[n, 3]``."""
        local: np.ndarray = vertices @ self._turn
        local += self._shift
        return local

    def draw(self, placed: list[np.ndarray]) -> None:
        """Renew the map from everything that throws a shadow, as :meth:`place` gives it."""
        local = np.concatenate(placed)
        cell = np.rint(local[:, :2]).astype(np.int32)
        keep = ((cell >= 0) & (cell < SHADOW_CELLS)).all(axis=1)
        flat = cell[keep, 1] * SHADOW_CELLS + cell[keep, 0]
        depth = local[keep, 2]
        # the last writer wins: the one nearest the light; 16 bits of depth (0.1 mm) sort ten times faster
        steps = np.clip((depth + DEEPEST) * (65535 / (2 * DEEPEST)), 0, 65535).astype(np.uint16)
        order = np.argsort(steps, kind="stable")
        grid = np.full(SHADOW_CELLS * SHADOW_CELLS, -DEEPEST, np.float32)
        grid[flat[order]] = depth[order]
        grid = grid.reshape(SHADOW_CELLS, SHADOW_CELLS)
        grid = cv2.morphologyEx(grid, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        covered = (grid > -DEEPEST).astype(np.float32)
        grid *= covered
        cv2.GaussianBlur(cv2.merge([covered, grid, grid * grid]), SPOT, 0, dst=self._moments)

    def lit(self, placed: np.ndarray) -> np.ndarray:
        """Share of the key light that reaches vertices ``[n, 3]``, as :meth:`place` gives them; 0 to 1."""
        looked = np.empty((len(placed), 3), np.float32)
        for start in range(0, len(placed), MOST_LOOKS):
            part = slice(start, start + MOST_LOOKS)
            x, y = np.ascontiguousarray(placed[part, 0]), np.ascontiguousarray(placed[part, 1])
            # outside of the map nothing is covered
            looked[part] = cv2.remap(self._moments, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)[:, 0]
        covered = looked[:, 0]
        mean, square = (looked[:, 1:] / np.maximum(covered, np.float32(1e-6))[:, None]).T
        variance = np.maximum(square - mean * mean, 0) + np.float32(EVEN * EVEN)
        above = np.maximum(mean - placed[:, 2], 0)
        share = variance / (variance + above * above)  # Chebyshev's bound of what lies behind
        share = np.maximum((share - np.float32(BLEEDING)) * np.float32(1 / (1 - BLEEDING)), 0)
        return 1 - covered * (1 - share)


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
    view *= _reciprocal_length(view)
    facing = np.abs(np.einsum("ni,ni->n", normals, view))
    toward = normals @ _LIGHTS  # key, rim, up
    key = np.maximum((toward[:, 0] + np.float32(0.12)) * np.float32(1 / 1.12), 0) * lit
    rim = np.maximum(toward[:, 1], 0)
    sky = 0.5 + 0.5 * toward[:, 2]
    view += _KEY
    view *= _reciprocal_length(view)  # halfway between the eye and the light
    shine = gloss[:, 0] * lit * np.clip(np.einsum("ni,ni->n", normals, view), 0, 1) ** gloss[:, 1]
    grazing = np.square(np.square(1 - facing))
    fresnel = grazing * (0.04 + 0.25 * gloss[:, 0]) * openness
    # what falls on the surface and what comes off it, as sums of coloured lights
    diffuse = np.empty((len(vertices), 4), np.float32)
    diffuse[:, 0] = key * (0.35 + 0.65 * openness)
    diffuse[:, 1] = sky * openness
    diffuse[:, 2] = openness - diffuse[:, 1]
    diffuse[:, 3] = rim * openness
    mirrored = np.empty((len(vertices), 3), np.float32)
    mirrored[:, 0], mirrored[:, 1], mirrored[:, 2] = shine, fresnel * sky, fresnel * rim
    colour = diffuse @ _DIFFUSE
    colour *= albedo
    colour += mirrored @ _MIRRORED
    return to_display(colour)


def _reciprocal_length(vectors: np.ndarray) -> np.ndarray:
    return (1 / np.sqrt(np.einsum("ni,ni->n", vectors, vectors)))[:, None]


_KEY = KEY_DIRECTION.astype(np.float32)
_LIGHTS = np.ascontiguousarray(np.stack([KEY_DIRECTION, RIM_DIRECTION, [0.0, 1.0, 0.0]], axis=1), np.float32)
_DIFFUSE = np.stack([KEY_COLOUR, SKY_COLOUR, FLOOR_COLOUR, 0.5 * RIM_COLOUR])
_MIRRORED = np.stack([KEY_COLOUR, SKY_COLOUR, np.ones(3, np.float32)])
_CURVE_STEPS = 2048
_CURVE_TOP = 4.0
_linear = np.linspace(0, _CURVE_TOP, _CURVE_STEPS)
_filmic = (_linear * (2.51 * _linear + 0.03)) / (_linear * (2.43 * _linear + 0.59) + 0.14)  # ACES fit by Narkowicz
_CURVE = (np.clip(_filmic, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)


def to_display(colour: np.ndarray) -> np.ndarray:
    """Linear light as sRGB bytes, highlights rolled off."""
    steps = np.multiply(colour, np.float32(0.72 * (_CURVE_STEPS - 1) / _CURVE_TOP), dtype=np.float32)
    np.minimum(np.maximum(steps, 0, out=steps), _CURVE_STEPS - 1, out=steps)
    return np.take(_CURVE, steps.astype(np.intp))


def gloss_of(material: Material) -> tuple[float, float]:
    """Strength and exponent of a material's highlight from its roughness."""
    smooth = 1.0 - material.roughness
    return (0.04 + 0.5 * material.metallic) * (0.3 + 9.0 * smooth**3), 4.0 + 220.0 * smooth**3
