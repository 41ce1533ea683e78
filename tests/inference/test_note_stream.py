"""The piano's stream: sound in pieces of any size, notes heard and played, the same frames as of the whole sound."""

import numpy as np
import pytest

from audio_to_body.inference import load, predict
from audio_to_body.inference.note_stream import NoteStream
from audio_to_body.inference.planning import FILE, LOW, USUAL
from audio_to_body.inference.stream import Stream
from audio_to_body.skeleton.rates import AUDIO_RATE, steps_in
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.audio import rms_gain

ROUNDING_PX = 2e-3  # fingers that are computed together are added up in another order
PIECES = (1, 1838, 44_100, 0, 777, 90_000)


@pytest.fixture(scope="module")
def session():
    return load("piano", "cpu")


@pytest.fixture(scope="module")
def song() -> np.ndarray:
    """Six seconds of decaying overtones: a melody over a bass, as notes begin on a piano."""
    rng = np.random.default_rng(4)
    sound = np.zeros(6 * AUDIO_RATE)
    for onset in np.arange(0.2, 5.4, 0.4):
        for pitch in (60 + rng.integers(0, 12), 36 + rng.integers(0, 12)):
            t = np.arange(len(sound) - round(onset * AUDIO_RATE)) / AUDIO_RATE
            hertz = 440 * 2 ** ((pitch - 69) / 12)
            tone = sum(np.sin(2 * np.pi * k * hertz * t) * np.exp(-(2 + k) * t) / k for k in range(1, 9))
            sound[-len(t) :] += 0.1 * tone
    return sound.astype(np.float32)


def in_pieces(stream: Stream, sound: np.ndarray, restore: bool = False) -> tuple[np.ndarray, np.ndarray]:
    points, keys, first, i = [], [], 0, 0
    while first < len(sound):
        frames = stream.push(sound[first : first + PIECES[i % len(PIECES)]])
        points.append(frames.points)
        keys.append(frames.tracks["keys_pressed"])
        first += PIECES[i % len(PIECES)]
        i += 1
        if restore:
            stream = Stream.restored(stream.session, stream.state())
    rest = stream.finish()
    return np.concatenate([*points, rest.points]), np.concatenate([*keys, rest.tracks["keys_pressed"]])


@pytest.mark.parametrize("latency", [FILE, USUAL, LOW])
def test_pieces_and_pauses_change_nothing(session, song, latency):
    whole = Stream(session, rms_gain(song), latency)
    assert isinstance(whole, NoteStream)
    first, rest = whole.push(song), whole.finish()
    expected = np.concatenate([first.points, rest.points])
    assert len(expected) == steps_in(len(song), 24)
    assert (first.tracks["keys_pressed"] > 0).any()
    for restore in (False, True):
        points, keys = in_pieces(Stream(session, rms_gain(song), latency), song, restore)
        np.testing.assert_allclose(points, expected, atol=ROUNDING_PX)
        np.testing.assert_array_equal(
            keys, np.concatenate([first.tracks["keys_pressed"], rest.tracks["keys_pressed"]])
        )


def test_a_file_is_played_as_a_stream_of_its_latency(session, song):
    motion = predict(song, session)
    points, keys = in_pieces(Stream(session, rms_gain(song), FILE), song)
    np.testing.assert_allclose(points, motion.points, atol=ROUNDING_PX)
    np.testing.assert_array_equal(keys, motion.tracks["keys_pressed"])
    assert motion.tracks["loudness_db"].shape == (len(motion),)
    assert np.ptp(motion.tracks["loudness_db"]) > 20


@pytest.mark.parametrize(("latency", "most"), [(USUAL, 420.0), (LOW, 150.0)])
def test_latency_is_kept(session, song, latency, most):
    """Every frame is given at most ``latency_ms`` after its moment."""
    stream = Stream(session, latency=latency)
    assert stream.latency_ms == pytest.approx(stream.window_ms + stream.hop_ms + stream.delay_ms)
    assert stream.latency_ms < most
    given = 0
    for first in range(0, len(song), 441):
        frames = stream.push(song[first : first + 441])
        given += len(frames)
        # the frame after those that were given is not late yet
        assert 1000 * (stream.seconds - given / 24) < stream.latency_ms + 10
    assert given > 100


def test_low_latency_is_for_nets_that_are_told_notes():
    with pytest.raises(BadInput, match="told notes"):
        Stream(load("violin", "cpu", faithful=True), latency=LOW)


def test_nothing_in_nothing_out(session):
    stream = Stream(session)
    assert len(stream.push(np.zeros(0, np.float32))) == 0
    assert len(stream.finish()) == 0
    with pytest.raises(ValueError, match="finished"):
        stream.push(np.zeros(100, np.float32))


def test_bad_sound_is_refused_and_harmless(session, song):
    stream, other = Stream(session), Stream(session)
    stream.push(song[:50_000])
    other.push(song[:50_000])
    with pytest.raises(BadInput):
        stream.push(np.array([0.0, np.nan]))
    np.testing.assert_array_equal(stream.push(song[50_000:]).points, other.push(song[50_000:]).points)


def test_another_streams_state_is_refused(session, song):
    stream = Stream(session)
    stream.push(song[:60_000])
    state = stream.state()
    assert len(Stream.restored(session, state).finish()) > 0
    for name in ("plan_keys_presses", "ear_net_0", "counts"):
        with pytest.raises(BadInput, match="not the state of a stream"):
            Stream.restored(session, {key: value for key, value in state.items() if key != name})
    damaged = state["plan_keys_steps"].copy()
    damaged[1] = -1
    with pytest.raises(BadInput, match="damaged"):
        Stream.restored(session, {**state, "plan_keys_steps": damaged})
    with pytest.raises(BadInput):
        Stream.restored(session, {**state, "latency": np.array("sooner")})


def test_silence_is_finite_and_still(session):
    stream = Stream(session)
    points = stream.push(np.zeros(AUDIO_RATE * 10, np.float32)).points
    assert np.isfinite(points).all()
    assert np.abs(np.diff(points[-48:], axis=0)).max() < 0.5  # it breathes
