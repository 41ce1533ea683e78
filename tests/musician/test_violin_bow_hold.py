"""The hand that holds the bow: a wrist that people have, and fingers that are where the bow is held."""

from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.inference.violin.bow_arm import PLUCKING
from audio_to_body.inference.violin.posing import PLAYER_SEED
from audio_to_body.musician.hands import ROOTS
from audio_to_body.musician.violin_bow import GRIP_ALONG, GRIP_OVER
from audio_to_body.musician.violin_bow_hold import BOW_GRIP, FINGERS_ON
from audio_to_body.musician.violin_playing import Posture
from audio_to_body.musician.violin_posture import PosedViolinist, pose_violinist
from audio_to_body.musician.violin_swaying import bow_skew
from audio_to_body.musician.violinist import draw_violinist
from audio_to_body.skeleton.layouts import FINGERTIPS, VIOLIN

BODIES = (PLAYER_SEED, *range(7))  # who is shown, and others, smaller and taller
HAND = list(VIOLIN.right_hand)
ELBOW = VIOLIN.index("right_elbow")
LEVELS, POSITIONS = np.linspace(0, 3, 7), np.linspace(0.02, 0.98, 25)
LEVEL, POSITION = (grid.ravel() for grid in np.meshgrid(LEVELS, POSITIONS, indexing="ij"))


def posed(seed: int, level: np.ndarray, position: np.ndarray, **other: float) -> PosedViolinist:
    player = draw_violinist(np.random.default_rng(seed))
    still = np.zeros(level.size)
    values = dict.fromkeys((name for name in Posture._fields if name != "lifelike"), still)
    values.update(string=level, level=level, position=position, place=still + 2, skew=bow_skew(position, still))
    values.update(slope=still + player.slope, heading=still + player.heading, tilt=still + player.roll)
    values.update(down=np.zeros((4, level.size)), over=np.ones((4, level.size)), reach=np.full((4, level.size), 0.05))
    values.update((name, still + value) for name, value in other.items())
    return pose_violinist(player.body, Posture(**values, lifelike=True))


def palm_of(hand: np.ndarray) -> np.ndarray:
    """The palm's directions: those by which the roots of index, middle and little finger are where they are."""
    palm = np.einsum("ij,fjk->fik", np.linalg.inv(ROOTS[[1, 2, 4]]), hand[:, [5, 9, 17]] - hand[:, :1])
    return palm / np.linalg.norm(palm, axis=2, keepdims=True)


def wrist(pose: PosedViolinist) -> tuple[np.ndarray, np.ndarray]:
    """Degrees by which the hand is bent from the forearm: to the palm, and to the thumb's side."""
    hand = pose.joints[:, HAND]
    forearm = hand[:, 0] - pose.joints[:, ELBOW]
    forearm /= np.linalg.norm(forearm, axis=1, keepdims=True)
    ahead, thumb, back = np.einsum("fik,fk->if", palm_of(hand), forearm)
    return np.degrees(np.arctan2(back, ahead)), np.degrees(np.arcsin(np.clip(-thumb, -1, 1)))


@pytest.mark.parametrize("seed", BODIES)
def test_the_bow_wrist_is_bent_up_at_the_frog_and_straight_at_the_tip(seed: int) -> None:
    flexion, aside = (angle.reshape(len(LEVELS), -1) for angle in wrist(posed(seed, LEVEL, POSITION)))
    # the forearm comes to the stick nearly along it at the frog: players bend the wrist up there, by 30 to 40 degrees
    assert np.all((flexion[:, 0] > 15) & (flexion[:, 0] < 50))
    middle = np.abs(POSITIONS - 0.5) < 0.15
    assert np.all((flexion[:, middle] > -5) & (flexion[:, middle] < 30))
    assert np.all(np.abs(flexion[:, -1]) < 20)
    assert np.all(np.diff(flexion, axis=1) < 1.0)  # never up again on the way
    # hands turn to the side by 20 to 35 degrees at most; a player of middle size is not near that at either end
    assert np.abs(aside).max() < (26 if seed == PLAYER_SEED else 40)
    assert np.percentile(np.abs(aside), 75) < 25


@pytest.mark.parametrize("seed", BODIES)
def test_a_hand_that_rests_hangs_from_its_arm(seed: int) -> None:
    pose = posed(seed, LEVELS, np.full(len(LEVELS), 0.25), lift=1.0)
    assert np.abs(wrist(pose)).max() < 20  # degrees; it was bent by 85
    shoulder, elbow, hand = (pose.joints[:, i] for i in (VIOLIN.index("right_shoulder"), ELBOW, HAND[0]))
    assert np.all((shoulder - hand)[:, 1] > 0.4)  # metres: down
    assert np.all(np.linalg.norm((shoulder - elbow)[:, [0, 2]], axis=1) < 0.2)  # the upper arm beside the body


@pytest.mark.parametrize("seed", BODIES)
def test_a_hand_that_plucks_is_nearly_straight(seed: int) -> None:
    for position in (0.1, 0.25, 0.8):
        pose = posed(seed, np.arange(4.0), np.full(4, position), lift=PLUCKING, pluck=1.0)
        assert np.abs(wrist(pose)).max() < 35


@pytest.mark.parametrize("seed", BODIES)
def test_the_fingers_are_on_the_stick(seed: int) -> None:
    """Fingers reach the bow, and their knuckles are over it: none goes through the stick."""
    pose = posed(seed, LEVEL, POSITION)
    hand = pose.joints[:, HAND]
    tips = hand[:, list(FINGERTIPS)] - pose.held[:, None]
    along, over = (np.einsum("fpk,fk->fp", tips, way) for way in (pose.way, pose.upwards))
    places = np.array(BOW_GRIP)
    between = along[:, :1] + places[0, 0] - (along + places[:, 0])  # 0 where the spread on the stick is kept
    assert np.abs(between[:, 1:]).max() < 0.012
    # the thumb is the shortest: where the knuckles are higher over the stick, it is in the air, by 25 mm at the frog
    grip = pose.held - GRIP_ALONG * pose.way + GRIP_OVER * pose.upwards
    place = grip - places[0, 0] * pose.way + places[0, 1] * pose.upwards + FINGERS_ON * palm_of(hand)[:, 0]
    assert np.linalg.norm(hand[:, FINGERTIPS[0]] - place, axis=1).max() < 0.015
    assert np.abs(over - over[:, :1] - (places[:, 1] - places[0, 1])).max() < 0.025
    knuckles = np.einsum("fpk,fk->fp", hand[:, [5, 9, 13, 17]] - pose.held[:, None], pose.upwards)
    assert knuckles.min() > 0.030  # metres over the hair; the stick is 22 mm over it
