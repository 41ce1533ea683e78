from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.musician.body import draw_body
from audio_to_body.musician.bowing import BOW_LENGTH
from audio_to_body.musician.piano_keys import is_black, key_place
from audio_to_body.musician.violin_playing import BRIDGE
from audio_to_body.musician.violin_ways import STRING_LENGTH, distance_from_nut
from audio_to_body.skeleton.layouts import HAND_SIZE, VIOLIN

ARMS = (("right_shoulder", "right_elbow"), ("right_elbow", "right_wrist"))
ARMS += (("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist"), ("left_shoulder", "right_shoulder"))


@pytest.mark.parametrize("scene", ["violin_scene", "piano_scene"])
def test_bones_keep_their_lengths(scene: str, request: pytest.FixtureRequest) -> None:
    joints = request.getfixturevalue(scene).truth.joints
    assert np.isfinite(joints).all()
    bones = [(VIOLIN.index(a), VIOLIN.index(b)) for a, b in ARMS]
    bones += [e for e in VIOLIN.edges if min(e) >= len(VIOLIN.body)]
    for a, b in bones:
        length = np.linalg.norm(joints[:, a] - joints[:, b], axis=1)
        assert np.ptp(length) < 1e-9, (VIOLIN.points[a], VIOLIN.points[b])


@pytest.mark.parametrize("scene", ["violin_scene", "piano_scene"])
def test_hands_hang_on_their_wrists_and_nothing_moves_faster_than_a_musician(
    scene: str, request: pytest.FixtureRequest
) -> None:
    made = request.getfixturevalue(scene)
    joints = made.truth.joints
    for side, hand in (("left", VIOLIN.left_hand), ("right", VIOLIN.right_hand)):
        np.testing.assert_array_equal(joints[:, VIOLIN.index(f"{side}_wrist")], joints[:, hand[0]])
        assert len(hand) == HAND_SIZE
    speed = np.linalg.norm(np.diff(joints, axis=0), axis=-1) / np.diff(made.times)[:, None]
    torso = [VIOLIN.index(n) for n in ("nose", "neck", "left_shoulder", "right_shoulder")]
    assert speed[:, torso].max() < 0.4  # m/s
    assert speed[:, VIOLIN.index("right_wrist")].max() < 3.5
    assert speed[:, VIOLIN.index("left_wrist")].max() < 3.5


def test_the_bow_hand_holds_the_bow_while_it_sounds(violin_scene) -> None:
    truth = violin_scene.truth
    sounding = truth.bow.sounding
    middle = truth.joints[:, VIOLIN.index("right_hand_middle_4")]
    gap = np.linalg.norm(middle - truth.frog, axis=1)[sounding]
    assert np.quantile(gap, 0.95) < 0.035  # the fingertips lie at the frog
    reached = truth.frog - truth.contact
    np.testing.assert_allclose(
        np.linalg.norm(reached, axis=1)[sounding], truth.bow.position[sounding] * BOW_LENGTH, atol=1e-9
    )
    along = (truth.scroll - truth.button) / 0.59
    hair = (truth.frog - truth.tip) / BOW_LENGTH
    assert np.abs(np.sum(along * hair, axis=1)).max() < 1e-9  # at a right angle to the strings


def test_crossing_to_a_lower_string_raises_the_bow_arm(violin_scene) -> None:
    truth = violin_scene.truth
    high = truth.joints[:, VIOLIN.index("right_elbow"), 1] - truth.joints[:, VIOLIN.index("neck"), 1]
    sounding = truth.bow.sounding
    low_string, high_string = sounding & (truth.string < 1.2), sounding & (truth.string > 2.5)
    assert low_string.any()
    assert high_string.any()
    assert high[low_string].mean() > high[high_string].mean() + 0.02


def test_left_fingers_stand_where_the_pitch_is(violin_scene) -> None:
    truth, music, stops = violin_scene.truth, violin_scene.music, violin_scene.stops
    along = (truth.scroll - truth.button) / 0.59
    errors = []
    for note in np.flatnonzero(stops.finger > 0):
        frame = int(np.searchsorted(violin_scene.times, music.onset[note] + 0.01))
        tip = truth.joints[frame, VIOLIN.left_hand[4 * stops.finger[note] + 4]]
        wanted = BRIDGE + STRING_LENGTH - distance_from_nut(stops.stop[note])
        errors.append(abs(float((tip - truth.button[frame]) @ along[frame] - wanted)))
    assert len(errors) > 30
    assert np.quantile(errors, 0.98) < 0.004  # m; a semitone in first position is 17 mm


def test_fingers_are_over_their_keys_at_the_onsets(piano_scene) -> None:
    truth, music = piano_scene.truth, piano_scene.music
    away, height = [], []
    for note in range(len(music)):
        frame = int(np.searchsorted(piano_scene.times, music.onset[note] + 0.005))
        hand = VIOLIN.left_hand if music.hand[note] == 1 else VIOLIN.right_hand
        tip = truth.joints[frame, hand[4 * truth.finger[note] + 4]]
        away.append(abs(float(-tip[0] - key_place(music.pitch[note]))))
        surface = piano_scene.player.height + (0.012 if is_black(music.pitch[note]) else 0.0)
        height.append(float(tip[1] - surface))
    assert np.median(away) < 0.002
    assert np.quantile(away, 0.95) < 0.0118  # half a white key
    assert np.quantile(height, 0.9) < 0.0  # the key is going down


def test_hands_are_over_the_notes_they_play_before_these_sound(piano_scene) -> None:
    truth, music = piano_scene.truth, piano_scene.music
    for hand, column in ((1, 0), (0, 1)):
        notes = np.flatnonzero(music.hand == hand)
        frames = np.searchsorted(piano_scene.times, music.onset[notes] - 0.03)
        away = np.abs(truth.place[frames, column] - key_place(music.pitch[notes]))
        assert np.quantile(away, 0.97) < 0.115  # within a hand's span
    overlap = truth.place[:, 0] > truth.place[:, 1]
    assert overlap.mean() < 0.2


def test_key_places_follow_the_keyboard() -> None:
    keys = key_place(np.arange(21, 109))
    assert np.all(np.diff(keys) > 0)
    assert keys[-1] - keys[0] == pytest.approx(51 * 0.0235, abs=1e-9)  # 52 white keys
    assert is_black(np.arange(21, 109)).sum() == 36


def test_bodies_differ_and_are_human() -> None:
    bodies = [draw_body(np.random.default_rng(i)) for i in range(40)]
    shoulders = [b.shoulders for b in bodies]
    assert 0.29 < min(shoulders) < max(shoulders) < 0.42
    assert np.std(shoulders) > 0.01
