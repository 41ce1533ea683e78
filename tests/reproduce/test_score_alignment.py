import numpy as np
import pytest

from audio_to_body.reproduce.score_alignment import cases, wandering, with_wrong_notes
from audio_to_body.skeleton.refusal import BadInput


def test_a_wandering_tempo_keeps_the_order_and_bends_the_time():
    moments = np.sort(np.random.default_rng(0).uniform(0, 40, 200))
    bent = wandering(moments, np.random.default_rng(1))
    assert np.all(np.diff(bent) >= 0)
    pace = np.diff(bent) / np.maximum(np.diff(moments), 1e-6)
    assert np.quantile(pace, 0.9) / np.quantile(pace, 0.1) > 1.3
    np.testing.assert_array_equal(bent, wandering(moments, np.random.default_rng(1)))


def test_one_note_in_ten_is_wrong():
    pitch = np.full(2000, 60)
    wrong = with_wrong_notes(pitch, np.random.default_rng(2))
    assert 0.07 < np.mean(wrong != pitch) < 0.13


def test_a_folder_without_recordings_is_refused(tmp_path):
    with pytest.raises(BadInput, match="holds no recordings with notes"):
        cases(tmp_path, 1)


def test_real_recordings_have_as_many_times_as_notes(shared_data):
    for case in cases(shared_data, 1):
        assert len(case.start) == len(case.end) == len(case.pitch) > 10
        assert case.truth is None or len(case.truth) == len(case.start)
