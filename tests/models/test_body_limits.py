"""What a body cannot do is counted: where it is put into a motion that has none of it, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from audio_to_body import load
from audio_to_body.geometry.quaternion_arrays import multiply, rotate
from audio_to_body.inference.live.warm_up import example_motion
from audio_to_body.models.body_limits import BESIDE, LEAP, THROUGH, body_limits
from audio_to_body.musician.piano_keys import WHITE_KEY
from audio_to_body.skeleton.motion import Motion
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.room import Prop

FRAMES = 12


def still(instrument: str) -> Motion:
    """A motion of the shipped musician in which nothing moves: its last frame again and again."""
    motion = example_motion(load(instrument, "cpu"))
    assert motion.room is not None
    last = slice(len(motion) - 1, len(motion))

    def again(values: np.ndarray) -> np.ndarray:
        return np.repeat(values[last], FRAMES, axis=0)

    props = {name: Prop(again(p.translation), again(p.rotation)) for name, p in motion.room.props.items()}
    room = replace(
        motion.room,
        joints=again(motion.room.joints),
        kinds=again(np.broadcast_to(motion.room.kinds, motion.room.joints.shape[:2])),
        props=props,
        keys=again(motion.room.keys),
    )
    tracks = {name: again(np.asarray(track)) for name, track in motion.tracks.items()}
    return replace(motion, points=again(motion.points), confidence=again(motion.confidence), tracks=tracks, room=room)


@pytest.fixture(scope="module")
def pianist() -> Motion:
    return still("piano")


@pytest.fixture(scope="module")
def violinist() -> Motion:
    return still("violin")


def with_joints(motion: Motion, joints: np.ndarray) -> Motion:
    assert motion.room is not None
    return replace(motion, room=replace(motion.room, joints=joints))


def joints_of(motion: Motion) -> np.ndarray:
    assert motion.room is not None
    return motion.room.joints.copy()


@pytest.mark.parametrize("who", ["pianist", "violinist"])
def test_who_does_not_move_does_nothing_impossible(who, request):
    found = body_limits(request.getfixturevalue(who))
    assert (found.frames, found.elbow_step, found.wrist_step, found.leaps) == (FRAMES, 0, 0, 0)
    assert found.crossed == found.through == 0


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_wrist_that_leaps_is_counted_once_there_and_once_back(pianist, side):
    joints = joints_of(pianist)
    wrist = pianist.skeleton.index(f"{side}_hand_wrist")
    joints[5, wrist, 1] += 1.1 * LEAP
    found = body_limits(with_joints(pianist, joints))
    assert found.leaps == 2
    assert found.wrist_step == pytest.approx(1.1 * LEAP, abs=1e-5)
    joints[5, wrist, 1] -= 0.2 * LEAP
    assert body_limits(with_joints(pianist, joints)).leaps == 0


def test_an_elbow_that_jumps_is_told(violinist):
    joints = joints_of(violinist)
    joints[7:, violinist.skeleton.index("right_elbow"), 0] += 0.04
    assert body_limits(with_joints(violinist, joints)).elbow_step == pytest.approx(0.04, abs=1e-5)


def test_the_bend_of_a_wrist_is_the_angle_between_forearm_and_hand(pianist):
    joints = joints_of(pianist)
    at = pianist.skeleton.index
    for side, degrees in (("left", 30.0), ("right", 75.0)):
        angle = np.radians(degrees)
        wrist = joints[:, at(f"{side}_hand_wrist")]
        joints[:, at(f"{side}_elbow")] = wrist - [0.0, 0.0, 0.25]
        joints[:, at(f"{side}_hand_middle_1")] = wrist + 0.09 * np.array([0.0, np.sin(angle), np.cos(angle)])
    bends = body_limits(with_joints(pianist, joints)).bends
    assert bends["left"] == pytest.approx((30, 30), abs=0.01)
    assert bends["right"] == pytest.approx((75, 75), abs=0.01)


@pytest.mark.parametrize(("who", "sides"), [("pianist", ("left", "right")), ("violinist", ("left",))])
def test_fingers_that_change_places_are_crossed(who, sides, request):
    motion = request.getfixturevalue(who)
    for side in sides:
        joints = joints_of(motion)
        index, little = (motion.skeleton.index(f"{side}_hand_{finger}_4") for finger in ("index", "little"))
        joints[3:5, [index, little]] = joints[3:5, [little, index]]
        assert body_limits(with_joints(motion, joints)).crossed == 2


def test_a_bow_hand_has_no_order_to_keep(violinist):
    joints = joints_of(violinist)
    index, little = (violinist.skeleton.index(f"right_hand_{finger}_4") for finger in ("index", "little"))
    joints[:, [index, little]] = joints[:, [little, index]]
    assert body_limits(with_joints(violinist, joints)).crossed == 0


def test_hands_that_are_put_into_each_other_are_told(pianist):
    joints = joints_of(pianist)
    layout = pianist.skeleton
    joints[4, list(layout.left_hand)] = joints[4, list(layout.right_hand)] + [0.9 * THROUGH, 0, 0]
    assert body_limits(with_joints(pianist, joints)).through == 1


def test_a_tip_beside_its_key_is_told(pianist):
    joints, keys = joints_of(pianist), np.zeros((FRAMES, 10), np.int16)
    tip = pianist.skeleton.index("right_hand_index_4")
    keys[4:8, 6] = 60  # the right index finger on middle C, which lies two white keys and a half below the gap
    middle = 2.5 * WHITE_KEY
    assert pianist.room is not None
    assert pianist.room.props["keyboard"].translation[0, 0] == 0
    for away, beside in ((0.0, 0), (0.9 * BESIDE, 0), (-0.9 * BESIDE, 0), (1.1 * BESIDE, 1), (-1.1 * BESIDE, 1)):
        joints[4, tip, 0] = middle + away
        found = body_limits(replace(with_joints(pianist, joints), tracks={"keys_pressed": keys}))
        assert (found.presses, found.beside) == (1, beside)


def test_a_bow_that_is_turned_and_moved_is_told(violinist):
    assert violinist.room is not None
    violin = violinist.room.props["violin"]
    # on the strings by its own numbers: the hair along z at their height over the bridge, in the violin's directions
    square = np.array([0.0, np.sqrt(0.5), 0.0, np.sqrt(0.5)])  # x to -z

    def held(degrees: float, towards: np.ndarray) -> Motion:
        turn = np.array([0.0, np.sin(np.radians(degrees) / 2), 0.0, np.cos(np.radians(degrees) / 2)])
        rotation = multiply(violin.rotation, np.broadcast_to(multiply(turn, square), violin.rotation.shape))
        place = np.stack([0.195 + towards, np.full(FRAMES, 0.048), np.full(FRAMES, 0.1)], axis=1)
        bow = Prop(violin.translation + rotate(violin.rotation, place), rotation)
        assert violinist.room is not None
        return replace(violinist, room=replace(violinist.room, props={"violin": violin, "bow": bow}))

    found = body_limits(held(0.0, np.zeros(FRAMES)))
    assert found.aslant == pytest.approx(0, abs=0.05)
    assert found.contact == pytest.approx(0, abs=1e-5)
    assert body_limits(held(3.0, np.zeros(FRAMES))).aslant == pytest.approx(3, abs=0.05)
    wandered = body_limits(held(0.0, np.linspace(0, 0.02, FRAMES)))
    assert wandered.contact == pytest.approx(0.02 * 0.9, abs=1e-4)


def test_pixels_alone_are_refused(violinist):
    with pytest.raises(BadInput, match="metres"):
        body_limits(replace(violinist, room=None))
