from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from audio_to_body.preprocessing.note_sound.bank import BOWED, PLUCKED, Bank, read_bank
from audio_to_body.preprocessing.note_sound.bank_building import build_bank, room_responses, sample_set
from audio_to_body.preprocessing.note_sound.recorded_notes import Recorded, note_number
from audio_to_body.preprocessing.note_sound.sample_measures import (
    BANK_RATE,
    PREROLL,
    envelope,
    first_onset,
    measured_pitch,
    separate_strokes,
)
from audio_to_body.skeleton.refusal import BadInput

from .conftest import SILENCE, source, tone

MILLISECOND = BANK_RATE // 1000


def test_a_bank_is_read_as_it_was_written(bank: Bank) -> None:
    assert [s.name for s in bank.of("piano")] == ["headroom_grand", "one"]
    assert [s.name for s in bank.of("violin", ("vsco",))] == ["two"]
    piano = bank.of("piano")[1]
    assert piano.nominal.tolist() == list(range(24, 108, 12))
    # Vorbis is not exact: the first 50 ms keep their level within a decibel or two
    level = [envelope(piano.wave(i)[: int(0.6 * BANK_RATE)], int(0.05 * BANK_RATE)).max() for i in range(7)]
    assert np.abs(20 * np.log10(level / piano.level)).max() < 1.5


def test_every_sample_begins_at_the_preroll(bank: Bank) -> None:
    for samples in bank.sets:
        begins = [first_onset(samples.wave(i), samples.instrument) for i in range(len(samples.start))]
        # the envelope is read in steps of a millisecond, and the codec smears by as much
        assert np.abs(np.array(begins) - PREROLL).max() <= 3 * MILLISECOND, samples.name


def test_no_bank_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no bank"):
        read_bank(tmp_path)


@pytest.mark.parametrize("cents", [-35, 0, 20])
@pytest.mark.parametrize("pitch", [48, 57, 69, 88])
def test_pitch_is_measured(pitch: int, cents: int) -> None:
    wave = tone(pitch + cents / 100, 1.0, 0.01, 1e3)[int(SILENCE * BANK_RATE) :]
    found, clarity = measured_pitch(wave, pitch)
    assert found == pytest.approx(pitch + cents / 100, abs=0.03)
    assert clarity > 0.5


def test_noise_has_no_pitch() -> None:
    noise = np.random.default_rng(0).standard_normal(BANK_RATE).astype(np.float32)
    assert measured_pitch(noise, 69)[1] < 0.5


def test_a_sample_off_its_name_is_left_out() -> None:
    right, wrong = tone(69, 1.0, 0.03, 1e3), tone(70, 1.0, 0.03, 1e3)
    notes = [Recorded(wave, 69.0, 76.0, BOWED) for wave in (right, wrong)]
    assert len(sample_set(source("x", "violin"), notes).start) == 1


def test_a_section_of_many_plucked_strings_is_left_out() -> None:
    late = tone(69, 0.8, 0.001, 0.2)
    section = 0.3 * late + np.concatenate([np.zeros(1200, np.float32), late[:-1200]])  # the others 50 ms later
    notes = [Recorded(wave, 69.0, 76.0, PLUCKED) for wave in (late, section)]
    assert len(sample_set(source("x", "violin"), notes).start) == 1


def test_strokes_of_a_phrase_are_separated() -> None:
    strokes = [tone(69, 0.3, 0.004, 0.05) for _ in range(3)]
    parts = separate_strokes(np.concatenate(strokes))
    assert len(parts) == 3
    # a rise is seen some milliseconds ahead: no attack is cut
    assert all(0.01 <= first_onset(part, "violin") / BANK_RATE < 0.03 for part in parts)


def test_names_of_notes() -> None:
    assert [note_number(name) for name in ("C4", "A4", "As3", "Bb3", "D#1v10")] == [60, 69, 58, 58, 27]
    with pytest.raises(BadInput, match="'H2' is no name of a note"):
        note_number("H2")


def test_rooms_begin_with_the_direct_sound(tmp_path: Path) -> None:
    import soundfile

    response = np.zeros(BANK_RATE, np.float32)
    response[1000], response[3000] = 0.5, 0.1
    soundfile.write(tmp_path / "hall.flac", response, BANK_RATE)
    hall = room_responses(tmp_path)["hall"]
    assert hall[0] == pytest.approx(1.0, abs=0.01)
    assert hall[2000] == pytest.approx(0.2, abs=0.01)


def test_sources_that_are_absent_are_left_out_with_a_word(tmp_path: Path) -> None:
    told = build_bank(tmp_path / "nothing", tmp_path / "bank", only=["vsco", "splendid_grand"])
    assert told == [
        "splendid_grand: not at hand (github sfzinstruments/SplendidGrandPiano), left out",
        "vsco: not at hand (github zakaton/air-violin (VSCO-2-CE)), left out",
    ]
