"""What is taken home of a figure of one's own: GLB, BVH and USDZ, read by others and held to Python's poses."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from audio_to_body import load
from audio_to_body.avatar.gltf import Document
from audio_to_body.avatar.gltf_reading import read_glb
from audio_to_body.avatar.kinematics import forward
from audio_to_body.avatar.own_avatar import read_avatar
from audio_to_body.avatar.own_avatar.arrays import array
from audio_to_body.avatar.own_avatar.nodes import world_matrices
from audio_to_body.avatar.retargeting.following import Follower
from audio_to_body.avatar.retargeting.proportions import fitted
from audio_to_body.inference.live.warm_up import example_motion
from audio_to_body.skeleton.motion import load_motion
from tests.avatar.rigs import foreign_avatar
from tests.avatar.test_export import read_bvh, tree_at
from tests.web.driving import NEEDS_A_BROWSER, drive
from tests.web.test_own_figure import BROAD, SLIM

pytestmark = NEEDS_A_BROWSER
NEAR = 1e-3  # m
FRAMES = (0, 40, 77, 120)
PAINT = (10, 200, 60)  # of the texture, blue, green, red


def dressed(path: Path, **how: Any) -> Path:
    """A figure with a texture drawn in a cartoon's manner (VRM 1), and with glasses that have no skin."""
    foreign_avatar(path, **how)
    tree, binary = read_glb(path)
    document = Document(tree, binary)
    png = cv2.imencode(".png", np.full((8, 8, 3), PAINT, np.uint8))[1]
    view = tree["accessors"][document.accessor(np.frombuffer(png.tobytes(), np.uint8))]["bufferView"]
    document.add("images", {"bufferView": view, "mimeType": "image/png"})
    document.add("textures", {"source": 0})
    drawn = {"specVersion": "1.0", "outlineWidthMode": "worldCoordinates", "outlineWidthFactor": 0.01}
    cartoon = {"extensions": {"VRMC_materials_mtoon": drawn}} if how["style"] == "vrm1" else {}
    painted = {"name": "skin", "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}, **cartoon}
    material = document.add("materials", painted)
    for described in tree["meshes"][0]["primitives"]:
        count = tree["accessors"][described["attributes"]["POSITION"]]["count"]
        described["attributes"]["TEXCOORD_0"] = document.accessor(
            np.linspace(0, 1, 2 * count, dtype=np.float32).reshape(-1, 2)
        )
        described["material"] = material
    scale = how.get("scale", 1.0)
    corners = np.array([[-0.06, 0.1, 0.1], [0.06, 0.1, 0.1], [0.0, 0.14, 0.1]], np.float32) * scale
    glass = {"attributes": {"POSITION": document.accessor(corners)}, "mode": 4}
    lens = document.add("meshes", {"name": "glasses", "primitives": [glass]})
    head = read_avatar(path).nodes["head"]
    tree["nodes"][head].setdefault("children", []).append(document.add("nodes", {"name": "glasses", "mesh": lens}))
    if cartoon:
        tree["extensionsUsed"].append("VRMC_materials_mtoon")
    document.write(path)
    return path


class Taken:
    """The files of a take, and what Python makes of the same musician."""

    def __init__(self, instrument: str, folder: Path, avatar: Path) -> None:
        self.instrument, self.folder, self.own = instrument, folder, read_avatar(avatar)
        example = example_motion(load(instrument))
        assert example.room is not None
        fit = fitted(example.room, example.skeleton, self.own.skeleton, own=False)
        self.motion = load_motion(folder / "music.npz")
        assert self.motion.room is not None
        self.pose = Follower(example.skeleton, fit).pose(self.motion.room)
        self.wanted = forward(self.own.skeleton, self.pose.root, self.pose.local).positions

    def named(self, name: str) -> str:
        """A bone's name in the figure's own file."""
        return str(self.own.tree["nodes"][self.own.nodes[name]]["name"])


@pytest.fixture(
    scope="module",
    params=[
        ("violin", {"style": "rpm", "scale": 100.0, "proportions": BROAD}),
        ("violin", {"style": "vrm1", "arms_down": 0.3, "proportions": SLIM}),
        ("piano", {"style": "mixamo", "scale": 1.1, "arms_down": 0.7, "proportions": SLIM, "whole": True}),
    ],
    ids=lambda param: f"{param[0]} {param[1]['style']}",
)
def taken(request, address, music, tmp_path_factory) -> Taken:
    instrument, how = request.param
    folder = tmp_path_factory.mktemp("taken")
    avatar = dressed(folder / "own.glb", **how)
    formats = ["npz", "bvh", "glb", "usdz"]
    seen = drive(
        "take",
        address,
        instrument=instrument,
        file=str(music),
        avatar=str(avatar),
        formats=formats,
        folder=str(folder),
    )
    assert not seen["errors"]
    assert seen["names"] == [f"music.{one}" for one in formats]
    return Taken(instrument, folder, avatar)


def test_the_bvh_has_the_figures_own_bones(taken):
    frames = read_bvh((taken.folder / "music.bvh").read_text())
    assert len(frames) == len(taken.motion)
    for frame in FRAMES:
        places = frames[frame]
        for i, name in enumerate(taken.own.skeleton.names):
            assert np.abs(places[name] / 100 - taken.wanted[frame, i]).max() < NEAR, name


def test_the_glb_is_the_figure_as_it_plays(taken):
    path = taken.folder / "music.glb"
    tree, _ = read_glb(path)
    for frame in FRAMES:
        nodes = tree_at(path, frame)
        worlds = world_matrices({"nodes": nodes})
        index = {node.get("name"): i for i, node in enumerate(nodes)}
        for i, name in enumerate(taken.own.skeleton.names):
            joint = worlds[index[taken.named(name).replace(":", "")], :3, 3]
            assert np.abs(joint - taken.wanted[frame, i]).max() < NEAR, name
        for name, (place, _) in taken.pose.props.items():
            assert np.abs(worlds[index[name], :3, 3] - place[frame]).max() < NEAR
    names = {node.get("name") for node in tree["nodes"]}
    assert "glasses" in names
    assert not any(str(name).startswith("musician") for name in names), "the mannequin stays at home"
    assert sum("skin" in node for node in tree["nodes"]) == len(taken.own.tree["meshes"][0]["primitives"])
    assert tree["textures"]
    (skin,) = (material for material in tree["materials"] if material.get("name") == "skin")
    assert "baseColorTexture" in skin["pbrMetallicRoughness"]
    assert any(name == "key_60" for name in names) == (taken.instrument == "piano")


def skinned_points(path: Path, frame: int) -> np.ndarray:
    """Every skinned vertex of a GLB at a frame, metres."""
    tree, binary = read_glb(path)
    nodes = tree_at(path, frame)
    worlds = world_matrices({"nodes": nodes})

    class File:
        pass

    own: Any = File()
    own.tree, own.binary, own.path = tree, binary, path
    found = []
    for node in nodes:
        if "skin" not in node:
            continue
        skin = tree["skins"][node["skin"]]
        bind = array(own, skin["inverseBindMatrices"], 16).reshape(-1, 4, 4).transpose(0, 2, 1)
        matrices = worlds[skin["joints"]] @ bind
        for described in tree["meshes"][node["mesh"]]["primitives"]:
            read = described["attributes"]
            places = array(own, read["POSITION"], 3)
            joints, weights = array(own, read["JOINTS_0"], 4).astype(int), array(own, read["WEIGHTS_0"], 4)
            blended = np.einsum("nk,nkij->nij", weights / weights.sum(axis=1, keepdims=True), matrices[joints])
            found.append(np.einsum("nij,nj->ni", blended[:, :3, :3], places) + blended[:, :3, 3])
    return np.concatenate(found)


def test_the_usdz_is_the_figure_as_it_plays(taken):
    pytest.importorskip("pxr", reason="usd-core is not installed")
    from pxr import Usd, UsdGeom, UsdShade, UsdSkel

    path = taken.folder / "music.usdz"
    stage = Usd.Stage.Open(str(path))
    assert stage.GetEndTimeCode() == len(taken.motion) - 1
    root = UsdSkel.Root(stage.GetPrimAtPath("/Recital/Musician"))
    cache = UsdSkel.Cache()
    cache.Populate(root, Usd.PrimDefaultPredicate)
    query = cache.GetSkelQuery(UsdSkel.Skeleton(stage.GetPrimAtPath("/Recital/Musician/Rig")))
    order = [str(joint).rpartition("/")[2].rpartition("_")[0] for joint in query.GetJointOrder()]
    skins = [child for child in root.GetPrim().GetChildren() if child.IsA(UsdGeom.Mesh)]
    for frame in FRAMES:
        where = [np.array(m.ExtractTranslation()) for m in query.ComputeJointSkelTransforms(frame)]
        for i, name in enumerate(taken.own.skeleton.names):
            joint = where[order.index(taken.named(name).replace(":", ""))]
            assert np.abs(joint - taken.wanted[frame, i]).max() < NEAR, name
        matrices = query.ComputeSkinningTransforms(frame)
        posed = []
        for skin in skins:
            points = UsdGeom.Mesh(skin).GetPointsAttr().Get()
            assert cache.GetSkinningQuery(skin).ComputeSkinnedPoints(matrices, points, frame)
            posed.append(np.array(points))
        assert np.abs(np.concatenate(posed) - skinned_points(taken.folder / "music.glb", frame)).max() < NEAR
        for name, (place, _) in taken.pose.props.items():
            world = UsdGeom.Xformable(stage.GetPrimAtPath(f"/Recital/{name}")).ComputeLocalToWorldTransform(frame)
            assert np.abs(np.array(world.ExtractTranslation()) - place[frame]).max() < NEAR
        glasses = UsdGeom.Xformable(stage.GetPrimAtPath("/Recital/worn0")).ComputeLocalToWorldTransform(frame)
        head = taken.wanted[frame, taken.own.skeleton.index("head")]
        assert np.abs(np.array(glasses.ExtractTranslation()) - head).max() < NEAR
    material, _ = UsdShade.MaterialBindingAPI(skins[0]).ComputeBoundMaterial()
    texture = UsdShade.Shader(material.GetPrim().GetChild("Texture"))
    name = texture.GetInput("file").Get().path
    with zipfile.ZipFile(path) as package:
        picture = cv2.imdecode(np.frombuffer(package.read(name), np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(picture.astype(int) - PAINT).max() <= 1
    places = np.array(UsdGeom.PrimvarsAPI(skins[0]).GetPrimvar("st").Get())
    assert len(places) == len(UsdGeom.Mesh(skins[0]).GetPointsAttr().Get())
    assert places[0] == pytest.approx([0.0, 1.0 - 1.0 / (2 * len(places) - 1)], abs=1e-5), "counted from below"


def test_the_usdz_follows_the_rules(taken):
    pytest.importorskip("pxr", reason="usd-core is not installed")
    validation = pytest.importorskip("pxr.UsdValidation", reason="this usd-core has no validators")
    from pxr import Usd

    stage = Usd.Stage.Open(str(taken.folder / "music.usdz"))
    registry = validation.ValidationRegistry()
    names = [known.name for known in registry.GetAllValidatorMetadata()]
    context = validation.ValidationContext(registry.GetOrLoadValidatorsByName(names))
    assert [error.GetMessage() for error in context.Validate(stage)] == []
