import numpy as np
import pytest
from hypothesis import given, settings, strategies

from audio_to_body.inference.notes.picking import Picker, notes_of
from audio_to_body.skeleton.notes import Notes
from audio_to_body.sound.peaks import greatest

PARTS = ("onset", "sounding", "held", "velocity")
BOWED = (*PARTS, "stroke", "plucked")
LOWEST, KEYS, STEPS, DELAY = 60, 12, 200, 6


def answers_for(notes, parts=PARTS, steps=STEPS, delay=DELAY):
    """What a net that hears perfectly answers: triangles around beginnings, keys held to their ends."""
    found = np.zeros((steps, KEYS, len(parts)), np.float32)
    for i in range(len(notes)):
        key, at = notes.pitch[i] - LOWEST, notes.onset[i] * 48 + delay
        for step in range(int(at) - 1, int(at) + 3):
            height = 1 - abs(step - at) / 1.5
            if height > found[step, key, 0]:
                found[step, key, 0], found[step, key, 3] = height, notes.velocity[i] / 127
                if len(parts) > 4:
                    found[step, key, 4:] = height * notes.stroke[i], notes.plucked[i]
        first, last = int(np.ceil(at)), int(np.ceil(notes.end[i] * 48 + delay))
        found[first:last, key, 1:3] = 1.0
    return found


PLAYED = Notes(
    onset=[0.5, 0.51, 1.013, 1.5, 2.0, 2.2],
    end=[1.4, 0.75, 1.3, 1.7, 2.19, 3.0],
    pitch=[60, 64, 67, 60, 71, 71],
    velocity=[100, 30, 64, 90, 10, 120],
    stroke=[True, False, True, True, True, False],
    plucked=[False, False, True, False, False, False],
)


def heard(answers, parts=PARTS, sizes=(), **options):
    picker = Picker(parts, LOWEST, 0.5, DELAY, **options)
    pieces, first = [], 0
    for size in [*sizes, len(answers)]:
        pieces.append(picker.push(answers[first : first + size]))
        first += size
    pieces.append(picker.finish())
    return notes_of(pieces), pieces


def test_perfect_answers_give_the_notes_back():
    notes, _ = heard(answers_for(PLAYED, BOWED), BOWED)
    assert notes.pitch.tolist() == PLAYED.pitch.tolist()
    assert notes.onset == pytest.approx(PLAYED.onset, abs=0.004)  # a parabola through a triangle
    assert notes.end == pytest.approx(PLAYED.end, abs=1 / 48 + 1e-9)
    assert notes.velocity == pytest.approx(PLAYED.velocity, abs=1e-3)
    assert notes.stroke.tolist() == PLAYED.stroke.tolist()
    assert notes.plucked.tolist() == PLAYED.plucked.tolist()


def test_a_lag_moves_every_time():
    notes, _ = heard(answers_for(PLAYED), lag=-0.1)
    assert notes.onset == pytest.approx(PLAYED.onset - 0.1, abs=0.004)


@settings(deadline=None, max_examples=30)
@given(sizes=strategies.lists(strategies.integers(0, 40), max_size=20))
def test_pieces_of_any_size_give_the_same_notes(sizes):
    answers = answers_for(PLAYED)
    whole, streamed = heard(answers)[0], heard(answers, sizes=sizes)[0]
    for name in ("onset", "end", "pitch", "velocity"):
        assert np.array_equal(getattr(whole, name), getattr(streamed, name))


def test_notes_are_told_when_they_are_known_and_not_later():
    answers = answers_for(Notes([1.0], [2.0], [60]))
    _, pieces = heard(answers, sizes=[1] * STEPS)
    told = next(i for i, piece in enumerate(pieces) if len(piece.begun))
    assert told == 48 + DELAY + 2  # the step of the beginning, the delay, and the two steps that picking waits for
    assert pieces[told].until > 1.0
    sooner = heard(answers, sizes=[1] * STEPS, reach=1)[1]
    assert next(i for i, piece in enumerate(sooner) if len(piece.begun)) == told - 1


def test_silence_has_no_notes_and_no_sound_no_answers():
    assert len(heard(np.zeros((50, KEYS, 4), np.float32))[0]) == 0
    assert len(notes_of([Picker(PARTS, LOWEST, 0.5, DELAY).finish()])) == 0


def test_of_two_equal_steps_the_first_begins_the_note():
    onset = np.zeros((12, 1), np.float32)
    onset[5:7] = 0.9
    assert np.flatnonzero(greatest(onset, 0.5)[:, 0]).tolist() == [3]  # two steps of history are cut off
    onset[7] = 0.4
    onset[8] = 0.8  # another, too near to the second of the two but not to the first
    assert np.flatnonzero(greatest(onset, 0.5)[:, 0]).tolist() == [3]
