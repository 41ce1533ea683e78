import numpy as np
import pytest

from audio_to_body.skeleton.rates import AUDIO_RATE
from audio_to_body.sound.note_resampling import NOTE_RATE, Resampler, to_note_rate


def tone(hz, rate, seconds=1.0):
    return np.sin(2 * np.pi * hz * np.arange(round(rate * seconds)) / rate).astype(np.float32)


@pytest.mark.parametrize("hz", [30, 440, 5_000, 10_000])
def test_a_tone_that_fits_is_the_same_tone_in_the_same_place(hz):
    inner = slice(200, -200)  # the edges have silence beside them
    # -80 dB: the filter's ripple in its pass band
    assert to_note_rate(tone(hz, AUDIO_RATE))[inner] == pytest.approx(tone(hz, NOTE_RATE)[inner], abs=1e-4)


@pytest.mark.parametrize("hz", [13_000, 16_000, 20_000])
def test_what_does_not_fit_is_gone(hz):
    assert np.abs(to_note_rate(tone(hz, AUDIO_RATE))[200:-200]).max() < 10 ** (-65 / 20)


def test_pieces_of_any_size_give_the_same_sound():
    rng = np.random.default_rng(0)
    sound = rng.standard_normal(30_000).astype(np.float32)
    resampler, pieces, first = Resampler(), [], 0
    while first < len(sound):
        size = int(rng.integers(0, 700))
        pieces.append(resampler.push(sound[first : first + size]))
        first += size
    streamed, whole = np.concatenate(pieces), to_note_rate(sound)
    assert len(whole) == -(-len(sound) * 80 // 147)
    assert len(whole) - len(streamed) <= 160  # a block, and what the filter waits for
    assert streamed == pytest.approx(whole[: len(streamed)], abs=1e-5)  # rounding of one product or many
