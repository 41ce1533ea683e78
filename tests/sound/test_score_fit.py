import numpy as np
import pytest

from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.sound.note_alignment import align_notes
from audio_to_body.sound.score_fit import check_fit, fit_of
from tests.sound.heard import heard, piece, played


def fit(observed, start, end, pitch):
    return fit_of(observed, align_notes(observed, start, end, pitch), pitch)


@pytest.fixture(scope="module")
def recording():
    start, end, pitch = piece(1)
    return heard(played(2, start), played(2, end), pitch)


def test_the_right_piece_fits_and_says_so(recording):
    found = fit(recording, *piece(1))
    assert found.same_piece
    assert found.agreement > 0.85
    check_fit(found, "a.wav", "a.mid")
    assert "heard where the score has them" in found.told()


@pytest.mark.parametrize("seed", range(3))
def test_one_wrong_note_in_ten_is_forgiven(recording, seed):
    start, end, pitch = piece(1)
    rng = np.random.default_rng(seed)
    wrong = np.where(rng.random(len(pitch)) < 0.1, pitch + rng.choice([-3, -2, -1, 1, 2, 3], len(pitch)), pitch)
    assert fit(recording, start, end, wrong).same_piece


@pytest.mark.parametrize("seed", range(10, 16))
def test_another_piece_is_refused_in_one_sentence(recording, seed):
    found = fit(recording, *piece(seed))
    assert not found.same_piece
    with pytest.raises(BadInput, match=r"^r\.wav is not a recording of s\.mid .*; hand in its own score"):
        check_fit(found, "r.wav", "s.mid")


def test_the_same_piece_a_semitone_higher_is_another(recording):
    start, end, pitch = piece(1)
    assert not fit(recording, start, end, pitch + 1).same_piece


def test_nothing_fits_silence():
    quiet = heard(np.zeros(0), np.zeros(0), np.zeros(0, int), 20.0, noise=0.0)
    found = fit(quiet, *piece(1))
    with pytest.raises(BadInput, match="nothing of the score is heard"):
        check_fit(found, "quiet.wav", "a.mid")


def test_a_score_far_longer_than_the_sound_is_played_in_part(recording):
    start, end, pitch = piece(1)
    later, _, other = piece(2, bars=200)
    whole = (np.append(start, 30 + later), np.append(end, 30.2 + later), np.append(pitch, other))
    found = fit(recording, *whole)
    assert found.same_piece
    assert found.played < 1.2 * len(start)
