"""Drawing: musicians appear where their points are, and unknown points harm nobody."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from audio_to_body.pictures.drawing import draw_skeleton, pixels_per_cm, sketch_skeleton
from audio_to_body.pictures.figure import FIGURE, OVERLAY
from audio_to_body.pictures.keyboard_drawing import Keyboard, key_spans
from audio_to_body.pictures.shapes import Sketch, smooth_outline
from audio_to_body.pictures.violin_drawing import BOW_CM, VIOLIN_CM, Violin
from audio_to_body.skeleton.layouts import HANDS12, LAYOUTS, PIANO, VIOLIN

SCALE = 4.0  # px per cm


def musician(layout, facing: int = 1) -> np.ndarray:
    """A simple upper body of 4 px per cm, hands before the chest; ``facing`` -1 is seen from behind."""
    places = {
        "nose": (0, -22),
        "neck": (0, 0),
        "right_shoulder": (-18, 0),
        "right_elbow": (-26, 27),
        "right_wrist": (-10, 40),
        "left_shoulder": (18, 0),
        "left_elbow": (30, 26),
        "left_wrist": (34, 4),
    }
    points = np.zeros((layout.size, 2))
    for name, (x, y) in places.items():
        if layout.has(name):
            points[layout.index(name)] = (x, y)
    for side, indices in (("left", layout.left_hand), ("right", layout.right_hand)):
        root = np.array(places[f"{side}_wrist"])
        for k, index in enumerate(indices):
            finger, joint = (0, 0) if k == 0 else divmod(k - 1, 4 if len(indices) == 21 else 1)
            reach = 4.0 + 4.0 * joint if len(indices) == 21 else 15.0
            points[index] = root + ((finger - 2) * 2.0 * (k > 0), -reach * (k > 0))
    return points * (facing * SCALE, SCALE) + (320, 160)


def blank() -> np.ndarray:
    return np.full((480, 640, 3), 40, np.uint8)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("style", [FIGURE, OVERLAY], ids=["figure", "overlay"])
def test_every_known_point_is_drawn_over(layout, style):
    points, image = musician(layout), blank()
    returned = draw_skeleton(image, points, layout, style=style)
    assert returned is image
    for x, y in np.rint(points).astype(int):
        assert (image[y, x] != 40).any()
    # far corners stay as they were
    assert (image[:20, :20] == 40).all()


def test_points_that_are_unsure_or_unknown_are_left_out():
    points = musician(VIOLIN)
    left = [*VIOLIN.left_hand, VIOLIN.index("left_wrist"), VIOLIN.index("left_elbow")]
    place = np.rint(points[VIOLIN.left_hand[12]]).astype(int)
    unknown, unsure = points.copy(), np.ones(50)
    unknown[left] = np.nan
    unsure[left] = 0.0
    a, b = draw_skeleton(blank(), unknown, VIOLIN), draw_skeleton(blank(), points, VIOLIN, unsure)
    np.testing.assert_array_equal(a, b)
    assert (a[place[1], place[0]] == 40).all()


def test_nothing_known_draws_nothing():
    np.testing.assert_array_equal(draw_skeleton(blank(), np.full((50, 2), np.nan), VIOLIN), blank())


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(
        np.float64, (50, 2), elements=st.one_of(st.floats(-1e6, 1e6), st.just(np.nan), st.just(np.inf), st.just(0.0))
    ),
    st.sampled_from([FIGURE, OVERLAY]),
)
def test_any_points_can_be_drawn(points, style):
    image = np.zeros((60, 80, 3), np.uint8)
    draw_skeleton(image, points, VIOLIN, style=style)
    draw_skeleton(image, points, PIANO, style=style)


def test_many_frames_at_once_equal_one_by_one():
    """The same pictures, with scale and instrument of the whole motion."""
    frames = np.stack([musician(VIOLIN) + (3 * i, np.sin(i)) for i in range(5)])
    frames[2, 20:30] = np.nan
    violin = Violin.fit(frames, VIOLIN, SCALE)
    sketch = sketch_skeleton(frames, VIOLIN, scale=SCALE, instrument=violin)
    for i, points in enumerate(frames):
        at_once = blank()
        sketch.paint(at_once, i)
        alone = draw_skeleton(blank(), points, VIOLIN, scale=SCALE, instrument=violin)
        np.testing.assert_array_equal(at_once, alone)


@pytest.mark.parametrize("layout", [VIOLIN, PIANO, HANDS12], ids=lambda layout: layout.name)
def test_scale_is_measured_from_bones(layout):
    points = musician(layout)
    measured = pixels_per_cm(points, layout)
    assert pixels_per_cm(points * 2.5, layout) == pytest.approx(2.5 * measured)
    assert 0.4 * SCALE < measured < 1.6 * SCALE
    assert pixels_per_cm(np.full_like(points, np.nan), layout) == 1.0


def test_a_violinist_seen_from_behind_has_no_face():
    """Right is right only from behind: the face's colour is then nowhere."""
    skin = np.array(FIGURE.head)
    front = draw_skeleton(blank(), musician(VIOLIN), VIOLIN)
    behind = draw_skeleton(blank(), musician(VIOLIN, facing=-1), VIOLIN)
    assert (front == skin).all(axis=-1).sum() > 500
    assert (behind == skin).all(axis=-1).sum() == 0


def test_the_violin_lies_from_the_chin_to_the_left_hand():
    points = musician(VIOLIN)
    place = Violin.fit(points[None], VIOLIN, SCALE).place(points[None], VIOLIN)
    neck, nose = points[VIOLIN.index("neck")], points[VIOLIN.index("nose")]
    tail, scroll = place.at(0)[0], place.at(VIOLIN_CM)[0]
    assert nose[1] < tail[1] < neck[1]
    grip = points[[VIOLIN.index("left_hand_index_1"), VIOLIN.index("left_hand_thumb_3")]].mean(axis=0)
    along = (scroll - tail) / np.linalg.norm(scroll - tail)
    aside = (grip - tail) - along * ((grip - tail) @ along)
    assert np.linalg.norm(aside) < 1e-6
    assert VIOLIN_CM < BOW_CM


def test_the_keyboard_has_52_white_and_36_black_keys_and_low_keys_on_the_left_hands_side():
    spans = key_spans()
    widths = np.diff(spans, axis=1)[:, 0]
    assert (widths > 0.9 / 52).sum() == 52
    assert (widths < 0.9 / 52).sum() == 36
    assert spans[0, 0] == 0
    assert spans[-1, 1] == pytest.approx(1)
    seen = musician(PIANO)  # from the front: the player's left hand is on the picture's right
    keyboard = Keyboard.fit(seen[None], PIANO, SCALE)
    lowest, highest = keyboard.at(np.array([0.0, 1.0]), np.array([0.5, 0.5]))
    assert lowest[0] > highest[0]


def test_held_keys_are_tinted():
    points, keys = musician(PIANO), np.zeros(88, bool)
    plain = draw_skeleton(blank(), points, PIANO, extras={"keys": keys})
    keys[40] = True
    held = draw_skeleton(blank(), points, PIANO, extras={"keys": keys})
    assert 0 < (plain != held).any(axis=-1).sum() < 2000


def test_curves_pass_through_their_corners():
    corners = np.random.default_rng(0).normal(0, 10, (7, 2))
    curve = smooth_outline(corners, 4)
    np.testing.assert_allclose(curve[::4], corners)


def test_a_capsule_covers_both_circles():
    image = np.zeros((100, 100, 3), np.uint8)
    sketch = Sketch(1)
    sketch.capsule(np.array([[30.0, 50.0]]), np.array([[70.0, 50.0]]), 20.0, 8.0, (255, 255, 255))
    sketch.paint(image, 0)
    for x, y in ((12, 50), (30, 32), (30, 68), (76, 50), (70, 44), (50, 40)):
        assert image[y, x, 0] == 255
    for x, y in ((8, 50), (80, 50), (70, 60), (50, 70)):
        assert image[y, x, 0] == 0
