from dataclasses import replace

import numpy as np
import pytest

from audio_to_body.models.notes.checkpoint import NoteNet, load, save
from audio_to_body.models.notes.parameters import initial_parameters
from audio_to_body.models.notes.settings import SETTINGS
from audio_to_body.skeleton.refusal import BadInput

NET = NoteNet(
    replace(SETTINGS["violin"], seed=4),
    initial_parameters(SETTINGS["violin"], np.random.default_rng(0)),
    {"updates": 3, "history": [{"loss": 1.5}]},
)


def test_a_net_comes_back_as_it_was(tmp_path):
    save(tmp_path / "new" / "net.npz", NET)
    back = load(tmp_path / "new" / "net.npz")
    assert back.settings == NET.settings
    assert back.results == NET.results
    assert back.parameters.keys() == NET.parameters.keys()
    for name, value in NET.parameters.items():
        assert np.array_equal(back.parameters[name], value)


def test_what_is_no_net_is_refused(tmp_path):
    with pytest.raises(BadInput):
        load(tmp_path / "missing.npz")
    (tmp_path / "noise.npz").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(BadInput):
        load(tmp_path / "noise.npz")
    parameters = {**NET.parameters, "fc_b": np.full_like(NET.parameters["fc_b"], np.nan)}
    save(tmp_path / "nan.npz", replace(NET, parameters=parameters))
    with pytest.raises(BadInput, match="fc_b"):
        load(tmp_path / "nan.npz")
    save(tmp_path / "short.npz", replace(NET, parameters={**NET.parameters, "fc_b": np.zeros(3, np.float32)}))
    with pytest.raises(BadInput, match="fc_b"):
        load(tmp_path / "short.npz")
