import numpy as np
import pytest

from audio_to_body.models.notes.settings import SETTINGS
from audio_to_body.models.notes.targets import CHANNELS, FULL, targets_and_weights, written
from audio_to_body.skeleton.notes import Notes

ONSET, SOUNDING, HELD, VELOCITY, STROKE, PLUCKED = range(len(CHANNELS))
NOTES = Notes(
    onset=[1.0, 1.0 + 0.5 / 48],
    end=[1.5, 1.25],
    pitch=[60, 64],
    velocity=[127, 0.5 * 127],
    sounding_end=[2.0, 1.25],
    stroke=[True, False],
    plucked=[False, True],
)


def test_a_beginning_is_a_triangle_around_its_moment():
    found = written(NOTES, SETTINGS["violin"], 120)
    on_a_step, between = found[46:51, 60 - 55, ONSET], found[46:51, 64 - 55, ONSET]
    assert on_a_step.tolist() == [0, round(FULL / 3), FULL, round(FULL / 3), 0]
    assert between.tolist() == [0, 0, round(FULL * 2 / 3), round(FULL * 2 / 3), 0]
    assert found[48, 60 - 55, VELOCITY] == FULL
    assert found[48, 64 - 55, VELOCITY] == round(FULL / 2)
    assert found[48, [60 - 55, 64 - 55], STROKE].tolist() == [FULL, 0]
    assert found[48, [60 - 55, 64 - 55], PLUCKED].tolist() == [0, FULL]


def test_keys_are_held_to_their_end_and_sound_on():
    found = written(NOTES, SETTINGS["piano"], 120)
    key = 60 - 21
    assert np.flatnonzero(found[:, key, HELD]).tolist() == list(range(48, 72))
    assert np.flatnonzero(found[:, key, SOUNDING]).tolist() == list(range(48, 96))


def test_notes_off_the_keys_or_beyond_the_end_are_left_out():
    off = Notes(onset=[0.1, 0.1, 9.0], end=[0.2, 0.2, 9.1], pitch=[20, 109, 60])
    assert not written(off, SETTINGS["piano"], 48).any()


@pytest.mark.parametrize("instrument", ["piano", "violin"])
def test_beginnings_weigh_three_times_and_the_rest_where_it_can_be_told(instrument):
    settings = SETTINGS[instrument]
    shares = written(NOTES, settings, 120).astype(np.float32) / FULL
    targets, weights = targets_and_weights(shares, settings, np.stack)
    assert targets.shape == weights.shape == (120, len(settings.keys), len(settings.parts))
    key = 60 - settings.keys[0]
    assert weights[48, key, 0] == pytest.approx(3.0)
    assert weights[100, key, 0] == pytest.approx(1.0)
    velocity = settings.parts.index("velocity")
    assert weights[:, key, velocity].nonzero()[0].tolist() == [47, 48, 49]
    assert targets[48, key, velocity] == pytest.approx(1.0)
    if settings.bowed:
        stroke = settings.parts.index("stroke")
        assert targets[48, 60 - 55, stroke] == pytest.approx(1.0)
        assert targets[48, 64 - 55, stroke] == 0.0
