"""The front end in the graph: the same keypoints as librosa and Caffe2, from samples, in any pieces."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnx
import pytest

from audio_to_body.inference.model_file import read_model
from audio_to_body.models.checkpoint import TrainedNet
from audio_to_body.models.evaluation import predict
from audio_to_body.models.normalisation import Normalisation
from audio_to_body.models.settings import Settings
from audio_to_body.onnx_export.export import export
from audio_to_body.onnx_export.front_end import HALF_WINDOW, SamplesSession, main, with_front_end
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.skeleton.refusal import run_command
from audio_to_body.sound.audio import decode_sound
from audio_to_body.sound.features import WINDOW_SAMPLES, frame_starts
from audio_to_body.sound.librosa_features import librosa_features
from tests.onnx_export.test_export import made_net

TOLERANCE = 1e-2  # px, on every point
SECONDS = 12  # of each sound


@pytest.fixture(scope="module")
def net() -> TrainedNet:
    """Random weights behind the normalisation that real sound has."""
    rng = np.random.default_rng(0)
    music = np.concatenate([rng.normal(0, 1, AUDIO_RATE), np.zeros(AUDIO_RATE), 0.1 * rng.normal(0, 1, AUDIO_RATE)])
    spread = librosa_features(music.astype(np.float32), 96)
    scale = Normalisation(spread.mean(axis=0), np.maximum(spread.std(axis=0), 0.5).astype(np.float32))
    return replace(made_net(Settings()), feature_scale=scale)


@pytest.fixture(scope="module")
def session(net, tmp_path_factory) -> SamplesSession:
    folder = tmp_path_factory.mktemp("front_end")
    export(net, folder / "net.onnx")
    assert run_command(main, [str(folder / "net.onnx"), "-o", str(folder / "samples.onnx")]) == 0
    return SamplesSession((folder / "samples.onnx").read_bytes())


def steps_complete(samples: int) -> int:
    """How many steps have their whole window among so many samples."""
    return int(np.sum(frame_starts(np.arange(samples // 400 + 1), 96) + WINDOW_SAMPLES <= samples))


def agreement(net, session, samples: np.ndarray, gain: float) -> float:
    """Largest distance in px from librosa and Caffe2."""
    session.reset()
    got = session.run(samples, gain)
    assert len(got) == steps_complete(len(samples))
    expected = predict(net, librosa_features(samples * np.float32(gain), 96)[: len(got)])
    return float(np.linalg.norm(got - expected, axis=-1).max())


@pytest.mark.parametrize("sound", ["silence", "full-scale noise", "clipped", "one sample"])
def test_agrees_with_librosa_and_caffe2_on_made_sound(net, session, sound):
    rng = np.random.default_rng(1)
    samples = {
        "silence": np.zeros(SECONDS * AUDIO_RATE),
        "full-scale noise": rng.uniform(-1, 1, SECONDS * AUDIO_RATE),
        "clipped": np.sign(np.sin(np.arange(SECONDS * AUDIO_RATE) * 0.05)),
        "one sample": np.eye(1, 2 * AUDIO_RATE, AUDIO_RATE)[0],
    }[sound].astype(np.float32)
    assert agreement(net, session, samples, 1.7) < TOLERANCE


@pytest.mark.parametrize("recording", ["bach_violin/audio/john-garner_bwv1002_mov6.mp3", "piano_audio/cut_liszt.mp3"])
def test_agrees_with_librosa_and_caffe2_on_recordings(net, session, shared_data, recording):
    sound = decode_sound(shared_data / recording)
    samples = np.array(sound.samples[: SECONDS * AUDIO_RATE])
    assert agreement(net, session, samples, sound.gain) < TOLERANCE


@pytest.mark.parametrize("piece", [1, 100, 459, 460, 5000])
def test_any_pieces_give_the_same(session, piece):
    samples = np.random.default_rng(2).normal(0, 1, 4000 if piece == 1 else AUDIO_RATE).astype(np.float32)
    session.reset()
    whole = session.run(samples)
    session.reset()
    parts = [session.run(samples[first : first + piece]) for first in range(0, len(samples), piece)]
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-3)


def test_nothing_drifts_over_an_hour(session):
    """The window of a step an hour away is still the right one: the step arrives with its last sample."""
    session.reset()
    hour = 3600 * 96
    start = int(frame_starts(np.array([hour]), 96)[0])
    session._state["position"] = np.array([hour, start], np.int64)
    session._state["sound"] = np.zeros(0, np.float32)
    assert len(session.run(np.zeros(WINDOW_SAMPLES - 1))) == 0
    assert len(session.run(np.zeros(1))) == 1
    assert HALF_WINDOW == 919


def test_other_front_ends_are_refused(net, tmp_path, capsys):
    export(net, tmp_path / "net.onnx")
    model = onnx.load_from_string(read_model(tmp_path / "net.onnx").data)
    for entry in model.metadata_props:
        entry.value = entry.value.replace('"mfcc28"', '"plus_violin"')
    with pytest.raises(ValueError, match="plus_violin"):
        with_front_end(model)


def test_the_file_describes_itself_and_is_refused_as_a_features_model(net, tmp_path, capsys):
    from audio_to_body.inference.session import Session

    export(net, tmp_path / "net.onnx")
    assert run_command(main, [str(tmp_path / "net.onnx"), "-o", str(tmp_path / "samples.onnx")]) == 0
    model = read_model(tmp_path / "samples.onnx")
    assert model.card.instrument == "violin"
    with pytest.raises(ValueError, match="takes samples"):
        Session(model, "cpu")
    assert run_command(main, [str(tmp_path / "net.onnx"), "-o", str(tmp_path / "samples.onnx")]) == 2
    assert "samples.onnx exists; add --force" in capsys.readouterr().err
    assert run_command(main, [str(tmp_path / "gone.onnx"), "-o", str(tmp_path / "x.onnx")]) == 2
    assert "does not exist" in capsys.readouterr().err
