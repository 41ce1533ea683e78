"""The musician: a head with face and hair, hands with five fingers, and concert clothes over a humanoid skeleton.

Every garment is one blended surface, so that collars, cuffs and hems are real edges. Skin weights come from how
close a vertex lies to each bone's own shape.
"""

from __future__ import annotations

import sys
from functools import lru_cache

import numpy as np

from audio_to_body.avatar import mannequin_parts
from audio_to_body.avatar.bones import SIDES, Skeleton, mannequin_skeleton
from audio_to_body.avatar.mannequin_parts import (
    brow_parts,
    collar_parts,
    cut_sleeves,
    hair_field,
    hand_parts,
    head_field,
    leg_parts,
    lip_parts,
    shoe_parts,
    torso_parts,
)
from audio_to_body.avatar.mesh import Mesh
from audio_to_body.avatar.mesh_cache import kept
from audio_to_body.avatar.surface import Ellipsoid, Field, RoundCone, gradient, openness, polygonise, union

WEIGHT_REACH = 0.022  # m over which a joint's skin passes from one bone to the next
FINGER_WEIGHT_REACH = 0.0045
LARGEST_INFLUENCES = 4  # glTF's JOINTS_0 holds four


def skin(
    s: Skeleton, parts: list[RoundCone | Ellipsoid], vertices: np.ndarray, reach: float
) -> tuple[np.ndarray, np.ndarray]:
    """Bones and weights of vertices from their distance to each bone's parts.

    Returns
    -------
    joints : np.ndarray, uint8 [n, 4]
    weights : np.ndarray, float32 [n, 4]
        Sum 1, largest first.
    """
    bones = sorted({part.bone for part in parts}, key=s.index)
    distance = np.full((len(vertices), len(bones)), np.inf)
    for part in parts:
        column = bones.index(part.bone)
        distance[:, column] = np.minimum(distance[:, column], part(vertices))
    nearest = distance.min(axis=1, keepdims=True)
    weight = np.exp(-(distance - nearest) / reach) + 0.0
    if len(bones) < LARGEST_INFLUENCES:
        weight = np.pad(weight, ((0, 0), (0, LARGEST_INFLUENCES - len(bones))))
        bones = bones + [bones[0]] * (LARGEST_INFLUENCES - len(bones))
    order = np.argsort(-weight, axis=1)[:, :LARGEST_INFLUENCES]
    chosen = np.take_along_axis(weight, order, axis=1)
    chosen[chosen < 0.01] = 0.0
    chosen /= chosen.sum(axis=1, keepdims=True)
    index = np.array([s.index(bone) for bone in bones])[order]
    index[chosen == 0] = 0  # the validator wants unused joints to be 0
    return index.astype(np.uint8), chosen.astype(np.float32)


def _garment(
    s: Skeleton,
    name: str,
    material: str,
    field: Field,
    parts: list[RoundCone | Ellipsoid],
    cell: float,
    around: Field | None = None,
    box: tuple[np.ndarray, np.ndarray] | None = None,
    reach: float = WEIGHT_REACH,
    bone: str | None = None,
    shade_reach: float = 0.12,
) -> Mesh:
    if box is None:
        ends = [end for part in parts for end in _extent(part)]
        box = np.min(ends, axis=0) - 3 * cell, np.max(ends, axis=0) + 3 * cell
    vertices, triangles = polygonise(field, box[0], box[1], cell)
    normals = gradient(field, vertices)
    if bone is None:
        joints, weights = skin(s, parts, vertices, reach)
    else:
        joints = np.zeros((len(vertices), 4), np.uint8)
        joints[:, 0] = s.index(bone)
        weights = np.zeros((len(vertices), 4), np.float32)
        weights[:, 0] = 1.0
    shade = openness(around or field, vertices, normals, shade_reach)
    return Mesh(name, material, vertices, normals, triangles, shade, joints, weights)


def _extent(part: RoundCone | Ellipsoid) -> list[np.ndarray]:
    if isinstance(part, Ellipsoid):
        return [part.centre - part.radii.max(), part.centre + part.radii.max()]
    r = max(part.ra, part.rb)
    return [end + sign * r for end in (part.a, part.b) for sign in (-1, 1)]


def _head_skin(s: Skeleton, mesh: Mesh) -> Mesh:
    """Head vertices follow the head, the neck's pass over to the neck and the chest."""
    up = mesh.vertices[:, 1] - 0.35 * mesh.vertices[:, 2]
    head = np.clip((up - 1.505) / 0.05, 0, 1)
    chest = np.clip((1.47 - up) / 0.06, 0, 1) * (1 - head)
    weights = np.stack([head, 1 - head - chest, chest, np.zeros_like(head)], axis=1)
    joints = np.tile([s.index("head"), s.index("neck"), s.index("upperChest"), 0], (len(up), 1))
    joints[weights == 0] = 0
    return Mesh(
        mesh.name,
        mesh.material,
        mesh.vertices,
        mesh.normals,
        mesh.triangles,
        mesh.shade,
        joints.astype(np.uint8),
        weights.astype(np.float32),
    )


def _limbs(parts: list[RoundCone | Ellipsoid], radius: float) -> Field:
    """Trunk parts blended with each other; limbs are chains whose joints match, blended only with the trunk."""
    trunk: list[Field] = [part for part in parts if not _is_limb(part)]
    chains = [union([p for p in parts if _is_limb(p) and p.bone.startswith(side)], 0.006) for side in SIDES]
    return union([union(trunk, radius), *chains], radius)


def _is_limb(part: RoundCone | Ellipsoid) -> bool:
    return any(name in part.bone for name in ("UpperArm", "LowerArm", "UpperLeg", "LowerLeg"))


@lru_cache(maxsize=2)
def mannequin(detail: float = 1.0) -> tuple[Skeleton, tuple[Mesh, ...]]:
    """The musician in the rest pose.

    Parameters
    ----------
    detail : float
        1 for files; smaller is coarser and faster to draw.

    Returns
    -------
    skeleton : Skeleton
    meshes : tuple of Mesh
        Skinned, one per material and region.
    """
    from audio_to_body.avatar import bones, mesh, surface

    sources = [bones, mesh, surface, mannequin_parts, sys.modules[__name__]]
    skeleton = mannequin_skeleton()
    key = f"mannequin-{detail:g}"
    return skeleton, kept(key, key, sources, lambda: _meshes(skeleton, detail))


def _meshes(s: Skeleton, detail: float) -> tuple[Mesh, ...]:
    torso, collar, legs, shoes = torso_parts(s), collar_parts(s), leg_parts(s), shoe_parts(s)
    torso_field, leg_field = _limbs(torso, 0.05), _limbs(legs, 0.055)
    head, hair = head_field(), hair_field()
    hands = {side: hand_parts(s, side) for side in SIDES}
    torso_field = cut_sleeves(s, torso_field)
    whole = union([torso_field, leg_field, head], 0.0)
    unit = 1.0 / detail
    meshes = [
        _garment(s, "jacket", "cloth", torso_field, torso, 0.0135 * unit, around=whole),
        _garment(s, "collar", "linen", union([collar[0]], 0.0), collar[:1], 0.011 * unit, around=whole),
        _garment(s, "trousers", "trousers", leg_field, legs, 0.017 * unit, around=whole, reach=0.03),
        _garment(s, "shoes", "leather", union(list(shoes), 0.02), shoes, 0.012 * unit),
    ]
    for side, cuff in zip(SIDES, collar[1:]):
        meshes.append(_garment(s, f"{side} cuff", "linen", cuff, [cuff], 0.009 * unit))
    head_box = np.array([-0.1, 1.325, -0.13]), np.array([0.1, 1.75, 0.13])
    meshes.append(
        _head_skin(
            s,
            _garment(
                s,
                "head",
                "skin",
                head,
                [],
                0.0058 * unit,
                box=head_box,
                bone="head",
                around=union([head, hair], 0.0),
                shade_reach=0.03,
            ),
        )
    )
    hair_box = np.array([-0.1, 1.5, -0.18]), np.array([0.1, 1.76, 0.12])
    meshes.append(_garment(s, "hair", "hair", hair, [], 0.0085 * unit, box=hair_box, bone="head", shade_reach=0.05))
    brows, lips = brow_parts(head), lip_parts(head)
    meshes.append(_garment(s, "brows", "hair", union(list(brows), 0.001), brows, 0.0019 * unit, bone="head"))
    meshes.append(_garment(s, "lips", "lips", union(list(lips), 0.002), lips, 0.003 * unit, bone="head"))
    for side, (palm, fingers) in hands.items():
        field = union([union(list(palm), 0.014), union(list(fingers), 0.0035)], 0.011)
        parts = [*palm, *fingers]
        meshes.append(
            _garment(
                s,
                f"{side} hand",
                "skin",
                field,
                list(parts),
                0.0042 * unit,
                reach=FINGER_WEIGHT_REACH,
                shade_reach=0.02,
            )
        )
    return tuple(meshes)
