"""The left hand at the neck: a wrist nearly straight, fingers on their strings, no bone in the wood."""

from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.avatar.violin_model import BODY_LENGTH, RIB, half_width
from audio_to_body.musician.violin_playing import BRIDGE, STRING_FALL, STRING_GAPS, STRING_HEIGHT, Posture
from audio_to_body.musician.violin_posture import PosedViolinist, pose_violinist
from audio_to_body.musician.violin_ways import STRING_LENGTH, distance_from_nut
from audio_to_body.musician.violinist import draw_violinist

BODIES = 8
STRINGS, PLACES = np.arange(4.0), np.array([1.0, 2.0, 3.0, 5.0, 7.0, 9.0, 10.0, 12.0, 15.0, 19.0])
FRAME = np.array([0.0, 2.0, 3.5, 5.5])  # semitones of the fingers over the hand's place
SHARES = np.linspace(0.0, 1.0, 13)[:, None]
LEFT_ELBOW, LEFT_WRIST, LEFT_HAND = 6, 7, slice(8, 29)


def stopping(seed: int, string: np.ndarray, place: np.ndarray) -> PosedViolinist:
    """A player whose four fingers are down on a string."""
    player = draw_violinist(np.random.default_rng(seed))
    still, four = np.zeros(len(string)), np.zeros((4, len(string)))
    values = dict.fromkeys(Posture._fields, still) | {
        "slope": still + player.slope,
        "heading": still + player.heading,
        "tilt": still + player.roll,
        **dict.fromkeys(("string", "level", "left_string"), string),
        "place": place,
        "down": four + 1.0,
        "over": four + string,
        "reach": distance_from_nut(place + FRAME[:, None]),
        "lifelike": True,
    }
    return pose_violinist(player.body, Posture(**values))


def everywhere(seed: int) -> tuple[PosedViolinist, np.ndarray, np.ndarray]:
    string, place = (grid.ravel() for grid in np.meshgrid(STRINGS, PLACES, indexing="ij"))
    return stopping(seed, string, place), string, place


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def in_violin(posed: PosedViolinist, points: np.ndarray) -> np.ndarray:
    """Along the violin from its button, up from its ribs' middle, to the E string's side ``[frames, n, 3]``."""
    along = unit(posed.scroll - posed.button)
    axes = np.stack([along, posed.normal, np.cross(along, posed.normal)], axis=1)
    return np.einsum("fai,fpi->fpa", axes, points - posed.button[:, None])


def bones(posed: PosedViolinist, finger: int) -> np.ndarray:
    """Points along a finger from its root joint to the tip, in the violin's directions."""
    hand = posed.joints[:, LEFT_HAND]
    joints = hand[:, 1 + 4 * finger : 5 + 4 * finger]
    lines = [joints[:, i : i + 1] * (1 - SHARES) + joints[:, i + 1 : i + 2] * SHARES for i in range(3)]
    return in_violin(posed, np.concatenate(lines, axis=1))


def palm_and_forearm(posed: PosedViolinist) -> np.ndarray:
    elbow, wrist, hand = posed.joints[:, LEFT_ELBOW], posed.joints[:, LEFT_WRIST], posed.joints[:, LEFT_HAND]
    ends = [(elbow, wrist), *((wrist, hand[:, 1 + 4 * finger]) for finger in range(5))]
    lines = [start[:, None] * (1 - SHARES) + end[:, None] * SHARES for start, end in ends]
    return in_violin(posed, np.concatenate(lines, axis=1))


def in_body(points: np.ndarray) -> np.ndarray:
    """Metres that points are within the violin's body, negative outside."""
    x, y, z = np.moveaxis(points, -1, 0)
    inside = half_width(np.clip(x, 0, BODY_LENGTH)) - np.abs(z)
    return np.minimum.reduce([x, BODY_LENGTH - x, inside, RIB + 0.004 - y, RIB + 0.004 + y])


def in_neck(points: np.ndarray) -> np.ndarray:
    """Metres that points are within neck and fingerboard, negative outside."""
    x, y, z = np.moveaxis(points, -1, 0)
    from_nut = BRIDGE + STRING_LENGTH - x
    top = STRING_HEIGHT - STRING_FALL * (1 - from_nut / STRING_LENGTH) - 0.004
    half = np.interp(from_nut, [0.0, STRING_LENGTH], [0.0125, 0.021])
    return np.minimum.reduce([from_nut, 0.17 - from_nut, half - np.abs(z), top - y, y - (top - 0.026)])


@pytest.mark.parametrize("seed", range(BODIES))
def test_the_wrist_is_nearly_straight(seed: int) -> None:
    posed, _, place = everywhere(seed)
    wrist = posed.joints[:, LEFT_WRIST]
    forearm, hand = unit(wrist - posed.joints[:, LEFT_ELBOW]), unit(posed.joints[:, LEFT_HAND][:, 9] - wrist)
    bend = np.degrees(np.arccos(np.clip((forearm * hand).sum(axis=1), -1.0, 1.0)))
    assert bend[place <= 7].max() < 20.0
    assert bend.max() < 30.0
    # and the forearm comes up from under the violin
    assert np.degrees(np.arcsin(forearm[:, 1])).min() > 30.0


@pytest.mark.parametrize("seed", range(BODIES))
def test_fingers_are_on_their_strings(seed: int) -> None:
    posed, string, place = everywhere(seed)
    for finger in range(4):
        tip = bones(posed, finger + 1)[:, -1]
        from_nut = distance_from_nut(place + FRAME[finger])
        gap = np.interp(from_nut, [0.0, STRING_LENGTH], STRING_GAPS)
        level = STRING_HEIGHT - STRING_FALL * (1 - from_nut / STRING_LENGTH)
        wanted = np.stack([BRIDGE + STRING_LENGTH - from_nut, level, (string - 1.5) * gap], axis=1)
        missed = np.linalg.norm(tip - wanted, axis=1)
        assert missed.max() < 0.001


@pytest.mark.parametrize("seed", range(BODIES))
def test_no_bone_is_in_the_violin(seed: int) -> None:
    posed, _, _ = everywhere(seed)
    palm = palm_and_forearm(posed)
    assert in_body(palm).max() < 0.002
    assert in_neck(palm).max() < 0.0
    for finger in range(5):
        points = bones(posed, finger)
        assert in_body(points).max() < (0.002 if finger else 0.009)  # m; a thumb at the ribs' corner
        assert in_neck(points).max() < 0.002


@pytest.mark.parametrize("seed", range(BODIES))
def test_the_thumb_is_at_the_neck(seed: int) -> None:
    posed, _, place = everywhere(seed)
    x, y, z = bones(posed, 0)[:, -1].T
    middle = np.interp(x, [0.345, 0.535], [0.0085, 0.0165])
    away = np.hypot(y - middle, z) - 0.0135  # m of the pad's bone from the neck's round back
    assert away.min() > 0.003
    assert away[place <= 10].max() < 0.015  # beyond, it goes to the ribs


@pytest.mark.parametrize("seed", range(BODIES))
def test_the_hand_travels_without_a_jump(seed: int) -> None:
    place = np.linspace(1.0, 19.0, 181)
    for string in STRINGS:
        posed = stopping(seed, np.full(len(place), string), place)
        arm = posed.joints[:, [LEFT_ELBOW, LEFT_WRIST]]
        steps = np.linalg.norm(np.diff(arm, axis=0), axis=-1)
        assert steps.max() < 0.003  # m for a tenth of a semitone; the stop moves up to 1.8 mm
