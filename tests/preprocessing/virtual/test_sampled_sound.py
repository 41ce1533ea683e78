from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from audio_to_body.musician.performance import Performance
from audio_to_body.preprocessing.virtual.sampled_sound import piano_sound, violin_sound
from audio_to_body.skeleton.rates import AUDIO_RATE


def notes(pitches: list[int], seconds: float, velocity: float = 0.7) -> Performance:
    count = len(pitches)
    onset = 0.2 + np.arange(count) * (seconds + 0.1)
    return Performance(
        onset=onset,
        end=onset + seconds,
        pitch=np.array(pitches),
        velocity=np.full(count, velocity),
        hand=np.zeros(count, np.int64),
        slurred=np.zeros(count, bool),
        strength=np.ones(count),
        phrase=np.zeros(count, np.int64),
    )


def heard_pitches(sound: np.ndarray, music: Performance) -> np.ndarray:
    """MIDI pitches by autocorrelation, within nine semitones of the written ones."""
    heard = []
    for onset, end, pitch in zip(music.onset, music.end, music.pitch):
        piece = sound.mean(axis=0)[int((onset + 0.05) * AUDIO_RATE) : int(end * AUDIO_RATE)].astype(np.float64)
        power = np.abs(np.fft.rfft(piece, 2 * len(piece))) ** 2
        likeness = np.fft.irfft(power)[: len(piece)] / np.arange(len(piece), 0, -1)  # of equally many products
        hertz = 440.0 * 2.0 ** ((pitch - 69 + np.array([9, -9])) / 12)
        low, high = (AUDIO_RATE / hertz).astype(int)
        lag = low + int(np.argmax(likeness[low : high + 1]))
        before, at, after = likeness[lag - 1 : lag + 2]
        period = lag + 0.5 * (before - after) / (before - 2 * at + after)  # top of the parabola through three lags
        heard.append(69 + 12 * np.log2(AUDIO_RATE / period / 440.0))
    return np.array(heard)


def sound_of(instrument: str, music: Performance, seed: int = 0) -> np.ndarray:
    samples = int((music.end[-1] + 0.5) * AUDIO_RATE)
    rng = np.random.default_rng(seed)
    if instrument == "piano":
        return piano_sound(music, samples, rng)
    return violin_sound(music, ~music.slurred, 5.5, samples, rng)


@pytest.mark.parametrize(
    ("instrument", "pitches"), [("violin", [55, 62, 69, 76, 83, 91]), ("piano", [36, 48, 55, 60, 67, 72, 84])]
)
def test_notes_sound_at_their_pitch(instrument: str, pitches: list[int]) -> None:
    music = notes(pitches, 0.8)
    for seed in (0, 1, 2):  # two violins, several tunings
        heard = heard_pitches(sound_of(instrument, music, seed), music)
        np.testing.assert_allclose(heard, pitches, atol=0.35)  # tuning differs by seed, a third of a semitone at most


@pytest.mark.parametrize("instrument", ["violin", "piano"])
def test_louder_notes_sound_louder_and_rests_are_quiet(instrument: str) -> None:
    music = notes([64, 64, 64], 0.6)
    music = replace(music, velocity=np.array([0.3, 0.6, 0.9]))
    sound = sound_of(instrument, music)
    level = [np.sqrt(np.mean(sound[:, int(o * 44100) : int(e * 44100)] ** 2)) for o, e in zip(music.onset, music.end)]
    assert level[2] > 2 * level[1] > 4 * level[0]
    before = np.abs(sound[:, : int(0.19 * AUDIO_RATE)]).max()
    assert before < 1e-6 * np.abs(sound).max()  # the room is a float32 FFT, which leaves -140 dB
    assert sound.shape[0] == 2
    assert not np.array_equal(sound[0], sound[1])  # a room


def test_a_note_sets_in_at_its_onset() -> None:
    music = notes([60, 67, 72], 0.4)
    for instrument in ("violin", "piano"):
        sound = np.abs(sound_of(instrument, music)).max(axis=0)
        first = int(np.argmax(sound > 0.02 * sound.max())) / AUDIO_RATE
        assert first == pytest.approx(music.onset[0], abs=0.02)


def test_the_same_seed_gives_the_same_sound() -> None:
    music = notes([60, 64], 0.3)
    np.testing.assert_array_equal(sound_of("violin", music, 4), sound_of("violin", music, 4))
    assert not np.array_equal(sound_of("violin", music, 4), sound_of("violin", music, 5))
