"""A figure of one's own on the page: bones of its own lengths, posed as the Python side poses them."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import numpy as np
import pytest

from audio_to_body import load
from audio_to_body.avatar.bones import MIXAMO, SIDES, finger_bones, mannequin_skeleton
from audio_to_body.avatar.gltf_reading import read_glb
from audio_to_body.avatar.kinematics import forward
from audio_to_body.avatar.own_avatar import read_avatar
from audio_to_body.avatar.own_avatar.bone_map import GUESSED, find_bones
from audio_to_body.avatar.own_avatar.nodes import world_rest
from audio_to_body.avatar.own_avatar.reading import OwnAvatar
from audio_to_body.avatar.piano_model import KEY_HEIGHT, LOWEST
from audio_to_body.avatar.retargeting.following import Follower
from audio_to_body.avatar.retargeting.proportions import fitted
from audio_to_body.avatar.violin_model import string_height, string_side
from audio_to_body.geometry.quaternion_arrays import about, angle_of, inverse, multiply, rotate
from audio_to_body.inference.live.warm_up import example_motion
from audio_to_body.musician.piano_keys import BLACK_RAISE, WHITE_KEY, is_black, key_place
from audio_to_body.skeleton.layouts import FINGERTIPS
from audio_to_body.skeleton.room import Prop, Room
from tests.avatar.rigs import changed, foreign_avatar
from tests.avatar.test_bone_map import RIGS, tree_of
from tests.web.driving import NEEDS_A_BROWSER, drive

NEAR, TURNED = 1e-3, np.radians(1.0)  # m and rad that a bone on the page may be from where Python puts it
MOMENTS = [0.5, 1.5, 2.0, 2.75, 4.0]  # s
STOPPED = 3e-3  # m from a string's middle: a fingertip that presses it
PRESSED, BLACK_TOP = 3e-3, 5.5e-3  # m that a key is down; half a black key's top
ON_KEY = 2.5e-3  # m that a finger may be farther from its key than the player's
pytestmark = NEEDS_A_BROWSER

SLIM = {"upper_arm": 0.9, "forearm": 0.92, "spine": 0.87, "hand": 0.93}  # shorter arms, a trunk 6 cm shorter
BROAD = {"upper_arm": 1.08, "forearm": 1.06, "spine": 1.05, "shoulders": 1.12, "hand": 1.1}


class OnThePage:
    """What the page showed, and what Python makes of the same musician."""

    def __init__(self, instrument: str, frames: list[dict[str, Any]], own: OwnAvatar) -> None:
        self.own, self.skeleton = own, own.skeleton
        example = example_motion(load(instrument))
        assert example.room is not None
        fit = fitted(example.room, example.skeleton, self.skeleton, own=False)
        given = [frame["given"] for frame in frames]
        props = {
            name: Prop(*(np.array([g["props"][name][part] for g in given]) for part in ("place", "turn")))
            for name in given[0]["props"]
        }
        self.given = np.array([g["joints"] for g in given]) + fit.origin  # the player's joints in the figure's room
        self.keys = np.array([g["keys"] for g in given]) if instrument == "piano" else np.zeros((len(given), 0))
        room = Room(self.given - fit.origin, example.room.kinds[0], props=props, keys=self.keys)
        found = Follower(example.skeleton, fit).pose(room)
        self.wanted = forward(self.skeleton, found.root, found.local)
        self.props = found.props
        self.layout = example.skeleton
        names = list(self.skeleton.names)
        assert set(frames[0]["bones"]) == set(names)
        self.places = np.array([[frame["bones"][name]["place"] for name in names] for frame in frames])
        nodes = np.array([[frame["bones"][name]["turn"] for name in names] for frame in frames])
        _, at_rest = world_rest(own.tree)
        stretched = [multiply(own.stretch[n], multiply(own.upright, at_rest[own.nodes[n]])) for n in names]
        self.turns = multiply(nodes, inverse(np.array(stretched)))  # from the T pose

    def tips_of_the_player(self, side: str) -> np.ndarray:
        """Where the player's fingertips are, ``[frames, 5, 3]``, thumb first."""
        hand = self.layout.left_hand if side == "left" else self.layout.right_hand
        return self.given[:, [hand[tip] for tip in FINGERTIPS]]

    def fingertips(self, side: str) -> np.ndarray:
        """Where the page's fingertips are, ``[frames, 5, 3]``, thumb first."""
        ends = [self.skeleton.index(finger_bones(side, finger)[2]) for finger in range(5)]
        return self.places[:, ends] + rotate(self.turns[:, ends], (self.skeleton.tips - self.skeleton.rest)[ends])


def without_names(path, **how) -> dict[str, Any]:
    """The document of a figure whose nodes are numbered alone."""
    foreign_avatar(path, style="vrm1", **how)
    changed(path, lambda tree: {key: value for key, value in tree.items() if key != "extensions"})
    tree, _ = read_glb(path)
    return {**tree, "nodes": [{k: v for k, v in node.items() if k != "name"} for node in tree["nodes"]]}


def hands_without(fingers: tuple[int, ...]) -> dict[str, Any]:
    """Mixamo's names, the fingers unnamed and some of them gone."""
    lost = {bone for side in SIDES for finger in fingers for bone in finger_bones(side, finger)}
    unnamed = {bone for side in SIDES for finger in range(5) for bone in finger_bones(side, finger)}
    names = {bone: f"b{i}" if bone in unnamed else name for i, (bone, name) in enumerate(MIXAMO.items())}
    return tree_of({bone: name for bone, name in names.items() if bone not in lost}, helpers=False)


def test_bones_are_found_as_in_python(dist, tmp_path):
    """Every rig that the Python side is held to; names that say nothing, fingers without names, arms that hang."""
    trees = {name: tree_of(names) for name, names in RIGS.items()}
    for arms_down in (0.0, 0.8, 1.35):
        for turned in (None, about(np.array([1.0, 0.0, 0.0]), np.array(np.pi / 2))):
            named = f"no names, arms {arms_down} down{'' if turned is None else ', z up'}"
            trees[named] = without_names(tmp_path / "own.glb", arms_down=arms_down, turned=turned)
    for fingers in ((), (0,), (4,), (0, 4), (0, 3, 4)):
        trees[f"unnamed fingers without {fingers}"] = hands_without(fingers)
    (tmp_path / "trees.json").write_text(json.dumps(trees))
    script = """
        const { findBones } = await import(process.argv[1]);
        const trees = JSON.parse(await (await import("node:fs/promises")).readFile(process.argv[2]));
        const found = Object.entries(trees).map(([name, tree]) => {
          const { nodes, guessed } = findBones(tree);
          return [name, { nodes: Object.fromEntries(nodes), guessed }];
        });
        console.log(JSON.stringify(Object.fromEntries(found)));
    """
    command = ["node", "--input-type=module", "-e", script, "--", str(dist / "figure" / "bone_map.js")]
    done = subprocess.run([*command, str(tmp_path / "trees.json")], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    for name, tree in trees.items():
        wanted = find_bones(tree)
        assert found[name]["nodes"] == wanted.nodes, name
        assert set(found[name]["guessed"]) == {bone for bone, way in wanted.how.items() if way == GUESSED}, name
    assert len(found["unreal"]["nodes"]) > 50
    assert not found["unreal"]["guessed"]
    assert len(found["no names"]["guessed"]) == len(mannequin_skeleton().names)
    assert len(found["unnamed fingers without (0,)"]["guessed"]) == 2 * 4 * 3
    assert not found["unnamed fingers without (0, 3, 4)"]["guessed"]


@pytest.mark.parametrize("instrument", ["violin", "piano"])
@pytest.mark.parametrize(
    ("style", "scale", "arms_down", "proportions"),
    [
        ("mixamo", 1.0, 0.7, SLIM),
        ("rpm", 100.0, 0.0, BROAD),  # centimetres
        ("vrm1", 1.1, 0.3, SLIM),
        ("vrm0", 1.0, 0.3, BROAD),
        ("mixamo", 1.3, 0.7, {}),
        ("unnamed", 1.0, 0.7, SLIM),
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
    page = OnThePage(instrument, seen["frames"], read_avatar(avatar))
    assert np.linalg.norm(page.places - page.wanted.positions, axis=2).max() < NEAR
    assert angle_of(multiply(inverse(page.wanted.rotations), page.turns)).max() < TURNED
    for name, (place, turn) in page.props.items():
        shown = [np.array([frame["props"][name][part] for frame in seen["frames"]]) for part in ("place", "turn")]
        assert np.linalg.norm(shown[0] - place, axis=1).max() < NEAR
        assert angle_of(multiply(inverse(turn), shown[1])).max() < TURNED
    if instrument == "violin":
        fingers_meet_strings(page)
    else:
        fingers_meet_keys(page)


def fingers_meet_strings(page: OnThePage) -> None:
    """What the player's left fingers stop, the figure's stop: the same strings."""
    place, turn = page.props["violin"]
    played, own = (
        string_distances(rotate(inverse(turn)[:, None], tips - place[:, None])[:, 1:])
        for tips in (page.tips_of_the_player("left"), page.fingertips("left"))
    )
    stops = played.min(axis=2) < STOPPED
    assert stops.sum() >= len(MOMENTS)
    assert (own.argmin(axis=2) == played.argmin(axis=2))[stops].all()
    assert own.min(axis=2)[stops].max() < STOPPED


def string_distances(places: np.ndarray) -> np.ndarray:
    """From places ``[..., 3]`` in the violin's directions to each string, metres ``[..., 4]``."""
    x, y, z = np.moveaxis(places, -1, 0)
    return np.stack([np.hypot(y - string_height(x, s), z - string_side(x, s)) for s in range(4)], axis=-1)


def fingers_meet_keys(page: OnThePage) -> None:
    """Keys that go down have a finger on them, as near as the player's own: the wrist goes where fingers lack."""
    played, own = (
        np.concatenate([tips_of(side) for side in SIDES], axis=1)
        for tips_of in (page.tips_of_the_player, page.fingertips)
    )
    down = np.argwhere(page.keys > PRESSED)
    assert len(down) >= len(MOMENTS)
    for frame, key in down:
        black = bool(is_black(key + LOWEST))
        surface = KEY_HEIGHT + BLACK_RAISE * black - page.keys[frame, key]
        half = BLACK_TOP if black else WHITE_KEY / 2
        near = [
            np.hypot(
                np.maximum(np.abs(tips[frame, :, 0] + float(key_place(key + LOWEST))) - half, 0.0),
                tips[frame, :, 1] - surface,
            ).min()
            for tips in (played, own)
        ]
        assert near[1] < near[0] + ON_KEY
