import numpy as np

from audio_to_body.inference.notes.guess import CHOICES
from audio_to_body.inference.notes.guess_table import BIAS, WEIGHTS
from audio_to_body.reproduce.guess_weights import fit, right


def test_three_clouds_are_told_apart_however_many_there_are_of_each():
    rng = np.random.default_rng(0)
    counts = (10, 40, 200)
    centres = np.array([[3.0, 0.0], [0.0, 300.0], [-3.0, -300.0]])  # numbers of very different size
    clouds = [centre + rng.standard_normal((count, 2)) * [0.5, 50.0] for centre, count in zip(centres, counts)]
    choice = np.repeat(np.arange(len(CHOICES)), counts)
    weights = fit(np.concatenate(clouds), choice)
    assert right(weights, np.concatenate(clouds), choice) > 0.99
    assert right(weights, centres, np.arange(3)) == 1.0


def test_the_table_that_ships_has_a_weight_for_every_number():
    assert np.shape(WEIGHTS) == (13, len(CHOICES))
    assert np.shape(BIAS) == (len(CHOICES),)
    # what is added to all choices alike tells nothing: fitted weights have no such part
    assert np.abs(np.sum(WEIGHTS, axis=1)).max() < 0.01
