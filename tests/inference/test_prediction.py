"""Sound to motion: length, delay, loudness, silence."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from audio_to_body.inference.frames import joined
from audio_to_body.inference.planning import FILE
from audio_to_body.inference.prediction import predict
from audio_to_body.inference.session import load
from audio_to_body.inference.stream import BLOCK_SAMPLES, BLOCK_STEPS, Stream
from audio_to_body.skeleton.rates import AUDIO_RATE, steps_in
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.audio import decode_audio, mono, rms_gain, rms_normalise
from audio_to_body.sound.features import audio_features
from tests.inference.conftest import melody, write_wave


@pytest.mark.parametrize("samples", [1838, 1900, AUDIO_RATE, 3 * AUDIO_RATE + 17])
def test_a_frame_for_every_moment_inside_the_sound(violin_session, samples):
    motion = predict(melody(4)[:samples], violin_session)
    assert len(motion) == steps_in(samples, 24)
    assert motion.points.shape == (len(motion), 50, 2)
    assert motion.fps == 24
    assert motion.frame_size == (640, 480)
    assert np.isfinite(motion.points).all()


def test_the_delay_is_undone(violin_session):
    """Frame i is what the net says delay steps after step 4 i."""
    audio = melody(2.0)
    motion = predict(audio, violin_session)
    delay, frames = violin_session.card.delay_steps, len(motion)
    features = audio_features(rms_normalise(audio), 96, 4 * frames + delay)
    step = violin_session.run(features, violin_session.initial_state())
    np.testing.assert_allclose(motion.points, step.keypoints[delay::4][:frames], atol=1e-3)


def test_blocks_leave_no_seam(violin_session):
    audio = long_melody(1.5)
    assert len(audio) / AUDIO_RATE * 96 > 1.4 * BLOCK_STEPS
    motion = predict(audio, violin_session)
    delay = violin_session.card.delay_steps
    features = audio_features(rms_normalise(audio), 96, 4 * len(motion) + delay)
    step = violin_session.run(features, violin_session.initial_state())
    np.testing.assert_allclose(motion.points, step.keypoints[delay::4][: len(motion)], atol=1e-3)


def test_a_file_and_its_samples_give_the_same(violin_session, song):
    np.testing.assert_allclose(
        predict(song, violin_session).points, predict(decode_audio(song), violin_session).points, atol=1e-3
    )


def test_level_and_channels_do_not_matter(violin_session):
    audio = melody(2.0)
    plain = predict(audio, violin_session)
    np.testing.assert_allclose(predict(audio * 0.03, violin_session).points, plain.points, atol=0.02)
    np.testing.assert_allclose(predict(np.stack([audio, audio]), violin_session).points, plain.points, atol=1e-3)


def test_silence_plays(violin_session):
    motion = predict(np.zeros((2, AUDIO_RATE), np.float32), violin_session)
    assert len(motion) == 24
    assert np.isfinite(motion.points).all()
    np.testing.assert_allclose(motion.tracks["loudness_db"], -80.0, atol=1e-3)


def test_loudness_is_relative_to_the_average_level(violin_session):
    tone = np.sin(2 * np.pi * 441 * np.arange(2 * AUDIO_RATE) / AUDIO_RATE).astype(np.float32)
    tone[: len(tone) // 2] *= 0.1  # -20 dB
    loudness = predict(tone, violin_session).tracks["loudness_db"]
    assert loudness.shape == (48,)
    np.testing.assert_allclose(loudness[30] - loudness[10], 20.0, atol=0.1)
    power = 10 ** (loudness[1:-1] / 10)
    np.testing.assert_allclose(power.mean(), 1.0, atol=0.05)  # the average level is 0 dB


def test_sounds_shorter_than_a_frame_are_refused(violin_session, tmp_path):
    short = write_wave(tmp_path / "short.wav", melody(0.04))
    with pytest.raises(BadInput, match=r"short\.wav is shorter than one frame"):
        predict(short, violin_session)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_not_numbers_are_refused(violin_session, value):
    audio = melody(1.0)
    audio[1000] = value
    with pytest.raises(BadInput, match="not numbers"):
        predict(audio, violin_session)


def test_dc_and_clipping_play(violin_session):
    audio = melody(1.0)
    for sound in (audio + 5.0, np.sign(audio), audio * 1e6, np.full(AUDIO_RATE, 1e-7, np.float32)):
        motion = predict(sound.astype(np.float32), violin_session)
        assert np.isfinite(motion.points).all()


@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000, 96_000, 192_000])
def test_any_rate_keeps_the_length(violin_session, tmp_path, rate):
    path = write_wave(tmp_path / "a.wav", melody(1.0, rate=rate), rate)
    assert abs(len(predict(path, violin_session)) - 24) <= 1


@pytest.mark.parametrize("channels", [1, 2, 6, 8])
def test_any_number_of_channels(violin_session, tmp_path, channels):
    path = write_wave(tmp_path / "a.wav", np.stack([melody(1.0, seed) for seed in range(channels)]))
    assert len(predict(path, violin_session)) == 24


def test_mono_is_the_mean():
    pair = np.stack([np.ones(4, np.float32), np.zeros(4, np.float32)])
    np.testing.assert_array_equal(mono(pair), 0.5)


def long_melody(blocks: float) -> np.ndarray:
    """A melody, again and again, for so many blocks of samples."""
    return np.resize(melody(5.0), round(blocks * BLOCK_SAMPLES))


@pytest.mark.parametrize("net", ["tiny", "violin"])
def test_the_net_in_a_thread_of_its_own_changes_nothing(violin_session, net):
    session = violin_session if net == "tiny" else load(net, "cpu")
    audio = long_melody(2.6)
    stream = Stream(session, rms_gain(audio), FILE)
    parts = [stream.push(audio[first : first + BLOCK_SAMPLES]) for first in range(0, len(audio), BLOCK_SAMPLES)]
    expected = joined([*parts, stream.finish()])
    taken: list[int] = []
    motion = predict(audio, session, progress=lambda done, of: taken.append(done))
    np.testing.assert_array_equal(motion.points, expected.points)
    assert motion.tracks.keys() == expected.tracks.keys()
    for name, values in expected.tracks.items():
        np.testing.assert_array_equal(motion.tracks[name], values, err_msg=name)
    assert taken == sorted(taken)
    assert taken[-1] == len(audio)


@pytest.mark.parametrize("failure", [BadInput("no"), MemoryError("full"), KeyboardInterrupt()])
@pytest.mark.parametrize("which", [1, 2, 4])
def test_what_fails_in_the_nets_thread_is_raised_here(violin_session, monkeypatch, failure, which):
    run, runs = violin_session.run, []

    def failing(features, state):
        runs.append(len(features))
        if len(runs) == which:
            raise failure
        return run(features, state)

    monkeypatch.setattr(violin_session, "run", failing)
    threads = threading.active_count()
    with pytest.raises(type(failure)) as raised:
        predict(long_melody(3.2), violin_session)
    assert raised.value is failure
    assert threading.active_count() == threads


def test_an_interruption_leaves_no_thread_and_no_work_behind(violin_session, monkeypatch):
    """Ctrl-C reaches the thread that hears and shows; the net thinks about one block more at most."""
    run, runs = violin_session.run, []
    monkeypatch.setattr(violin_session, "run", lambda *given: (runs.append(0), run(*given))[1])

    def interrupted(done: int, of: int) -> None:
        raise KeyboardInterrupt

    threads = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        predict(long_melody(4.5), violin_session, progress=interrupted)
    assert threading.active_count() == threads
    assert len(runs) == 2  # of five
