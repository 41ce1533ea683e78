"""A grand piano with 88 keys that move, and its bench, modelled by code.

Directions of the room with the pianist facing +z: x to the pianist's left, so that pitch rises towards -x, as in
:mod:`audio_to_body.musician.pianist`; y up from the floor; z = 0 at the keys' front edge.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from audio_to_body.avatar.mesh import Mesh
from audio_to_body.avatar.solids import box, extruded, swept
from audio_to_body.avatar.violin_model import by_material
from audio_to_body.musician.piano_keys import (
    BLACK_RAISE,
    BLACK_START,
    KEY_DIP,
    KEY_HEIGHT,
    LOWEST,
    WHITE_KEY,
    is_black,
    key_place,
)
from audio_to_body.skeleton.room import KEYS

if TYPE_CHECKING:
    from audio_to_body.avatar.scene import RigMotion

KEY_LENGTH = 0.15  # m of a white key in front of the fallboard
PIVOT = 0.23  # m behind the front edge: where a key turns
BLACK_WIDTH = 0.0105  # m at the top
GAP = 0.0006  # m between neighbours
LENGTH = 1.70  # m of the case behind the keys' front edge
assert 0.0 < BLACK_START < KEY_LENGTH
assert 0.005 < KEY_DIP < 0.015  # m


def key_angle(dip: np.ndarray | float) -> np.ndarray:
    """Angle in radians of a key whose front is pressed down by so many metres."""
    return np.arctan2(np.asarray(dip, float), PIVOT)


def key_pivot(key: int) -> np.ndarray:
    """Where a key (0 = A0) turns, in the room, ``[3]``."""
    return np.array([-float(key_place(np.array(LOWEST + key))), KEY_HEIGHT - 0.01, PIVOT])


@lru_cache(maxsize=1)
def keys() -> tuple[Mesh, ...]:
    """The 88 keys at rest, each in its own directions: origin at its pivot."""
    meshes = []
    for key in range(KEYS):
        pitch = LOWEST + key
        pivot = key_pivot(key)
        x = -float(key_place(np.array(pitch)))
        if is_black(np.array(pitch)):
            low = np.array([x - BLACK_WIDTH / 2, KEY_HEIGHT - 0.012, BLACK_START])
            high = np.array([x + BLACK_WIDTH / 2, KEY_HEIGHT + BLACK_RAISE, KEY_LENGTH + 0.01])
            mesh = box(f"key {pitch}", "black_key", low - pivot, high - pivot, 0.0022)
        else:
            # the tail between black keys is hidden under them: one block a key, black keys stand on top
            low = np.array([x - WHITE_KEY / 2 + GAP, KEY_HEIGHT - 0.02, 0.0])
            high = np.array([x + WHITE_KEY / 2 - GAP, KEY_HEIGHT, KEY_LENGTH + 0.01])
            mesh = box(f"key {pitch}", "ivory", low - pivot, high - pivot, 0.0012)
        meshes.append(mesh)
    return tuple(meshes)


def _outline(width: float, back: float) -> np.ndarray:
    """Rim of the case from above, (x, z): straight bass side at +x, bent treble side."""
    t = np.linspace(0, 1, 18)
    bend_x = -width + (width * 2 - 0.42) * (3 * t**2 - 2 * t**3)
    bend_z = 0.42 + (back - 0.62) * t**0.8
    end = np.linspace(0, 1, 10)[1:]
    tail_x = bend_x[-1] + (width - bend_x[-1]) * end
    tail_z = bend_z[-1] + 0.20 * np.sin(np.pi * (0.5 * end)) * np.cos(0.5 * np.pi * np.maximum(end - 0.55, 0) * 0.8)
    bent = np.column_stack([bend_x, bend_z])
    tail = np.column_stack([tail_x, tail_z])
    return np.concatenate([bent, tail])


@lru_cache(maxsize=1)
def case() -> tuple[Mesh, ...]:
    """Everything of the piano that does not move, one mesh per material."""
    half = 0.72
    rim = _outline(half, LENGTH)
    deck = np.concatenate([[[half, KEY_LENGTH + 0.005], [-half, KEY_LENGTH + 0.005]], rim])
    top = KEY_HEIGHT + 0.235
    meshes = [_rim(deck, KEY_HEIGHT - 0.10, top)]
    meshes.append(extruded("bottom", "lacquer", deck, KEY_HEIGHT - 0.10, KEY_HEIGHT - 0.08))
    inner = _shrunk(deck, 0.03)
    meshes.append(extruded("plate", "brass", inner, top - 0.11, top - 0.095))
    meshes.append(
        box(
            "fallboard",
            "lacquer",
            np.array([-half + 0.03, KEY_HEIGHT - 0.02, KEY_LENGTH]),
            np.array([half - 0.03, top - 0.01, KEY_LENGTH + 0.022]),
            0.006,
        )
    )
    for sign in (1, -1):
        edge = sign * half
        inner_edge = sign * 0.614
        low, high = sorted((edge, inner_edge))
        meshes.append(
            box(
                "cheek",
                "lacquer",
                np.array([low, KEY_HEIGHT - 0.10, -0.03]),
                np.array([high, KEY_HEIGHT + 0.055, KEY_LENGTH + 0.03]),
                0.008,
            )
        )
        low, high = sorted((edge, edge - sign * 0.03))
        meshes.append(
            box(
                "arm",
                "lacquer",
                np.array([low, KEY_HEIGHT - 0.10, 0.05]),
                np.array([high, top, KEY_LENGTH + 0.05]),
                0.008,
            )
        )
    meshes.append(
        box(
            "key slip",
            "lacquer",
            np.array([-half, KEY_HEIGHT - 0.10, -0.035]),
            np.array([half, KEY_HEIGHT - 0.022, -0.006]),
            0.006,
        )
    )
    meshes.append(
        box(
            "key bed",
            "lacquer",
            np.array([-half, KEY_HEIGHT - 0.105, -0.03]),
            np.array([half, KEY_HEIGHT - 0.024, KEY_LENGTH + 0.05]),
            0.004,
        )
    )
    meshes.append(
        box(
            "felt",
            "felt",
            np.array([-0.612, KEY_HEIGHT - 0.004, KEY_LENGTH - 0.004]),
            np.array([0.612, KEY_HEIGHT + 0.003, KEY_LENGTH + 0.001]),
            0.001,
        )
    )
    meshes.append(_desk(top))
    strings = np.linspace(-half + 0.09, half - 0.09, 46)
    for x in strings:
        inside = deck[deck[:, 0] > x - 0.05]
        end = min(float(np.interp(x, rim[:, 0], rim[:, 1])), float(inside[:, 1].max())) - 0.09
        start = KEY_LENGTH + 0.14
        if end > start + 0.05:
            meshes.append(
                box(
                    "piano string",
                    "string",
                    np.array([x - 0.0012, top - 0.092, start]),
                    np.array([x + 0.0012, top - 0.090, end]),
                    0.0003,
                )
            )
    for x, z in ((half - 0.13, 0.17), (-half + 0.13, 0.17), (half - 0.40, LENGTH - 0.42)):
        meshes.append(
            swept(
                "leg",
                "lacquer",
                np.array([[x, KEY_HEIGHT - 0.09, z], [x, 0.30, z], [x, 0.06, z]]),
                np.array([0.062, 0.05, 0.036]),
                12,
            )
        )
        meshes.append(swept("caster", "brass", np.array([[x - 0.014, 0.026, z], [x + 0.014, 0.026, z]]), 0.026, 14))
    for x in (0.05, -0.05):
        meshes.append(swept("lyre", "lacquer", np.array([[x, KEY_HEIGHT - 0.10, 0.30], [x, 0.11, 0.27]]), 0.013, 10))
    meshes.append(box("pedal box", "lacquer", np.array([-0.10, 0.07, 0.22]), np.array([0.10, 0.125, 0.32]), 0.01))
    for x in (-0.06, 0.0, 0.06):
        meshes.append(
            box("pedal", "brass", np.array([x - 0.013, 0.062, 0.13]), np.array([x + 0.013, 0.075, 0.235]), 0.005)
        )
    return by_material("piano", meshes)


def _shrunk(outline: np.ndarray, by: float) -> np.ndarray:
    centre = outline.mean(axis=0)
    away = outline - centre
    return centre + away * (1 - by / np.linalg.norm(away, axis=1, keepdims=True))


def _rim(outline: np.ndarray, low: float, high: float) -> Mesh:
    """The case's wall: outside, inside and upper edge."""
    from audio_to_body.avatar.solids import flat_shaded

    inner = _shrunk(outline, 0.03)
    n = len(outline)
    rings = [
        (outline, low),
        (outline, high - 0.004),
        (_shrunk(outline, 0.004), high),
        (_shrunk(outline, 0.026), high),
        (inner, high - 0.004),
        (inner, high - 0.11),
    ]
    vertices = np.concatenate([np.column_stack([r[:, 0], np.full(n, y), r[:, 1]]) for r, y in rings])
    i = np.arange(n)
    j = (i + 1) % n
    triangles = []
    for k in range(len(rings) - 1):
        a, b = k * n, (k + 1) * n
        triangles += [np.column_stack([a + i, b + i, b + j]), np.column_stack([a + i, b + j, a + j])]
    faces = np.concatenate(triangles)
    x, z = outline.T
    if np.sum(x * np.roll(z, -1) - np.roll(x, -1) * z) < 0:
        faces = faces[:, ::-1]
    return flat_shaded("rim", "lacquer", vertices, faces)


def _desk(top: float) -> Mesh:
    """The music desk, leaning back."""
    board = box("desk", "lacquer", np.array([-0.36, 0.0, 0.0]), np.array([0.36, 0.14, 0.012]), 0.004)
    a = np.radians(-38)
    turn = np.array([[1, 0, 0], [0, np.cos(a), np.sin(a)], [0, -np.sin(a), np.cos(a)]])
    return board.moved(turn, np.array([0, top - 0.012, KEY_LENGTH + 0.16]))


@lru_cache(maxsize=4)
def bench(height: float = 0.475, z: float = -0.34) -> tuple[Mesh, ...]:
    """A bench with its upper side at a height, its middle at ``z``."""
    seat = box(
        "seat", "seat", np.array([-0.37, height - 0.075, z - 0.165]), np.array([0.37, height, z + 0.165]), 0.022
    )
    frame = box(
        "frame",
        "lacquer",
        np.array([-0.36, height - 0.125, z - 0.155]),
        np.array([0.36, height - 0.07, z + 0.155]),
        0.006,
    )
    meshes = [seat, frame]
    for x in (-0.32, 0.32):
        for dz in (-0.12, 0.12):
            meshes.append(
                swept(
                    "bench leg",
                    "lacquer",
                    np.array([[x, height - 0.12, z + dz], [x, 0.0, z + dz]]),
                    np.array([0.024, 0.017]),
                    10,
                )
            )
    return by_material("bench", meshes)


def is_key_black(key: int) -> bool:
    """Whether a key (0 = A0) is black."""
    return bool(is_black(np.array(LOWEST + key)))


def furniture(performance: RigMotion) -> tuple[Mesh, ...]:
    """The piano without its keys, and the bench at the height at which the pianist sits."""
    return (*case(), *bench(performance.bench_height))
