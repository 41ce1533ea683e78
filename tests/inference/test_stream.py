"""The stream: any chunking gives the whole-file result; state travels; level and latency are what they say."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audio_to_body.inference.frames import Frames
from audio_to_body.inference.prediction import predict
from audio_to_body.inference.session import Session, load
from audio_to_body.inference.stream import Stream
from audio_to_body.skeleton.rates import AUDIO_RATE, steps_in
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.audio import rms_gain
from audio_to_body.sound.level import RunningLevel
from tests.inference.conftest import melody

# float32 rounding of pixels in the hundreds: products of another shape sum in another order
ROUNDING_PX = 1e-3
SONG = melody(1.6)


def collect(parts: list[Frames]) -> np.ndarray:
    """Points of consecutive pieces; also checks that none is missing or twice."""
    expected = 0
    for part in parts:
        assert part.first == expected
        expected += len(part)
    return np.concatenate([part.points for part in parts])


@pytest.fixture(scope="module")
def whole(violin_session):
    return predict(SONG, violin_session)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.one_of(st.integers(0, 50), st.integers(0, 6000)), max_size=60))
def test_any_chunking_equals_the_whole_file(violin_session, whole, sizes):
    stream = Stream(violin_session, rms_gain(SONG))
    cuts = np.minimum(np.cumsum([0, *sizes]), len(SONG))
    parts = [stream.push(SONG[a:b]) for a, b in zip(cuts, cuts[1:])]
    parts += [stream.push(SONG[cuts[-1] :]), stream.finish()]
    points = collect(parts)
    np.testing.assert_allclose(points, whole.points, atol=ROUNDING_PX)
    loudness = np.concatenate([part.tracks["loudness_db"] for part in parts])
    np.testing.assert_allclose(loudness, whole.tracks["loudness_db"], atol=1e-3)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(1, 9000), min_size=1, max_size=30), loud=st.floats(1e-3, 1.0))
def test_chunking_does_not_matter_to_the_running_level(violin_session, sizes, loud):
    sound = np.stack([SONG * loud, np.roll(SONG, 999) * 0.5])
    at_once = Stream(violin_session)
    expected = collect([at_once.push(sound), at_once.finish()])
    stream = Stream(violin_session)
    cuts = np.minimum(np.cumsum([0, *sizes]), sound.shape[1])
    parts = [stream.push(sound[:, a:b]) for a, b in zip(cuts, cuts[1:])]
    points = collect([*parts, stream.push(sound[:, cuts[-1] :]), stream.finish()])
    np.testing.assert_allclose(points, expected, atol=ROUNDING_PX)


@pytest.mark.parametrize("cut", [0, 100, 20_000, 44_100])
@pytest.mark.parametrize("gain", [None, 3.0])
def test_a_saved_state_goes_on(violin_session, cut, gain):
    straight = Stream(violin_session, gain)
    expected = collect([straight.push(SONG), straight.finish()])
    first = Stream(violin_session, gain)
    parts = [first.push(SONG[:cut])]
    kept = io.BytesIO()
    np.savez(kept, **first.state())
    first.push(np.ones(5000, np.float32))  # must not matter
    kept.seek(0)
    with np.load(kept, allow_pickle=False) as file:
        second = Stream.restored(violin_session, dict(file))
    parts += [second.push(SONG[cut:]), second.finish()]
    np.testing.assert_allclose(collect(parts), expected, atol=ROUNDING_PX)


def test_streams_share_a_session(violin_session):
    sounds = [SONG, SONG[::-1].copy()]
    expected = [predict(sound, violin_session).points for sound in sounds]
    streams = [Stream(violin_session, rms_gain(sound)) for sound in sounds]
    parts: list[list[Frames]] = [[], []]
    for first in range(0, len(SONG), 777):
        for stream, sound, got in zip(streams, sounds, parts):
            got.append(stream.push(sound[first : first + 777]))
    for stream, got, points in zip(streams, parts, expected):
        got.append(stream.finish())
        np.testing.assert_allclose(collect(got), points, atol=ROUNDING_PX)


def test_latency_is_kept(violin_session):
    """Every frame is given at most ``latency_ms`` after its moment, and never before its sound can be known."""
    stream = Stream(violin_session, 1.0)
    assert stream.latency_ms == pytest.approx(stream.window_ms + stream.hop_ms + stream.delay_ms)
    # mfcc28: half a window of 41.7 ms; 2 steps of 1/96 s
    assert (stream.window_ms, stream.hop_ms, stream.delay_ms) == pytest.approx((20.84, 10.42, 20.83), abs=0.01)
    for first in range(0, len(SONG), 16):
        frames = stream.push(SONG[first : first + 16])
        behind = 1000 * (stream.seconds - frames.times)
        chunk = 1000 * 16 / AUDIO_RATE
        assert (behind <= stream.latency_ms + chunk).all()
        assert (behind >= stream.window_ms + stream.delay_ms - 0.1).all()


def test_frames_tell_their_times(violin_session):
    stream = Stream(violin_session, 1.0)
    frames = stream.push(SONG)
    np.testing.assert_allclose(frames.times, np.arange(len(frames)) / 24)
    rest = stream.finish()
    assert len(frames) + len(rest) == steps_in(len(SONG), 24)


def test_nothing_in_nothing_out(violin_session):
    stream = Stream(violin_session)
    assert len(stream.push(np.zeros(0, np.float32))) == 0
    assert len(stream.finish()) == 0
    with pytest.raises(ValueError, match="finished"):
        stream.push(SONG)
    with pytest.raises(ValueError, match="finished"):
        stream.finish()


def test_memory_stays_flat(violin_session):
    """What a stream keeps does not grow with the sound."""
    stream = Stream(violin_session)
    stream.push(SONG[:30_000])
    early = sum(value.nbytes for value in stream.state().values())
    for _ in range(40):
        stream.push(SONG)
    late = sum(value.nbytes for value in stream.state().values())
    assert late <= early + 2 * 4 * 500  # a hop of sound more or less


@pytest.mark.parametrize(
    "sound",
    [
        np.full(10, np.nan),
        np.array([0.0, np.inf]),
        np.zeros((2, 3, 4)),
        np.zeros((0, 5)),
        np.array(["a"]),
        np.array([1j]),
        np.full(10, 1e30),
    ],
)
def test_bad_sound_is_refused_and_harmless(violin_session, sound):
    stream, other = Stream(violin_session), Stream(violin_session)
    stream.push(SONG[:5000])
    with pytest.raises(BadInput):
        stream.push(sound)
    other.push(SONG[:5000])
    np.testing.assert_array_equal(stream.push(SONG[5000:]).points, other.push(SONG[5000:]).points)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_states_are_refused_or_play(violin_session, data):
    stream = Stream(violin_session)
    stream.push(SONG[:9000])
    state = stream.state()
    name = data.draw(st.sampled_from(sorted(state)))
    damage = data.draw(st.sampled_from(["gone", "short", "wild", "text"]))
    if damage == "gone":
        del state[name]
    elif damage == "short":
        state[name] = state[name][:-1]
    elif damage == "text":
        state[name] = np.array(["x"])
    else:
        state[name] = np.full_like(state[name], data.draw(st.integers(-(10**6), 10**6)))
    try:
        again = Stream.restored(violin_session, state)
    except BadInput:
        return
    assert np.isfinite(again.push(SONG[:3000]).points).all()


def test_running_level_approaches_the_true_level():
    rng = np.random.default_rng(0)
    for rms in (0.01, 0.3):
        power = (rms * rng.standard_normal(AUDIO_RATE * 20)) ** 2
        gains = RunningLevel().gains(power.astype(np.float32), np.arange(460, len(power), 460))
        assert gains[0] == pytest.approx(10.0, rel=0.2)  # the belief: -20 dBFS
        assert gains[-1] == pytest.approx(1 / rms, rel=0.7 if rms < 0.1 else 0.06)


def test_rests_do_not_move_the_running_level():
    power = np.concatenate([np.full(AUDIO_RATE * 5, 0.04), np.zeros(AUDIO_RATE * 60)]).astype(np.float32)
    gains = RunningLevel().gains(power, np.arange(460, len(power), 460))
    assert gains[-1] == pytest.approx(gains[AUDIO_RATE * 5 // 460], rel=1e-6)


def test_a_gain_that_is_none_is_refused(violin_session):
    for gain in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="gain"):
            Stream(violin_session, gain)


def test_silence_is_not_slow_and_stays_finite(violin_session):
    stream = Stream(violin_session)
    stream.push(SONG)
    points = stream.push(np.zeros(AUDIO_RATE * 10, np.float32)).points
    assert np.isfinite(points).all()
    # nothing moves in long silence
    assert np.abs(np.diff(points[-48:], axis=0)).max() < 0.01


def test_a_net_whose_targets_nobody_plays_is_refused(tmp_path):
    from dataclasses import replace

    import onnx

    from audio_to_body.inference.model_card import KEYPOINTS, TARGETS
    from audio_to_body.inference.model_file import read_model
    from tests.inference.conftest import build_model, card_for, serialised

    card = replace(card_for("violin"), target_names=[f"t{i}" for i in range(100)], family="expressive")
    model = build_model(card_for("violin"))
    model.graph.node[-1].output[0] = TARGETS
    shape = next(t for t in model.graph.initializer if t.name == "shape")
    shape.CopyFrom(onnx.numpy_helper.from_array(np.array([0, 0, 100], np.int64), "shape"))
    given_out = next(o for o in model.graph.output if o.name == KEYPOINTS)
    given_out.CopyFrom(onnx.helper.make_tensor_value_info(TARGETS, 1, ["steps", "batch", 100]))
    path = tmp_path / "m.onnx"
    path.write_bytes(serialised(model, card))
    with pytest.raises(BadInput, match="targets that nobody here makes motion of"):
        Stream(Session(read_model(path), "cpu"))


@pytest.mark.parametrize("instrument", ["violin", "piano"])
def test_a_damaged_planner_is_refused(instrument):
    session = load(instrument, "cpu")
    stream = Stream(session)
    stream.push(np.random.default_rng(0).normal(0, 0.1, 30_000).astype(np.float32))
    state = stream.state()
    assert len(Stream.restored(session, state).finish()) > 0
    lists = ("begin", "end", "down", "chords", "pitches", "levels", "sound", "strokes", "plucks", "notes", "held")
    for name in state:
        if name.startswith("plan_") and not name.endswith(lists):  # lists may be of any length
            cut = {**state, name: state[name].ravel()[:-1]}
            with pytest.raises(BadInput, match="not the state of a stream"):
                Stream.restored(session, cut)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("plan_memory_numbers", np.nan),
        ("plan_memory_numbers", 1e308),
        ("plan_memory_fingers", 1e9),
        ("plan_memory_strokes", 2**50),
        ("plan_heard_heard", np.nan),
        ("plan_heard_stopped", 9),
    ],
)
def test_a_violinist_who_remembers_the_impossible_is_refused(name, damage):
    session = load("violin", "cpu")
    stream = Stream(session)
    stream.push(melody(2.0))
    state = stream.state()
    wrong = np.append(state[name].astype(np.float64 if isinstance(damage, float) else np.int64).ravel(), damage)
    with pytest.raises(BadInput, match="not the state of a stream"):
        Stream.restored(session, {**state, name: wrong})
    if state[name].size:
        wrong = state[name].astype(np.float64)
        wrong.flat[0] = damage
        with pytest.raises(BadInput, match="not the state of a stream"):
            Stream.restored(session, {**state, name: wrong})
