"""What looks again at beginnings: an octave that the note below explains is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies

from audio_to_body.inference.notes.card import LOW, NORMAL, NoteCard
from audio_to_body.inference.notes.picking import Picker, notes_of
from audio_to_body.inference.notes.second_look import (
    AROUND,
    BEFORE,
    CANDIDATE,
    READ,
    SecondLook,
    inputs,
    read_around,
    times_within,
    unwritten,
    written,
)
from audio_to_body.inference.notes.session import load_notes
from audio_to_body.skeleton.notes import Notes
from tests.inference.notes.test_picking import DELAY, LOWEST, PARTS, STEPS, answers_for

REACH = 2
KEYS = 30


def place_of(time: int, apart: int, part: str) -> int:
    """Where among the numbers that are read one stands."""
    times = times_within(REACH)
    return (times.index(time) * len(AROUND) + AROUND.index(apart)) * len(READ) + READ.index(part)


def against_octaves() -> SecondLook:
    """One unit that says no where the key an octave below begins at the same step, yes elsewhere."""
    inner = np.zeros((1, inputs(REACH)))
    inner[0, place_of(0, -12, "onset")] = 4.0
    return SecondLook(written(np.concatenate([inner.ravel(), [0.0], [-4.0], [0.0]])), REACH)


def an_octave_too_many() -> np.ndarray:
    """Answers in which every note has another an octave above it, as loud as half of it."""
    notes = Notes([0.5, 1.0, 1.5], [0.9, 1.4, 1.9], [60, 64, 62])
    answers = np.zeros((STEPS, KEYS, len(PARTS)), np.float32)
    own = answers_for(notes)
    answers[:, : own.shape[1]] = own
    answers[:, 12 : 12 + own.shape[1]] += 0.8 * own
    return answers


def heard(answers: np.ndarray, look: SecondLook | None, sizes: list[int]) -> Notes:
    picker = Picker(PARTS, LOWEST, 0.5, DELAY, REACH, second_look=look)
    pieces, first = [], 0
    for size in [*sizes, len(answers)]:
        pieces.append(picker.push(answers[first : first + size]))
        first += size
    return notes_of([*pieces, picker.finish()])


def test_octaves_that_begin_with_their_note_are_no_beginnings():
    answers = an_octave_too_many()
    assert heard(answers, None, []).pitch.tolist() == [60, 72, 64, 76, 62, 74]
    assert heard(answers, against_octaves(), []).pitch.tolist() == [60, 64, 62]


@settings(deadline=None, max_examples=30)
@given(sizes=strategies.lists(strategies.integers(0, 30), max_size=20))
def test_pieces_of_any_size_give_the_same_notes(sizes):
    rng = np.random.default_rng(3)
    look = SecondLook(written(rng.standard_normal(3 * (inputs(REACH) + 2) + 1) * 0.2), REACH)
    answers = an_octave_too_many() * 0.5
    answers += rng.random(answers.shape, np.float32) * 0.3
    whole, streamed = heard(answers, look, []), heard(answers, look, sizes)
    assert 0 < len(whole) < len(heard(answers * 4, None, []))
    for name in ("onset", "end", "pitch", "velocity"):
        assert np.array_equal(getattr(whole, name), getattr(streamed, name))


@settings(deadline=None, max_examples=20)
@given(cut=strategies.integers(0, STEPS))
def test_it_goes_on_from_its_state(cut):
    answers, look = an_octave_too_many(), against_octaves()
    first, second = (Picker(PARTS, LOWEST, 0.5, DELAY, REACH, second_look=look) for _ in range(2))
    before = first.push(answers[:cut])
    second.restore(first.state(), KEYS)
    got = notes_of([before, second.push(answers[cut:]), second.finish()])
    assert got.pitch.tolist() == [60, 64, 62]


def test_a_state_of_a_picker_that_looks_once_is_refused():
    looks, once = (Picker(PARTS, LOWEST, 0.5, DELAY, REACH, second_look=look) for look in (against_octaves(), None))
    once.push(an_octave_too_many()[:50])
    with pytest.raises(ValueError, match="impossible"):
        looks.restore(once.state(), KEYS)


def test_what_lies_off_the_keyboard_sounds_as_silence():
    answers = np.ones((BEFORE + 1 + REACH, 3, len(PARTS)), np.float32)
    read = read_around(answers, np.array([BEFORE] * 3), np.arange(3), PARTS, REACH)
    assert read.shape == (3, inputs(REACH))
    silent, full = read[:, place_of(0, -1, "onset")], read[:, place_of(0, 0, "onset")]
    assert (silent < 0).tolist() == [True, False, False]
    assert (full > 0).all()
    assert read_around(answers, np.zeros(0, int), np.zeros(0, int), PARTS, REACH).shape == (0, inputs(REACH))


def test_weights_survive_as_text_and_damaged_ones_are_refused():
    numbers = np.random.default_rng(1).standard_normal(2 * (inputs(REACH) + 2) + 1)
    text = written(numbers)
    np.testing.assert_allclose(unwritten(text), numbers, rtol=1e-3, atol=1e-4)  # half precision
    for wrong, said in ((text[:-8], "cannot have"), ("?!", "base64"), (written(numbers * np.inf), "finite")):
        with pytest.raises(ValueError, match=said):
            SecondLook(wrong, REACH)
    card = load_notes("piano").card
    broken = replace(card, heads=[replace(head, second_look="AAAA") for head in card.heads])
    with pytest.raises(ValueError, match="cannot have"):
        NoteCard.from_json(broken.to_json())


def test_the_piano_that_ships_looks_again_and_never_at_less():
    """Both heads; what its first net is unsure of may become a beginning, and what it is sure of may go."""
    card = load_notes("piano").card
    for name in (NORMAL, LOW):
        head = card.head(name)
        look = head.looks_again
        assert look is not None
        assert look.inner.shape[1] == inputs(head.reach)
        assert head.threshold > CANDIDATE
    assert load_notes("violin").card.head(NORMAL).looks_again is None
