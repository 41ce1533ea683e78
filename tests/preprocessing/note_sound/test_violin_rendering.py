from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from audio_to_body.preprocessing.note_sound.bank import BOWED, Bank
from audio_to_body.preprocessing.note_sound.sample_measures import (
    BANK_RATE,
    envelope,
    first_onset,
    measured_pitch,
)
from audio_to_body.preprocessing.note_sound.violin_notes import DETACHE, PIZZICATO, SPICCATO, ViolinMusic
from audio_to_body.preprocessing.note_sound.violin_player import Violin, draw_violin
from audio_to_body.preprocessing.note_sound.violin_rendering import play_violin
from audio_to_body.skeleton.notes import Notes


@pytest.fixture
def violin(bank: Bank) -> Violin:
    drawn = draw_violin(bank.of("violin"), np.random.default_rng(0))
    return replace(
        drawn,
        tuning=0.0,
        intonation=0.0,
        vibrato_depth=0.0,
        slide_share=0.0,
        glide=0.01,
        attack=0.003,
        attack_dark=0.0,
        release=0.02,
        lift=0.0,
        change_db=0.0,
        change_dark=0.0,
        bow_noise_db=-100.0,
        dip_db=0.0,
    )


def line(
    pitches: list[int], slurred: bool, manner: int = DETACHE, length: float = 0.4, held: float = 1.0
) -> ViolinMusic:
    onset = 0.2 + length * np.arange(len(pitches))
    stroke = np.ones(len(pitches), bool)
    stroke[1:] = not slurred
    notes = Notes(
        onset,
        onset + held * length,
        np.array(pitches),
        np.full(len(pitches), 80.0),
        stroke=stroke,
        plucked=np.full(len(pitches), manner == PIZZICATO),
    )
    return ViolinMusic(notes, np.zeros(len(pitches), np.int64), np.full(len(pitches), manner, np.int64))


def played(violin: Violin, music: ViolinMusic) -> tuple[np.ndarray, Notes]:
    return play_violin(violin, music, 3 * BANK_RATE, np.random.default_rng(5))


@pytest.mark.parametrize("pitch", [55, 64, 71, 88])
@pytest.mark.parametrize("manner", [DETACHE, SPICCATO, PIZZICATO])
def test_the_sound_begins_where_the_note_says(violin: Violin, pitch: int, manner: int) -> None:
    sound, notes = played(violin, line([pitch], False, manner))
    # strokes are found where they have risen to a fifth
    assert first_onset(sound, "violin") / BANK_RATE == pytest.approx(0.2, abs=0.005)
    assert notes.onset.tolist() == [0.2]
    assert measured_pitch(sound[int(0.2 * BANK_RATE) : int(0.6 * BANK_RATE)], pitch)[0] == pytest.approx(
        pitch, abs=0.06
    )


@pytest.mark.parametrize("same_sample", [0.0, 1.0])
def test_notes_under_a_slur_are_one_tone(violin: Violin, same_sample: float) -> None:
    violin = replace(violin, same_sample=same_sample)
    slurred, notes = played(violin, line([64, 67, 66], True))
    detached, strokes = played(violin, line([64, 67, 66], False, held=0.85))
    assert notes.stroke.tolist() == [True, False, False]
    assert strokes.stroke.tolist() == [True, True, True]
    for place, pitch in enumerate((64, 67, 66)):
        part = slurred[int((0.26 + 0.4 * place) * BANK_RATE) : int((0.58 + 0.4 * place) * BANK_RATE)]
        assert measured_pitch(part, pitch, 90)[0] == pytest.approx(pitch, abs=0.1)
    about = slice(int(0.52 * BANK_RATE), int(0.66 * BANK_RATE))
    lowest = [
        20 * np.log10(envelope(s[about], 240).min() / np.median(envelope(s, 240)[30:130]))
        for s in (slurred, detached)
    ]
    assert lowest[0] > -9.0  # the string goes on
    assert lowest[1] < -20.0  # the bow leaves it


def test_a_slur_to_another_sample_does_not_sweep_the_old_one(violin: Violin) -> None:
    violin = replace(violin, same_sample=0.0)
    sound, _ = played(violin, line([60, 79], True))
    first = int(0.575 * BANK_RATE)
    part = sound[first : first + 1200] * np.hanning(1200)
    power = np.abs(np.fft.rfft(part, 1 << 14)) ** 2
    pitch = 69 + 12 * np.log2(np.maximum(np.fft.rfftfreq(1 << 14, 1 / BANK_RATE), 1) / 440)
    between = power[(pitch > 65.5) & (pitch < 69)].max()  # no partial of either is there
    assert 10 * np.log10(between / power.max()) < -18


def test_plucked_notes_ring_and_are_marked(violin: Violin) -> None:
    sound, notes = played(violin, line([64, 69], False, PIZZICATO, length=0.6, held=0.3))
    assert notes.plucked.all()
    assert np.all(notes.sounding_end >= notes.end)
    level = envelope(sound, 240)
    assert level[int(0.5 / 0.01)] < 0.3 * level[int(0.23 / 0.01)]


def test_short_strokes_end_soon(violin: Violin) -> None:
    _, notes = played(violin, line([64, 69], False, SPICCATO, held=0.2))
    assert np.all(notes.end - notes.onset <= 0.4 * 0.2 + 1e-9)


def test_a_set_without_short_strokes_plays_bowed_ones(violin: Violin) -> None:
    only = replace(violin, sets={BOWED: violin.sets[BOWED]})
    sound, notes = played(only, line([64], False, SPICCATO, held=0.25))
    assert envelope(sound, 240)[int(0.5 / 0.01)] < 0.05 * envelope(sound, 240).max()
    assert len(notes) == 1


def test_a_bow_that_turns_makes_a_dip_as_deep_as_drawn(violin: Violin) -> None:
    def before_the_turn(change_db: float, change_dark: float) -> tuple[float, float]:
        """Levels in dB of the last 10 ms before the second stroke, of all and of high partials."""
        habits = replace(violin, lift=0.04, change_db=change_db, change_dark=change_dark)
        sound, _ = played(habits, line([64, 64], False))
        last = sound[int(0.59 * BANK_RATE) : int(0.6 * BANK_RATE)].astype(np.float64)
        return tuple(10 * np.log10(np.mean(np.square(part))) for part in (last, np.diff(last, n=2)))

    steady, shallow, deep, dark = (before_the_turn(*c) for c in ((0, 0), (4, 0), (12, 0), (4, 0.9)))
    assert 1.0 < steady[0] - shallow[0] < 6.0
    assert 2.5 < (steady[0] - deep[0]) / (steady[0] - shallow[0]) < 3.5
    assert shallow[1] - dark[1] > 6.0  # high partials go first
    assert shallow[0] - dark[0] < shallow[1] - dark[1]
