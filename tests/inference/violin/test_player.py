import numpy as np
import pytest
from audio_to_body.inference.model_file import read_model
from audio_to_body.inference.planning import adjusted
from audio_to_body.inference.violin.bow_planner import PlannerSettings
from audio_to_body.inference.violin.player import ViolinPlayer, stage
from audio_to_body.musician.camera import FRAME_SIZE
from audio_to_body.skeleton.layouts import VIOLIN
from audio_to_body.skeleton.refusal import BadInput

from tests.inference.violin.test_bow_planner import RATE, heard, scale


@pytest.fixture(scope="module")
def played():
    player = ViolinPlayer(PlannerSettings(), RATE)
    table = heard(scale(), 12.0)
    return player, table, player.plan(table, player.initial_state())


def test_everything_stays_in_the_picture_and_is_a_number(played):
    _, table, (points, tracks, _) = played
    assert points.shape == (len(table), VIOLIN.size, 2)
    assert np.isfinite(points).all()
    assert points.min() >= 0
    assert np.all(points.max(axis=(0, 1)) <= np.array(FRAME_SIZE))
    assert {"bow_position", "bow_speed", "string", "finger_position"} <= set(tracks)
    assert all(len(track) == len(table) for track in tracks.values())


def test_the_bow_hand_goes_with_the_bow(played):
    _, _, (points, tracks, _) = played
    bridge = (points[:, VIOLIN.index("left_shoulder")] + points[:, VIOLIN.index("left_wrist")]) / 2
    apart = np.linalg.norm(points[:, VIOLIN.index("right_wrist")] - bridge, axis=-1)[200:]
    # the farther the contact from the frog, the farther the hand from the bridge
    assert np.corrcoef(apart, tracks["bow_position"][200:])[0, 1] > 0.8


def test_bones_keep_their_lengths(played):
    player, table, _ = played
    planner_state = player.initial_state()
    keypoints, _, _ = player.plan(table, planner_state)
    body = stage()[0].body
    assert 0.2 < body.forearm < 0.33
    upper = np.linalg.norm(
        keypoints[:, VIOLIN.index("right_elbow")] - keypoints[:, VIOLIN.index("right_shoulder")], axis=-1
    )
    across = np.linalg.norm(
        keypoints[:, VIOLIN.index("left_shoulder")] - keypoints[:, VIOLIN.index("right_shoulder")], axis=-1
    )
    # seen in projection a bone is never longer than it is, up to the nearness of the camera
    assert upper.max() / across.mean() < 1.25 * body.upper_arm / body.shoulders


def test_any_chunking_gives_the_same_points(played):
    player, table, (whole, _, _) = played
    state, parts, first = player.initial_state(), [], 0
    for size in (1, 7, 96, 300, 2, 1000):
        points, _, state = player.plan(table[first : first + size], state)
        parts.append(points)
        first += size
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-4)


def test_frames_one_by_one_are_those_of_the_whole(played):
    _, table, (whole, tracks, _) = played
    again = ViolinPlayer(PlannerSettings(), RATE)
    state, points, positions = again.initial_state(), [], []
    for first in range(0, len(table), 4):
        one, decided, state = again.plan(table[first : first + 4], state, np.array([1]))
        points.append(one)
        positions.append(decided["bow_position"])
    assert len(points) > 100
    np.testing.assert_allclose(np.concatenate(points), whole[1::4], rtol=0, atol=1e-4)
    np.testing.assert_array_equal(np.concatenate(positions), tracks["bow_position"][1::4])


def test_no_point_jumps(played):
    _, _, (points, _, _) = played
    frames = points[::4]
    width = np.linalg.norm(points[0, VIOLIN.index("left_shoulder")] - points[0, VIOLIN.index("right_shoulder")])
    # 0.6 shoulder widths a frame are 5.5 m/s; hands reach about 4
    assert np.linalg.norm(np.diff(frames, axis=0), axis=-1).max() < 0.6 * width


def test_only_a_net_with_a_planner_can_be_adjusted(violin_model):
    model = read_model(violin_model)
    with pytest.raises(BadInput, match="--amplitude needs an expressive net"):
        adjusted(model, amplitude=0.5)
    assert adjusted(model) is model


def test_only_the_steps_shown_are_posed(played):
    player, table, (whole, tracks, after) = played
    shown = np.array([3, 4, 40, 41, len(table) - 1])
    points, few, state = player.plan(table, player.initial_state(), shown)
    np.testing.assert_array_equal(points, whole[shown])
    assert few.keys() == tracks.keys()
    for name, values in few.items():
        np.testing.assert_array_equal(values, tracks[name][shown])
    np.testing.assert_array_equal(state["memory"], after["memory"])
