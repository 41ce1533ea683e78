"""An avatar of one's own as it is drawn."""

import contextlib
from dataclasses import replace

import numpy as np
import pytest

from audio_to_body.avatar import export
from audio_to_body.avatar.gltf import Document
from audio_to_body.avatar.gltf_reading import read_glb
from audio_to_body.avatar.kinematics import skinning_matrices
from audio_to_body.avatar.mannequin import mannequin
from audio_to_body.avatar.mesh import Mesh
from audio_to_body.avatar.own_avatar import figure, read_avatar
from audio_to_body.avatar.own_avatar.colours import Colours
from audio_to_body.avatar.own_avatar.figure import _Surface
from audio_to_body.avatar.retargeting import RetargetSettings, retarget
from audio_to_body.geometry.vector_arrays import segment_distance
from audio_to_body.skeleton.refusal import BadInput
from tests.avatar.motions import violin_motion
from tests.avatar.rigs import changed, foreign_avatar


@pytest.mark.parametrize(
    "kind", [{}, {"scale": 100.0}, {"style": "vrm0", "turned": np.array([0.0, 1.0, 0.0, 0.0])}, {"style": "vrm1"}]
)
def test_a_t_posed_figure_is_its_mesh(kind, tmp_path):
    own = read_avatar(foreign_avatar(tmp_path / "own.glb", **kind))
    meshes = figure(own)
    mesh = mannequin(0.4)[1][0]
    ours = meshes[0].vertices[: len(mesh.vertices)]
    # one mesh of the test's avatar, whose feet stand on the floor
    apart = ours - mesh.vertices
    assert np.ptp(apart, axis=0).max() < 1e-3  # m
    assert np.abs(apart[:, [0, 2]]).max() < 1e-3
    assert np.einsum("ni,ni->n", meshes[0].normals[: len(mesh.normals)], mesh.normals).min() > 0.95
    assert np.allclose(meshes[0].weights.sum(axis=1), 1, atol=1e-5)


def test_lowered_arms_are_stretched(tmp_path):
    """An A pose becomes the T pose: the arms' skin lies along the arms' bones."""
    own = read_avatar(foreign_avatar(tmp_path / "own.glb", arms_down=0.7))
    mesh = figure(own)[0]
    model = mannequin(0.4)[1][0]
    apart = mesh.vertices[: len(model.vertices)] - model.vertices
    assert np.abs(apart - np.median(apart, axis=0)).max() < 0.02  # m: the shoulders' folds


def test_the_drawn_skin_follows_the_bones(tmp_path):
    own = read_avatar(foreign_avatar(tmp_path / "own.glb"))
    performance = retarget(violin_motion(8), RetargetSettings(fit_arms=False), own.skeleton)
    mesh = figure(own)[0]
    arm = performance.skeleton.index("rightLowerArm")
    on_arm = (mesh.weights[:, 0] > 0.99) & (mesh.joints[:, 0] == arm)
    assert on_arm.sum() > 20
    matrices = skinning_matrices(performance.skeleton, performance.pose, 5)
    moved = mesh.vertices[on_arm] @ matrices[arm, :, :3].T + matrices[arm, :, 3]
    elbow, wrist = (performance.joint(name)[5] for name in ("rightLowerArm", "rightHand"))
    apart = segment_distance(moved, moved + 1e-9, elbow[None], wrist[None])
    assert apart.max() < 0.08  # m: a sleeve around its bones


def test_textures_colour_vertices(tmp_path):
    import cv2

    path = foreign_avatar(tmp_path / "own.glb")
    tree, binary = read_glb(path)
    document = Document(tree, binary)
    picture = np.zeros((4, 4, 4), np.uint8)
    picture[:, :2] = [0, 0, 255, 255]  # left half red (BGRA)
    picture[:, 2:] = [255, 0, 0, 0]  # right half blue, clear
    png = np.frombuffer(cv2.imencode(".png", picture)[1].tobytes(), np.uint8)
    view = tree["accessors"][document.accessor(png)]["bufferView"]
    document.add("images", {"bufferView": view, "mimeType": "image/png"})
    document.add("textures", {"source": 0})
    painted = {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}, "alphaMode": "MASK"}
    material = document.add("materials", painted)
    document.write(path)
    own = read_avatar(path)
    colours, opacity = Colours(own, material, {}).at(np.array([[0.2, 0.5], [0.8, 0.5], [1.2, 0.5]]))
    assert np.allclose(colours, [[1, 0, 0], [0, 0, 1], [1, 0, 0]], atol=1e-6)
    assert np.allclose(opacity, [1, 0, 1])


def test_divided_surfaces_stay_where_they_are():
    square = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    triangles = np.array([[0, 1, 2], [0, 2, 3]])
    plain = _Surface(
        "square", square, square * 0 + [0, 0, 1], square[:, :2], np.ones((4, 4)), np.eye(4), triangles, None
    )
    fine = plain.divided()
    assert len(fine.triangles) == 8
    assert len(fine.places) == 9  # an edge that two triangles share is divided once
    corners = fine.places[fine.triangles]
    areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] / 2
    assert np.allclose(areas, 1 / 8)  # none turned over
    assert np.allclose(fine.weights.sum(axis=1), 1)


def test_meshes_that_cannot_be_drawn_are_refused(tmp_path):
    packed = foreign_avatar(tmp_path / "packed.glb")
    changed(packed, lambda tree: {**tree, "extensionsRequired": ["EXT_meshopt_compression"]})
    with pytest.raises(BadInput, match="compressed"):
        figure(read_avatar(packed))
    bare = foreign_avatar(tmp_path / "bare.glb")
    changed(bare, lambda tree: {**tree, "meshes": [{"primitives": []} for _ in tree["meshes"]]})
    with pytest.raises(BadInput, match="no triangles"):
        figure(read_avatar(bare))
    video = tmp_path / "out.mp4"
    with pytest.raises(BadInput, match="no triangles"):
        export.render_mp4(violin_motion(4), video, size=(160, 90), avatar=bare)
    assert not video.exists()


@pytest.mark.parametrize("seed", range(8))
def test_damaged_meshes_never_crash(seed, tmp_path):
    rng = np.random.default_rng(seed)

    def damage(tree):
        key = str(rng.choice(["accessors", "bufferViews", "meshes", "skins", "materials"]))
        items = tree[key]
        i = int(rng.integers(len(items)))
        word = str(rng.choice(list(items[i])))
        items[i] = {**items[i], word: rng.choice([None, -7, 10**9, "x"]).__str__() if seed % 2 else (10**9)}
        return tree

    path = changed(foreign_avatar(tmp_path / "own.glb"), damage)
    with contextlib.suppress(BadInput):
        assert all(isinstance(mesh, Mesh) for mesh in figure(read_avatar(path)))


def test_a_video_of_ones_own_avatar(tmp_path):
    pytest.importorskip("panda3d", reason="Panda3D is not installed")
    import cv2

    from audio_to_body.avatar.render import Renderer

    path = foreign_avatar(tmp_path / "own.glb", arms_down=0.5)
    video = tmp_path / "me.mp4"
    export.render_mp4(violin_motion(6), video, size=(160, 90), avatar=path)
    capture = cv2.VideoCapture(str(video))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 6
    capture.release()
    own = read_avatar(path)
    performance = retarget(violin_motion(4), RetargetSettings(fit_arms=False), own.skeleton)
    red = tuple(replace(m, colours=np.tile(np.float32([0.8, 0, 0]), (len(m.vertices), 1))) for m in figure(own))
    renderer = Renderer(replace(performance, figure=red), (160, 90), "front")
    picture = renderer.draw(0).astype(int)
    renderer.close()
    assert ((picture[..., 2] > picture[..., 0] + 60) & (picture[..., 2] > 90)).mean() > 0.05  # a red figure
