from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_to_body.inference.piano.fingers import HOME
from audio_to_body.inference.piano.fingertips import BESIDE, CLOSEST, in_order
from audio_to_body.inference.piano.in_time import FASTEST
from audio_to_body.inference.piano.keyboard import KEY_X, SPREAD, STRIKES_AT
from audio_to_body.inference.piano.planner import HandMemory, HandPlanner, Hands, HandSettings
from audio_to_body.inference.piano.presses import Press
from audio_to_body.musician.hand_model import pose, reach_of
from audio_to_body.skeleton.layouts import FINGERTIPS, layout_named
from audio_to_body.skeleton.piano_targets import COORDINATES, DELAYS
from audio_to_body.skeleton.rates import VIDEO_FPS
from audio_to_body.skeleton.refusal import BadInput
from tests.inference.piano.stand_in import REST

INDEX = 6  # of the right hand
LIVE = DELAYS[1]  # frames
WIDEST_HAND = 265.0  # px from fingertip to fingertip


def still(frames: int) -> np.ndarray:
    return np.tile(REST.ravel(), (frames, 1))


def press(finger: int, pitch: int, start: int, end: float, velocity: float = 64.0) -> Press:
    return Press(finger, pitch, start, end, velocity, float(KEY_X[pitch] - SPREAD[finger]), start / VIDEO_FPS)


def planned(hands: np.ndarray, presses: tuple[Press, ...] = (), known: int = LIVE, **habits: float) -> Hands:
    return HandPlanner(HandSettings(**habits), VIDEO_FPS, REST, known).plan(hands, 0, presses, HandMemory.fresh())


def test_hands_rest_in_silence():
    hands = planned(still(96))
    assert np.abs(np.diff(hands.points, axis=0)).max() < 1e-9
    assert not hands.pressed.any()
    assert np.ptp(hands.tip_height) < 1e-9


def test_a_finger_is_there_before_it_strikes_and_leaves_after():
    pitch, frame = 72, 30
    hands = planned(still(80), (press(INDEX, pitch, frame, 36.0),))
    tip, height = hands.points[:, 8], hands.tip_height[:, 1, 1]
    down = np.flatnonzero(hands.pressed[:, 1, 1] == pitch)
    assert down.tolist() == list(range(30, 36))
    assert hands.pressed.astype(bool).sum() == 6
    assert tip[frame - 2 : 36, 0] == pytest.approx(KEY_X[pitch], abs=0.01)  # 83 ms before the stroke already
    assert tip[frame, 1] == pytest.approx(STRIKES_AT[0, INDEX], abs=0.01)
    assert np.abs(tip[frame - LIVE, 0] - KEY_X[pitch]) > 20  # it set out when the key was known
    assert height[frame] < 0 < height[frame - 6]  # into the key
    assert height[frame - 2 : frame].max() > height[frame - 6] + 0.005  # lifted before
    assert height[36:].min() > 0
    assert np.abs(tip[-1, 0] - tip[0, 0]) < 0.5 * np.abs(tip[30, 0] - tip[0, 0])  # on the way back with its hand


def test_loud_is_deep_and_lifted():
    soft, loud = (planned(still(60), (press(INDEX, 72, 30, 36.0, v),)) for v in (20.0, 120.0))
    assert loud.tip_height[30, 1, 1] < soft.tip_height[30, 1, 1] - 0.003
    assert loud.tip_height[28, 1, 1] > soft.tip_height[28, 1, 1] + 0.005
    assert loud.wrist_height[30, 1] < soft.wrist_height[30, 1]
    assert loud.wrist_height[30, 0] == pytest.approx(soft.wrist_height[30, 0])


def test_the_hand_goes_where_its_finger_is_needed():
    far = int(np.argmin(np.abs(KEY_X - (HOME[1] + 350))))
    hands = planned(still(80), (press(9, far, 40, 50.0),), slack=50.0)
    moved = hands.points[:, 6, 0] - REST[6, 0]
    assert moved[30] == pytest.approx(0.0, abs=1e-6)
    assert moved[40:50].min() > 230
    assert np.diff(moved).max() < 1.25 * FASTEST  # in four frames: as fast as people's hands are
    assert hands.points[40, 11, 0] == pytest.approx(KEY_X[far], abs=0.01)
    assert np.abs(hands.points[:, :6] - REST[:6]).max() < 1e-6  # the other hand stays


def test_idle_fingers_give_way():
    """The ring finger's key lies where the middle finger was: that one goes along, and none crosses."""
    pitch = int(np.argmin(np.abs(KEY_X - REST[6 + 3, 0] + 10)))
    hands = planned(still(60), (press(8, pitch, 30, 40.0),))
    tips = hands.points[30, 7:, 0]
    assert tips[3] == pytest.approx(KEY_X[pitch], abs=0.01)
    assert tips[2] < tips[3]
    assert tips[4] > tips[3]


def test_a_hand_is_drawn_to_what_its_finger_would_not_reach():
    """A thumb on a black key far aside: from its usual place the wrist is too far away."""
    black = np.flatnonzero(np.isin(np.arange(128) % 12, (1, 3, 6, 8, 10)))
    pitch = int(black[np.argmin(np.abs(KEY_X[black] - (REST[7, 0] - 40)))])
    key = Press(5, pitch, 30, 40.0, 64.0, float(REST[6, 0]), 30 / VIDEO_FPS)  # the hand is not asked to move
    hands = planned(still(60), (key,))
    wrist, thumb = hands.points[30, 6], hands.points[30, 7]
    assert thumb[0] == pytest.approx(KEY_X[pitch], abs=0.01)
    assert np.linalg.norm(thumb - wrist) == pytest.approx(141.0, abs=3.0)
    assert np.linalg.norm(thumb - REST[6]) > 160
    assert hands.points[59, 6] == pytest.approx(REST[6], abs=3.0)


def test_a_finger_that_is_held_goes_to_its_next_key_when_it_is_free():
    hands = planned(still(80), (press(INDEX, 72, 30, 39.0), press(INDEX, 74, 40, 50.0)))
    assert hands.points[30:40, 8, 0] == pytest.approx(KEY_X[72], abs=0.01)
    assert hands.points[40:50, 8, 0] == pytest.approx(KEY_X[74], abs=0.01)
    assert hands.pressed[38:41, 1, 1].tolist() == [72, 0, 74]


@pytest.mark.parametrize("known", DELAYS[:2])
def test_before_a_leap_a_finger_lets_go_and_the_hand_stays_a_hand(known):
    """Two octaves from thumb to little finger, with no time between the notes as they are written."""
    thumb, little = press(5, 60, 30, 40.0), press(9, 91, 40, 50.0)
    hands = planned(still(80), (thumb, little), known=known)
    down = np.flatnonzero(hands.pressed[:, 1, 0] == 60)
    assert down[0] == 30
    assert 33 <= down[-1] <= 36  # in time to be there
    assert np.flatnonzero(hands.pressed[:, 1, 4] == 91).tolist() == list(range(40, 50))
    tips = hands.points[:, 7:, 0]
    assert np.ptp(tips, axis=1).max() < WIDEST_HAND
    assert tips[40:50, 4] == pytest.approx(KEY_X[91], abs=0.01)
    near = planned(still(80), (thumb, press(9, 70, 40, 50.0)), known=known)  # both within a hand
    assert np.flatnonzero(near.pressed[:, 1, 0] == 60).tolist() == list(range(30, 40))


@pytest.mark.parametrize(("gap", "known"), [(7, 12), (4, 12), (4, LIVE), (12, LIVE)])
def test_a_leap_is_as_fast_as_people_are_and_set_out_for_early(gap, known):
    """An octave and a half between the wrists that both keys ask for, little finger and thumb of the left hand."""
    low, high = press(4, 36, 30, 30.0 + gap), press(0, 67, 30 + gap, 60.0)
    hands = planned(still(80), (low, high), known=known)
    steps = np.linalg.norm(np.diff(hands.points[:, 0], axis=0), axis=1)
    assert steps.max() < FASTEST * max(1.0, 1.6 * abs(high.place - low.place) / FASTEST / min(gap, known))
    assert np.flatnonzero(hands.pressed[:, 0, 0] == 67)[0] == 30 + gap
    assert (hands.pressed[30 : 30 + max(1, gap // 2 - 2), 0, 4] == 36).all()


@pytest.mark.parametrize("hand", [0, 1])
def test_the_fingers_of_an_octave_are_on_their_keys(hand):
    """Of the whole hand with its bones, not of the plan alone; the wrist sinks for it."""
    outer = (60, 72) if hand else (72, 60)
    presses = [press(5 * hand + finger, pitch, 30, 60.0) for finger, pitch in zip((0, 4), outer)]
    hands = planned(still(80), tuple(presses), known=12)
    reach = reach_of(hands.points, hands.wrist_height, hands.tip_height)
    joints = pose(reach, hands.lean, np.zeros(80), hands.weight)
    layout = layout_named("piano")
    own = (layout.left_hand, layout.right_hand)[hand]
    for finger in (0, 4):
        missed = joints[30:60, own[FINGERTIPS[finger]]] - reach.tips[30:60, hand, finger]
        assert np.linalg.norm(missed, axis=1).max() < 0.006
    assert hands.wrist_height[30:60, hand].max() < hands.wrist_height[:25, hand].min()
    assert hands.wrist_height.min() >= 0.035 - 1e-9


def test_without_knowing_ahead_the_finger_is_there_at_the_stroke():
    hands = planned(still(60), (press(INDEX, 76, 30, 36.0),), known=0)
    assert hands.points[29, 8, 0] == pytest.approx(REST[8, 0], abs=1e-6)
    assert hands.points[30, 8, 0] == pytest.approx(KEY_X[76], abs=0.01)
    assert np.diff(hands.points[28:36, 6, 0]).max() < np.ptp(hands.points[28:45, 6, 0])  # the wrist follows


def test_small_doubt_is_ignored_and_travel_is_followed():
    rng = np.random.default_rng(0)
    doubt = rng.normal(0, 8, (240, 2)).repeat(COORDINATES // 2, axis=1)  # mm, the whole hand
    trembling = np.abs(np.diff((still(240) + doubt)[:, ::2], axis=0)).mean()
    assert np.abs(np.diff(planned(still(240) + doubt).points[:, :, 0], axis=0)).mean() < 0.4 * trembling
    leap = still(96)
    leap[24:, ::2] += 300.0
    moved = planned(leap).points[:, 0, 0] - REST[0, 0]
    assert moved[24 + 12] > 150.0  # half a second later most of the way is done
    assert moved[-1] == pytest.approx(300.0, abs=30.0)


def test_amplitude_stretches_and_smoothness_slows():
    leap = still(96)
    leap[24:, ::2] += 200.0
    usual, wide, slow = (planned(leap, **h).points[:, 0, 0] for h in ({}, {"amplitude": 1.5}, {"smoothness": 3.0}))
    assert np.ptp(wide) > 1.3 * np.ptp(usual)
    assert slow[36] < usual[36]


@pytest.mark.parametrize("values", [{"amplitud": 1.0}, {"gain": "much"}, {"reach": float("nan")}, {"slow": -1.0}])
def test_impossible_settings_are_refused(values):
    with pytest.raises(BadInput, match="planner"):
        HandSettings.from_dict(values)


def test_who_comes_to_a_key_waits_beside_who_holds_one():
    """Chopin: the little finger holds E, the ring finger is to strike F sharp beyond it as soon as E is let go."""
    e, f_sharp = 64, 66
    hands = planned(still(80), (press(9, e, 30, 39.0), press(8, f_sharp, 40, 50.0)))
    ring, little = hands.points[:, 10, 0], hands.points[:, 11, 0]
    assert np.all(little[:39] - ring[:39] > CLOSEST - 0.01)
    assert little[30:39] == pytest.approx(KEY_X[e], abs=0.01)
    assert ring[40:50] == pytest.approx(KEY_X[f_sharp], abs=0.01)


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), bound=st.floats(0, 1))
def test_no_finger_crosses_one_that_holds_a_key(seed, bound):
    rng = np.random.default_rng(seed)
    held = rng.random((1, 10)) < 0.5
    tips = rng.normal(0, 60, (1, 10, 2)) + 600
    outwards = np.repeat([-1.0, 1.0], 5)
    for hand in (slice(0, 5), slice(5, 10)):  # the keys that are held lie as the fingers do
        keys = np.sort(np.cumsum(rng.uniform(BESIDE * 2, 30, 5)) * outwards[hand])[:: int(outwards[hand][0])]
        tips[0, hand, 0] = np.where(held[0, hand], 600 + keys, tips[0, hand, 0])
    result = in_order(tips, np.where(held, 1.0, bound), held)
    assert np.array_equal(result[held], tips[held])
    out = (outwards * result[0, :, 0]).reshape(2, 5)
    for hand, holds in zip(out, held.reshape(2, 5)):
        for one in range(1, 5):
            for other in range(one + 1, 5):
                if holds[one] or holds[other]:
                    assert hand[other] - hand[one] >= -1e-9


def test_the_body_leans_into_the_first_note():
    weight = planned(still(120), (press(INDEX, 72, 60, 70.0),)).weight
    assert weight[59] < 0.01
    assert weight[60:].max() > 0.5
    assert np.abs(np.diff(weight)).max() < 0.16  # of 33 mm at the neck: at most 5 mm in a frame


def test_a_leap_is_flown():
    low, high = 60, int(np.argmin(np.abs(KEY_X - KEY_X[60] - 350)))
    hands = planned(still(100), (press(INDEX, low, 30, 34.0), press(INDEX, high, 50, 60.0)))
    near = planned(still(100), (press(INDEX, low, 30, 34.0), press(INDEX, low + 2, 50, 60.0)))
    higher = hands.wrist_height[:, 1] - near.wrist_height[:, 1]
    assert 0.030 < higher[34:50].max() < 0.050
    assert np.abs(higher[50:]).max() < 0.003  # it has landed when it strikes
    assert np.all(hands.tip_height[50:60, 1, 1] < 0)
