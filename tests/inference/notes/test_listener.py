"""Streaming with a net of random weights: it hears nonsense, but the same nonsense however the sound comes."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies

from audio_to_body.inference.notes.card import LOW, NORMAL
from audio_to_body.inference.notes.listener import Listener, hear
from audio_to_body.inference.notes.picking import notes_of
from audio_to_body.inference.notes.session import NoteSession
from audio_to_body.models.notes.checkpoint import NoteNet
from audio_to_body.models.notes.parameters import initial_parameters
from audio_to_body.models.notes.settings import SETTINGS
from audio_to_body.onnx_export.notes import card_of, export_notes
from audio_to_body.skeleton.rates import AUDIO_RATE

SECONDS = 4.0


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    rng = np.random.default_rng(0)
    own = SETTINGS["violin"]
    parameters = initial_parameters(own, rng)
    parameters["fc_w"] = 6.0 * parameters["fc_w"]  # answers that move
    parameters["fc_b"][:] = 0.0
    path = tmp_path_factory.mktemp("nets") / "random.onnx"
    net = NoteNet(own, parameters)
    export_notes(net, path, card_of(net, {NORMAL: 0.5, LOW: 0.5}))
    return NoteSession(path.read_bytes(), "random.onnx")


@pytest.fixture(scope="module")
def sound():
    rng = np.random.default_rng(1)
    time = np.arange(round(SECONDS * AUDIO_RATE)) / AUDIO_RATE
    notes = [np.sin(2 * np.pi * 440 * 2 ** (k / 12) * time) * np.exp(-3 * ((time - 0.4 * k) % 4)) for k in range(9)]
    return (0.05 * sum(notes) + 1e-3 * rng.standard_normal(len(time))).astype(np.float32)


@pytest.mark.parametrize("head", [NORMAL, LOW])
@settings(deadline=None, max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=strategies.lists(strategies.integers(0, 9_000), min_size=1, max_size=12))
def test_pieces_of_any_size_give_the_same_notes(session, sound, head, sizes):
    whole = hear(session, sound, head)
    assert len(whole) > 5
    listener, pieces, first = Listener(session, head), [], 0
    for size in [*sizes, len(sound)]:
        pieces.append(listener.push(sound[first : first + size]))
        first += size
    pieces.append(listener.finish())
    streamed = notes_of(pieces)
    assert streamed.pitch.tolist() == whole.pitch.tolist()
    # the resampler multiplies in blocks of another size: the last bit of a sample may differ
    assert streamed.onset == pytest.approx(whole.onset, abs=1e-4)
    assert streamed.velocity == pytest.approx(whole.velocity, abs=0.01)
    assert streamed.end == pytest.approx(whole.end, abs=1e-4)
    assert listener.seconds == pytest.approx(SECONDS)
    assert whole.end.max() <= SECONDS


@pytest.mark.parametrize("head", [NORMAL, LOW])
def test_every_note_is_known_within_the_latency(session, sound, head):
    listener, late = Listener(session, head), []
    for first in range(0, len(sound), 441):  # every 10 ms
        heard = listener.push(sound[first : first + 441])
        late += (listener.seconds - heard.begun.onset).tolist()
        assert heard.until >= listener.seconds - listener.latency - 0.01 - 1 / 24
    assert late
    assert max(late) <= listener.latency + 0.01


def test_the_low_head_leaves_time_for_a_planner_within_150_ms(session):
    assert Listener(session, LOW).latency < 0.145
    assert Listener(session, NORMAL).latency < 0.25


def test_no_sound_no_notes(session):
    listener = Listener(session)
    assert len(notes_of([listener.push(np.zeros(0, np.float32)), listener.finish()])) == 0
