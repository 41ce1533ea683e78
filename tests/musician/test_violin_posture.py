from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from audio_to_body.musician.body import draw_body
from audio_to_body.musician.violin_posture import JOINTS, Posture, pose_violinist
from audio_to_body.musician.violinist import draw_violinist

FRAMES = 40
ROUNDING = 1e-12  # metres; sines of one number and of many may differ in their last bit


def postures(seed: int) -> Posture:
    rng = np.random.default_rng(seed)
    values = {name: rng.uniform(-0.3, 0.3, FRAMES) for name in Posture._fields}
    for name in ("position", "lift"):
        values[name] = rng.uniform(0, 1, FRAMES)
    for name in ("string", "level", "left_string"):
        values[name] = rng.uniform(0, 3, FRAMES)
    values["place"] = rng.uniform(1, 15, FRAMES)
    values["down"], values["over"] = rng.uniform(0, 1, (4, FRAMES)), rng.uniform(0, 3, (4, FRAMES))
    values["reach"] = rng.uniform(0, 0.2, (4, FRAMES))
    return Posture(**values)


@pytest.mark.parametrize("seed", [0, 1])
def test_one_frame_in_floats_is_that_frame_of_many(seed: int) -> None:
    body, many = draw_body(np.random.default_rng(seed)), postures(seed)
    whole = pose_violinist(body, many)
    for frame in range(FRAMES):
        values = {name: values[..., frame].tolist() for name, values in many._asdict().items()}
        one = pose_violinist(body, Posture(**values))
        for part in fields(whole):
            expected = getattr(whole, part.name)[frame : frame + 1]
            np.testing.assert_allclose(getattr(one, part.name), expected, rtol=0, atol=ROUNDING)


BODIES = 8
LEVELS, POSITIONS = np.linspace(0, 3, 13), np.linspace(0, 1, 41)
STRAIGHT = 0.16  # m over the shoulder of the elbow, at the tip on the G string, in the line to the hand


def _bow_arms(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Right shoulder, elbow and wrist over all strings and the whole bow of a player, [levels, positions, 3]."""
    rng = np.random.default_rng(seed)
    player = draw_violinist(rng)
    level, position = (grid.ravel() for grid in np.meshgrid(LEVELS, POSITIONS, indexing="ij"))
    still = np.zeros(level.size)
    values = dict.fromkeys(Posture._fields, still)
    values.update(string=level, level=level, position=position, place=still + 2, turn=still + 0.6, nod=still + 0.3)
    values.update(slope=still + player.slope, heading=still + player.heading, tilt=still + player.roll)
    values.update(down=np.zeros((4, level.size)), over=np.ones((4, level.size)), reach=np.full((4, level.size), 0.05))
    joints = pose_violinist(player.body, Posture(**values)).joints.reshape(len(LEVELS), len(POSITIONS), JOINTS, 3)
    return joints[:, :, 2], joints[:, :, 3], joints[:, :, 4]


@pytest.mark.parametrize("seed", range(BODIES))
def test_the_bow_arm_is_one_that_a_violinist_has(seed: int) -> None:
    shoulder, elbow, wrist = _bow_arms(seed)
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


@pytest.mark.parametrize("seed", range(BODIES))
def test_the_elbow_does_not_fly(seed: int) -> None:
    _, elbow, wrist = _bow_arms(seed)
    for axis in (0, 1):
        way = np.linalg.norm(np.diff(elbow, axis=axis), axis=-1)
        hand = np.linalg.norm(np.diff(wrist, axis=axis), axis=-1)
        # hardly farther than the hand, and a little more where the arm straightens; flying it went five times as far
        assert np.all(way < 2.0 * hand + 0.015)
