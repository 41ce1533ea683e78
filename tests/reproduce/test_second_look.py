import numpy as np

from audio_to_body.inference.notes.card import LOW, NORMAL
from audio_to_body.inference.notes.second_look import SecondLook, inputs, written
from audio_to_body.inference.notes.session import load_notes
from audio_to_body.reproduce.second_look import fitted, labelled
from audio_to_body.skeleton.notes import Notes
from audio_to_body.sound.note_resampling import NOTE_RATE


def made(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """What is read of candidates of which two numbers, one against the other, tell beginnings."""
    read = rng.standard_normal((count, inputs(1))).astype(np.float32)
    return read, read[:, 5] > read[:, 40]


def test_what_tells_is_learnt_and_the_rest_is_not():
    rng = np.random.default_rng(0)
    weights = fitted(*made(rng, 20_000), rounds=8)
    look = SecondLook(written(weights), 1)
    read, truth = made(rng, 2_000)
    odds = np.tanh(read @ look.inner.T + look.inner_bias) @ look.outer + look.outer_bias
    assert ((odds > 0) == truth).mean() > 0.95


def test_candidates_are_labelled_by_what_was_played():
    onset, pitch = np.array([0.3, 0.8, 1.3, 1.8, 2.3]), np.array([60, 64, 67, 72, 55])
    time = np.arange(3 * NOTE_RATE) / NOTE_RATE
    sound = np.zeros(len(time), np.float32)
    for begin, key in zip(onset, pitch):
        after = np.maximum(time - begin, 0.0)
        hertz = 440 * 2 ** ((key - 69) / 12)
        tone = sum(np.sin(2 * np.pi * h * hertz * after) / h**2 for h in range(1, 9))
        sound += 0.2 * (time >= begin) * np.exp(-4 * after) * tone
    notes = Notes(onset, onset + 0.5, pitch)
    told = labelled(load_notes("piano"), sound, notes)
    assert set(told) == {NORMAL, LOW}
    for name, (read, truth) in told.items():
        assert read.shape == (len(truth), inputs(2 if name == NORMAL else 1))
        assert 0.5 * len(notes) <= truth.sum() <= len(notes)
