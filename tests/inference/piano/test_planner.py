from __future__ import annotations

import numpy as np
import pytest
from audio_to_body.inference.piano.planner import KEY_X, HandPlanner, Hands, Memory, PlannerSettings
from audio_to_body.inference.piano.player import PianoPlayer
from audio_to_body.musician.human_hands import ORIGIN
from audio_to_body.skeleton.piano_targets import COORDINATES, KEYS, KEYS_AHEAD, LOWEST_KEY, TARGET_NAMES
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput
from hypothesis import given, settings
from hypothesis import strategies as st

SHAPE = np.array([[0, 155], [70, 40], [14, -4], [-22, -10], [-41, 4], [-62, 35]], float)
REST = np.concatenate([SHAPE + [-228.0, 0], SHAPE * [-1.0, 1] + [64.0, 0]]) + ORIGIN


def still_targets(frames: int) -> np.ndarray:
    """A net that sees both hands at rest and no key struck."""
    targets = np.zeros((frames, len(TARGET_NAMES)), np.float32)
    targets[:, :COORDINATES] = REST.ravel()
    return targets


def struck(targets: np.ndarray, pitch: int, frame: int, held: int = 6) -> np.ndarray:
    """The net foresees a key that is struck in a frame."""
    first = frame - KEYS_AHEAD
    targets[first : first + held, COORDINATES + pitch - LOWEST_KEY] = np.linspace(0.9, 0.35, held)
    return targets


def planned(targets: np.ndarray, **habits: float) -> Hands:
    return HandPlanner(PlannerSettings(**habits), VIDEO_FPS, REST).plan(targets, Memory.fresh())


def test_hands_rest_in_silence():
    hands = planned(still_targets(96))
    assert np.abs(np.diff(hands.points, axis=0)).max() < 1e-9
    assert not hands.pressed.any()
    assert np.ptp(hands.tip_height) < 1e-9


def test_the_nearest_finger_strikes_in_time_and_lets_go():
    tips = REST.reshape(2, 6, 2)[1, 1:, 0]
    pitch = LOWEST_KEY + int(np.argmin(np.abs(KEY_X - tips[1])))  # under the right index finger
    frame = 30
    hands = planned(struck(still_targets(80), pitch, frame))
    assert hands.pressed[frame].ravel().tolist().count(pitch) == 1
    assert hands.pressed[frame, 1, 1] == pitch
    assert hands.points[frame, 6 + 2, 0] == pytest.approx(KEY_X[pitch - LOWEST_KEY], abs=2.0)
    height = hands.tip_height[:, 1, 1]
    assert height[frame] < 0 < height[frame - 6]  # into the key
    assert height[frame - 2 : frame].max() > height[frame - 6] + 0.005  # lifted before
    assert not hands.pressed[frame + 12 :].any()
    others = np.delete(hands.tip_height.reshape(80, 10), 6, axis=1)
    assert np.ptp(others) < 1e-9


def test_a_repeated_key_is_struck_again():
    pitch = 64
    targets = struck(struck(still_targets(80), pitch, 20), pitch, 40)
    down = (planned(targets).pressed == pitch).any(axis=(1, 2))
    assert np.flatnonzero(np.diff(down.astype(int)) == 1).size == 2


def test_a_key_out_of_reach_moves_no_finger():
    hands = planned(struck(still_targets(60), 108 - 1, 30))
    assert not hands.pressed.any()


def test_small_doubt_is_ignored_and_travel_is_followed():
    rng = np.random.default_rng(0)
    targets = still_targets(240)
    targets[:, :COORDINATES] += rng.normal(0, 8, (240, 2)).repeat(COORDINATES // 2, axis=1)  # mm, the whole hand
    trembling = np.abs(np.diff(targets[:, :COORDINATES:2], axis=0)).mean()
    hands = planned(targets)
    assert np.abs(np.diff(hands.points[:, :, 0], axis=0)).mean() < 0.25 * trembling
    leap = still_targets(96)
    leap[24:, :COORDINATES:2] += 300.0
    moved = planned(leap, gain=1.0).points[:, 0, 0] - REST[0, 0]
    assert moved[24 + 12] > 150.0  # half a second later most of the way is done
    assert moved[-1] == pytest.approx(300.0, abs=30.0)


def test_amplitude_stretches_and_smoothness_slows():
    leap = still_targets(96)
    leap[24:, :COORDINATES:2] += 200.0
    usual, wide, slow = (planned(leap, **h).points[:, 0, 0] for h in ({}, {"amplitude": 1.5}, {"smoothness": 3.0}))
    assert np.ptp(wide) > 1.3 * np.ptp(usual)
    assert slow[36] < usual[36]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(0, 2**16))
def test_any_chunking_gives_the_same_motion(chunks, seed):
    rng = np.random.default_rng(seed)
    frames = sum(chunks)
    targets = still_targets(frames)
    targets[:, :COORDINATES] += np.cumsum(rng.normal(0, 8, (frames, COORDINATES)), axis=0)
    targets[:, COORDINATES:] = rng.random((frames, KEYS)) ** 8
    player = PianoPlayer(PlannerSettings(), VIDEO_FPS, REST)
    whole, tracks, _ = player.plan(targets, player.initial_state())
    state, parts, first = player.initial_state(), [], 0
    for count in chunks:
        points, _, after = player.plan(targets[first : first + count], state)
        again, _, _ = player.plan(targets[first : first + count], state)  # the state given is not changed
        assert (points == again).all()
        parts.append(points)
        state, first = after, first + count
    assert np.concatenate(parts) == pytest.approx(whole, abs=1e-3)
    assert whole.shape == (frames, 50, 2)
    assert np.isfinite(whole).all()
    assert tracks["keys_pressed"].shape == (frames, 10)


@pytest.mark.parametrize("values", [{"amplitud": 1.0}, {"gain": "much"}, {"reach": float("nan")}, {"slow": -1.0}])
def test_impossible_settings_are_refused(values):
    with pytest.raises(BadInput, match="planner"):
        PlannerSettings.from_dict(values)
