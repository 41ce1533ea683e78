"""The camera shows who plays: whole, centred, large, in wide and tall pictures."""

import numpy as np
import pytest

from audio_to_body.avatar.camera import VIOLIN_VIEWS, fitted, named_view, seen_places, views_of
from audio_to_body.avatar.piano_model import KEYS, key_pivot
from audio_to_body.skeleton.refusal import BadInput

SIZES = [(854, 480), (480, 854), (600, 600)]


def pixels(view, places, size):
    """Where the renderer's camera puts places: x to the right, y downwards, px."""
    eye = np.array(view.eye)
    forward = np.array(view.target) - eye
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0, 1, 0])
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    local = np.asarray(places) - eye
    scale = 0.5 * min(size) / np.tan(np.radians(view.fov) / 2)
    ahead = local @ forward
    return np.stack([size[0] / 2 + scale * local @ right / ahead, size[1] / 2 - scale * local @ up / ahead], axis=1)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("who", ["violinist", "pianist"])
def test_all_that_plays_is_in_the_picture_and_fills_it(who, size, request):
    performance = request.getfixturevalue(who)
    for name in views_of(performance):
        view = named_view(name, performance, size)
        seen = pixels(view, seen_places(performance, name), size)
        assert (seen > 0).all()
        assert (seen < size).all()
        low, high = seen.min(axis=0), seen.max(axis=0)
        assert ((high - low) / size).max() > 0.9  # of the side that is fuller
        # as much room left as right
        assert low[0] == pytest.approx(size[0] - high[0], abs=2)


def test_the_figure_is_not_small_beside_its_piano(pianist):
    size = (854, 480)
    seen = pixels(named_view("three-quarter", pianist, size), pianist.pose.positions[0], size)
    index = pianist.skeleton.index
    hand = np.linalg.norm(seen[index("rightHand")] - seen[index("rightMiddleDistal")])
    assert hand > 25  # px: some 13 cm of a hand that points at the camera; 14 px before
    middle = 0.5 * (seen[index("head")] + seen[index("rightHand")])
    assert abs(middle[0] - size[0] / 2) < 0.2 * size[0]


def test_the_violinist_stands_in_the_middle(violinist):
    for size in SIZES:
        seen = pixels(named_view("three-quarter", violinist, size), violinist.pose.positions.reshape(-1, 3), size)
        assert abs(np.median(seen[:, 0]) - size[0] / 2) < 0.17 * size[0]


@pytest.mark.parametrize("name", ["front", "keys"])
def test_the_keyboard_lies_level_in_the_picture(name, pianist):
    size = (854, 480)
    ends = pixels(named_view(name, pianist, size), [key_pivot(0), key_pivot(KEYS - 1)], size)
    assert ends[0][1] == pytest.approx(ends[1][1], abs=2)


def test_hands_are_in_the_middle_of_a_picture_of_the_keys_and_no_head_before_them(pianist):
    size = (854, 480)
    index = pianist.skeleton.index
    seen = pixels(named_view("keys", pianist, size), pianist.pose.positions[0], size)
    for hand in ("leftHand", "rightHand"):
        assert abs(seen[index(hand)][1] - size[1] / 2) < 0.3 * size[1]
    assert seen[index("head")][1] < 0, "above the picture"


def test_a_fitted_view_keeps_its_direction():
    view = VIOLIN_VIEWS["left"]
    places = np.random.default_rng(0).normal(0, 0.3, (50, 3)) + [0, 1, 0]
    found = fitted(view, places, (320, 180))
    before, after = np.subtract(view.target, view.eye), np.subtract(found.target, found.eye)
    assert np.allclose(before / np.linalg.norm(before), after / np.linalg.norm(after))


def test_an_unknown_view_is_refused(violinist):
    with pytest.raises(BadInput, match="choose one of: front"):
        named_view("below", violinist, (320, 180))
