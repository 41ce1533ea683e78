"""Files of other programs, whole and damaged: every index, type and number is checked where the file is read."""

import base64
import json

import numpy as np
import pytest

from audio_to_body.avatar import export
from audio_to_body.avatar.gltf_reading import read_glb
from audio_to_body.avatar.own_avatar import figure, read_avatar
from audio_to_body.geometry.quaternion_arrays import about
from audio_to_body.skeleton.refusal import BadInput
from tests.avatar.motions import violin_motion
from tests.avatar.rigs import changed, foreign_avatar
from tests.avatar.test_export import posed_nodes


def put(*place, value):
    """A change that puts a value at a place of the tree."""

    def change(tree):
        holder = tree
        for key in place[:-1]:
            holder = holder[key]
        holder[place[-1]] = value

    return change


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("nodes", 3, "children"), [999], "there are 53 nodes"),
        (("nodes", 3, "children"), "x", "not a list"),
        (("nodes", 3, "children"), [1.5], "not a whole number"),
        (("nodes", 3, "children"), [True], "not a whole number"),
        (("nodes", 4, "children"), [0], "do not form a tree|circle"),
        (("nodes", 3, "translation"), [0, 1], "not a list of 3"),
        (("nodes", 3, "translation"), [0, "1", 2], "not a number"),
        (("nodes", 3, "scale"), [1e300, 1, 1], "not a number that can be used"),
        (("nodes", 3, "name"), 7, "not a text"),
        (("nodes",), {}, "not a list"),
        (("skins", 0, "joints"), [], "not a list"),
        (("skins", 0, "joints", 2), 10**9, "there are"),
        (("skins", 0, "inverseBindMatrices"), 10**9, "accessors"),
        (("meshes", 0, "primitives"), 3, "not a list"),
        (("meshes", 0, "primitives", 0, "attributes"), [], "not an object"),
        (("meshes", 0, "primitives", 0, "material"), 44, "materials"),
        (("accessors", 0, "count"), 10**9, "outside"),
        (("accessors", 0, "count"), 10**6, "cut off"),
        (("accessors", 0, "componentType"), 5124, "does not know"),
        (("accessors", 0, "type"), ["VEC3"], "does not know"),
        (("accessors", 0, "byteOffset"), -4, "outside"),
        (("bufferViews", 0, "byteLength"), 2**31, "cut off"),
        (("bufferViews", 0, "byteStride"), 4, "steps of 4 bytes"),
        (("scene",), 9, "scenes"),
        (("extras",), float("nan"), "no number"),
        (("asset",), {"version": "1.0"}, "glTF 1.0"),
        (("extensions",), {"VRM": {"humanoid": {"humanBones": [{"bone": "hips", "node": 999}]}}}, "53 nodes"),
        (("extensions",), {"VRM": {"humanoid": {"humanBones": {"hips": 3}}}}, "not a list"),
        (("extensions",), {"VRMC_vrm": {"humanoid": {"humanBones": {"hips": {"node": "3"}}}}}, "not a whole number"),
        (("extensionsRequired",), ["EXT_something_new"], "EXT_something_new"),
    ],
)  # fmt: skip
def test_damaged_numbers_are_refused_in_one_sentence(place, value, said, tmp_path):
    path = foreign_avatar(tmp_path / "own.glb")
    changed(path, put(*place, value=value))
    out = tmp_path / "out.glb"
    with pytest.raises(BadInput, match=said) as caught:
        export.write_glb(violin_motion(4), out, avatar=path)
    assert "\n" not in str(caught.value)
    assert not out.exists()


@pytest.mark.parametrize("levels", [100, 100_000])
def test_json_in_json_in_json_is_refused(levels, tmp_path):
    path = tmp_path / "own.gltf"
    path.write_text('{"asset": {"version": "2.0"}, "extras": ' + "[" * levels + "]" * levels + "}")
    with pytest.raises(BadInput, match="nested too deep"):
        read_glb(path)


def test_minus_one_means_none(tmp_path):
    """VRM 0 writes -1 where a bone or a mesh is lacking: no node, not the last one."""
    path = foreign_avatar(tmp_path / "own.vrm", style="vrm0")

    def change(tree):
        bones = tree["extensions"]["VRM"]["humanoid"]["humanBones"]
        tree["extensions"]["VRM"]["humanoid"]["humanBones"] = [
            {**b, "node": -1} if b["bone"] in ("upperChest", "leftToes") else b for b in bones
        ]
        tree["nodes"][2] |= {"mesh": -1, "skin": None, "camera": -1}

    own = read_avatar(changed(path, change))
    assert "upperChest" not in own.nodes
    assert "leftToes" not in own.nodes
    assert "rightToes" in own.nodes
    assert not {"mesh", "skin", "camera"} & set(own.tree["nodes"][2])


def test_a_long_chain_of_nodes_is_no_recursion(tmp_path):
    path = foreign_avatar(tmp_path / "own.glb")

    def change(tree):
        first = len(tree["nodes"])
        tree["nodes"] += [{"children": [first + i + 1]} for i in range(3000)] + [{}]
        tree["nodes"][7].setdefault("children", []).append(first)

    out = tmp_path / "out.glb"
    export.write_glb(violin_motion(3), out, avatar=changed(path, change))
    assert len(read_glb(out)[0]["nodes"]) > 3000


def test_a_gltf_with_its_files_beside_it_is_read(tmp_path):
    whole = foreign_avatar(tmp_path / "own.glb")
    tree, binary = read_glb(whole)
    tree["buffers"] = [{"byteLength": len(binary), "uri": "own%20data.bin"}]
    (tmp_path / "own data.bin").write_bytes(binary)
    plain = tmp_path / "own.gltf"
    plain.write_text(json.dumps(tree))
    again, data = read_glb(plain)
    assert data == binary
    assert again["buffers"] == [{"byteLength": len(binary)}]
    tree["buffers"][0]["uri"] = "data:application/octet-stream;base64," + base64.b64encode(binary).decode()
    plain.write_text(json.dumps(tree))
    assert read_glb(plain)[1] == binary
    refused = {
        "../own.bin": "elsewhere",
        "/etc/hostname": "elsewhere",
        "https://x.org/a.bin": "elsewhere",
        "gone.bin": "no such file",
        "data:;base64,!": "cannot be decoded",
    }
    for uri, said in refused.items():
        tree["buffers"][0]["uri"] = uri
        plain.write_text(json.dumps(tree))
        with pytest.raises(BadInput, match=said):
            read_glb(plain)


@pytest.mark.parametrize(
    ("beginning", "said"),
    [
        (b"Kaydara FBX Binary  \0", "Blender"),
        (b"PK\x03\x04", "unpack"),
        (b"BLENDER-v300", "Blender"),
        (b"", "not a GLB"),
    ],
)
def test_other_kinds_of_file_are_named(beginning, said, tmp_path):
    path = tmp_path / "figure.glb"
    path.write_bytes(beginning + b"\0" * 40)
    with pytest.raises(BadInput, match=said):
        read_glb(path)
    path.write_bytes(b"")
    with pytest.raises(BadInput, match="is empty"):
        read_glb(path)
    with pytest.raises(BadInput, match="is a folder"):
        read_glb(tmp_path)


def test_a_mirrored_root_keeps_hands_at_the_instrument(tmp_path):
    """A negative scale above the bones: what is called left stands right, and the figure faces where its feet do."""
    path = foreign_avatar(tmp_path / "own.glb")

    def change(tree):
        tree["nodes"].append({"name": "Armature", "children": [0], "scale": [-1, 1, 1]})
        tree["scenes"][0]["nodes"][0] = len(tree["nodes"]) - 1

    from audio_to_body.avatar.retargeting import RetargetSettings, retarget

    own = read_avatar(changed(path, change))
    assert any("mirrored" in remark for remark in own.remarks)
    assert own.nodes["leftHand"] == read_avatar(foreign_avatar(tmp_path / "plain.glb")).nodes["rightHand"]
    out = tmp_path / "out.glb"
    motion = violin_motion(12)
    export.write_glb(motion, out, avatar=path)
    performance = retarget(motion, RetargetSettings(fit_arms=False), own.skeleton)
    places = posed_nodes(out, 6)
    for bone, node in own.nodes.items():
        name = own.tree["nodes"][node]["name"]
        wanted = performance.pose.positions[6, performance.skeleton.index(bone)]
        assert np.abs(places[name] - wanted).max() < 5e-4, bone  # m
    # the drawn skin is not inside out: faces look the way of their vertices' normals
    mesh = figure(own)[0]
    a, b, c = (mesh.vertices[mesh.triangles[:, k]] for k in range(3))
    assert (np.einsum("ni,ni->n", np.cross(b - a, c - a), mesh.normals[mesh.triangles[:, 0]]) > 0).mean() > 0.95


def test_a_figure_that_was_turned_on_its_feet_faces_us(tmp_path):
    """By any angle, not only by whole quarters."""
    path = foreign_avatar(tmp_path / "own.glb", turned=about(np.array([0.0, 1.0, 0.0]), np.array(0.6)))
    own = read_avatar(path)
    plain = read_avatar(foreign_avatar(tmp_path / "plain.glb"))
    assert np.abs(own.skeleton.rest - plain.skeleton.rest).max() < 1e-4  # m
    assert any("turned" in remark for remark in own.remarks)
    forward = own.skeleton.at("leftToes") - own.skeleton.at("leftFoot")
    assert forward[2] > 0.9 * np.linalg.norm(forward[[0, 2]])


def test_bones_given_as_matrices_move(tmp_path):
    """A node with a matrix may not be animated: it becomes translation, rotation and scale."""
    path = foreign_avatar(tmp_path / "own.glb", arms_down=0.5)

    def change(tree):
        from audio_to_body.avatar.own_avatar.nodes import local_matrix

        for node in tree["nodes"]:
            matrix = local_matrix(node)
            for key in ("translation", "rotation", "scale"):
                node.pop(key, None)
            node["matrix"] = matrix.T.ravel().tolist()

    plain, matrices = tmp_path / "a.glb", tmp_path / "b.glb"
    motion = violin_motion(12)
    export.write_glb(motion, plain, avatar=path)
    export.write_glb(motion, matrices, avatar=changed(path, change))
    tree, _ = read_glb(matrices)
    animated = {c["target"]["node"] for c in tree["animations"][0]["channels"]}
    assert not any("matrix" in tree["nodes"][i] for i in animated)
    wanted, found = posed_nodes(plain, 6), posed_nodes(matrices, 6)
    assert max(np.abs(wanted[name] - found[name]).max() for name in wanted) < 1e-3  # m


@pytest.mark.parametrize(
    ("scale", "said"), [(39.37, "inches"), (3.281, "feet"), (1000.0, "millimetres"), (0.8, None)]
)
def test_units_are_judged_by_the_whole_figure(scale, said, tmp_path):
    own = read_avatar(foreign_avatar(tmp_path / "own.glb", scale=scale))
    tall = own.skeleton.at("head")[1] - own.skeleton.at("leftFoot")[1]
    assert tall == pytest.approx(1.46 * (0.8 if said is None else 1.0), abs=0.01)  # m, of our own figure
    assert any(said in remark for remark in own.remarks) if said else not own.remarks


def test_an_avatar_in_the_second_scene_is_shown(tmp_path):
    path = foreign_avatar(tmp_path / "own.glb", turned=about(np.array([0.0, 1.0, 0.0]), np.array(np.pi)))

    def change(tree):
        tree["scenes"].insert(0, {"name": "empty", "nodes": []})
        del tree["scene"]

    out = tmp_path / "out.glb"
    export.write_glb(violin_motion(3), out, avatar=changed(path, change))
    tree, _ = read_glb(out)
    shown = [tree["nodes"][i]["name"] for i in tree["scenes"][tree["scene"]]["nodes"]]
    assert shown[0] == "avatar"
    assert "violin" in shown
