"""The drawn keyboard lies under the fingers that press it, and shows which keys are down."""

import numpy as np
import pytest

from audio_to_body.pictures.keyboard_drawing import Keyboard, key_spans, keys_down
from audio_to_body.skeleton.layouts import FINGERTIPS, PIANO


def made(shift: float, stretch: float) -> tuple[np.ndarray, np.ndarray]:
    """Points whose right index finger presses keys of a keyboard 500 px long that begins at ``shift``."""
    pitches = np.array([40, 52, 60, 64, 76, 90])
    points = np.full((len(pitches), PIANO.size, 2), 300.0)
    place = key_spans().mean(axis=1)[pitches - 21]
    points[:, PIANO.right_hand[FINGERTIPS[1]], 0] = shift + 500 * stretch * place
    pressed = np.zeros((len(pitches), 10), int)
    pressed[:, 6] = pitches
    return points, pressed


def test_the_keyboard_is_put_under_the_fingers_that_press_it():
    keyboard = Keyboard(np.array([[0.0, 320], [500.0, 320], [500.0, 280], [0.0, 280]]))
    points, pressed = made(30.0, 1.1)
    moved = keyboard.told(points, PIANO, {"keys_pressed": pressed})
    assert moved.corners[:, 0] == pytest.approx([30.0, 580.0, 580.0, 30.0])
    assert moved.corners[:, 1] == pytest.approx(keyboard.corners[:, 1])
    assert keyboard.told(points, PIANO, {}) is keyboard
    few = keyboard.told(points[:2], PIANO, {"keys_pressed": pressed[:2]})
    assert few is keyboard  # two keys tell too little
    wild, _ = made(30.0, 3.0)
    assert keyboard.told(wild, PIANO, {"keys_pressed": pressed}) is keyboard


def test_keys_under_fingers_are_down():
    down = keys_down(np.array([[0] * 10, [21, 108, 60, *[0] * 7]]))
    assert not down[0].any()
    assert np.flatnonzero(down[1]).tolist() == [0, 39, 87]
