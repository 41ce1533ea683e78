import contextlib
import json
import struct
import zipfile

import numpy as np
import pytest

from audio_to_body.avatar import export
from audio_to_body.avatar.bones import MIXAMO, mannequin_skeleton
from audio_to_body.avatar.gltf import byte_weights
from audio_to_body.avatar.gltf_reading import read_glb
from audio_to_body.avatar.own_avatar import world_rest
from audio_to_body.geometry.quaternion_arrays import about
from audio_to_body.skeleton.motion import save_motion
from audio_to_body.skeleton.refusal import BadInput
from tests.avatar.motions import piano_motion, violin_motion
from tests.avatar.rigs import changed, foreign_avatar


def tree_at(path, frame):
    """Nodes of a GLB as they stand at a frame."""
    tree, binary = read_glb(path)
    nodes = [dict(node) for node in tree["nodes"]]
    animation = tree["animations"][0]
    for channel in animation["channels"]:
        accessor = tree["accessors"][animation["samplers"][channel["sampler"]]["output"]]
        view = tree["bufferViews"][accessor["bufferView"]]
        kind = np.int16 if accessor["componentType"] == 5122 else np.float32
        width = {"VEC3": 3, "VEC4": 4}[accessor["type"]]
        values = np.frombuffer(binary, kind, accessor["count"] * width, view["byteOffset"]).reshape(-1, width)
        value = values[min(frame, len(values) - 1)].astype(float)
        value = value / 32767 if kind is np.int16 else value
        nodes[channel["target"]["node"]][channel["target"]["path"]] = value.tolist()
    return nodes


def posed_nodes(path, frame):
    """Places of all nodes of a GLB at a frame, by name."""
    nodes = tree_at(path, frame)
    places, _ = world_rest({"nodes": nodes})
    return {node.get("name", str(i)): places[i] for i, node in enumerate(nodes)}


@pytest.mark.parametrize("name", ["violinist", "pianist"])
def test_glb_holds_the_movement(name, request, tmp_path):
    performance = request.getfixturevalue(name)
    path = tmp_path / "musician.glb"
    export.write_glb(performance, path)
    assert path.stat().st_size < 3_000_000
    for frame in (0, 17, 60, 95):
        places = posed_nodes(path, frame)
        for i, bone in enumerate(performance.skeleton.names):
            assert np.abs(places[bone] - performance.pose.positions[frame, i]).max() < 2e-4, bone  # m


def test_glb_is_whole(violinist, tmp_path):
    path = tmp_path / "musician.glb"
    export.write_glb(violinist, path, names="mixamo")
    data = path.read_bytes()
    assert struct.unpack("<I", data[8:12])[0] == len(data)
    tree, binary = read_glb(path)
    assert tree["buffers"][0]["byteLength"] == len(binary)
    assert any(node["name"] == "mixamorig:LeftHandIndex1" for node in tree["nodes"])
    for accessor in tree["accessors"]:
        view = tree["bufferViews"][accessor["bufferView"]]
        assert view["byteOffset"] + view["byteLength"] <= len(binary)
    assert not list(tmp_path.glob("*.part"))


def test_piano_keys_turn_in_the_file(pianist, tmp_path):
    path = tmp_path / "piano.glb"
    export.write_glb(pianist, path)
    tree, _ = read_glb(path)
    names = [tree["nodes"][c["target"]["node"]]["name"] for c in tree["animations"][0]["channels"]]
    moved = {int(n.split()[1]) for n in names if n.startswith("key ")}
    assert moved == set(np.flatnonzero((pianist.keys > 0).any(axis=0)) + 21)


def read_bvh(text):
    """A small BVH reader: joints in the room per frame, by name."""
    tokens = text.split("MOTION")[0].split()
    stack, joints, i = [], [], 0
    while i < len(tokens):
        if tokens[i] in ("ROOT", "JOINT"):
            joints.append({"name": tokens[i + 1], "parent": stack[-1] if stack else -1})
            pending = len(joints) - 1
            i += 2
        elif tokens[i] == "End":
            pending = None
            i += 2
        elif tokens[i] == "{":
            stack.append(pending)
            i += 1
        elif tokens[i] == "}":
            stack.pop()
            i += 1
        elif tokens[i] == "OFFSET":
            if stack[-1] is not None:
                joints[stack[-1]]["offset"] = np.array(tokens[i + 1 : i + 4], float)
            i += 4
        elif tokens[i] == "CHANNELS":
            joints[stack[-1]]["channels"] = tokens[i + 2 : i + 2 + int(tokens[i + 1])]
            i += 2 + int(tokens[i + 1])
        else:
            i += 1
    rows = np.array(
        [[float(v) for v in line.split()] for line in text.split("Frame Time:")[1].splitlines()[1:] if line]
    )
    frames = []
    for row in rows:
        at, matrices, places = 0, [], {}
        for joint in joints:
            matrix = np.eye(4)
            matrix[:3, 3] = joint["offset"]
            for channel in joint["channels"]:
                value, axis = row[at], "XYZ".index(channel[0])
                at += 1
                step = np.eye(4)
                if channel.endswith("position"):
                    step[axis, 3] = value
                else:
                    a, (j, k) = np.radians(value), ((axis + 1) % 3, (axis + 2) % 3)
                    step[j, j] = step[k, k] = np.cos(a)
                    step[j, k], step[k, j] = -np.sin(a), np.sin(a)
                matrix = matrix @ step
            if joint["parent"] >= 0:
                matrix = matrices[joint["parent"]] @ matrix
            matrices.append(matrix)
            places[joint["name"]] = matrix[:3, 3]
        frames.append(places)
    return frames


@pytest.mark.parametrize("name", ["violinist", "pianist"])
def test_bvh_holds_the_movement(name, request, tmp_path):
    performance = request.getfixturevalue(name)
    path = tmp_path / "audio_to_body.musician.bvh"
    export.write_bvh(performance, path)
    text = path.read_text()
    assert text.count("ROOT") == 1
    frames = read_bvh(text)
    assert len(frames) == len(performance)
    for frame in (0, 40, 95):
        for i, bone in enumerate(performance.skeleton.names):
            assert np.abs(frames[frame][bone] / 100 - performance.pose.positions[frame, i]).max() < 1e-4


def test_bvh_of_ones_own_figure_has_its_bones(tmp_path):
    """Its lengths, in its T pose, under this project's names; it plays as in the GLB."""
    slim = {"upper_arm": 0.9, "forearm": 0.92, "spine": 0.87}
    path = foreign_avatar(tmp_path / "own.glb", arms_down=0.5, scale=100.0, proportions=slim)
    motion = violin_motion(6)
    export.write_bvh(motion, tmp_path / "own.bvh", avatar=path)
    export.write_glb(motion, tmp_path / "plays.glb", avatar=path)
    frames = read_bvh((tmp_path / "own.bvh").read_text())
    assert len(frames) == len(motion)
    for frame in range(len(motion)):
        places = posed_nodes(tmp_path / "plays.glb", frame)
        for bone, name in MIXAMO.items():
            assert np.abs(frames[frame][bone] / 100 - places[f"mixamorig:{name}"]).max() < 1e-3, bone  # m


def test_bvh_angles_do_not_jump(violinist, tmp_path):
    path = tmp_path / "audio_to_body.musician.bvh"
    export.write_bvh(violinist, path, unit="m")
    rows = [line.split() for line in path.read_text().split("Frame Time:")[1].splitlines()[1:]]
    values = np.array(rows, float)[:, 3:]
    assert (
        np.abs(np.diff(values, axis=0)).max() < 30
    )  # degrees, a joint's largest turn in a frame; a jump would be 360


def test_usdz_follows_the_rules(pianist, tmp_path):
    pytest.importorskip("pxr", reason="usd-core is not installed")
    from pxr import Usd

    path = tmp_path / "audio_to_body.musician.usdz"
    assert export.write_usdz(pianist, path) == []
    with zipfile.ZipFile(path) as package:
        assert all(info.compress_type == zipfile.ZIP_STORED for info in package.infolist())
        data = path.read_bytes()
        for info in package.infolist():
            name, extra = struct.unpack("<HH", data[info.header_offset + 26 : info.header_offset + 30])
            assert (info.header_offset + 30 + name + extra) % 64 == 0
    stage = Usd.Stage.Open(str(path))
    assert stage.GetEndTimeCode() == len(pianist) - 1
    samples = stage.GetPrimAtPath("/Recital/Musician/Rig/Recital").GetAttribute("rotations").GetTimeSamples()
    assert all(float(code).is_integer() for code in samples)


def test_usdz_holds_everything_unless_told_to_cut(tmp_path):
    pytest.importorskip("pxr", reason="usd-core is not installed")
    from pxr import Usd

    def last_frame(path):
        return Usd.Stage.Open(str(path)).GetEndTimeCode()

    remarks = export.write_usdz(violin_motion(260), tmp_path / "long.usdz")
    assert last_frame(tmp_path / "long.usdz") == 259
    assert len(remarks) == 1
    assert "advises 10 s" in remarks[0]
    remarks = export.write_usdz(violin_motion(260), tmp_path / "cut.usdz", start=1.0, seconds=10.0)
    assert last_frame(tmp_path / "cut.usdz") == 235  # of 260 frames those from 24 on
    assert remarks == ["cut.usdz holds seconds 1 to 10.8 of 10.8"]
    assert export.write_usdz(violin_motion(24), tmp_path / "short.usdz") == []
    with pytest.raises(BadInput, match="cannot start"):
        export.write_usdz(violin_motion(24), tmp_path / "late.usdz", start=5.0)


def test_usdz_on_a_full_disk_is_refused_and_the_old_file_stays(violinist, tmp_path):
    """The package writer says nothing when the system refuses; what it wrote is compared with what it was given."""
    pytest.importorskip("pxr", reason="usd-core is not installed")
    resource = pytest.importorskip("resource", reason="limits of a file's size are POSIX")
    path = tmp_path / "audio_to_body.musician.usdz"
    path.write_bytes(b"what was there")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))  # bytes: less than a USDZ has
    try:
        with pytest.raises(BadInput, match="room on the disk"):
            export.write_usdz(violinist, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes() == b"what was there"
    assert list(tmp_path.iterdir()) == [path]


def test_remarks_of_every_writer_reach_the_person(tmp_path):
    """An avatar without fingers and a clip longer than Apple advises, written as infer_onnx.py writes."""
    pytest.importorskip("pxr", reason="usd-core is not installed")
    from audio_to_body.avatar.writers import avatar_writers
    from audio_to_body.inference.writers.base import Source

    figure = foreign_avatar(tmp_path / "own.glb", fingers=False)
    told: list[str] = []
    source = Source(tmp_path / "sound.wav", remark=told.append)
    for writer in avatar_writers(figure):
        if writer.format in ("glb", "usdz"):
            writer.write(violin_motion(260), writer.target(tmp_path, "piece"), source)
    assert any("no finger bones" in remark for remark in told)
    assert any("advises 10 s" in remark for remark in told)


@pytest.mark.parametrize(
    "kind",
    [
        {"style": "mixamo"},
        {"style": "mixamo", "scale": 100.0, "arms_down": 0.7},
        {"style": "rpm", "arms_down": 0.5},
        {"style": "vrm0", "turned": about(np.array([0.0, 1.0, 0.0]), np.array(np.pi))},
        {"style": "vrm1", "fingers": False},
        {"style": "rpm", "turned": about(np.array([1.0, 0.0, 0.0]), np.array(np.pi / 2))},
        {"style": "words"},
    ],
    ids=[
        "mixamo",
        "centimetres and A pose",
        "ready player me",
        "VRM 0 backwards",
        "VRM 1 without fingers",
        "z up",
        "words",
    ],
)
def test_own_avatars_play(kind, tmp_path):
    from audio_to_body.avatar.own_avatar import read_avatar
    from audio_to_body.avatar.retargeting import RetargetSettings, retarget

    path = foreign_avatar(tmp_path / "own.glb", **kind)
    motion = violin_motion(24)
    out = tmp_path / "out.glb"
    remarks = export.write_glb(motion, out, avatar=path)
    own = read_avatar(path)
    performance = retarget(motion, RetargetSettings(fit_arms=False), own.skeleton)
    tree, _ = read_glb(out)
    places = posed_nodes(out, 12)
    for bone, node in own.nodes.items():
        name = tree["nodes"][node].get("name")
        wanted = performance.pose.positions[12, performance.skeleton.index(bone)]
        assert np.abs(places[name] - wanted).max() < 5e-4, bone  # m
    if kind.get("fingers") is False:
        assert any("finger" in remark for remark in remarks)
    if kind.get("scale"):
        assert any("centimetres" in remark for remark in remarks)


def test_an_avatar_in_no_usual_unit_is_scaled(tmp_path):
    path = foreign_avatar(tmp_path / "own.glb", scale=15.0)
    out = tmp_path / "out.glb"
    remarks = export.write_glb(violin_motion(6), out, avatar=path)
    assert any("scaled to 1.70 m" in remark for remark in remarks)
    places = posed_nodes(out, 3)
    tall = places["mixamorig:Head"][1] - places["mixamorig:LeftFoot"][1]
    assert 1.1 < tall < 1.8  # m


def test_avatars_that_cannot_play_are_refused(tmp_path):
    motion = violin_motion(6)
    out = tmp_path / "out.glb"

    def refusal(path):
        with pytest.raises(BadInput) as caught:
            export.write_glb(motion, out, avatar=path)
        assert not out.exists()
        return str(caught.value)

    assert "does not exist" in refusal(tmp_path / "nowhere.vrm")
    text = tmp_path / "text.glb"
    text.write_text("not a model")
    assert "not a GLB" in refusal(text)
    whole = foreign_avatar(tmp_path / "whole.glb")
    cut = tmp_path / "cut.glb"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert "damaged" in refusal(cut)
    assert "no skin" in refusal(foreign_avatar(tmp_path / "bare.glb", skin=False))
    numbered = foreign_avatar(tmp_path / "numbered.glb", style="vrm1")
    data = numbered.read_bytes().replace(b"VRMC_vrm", b"XXXX_vrm")
    numbered.write_bytes(data)  # bones named by numbers, without a table
    thigh = mannequin_skeleton().index("leftUpperLeg")

    def lame(tree):  # nor in the shape of a body: one leg starts elsewhere
        tree["nodes"][thigh]["translation"] = [0.3, -0.1, 0.5]

    assert "not a humanoid" in refusal(changed(numbered, lame))
    big = tmp_path / "big.glb"
    with open(big, "wb") as file:
        file.truncate(500_000_000)
    assert "500 MB" in refusal(big)


@pytest.mark.parametrize("seed", range(6))
def test_damaged_avatars_never_crash(seed, tmp_path):
    data = bytearray(foreign_avatar(tmp_path / "whole.glb").read_bytes())
    rng = np.random.default_rng(seed)
    length = struct.unpack("<I", data[12:16])[0]
    tree = json.loads(data[20 : 20 + length])
    key = rng.choice(["nodes", "skins", "scenes", "buffers"])
    text = json.dumps({**tree, str(key): tree[key][: len(tree[key]) // 2]}).encode()
    text += b" " * (-len(text) % 4)
    body = data[20 + length :]
    path = tmp_path / "changed.glb"
    path.write_bytes(
        struct.pack("<IIIII", 0x46546C67, 2, 20 + len(text) + len(body), len(text), 0x4E4F534A) + text + body
    )
    # a damaged file is either refused or, where the damage is harmless, written whole
    with contextlib.suppress(BadInput):
        export.write_glb(violin_motion(4), tmp_path / "out.glb", avatar=path)
        read_glb(tmp_path / "out.glb")
    assert not list(tmp_path.glob("*.part"))


def test_byte_weights_sum_to_255():
    rng = np.random.default_rng(0)
    weights = rng.dirichlet(np.ones(4), 500)
    assert (byte_weights(weights).astype(int).sum(axis=1) == 255).all()


def test_a_folder_that_is_not_there(violinist, tmp_path):
    with pytest.raises(BadInput, match="does not exist"):
        export.write_glb(violinist, tmp_path / "no" / "musician.glb")


def test_command_writes_and_refuses(tmp_path, capsys):
    from audio_to_body.avatar.__main__ import main
    from audio_to_body.skeleton.refusal import run_command

    path = tmp_path / "piece.npz"
    save_motion(piano_motion(12), path)
    assert run_command(main, [str(path), "--formats", "glb,bvh"]) == 0
    assert (tmp_path / "piece.glb").exists()
    assert (tmp_path / "piece.bvh").exists()
    assert run_command(main, [str(path), "--formats", "glb"]) == 2
    assert "--force" in capsys.readouterr().err
    assert run_command(main, [str(path), "-o", str(tmp_path / "piece.fbx")]) == 2
    assert run_command(main, [str(tmp_path / "nothing.npz"), "-o", str(tmp_path / "x.glb")]) == 2
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 not really")
    assert run_command(main, [str(tmp_path / "broken.npz"), "-o", str(tmp_path / "x.glb")]) == 2
    assert not (tmp_path / "x.glb").exists()


def test_endings_in_capitals_and_names_with_a_dash(tmp_path, monkeypatch):
    from audio_to_body.avatar.__main__ import main
    from audio_to_body.skeleton.refusal import run_command

    monkeypatch.chdir(tmp_path)
    save_motion(piano_motion(12), tmp_path / "-piece.npz")
    assert run_command(main, ["-piece.npz", "-o", "x.GLB"]) == 0
    assert (tmp_path / "x.GLB").read_bytes()[:4] == b"glTF"
    assert run_command(main, ["-piece.npz", "--formats", "BVH"]) == 0
    assert (tmp_path / "-piece.bvh").exists()
