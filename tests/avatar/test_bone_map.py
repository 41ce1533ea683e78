"""Which bone is which in rigs as other programs name them: by words, by the tree, by a map."""

import json
import re

import numpy as np
import pytest

from audio_to_body.avatar import export
from audio_to_body.avatar.bones import MIXAMO, SIDES, finger_bones, mannequin_skeleton
from audio_to_body.avatar.own_avatar import read_avatar
from audio_to_body.avatar.own_avatar.__main__ import main
from audio_to_body.avatar.own_avatar.bone_map import BONES, GUESSED, find_bones
from audio_to_body.avatar.own_avatar.words import labels, words_of
from audio_to_body.geometry.quaternion_arrays import about
from audio_to_body.skeleton.refusal import BadInput, run_command
from tests.avatar.motions import violin_motion
from tests.avatar.rigs import changed, foreign_avatar

LIMBS = ("Shoulder", "UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot", "Toes")


def rig(centre, limbs, finger, left="L", right="R"):
    """Names by VRM's: of the middle, of a limb as a pattern with {s}, of a finger's bone by a function."""
    names = dict(zip(("hips", "spine", "chest", "upperChest", "neck", "head"), centre))
    for side, mark in zip(SIDES, (left, right)):
        names |= {side + part: pattern.format(s=mark) for part, pattern in zip(LIMBS, limbs)}
        for f in range(5):
            names |= {bone: finger(mark, f, k) for k, bone in enumerate(finger_bones(side, f))}
    return names


ENGLISH = ("thumb", "index", "middle", "ring", "pinky")
RIGS = {
    "mixamo without colon": {vrm: f"mixamorig{name}" for vrm, name in MIXAMO.items()},
    "mixamo with a number, without colon": {vrm: f"mixamorig1{name}" for vrm, name in MIXAMO.items()},
    "mixamo with a number": {vrm: f"mixamorig12:{name}" for vrm, name in MIXAMO.items()},
    "sketchfab": {vrm: f"mixamorig:{name}_{i:02d}" for i, (vrm, name) in enumerate(MIXAMO.items())},
    "blender's copies": {vrm: f"{name}.001" for vrm, name in MIXAMO.items()},
    "a namespace in a namespace": {vrm: f"scene|hero:body:{name}" for vrm, name in MIXAMO.items()},
    "a character's name": {vrm: f"Alice_{name}" for vrm, name in MIXAMO.items()},
    "small letters": {vrm: name.lower() for vrm, name in MIXAMO.items()},
    "unreal": rig(
        ("pelvis", "spine_01", "spine_02", "spine_03", "neck_01", "head"),
        ("clavicle_{s}", "upperarm_{s}", "lowerarm_{s}", "hand_{s}", "thigh_{s}", "calf_{s}", "foot_{s}", "ball_{s}"),
        lambda s, f, k: f"{ENGLISH[f]}_0{k + 1}_{s}", "l", "r"),
    "rigify": rig(
        ("DEF-spine", "DEF-spine.001", "DEF-spine.002", "DEF-spine.003", "DEF-spine.004", "DEF-spine.006"),
        ("DEF-shoulder.{s}", "DEF-upper_arm.{s}", "DEF-forearm.{s}", "DEF-hand.{s}", "DEF-thigh.{s}", "DEF-shin.{s}",
         "DEF-foot.{s}", "DEF-toe.{s}"),
        lambda s, f, k: f"DEF-{'' if f == 0 else 'f_'}{ENGLISH[f]}.0{k + 1}.{s}"),
    "metarig": rig(
        ("spine", "spine.001", "spine.002", "spine.003", "spine.004", "spine.006"),
        ("shoulder.{s}", "upper_arm.{s}", "forearm.{s}", "hand.{s}", "thigh.{s}", "shin.{s}", "foot.{s}", "toe.{s}"),
        lambda s, f, k: f"{'' if f == 0 else 'f_'}{ENGLISH[f]}.0{k + 1}.{s}"),
    "genesis": rig(
        ("hip", "abdomenLower", "abdomenUpper", "chestLower", "neckLower", "head"),
        ("{s}Collar", "{s}ShldrBend", "{s}ForearmBend", "{s}Hand", "{s}ThighBend", "{s}Shin", "{s}Foot", "{s}Toe"),
        lambda s, f, k: f"{s}{('Thumb', 'Index', 'Mid', 'Ring', 'Pinky')[f]}{k + 1}", "l", "r"),
    "character creator": rig(
        ("CC_Base_Hip", "CC_Base_Waist", "CC_Base_Spine01", "CC_Base_Spine02", "CC_Base_NeckTwist01", "CC_Base_Head"),
        ("CC_Base_{s}_Clavicle", "CC_Base_{s}_Upperarm", "CC_Base_{s}_Forearm", "CC_Base_{s}_Hand",
         "CC_Base_{s}_Thigh", "CC_Base_{s}_Calf", "CC_Base_{s}_Foot", "CC_Base_{s}_ToeBase"),
        lambda s, f, k: f"CC_Base_{s}_{('Thumb', 'Index', 'Mid', 'Ring', 'Pinky')[f]}{k + 1}"),
    "maya": rig(
        ("C_Pelvis_jnt", "C_Spine_01_jnt", "C_Spine_02_jnt", "C_Chest_jnt", "C_Neck_jnt", "C_Head_jnt"),
        ("{s}_Clavicle_jnt", "{s}_Arm_jnt", "{s}_ForeArm_jnt", "{s}_Hand_jnt", "{s}_Leg_jnt", "{s}_Knee_jnt",
         "{s}_Ankle_jnt", "{s}_Ball_jnt"),
        lambda s, f, k: f"{s}_{ENGLISH[f]}_{k + 1}_jnt"),
    "named by joints": rig(
        ("pelvis", "spine1", "spine2", "spine3", "neck", "head"),
        ("{s}_collar", "{s}_shoulder", "{s}_elbow", "{s}_wrist", "{s}_hip", "{s}_knee", "{s}_ankle", "{s}_foot"),
        lambda s, f, k: f"{s}_{ENGLISH[f]}{k + 1}", "left", "right"),
    "vroid": rig(
        tuple(f"J_Bip_C_{n}" for n in ("Hips", "Spine", "Chest", "UpperChest", "Neck", "Head")),
        tuple(f"J_Bip_{{s}}_{part.replace('Toes', 'ToeBase')}" for part in LIMBS),
        lambda s, f, k: f"J_Bip_{s}_{('Thumb', 'Index', 'Middle', 'Ring', 'Little')[f]}{k + 1}"),
    "biped": rig(
        ("Bip01 Pelvis", "Bip01 Spine", "Bip01 Spine1", "Bip01 Spine2", "Bip01 Neck", "Bip01 Head"),
        ("Bip01 {s} Clavicle", "Bip01 {s} UpperArm", "Bip01 {s} Forearm", "Bip01 {s} Hand", "Bip01 {s} Thigh",
         "Bip01 {s} Calf", "Bip01 {s} Foot", "Bip01 {s} Toe0"),
        lambda s, f, k: f"Bip01 {s} Finger{f}{k or ''}"),
    "source": rig(
        tuple(f"ValveBiped.Bip01_{n}" for n in ("Pelvis", "Spine", "Spine1", "Spine2", "Neck1", "Head1")),
        tuple(f"ValveBiped.Bip01_{{s}}_{n}" for n in
              ("Clavicle", "UpperArm", "Forearm", "Hand", "Thigh", "Calf", "Foot", "Toe0")),
        lambda s, f, k: f"ValveBiped.Bip01_{s}_Finger{f}{k or ''}"),
    "makehuman": rig(
        ("root", "spine05", "spine03", "spine01", "neck01", "head"),
        ("clavicle.{s}", "upperarm01.{s}", "lowerarm01.{s}", "wrist.{s}", "upperleg01.{s}", "lowerleg01.{s}",
         "foot.{s}", "toe1-1.{s}"),
        lambda s, f, k: f"finger{f + 1}-{k + 1}.{s}"),
    "cats": rig(
        ("Hips", "Spine", "Chest", "Upper Chest", "Neck", "Head"),
        ("{s} shoulder", "{s} arm", "{s} elbow", "{s} wrist", "{s} leg", "{s} knee", "{s} ankle", "{s} toe"),
        lambda s, f, k: f"{('Thumb', 'IndexFinger', 'MiddleFinger', 'RingFinger', 'LittleFinger')[f]}{k}_{s[0]}",
        "Left", "Right"),
    "mikumikudance": rig(
        ("センター", "上半身", "上半身1", "上半身2", "首", "頭"),
        ("{s}肩", "{s}腕", "{s}ひじ", "{s}手首", "{s}足", "{s}ひざ", "{s}足首", "{s}つま先"),
        lambda s, f, k: f"{s}{('親指', '人指', '中指', '薬指', '小指')[f]}{'０１２３'[k + (f > 0)]}", "左", "右"),
    "glued small letters": rig(
        ("pelvis", "spine1", "spine2", "spine3", "neck", "head"),
        ("{s}clavicle", "{s}upperarm", "{s}forearm", "{s}hand", "{s}thigh", "{s}calf", "{s}foot", "{s}toe"),
        lambda s, f, k: f"{s}{ENGLISH[f]}{k + 1}", "l", "r"),
    "arkit": rig(
        ("hips_joint", "spine_1_joint", "spine_4_joint", "spine_7_joint", "neck_1_joint", "head_joint"),
        ("{s}_shoulder_1_joint", "{s}_arm_joint", "{s}_forearm_joint", "{s}_hand_joint", "{s}_upLeg_joint",
         "{s}_leg_joint", "{s}_foot_joint", "{s}_toes_joint"),
        lambda s, f, k: f"{s}_hand{ENGLISH[f].capitalize()}_{k + 1}_joint", "left", "right"),
    "second life": rig(
        ("mPelvis", "mSpine1", "mTorso", "mChest", "mNeck", "mHead"),
        ("mCollar{s}", "mShoulder{s}", "mElbow{s}", "mWrist{s}", "mHip{s}", "mKnee{s}", "mAnkle{s}", "mToe{s}"),
        lambda s, f, k: f"mHand{ENGLISH[f].capitalize()}{k + 1}{s}", "Left", "Right"),
    "motion capture": rig(
        ("Pelvis", "L5", "T12", "T8", "Neck", "Head"),
        ("{s}Shoulder", "{s}UArm", "{s}FArm", "{s}Hand", "{s}Thigh", "{s}Shin", "{s}Foot", "{s}Toe"),
        lambda s, f, k: f"{s}{ENGLISH[f].capitalize()}{k + 1}", "L", "R"),
    "xps": rig(
        ("root hips", "spine lower", "spine middle", "spine upper", "neck lower", "head"),
        ("arm {s} shoulder 1", "arm {s} shoulder 2", "arm {s} elbow", "arm {s} wrist", "leg {s} thigh",
         "leg {s} knee", "leg {s} ankle", "leg {s} toes"),
        lambda s, f, k: f"arm {s} finger {f + 1}{'abc'[k]}", "left", "right"),
    "blocks": {"hips": "LowerTorso", "spine": "UpperTorso", "head": "Head"} | {
        f"{s}{part}": f"{s.capitalize()}{part}" for s in SIDES for part in LIMBS if part not in ("Shoulder", "Toes")},
    "numbers alone": {vrm: f"bone_{i}" for i, vrm in enumerate(MIXAMO)},
    "no names": {},
}  # fmt: skip


def kept(names):
    """Bones that a rig has: all, or those that it names."""
    return [vrm for vrm in mannequin_skeleton().names if not names or vrm in names]


def tree_of(names, helpers=True):
    """Nodes of the mannequin under these names, with twist bones, ends and a hair as rigs have them."""
    skeleton = mannequin_skeleton()
    nodes = []
    bones = kept(names)
    for vrm in bones:
        above = int(skeleton.parents[skeleton.index(vrm)])
        while above >= 0 and skeleton.names[above] not in bones:
            above = int(skeleton.parents[above])
        start = skeleton.rest[above] if above >= 0 else np.zeros(3)
        node = {"translation": (skeleton.at(vrm) - start).tolist(), "children": []}
        if names:
            node["name"] = names[vrm]
        if above >= 0:
            nodes[bones.index(skeleton.names[above])]["children"].append(len(nodes))
        nodes.append(node)
    joints = list(range(len(nodes)))
    if helpers and names:
        for vrm, said in (("leftUpperArm", "twist_01"), ("rightHand", "ik"), ("head", "hair"), ("head", "jaw")):
            i = bones.index(vrm)
            nodes.append({"name": f"{names[vrm]}_{said}", "translation": [0.0, 0.02, 0.0]})
            nodes[i].setdefault("children", []).append(len(nodes) - 1)
            joints.append(len(nodes) - 1)
    return {"nodes": nodes, "skins": [{"joints": joints}], "scenes": [{"nodes": [0]}]}


@pytest.mark.parametrize("name", RIGS)
def test_every_bone_of_a_rig_is_found(name):
    bones = kept(RIGS[name])
    found = find_bones(tree_of(RIGS[name]))
    wrong = {bone: found.nodes.get(bone) for bone in bones if found.nodes.get(bone) != bones.index(bone)}
    assert not wrong
    assert set(found.nodes) == set(bones)
    by_shape = name in ("numbers alone", "no names")
    assert (GUESSED in found.how.values()) == by_shape


@pytest.mark.parametrize("arms_down", [0.0, 0.8, 1.35])
@pytest.mark.parametrize("turned", ["y up", "z up"])
def test_a_body_without_names_is_known_by_its_shape(arms_down, turned, tmp_path):
    """In a T pose, an A pose and with arms that hang; y up as glTF has it, or z up and facing -y."""
    turn = about(np.array([1.0, 0.0, 0.0]), np.array(np.pi / 2)) if turned == "z up" else None
    path = foreign_avatar(tmp_path / "own.glb", style="vrm1", arms_down=arms_down, turned=turn)
    changed(path, lambda tree: {key: value for key, value in tree.items() if key != "extensions"})
    own = read_avatar(path)
    skeleton = mannequin_skeleton()
    assert {bone: node for bone, node in own.nodes.items() if node != skeleton.index(bone)} == {}
    assert any("guessed by their place" in remark for remark in own.remarks)


def test_braids_and_a_skirt_are_no_limbs():
    """Mirrored chains of a head and of hips: limbs are those that reach farthest."""
    tree = tree_of({})
    nodes = tree["nodes"]
    index = mannequin_skeleton().index
    for vrm, start, step, many in (("head", [0.08, 0.1, -0.05], [0.01, -0.08, 0.0], 5),
                                   ("hips", [0.15, 0.0, 0.0], [0.02, -0.1, 0.0], 4)):  # fmt: skip
        for sign in (1, -1):
            above = index(vrm)
            for k in range(many):
                place = np.array(start if k == 0 else step) * [sign, 1, 1]
                nodes.append({"translation": place.tolist(), "children": []})
                nodes[above]["children"].append(len(nodes) - 1)
                tree["skins"][0]["joints"].append(len(nodes) - 1)
                above = len(nodes) - 1
    found = find_bones(tree).nodes
    for bone in ("hips", "head", *(f"{s}{part}" for s in SIDES for part in LIMBS)):
        assert found[bone] == index(bone), bone


def test_two_characters_in_one_file_are_not_mixed():
    """Names twice, in two trees: every bone is of the same one."""
    tree = tree_of(RIGS["mixamo with a number"], helpers=False)
    many = len(tree["nodes"])
    second = [{**n, "children": [c + many for c in n["children"]], "name": f"{n['name']}.001"} for n in tree["nodes"]]
    tree["nodes"] += second
    tree["skins"].append({"joints": [j + many for j in tree["skins"][0]["joints"]]})
    assert {node // many for node in find_bones(tree).nodes.values()} == {0}


def test_fingers_without_names_are_told_by_count_and_order():
    names = {vrm: name if "Hand" not in name[1:-3] or vrm.endswith("Hand") else f"b{i}"
             for i, (vrm, name) in enumerate(MIXAMO.items())}  # fmt: skip
    assert names["leftHand"] == "LeftHand"
    assert names["leftIndexProximal"].startswith("b")
    found = find_bones(tree_of(names, helpers=False))
    skeleton = mannequin_skeleton()
    assert all(found.nodes[bone] == skeleton.index(bone) for bone in BONES)
    assert found.how["leftThumbDistal"] == GUESSED
    assert found.how["leftHand"] != GUESSED


def test_a_bone_in_the_palm_and_a_fingertips_end_are_no_finger_bones():
    """Four bones a finger: Unreal 5 begins in the palm, Mixamo's export ends with the tip."""
    names = dict(RIGS["unreal"])
    tree = tree_of(names, helpers=False)
    skeleton = mannequin_skeleton()
    hand, first = skeleton.index("leftHand"), skeleton.index("leftIndexProximal")
    tree["nodes"][first]["name"] = "index_01_l"
    offset = np.array(tree["nodes"][first]["translation"])
    tree["nodes"].append({"name": "index_metacarpal_l", "translation": (0.3 * offset).tolist(), "children": [first]})
    palm = len(tree["nodes"]) - 1
    tree["nodes"][hand]["children"][tree["nodes"][hand]["children"].index(first)] = palm
    tree["nodes"][first]["translation"] = (0.7 * offset).tolist()
    assert find_bones(tree).nodes["leftIndexProximal"] == first
    tree["nodes"][palm]["name"] = "index_00_l"  # and where its name does not say so
    assert find_bones(tree).nodes["leftIndexProximal"] == first
    tipped = tree_of(MIXAMO, helpers=False)
    last = skeleton.index("leftIndexDistal")
    tipped["nodes"].append({"name": "LeftHandIndex4", "translation": [0.02, 0.0, 0.0]})
    tipped["nodes"][last]["children"] = [len(tipped["nodes"]) - 1]
    found = find_bones(tipped).nodes
    assert [found[b] for b in finger_bones("left", 1)] == [first, first + 1, last]


def test_long_spines_and_limbs_of_several_bones():
    """Five spine bones, two bones in each half of an arm: the first of each counts, the chest carries the arms."""
    skeleton = mannequin_skeleton()
    tree = tree_of(RIGS["makehuman"], helpers=False)
    nodes = tree["nodes"]

    def between(above, below, name):
        i, j = skeleton.index(above), skeleton.index(below)
        nodes.append({"name": name, "translation": [0.0, 0.0, 0.0], "children": [j]})
        nodes[i]["children"][nodes[i]["children"].index(j)] = len(nodes) - 1
        tree["skins"][0]["joints"].append(len(nodes) - 1)

    between("spine", "chest", "spine04")
    between("chest", "upperChest", "spine02")
    between("leftUpperArm", "leftLowerArm", "upperarm02.L")
    between("leftLowerArm", "leftHand", "lowerarm02.L")
    between("neck", "head", "neck02")
    found = find_bones(tree).nodes
    for bone in ("hips", "spine", "upperChest", "neck", "head", "leftUpperArm", "leftLowerArm", "leftHand"):
        assert found[bone] == skeleton.index(bone), bone


def test_hips_outside_the_skins_joints_are_found():
    tree = tree_of(RIGS["mixamo with a number"])
    tree["skins"][0]["joints"].remove(0)
    assert find_bones(tree).nodes["hips"] == 0


def test_meshes_called_like_bones_are_no_bones():
    tree = tree_of(RIGS["cats"])
    for node in tree["nodes"]:
        node["children"] = [child + 2 for child in node.get("children", [])]
    tree["nodes"] = [{"name": "Head", "mesh": 0}, {"name": "Left arm", "mesh": 1}, *tree["nodes"]]
    tree["skins"][0]["joints"] = [j + 2 for j in tree["skins"][0]["joints"]]
    found = find_bones(tree).nodes
    assert found["head"] == mannequin_skeleton().index("head") + 2
    assert found["leftUpperArm"] == mannequin_skeleton().index("leftUpperArm") + 2


def test_words_are_taken_apart():
    assert words_of("mixamorig1:LeftHandIndex1_03") == ["left", "hand", "index", "1", "03"]
    assert words_of("DEF-f_index.01.L") == ["def", "f", "index", "01", "l"]
    assert words_of("lShldrBend") == ["l", "shldr", "bend"]
    said = labels(["hair_ring_L", "earring_r", "Bip01 Footsteps", "LeftFootIK", "breast.L", "mouth", ""])
    assert said[1:] == [None] * 6


def test_a_map_by_hand_plays_what_nothing_else_tells(tmp_path, capsys):
    """The template that the command prints, completed, makes the avatar play; what is wrong in it is said."""
    path = foreign_avatar(tmp_path / "own.glb", arms_down=0.4)

    def hide(tree):  # no names, and no second leg that mirrors the first
        lame = next(i for i, node in enumerate(tree["nodes"]) if node["name"].endswith("LeftUpLeg"))
        tree["nodes"][lame]["translation"] = [0.3, -0.1, 0.5]
        for i, node in enumerate(tree["nodes"]):
            node["name"] = f"n{i}"

    known = read_avatar(path).nodes
    changed(path, hide)
    with pytest.raises(BadInput, match="--template prints a map"):
        export.write_glb(violin_motion(3), tmp_path / "out.glb", avatar=path)
    assert run_command(main, [str(path)]) == 2
    assert "needed, not found" in capsys.readouterr().out
    assert run_command(main, [str(path), "--template"]) == 0
    given = json.loads(capsys.readouterr().out)
    assert set(BONES) <= set(given)
    completed = {bone: f"n{node}" for bone, node in known.items()}
    chart = tmp_path / "map.json"
    chart.write_text(json.dumps({**given, **completed}))
    own = read_avatar(path, bones=chart)
    assert own.nodes == known
    out = tmp_path / "out.glb"
    export.write_glb(violin_motion(3), out, avatar=path, bones=chart)
    assert out.exists()
    assert run_command(main, [str(path), "--bones", str(chart)]) == 0
    assert re.search(r"leftHand +n\d+ +by the map", capsys.readouterr().out)
    for text, said in (("{", "no JSON"), ("[]", "must be an object"), ('{"tail": "n3"}', "names a bone 'tail'"),
                       ('{"hips": "nobody"}', "no such node"), ('{"hips": 900}', "no such node")):  # fmt: skip
        chart.write_text(text)
        with pytest.raises(BadInput, match=said):
            read_avatar(path, bones=chart)


def test_bones_that_do_not_hang_together_are_refused(tmp_path):
    """A control rig whose deforming bones are no one tree: the hands would stay behind."""
    path = foreign_avatar(tmp_path / "own.glb")

    def apart(tree):
        hand = next(i for i, n in enumerate(tree["nodes"]) if n["name"].endswith("LeftHand"))
        above = next(n for n in tree["nodes"] if hand in n.get("children", []))
        above["children"].remove(hand)
        tree["scenes"][0]["nodes"].append(hand)

    with pytest.raises(BadInput, match="do not hang together: leftHand"):
        read_avatar(changed(path, apart))
