from dataclasses import replace

import numpy as np
import pytest

from audio_to_body.inference.notes.bow_changes import (
    AFTER,
    BEFORE,
    EVIDENCE,
    WINDOW,
    BowChanges,
    band_levels,
    evidence,
)
from audio_to_body.inference.notes.card import NoteCard
from audio_to_body.inference.notes.picking import Picker
from audio_to_body.inference.notes.session import load_notes
from audio_to_body.sound.note_bands import HOP, VIOLIN
from audio_to_body.sound.note_features import note_features
from audio_to_body.sound.note_resampling import NOTE_RATE

PARTS = ("onset", "sounding", "held", "velocity", "stroke", "plucked")
AT = 24  # step of a dip


def by_dips() -> np.ndarray:
    """Weights that look at nothing but the dip after the high level before: 6 dB are a stroke."""
    weights = np.zeros(EVIDENCE + 1)
    weights[3], weights[-1] = -1.0, 6.0
    return weights


def levels(dip: float, steps: int = 60) -> np.ndarray:
    found = np.full((steps, 4), 50.0, np.float32)
    found[AT] -= dip
    return found


def test_levels_are_those_of_the_bands_that_sound():
    time = np.arange(NOTE_RATE) / NOTE_RATE
    low, high = (0.1 * np.sin(2 * np.pi * hertz * time) for hertz in (300.0, 5000.0))
    told = [band_levels(note_features(VIOLIN, s.astype(np.float32), resampled=True), VIOLIN)[30] for s in (low, high)]
    assert told[0][1] > told[0][3] + 30
    assert told[1][3] > told[1][1] + 30
    assert told[0][0] >= told[0][1:].max()
    # a dip of 10 ms shows where it is
    gap = low.copy()
    gap[30 * HOP - 120 : 30 * HOP + 120] = 0.0
    told = band_levels(note_features(VIOLIN, gap.astype(np.float32), resampled=True), VIOLIN)[:, 1]
    assert told[30] < told[26] - 3
    assert abs(told[34] - told[26]) < 1


def test_a_deep_dip_is_a_stroke_wherever_the_sound_is_cut():
    for dip, slurred in ((3.0, True), (9.0, False)):
        for cut in (AT + AFTER + 1, 60):
            bow = BowChanges(by_dips())
            bow.push(levels(dip)[: AT - 2])
            bow.push(levels(dip)[AT - 2 : cut])
            bow.forget(AT)
            told = bow.slurred(np.array([AT]), np.array([0.9]), np.array([0.8]))
            assert told.tolist() == [slurred]
            other = BowChanges(by_dips())
            other.restore(bow.state())
            assert other.slurred(np.array([AT]), np.array([0.9]), np.array([0.8])).tolist() == told.tolist()


def test_the_nets_own_belief_counts():
    weights = np.zeros(EVIDENCE + 1)
    weights[0] = -1.0  # odds of a stroke
    bow = BowChanges(weights)
    bow.push(levels(0.0))
    told = bow.slurred(np.array([AT, AT]), np.array([0.8, 0.8]), np.array([0.7, 0.1]))
    assert told.tolist() == [False, True]
    numbers = evidence(np.repeat(levels(0.0)[None, :WINDOW], 2, axis=0), np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    assert numbers.shape == (2, EVIDENCE)
    assert np.isfinite(numbers).all()


@pytest.mark.parametrize("pieces", [1, 7, 60])
def test_a_picker_tells_strokes_by_the_levels(pieces):
    answers = np.zeros((60, 3, len(PARTS)), np.float32)
    delay = 6
    answers[AT + delay, 1] = (0.9, 1, 1, 0.5, 0.9, 0)
    for dip, stroke in ((3.0, False), (9.0, True)):
        picker = Picker(PARTS, 60, 0.5, delay, slur_weights=by_dips().tolist())
        told = [picker.push(answers[i : i + pieces], levels(dip)[i : i + pieces]) for i in range(0, 60, pieces)]
        assert np.concatenate([part.begun.stroke for part in told]).tolist() == [stroke]
    plain = Picker(PARTS, 60, 0.5, delay)
    assert plain.push(answers).begun.stroke.tolist() == [True]  # the net's probability alone


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="numbers"):
        BowChanges(np.zeros(3))
    bow = BowChanges(by_dips())
    bow.push(levels(0.0))
    state = bow.state()
    for name, value in (("levels", np.zeros((3, 2))), ("levels", np.full((9, 4), np.nan)), ("first_level", -1)):
        with pytest.raises(ValueError, match="impossible"):
            bow.restore({**state, name: np.array(value)})
    card = load_notes("violin").card
    broken = replace(card, heads=[replace(head, slur_weights=[1.0]) for head in card.heads])
    with pytest.raises(ValueError, match="slurs"):
        NoteCard.from_json(broken.to_json())
    assert BEFORE + 1 + AFTER == WINDOW
