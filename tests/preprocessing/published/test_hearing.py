import numpy as np
import pytest

from audio_to_body.preprocessing.published.hearing import as_heard
from audio_to_body.skeleton.notes import Notes


def notes(count: int = 4000) -> Notes:
    rng = np.random.default_rng(0)
    onset = np.sort(rng.uniform(0, 1000, count))
    return Notes(onset, onset + 0.4, rng.integers(40, 90, count))


def test_errors_of_hearing_are_as_many_as_said():
    played = notes()
    heard = as_heard(played, np.random.default_rng(1))
    # 8 % missed, then 3 % of the others invented: 0.92 * 1.03
    assert len(heard) / len(played) == pytest.approx(0.92 * 1.03, abs=0.02)
    assert (np.diff(heard.onset) >= 0).all()
    exact = as_heard(played, np.random.default_rng(1), 0.0)
    np.testing.assert_array_equal(exact.pitch, played.ordered().pitch)
    np.testing.assert_allclose(exact.onset, played.ordered().onset)
    np.testing.assert_allclose(exact.end, played.ordered().end)
    worse = as_heard(played, np.random.default_rng(1), 2.0)
    assert len(worse) < len(heard)


def test_nothing_is_heard_before_the_beginning_or_beyond_the_piano():
    early = Notes(np.zeros(500), np.full(500, 0.1), np.full(500, 105))
    heard = as_heard(early, np.random.default_rng(2), 2.0)
    assert heard.onset.min() >= 0
    assert (heard.end - heard.onset).min() >= 0.06 - 1e-9
    assert 21 <= heard.pitch.min() <= heard.pitch.max() <= 108
