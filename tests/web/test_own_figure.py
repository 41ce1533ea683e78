"""A figure of one's own on the page: bones of its own lengths, posed as the Python side poses them."""

from __future__ import annotations

import json
import subprocess

import numpy as np
import pytest

from audio_to_body import load
from audio_to_body.avatar.kinematics import forward
from audio_to_body.avatar.own_avatar import read_avatar
from audio_to_body.avatar.own_avatar.names import bones_by_name
from audio_to_body.avatar.own_avatar.nodes import Tree
from audio_to_body.avatar.retargeting.following import Follower
from audio_to_body.avatar.retargeting.proportions import fitted
from audio_to_body.inference.live.warm_up import example_motion
from audio_to_body.skeleton.room import Prop, Room
from tests.avatar.rigs import foreign_avatar
from tests.avatar.test_bone_map import RIGS, tree_of
from tests.web.driving import NEEDS_A_BROWSER, drive

NEAR = 1e-3  # m that a bone on the page may lie from where Python puts it
MOMENTS = [0.5, 1.5, 2.0, 2.75, 4.0]  # s
pytestmark = NEEDS_A_BROWSER

SLIM = {"upper_arm": 0.9, "forearm": 0.92, "spine": 0.87, "hand": 0.93}  # shorter arms, a trunk 6 cm shorter
BROAD = {"upper_arm": 1.08, "forearm": 1.06, "spine": 1.05, "shoulders": 1.12, "hand": 1.1}


def posed(instrument: str, frames: list[dict], avatar) -> tuple[np.ndarray, dict[str, np.ndarray], list[str]]:
    """Joints ``[frames, bones, 3]`` and props as Python poses the avatar on what the page's musician gave."""
    example = example_motion(load(instrument))
    assert example.room is not None
    skeleton = read_avatar(avatar).skeleton
    follower = Follower(example.skeleton, fitted(example.room, example.skeleton, skeleton, own=False))
    given = [frame["given"] for frame in frames]
    props = {
        name: Prop(*(np.array([g["props"][name][part] for g in given]) for part in ("place", "turn")))
        for name in given[0]["props"]
    }
    joints = np.array([g["joints"] for g in given])
    keys = np.array([g["keys"] for g in given]) if instrument == "piano" else np.zeros((len(given), 0))
    found = follower.pose(Room(joints, example.room.kinds[0], props=props, keys=keys))
    places = forward(skeleton, found.root, found.local).positions
    return places, {name: place for name, (place, _) in found.props.items()}, list(skeleton.names)


def test_names_of_bones_mean_what_they_mean_in_python(dist, tmp_path):
    """Every rig that the Python side is held to, also those whose names say nothing."""
    trees = {name: tree_of(names) for name, names in RIGS.items()}
    (tmp_path / "trees.json").write_text(json.dumps(trees))
    script = """
        const { bonesByName } = await import(process.argv[1]);
        const trees = JSON.parse(await (await import("node:fs/promises")).readFile(process.argv[2]));
        const found = Object.entries(trees).map(([name, tree]) => [name, Object.fromEntries(bonesByName(tree))]);
        console.log(JSON.stringify(Object.fromEntries(found)));
    """
    command = ["node", "--input-type=module", "-e", script, "--", str(dist / "figure" / "bone_names.js")]
    done = subprocess.run([*command, str(tmp_path / "trees.json")], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    for name, tree in trees.items():
        assert found[name] == bones_by_name(tree, Tree(tree)), name
    assert len(found["unreal"]) > 50
    assert found["no names"] == {}


@pytest.mark.parametrize("instrument", ["violin", "piano"])
@pytest.mark.parametrize(
    ("style", "scale", "arms_down", "proportions"),
    [
        ("mixamo", 1.0, 0.7, SLIM),
        ("rpm", 100.0, 0.0, BROAD),  # centimetres
        ("vrm1", 1.1, 0.3, SLIM),
        ("vrm0", 1.0, 0.3, BROAD),
        ("mixamo", 1.3, 0.7, {}),
    ],
)
def test_a_figure_of_other_proportions_plays_as_in_python(
    address, music, tmp_path, instrument, style, scale, arms_down, proportions
):
    avatar = foreign_avatar(
        tmp_path / "own.glb", style=style, scale=scale, arms_down=arms_down, proportions=proportions
    )
    seen = drive("figure", address, instrument=instrument, file=str(music), avatar=str(avatar), moments=MOMENTS)
    assert not seen["errors"]
    wanted, props, names = posed(instrument, seen["frames"], avatar)
    for i, frame in enumerate(seen["frames"]):
        assert len(frame["bones"]) == len(names)
        apart = {n: np.linalg.norm(np.array(p) - wanted[i, names.index(n)]) for n, p in frame["bones"].items()}
        assert max(apart.values()) < NEAR, max(apart, key=apart.get)
        for name, places in props.items():
            assert np.linalg.norm(np.array(frame["props"][name]) - places[i]) < NEAR
