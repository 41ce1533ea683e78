"""A performance as USDZ for AR Quick Look: one skinned character, instruments, integer time codes."""

from __future__ import annotations

import math
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from audio_to_body.avatar.materials import MATERIALS
from audio_to_body.avatar.mesh import Mesh
from audio_to_body.avatar.packages import not_installed
from audio_to_body.avatar.piano_model import KEYS, key_angle, key_pivot, keys
from audio_to_body.avatar.rig import rig_meshes
from audio_to_body.avatar.scene import RigMotion, prop_meshes, static_meshes
from audio_to_body.avatar.violin_model import by_material
from audio_to_body.geometry.quaternion_arrays import about
from audio_to_body.skeleton.files import refused, replacing
from audio_to_body.skeleton.refusal import BadInput

# s: what Apple advises for AR Quick Look so that every device down to an iPhone 7 loads a model well (WWDC 2018,
# session 603; said again for 2021 in Apple's developer forum); longer clips play where there is memory for them
ADVISED_CLIP = 10.0
DETAIL = 0.7  # phones


def write_performance_usdz(
    performance: RigMotion, path: str | os.PathLike[str], start: float = 0.0, seconds: float | None = None
) -> list[str]:
    """Write a performance, or a clip of it.

    Parameters
    ----------
    performance : RigMotion
    path : path
    start : float
        Second at which the clip begins.
    seconds : float, optional
        How long it is; to the end by default.

    Returns
    -------
    list of str
        What a person should know: what was cut off, or that the clip is longer than Apple advises.

    Raises
    ------
    BadInput
        If usd-core is not installed, the clip lies outside the motion, or the file cannot be written.
    """
    try:
        from pxr import UsdUtils
    except ImportError:
        raise not_installed("usdz") from None
    path = Path(path)
    whole = len(performance) / performance.fps
    first = round(start * performance.fps) if math.isfinite(start) else -1
    if not 0 <= first < len(performance):
        raise BadInput(f"a clip cannot start at {start:g} s of a motion of {whole:.1f} s")
    if seconds is not None and not 0 < seconds < math.inf:
        raise BadInput(f"a clip cannot be {seconds:g} s long; choose more than 0")
    last = (
        len(performance)
        if seconds is None
        else min(len(performance), first + max(1, round(seconds * performance.fps)))
    )
    with refused(path), tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=".usd-") as folder:
        layer = Path(folder) / "musician.usdc"
        with replacing(path, ".usdz") as aside:
            try:
                _write_layer(performance, np.arange(first, last), layer)
                # the package writer leaves data uncompressed and aligned to 64 bytes, as the format demands
                done = UsdUtils.CreateNewARKitUsdzPackage(str(layer), str(aside))
            except RuntimeError:  # how USD tells that the system refused
                done = False
            if not (done and _is_whole(aside, layer)):
                raise BadInput(f"{path} cannot be written; is there room on the disk?")
    if last - first < len(performance):
        return [f"{path.name} holds seconds {start:g} to {last / performance.fps:.3g} of {whole:.1f}"]
    if whole > ADVISED_CLIP:
        return [
            f"{path.name} holds all {whole:.1f} s; Apple advises {ADVISED_CLIP:g} s or less for older iPhones"
            f" (python -m audio_to_body.avatar with --seconds {ADVISED_CLIP:g} cuts)"
        ]
    return []


def _write_layer(performance: RigMotion, frames: np.ndarray, layer: Path) -> None:
    from pxr import Usd, UsdGeom, UsdShade, UsdSkel

    stage = Usd.Stage.CreateNew(str(layer))
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    stage.SetTimeCodesPerSecond(performance.fps)
    stage.SetFramesPerSecond(performance.fps)
    stage.SetStartTimeCode(0)
    stage.SetEndTimeCode(len(frames) - 1)
    root = UsdGeom.Xform.Define(stage, "/Recital")
    stage.SetDefaultPrim(root.GetPrim())
    builder = _Builder(stage, UsdGeom, UsdShade)
    _musician(builder, UsdSkel, performance, frames)
    _instruments(builder, performance, frames)
    stage.GetRootLayer().Save()


def _is_whole(package: Path, layer: Path) -> bool:
    """Whether a package holds the layer byte for byte: on a full disk the package writer may be silent."""
    try:
        with zipfile.ZipFile(package) as file:
            (item,) = file.infolist()
            return item.file_size == layer.stat().st_size > 0 and file.read(item) == layer.read_bytes()
    except (zipfile.BadZipFile, ValueError, EOFError):
        return False


class _Builder:
    """Meshes, materials and moving nodes on a stage."""

    def __init__(self, stage: Any, geometry: Any, shading: Any):
        self.stage, self.geometry, self.shading = stage, geometry, shading
        self._materials: dict[str, Any] = {}

    def material(self, name: str) -> Any:
        if name not in self._materials:
            from pxr import Gf, Sdf

            m = MATERIALS[name]
            where = f"/Recital/Materials/{name}"
            material = self.shading.Material.Define(self.stage, where)
            shader = self.shading.Shader.Define(self.stage, where + "/Surface")
            shader.CreateIdAttr("UsdPreviewSurface")
            shader.CreateInput("diffuseColor", Sdf.ValueTypeNames.Color3f).Set(Gf.Vec3f(*m.colour))
            shader.CreateInput("roughness", Sdf.ValueTypeNames.Float).Set(m.roughness)
            shader.CreateInput("metallic", Sdf.ValueTypeNames.Float).Set(m.metallic)
            material.CreateSurfaceOutput().ConnectToSource(shader.ConnectableAPI(), "surface")
            self._materials[name] = material
        return self._materials[name]

    def mesh(self, where: str, mesh: Mesh) -> Any:
        from pxr import Vt

        prim = self.geometry.Mesh.Define(self.stage, where)
        prim.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(mesh.vertices))
        prim.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(mesh.normals))
        prim.SetNormalsInterpolation("vertex")
        prim.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(mesh.triangles), 3, np.int32)))
        prim.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(mesh.triangles.reshape(-1).astype(np.int32)))
        prim.CreateSubdivisionSchemeAttr("none")
        low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
        prim.CreateExtentAttr(Vt.Vec3fArray.FromNumpy(np.stack([low, high]).astype(np.float32)))
        self.shading.MaterialBindingAPI.Apply(prim.GetPrim())
        self.shading.MaterialBindingAPI(prim).Bind(self.material(mesh.material))
        return prim

    def group(self, where: str, meshes: list[Mesh]) -> Any:
        node = self.geometry.Xform.Define(self.stage, where)
        for i, mesh in enumerate(by_material(where.rsplit("/", 1)[-1], meshes)):
            self.mesh(f"{where}/part{i}", mesh)
        return node


def _quaternions(values: np.ndarray) -> Any:
    from pxr import Gf, Vt

    return Vt.QuatfArray([Gf.Quatf(float(w), float(x), float(y), float(z)) for x, y, z, w in values])


def _musician(builder: _Builder, skel: Any, performance: RigMotion, frames: np.ndarray) -> None:
    from pxr import Gf, Vt

    skeleton = performance.skeleton
    paths: list[str] = []
    for name, parent in zip(skeleton.names, skeleton.parents):
        paths.append(name if parent < 0 else f"{paths[parent]}/{name}")
    skel.Root.Define(builder.stage, "/Recital/Musician")
    rig = skel.Skeleton.Define(builder.stage, "/Recital/Musician/Rig")

    def moved(offset: np.ndarray) -> Any:
        return Gf.Matrix4d(1.0).SetTranslate(Gf.Vec3d(*map(float, offset)))

    rig.CreateJointsAttr(paths)
    rig.CreateBindTransformsAttr(Vt.Matrix4dArray([moved(r) for r in skeleton.rest]))
    rig.CreateRestTransformsAttr(Vt.Matrix4dArray([moved(o) for o in skeleton.offsets]))
    animation = skel.Animation.Define(builder.stage, "/Recital/Musician/Rig/Recital")
    animation.CreateJointsAttr(paths)
    turns = animation.CreateRotationsAttr()
    places = animation.CreateTranslationsAttr()
    animation.CreateScalesAttr(Vt.Vec3hArray([Gf.Vec3h(1, 1, 1)] * len(paths)))
    offsets = skeleton.offsets.astype(np.float32)
    for code, frame in enumerate(frames):
        turns.Set(_quaternions(performance.rotations[frame]), code)
        offsets[0] = performance.root[frame]
        places.Set(Vt.Vec3fArray.FromNumpy(offsets.copy()), code)
    skel.BindingAPI.Apply(rig.GetPrim()).CreateAnimationSourceRel().SetTargets([animation.GetPath()])
    for i, mesh in enumerate(by_material("musician", list(rig_meshes(skeleton, DETAIL)))):
        prim = builder.mesh(f"/Recital/Musician/part{i}", mesh)
        binding = skel.BindingAPI.Apply(prim.GetPrim())
        binding.CreateSkeletonRel().SetTargets([rig.GetPath()])
        binding.CreateJointIndicesPrimvar(False, 4).Set(
            Vt.IntArray.FromNumpy(mesh.joints.astype(np.int32).reshape(-1))
        )
        binding.CreateJointWeightsPrimvar(False, 4).Set(Vt.FloatArray.FromNumpy(mesh.weights.reshape(-1)))
        binding.CreateGeomBindTransformAttr(Gf.Matrix4d(1.0))


def _instruments(builder: _Builder, performance: RigMotion, frames: np.ndarray) -> None:
    from pxr import Gf

    for name, prop in performance.props.items():
        node = builder.group(f"/Recital/{name}", list(prop_meshes(performance, name)))
        place, turn = node.AddTranslateOp(), node.AddOrientOp()
        for code, frame in enumerate(frames):
            place.Set(Gf.Vec3d(*map(float, prop.translation[frame])), code)
            x, y, z, w = map(float, prop.rotation[frame])
            turn.Set(Gf.Quatf(w, x, y, z), code)
    statics = list(static_meshes(performance))
    if not performance.keys.size:
        if statics:
            builder.group("/Recital/furniture", statics)
        return
    builder.group("/Recital/piano", [mesh for mesh in statics if not mesh.name.startswith("bench")])
    builder.group("/Recital/bench", [mesh for mesh in statics if mesh.name.startswith("bench")])
    shapes = keys()
    for key in range(KEYS):
        node = builder.group(f"/Recital/keys/key{key + 21}", [shapes[key]])
        node.AddTranslateOp().Set(Gf.Vec3d(*map(float, key_pivot(key))))
        depth = performance.keys[frames, key]
        if depth.any():
            turn = node.AddOrientOp()
            for code, (x, y, z, w) in enumerate(about(np.array([-1.0, 0.0, 0.0]), key_angle(depth))):
                turn.Set(Gf.Quatf(float(w), float(x), float(y), float(z)), code)
