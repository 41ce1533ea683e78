from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from audio_to_body.preprocessing.note_sound import drawing
from audio_to_body.preprocessing.note_sound.bank import Bank
from audio_to_body.preprocessing.note_sound.drawing import HELD_OUT, draw, held_out
from audio_to_body.preprocessing.note_sound.note_library import LIBRARY, read_library
from audio_to_body.preprocessing.note_sound.piano_notes import draw_piano_notes
from audio_to_body.preprocessing.note_sound.recording_chain import coded, noise, record
from audio_to_body.preprocessing.note_sound.sample_measures import BANK_RATE
from audio_to_body.preprocessing.note_sound.silence import draw_no_notes
from audio_to_body.preprocessing.note_sound.violin_notes import HIGHEST, LOWEST, draw_violin_music
from audio_to_body.skeleton.refusal import BadInput

INSTRUMENTS = ("piano", "violin")


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_the_same_seed_gives_the_same_sound(bank: Bank, instrument: str) -> None:
    one, other, different = (draw(instrument, np.random.default_rng(seed), 3.0) for seed in (4, 4, 5))
    assert np.array_equal(one[0], other[0])
    assert np.array_equal(one[1].onset, other[1].onset)
    assert not np.array_equal(one[0], different[0])


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_draws_are_sound_with_notes_in_order(bank: Bank, instrument: str) -> None:
    counts = []
    for seed in range(12):
        sound, notes = draw(instrument, np.random.default_rng(seed), 4.0)
        assert sound.dtype == np.float32
        assert sound.shape == (4 * BANK_RATE,)
        assert np.isfinite(sound).all()
        assert np.all(np.diff(notes.onset) >= 0)
        assert np.all((notes.onset >= 0) & (notes.onset < 4.0))
        assert np.all(notes.sounding_end >= notes.end)
        counts.append(len(notes))
    assert np.median(counts) > 4


def test_a_key_is_up_before_it_is_struck_again(bank: Bank) -> None:
    for seed in range(6):
        _, notes = draw("piano", np.random.default_rng([seed, 1]), 5.0)
        for key in np.unique(notes.pitch):
            own = notes.chosen(notes.pitch == key)
            assert np.all(own.end[:-1] < own.onset[1:])


def test_sets_are_left_out_by_name(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []
    real = drawing.draw_piano
    monkeypatch.setattr(drawing, "draw_piano", lambda s, rng: heard.append(s.name) or real(s, rng))
    for seed in range(8):
        draw("piano", np.random.default_rng(seed), 1.0, exclude=HELD_OUT["piano"])
    assert set(heard) == {"one"}
    heard.clear()
    held_out("piano", 0, 1.0)
    assert set(heard) == {"headroom_grand"}
    with pytest.raises(BadInput, match="no sampled violin is left"):
        draw("violin", np.random.default_rng(0), 1.0, exclude=("two", "vsco"))


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_clips_to_judge_by_are_the_same_each_time(bank: Bank, instrument: str) -> None:
    one, other = held_out(instrument, 3, 2.0), held_out(instrument, 3, 2.0)
    assert np.array_equal(one[0], other[0])
    assert len(one[1]) > 0


def test_some_draws_have_no_notes(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "SILENT_SHARE", 1.0)
    sound, notes = draw("piano", np.random.default_rng(0), 2.0)
    assert len(notes) == 0
    assert np.abs(sound).max() > 0


@pytest.mark.parametrize("seed", range(8))
def test_sound_without_notes_has_no_steady_pitch(seed: int) -> None:
    sound = draw_no_notes(np.random.default_rng(seed), 3.0, {})
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    # a note that is held for a second would stand out within a few bins; hum may, below 100 Hz
    hertz = np.fft.rfftfreq(len(sound), 1 / BANK_RATE)
    above = spectrum[(hertz > 400) & (hertz < 4000)]
    assert above.max() / above.sum() < 0.2


def test_a_recording_shifts_nothing() -> None:
    for seed in range(30):
        rng = np.random.default_rng(seed)
        dry = np.zeros(BANK_RATE, np.float32)
        dry[12_000] = 1.0
        sound = record(dry, rng, {})
        level = np.convolve(sound**2, np.ones(48), mode="same")
        # a click begins where it began: before it there is only noise
        assert np.argmax(level > 0.25 * level.max()) == pytest.approx(12_000, abs=0.003 * BANK_RATE), seed


def test_a_coder_takes_detail_but_no_time() -> None:
    rng = np.random.default_rng(0)
    sound = rng.standard_normal(BANK_RATE).astype(np.float32) * np.linspace(0, 1, BANK_RATE, dtype=np.float32)
    out = coded(sound, rng)
    assert out.shape == sound.shape
    lag = np.argmax(np.correlate(out[:4000], sound[:4000], mode="full")) - 3999
    assert lag == 0
    assert 0.5 < float(np.corrcoef(out, sound)[0, 1]) < 0.9999


def test_noise_is_level() -> None:
    for seed in range(5):
        assert float(np.sqrt(np.mean(noise(BANK_RATE, np.random.default_rng(seed)) ** 2))) == pytest.approx(
            1, abs=1e-3
        )


def test_drawn_music_stays_on_the_instrument() -> None:
    for seed in range(20):
        piano = draw_piano_notes(np.random.default_rng(seed), 8.0)
        assert piano.pitch.min() >= 21
        assert piano.pitch.max() <= 108
        violin = draw_violin_music(np.random.default_rng(seed), 8.0, None).notes
        assert violin.pitch.min() >= LOWEST
        assert violin.pitch.max() <= HIGHEST


def test_drawn_violin_music_has_every_manner() -> None:
    music = [draw_violin_music(np.random.default_rng(seed), 20.0, None) for seed in range(25)]
    manner = np.concatenate([m.manner for m in music])
    assert set(manner.tolist()) == {0, 1, 2, 3, 4}
    stroke = np.concatenate([m.notes.stroke for m in music])
    assert 0.1 < 1 - stroke[manner == 0].mean() < 0.9
    assert stroke[manner != 0].all()
    onsets = [np.round(m.notes.onset, 1) for m in music]
    assert any(len(np.unique(o)) < len(o) for o in onsets)  # double stops


def test_excerpts_come_from_the_library(tmp_path: Path) -> None:
    arrays = {
        "onset": np.tile(np.arange(20, dtype=np.float32), 2),
        "end": np.tile(np.arange(20, dtype=np.float32), 2) + 0.5,
        "pitch": np.full(40, 60, np.int8),
        "velocity": np.full(40, 64, np.uint8),
        "slurred": np.zeros(40, bool),
        "piece_ends": np.array([20, 40]),
        "piece_kinds": np.array(["a", "b"]),
    }
    np.savez(tmp_path / LIBRARY, **{f"violin_{name}": value for name, value in arrays.items()})
    assert read_library("piano", tmp_path) is None
    library = read_library("violin", tmp_path)
    assert library is not None
    part = library.excerpt(np.random.default_rng(0), 5.0)
    assert 4 <= len(part.onset) <= 6
    assert part.onset.min() >= 0
    assert part.onset.max() < 5.0
    assert np.all(part.end > part.onset)
