"""Musicians in the room: the instrument is where hands and bow say it is."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from audio_to_body.geometry.quaternion_arrays import rotate
from audio_to_body.musician.bowing import BOW_LENGTH
from audio_to_body.musician.piano_keys import BLACK_RAISE, KEY_HEIGHT, LOWEST, is_black, key_place
from audio_to_body.musician.violin_playing import BOWED_POINT, BRIDGE, STRING_GAPS, STRING_HEIGHT
from audio_to_body.preprocessing.virtual.plans import plan_recitals
from audio_to_body.preprocessing.virtual.recitals import VirtualRecital, make_recital
from audio_to_body.skeleton.layouts import FINGERTIPS, layout_named
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.room import MEASURED


@lru_cache(maxsize=2)
def recital(instrument: str) -> VirtualRecital:
    return make_recital(next(p for p in plan_recitals(instrument, 1.0, 5) if p.split == "test"))


def at(prop, local):
    return prop.translation + rotate(prop.rotation, np.broadcast_to(local, prop.translation.shape))


@pytest.mark.parametrize("instrument", ["violin", "piano"])
def test_the_room_is_the_recital_s_own_truth(instrument):
    made = recital(instrument)
    assert (made.room.kinds == MEASURED).all()
    # the camera's view and the room are one rigid body apart
    seen, there = made.joints[0].astype(float), made.room.joints[0].astype(float)
    distances = [np.linalg.norm(p[:, None] - p[None], axis=2) for p in (seen, there)]
    np.testing.assert_allclose(*distances, atol=1e-5)


@pytest.mark.parametrize("instrument", ["violin", "piano"])
def test_hips_are_over_the_origin_and_the_floor_is_below_them(instrument):
    neck = recital(instrument).room.joints[:, 1]
    assert np.abs(neck[:, 0]).max() < 0.15
    height = (1.25, 1.65) if instrument == "violin" else (0.95, 1.25)  # who stands, who sits
    assert height[0] < neck[:, 1].min() < neck[:, 1].max() < height[1]


@pytest.mark.parametrize("instrument", ["violin", "piano"])
def test_the_player_s_left_is_at_positive_x(instrument):
    room, layout = recital(instrument).room, layout_named(instrument)
    assert (room.joints[:, layout.index("left_shoulder"), 0] > 0.1).all()
    assert (room.joints[:, layout.index("nose"), 2] > 0).all()  # and they look to positive z


def test_the_hair_meets_the_violin_s_string_while_it_sounds():
    made = recital("violin")
    tracks = made.recital.tracks
    sounding = np.abs(tracks["bow_speed"]) > 0.05
    string = tracks["string"]
    local = np.stack(
        [
            np.full(len(string), BRIDGE + BOWED_POINT),
            STRING_HEIGHT - 0.004 * (string - 1.5) ** 2 / 2.25,
            (string - 1.5) * STRING_GAPS[1],
        ],
        axis=1,
    )
    bow, violin = made.room.props["bow"], made.room.props["violin"]
    frog, tip = at(bow, (0.0, 0.0, 0.0)), at(bow, (BOW_LENGTH, 0.0, 0.0))
    contact = at(violin, local)
    along = np.einsum("fi,fi->f", contact - frog, (tip - frog) / BOW_LENGTH)
    nearest = frog + along[:, None] * (tip - frog) / BOW_LENGTH
    assert np.linalg.norm(nearest - contact, axis=1)[sounding].max() < 0.001
    np.testing.assert_allclose(along[sounding] / BOW_LENGTH, tracks["bow_position"][sounding], atol=0.002)


def test_the_bow_is_in_the_hand_also_when_it_rests():
    room, layout = recital("violin").room, layout_named("violin")
    thumb = room.joints[:, layout.right_hand[FINGERTIPS[0]]]
    grip = at(room.props["bow"], (-0.035, 0.022, 0.0))
    assert np.linalg.norm(thumb - grip, axis=1).max() < 0.05


def test_fingertips_are_on_the_keys_that_sound():
    made = recital("piano")
    room, layout = made.room, layout_named("piano")
    keyboard = room.props["keyboard"]
    assert keyboard.translation[0, 1] == pytest.approx(KEY_HEIGHT)
    hands = [layout.left_hand, layout.right_hand]
    tips = room.joints[:, [hand[tip] for hand in hands for tip in FINGERTIPS]]
    found = []
    for onset, end, pitch, _ in made.recital.tracks["notes"]:
        frame = int(np.ceil(onset * VIDEO_FPS)) + 1
        if frame >= min(len(room), end * VIDEO_FPS):
            continue
        x = -key_place(np.array(pitch))
        surface = KEY_HEIGHT + BLACK_RAISE * bool(is_black(np.array(pitch))) - room.keys[frame, int(pitch) - LOWEST]
        away = np.hypot(tips[frame, :, 0] - x, tips[frame, :, 1] - surface)
        assert room.keys[frame, int(pitch) - LOWEST] > 0.005
        found.append(away.min())
    assert len(found) > 20
    assert np.median(found) < 0.001
    assert np.percentile(found, 90) < 0.015  # the widest chords are out of this hand's reach
