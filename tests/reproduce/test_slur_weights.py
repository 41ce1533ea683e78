import numpy as np
import pytest

from audio_to_body.inference.notes.bow_changes import EVIDENCE, BowChanges
from audio_to_body.inference.notes.card import LOW, NORMAL
from audio_to_body.inference.notes.session import load_notes
from audio_to_body.reproduce.slur_weights import MARGIN, fitted, labelled
from audio_to_body.skeleton.notes import Notes
from audio_to_body.sound.note_resampling import NOTE_RATE


def made(rng: np.random.Generator, count: int, apart: float) -> tuple[np.ndarray, np.ndarray]:
    """Evidence in which one number tells slurs from strokes; one note in five is slurred."""
    slurred = rng.random(count) < 0.2
    numbers = rng.standard_normal((count, EVIDENCE))
    numbers[:, 7] += apart * slurred
    return numbers, slurred


def test_what_tells_is_weighed_and_the_rest_is_not():
    rng = np.random.default_rng(0)
    weights = fitted([made(rng, 3000, 4.0), made(rng, 300, 4.0)])
    assert weights[7] > 5 * np.abs(np.delete(weights[:-1], 7)).max()
    numbers, slurred = made(rng, 2000, 4.0)
    told = numbers @ weights[:-1] + weights[-1] > 0
    assert (told[slurred]).mean() > 0.85
    assert (~told[~slurred]).mean() > 0.95
    # both kinds count alike, but for the margin
    middle = (0.0 - weights[-1] - MARGIN) / weights[7]
    assert middle == pytest.approx(2.0, abs=0.3)
    BowChanges(weights)


def test_notes_that_are_heard_are_labelled_by_those_that_are_written():
    time = np.arange(3 * NOTE_RATE) / NOTE_RATE
    onset, pitch = np.array([0.3, 0.9, 1.5, 2.1]), np.array([69, 71, 73, 71])
    sound = np.zeros(len(time))
    for begin, key in zip(onset, pitch):
        after = time - begin
        on = (after >= 0) & (after < 0.55)
        hertz = 440 * 2 ** ((key - 69) / 12)
        tone = sum(np.sin(2 * np.pi * h * hertz * time) / h for h in range(1, 9))
        sound += 0.1 * on * np.minimum(1, after / 0.03) * tone
    written = Notes(onset, onset + 0.55, pitch, stroke=np.array([True, False, True, True]))
    told = labelled(load_notes("violin"), sound.astype(np.float32), written)
    assert set(told) == {NORMAL, LOW}
    numbers, slurred = told[NORMAL]
    assert numbers.shape == (len(slurred), EVIDENCE)
    assert len(slurred) >= 3
    assert slurred.sum() == 1
