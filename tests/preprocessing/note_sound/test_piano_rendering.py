from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from audio_to_body.preprocessing.note_sound.bank import Bank
from audio_to_body.preprocessing.note_sound.piano_rendering import (
    PEDALS,
    Piano,
    draw_piano,
    pedal_times,
    play_piano,
)
from audio_to_body.preprocessing.note_sound.sample_measures import BANK_RATE, first_onset, measured_pitch
from audio_to_body.skeleton.notes import Notes

NO_PEDAL = np.zeros((0, 2))


@pytest.fixture
def piano(bank: Bank) -> Piano:
    drawn = draw_piano(bank.of("piano")[1], np.random.default_rng(0))
    return replace(drawn, tuning=0.0, detuning=np.zeros(128), apart=0.0, knock_db=-100.0)


def played(piano: Piano, notes: Notes, pedal: np.ndarray = NO_PEDAL, half: float = 0.0) -> tuple[np.ndarray, Notes]:
    return play_piano(piano, notes, pedal, half, 3 * BANK_RATE, np.random.default_rng(1))


@pytest.mark.parametrize("key", [33, 45, 60, 71, 93])
@pytest.mark.parametrize("onset", [0.2, 0.70003])
def test_the_sound_begins_where_the_note_says(piano: Piano, key: int, onset: float) -> None:
    sound, notes = played(piano, Notes(np.array([onset]), np.array([onset + 1]), np.array([key])))
    assert first_onset(sound, "piano") / BANK_RATE == pytest.approx(onset, abs=0.005)
    assert notes.onset.tolist() == [onset]
    assert measured_pitch(sound[int(onset * BANK_RATE) :], key)[0] == pytest.approx(key, abs=0.15)  # stiff strings


def test_harder_strokes_are_louder(piano: Piano) -> None:
    levels = []
    for velocity in (10, 40, 70, 100, 127):
        sound, _ = played(piano, Notes(np.array([0.2]), np.array([1.0]), np.array([62]), np.array([float(velocity)])))
        levels.append(float(np.sqrt(np.mean(sound[:BANK_RATE] ** 2))))
    assert np.all(np.diff(levels) > 0)
    assert 20 * np.log10(levels[-1] / levels[0]) > 15


def test_the_pedal_holds_what_the_key_lets_go(piano: Piano) -> None:
    note = Notes(np.array([0.2]), np.array([0.5]), np.array([48]))
    dry, short = played(piano, note)
    held, long = played(piano, note, np.array([[0.4, 1.6]]))
    half_held, half = played(piano, note, np.array([[0.4, 1.6]]), half=0.3)
    assert short.sounding_end.tolist() == [0.5]
    assert long.sounding_end.tolist() == [1.6]
    assert half.sounding_end[0] == pytest.approx(1.1)
    after = slice(BANK_RATE, int(1.5 * BANK_RATE))
    energy = [float(np.mean(s[after] ** 2)) for s in (dry, half_held, held)]
    assert energy[0] < 0.01 * energy[1] < 0.01 * energy[2]


def test_highest_keys_have_no_damper(piano: Piano) -> None:
    _, notes = played(piano, Notes(np.full(2, 0.2), np.full(2, 0.3), np.array([84, 96])))
    assert notes.sounding_end[0] == pytest.approx(0.3)
    assert notes.sounding_end[1] > 0.36  # as long as the sample sounds


def test_a_new_stroke_ends_the_old_tone(piano: Piano) -> None:
    pair = Notes(np.array([0.2, 0.8]), np.array([0.4, 1.0]), np.array([48, 48]))
    _, notes = played(piano, pair, np.array([[0.3, 2.5]]))
    assert notes.sounding_end[0] == pytest.approx(0.8)
    assert notes.sounding_end[1] == pytest.approx(2.5)


@pytest.mark.parametrize("manner", PEDALS)
def test_pedal_is_down_in_order(manner: str) -> None:
    rng = np.random.default_rng(3)
    onset = np.sort(rng.uniform(0, 10, 40))
    spans = pedal_times(Notes(onset, onset + 0.1, np.full(40, 60)), 10.0, manner, rng)
    assert (len(spans) == 0) == (manner == "none")
    assert np.all(spans[:, 1] > spans[:, 0])
    assert np.all(np.diff(spans[:, 0]) > 0)
