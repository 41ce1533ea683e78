"""A violin and its bow, modelled by code at full size.

Violin's own directions: x from the end button towards the scroll, y up through the top plate, z to the E string's
side; origin at the button, in the middle of the ribs. Bow's: x along the hair from the frog to the tip, y towards
the stick; origin where the hair leaves the frog.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from audio_to_body.avatar.mesh import Mesh, merged
from audio_to_body.avatar.solids import box, extruded, flat_shaded, swept
from audio_to_body.avatar.surface import Ellipsoid, gradient, polygonise
from audio_to_body.musician.bowing import BOW_LENGTH
from audio_to_body.musician.violin_playing import (
    BOWED_POINT,
    BRIDGE,
    STRING_ARCH,
    STRING_FALL,
    STRING_GAPS,
    STRING_HEIGHT,
)
from audio_to_body.musician.violin_ways import STRING_LENGTH

BODY_LENGTH = 0.356  # m, Stradivari's long form is 5 mm longer
LENGTH = 0.592  # m, button to scroll
RIB = 0.0145  # m, half of the ribs' height
NUT = BRIDGE + STRING_LENGTH
BOWED = BRIDGE + BOWED_POINT  # m from the button: where the hair meets the strings
NUT_HEIGHT = STRING_HEIGHT - STRING_FALL  # m of the strings above the ribs' middle at the nut
HAIR_WIDTH = 0.0085  # m
STICK_HEIGHT = (0.021, 0.011, 0.018)  # m of the stick's middle above the hair at frog, middle and tip

# half widths of the body along its length, metres: lower bout, waist with its corners, upper bout
_OUTLINE = np.array(
    [
        [0.0, 0.0], [0.0015, 0.022], [0.008, 0.050], [0.02, 0.073], [0.04, 0.092], [0.065, 0.1015], [0.085, 0.1035],
        [0.105, 0.101], [0.122, 0.0945], [0.134, 0.0915], [0.138, 0.0925], [0.142, 0.083], [0.150, 0.067],
        [0.163, 0.0575], [0.180, 0.0545], [0.197, 0.0565], [0.213, 0.064], [0.222, 0.0745], [0.2265, 0.0795],
        [0.232, 0.0745], [0.245, 0.0775], [0.262, 0.0825], [0.280, 0.0835], [0.300, 0.080], [0.320, 0.0705],
        [0.336, 0.056], [0.347, 0.0375], [0.353, 0.023], [0.356, 0.0],
    ]
)  # fmt: skip


def half_width(x: np.ndarray) -> np.ndarray:
    """Half of the body's width at distances from the button, metres."""
    return np.interp(x, _OUTLINE[:, 0], _OUTLINE[:, 1])


def string_height(x: np.ndarray | float, string: int) -> np.ndarray:
    """Height of a string (0 G to 3 E) above the ribs' middle at a distance from the button."""
    share = (np.asarray(x, float) - BOWED) / (NUT - BOWED)
    bowed = STRING_HEIGHT - STRING_ARCH * (string - 1.5) ** 2 / 2.25
    return bowed + share * (NUT_HEIGHT - bowed)


def string_side(x: np.ndarray | float, string: int | np.ndarray) -> np.ndarray:
    """How far a string lies to the E string's side of the middle at a distance from the button."""
    share = (np.asarray(x, float) - BOWED) / (NUT - BOWED)
    gap = STRING_GAPS[1] + share * (STRING_GAPS[0] - STRING_GAPS[1])
    return (np.asarray(string) - 1.5) * gap


def string_point(x: float, string: int) -> np.ndarray:
    """A place on a string in the violin's directions, ``[3]``."""
    return np.array([x, float(string_height(x, string)), float(string_side(x, string))])


@lru_cache(maxsize=1)
def bowed_points() -> np.ndarray:
    """Where the hair meets each string, ``[4, 3]``, G to E."""
    return np.stack([string_point(BOWED, string) for string in range(4)])


def _plate(name: str, material: str, top: bool, stations: int = 56, across: int = 17) -> Mesh:
    """One arched plate with its overhanging edge."""
    share = 0.5 - 0.5 * np.cos(np.linspace(0, np.pi, stations))
    x = np.unique(np.concatenate([share * BODY_LENGTH, _OUTLINE[8:20, 0]]))
    overhang = 0.0028
    s = np.sin(np.linspace(-np.pi / 2, np.pi / 2, across))
    width = half_width(x) + overhang * np.minimum(1.0, half_width(x) / 0.03)
    arch = 0.0125 * np.sin(np.pi * np.clip(x / BODY_LENGTH, 0, 1)) ** 0.55
    height = RIB + 0.0035 + arch[:, None] * (np.clip(1 - np.abs(s[None, :]) ** 2.2, 0, 1) ** 1.15)
    grid = np.stack([np.broadcast_to(x[:, None], height.shape), height, width[:, None] * s[None, :]], axis=-1)
    grid[0, :, 0] -= overhang
    grid[-1, :, 0] += overhang
    under = grid.copy()
    under[..., 1] = RIB
    if not top:
        grid[..., 1] *= -1
        under[..., 1] *= -1
    n, m = grid.shape[:2]
    i = np.arange(n * m).reshape(n, m)
    quad = [i[:-1, :-1], i[:-1, 1:], i[1:, 1:], i[1:, :-1]]
    faces = np.stack(quad if top else quad[::-1], axis=-1).reshape(-1, 4)
    rim = np.concatenate([i[:, 0], i[-1, 1:], i[::-1, -1][1:], i[0, ::-1][1:]])
    vertices = np.concatenate([grid.reshape(-1, 3), under.reshape(-1, 3)])
    side = np.stack([rim[:-1], rim[1:], rim[1:] + n * m, rim[:-1] + n * m], axis=-1)
    faces = np.concatenate([faces, side if top else side[:, ::-1]])
    return _outwards(name, material, vertices, faces, np.array([BODY_LENGTH / 2, 0.0, 0.0]))


def _outwards(name: str, material: str, vertices: np.ndarray, quads: np.ndarray, centre: np.ndarray) -> Mesh:
    """Quads as triangles, every one turned away from a centre (for shapes that bulge from it)."""
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    corner = vertices[triangles]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    middle = corner.mean(axis=1)
    flip = np.einsum("ni,ni->n", normal, (middle - centre) * [0.15, 1, 1]) < 0
    triangles[flip] = triangles[flip][:, ::-1]
    return flat_shaded(name, material, vertices, triangles)


def _ribs() -> Mesh:
    x = _OUTLINE[:, 0]
    z = _OUTLINE[:, 1]
    outline = np.concatenate([np.column_stack([x, z]), np.column_stack([x[-2:0:-1], -z[-2:0:-1]])])
    return extruded("ribs", "maple", outline, -RIB, RIB)


def _f_hole(sign: float) -> Mesh:
    """A sound hole, as a dark inlay that follows the arch."""
    t = np.linspace(0, 1, 22)
    x = 0.165 + 0.072 * t
    z = sign * (0.0435 - 0.017 * t + 0.0075 * np.sin(2 * np.pi * t))
    width = (
        0.0011
        + 0.0022 * np.sin(np.pi * t)
        + 0.0026 * (np.exp(-(((t - 0.03) / 0.05) ** 2)) + np.exp(-(((t - 0.97) / 0.05) ** 2)))
    )
    arch = 0.0125 * np.sin(np.pi * x / BODY_LENGTH) ** 0.55
    share = np.abs(z) / half_width(x)
    y = RIB + 0.0035 + arch * np.clip(1 - share**2.2, 0, 1) ** 1.15 + 0.0012
    left = np.column_stack([x, y, z - width])
    right = np.column_stack([x, y, z + width])
    vertices = np.concatenate([left, right])
    n = len(t)
    i = np.arange(n - 1)
    triangles = np.concatenate([np.column_stack([i, i + n, i + n + 1]), np.column_stack([i, i + n + 1, i + 1])])
    a, b, c = vertices[triangles[0]]
    if np.cross(b - a, c - a)[1] < 0:
        triangles = triangles[:, ::-1]
    return flat_shaded("f-hole", "purfling", vertices, triangles)


def _strip(
    name: str, material: str, x: np.ndarray, top: np.ndarray, bottom: np.ndarray, half: np.ndarray, arch: float
) -> Mesh:
    """A board along the strings: its upper side arched across."""
    s = np.linspace(-1, 1, 7)
    upper = np.stack(
        [np.broadcast_to(x[:, None], (len(x), 7)), top[:, None] - arch * s[None, :] ** 2, half[:, None] * s[None, :]],
        axis=-1,
    )
    lower = upper.copy()
    lower[..., 1] = bottom[:, None]
    n, m = upper.shape[:2]
    i = np.arange(n * m).reshape(n, m)
    faces = [np.stack([i[:-1, :-1], i[:-1, 1:], i[1:, 1:], i[1:, :-1]], axis=-1).reshape(-1, 4)]
    faces.append(faces[0][:, ::-1] + n * m)
    rim = np.concatenate([i[:, 0], i[-1, 1:], i[::-1, -1][1:], i[0, ::-1][1:]])
    faces.append(np.stack([rim[:-1], rim[1:], rim[1:] + n * m, rim[:-1] + n * m], axis=-1))
    vertices = np.concatenate([upper.reshape(-1, 3), lower.reshape(-1, 3)])
    return _outwards(name, material, vertices, np.concatenate(faces), vertices.mean(axis=0))


def _scroll() -> list[Mesh]:
    turn = np.linspace(0, 3.3 * np.pi, 34)
    radius = 0.0165 * np.exp(-0.16 * turn)
    spiral = np.column_stack(
        [0.567 + radius * np.sin(turn), 0.004 + 0.002 - radius * np.cos(turn) - 0.001 * turn, np.zeros_like(turn)]
    )
    meshes = []
    for sign in (1.0, -1.0):
        path = spiral + np.outer(np.linspace(0.006, 0.0125, 34) * sign, [0, 0, 1])
        meshes.append(swept("scroll", "maple", path, np.linspace(0.0068, 0.0035, 34), 8))
    meshes.append(
        swept("scroll middle", "maple", np.array([[0.567, 0.005, -0.010], [0.567, 0.005, 0.010]]), 0.0145, 14)
    )
    return meshes


@lru_cache(maxsize=1)
def violin() -> tuple[Mesh, ...]:
    """The violin, one mesh per material."""
    meshes = [_plate("top", "spruce", True), _plate("back", "maple", False), _ribs()]
    meshes += [_f_hole(1.0), _f_hole(-1.0)]
    board_x = np.linspace(0.262, NUT, 8)
    gap = np.array([float(string_side(x, 3)) for x in board_x]) + 0.0055
    board_top = np.array([min(float(string_height(x, s)) for s in (0, 3)) for x in board_x]) - 0.0012
    meshes.append(_strip("fingerboard", "ebony", board_x, board_top + 0.0012, board_top - 0.0055, gap, 0.0028))
    neck_x = np.linspace(0.345, 0.535, 9)
    neck_y = np.interp(neck_x, [0.345, 0.535], [0.0085, 0.0165])
    neck = swept(
        "neck",
        "maple",
        np.column_stack([neck_x, neck_y, np.zeros(9)]),
        np.interp(neck_x, [0.345, 0.365, 0.5, 0.535], [0.0225, 0.0148, 0.0125, 0.0125]),
        14,
    )
    meshes.append(neck)
    box_x = np.linspace(0.53, 0.572, 6)
    meshes.append(
        _strip(
            "peg box",
            "maple",
            box_x,
            np.interp(box_x, [0.53, 0.572], [0.0275, 0.016]),
            np.interp(box_x, [0.53, 0.572], [0.007, -0.008]),
            np.interp(box_x, [0.53, 0.572], [0.0125, 0.0085]),
            0.0,
        )
    )
    meshes += _scroll()
    for i, (x, side) in enumerate(zip((0.536, 0.545, 0.554, 0.563), (1, -1, 1, -1))):
        y = 0.0175 - 0.0045 * i
        meshes.append(swept("peg", "ebony", np.array([[x, y, -0.014 * side], [x, y, 0.020 * side]]), 0.0036, 8))
        meshes.append(
            swept(
                "peg head",
                "ebony",
                np.array([[x, y, 0.020 * side], [x, y, 0.0235 * side], [x, y, 0.037 * side]]),
                np.array([0.0035, 0.0085, 0.0065]),
                10,
                0.5,
            )
        )
    meshes.append(
        box(
            "nut",
            "ebony",
            np.array([NUT - 0.002, 0.018, -0.0125]),
            np.array([NUT + 0.003, NUT_HEIGHT - 8e-4, 0.0125]),
            0.001,
        )
    )
    meshes.append(_bridge())
    tail_x = np.linspace(0.006, 0.118, 8)
    meshes.append(
        _strip(
            "tailpiece",
            "ebony",
            tail_x,
            np.interp(tail_x, [0, 0.118], [0.024, 0.0405]),
            np.interp(tail_x, [0, 0.118], [0.019, 0.035]),
            np.interp(tail_x, [0, 0.118], [0.010, 0.0215]),
            0.004,
        )
    )
    chin = Ellipsoid(np.array([0.046, RIB + 0.021, -0.026]), np.array([0.036, 0.009, 0.044]))
    vertices, triangles = polygonise(chin, np.array([0.0, 0.0, -0.12]), np.array([0.1, 0.08, 0.02]), 0.0055)
    meshes.append(Mesh("chin rest", "ebony", vertices, gradient(chin, vertices), triangles))
    meshes.append(swept("button", "ebony", np.array([[-0.009, 0, 0], [0.004, 0, 0]]), 0.0055, 10))
    for string in range(4):
        ends = [
            np.array([0.112, 0.040, 0.0058 * (string - 1.5) * 2]),
            string_point(BRIDGE, string),
            string_point(NUT, string),
            np.array([0.536 + 0.009 * string, 0.0185 - 0.0045 * string, 0.0]),
        ]
        meshes.append(swept("string", "string", np.array(ends), 0.00075 - 0.00012 * string, 5))
    return by_material("violin", meshes)


def _bridge() -> Mesh:
    outline = np.array(
        [[-0.0205, 0.0265], [-0.0125, 0.0265], [-0.009, 0.0315], [0.009, 0.0315], [0.0125, 0.0265], [0.0205, 0.0265],
         [0.0205, 0.029], [0.0155, 0.033], [0.0185, 0.0385], [0.0195, 0.0437], [0.0100, 0.0473], [0.0, 0.0490],
         [-0.0100, 0.0473], [-0.0195, 0.0437], [-0.0185, 0.0385], [-0.0155, 0.033], [-0.0205, 0.029]]
    )  # fmt: skip
    flat = extruded("bridge", "linen", outline * [1, 1], -0.0022, 0.0022)
    # extruded along y over (x, z): turn its directions to (across, height) -> (z, y), thickness -> x
    turn = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], float)
    return flat.moved(turn, np.array([BRIDGE, -0.0, 0.0]))


def by_material(name: str, meshes: list[Mesh]) -> tuple[Mesh, ...]:
    """Meshes merged by material, in the order in which the materials first appear."""
    materials = list(dict.fromkeys(mesh.material for mesh in meshes))
    return tuple(
        merged(f"{name} {material}", [mesh for mesh in meshes if mesh.material == material]) for material in materials
    )


@lru_cache(maxsize=1)
def bow() -> tuple[Mesh, ...]:
    """The bow, one mesh per material."""
    length = BOW_LENGTH
    x = np.linspace(-0.055, length + 0.012, 30)
    share = np.clip(x / length, 0, 1)
    height = np.interp(share, [0, 0.5, 1], STICK_HEIGHT)
    height = STICK_HEIGHT[0] * (1 - share) ** 2 + 2 * 0.0035 * share * (1 - share) + STICK_HEIGHT[2] * share**2
    meshes = [
        swept(
            "stick",
            "pernambuco",
            np.column_stack([x, height, np.zeros_like(x)]),
            np.interp(share, [0, 0.4, 1], [0.0043, 0.0041, 0.0028]),
            8,
        )
    ]
    tip = np.array(
        [
            [length - 0.012, 0.0],
            [length + 0.009, 0.0],
            [length + 0.020, 0.009],
            [length + 0.013, 0.0215],
            [length - 0.004, 0.0195],
        ]
    )
    head = extruded("head", "pernambuco", tip, -0.0045, 0.0045)
    # (x, z) outline raised along y: swap so that it stands in the x-y plane
    meshes.append(head.moved(np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], float), np.zeros(3)))
    meshes.append(
        box(
            "tip plate",
            "ivory",
            np.array([length - 0.013, -0.0012, -0.005]),
            np.array([length + 0.0125, 0.0012, 0.005]),
            0.0005,
        )
    )
    meshes.append(
        box("frog", "ebony", np.array([-0.047, 0.0012, -0.0062]), np.array([-0.001, 0.0175, 0.0062]), 0.0022)
    )
    meshes.append(
        box("ferrule", "silver", np.array([-0.006, -0.0014, -0.0068]), np.array([0.004, 0.0085, 0.0068]), 0.001)
    )
    meshes.append(swept("eye", "ivory", np.array([[-0.024, 0.0095, -0.0068], [-0.024, 0.0095, 0.0068]]), 0.0036, 12))
    meshes.append(
        swept("screw", "silver", np.array([[-0.072, STICK_HEIGHT[0], 0], [-0.054, STICK_HEIGHT[0], 0]]), 0.0046, 10)
    )
    meshes.append(swept("winding", "silver", np.array([[0.045, 0.0190, 0.0], [0.105, 0.0150, 0.0]]), 0.0049, 10))
    meshes.append(
        box(
            "hair",
            "horsehair",
            np.array([0.0, 0.0, -HAIR_WIDTH / 2]),
            np.array([length, 0.0011, HAIR_WIDTH / 2]),
            0.0003,
        )
    )
    return by_material("bow", meshes)
