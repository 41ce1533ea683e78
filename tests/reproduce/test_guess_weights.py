from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.inference.notes.evidence import numbers
from audio_to_body.inference.notes.guess import CHOICES, scaled, weigh
from audio_to_body.inference.notes.guess_table import BIAS, NUMBERS
from audio_to_body.inference.notes.session import load_notes
from audio_to_body.reproduce.guess_sounds import GuessSound
from audio_to_body.reproduce.guess_weights import Heard, fit, guesses, judged, left_out, listened
from audio_to_body.skeleton.refusal import BadInput
from tests.inference.conftest import melody

CENTRES = np.array([[3.0, 0.0], [0.0, 300.0], [-3.0, -300.0]])  # numbers of very different size


def clouds(counts: tuple[int, ...], sources: int = 4) -> Heard:
    """Segments about three centres, two a sound, of some sources in four groups of rooms."""
    rng = np.random.default_rng(0)
    found = [c + rng.standard_normal((2 * n, 2)) * [0.5, 50.0] for c, n in zip(CENTRES, counts)]
    choice = np.repeat(np.arange(len(CHOICES)), 2 * np.array(counts))
    sound = np.repeat(np.arange(sum(counts)), 2)
    made_of = np.array([f"{CHOICES[c]} {s % sources}" for c, s in zip(choice, sound)])
    return Heard(np.concatenate(found), choice, sound, sound // sources % 4, made_of)


def test_three_clouds_are_told_apart_however_many_there_are_of_each():
    heard = clouds((5, 20, 100))
    weighing = fit(heard.found, heard.choice)
    truth, guess, _, other = guesses(weighing, heard)
    assert len(truth) == 125
    assert (truth == guess).mean() > 0.99
    assert not other[truth < 2].any()
    assert weighing.scores(CENTRES).argmax(axis=1).tolist() == [0, 1, 2]


def test_what_is_judged_is_left_out_with_its_rooms():
    heard = clouds((32, 32, 32))
    for train, test in left_out(heard, 4):
        assert len(test.found)
        assert not set(train.made_of) & set(test.made_of)
        assert not set(train.rooms) & set(test.rooms)
    told = judged(heard, 4)
    assert "right: 1.000 of" in told
    assert "the other is likelier in 0" in told


def test_what_is_taken_for_something_else_is_told():
    heard = clouds((32, 32, 32))
    turned = heard.made_of == "piano 1"
    heard.found[turned] = CENTRES[1]
    assert "piano 1 taken for violin" in judged(heard, 4)


def test_the_table_that_ships_has_a_weight_for_every_number():
    heard = numbers(load_notes("piano"), load_notes("violin"), melody(4.0)[:96_000].astype(np.float32))
    assert np.shape(NUMBERS) == (len(heard), 2 + len(CHOICES))
    assert np.shape(BIAS) == (len(CHOICES),)
    # what is added to all choices alike tells nothing: fitted weights have no such part
    assert np.abs(np.array(NUMBERS)[:, 2:].sum(axis=1)).max() < 0.01
    assert np.isfinite(weigh(heard)).all()


def test_the_written_table_is_what_was_fitted(tmp_path):
    heard = clouds((8, 8, 8))
    weighing = fit(heard.found, heard.choice)
    module: dict[str, object] = {}
    exec(weighing.text(), module)
    mean, deviation, *weights = np.array(module["NUMBERS"]).T
    again = scaled(heard.found, mean, deviation) @ np.array(weights).T + np.array(module["BIAS"])
    np.testing.assert_allclose(again, weighing.scores(heard.found), atol=0.05)


def test_sound_is_listened_to_in_segments_and_silence_not():
    rng = np.random.default_rng(0)
    noise = GuessSound("none", "hiss", 0, 0.1 * rng.standard_normal(25 * 24_000).astype(np.float32))
    silence = GuessSound("none", "nothing", 1, np.zeros(25 * 24_000, np.float32))
    heard = listened([silence, noise])
    assert heard.sound.tolist() == [1, 1, 1]
    assert set(heard.made_of) == {"hiss"}
    with pytest.raises(BadInput, match="nothing was heard"):
        listened([silence])
