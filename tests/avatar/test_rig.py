import numpy as np
import pytest

from audio_to_body.avatar.bones import MIXAMO, mannequin_skeleton
from audio_to_body.avatar.mannequin import mannequin
from audio_to_body.avatar.piano_model import KEYS, keys
from audio_to_body.avatar.rig import proportioned, rig_meshes
from audio_to_body.avatar.violin_model import bow, bowed_points, string_height, violin


def test_every_humanoid_bone_has_a_mixamo_name():
    names = mannequin_skeleton().names
    assert set(names) == set(MIXAMO)
    assert len(names) == 52


def test_the_skeleton_is_symmetrical():
    s = mannequin_skeleton()
    for i, name in enumerate(s.names):
        if name.startswith("left"):
            assert np.allclose(s.at("right" + name[4:]) * [-1, 1, 1], s.rest[i])


@pytest.mark.parametrize("mesh", mannequin(0.5)[1], ids=lambda m: m.name)
def test_skin_weights_and_normals(mesh):
    assert np.allclose(mesh.weights.sum(axis=1), 1, atol=1e-5)
    assert mesh.joints.max() < 52
    assert np.allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-3)
    assert mesh.triangles.max() < len(mesh.vertices)


@pytest.mark.parametrize("mesh", mannequin(0.5)[1], ids=lambda m: m.name)
def test_surfaces_are_closed_and_face_outwards(mesh):
    edges = np.concatenate([mesh.triangles[:, [0, 1]], mesh.triangles[:, [1, 2]], mesh.triangles[:, [2, 0]]])
    there = set(map(tuple, edges.tolist()))
    open_edges = sum((b, a) not in there for a, b in there)
    assert open_edges == 0
    a, b, c = (mesh.vertices[mesh.triangles[:, k]].astype(float) for k in range(3))
    volume = np.einsum("ni,ni->n", a, np.cross(b, c)).sum() / 6
    assert volume > 0


def test_the_hand_is_a_human_hand():
    _, meshes = mannequin(0.5)
    hand = next(m for m in meshes if m.name == "left hand")
    s = mannequin_skeleton()
    length = hand.vertices[:, 0].max() - s.at("leftHand")[0]
    assert 0.17 < length < 0.205  # adults: 0.16 to 0.21 m


def test_proportions_stretch_bones_and_skin():
    s = proportioned(mannequin_skeleton(), {"upper_arm": 1.1, "spine": 0.95})
    base = mannequin_skeleton()
    arm = np.linalg.norm(s.at("leftLowerArm") - s.at("leftUpperArm"))
    assert arm == pytest.approx(1.1 * np.linalg.norm(base.at("leftLowerArm") - base.at("leftUpperArm")))
    assert s.at("leftUpperArm")[0] == pytest.approx(base.at("leftUpperArm")[0])  # shoulders keep their width
    hand = next(m for m in rig_meshes(s, 0.5) if m.name == "left hand")
    assert hand.vertices[:, 0].max() > s.at("leftMiddleDistal")[0]


def test_strings_clear_the_body_and_follow_the_bridge():
    top = max(mesh.vertices[:, 1].max() for mesh in violin() if mesh.material == "spruce")
    assert min(float(string_height(0.225, k)) for k in range(4)) > top
    points = bowed_points()
    assert points[1, 1] > points[0, 1]
    assert points[2, 1] > points[3, 1]  # the bridge is arched


def test_the_bow_is_as_long_as_a_bow():
    x = np.concatenate([mesh.vertices[:, 0] for mesh in bow()])
    assert 0.70 < np.ptp(x) < 0.76


def test_88_keys():
    assert len(keys()) == KEYS == 88
    assert sum(mesh.material == "ivory" for mesh in keys()) == 52
