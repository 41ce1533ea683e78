"""The hearing front end in the graph: the same probabilities as numpy and the net, from samples, in any pieces."""

from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.inference.model_file import pretrained_path
from audio_to_body.inference.notes.bow_changes import band_levels
from audio_to_body.inference.notes.session import NoteSession, load_notes
from audio_to_body.onnx_export.front_end import SamplesSession, main
from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.skeleton.refusal import run_command
from audio_to_body.sound.audio import decode_sound
from audio_to_body.sound.note_features import NoteFeatures

TOLERANCE = 1e-4  # of a probability: what an export may differ from Caffe2 by
SECONDS = 8


@pytest.fixture(scope="module", params=["violin", "piano"])
def heard(request, tmp_path_factory) -> tuple[NoteSession, SamplesSession]:
    out = tmp_path_factory.mktemp("samples") / "samples.onnx"
    source = pretrained_path(request.param).with_name(f"{request.param}_notes.onnx")
    assert run_command(main, [str(source), "-o", str(out)]) == 0
    return load_notes(request.param), SamplesSession(out.read_bytes())


def expected(session: NoteSession, samples: np.ndarray) -> np.ndarray:
    """What numpy's front end and the net make of a sound."""
    features = NoteFeatures(session.front).push(samples)
    whole = len(features) // session.card.halves * session.card.halves
    return session.run(features[:whole], session.initial_state())[0]


def made(kind: str) -> np.ndarray:
    rng = np.random.default_rng(3)
    time = np.arange(SECONDS * AUDIO_RATE) / AUDIO_RATE
    tone = np.sin(2 * np.pi * 440.0 * time) * np.exp(-4.0 * (time % 0.5))
    return {
        "silence": np.zeros(len(time)),
        "full-scale noise": rng.uniform(-1, 1, len(time)),
        "a tone, then nothing, then a soft one": np.where(time < 3, tone, np.where(time < 5, 0.0, 0.003 * tone)),
    }[kind].astype(np.float32)


@pytest.mark.parametrize("kind", ["silence", "full-scale noise", "a tone, then nothing, then a soft one"])
def test_agrees_with_numpy_on_made_sound(heard, kind):
    session, served = heard
    served.reset()
    got, wanted = served.run(made(kind)), expected(session, made(kind))
    assert got.shape == wanted.shape
    assert len(got) >= 24 * SECONDS - 2
    np.testing.assert_allclose(got, wanted, atol=TOLERANCE)


@pytest.mark.parametrize("recording", ["bach_violin/audio/john-garner_bwv1002_mov6.mp3", "piano_audio/cut_liszt.mp3"])
def test_agrees_with_numpy_on_recordings(heard, shared_data, recording):
    session, served = heard
    samples = np.array(decode_sound(shared_data / recording).samples[: SECONDS * AUDIO_RATE])
    served.reset()
    np.testing.assert_allclose(served.run(samples), expected(session, samples), atol=TOLERANCE)


def test_levels_are_told_where_slurs_are_told_by_them(heard):
    session, served = heard
    samples = made("a tone, then nothing, then a soft one")
    served.reset()
    served.run(samples)
    if not session.card.heads[0].slur_weights:
        assert served.levels is None
        return
    features = NoteFeatures(session.front).push(samples)
    wanted = band_levels(features[: len(features) // session.card.halves * session.card.halves], session.front)
    assert served.levels.shape == wanted.shape
    np.testing.assert_allclose(served.levels, wanted, atol=0.1)  # dB
    assert np.ptp(wanted[:, 1]) > 20


@pytest.mark.parametrize("piece", [1, 147, 500, 1837, 30_000])
def test_any_pieces_give_the_same(heard, piece):
    _, served = heard
    samples = made("a tone, then nothing, then a soft one")[: 3000 if piece == 1 else 2 * AUDIO_RATE]
    served.reset()
    whole = served.run(samples)
    served.reset()
    parts = [served.run(samples[first : first + piece]) for first in range(0, len(samples), piece)]
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=TOLERANCE)


def test_the_memory_of_a_long_sound_is_bounded(heard):
    _, served = heard
    served.reset()
    sizes = []
    for _ in range(20):
        served.run(np.zeros(AUDIO_RATE, np.float32))
        sizes.append(sum(value.size for value in served._state.values()))
    assert max(sizes[2:]) < sizes[1] + AUDIO_RATE // 10


def test_it_is_refused_where_features_are_expected(heard, tmp_path):
    _, served = heard
    assert set(served._state) >= {"waiting", "sound", "slow", "hidden"}
    source = pretrained_path("violin").with_name("violin_notes.onnx")
    out = tmp_path / "samples.onnx"
    assert run_command(main, [str(source), "-o", str(out)]) == 0
    with pytest.raises(ValueError, match="takes samples"):
        load_notes(out)
