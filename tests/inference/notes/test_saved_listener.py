"""A listener that is saved and restored hears what one that went on hears."""

import numpy as np
import pytest

from audio_to_body.inference.notes.card import LOW, NORMAL
from audio_to_body.inference.notes.listener import Listener
from audio_to_body.inference.notes.picking import notes_of
from audio_to_body.inference.notes.session import NoteSession

PIECES = (7_001, 3, 20_000, 0, 44_100, 12_345)


@pytest.fixture(scope="module")
def session(tmp_path_factory) -> NoteSession:
    pytest.importorskip("caffe2.python", reason="the net is made with Caffe2")
    from audio_to_body.models.notes.checkpoint import NoteNet
    from audio_to_body.models.notes.parameters import initial_parameters
    from audio_to_body.models.notes.settings import SETTINGS
    from audio_to_body.onnx_export.notes import card_of, export_notes

    rng = np.random.default_rng(3)
    settings = SETTINGS["piano"]
    parameters = initial_parameters(settings, rng, rng.uniform(0, 1, settings.columns))
    net = NoteNet(settings, parameters, {"hours_drawn": 0.0, "updates": 0})
    path = tmp_path_factory.mktemp("net") / "piano_notes.onnx"
    export_notes(net, path, card_of(net, {NORMAL: 0.3, LOW: 0.3}))
    return NoteSession(path.read_bytes(), str(path))


def sound() -> np.ndarray:
    rng = np.random.default_rng(0)
    return (0.1 * rng.standard_normal(sum(PIECES))).astype(np.float32)


@pytest.mark.parametrize("head", [NORMAL, LOW])
def test_restored_at_any_moment(session, head):
    whole, cut = Listener(session, head), Listener(session, head)
    expected, heard = [], []
    first = 0
    for count in PIECES:
        piece = sound()[first : first + count]
        expected.append(whole.push(piece))
        heard.append(cut.push(piece))
        state = cut.state()
        cut = Listener(session, head)
        cut.restore(state)
        first += count
    for one, other in zip([*expected, whole.finish()], [*heard, cut.finish()]):
        assert one.until == other.until
        np.testing.assert_array_equal(one.sounding, other.sounding)
        np.testing.assert_array_equal(one.begun.onset, other.begun.onset)
        np.testing.assert_array_equal(one.ended_at, other.ended_at)
    assert len(notes_of(expected)) == len(notes_of(heard))


def test_a_damaged_state_is_refused(session):
    listener = Listener(session)
    listener.push(sound())
    state = listener.state()
    Listener(session).restore(state)
    short = ("halves", "net_0", "net_1", "features_before", "picker_answers")
    nan = ("net_0", "net_1", "features_sound", "features_slow", "picker_answers", "features_resampler")
    damages = [(name, state[name].ravel()[:-1] if state[name].size else np.zeros(3)) for name in short]
    damages += [(name, np.full(state[name].shape, np.nan)) for name in nan]
    damages += [
        ("received", np.array(-1)),
        ("picker_step", np.array(-1)),
        ("picker_step", np.array(10**6)),
        ("features_counts", np.array([10**6, 0])),
    ]
    damages += [("features_resampler", np.zeros(1)), ("picker_open", np.array([[999, 0]]))]
    damages += [("features_level", np.array([-1.0, 1.0, 0.0]))]
    for name, damaged in damages:
        with pytest.raises(ValueError, match=r"impossible|another net's|reshape|unpack|has heard more"):
            Listener(session).restore({**state, name: damaged})
    for name in state:
        if name != "picker_answers":  # missing before the first step
            with pytest.raises((KeyError, ValueError)):
                Listener(session).restore({key: value for key, value in state.items() if key != name})
