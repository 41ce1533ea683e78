from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_to_body.avatar.violin_model import NUT, bowed_points, string_point
from audio_to_body.inference.violin.bow_arm import FARTHEST
from audio_to_body.musician.body import draw_body
from audio_to_body.musician.bowing import BOW_LENGTH
from audio_to_body.musician.violin_playing import BOWED_POINT, BRIDGE, STRING_TILT, Posture
from audio_to_body.musician.violin_posture import JOINTS, PosedViolinist, pose_violinist
from audio_to_body.musician.violin_swaying import MOST_SKEW
from audio_to_body.musician.violinist import draw_violinist

FRAMES = 40
ROUNDING = 1e-12  # metres; sines of one number and of many may differ in their last bit


NUMBERS = tuple(name for name in Posture._fields if name != "lifelike")


def postures(seed: int, lifelike: bool) -> Posture:
    rng = np.random.default_rng(seed)
    values = {name: rng.uniform(-0.3, 0.3, FRAMES) for name in NUMBERS}
    for name in ("position", "lift"):
        values[name] = rng.uniform(0, 1, FRAMES)
    for name in ("string", "level", "left_string"):
        values[name] = rng.uniform(0, 3, FRAMES)
    values["place"] = rng.uniform(1, 15, FRAMES)
    values["down"], values["over"] = rng.uniform(0, 1, (4, FRAMES)), rng.uniform(0, 3, (4, FRAMES))
    values["reach"] = rng.uniform(0, 0.2, (4, FRAMES))
    return Posture(**values, lifelike=lifelike)


@pytest.mark.parametrize("lifelike", [False, True])
@pytest.mark.parametrize("seed", [0, 1])
def test_one_frame_in_floats_is_that_frame_of_many(seed: int, lifelike: bool) -> None:
    body, many = draw_body(np.random.default_rng(seed)), postures(seed, lifelike)
    whole = pose_violinist(body, many)
    for frame in range(FRAMES):
        values = {name: getattr(many, name)[..., frame].tolist() for name in NUMBERS}
        one = pose_violinist(body, Posture(**values, lifelike=lifelike))
        for part in fields(whole):
            expected = getattr(whole, part.name)[frame : frame + 1]
            np.testing.assert_allclose(getattr(one, part.name), expected, rtol=0, atol=ROUNDING)


BODIES = 8
LEVELS, POSITIONS = np.linspace(0, 3, 13), np.linspace(0, 1, 41)
STRAIGHT = 0.16  # m over the shoulder of the elbow, at the tip on the G string, in the line to the hand


def _posed(
    seed: int, string: np.ndarray, level: np.ndarray, position: np.ndarray, lifelike: bool, **other: np.ndarray
) -> PosedViolinist:
    rng = np.random.default_rng(seed)
    player = draw_violinist(rng)
    still = np.zeros(level.size)
    values = dict.fromkeys(NUMBERS, still)
    values.update(string=string, level=level, position=position, place=still + 2, turn=still + 0.6, nod=still + 0.3)
    values.update(slope=still + player.slope, heading=still + player.heading, tilt=still + player.roll)
    values.update(down=np.zeros((4, level.size)), over=np.ones((4, level.size)), reach=np.full((4, level.size), 0.05))
    return pose_violinist(player.body, Posture(**values | other, lifelike=lifelike))


def _bow_arms(seed: int, lifelike: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Right shoulder, elbow and wrist over all strings and the whole bow of a player, [levels, positions, 3]."""
    level, position = (grid.ravel() for grid in np.meshgrid(LEVELS, POSITIONS, indexing="ij"))
    joints = _posed(seed, level, level, position, lifelike).joints.reshape(len(LEVELS), len(POSITIONS), JOINTS, 3)
    return joints[:, :, 2], joints[:, :, 3], joints[:, :, 4]


@pytest.mark.parametrize("lifelike", [False, True])
@pytest.mark.parametrize("seed", range(BODIES))
def test_the_bow_arm_is_one_that_a_violinist_has(seed: int, lifelike: bool) -> None:
    shoulder, elbow, wrist = _bow_arms(seed, lifelike)
    height = (elbow - shoulder)[..., 1]
    assert height.max() < STRAIGHT
    # at the frog: at the shoulder on the G string, lower from string to string, near the body on the E string
    frog = height[:: len(LEVELS) // 3, 0]
    assert np.all(np.diff(frog) < -0.03)
    assert -0.02 < frog[0] < 0.14
    assert -0.22 < frog[-1] < -0.06
    # and before the hand, never above it, nor behind the shoulder
    assert np.all(elbow[:, 0, 1] < wrist[:, 0, 1])
    assert np.all((elbow - shoulder)[:, 0, 2] > 0.15)


@pytest.mark.parametrize("lifelike", [False, True])
@pytest.mark.parametrize("seed", range(BODIES))
def test_the_elbow_does_not_fly(seed: int, lifelike: bool) -> None:
    _, elbow, wrist = _bow_arms(seed, lifelike)
    for axis in (0, 1):
        way = np.linalg.norm(np.diff(elbow, axis=axis), axis=-1)
        hand = np.linalg.norm(np.diff(wrist, axis=axis), axis=-1)
        # hardly farther than the hand, and a little more where the arm straightens; flying it went five times as far
        assert np.all(way < 2.0 * hand + 0.015)


# a string, where the elbow is on its way between it and the next, that next string; the bow is in its middle third
CROSSINGS = [(a, (a + b) / 2, b) for a in range(4) for b in range(4) if abs(a - b) in (1, 2)]


@pytest.mark.parametrize("seed", range(BODIES))
def test_the_hand_crosses_strings_and_the_elbow_hardly_moves(seed: int) -> None:
    before, level, after = (np.array(c, np.float64).repeat(3) for c in zip(*CROSSINGS))
    position = np.tile([0.35, 0.5, 0.65], len(CROSSINGS))

    def moved(lifelike: bool) -> tuple[np.ndarray, np.ndarray]:
        two = [_posed(seed, string, level, position, lifelike).joints for string in (before, after)]
        return tuple(np.linalg.norm(two[1][:, joint] - two[0][:, joint], axis=-1) for joint in (3, 4))

    (elbow, wrist), (elbow_of_whole, wrist_of_whole) = moved(True), moved(False)
    assert np.all(elbow < 0.6 * elbow_of_whole)
    assert np.all(wrist < 0.8 * wrist_of_whole)
    neighbours = np.abs(after - before) == 1
    assert np.all(elbow[neighbours] < 0.030)  # metres; at most 0.7 m/s where a crossing takes one frame


@settings(deadline=None)
@given(string=st.integers(0, 3), level=st.floats(0, 3), position=st.floats(0.02, 0.98), seed=st.integers(0, BODIES))
def test_a_bow_that_crosses_sounds_its_string_alone(string: int, level: float, position: float, seed: int) -> None:
    posed = _posed(seed, *(np.array([float(value)]) for value in (string, level, position)), lifelike=True)
    hair = (posed.frog - posed.tip)[0] / np.linalg.norm(posed.frog - posed.tip)
    angle = np.arcsin(hair @ posed.normal[0])
    # nearer to the angle of its own string than to any other's, by a degree and a half at least
    others = np.abs(np.delete(STRING_TILT, string) - angle)
    assert abs(STRING_TILT[string] - angle) + 2 * np.radians(1.5) < others.min()


@settings(deadline=None)
@given(
    string=st.integers(0, 3),
    contact=st.floats(-FARTHEST, FARTHEST),
    skew=st.floats(-MOST_SKEW, MOST_SKEW),
    position=st.floats(0.02, 0.98),
    seed=st.integers(0, BODIES),
)
def test_a_bow_aslant_lies_on_its_string_alone(
    string: int, contact: float, skew: float, position: float, seed: int
) -> None:
    level = np.array([float(string)])
    more = {"contact": np.array([contact]), "skew": np.array([skew])}
    posed = _posed(seed, level, level, np.array([position]), lifelike=True, **more)
    along = (posed.scroll - posed.button) / np.linalg.norm(posed.scroll - posed.button)
    axes = np.concatenate([along, posed.normal, np.cross(along, posed.normal)])
    tip, frog = ((end - posed.button)[0] @ axes.T for end in (posed.tip, posed.frog))
    hair = (frog - tip) / BOW_LENGTH
    assert np.arcsin(hair[0]) == pytest.approx(skew, abs=1e-9)
    over = []  # metres of the hair above each string, where it passes it
    for bowed, nut in zip(bowed_points(), (string_point(NUT, s) for s in range(4))):
        across = np.cross(hair, nut - bowed)
        over.append((tip - bowed) @ across / np.linalg.norm(across) * np.sign(across[1]))
    assert over[string] == pytest.approx(0.0, abs=1e-6)
    assert min(height for s, height in enumerate(over) if s != string) > 0.0005
    place = (posed.contact - posed.button)[0] @ along[0]
    assert place == pytest.approx(BRIDGE + BOWED_POINT + contact)


LIFTS, BOW_POINTS = np.linspace(0.3, 1.0, 36), np.linspace(0.0, 1.0, 41)
# m of a violin's body, which lies below its top plate: half its width, and at the waist, where the bow plays
BODY_LENGTH, HALF_WIDTH, WAIST, RIB = 0.36, 0.10, 0.056, 0.035


@pytest.mark.parametrize("seed", range(BODIES))
@pytest.mark.parametrize("string", range(4))
def test_a_bow_that_leaves_the_strings_meets_neither_violin_nor_left_arm(seed: int, string: int) -> None:
    lift, position = (grid.ravel() for grid in np.meshgrid(LIFTS, [0.05, 0.25, 0.5, 0.75, 0.95], indexing="ij"))
    level = np.full(lift.size, float(string))
    posed = _posed(seed, level, level, position, True, lift=lift)
    bow = posed.held[:, None] + BOW_LENGTH * BOW_POINTS[:, None] * posed.way[:, None]
    along = (posed.scroll - posed.button) / np.linalg.norm(posed.scroll - posed.button, axis=1, keepdims=True)
    right = np.cross(along, posed.normal)
    from_button = bow - posed.button[:, None]
    a, b, c = (np.einsum("fpi,fi->fp", from_button, axis) for axis in (along, right, posed.normal))
    wide = np.where((a > 0.14) & (a < 0.27), WAIST, HALF_WIDTH)
    inside = (a > 0) & (a < BODY_LENGTH) & (np.abs(b) < wide) & (c > -RIB) & (c < 0.01)
    assert not inside.any(), (lift[inside.any(axis=1)], position[inside.any(axis=1)])
    elbow, wrist = posed.joints[:, 6], posed.joints[:, 7]
    arm = elbow[:, None] + BOW_POINTS[:, None] * (wrist - elbow)[:, None]
    apart = np.linalg.norm(bow[:, :, None] - arm[:, None], axis=-1).min(axis=(1, 2))
    assert apart.min() > 0.05  # metres from the forearm's bone
    head = posed.joints[:, 0] + np.array([0.0, 0.02, -0.09])  # its middle, behind the nose
    assert np.linalg.norm(bow - head[:, None], axis=-1).min() > 0.08
