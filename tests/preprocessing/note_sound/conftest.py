"""A small bank of tones that are computed here: exact pitches, known beginnings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from audio_to_body.preprocessing.note_sound import additive
from audio_to_body.preprocessing.note_sound.bank import (
    BOWED,
    HARMONIC,
    PLUCKED,
    SHORT,
    STRUCK,
    Bank,
    SampleSet,
    read_bank,
    write_set,
)
from audio_to_body.preprocessing.note_sound.bank_building import sample_set
from audio_to_body.preprocessing.note_sound.recorded_notes import Recorded
from audio_to_body.preprocessing.note_sound.sample_measures import BANK_RATE
from audio_to_body.preprocessing.note_sound.sources import Source

SILENCE = 0.05  # s before a note in what is recorded


def hertz(pitch: float) -> float:
    return float(440.0 * 2.0 ** ((pitch - 69) / 12))


def tone(pitch: float, seconds: float, rise: float, fall: float) -> np.ndarray:
    """Eight partials from SILENCE on that rise at once or slowly, and die away in ``fall`` s by a factor of e."""
    time = np.arange(int(seconds * BANK_RATE)) / BANK_RATE
    wave = sum(np.sin(2 * np.pi * n * hertz(pitch) * time) / n for n in range(1, 9) if n * hertz(pitch) < 11000)
    wave = wave * np.minimum(1.0, time / rise) * np.exp(-time / fall)
    return np.concatenate([np.zeros(int(SILENCE * BANK_RATE)), 0.3 * wave]).astype(np.float32)


def source(name: str, kind: str) -> Source:
    return Source(name, kind, "", "computed", "none")


def piano_set(name: str) -> SampleSet:
    notes = [Recorded(additive.tone(0, key), float(key), 64.0, STRUCK) for key in range(24, 108, 12)]
    return sample_set(source(name, "piano"), notes)


def violin_set(name: str) -> SampleSet:
    notes = [Recorded(tone(p, 1.2, 0.03, 1e3), float(p), 76.0, BOWED) for p in range(55, 100, 4)]
    notes += [Recorded(tone(p, 0.5, 0.004, 0.08), float(p), 76.0, SHORT) for p in range(55, 100, 9)]
    notes += [Recorded(tone(p, 0.9, 0.001, 0.15), float(p), 76.0, PLUCKED) for p in range(55, 91, 5)]
    notes += [Recorded(tone(p, 1.0, 0.03, 1e3), float(p), 76.0, HARMONIC) for p in range(74, 99, 5)]
    return sample_set(source(name, "violin"), notes)


@pytest.fixture(scope="session")
def bank_at(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two pianos and two violins."""
    folder = tmp_path_factory.mktemp("bank")
    for samples in (piano_set("one"), piano_set("headroom_grand"), violin_set("two"), violin_set("vsco")):
        write_set(folder, samples, quality=0.5)
    return folder


@pytest.fixture
def bank(bank_at: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bank:
    """The same, read; and the default bank of this test."""
    monkeypatch.setenv("A2B_NOTE_BANK", str(bank_at))
    monkeypatch.setenv("A2B_CACHE", str(tmp_path / "cache"))
    read_bank.cache_clear()
    return read_bank()
